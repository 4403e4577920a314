"""The migration from the monolith: switches, shadow reports, and what goes back.

The function `gateway-migration` does it; this prints what it says (docs/migration.md).
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.local.settings import StackError

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
    answer = operator.ask(FUNCTION, action=action, **fields)
    if answer["problem"] is not None:
        raise StackError(f"{answer['problem']}.")
    yield from answer["lines"]


def link(operator: Operator, feature: str, file: Path) -> Iterator[str]:
    """Say which ids imported records have, by a CSV file, and yield a line for each batch.

    Args:
        operator: Who asks.
        feature: The feature.
        file: CSV file with the columns `oldId`, `newId` and `clientId`: the id in the monolith,
            ours, and our id of the record's client, who is asked for when it is followed.

    Raises:
        StackError: As `ask`, or the file cannot be read or has other columns.
    """
    try:
        with file.open(newline="") as opened:
            rows = [(row["oldId"], row["newId"], row["clientId"]) for row in csv.DictReader(opened)]
    except (OSError, KeyError, csv.Error) as error:
        raise StackError(f"{file} has no rows of oldId, newId and clientId: {error}") from error
    for start in range(0, len(rows), BATCH):
        yield from ask(operator, "link", feature=feature, links=rows[start : start + BATCH])


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
