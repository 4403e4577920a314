"""Consultations, the lists they are in, and how many there are of each."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from pynamodb.attributes import NumberAttribute
from pynamodb.transactions import TransactWrite

from consultations.models import OPEN, PARTIES, Consultation, Folder, Project, Side, folder_of
from consultations.rules.deadlines import due_at
from consultations.store.table import DUE, PERSON, RECORD, OutboxItem, RecordItem, alive
from shared.data.dynamodb import Item, find, table_meta, transaction
from shared.data.record_items import due_text
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add

CONSULTATION, PAIR, PROPOSAL = "CONSULTATION#", "PAIR#", "PROPOSAL#"
OPENED, OPEN_COUNT, BLOCK, COUNTS = "OPEN#", "OPEN", "BLOCK#", "COUNTS#"
MAX_OPEN = 3  # of one client with one artist
NOBODYS_KEPT = timedelta(days=90)  # of what both erased: late events still find it ended
UNCLAIMED_KEPT = timedelta(days=90)  # of proposals that name no consultation


class CountsItem(Item):
    """How many consultations of somebody lie in which folder, changed with each of them."""

    Meta = table_meta("consultations")
    pending = NumberAttribute(default=0)
    responded = NumberAttribute(default=0)
    scheduled = NumberAttribute(default=0)
    completed = NumberAttribute(default=0)
    cancelled = NumberAttribute(default=0)
    declined = NumberAttribute(default=0)
    expired = NumberAttribute(default=0)
    archived = NumberAttribute(default=0)


class TallyItem(Item):
    """How many consultations of two people are open, changed with each of them."""

    Meta = table_meta("consultations")
    number = NumberAttribute(default=0)


class PairState(msgspec.Struct, frozen=True):
    """How two people stand to each other here. open: the ids of their open consultations."""

    open: tuple[str, ...] = ()
    blocked: bool = False


# ---- reading -----------------------------------------------------------------------------------


def find_consultation(consultation_id: str) -> Consultation | None:
    """The consultation, read consistently."""
    return RecordItem.read(CONSULTATION + consultation_id, RECORD, Consultation)


def list_of(
    side: Side, person_id: str, folder: Folder | None, *, limit: int, after: str | None = None
) -> tuple[list[Consultation], str | None]:
    """Somebody's consultations on that side, the newest first: one folder, or all but what is away.

    after: the position that the page before ended at. Returns them and the position to go on from,
    None at the end.
    """
    index, own = {
        (Side.ARTIST, True): (RecordItem.by_artist, RecordItem.artist_list),
        (Side.ARTIST, False): (RecordItem.by_artist_folder, RecordItem.artist_folder),
        (Side.CLIENT, True): (RecordItem.by_client, RecordItem.client_list),
        (Side.CLIENT, False): (RecordItem.by_client_folder, RecordItem.client_folder),
    }[side, folder is None]
    listed_in = person_id if folder is None else _folder_key(person_id, folder)
    found: Any = index.query(
        listed_in,
        scan_index_forward=False,
        limit=limit,
        last_evaluated_key=_key_after(after, own.attr_name, listed_in) if after else None,
    )
    consultations = [kept.decoded(Consultation) for kept in found]
    last = found.last_evaluated_key
    return consultations, last["listed_as"]["S"] if last else None


def find_counts(side: Side, person_id: str) -> dict[Folder, int]:
    """How many lie in each folder, read consistently."""
    counts = find(CountsItem, PERSON + person_id, COUNTS + side)
    return {folder: int(getattr(counts, folder)) if counts else 0 for folder in Folder}


def find_pair(artist_id: str, client_id: str) -> PairState:
    """How these two stand to each other, read consistently in one query."""
    items = list(RecordItem.query(pair_key(artist_id, client_id), consistent_read=True))
    return PairState(
        tuple(kept.sk.removeprefix(OPENED) for kept in items if kept.sk.startswith(OPENED)),
        any(kept.sk.startswith(BLOCK) and kept.record == "true" for kept in items),
    )


def find_project(proposal_id: str) -> Project | None:
    """What was heard of a proposal, read consistently."""
    return RecordItem.read(PROPOSAL + proposal_id, RECORD, Project)


# ---- writing -----------------------------------------------------------------------------------


def commit(
    before: Consultation | None,
    after: Consultation,
    events: tuple[DomainEvent, ...] = (),
    *,
    living: tuple[str, ...] = (),
) -> None:
    """Write the new state, the counts it changes, and the events, in one transaction or not at all.

    before: the state it was made of, None for a new one. living: who must still have an account.
    Raises Conflict when somebody was first.
    """
    with transaction(RecordItem) as writes:
        _item(after).write(writes, after.version)
        for side in PARTIES:
            _count(writes, side, before, after)
        _count_open(writes, before, after)
        alive(writes, *living)
        add(writes, OutboxItem, events)


def keep_project(project: Project, now: datetime) -> None:
    """Keep what was heard, in its new version. Raises Conflict when more was heard meanwhile."""
    kept = RecordItem.of(PROPOSAL + project.proposal_id, RECORD, project)
    if project.consultation_id is None:
        kept.expires_at = int((now + UNCLAIMED_KEPT).timestamp())
    with transaction(RecordItem) as writes:
        kept.write(writes, project.version)


def forget_counts(person_id: str) -> None:
    """Forget the counts of somebody who has no consultations any more."""
    for side in PARTIES:
        CountsItem(PERSON + person_id, COUNTS + side).delete()


def _count(
    writes: TransactWrite, side: Side, before: Consultation | None, after: Consultation
) -> None:
    was, now_in = folder_of(before, side) if before else None, folder_of(after, side)
    if was == now_in:
        return
    actions = [
        getattr(CountsItem, folder).add(step)
        for folder, step in ((was, -1), (now_in, 1))
        if folder is not None
    ]
    person_id = after.artist_id if side is Side.ARTIST else after.client_id
    writes.update(CountsItem(PERSON + person_id, COUNTS + side), actions=actions)


def _count_open(writes: TransactWrite, before: Consultation | None, after: Consultation) -> None:
    was_open, is_open = before is not None and before.status in OPEN, after.status in OPEN
    if was_open == is_open:
        return
    pk = pair_key(after.artist_id, after.client_id)
    mark, tally = RecordItem.of(pk, OPENED + after.id, None), TallyItem(pk, OPEN_COUNT)
    if is_open:
        writes.save(mark)
        fewer = TallyItem.number.does_not_exist() | (TallyItem.number < MAX_OPEN)
        writes.update(tally, actions=[TallyItem.number.add(1)], condition=fewer)
    else:
        writes.delete(mark)
        writes.update(tally, actions=[TallyItem.number.add(-1)])


# ---- items -------------------------------------------------------------------------------------


def _item(consultation: Consultation) -> RecordItem:
    kept = RecordItem.of(CONSULTATION + consultation.id, RECORD, consultation)
    kept.listed_as = consultation.id
    for side, person_id in (
        (Side.ARTIST, consultation.artist_id),
        (Side.CLIENT, consultation.client_id),
    ):
        folder = folder_of(consultation, side)
        if folder is not None:
            setattr(kept, f"{side}_folder", _folder_key(person_id, folder))
        if folder not in (None, Folder.ARCHIVED):
            setattr(kept, f"{side}_list", person_id)
    if set(consultation.erased) == set(PARTIES):
        kept.expires_at = int((consultation.updated_at + NOBODYS_KEPT).timestamp())
    looked_at = due_at(consultation)
    if looked_at is not None:
        kept.due, kept.due_at = DUE, due_text(looked_at)
    return kept


def pair_key(artist_id: str, client_id: str) -> str:
    """The partition of what is between two people."""
    return f"{PAIR}{artist_id}#{client_id}"


def _folder_key(person_id: str, folder: Folder) -> str:
    return f"{person_id}#{folder}"


def _key_after(position: str, hash_key: str, listed_in: str) -> dict[str, Any]:
    """DynamoDB's own form of a position: the keys of the index and of the item."""
    keys = {
        "pk": CONSULTATION + position,
        "sk": RECORD,
        hash_key: listed_in,
        "listed_as": position,
    }
    return {name: {"S": value} for name, value in keys.items()}
