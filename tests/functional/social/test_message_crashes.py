"""Crashes: a worker that is killed at any of its steps loses no message and doubles none.

Steps are the calls of AWS and of the platform. A worker is killed before each of them and after
each, when only the response is lost, and what it had not finished is delivered again.
"""

from collections.abc import Callable

import pytest
from time_machine import TimeMachineFixture

from shared.data import file_imports
from social.models import ProviderId
from social.providers import media
from tests.functional.social.chats import (
    BUCKET,
    Chats,
    Killer,
    connect_chats,
    deliver,
    open_chats,
)
from tests.functional.social.conftest import MARA
from tests.support import fake_aws, moto_items

PICTURE = {"type": "image", "payload": {"url": "https://cdn.example/1.jpg"}}
LONGEST = 100  # steps; no scenario has as many


def kill_at_every_step(
    monkeypatch: pytest.MonkeyPatch,
    clock: TimeMachineFixture,
    prepare: Callable[[Chats], None],
    check: Callable[[Chats], None],
    *queues: str,
) -> int:
    """Run a scenario once for each step of its workers; return how many steps there are."""
    open_chats(monkeypatch, clock)
    for position in range(LONGEST):
        has_killed = False
        for after in (False, True):
            moto_items.clear("social")
            chats = connect_chats(monkeypatch, clock, ProviderId.INSTAGRAM)
            prepare(chats)
            killer = Killer(position, after=after)
            chats.work(*queues, killer=killer)
            has_killed = killer.has_killed
            chats.later(seconds=61)
            chats.settle()
            check(chats)
        if not has_killed:
            return position
    raise AssertionError("there are more steps than that")


def test_a_received_message_survives_a_crash_at_every_step(
    aws: None, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def prepare(chats: Chats) -> None:
        chats.write("Hello")

    def check(chats: Chats) -> None:
        assert [each["text"] for each in chats.received()] == ["Hello"]

    assert kill_at_every_step(monkeypatch, clock, prepare, check) > 5


def test_received_attachments_survive_a_crash_at_every_step(
    aws: None, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def download(_url: str, _hosts: object, path: object) -> str:
        path.write_bytes(b"content")  # type: ignore[attr-defined]
        return "image/jpeg"

    monkeypatch.setattr(media, "download", download)

    def prepare(chats: Chats) -> None:
        chats.write("Look", attachments=[PICTURE])

    def check(chats: Chats) -> None:
        ids = {each["fileId"] for each in chats.events("social_file.fetched")}
        (file_id,) = ids
        key = file_imports.import_key(file_id)
        assert fake_aws.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read() == b"content"
        deliver("file.cleaned", fileId=file_id, ownerId=MARA, reason="damaged")
        assert [each["text"] for each in chats.received()] == ["Look", None]
        assert chats.received()[1]["attachments"] == [file_id]

    assert kill_at_every_step(monkeypatch, clock, prepare, check) > 10


def test_a_reply_survives_a_crash_at_every_step(
    aws: None, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []

    def prepare(chats: Chats) -> None:
        chats.write()
        chats.work()
        sent[:] = [chats.reply("one")]
        chats.later(milliseconds=1)
        sent.append(chats.reply("two"))

    def check(chats: Chats) -> None:
        assert chats.platform.texts == ["one", "two"]
        assert [chats.statuses(each) for each in sent] == [["sent"], ["sent"]]

    assert kill_at_every_step(monkeypatch, clock, prepare, check, "messages") > 10


def test_a_reply_that_fails_survives_a_crash_at_every_step(
    aws: None, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []

    def prepare(chats: Chats) -> None:
        chats.write()
        chats.work()
        for _ in range(3):
            chats.platform.add_fault(400, 551, 1545041)
        sent[:] = [chats.reply("one")]

    def check(chats: Chats) -> None:
        assert chats.platform.taken == []
        assert [chats.statuses(each) for each in sent] == [["failed"]]

    assert kill_at_every_step(monkeypatch, clock, prepare, check, "messages") > 5


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("position", range(6))
def test_the_consumer_of_replies_survives_a_crash_at_every_step(
    chats: Chats, position: int, after: bool
) -> None:
    chats.write()
    chats.work()
    message_id = chats.reply_with_crash(Killer(position, after=after))
    chats.reply("Hi!", messageId=message_id)
    chats.settle()
    assert chats.platform.texts == ["Hi!"]
    assert chats.statuses(message_id) == ["sent"]
