"""The migration from the monolith: switches, shadow reports, and what goes back.

The function `gateway-migration` does it; this prints what it says (docs/migration.md).
"""

import itertools
from collections.abc import Iterator
from typing import Any, Protocol

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.local.settings import StackError
from infra.operate.import_monolith.dumps import Dump
from infra.operate.import_monolith.state import State

FUNCTION = "gateway-migration"
BATCH = 200  # records that are linked by one call


class Operator(Protocol):
    """Access to the functions of an environment, as `rebuild.Operator` has it."""

    def ask(self, function: str, **question: object) -> dict[str, Any]:
        """Invoke a function and return its response."""
        ...


def ask(operator: Operator, action: str, **fields: object) -> Iterator[str]:
    """Ask for an action of the migration, and yield its lines.

    Args:
        operator: Who asks.
        action: The action (`gateway.schemas.Migration`).
        **fields: Its other fields.

    Raises:
        StackError: It is impossible, or the function is missing or failed.
    """
    position: dict[str, str] = {}
    while True:
        answer = operator.ask(FUNCTION, action=action, **fields, **position)
        if answer["problem"] is not None:
            raise StackError(f"{answer['problem']}.")
        yield from answer["lines"]
        if answer.get("next") is None:
            break
        position = {"after": answer["next"]}


def link(operator: Operator, feature: str, dump: Dump, scope: str) -> Iterator[str]:
    """Say which ids records have that `make import-monolith` imported; yield a line per batch.

    Args:
        operator: Who asks.
        feature: The feature, and so the kind of rows.
        dump: The dump that was imported.
        scope: Name of the environment that it was imported into.

    Raises:
        StackError: As `ask`, or the dump was not imported into this environment.
    """
    file = dump.folder / f"import-{scope}" / "state.sqlite"
    if not file.is_file():
        raise StackError(f"{dump.folder} was not imported: make import-monolith FROM={dump.folder}")
    state = State(file)
    try:
        links = _find_links(dump, feature, state)
        while batch := list(itertools.islice(links, BATCH)):
            yield from ask(operator, "link", feature=feature, links=batch)
    finally:
        state.close()


def _find_links(dump: Dump, kind: str, state: State) -> Iterator[tuple[str, str, str]]:
    """Yield the old id, the new id and the client of each row that is stored."""
    for line in dump.read(kind):
        known = state.find(kind, str(line.raw.get("id")))
        client = state.find("users", str(line.raw.get("clientId")))
        if known is not None and known.stored and client is not None:
            yield str(line.raw["id"]), known.new_id, client.new_id


def switch(operator: Operator, feature: str, mode: str, reason: str, caller: str) -> Iterator[str]:
    """Set the mode of a feature, or list the modes of all where neither is named.

    Args:
        operator: Who asks.
        feature: The feature; empty to list.
        mode: `monolith`, `shadow` or `new`; empty to list.
        reason: Why, for the log.
        caller: Who asks, for the log.

    Raises:
        StackError: As `ask`, or only one of feature and mode is named.
    """
    if bool(feature) != bool(mode):
        raise StackError("Name both: make switch FEATURE=notifications MODE=shadow")
    if not feature:
        return ask(operator, "list")
    return ask(operator, "switch", feature=feature, mode=mode, reason=reason, by=caller)


def find_caller(session: boto3.Session) -> str:
    """Return the ARN of whoever's credentials are used; empty if AWS does not say."""
    try:
        return str(session.client("sts").get_caller_identity()["Arn"])
    except (BotoCoreError, ClientError):
        return ""
