"""Structs: values never change once they are made, so they can be shared, compared and hashed."""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

import msgspec
import pytest

from infra.paths import FUNCTIONS, LAYER

FORBIDDING = {
    "policies.rules.hash_chain": {"Statement", "Signatory"},
    "notifications.templates.system_templates": {"VariableMeta", "TemplateMeta"},
}


def list_structs() -> Iterator[type[msgspec.Struct]]:
    """Yield every struct that our modules define."""
    for name in (each.name for each in walk_packages([str(FUNCTIONS), str(LAYER / "python")])):
        for value in vars(import_module(name)).values():
            is_struct = isinstance(value, type) and issubclass(value, msgspec.Struct)
            if is_struct and value.__module__ == name:
                yield value


STRUCTS = {f"{each.__module__}.{each.__qualname__}": each for each in list_structs()}


def test_there_are_structs_of_every_feature() -> None:
    features = {name.partition(".")[0] for name in STRUCTS}
    groups = {path.parent.name for path in FUNCTIONS.glob("*/app.py")} - {"authorizer"}
    assert features >= groups | {"shared", "domain"}


def test_structs_are_frozen() -> None:
    loose = [name for name, each in STRUCTS.items() if not each.__struct_config__.frozen]
    assert loose == []


@pytest.mark.parametrize("module", FORBIDDING)
def test_what_is_hashed_or_written_by_hand_has_no_unknown_fields(module: str) -> None:
    for name in FORBIDDING[module]:
        assert STRUCTS[f"{module}.{name}"].__struct_config__.forbid_unknown_fields
