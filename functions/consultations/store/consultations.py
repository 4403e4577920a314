"""Consultations, the lists they are in, and the number of them in each folder."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from pynamodb.attributes import NumberAttribute
from pynamodb.transactions import TransactWrite

from consultations.models import (
    PARTIES,
    Consultation,
    ConsultationFolder,
    ConsultationSide,
    find_folder,
)
from consultations.rules.deadlines import get_next_deadline
from consultations.store.pairs import count_open
from consultations.store.table import (
    DUE,
    PERSON,
    RECORD,
    OutboxItem,
    RecordItem,
)
from shared.data.dynamodb import Item, find, table_meta, transaction
from shared.data.tombstone_items import require_accounts
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add

CONSULTATION, COUNTS = "CONSULTATION#", "COUNTS#"
# Kept when both accounts are deleted, so that late events still find a consultation that is over.
ERASED_KEPT_FOR = timedelta(days=90)


class CountsItem(Item):
    """Number of a user's consultations in each folder, written together with each of them."""

    Meta = table_meta("consultations")
    pending = NumberAttribute(default=0)
    responded = NumberAttribute(default=0)
    scheduled = NumberAttribute(default=0)
    completed = NumberAttribute(default=0)
    cancelled = NumberAttribute(default=0)
    declined = NumberAttribute(default=0)
    expired = NumberAttribute(default=0)
    archived = NumberAttribute(default=0)


# ---- reading -----------------------------------------------------------------------------------


def find_consultation(consultation_id: str) -> Consultation | None:
    """Find a consultation, read consistently."""
    return RecordItem.read(CONSULTATION + consultation_id, RECORD, Consultation)


def find_consultations(consultation_ids: Iterable[str]) -> list[Consultation]:
    """Find those of at most a hundred consultations that exist, read consistently."""
    keys = [(CONSULTATION + id_, RECORD) for id_ in dict.fromkeys(consultation_ids)]
    items = RecordItem.batch_get(keys, consistent_read=True) if keys else ()
    return [item.decoded(Consultation) for item in items]


def list_consultations(
    side: ConsultationSide,
    person_id: str,
    folder: ConsultationFolder | None,
    *,
    limit: int,
    after: str | None = None,
) -> tuple[list[Consultation], str | None]:
    """List a user's consultations on one side, the newest first.

    Args:
        side: The side on which the user takes part.
        person_id: The user.
        folder: The folder to list; None for all that they did not archive.
        limit: Highest number of consultations.
        after: Position at which the page before ended.

    Returns:
        The consultations and the position at which the page ended, None on the last page.
    """
    index, key = {
        (ConsultationSide.ARTIST, True): (RecordItem.by_artist, RecordItem.artist_list),
        (ConsultationSide.ARTIST, False): (RecordItem.by_artist_folder, RecordItem.artist_folder),
        (ConsultationSide.CLIENT, True): (RecordItem.by_client, RecordItem.client_list),
        (ConsultationSide.CLIENT, False): (RecordItem.by_client_folder, RecordItem.client_folder),
    }[side, folder is None]
    hash_key = person_id if folder is None else _folder_key(person_id, folder)
    items: Any = index.query(
        hash_key,
        scan_index_forward=False,
        limit=limit,
        last_evaluated_key=_start_key(after, key.attr_name, hash_key) if after else None,
    )
    consultations = [item.decoded(Consultation) for item in items]
    last = items.last_evaluated_key
    return consultations, last["listed_as"]["S"] if last else None


def get_counts(side: ConsultationSide, person_id: str) -> dict[ConsultationFolder, int]:
    """Get the number of consultations in each folder, read consistently."""
    counts = find(CountsItem, PERSON + person_id, COUNTS + side)
    return {folder: int(getattr(counts, folder)) if counts else 0 for folder in ConsultationFolder}


# ---- writing -----------------------------------------------------------------------------------


def commit(
    before: Consultation | None,
    after: Consultation,
    events: tuple[DomainEvent, ...] = (),
    *,
    active_accounts: tuple[str, ...] = (),
) -> None:
    """Write a consultation, the counts that it changes and the events in one transaction.

    Args:
        before: The state that was read; None for a new consultation.
        after: The state to write.
        events: Events to publish.
        active_accounts: Users whose accounts must not be deleted.

    Raises:
        WriteConflict: The consultation was changed meanwhile, the pair has too many open ones, or
            one of the accounts was deleted.
    """
    with transaction(RecordItem) as writes:
        _item(after).write(writes, after.version)
        for side in PARTIES:
            _count(writes, side, before, after)
        count_open(writes, before, after)
        require_accounts(writes, *active_accounts)
        add(writes, OutboxItem, events)


def publish(event: DomainEvent) -> None:
    """Publish an event that changes no consultation."""
    with transaction(RecordItem) as writes:
        add(writes, OutboxItem, [event])


def delete_counts(person_id: str) -> None:
    """Delete the counts of a user who has no consultations any more."""
    for side in PARTIES:
        CountsItem(PERSON + person_id, COUNTS + side).delete()


def _count(
    writes: TransactWrite, side: ConsultationSide, before: Consultation | None, after: Consultation
) -> None:
    old_folder = find_folder(before, side) if before else None
    new_folder = find_folder(after, side)
    if old_folder == new_folder:
        return
    actions = [
        getattr(CountsItem, folder).add(step)
        for folder, step in ((old_folder, -1), (new_folder, 1))
        if folder is not None
    ]
    person_id = after.artist_id if side is ConsultationSide.ARTIST else after.client_id
    writes.update(CountsItem(PERSON + person_id, COUNTS + side), actions=actions)


def _item(consultation: Consultation) -> RecordItem:
    item = RecordItem.of(CONSULTATION + consultation.id, RECORD, consultation)
    item.listed_as = consultation.id
    for side, person_id in (
        (ConsultationSide.ARTIST, consultation.artist_id),
        (ConsultationSide.CLIENT, consultation.client_id),
    ):
        folder = find_folder(consultation, side)
        if folder is not None:
            setattr(item, f"{side}_folder", _folder_key(person_id, folder))
        if folder not in (None, ConsultationFolder.ARCHIVED):
            setattr(item, f"{side}_list", person_id)
    if set(consultation.erased) == set(PARTIES):
        item.expires_at = int((consultation.updated_at + ERASED_KEPT_FOR).timestamp())
    deadline = get_next_deadline(consultation)
    if deadline is not None:
        item.schedule(DUE, consultation.artist_id, deadline)
    return item


def _folder_key(person_id: str, folder: ConsultationFolder) -> str:
    return f"{person_id}#{folder}"


def _start_key(position: str, key_name: str, hash_key: str) -> dict[str, Any]:
    """Return a position as DynamoDB expects it: the keys of the index and of the table."""
    keys = {
        "pk": CONSULTATION + position,
        "sk": RECORD,
        key_name: hash_key,
        "listed_as": position,
    }
    return {name: {"S": value} for name, value in keys.items()}
