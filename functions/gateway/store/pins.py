"""Pins: who carries out a write, for its repetitions."""

from gateway.models import Pin
from gateway.store.table import PIN, RecordItem
from shared.data.conflicts import WriteConflict


def save(name: str, pin: Pin, instant: float, expires_at: float) -> Pin:
    """Store a pin, unless one of this name holds; return the one that holds."""
    item = RecordItem.of(f"{PIN}#{name}", PIN, pin)
    item.expires_at = int(expires_at)
    try:
        item.put(RecordItem.pk.does_not_exist() | (RecordItem.expires_at <= instant))
    except WriteConflict:
        return RecordItem.read(f"{PIN}#{name}", PIN, Pin) or pin
    return pin
