"""Records that are due: the sweeper has to process them at some time."""

from datetime import datetime
from typing import Any

import msgspec

from appointments.models import (
    Appointment,
    Erasure,
    ExternalCalendar,
    NextFree,
    Proposal,
    WaitlistEntry,
)
from appointments.store import agreed_terms
from appointments.store.table import DUE, ERASURE, EXTERNAL, PREFIXES, REFRESH, RecordItem
from shared.events.sweeper import DueRecord


def list_due_records(now: datetime, limit: int) -> list[DueRecord]:
    """Return due records, longest due first, without external calendars."""
    return RecordItem.find_due(DUE, now, limit)


def list_due_calendars(now: datetime, limit: int) -> list[DueRecord]:
    """Return the external calendars that have to be read again, longest due first."""
    return RecordItem.find_due(REFRESH, now, limit)


def decode_due(
    due: DueRecord,
) -> Appointment | Proposal | WaitlistEntry | NextFree | Erasure | ExternalCalendar:
    """Decode a due record as the index has it, which lags behind the record.

    Raises:
        msgspec.DecodeError: It cannot be read.
    """
    record: Appointment | Proposal | WaitlistEntry | NextFree | Erasure | ExternalCalendar
    record = msgspec.json.decode(due.record, type=_get_kind(due))
    return agreed_terms.with_terms(record)


def postpone(due: DueRecord, until: datetime) -> None:
    """Make a record due later, unless it has changed meanwhile."""
    RecordItem.postpone(due, until)


def _get_kind(due: DueRecord) -> type[Any]:
    if due.sk.startswith(EXTERNAL):
        return ExternalCalendar
    if due.pk.startswith(ERASURE):
        return Erasure
    return next(kind for kind, prefix in PREFIXES.items() if due.pk.startswith(prefix))
