"""What a use case calls, measured as infra/simulate/use_cases.json states it."""

import json
import os
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from infra.simulate import use_cases
from tests.support import aws_calls, capacity
from tests.support.mongo import COMMANDS

# Calls of the tests: they read the outbox, and receive and delete messages, as Lambda does.
OF_TESTS = {
    "dynamodb:Scan",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
}
# A container asks once in some minutes for what it keeps, whoever's request it is.
KEPT = {"ssm:GetParametersByPath", "ssm:GetParameters", "ssm:GetParameter"}


def measure(step: Callable[[], Any]) -> dict[str, Any]:
    """Return what a step calls in a warm container, in the form of the file."""
    before = len(COMMANDS)
    with capacity.counted() as used, aws_calls.counted() as calls:
        step()
    return {
        "aws": dict(sorted(item for item in calls.items() if item[0] not in OF_TESTS | KEPT)),
        "mongodb": len(COMMANDS) - before,
        "reads": dict(sorted(used.partitions.items())),
        "writes": dict(sorted(_by_partition(used.parts).items())),
    }


def check(group: str, measured: Mapping[str, Any]) -> None:
    """Fail unless the file states what was measured for the use cases of a group.

    With WRITE_USE_CASES=1 in the environment the file is written instead.
    """
    if os.environ.get("WRITE_USE_CASES"):
        content = use_cases.read() | {group: measured}
        use_cases.FILE.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")
    assert use_cases.read()[group] == measured, "WRITE_USE_CASES=1 writes what is measured."


def measure_all(steps: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
    """Return what each of these steps calls, in their order."""
    return {name: measure(step) for name, step in steps.items()}


def _by_partition(parts: Mapping[str, int]) -> Counter[str]:
    """Add up write units of the same partition: `CALENDAR DAY` lies in `CALENDAR`."""
    units: Counter[str] = Counter()
    for part, written in parts.items():
        first, *others = part.split(" ")
        index = [word for word in others if word.startswith("by-")]
        units[" ".join([first, *index])] += written
    return units
