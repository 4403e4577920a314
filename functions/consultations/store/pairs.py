"""Pairs of an artist and a client: their open consultations and their blocks."""

import msgspec
from pynamodb.attributes import NumberAttribute
from pynamodb.transactions import TransactWrite

from consultations.models import OPEN_STATUSES, Consultation, ConsultationSide
from consultations.store.table import RecordItem, save_newest
from shared.data.dynamodb import Item, table_meta

PAIR = "PAIR#"
OPENED, OPEN_COUNT, BLOCK = "OPEN#", "OPEN", "BLOCK#"
MAX_OPEN = 3  # of one client with one artist


class OpenCountItem(Item):
    """Number of open consultations of a pair, written together with each of them."""

    Meta = table_meta("consultations")
    number = NumberAttribute(default=0)


class Pair(msgspec.Struct, frozen=True):
    """State of a pair.

    Attributes:
        open_ids: Ids of the pair's open consultations.
        blocked: Whether one of the two blocks the other.
    """

    open_ids: tuple[str, ...] = ()
    blocked: bool = False


def get_pair(artist_id: str, client_id: str) -> Pair:
    """Get the state of a pair by one consistent query."""
    items = list(RecordItem.query(_key(artist_id, client_id), consistent_read=True))
    return Pair(
        tuple(item.sk.removeprefix(OPENED) for item in items if item.sk.startswith(OPENED)),
        any(item.sk.startswith(BLOCK) and item.record == "true" for item in items),
    )


def save_block(
    artist_id: str, client_id: str, side: ConsultationSide, blocked: bool, version: int
) -> None:
    """Save whether this side blocks the other, unless a newer state is stored."""
    save_newest(RecordItem.of(_key(artist_id, client_id), BLOCK + side, blocked), version)


def count_open(writes: TransactWrite, before: Consultation | None, after: Consultation) -> None:
    """Add the change of the pair's open consultations to a transaction.

    The transaction fails with WriteConflict where there would be more than `MAX_OPEN`.
    """
    was_open = before is not None and before.status in OPEN_STATUSES
    is_open = after.status in OPEN_STATUSES
    if was_open == is_open:
        return
    pk = _key(after.artist_id, after.client_id)
    mark, count = RecordItem.of(pk, OPENED + after.id, None), OpenCountItem(pk, OPEN_COUNT)
    if is_open:
        writes.save(mark)
        fewer = OpenCountItem.number.does_not_exist() | (OpenCountItem.number < MAX_OPEN)
        writes.update(count, actions=[OpenCountItem.number.add(1)], condition=fewer)
    else:
        writes.delete(mark)
        writes.update(count, actions=[OpenCountItem.number.add(-1)])


def _key(artist_id: str, client_id: str) -> str:
    return f"{PAIR}{artist_id}#{client_id}"
