"""Backups of tables and databases, and the drill that restores them beside."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from bson import Binary

from infra.local.settings import StackError
from infra.operate import backups
from infra.operate.backups import Source
from infra.operate.restore_drill import Drill
from shared.data import mongodb
from shared.http.caller import Role
from tests.functional.erasure.world import Person, World
from tests.support import fake_aws

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def source(world: World) -> Source:
    """Return a stack with two users and what features store of them."""
    Person("kanariartist", Role.ARTIST)
    Person("kanariclient", Role.CLIENT)
    world.settle()
    world._databases["messaging"].files.insert_one(
        {"_id": "fil_1", "at": NOW, "count": 2**40, "raw": Binary(b"\x00\x01")}
    )
    fake_aws.client("dynamodb").put_item(
        TableName=f"{fake_aws.PREFIX}-auth",
        Item={
            "pk": {"S": "X"},
            "sk": {"S": "Y"},
            "raw": {"B": b"\x00\xff"},
            "all": {"M": {"set": {"SS": ["b", "a"]}, "list": {"L": [{"N": "1"}, {"NULL": True}]}}},
        },
    )
    return Source(boto3.Session(region_name="us-east-1"), f"{fake_aws.PREFIX}-", mongodb.connect)


def back_up(source: Source, folder: Path, **options: Any) -> dict[str, Any]:
    """Back up, and return the manifest."""
    list(backups.back_up(source, folder, NOW, on_demand=False, **options))
    return backups.read_manifest(folder)


def test_a_backup_is_restored_as_it_was(source: Source, tmp_path: Path) -> None:
    manifest = back_up(source, tmp_path / "one")
    assert manifest["tables"]["auth"]["count"] > 2
    assert manifest["databases"]["messaging"]["people"]["count"] == 2
    before = source.list_tables()
    lines = list(Drill(source, tmp_path / "one").run())
    assert lines[-1].startswith("everything was restored as it was")
    assert len(lines) == 1 + len(manifest["tables"]) + sum(map(len, manifest["databases"].values()))
    tables = fake_aws.client("dynamodb").list_tables()["TableNames"]
    assert not [name for name in tables if "drill" in name]
    assert source.list_tables() == before


def test_a_backup_of_the_same_state_has_the_same_checksums(source: Source, tmp_path: Path) -> None:
    one, two = back_up(source, tmp_path / "one"), back_up(source, tmp_path / "two")
    assert {name: entry["checksum"] for name, entry in one["tables"].items()} == {
        name: entry["checksum"] for name, entry in two["tables"].items()
    }


def test_files_are_private_and_a_changed_one_is_noticed(source: Source, tmp_path: Path) -> None:
    folder = tmp_path / "one"
    manifest = back_up(source, folder)
    modes = {path.stat().st_mode & 0o077 for path in (folder, *folder.iterdir())}
    assert modes == {0}
    path = folder / manifest["tables"]["auth"]["file"]
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    path.write_bytes(gzip.compress("\n".join(lines[1:]).encode()))
    with pytest.raises(StackError, match="changed since the backup"):
        list(Drill(source, folder).run())


def test_what_differs_after_restoring_is_reported(source: Source, tmp_path: Path) -> None:
    folder = tmp_path / "one"
    manifest = back_up(source, folder)
    manifest["tables"]["auth"]["count"] += 1
    (folder / backups.MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(StackError, match="1 tables or collections differ"):
        list(Drill(source, folder).run())
    tables = fake_aws.client("dynamodb").list_tables()["TableNames"]
    assert not [name for name in tables if "drill" in name]


def test_unprocessed_items_are_written_again(source: Source, tmp_path: Path) -> None:
    back_up(source, tmp_path / "one")
    client = fake_aws.client("dynamodb")
    taken: list[Any] = []
    waits: list[float] = []

    class Throttled:
        def batch_write_item(self, **asked: dict[str, Any]) -> dict[str, Any]:
            ((table, requests),) = asked["RequestItems"].items()
            taken.extend(requests[:10])
            return {"UnprocessedItems": {table: requests[10:]} if requests[10:] else {}}

    drill = Drill(source, tmp_path / "one", sleep=waits.append)
    drill._write(Throttled(), "x", [{"pk": {"S": str(number)}} for number in range(25)])
    assert len(taken) == 25
    assert len(waits) == 2
    assert client.list_tables()


def test_on_aws_a_backup_of_each_table_is_ordered(source: Source, tmp_path: Path) -> None:
    list(backups.back_up(source, tmp_path / "one", NOW, on_demand=True))
    manifest = backups.read_manifest(tmp_path / "one")
    assert set(manifest["onDemand"]) == set(source.list_tables())
    with pytest.raises(StackError, match="exists"):
        list(backups.back_up(source, tmp_path / "one", NOW, on_demand=False))
