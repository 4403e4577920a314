"""Table of docs/portability.md: what each target can do, and why not."""

import json
import os
import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path

from infra.local.kinds import Kind, Runtime
from infra.paths import ROOT

TABLE = ROOT / "docs" / "portability.md"
_ROW = re.compile(r"^\| `([a-z-]+)` \|[^|]+\|([^|]+)\|([^|]+)\|([^|]+)\|([^|]+)\|$", re.MULTILINE)
_CELL = re.compile(r"yes|no: (\S.*)")


class Target(StrEnum):
    """Where the stacks run, as the columns of the table are called."""

    AWS = "AWS"
    LICENSED = "LocalStack licensed"
    HOST = "LocalStack host"
    EMBEDDED = "embedded"


@cache
def capabilities() -> Mapping[str, Mapping[Target, str | None]]:
    """Return by key and target why a capability is missing there; None where it is not."""
    return {
        key: {target: _reason(cell.strip()) for target, cell in zip(Target, cells, strict=True)}
        for key, *cells in _ROW.findall(TABLE.read_text())
    }


def why_missing(keys: tuple[str, ...], target: Target) -> str | None:
    """Return why a test that needs the capabilities cannot run there; None if it can.

    Raises:
        KeyError: The table has no such row.
    """
    reasons = [capabilities()[key][target] for key in keys]
    return next((f"{target}: {reason}" for reason in reasons if reason), None)


def target_of_tests(environment: Mapping[str, str] = os.environ) -> Target:
    """Return where the tests of the stack run: on the one STACK describes, or on their own."""
    described = environment.get("STACK")
    description = json.loads(Path(described).read_text()) if described else {}
    if description.get("kind") != Kind.LOCALSTACK:
        return Target.EMBEDDED
    in_containers = description.get("runtime") == Runtime.CONTAINERS
    return Target.LICENSED if in_containers else Target.HOST


def _reason(cell: str) -> str | None:
    found = _CELL.fullmatch(cell)
    if found is None:
        raise ValueError(f"{TABLE.name}: {cell!r} is neither `yes` nor `no: ` with a reason.")
    return found[1]
