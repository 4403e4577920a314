"""Due records in the table: those that the sweeper must look at."""

from datetime import datetime
from typing import Any

import msgspec

from files.models import Erasure, Export, File, Removal
from files.store.table import DUE, ERASURE, FILE, REMOVAL, USER, RecordItem
from shared.events.sweeper import DueRecord


def list_due(now: datetime, limit: int) -> list[DueRecord]:
    """Return up to `limit` records that are due, longest due first."""
    return RecordItem.find_due(DUE, now, limit)


def decode_due(due: DueRecord) -> File | Removal | Erasure | Export:
    """Return a due record as the index holds it; it lags behind the table by a moment.

    Raises:
        msgspec.DecodeError: The record is not readable.
    """
    types: dict[str, Any] = {FILE: File, REMOVAL: Removal, ERASURE: Erasure, USER: Export}
    type_ = next(type_ for prefix, type_ in types.items() if due.pk.startswith(prefix))
    record: File | Removal | Erasure | Export = msgspec.json.decode(due.record, type=type_)
    return record


def postpone(due: DueRecord, until: datetime) -> None:
    """Make a record due later, unless it changed in the meantime."""
    RecordItem.postpone(due, until)
