"""Contracts of the domain events, made from the structs that features publish.

    python -m infra.event_schemas            write the schemas in events/domain/<type>.json
    python -m infra.event_schemas --check    fail when one would change

The example in each file is written by hand and kept.
"""

import sys
from pathlib import Path
from typing import Any

import msgspec

from infra import features
from infra.generated import as_json, write_or_check
from infra.openapi import schemas
from infra.paths import EVENTS


def contracts() -> dict[Path, str]:
    """Return the text of every contract by its path.

    Raises:
        LookupError: A published event has no file yet; write its example first.
    """
    apps = features.load_all()
    consumers: dict[str, list[str]] = {}
    for group, app in apps.items():
        for types in getattr(app, "consumed", {}).values():
            for type_ in types:
                consumers.setdefault(type_, []).append(group)
    return {
        EVENTS / f"{data.type}.json": _contract(group, data, consumers.get(data.type, []))
        for group, app in apps.items()
        for data in getattr(app, "published", ())
    }


def _contract(group: str, data: Any, consumers: list[str]) -> str:
    path = EVENTS / f"{data.type}.json"
    if not path.exists():
        raise LookupError(f'{path.name}: write {{"example": {{…}}}} first, by hand')
    references, components = schemas.components([data], "#/$defs/")
    contract = {
        "type": data.type,
        "version": data.version,
        "producer": group,
        "consumers": sorted(consumers),
        "schema": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **references[data],
            "$defs": components,
        },
        "example": msgspec.json.decode(path.read_bytes())["example"],
    }
    return as_json(contract)


if __name__ == "__main__":
    write_or_check(contracts(), check="--check" in sys.argv)
