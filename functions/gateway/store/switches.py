"""The modes of the features."""

from typing import Any

import msgspec

from gateway.models import Switches
from gateway.store.table import MODES, SWITCHES, RecordItem
from shared.data.dynamodb import find


class Unreadable(Exception):
    """What is stored is not what is stored by `save`."""


def read() -> dict[str, str] | None:
    """Return the modes as they are stored, by feature; None where nothing is stored.

    Raises:
        Unreadable: Somebody has written something else.
    """
    item = find(RecordItem, SWITCHES, MODES)
    if item is None:
        return None
    try:
        modes: Any = msgspec.json.decode(item.record)["modes"]
        return {str(feature): str(mode) for feature, mode in modes.items()}
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
        raise Unreadable from None


def find_version() -> int:
    """Return the number of changes so far; 0 where the stored value is broken or missing."""
    item = find(RecordItem, SWITCHES, MODES)
    return int(item.version or 0) if item else 0


def save(switches: Switches) -> None:
    """Store the modes as the next version.

    Raises:
        WriteConflict: Somebody else changed them meanwhile.
    """
    item = RecordItem.of(SWITCHES, MODES, switches)
    item.version = switches.version
    item.put(RecordItem.unchanged_since(switches.version - 1))
