"""Records of two people: appointments, proposals and waitlist entries."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, TypeVar

from appointments.models import (
    Appointment,
    AppointmentSide,
    ClientWaitlists,
    ConsultationCopy,
    Proposal,
    WaitlistEntry,
)
from appointments.store import agreed_terms
from appointments.store.table import (
    CONSULTATION,
    PERSON,
    PREFIXES,
    RECORD,
    WAITLISTS,
    RecordItem,
)
from shared.data.dynamodb import sortable

Record = TypeVar("Record", Appointment, Proposal, WaitlistEntry)


def find_appointment(appointment_id: str) -> Appointment | None:
    """Read an appointment, consistently."""
    return _find(Appointment, appointment_id)


def find_appointments(appointment_ids: Iterable[str]) -> list[Appointment]:
    """Read those of at most a hundred appointments that exist, consistently."""
    keys = [(PREFIXES[Appointment] + id_, RECORD) for id_ in dict.fromkeys(appointment_ids)]
    items = RecordItem.batch_get(keys, consistent_read=True) if keys else ()
    return [agreed_terms.with_terms(item.decoded(Appointment)) for item in items]


def find_proposal(proposal_id: str) -> Proposal | None:
    """Read a proposal, consistently."""
    return _find(Proposal, proposal_id)


def find_consultation(consultation_id: str) -> ConsultationCopy | None:
    """Read the copy of a consultation, consistently."""
    return RecordItem.read(CONSULTATION + consultation_id, RECORD, ConsultationCopy)


def find_waitlist_entry(entry_id: str) -> WaitlistEntry | None:
    """Read a waitlist entry, consistently."""
    return _find(WaitlistEntry, entry_id)


def get_client_waitlists(client_id: str) -> ClientWaitlists:
    """Read which waitlists a client is on, consistently."""
    waitlists = RecordItem.read(PERSON + client_id, WAITLISTS, ClientWaitlists)
    return waitlists or ClientWaitlists(client_id)


def list_records(
    kind: type[Record],
    side: AppointmentSide,
    person_id: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    statuses: Collection[str] = (),
    limit: int | None = None,
    after: str | None = None,
) -> tuple[list[Record], str | None]:
    """List the records of a person on one side, in order. The index lags behind the records.

    Args:
        kind: Class of the records.
        side: Whether the person is the artist or the client.
        person_id: Id of the person.
        since: Earliest start of an appointment, or creation of another record.
        until: End of that range.
        statuses: Statuses to list; all unless given.
        limit: Greatest number of records to read; all unless given.
        after: Position at which the page before ended.

    Returns:
        The records, and the position at which the next page starts; None after the last one.
    """
    index, own_id = (
        (RecordItem.by_artist, RecordItem.artist_id)
        if side is AppointmentSide.ARTIST
        else (RecordItem.by_client, RecordItem.client_id)
    )
    prefix = PREFIXES[kind]
    lowest = prefix + sortable(since) if since else prefix
    highest = prefix + sortable(until) if until else prefix + "~"
    items = index.query(
        person_id,
        RecordItem.listed_as.between(lowest, highest),
        filter_condition=RecordItem.status.is_in(*statuses) if statuses else None,
        limit=limit,
        last_evaluated_key=_to_key(after, own_id.attr_name, person_id) if after else None,
    )
    records = [agreed_terms.with_terms(item.decoded(kind)) for item in items]
    last = items.last_evaluated_key
    return records, _to_position(last) if last else None


def _find(kind: type[Record], record_id: str) -> Record | None:
    record = RecordItem.read(PREFIXES[kind] + record_id, RECORD, kind)
    return agreed_terms.with_terms(record) if record else None


def _to_key(position: str, person_attribute: str, person_id: str) -> dict[str, Any]:
    """Return a position as DynamoDB's ExclusiveStartKey: the keys of the index and of the item."""
    prefix, _, record_id = position.split("#")
    keys = {
        "pk": f"{prefix}#{record_id}",
        "sk": RECORD,
        person_attribute: person_id,
        "listed_as": position,
    }
    return {name: {"S": value} for name, value in keys.items()}


def _to_position(key: dict[str, Any]) -> str:
    listed_as: str = key["listed_as"]["S"]
    return listed_as
