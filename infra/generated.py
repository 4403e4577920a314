"""Generated files: written by their command, compared in CI."""

import sys
from collections.abc import Mapping
from inspect import cleandoc
from pathlib import Path
from typing import Any

import msgspec

from infra.paths import ROOT


def as_json(document: Any) -> str:
    """Format a generated document identically on every version of Python.

    Python 3.13 removes the indentation of docstrings, which become descriptions; 3.11 does not.
    """
    return msgspec.json.format(msgspec.json.encode(_cleaned(document)), indent=2).decode() + "\n"


def _cleaned(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: cleandoc(inner)
            if key == "description" and isinstance(inner, str)
            else _cleaned(inner)
            for key, inner in value.items()
        }
    return [_cleaned(inner) for inner in value] if isinstance(value, list) else value


def write_or_check(files: Mapping[Path, str], *, check: bool) -> None:
    """Write the files; with `check`, exit with 1 and their names when one would change."""
    stale = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    for path in stale:
        print(f"{'stale' if check else 'wrote'} {path.relative_to(ROOT)}")
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[path])
    if check and stale:
        sys.exit("Generated files are stale: run `make generate` and commit them.")
