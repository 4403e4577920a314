"""MiniStack's saved state is repaired before it is loaded; the files are as 1.5.33 writes them."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.local import ministack_state


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    (tmp_path / "state").mkdir()
    return tmp_path / "state"


@pytest.fixture
def buckets(tmp_path: Path) -> Path:
    directory = tmp_path / "s3" / "000000000000"
    for name in ("known", "unknown"):
        (directory / name).mkdir(parents=True)
    return directory


def save(state_dir: Path, service: str, payload: dict[str, Any]) -> None:
    text = json.dumps({"__ministack_format__": 2, "payload": payload})
    (state_dir / f"{service}.json").write_text(text)


def mend(state_dir: Path, port: int = 4566) -> None:
    ministack_state.mend(state_dir, state_dir.parent / "s3", port)


def test_streams_are_read_from_their_new_beginning(state_dir: Path) -> None:
    save(state_dir, "lambda", {"dynamodb_stream_positions": {"data": {"x": 5}}, "esms": {"x": 1}})
    mend(state_dir)
    payload = json.loads((state_dir / "lambda.json").read_text())["payload"]
    assert payload == {"esms": {"x": 1}}


def test_unknown_buckets_are_removed(state_dir: Path, buckets: Path) -> None:
    known = {"__scoped__": True, "data": {"000000000000\0'known'": {}}}
    save(state_dir, "s3", {"buckets_meta": known})
    mend(state_dir)
    assert [each.name for each in buckets.iterdir()] == ["known"]


def test_without_any_state_no_bucket_is_known(state_dir: Path, buckets: Path) -> None:
    mend(state_dir)
    assert list(buckets.iterdir()) == []


def test_queues_move_to_the_current_port(state_dir: Path) -> None:
    save(state_dir, "sqs", {"url": "http://127.0.0.1:4566/000000000000/q", "port": 4566})
    mend(state_dir, port=5000)
    payload = json.loads((state_dir / "sqs.json").read_text())["payload"]
    assert payload == {"url": "http://127.0.0.1:5000/000000000000/q", "port": 4566}
