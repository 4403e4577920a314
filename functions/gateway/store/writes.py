"""Writes of ours that the monolith lacks, and the ids that records have on both sides."""

from collections.abc import Iterator

import msgspec
from pynamodb.exceptions import PutError

from gateway.models import Pair, Side, Write, WriteState
from gateway.store.table import MONOLITH, OURS, RECORD, WRITES, IdItem, RecordItem
from shared.data.conflicts import WriteConflict
from shared.data.dynamodb import find, is_condition_failure, sortable


def save(write: Write) -> None:
    """Store a write, or how far it has come."""
    _item(write).save()


def begin(write: Write) -> bool:
    """Store a write that begins; False if it is stored already, as of a repetition."""
    try:
        _item(write).put(RecordItem.pk.does_not_exist())
    except WriteConflict:
        return False
    return True


def move(write: Write, state: WriteState, detail: str = "") -> Write:
    """Store that a write has come further, and return it as it is then.

    Raises:
        WriteConflict: It is not what it was: somebody else brings it back.
    """
    moved = msgspec.structs.replace(write, state=state, detail=detail)
    _item(moved).put(RecordItem.record == _item(write).record)
    return moved


def delete(write: Write) -> None:
    """Delete a write that the monolith has, or that was refused by ours."""
    _item(write).delete()


def iterate(feature: str) -> Iterator[Write]:
    """Yield the writes of a feature, oldest first."""
    for item in RecordItem.query(WRITES + feature, consistent_read=True):
        yield item.decoded(Write)


def count(feature: str) -> int:
    """Count the writes of a feature that the monolith lacks."""
    return int(RecordItem.count(WRITES + feature, consistent_read=True))


def reserve(feature: str, pair: Pair) -> bool:
    """Store a pair that the monolith is asked to make; False if somebody else asks for it."""
    item = _of_pair(feature, OURS + pair.ours, "", pair)
    try:
        item.save(condition=IdItem.pk.does_not_exist())
    except PutError as error:
        if is_condition_failure(error):
            return False
        raise
    return True


def release(feature: str, ours: str) -> None:
    """Give up a reservation: the monolith has not made the record."""
    IdItem(RECORD + feature, OURS + ours).delete()


def save_pair(feature: str, pair: Pair) -> None:
    """Store which ids a record has, and which side owns it."""
    with IdItem.batch_write() as batch:
        batch.save(_of_pair(feature, OURS + pair.ours, pair.monolith, pair))
        batch.save(_of_pair(feature, MONOLITH + pair.monolith, pair.ours, pair))


def find_pair(feature: str, record_id: str, *, is_ours: bool) -> Pair | None:
    """Return the pair that an id belongs to, ours or the monolith's; None if there is none."""
    item = find(IdItem, RECORD + feature, (OURS if is_ours else MONOLITH) + record_id)
    return _pair(item) if item else None


def iterate_pairs(feature: str, after: str = "") -> Iterator[Pair]:
    """Yield the records that both sides have, by their ids of ours, after an id."""
    pk = RECORD + feature
    start = {"pk": {"S": pk}, "sk": {"S": OURS + after}} if after else None
    for item in IdItem.query(
        pk, IdItem.sk.startswith(OURS), consistent_read=True, last_evaluated_key=start
    ):
        yield _pair(item)


def _of_pair(feature: str, key: str, other_id: str, pair: Pair) -> IdItem:
    return IdItem(
        RECORD + feature,
        key,
        other_id=other_id,
        owner=pair.owner,
        user_id=pair.user_id,
        role=pair.role,
        digest=pair.digest,
        read=pair.read,
    )


def _pair(item: IdItem) -> Pair:
    ids = [item.sk.partition("#")[2], item.other_id]
    ours, monolith = ids if item.sk.startswith(OURS) else reversed(ids)
    owner = Side(item.owner) if item.owner else None
    return Pair(ours, monolith, owner, item.user_id, item.role, item.digest, item.read)


def _item(write: Write) -> RecordItem:
    return RecordItem.of(WRITES + write.feature, f"{sortable(write.at)}#{write.id}", write)
