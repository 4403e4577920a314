"""Records as items: versions replace each other, and due records are found in order."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from shared.data.conflicts import WriteConflict
from shared.data.dynamodb import sortable, table_meta, transaction
from shared.data.record_items import DueItem, due_text
from shared.events.sweeper import AGAIN_AFTER, DueRecord, SweepIncomplete, sweep
from tests.support import streams

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
A_MINUTE = timedelta(minutes=1)


class Piece(msgspec.Struct, frozen=True):
    """A record."""

    title: str


class PieceItem(DueItem):
    """Pieces in one table."""

    Meta = table_meta("consultations")


class OtherItem(DueItem):
    """Pieces in another table."""

    Meta = table_meta("profiles")


pytestmark = pytest.mark.usefixtures("aws")


def store(title: str, version: int) -> None:
    with transaction(PieceItem) as writes:
        PieceItem.of("PIECE#1", "RECORD", Piece(title)).write(writes, version)


def schedule(model: type[DueItem], number: int, at: datetime) -> None:
    item = model.of(f"PIECE#{number}", "RECORD", Piece("Swallow"))
    item.schedule("DUE", f"usr_{number}", at)
    item.save()


def schedule_as_before(number: int, at: datetime) -> None:
    """Store a due record as versions before 0.3 did, in the only partition."""
    item = PieceItem.of(f"PIECE#{number}", "RECORD", Piece("Swallow"))
    item.due, item.due_at = "DUE", due_text(at)
    item.save()


def due(model: type[DueItem], at: datetime, limit: int = 10) -> list[str]:
    return [record.pk for record in model.find_due("DUE", at, limit)]


class TestRecords:
    def test_are_read_as_they_were_stored(self) -> None:
        assert PieceItem.read("PIECE#1", "RECORD", Piece) is None
        store("Swallow", 1)
        assert PieceItem.read("PIECE#1", "RECORD", Piece) == Piece("Swallow")
        with pytest.raises(msgspec.DecodeError):
            PieceItem.read("PIECE#1", "RECORD", int)

    def test_replace_the_previous_version_only(self) -> None:
        for wrong in (2, 3):
            with pytest.raises(WriteConflict):
                store("Too early", wrong)
        store("Swallow", 1)
        store("Heron", 2)
        for wrong in (1, 2, 4):
            with pytest.raises(WriteConflict):
                store("Too late", wrong)
        assert PieceItem.read("PIECE#1", "RECORD", Piece) == Piece("Heron")

    def test_are_deleted_together(self) -> None:
        for number in range(30):
            PieceItem.of("PIECES", str(number), None).save()
        PieceItem.delete_all(PieceItem.query("PIECES", PieceItem.sk.startswith("2")))
        assert PieceItem.count("PIECES") == 19


class TestDueRecords:
    def test_are_found_in_the_order_of_their_due_times(self) -> None:
        for number, minutes in ((1, 2), (2, 0), (3, 1)):
            schedule(PieceItem, number, NOON + minutes * A_MINUTE)
        assert due(PieceItem, NOON - timedelta(seconds=1)) == []
        assert due(PieceItem, NOON) == ["PIECE#2"]
        assert due(PieceItem, NOON + 2 * A_MINUTE) == ["PIECE#2", "PIECE#3", "PIECE#1"]

    def test_are_spread_over_shards_by_their_owner_and_each_is_found_once(self) -> None:
        for number in range(60):
            schedule(PieceItem, number, NOON + number * A_MINUTE)
        found = PieceItem.find_due("DUE", NOON + 60 * A_MINUTE, 500)
        assert [record.pk for record in found] == [f"PIECE#{number}" for number in range(60)]
        assert {record.lane for record in found} == {str(shard) for shard in range(8)}
        stored = {item["due"]["S"] for item in streams.items("consultations")}
        assert stored == {f"DUE#{shard}" for shard in range(8)}

    def test_are_found_where_previous_versions_stored_them(self) -> None:
        schedule_as_before(1, NOON)
        schedule_as_before(2, NOON - A_MINUTE)
        schedule(PieceItem, 3, NOON - 2 * A_MINUTE)
        assert due(PieceItem, NOON) == ["PIECE#3", "PIECE#2", "PIECE#1"]
        schedule(PieceItem, 1, NOON)  # written again, it moves to its shard
        lanes = {record.pk: record.lane for record in PieceItem.find_due("DUE", NOON, 10)}
        assert lanes["PIECE#2"] == "DUE"
        assert lanes["PIECE#1"] in {str(shard) for shard in range(8)}

    def test_are_done_once_each_by_threads_that_share_the_table(self) -> None:
        for number in range(40):
            schedule(PieceItem, number, NOON)
        schedule_as_before(40, NOON)
        poisoned = "PIECE#7"

        def act(record: DueRecord, _: datetime) -> None:
            if record.pk == poisoned:
                raise ValueError
            PieceItem(record.pk, record.sk).delete(condition=PieceItem.pk.exists())

        found = PieceItem.find_due("DUE", NOON, 500)
        assert len(found) == 41
        with pytest.raises(SweepIncomplete, match="1 failed, 40 were done"):
            sweep(found, act, PieceItem.postpone, NOON, lambda: True)
        assert due(PieceItem, NOON + AGAIN_AFTER) == [poisoned]
        assert due(PieceItem, NOON + AGAIN_AFTER - timedelta(seconds=1)) == []

    def test_are_limited_in_each_shard(self) -> None:
        for number in range(3):
            schedule_as_before(number, NOON + number * A_MINUTE)
            item = PieceItem.of(f"OTHER#{number}", "RECORD", Piece("Heron"))
            item.schedule("DUE", "usr_1", NOON + number * A_MINUTE)
            item.save()
        found = due(PieceItem, NOON + 3 * A_MINUTE, limit=2)
        assert sorted(found) == ["OTHER#0", "OTHER#1", "PIECE#0", "PIECE#1"]

    def test_are_found_in_their_own_table_only(self) -> None:
        schedule(PieceItem, 1, NOON)
        schedule(OtherItem, 2, NOON)
        assert due(PieceItem, NOON) == ["PIECE#1"]
        assert due(OtherItem, NOON) == ["PIECE#2"]

    def test_are_postponed(self) -> None:
        schedule(PieceItem, 1, NOON)
        (record,) = PieceItem.find_due("DUE", NOON, 10)
        PieceItem.postpone(record, NOON + A_MINUTE)
        assert due(PieceItem, NOON) == []
        assert due(PieceItem, NOON + A_MINUTE) == ["PIECE#1"]

    def test_are_not_postponed_if_they_were_changed_in_the_meantime(self) -> None:
        schedule(PieceItem, 1, NOON)
        (record,) = PieceItem.find_due("DUE", NOON, 10)
        schedule(PieceItem, 1, NOON + 5 * A_MINUTE)
        PieceItem.postpone(record, NOON + A_MINUTE)
        assert due(PieceItem, NOON + 4 * A_MINUTE) == []
        PieceItem("PIECE#1", "RECORD").delete()
        PieceItem.postpone(record, NOON + A_MINUTE)
        assert PieceItem.count("PIECE#1") == 0

    def test_are_never_due_early(self) -> None:
        assert due_text(NOON) == sortable(NOON) == "2026-11-22T12:00:00Z"
        assert due_text(NOON + timedelta(milliseconds=1)) == "2026-11-22T12:00:01Z"
        assert sortable(NOON + timedelta(milliseconds=999)) == "2026-11-22T12:00:00Z"
