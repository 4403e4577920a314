"""Calls of the use cases: what one request, message or record needs of each service.

The file is what the tests measure (`tests/functional/*/test_use_case_calls.py`), so that the
simulation cannot drift from the code.
"""

import json
from typing import Any

import msgspec

from infra.paths import ROOT

FILE = ROOT / "infra" / "simulate" / "use_cases.json"


class UseCase(msgspec.Struct, frozen=True):
    """What a use case calls once, in a warm container.

    Attributes:
        aws: Calls of AWS by `service:Operation`.
        mongodb: Commands of MongoDB.
        reads: Read units of DynamoDB by the beginning of the partition key, and the index.
        writes: Write units in the same way.
    """

    aws: dict[str, int]
    mongodb: int
    reads: dict[str, float]
    writes: dict[str, float]

    @property
    def read_units(self) -> float:
        """All read units."""
        return sum(self.reads.values())

    @property
    def write_units(self) -> float:
        """All write units."""
        return sum(self.writes.values())


def read() -> dict[str, Any]:
    """Return the file as it is: by feature, then by use case."""
    content: dict[str, Any] = json.loads(FILE.read_text())
    return content


def load() -> dict[str, UseCase]:
    """Return the use cases by `feature: name`."""
    return {
        f"{feature}: {name}": msgspec.convert(each, UseCase)
        for feature, cases in read().items()
        for name, each in cases.items()
    }
