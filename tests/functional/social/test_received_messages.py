"""Messages that guests write, from the webhook to the event for messaging."""

from contextlib import nullcontext
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from time_machine import TimeMachineFixture

from shared.data import file_imports
from shared.platform.outside_calls import CallFailed, Failure, Guard
from social.models import ProviderId
from social.providers import calls, media
from social.providers.failures import ProviderError, ProviderFailed
from social.providers.media import ContentTooLarge
from social.rules.errors import ProviderUnavailable
from social.store import conversations
from social.use_cases import export, received_messages, vault
from tests.functional.social.chats import (
    APP_ID,
    BUCKET,
    FIRST,
    GUEST,
    Chats,
    deliver,
    echo,
    event,
    open_chats,
    sweep,
)
from tests.functional.social.conftest import MARA
from tests.functional.social.world import NOW
from tests.support import fake_aws, streams
from tests.support.captured_logs import Logs

PICTURE = {"type": "image", "payload": {"url": "https://cdn.example/1.jpg?sig=1"}}
VIDEO = {"type": "video", "payload": {"url": "https://cdn.example/2.mp4?sig=2"}}
TYPES = {"jpg": "image/jpeg", "mp4": "video/mp4", "html": "text/html"}


class Downloads:
    """What servers answer to downloads, by the address without its query."""

    def __init__(self) -> None:
        self.faults: dict[str, ProviderError] = {}

    def download(self, url: str, _hosts: object, path: Any) -> str:
        bare = url.partition("?")[0]
        fault = self.faults.pop(bare, None)
        if fault is not None:
            raise fault
        path.write_bytes(b"content of " + bare.encode())
        return TYPES[bare.rpartition(".")[2]]


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> Downloads:
    found = Downloads()
    monkeypatch.setattr(media, "download", found.download)
    return found


def decide(chats: Chats, *states: str) -> list[str]:
    """Let inspection decide the files that were handed over, in order; return their ids."""
    ids = [each["fileId"] for each in chats.events("social_file.fetched")]
    for file_id, state in zip(ids, states, strict=True):
        deliver(f"file.{state}", fileId=file_id, ownerId=MARA, reason="damaged")
    return ids


def test_a_message_is_published_with_its_guest_and_both_windows(chats: Chats) -> None:
    chats.write()
    chats.work()
    (published,) = chats.received()
    key = published.pop("messageKey")
    assert published == {
        "accountId": chats.account.id,
        "artistId": MARA,
        "platform": "instagram",
        "guestId": chats.guest_id,
        "guestName": "Gil Guest",
        "guestHandle": "gil.guest",
        "guestPicture": None,
        "text": FIRST,
        "attachments": [],
        "attachmentKinds": [],
        "unsupported": [],
        "sentAt": NOW.isoformat().replace("+00:00", "Z"),
        "replyUntil": (NOW + timedelta(hours=24)).isoformat().replace("+00:00", "Z"),
        "agentReplyUntil": (NOW + timedelta(days=7)).isoformat().replace("+00:00", "Z"),
    }
    assert "from-guest-1" not in key
    assert GUEST not in str(published)


def test_on_facebook_the_name_has_two_parts(
    aws: None, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    chats = open_chats(monkeypatch, clock, ProviderId.FACEBOOK)
    chats.platform.profile = {"first_name": "Gil", "last_name": "Guest"}
    chats.write()
    chats.work()
    (published,) = chats.received()
    assert (published["platform"], published["guestName"]) == ("facebook", "Gil Guest")


def test_a_message_is_published_once_however_often_it_comes(chats: Chats) -> None:
    for _ in range(3):
        chats.write(mid="m1")
    chats.work()
    chats.notify(event(message={"mid": "m1", "text": FIRST}))
    chats.work()
    assert len(chats.received()) == 1


def test_two_workers_that_get_the_same_message_publish_it_once(
    chats: Chats, monkeypatch: pytest.MonkeyPatch
) -> None:
    chats.write(mid="m1")
    chats.work()
    is_received = conversations.is_received
    answers = [False, False]  # as the other worker read, before the first had written

    def read_before(account_id: str, key: str) -> bool:
        return answers.pop() if answers else is_received(account_id, key)

    monkeypatch.setattr(conversations, "is_received", read_before)
    chats.write(mid="m1")
    chats.work()
    assert answers == []
    assert len(chats.received()) == 1


def test_a_replay_after_the_marks_expired_is_too_old(chats: Chats) -> None:
    old = event(message={"mid": "m1", "text": FIRST})
    chats.notify(old)
    chats.work()
    for item in streams.items("social"):
        if item["sk"]["S"].startswith("RECEIVED#"):
            keys = {name: item[name] for name in ("pk", "sk")}
            fake_aws.client("dynamodb").delete_item(TableName=f"{fake_aws.PREFIX}-social", Key=keys)
            expires_in = int(item["expires_at"]["N"]) - NOW.timestamp()
            assert expires_in > received_messages.OLDEST.total_seconds()
    chats.later(days=30)
    chats.notify(old)
    chats.work()
    assert len(chats.received()) == 1


def test_an_older_message_that_comes_later_does_not_shorten_the_window(chats: Chats) -> None:
    earlier = event(message={"mid": "m1", "text": "earlier"})
    chats.later(hours=1)
    chats.write("later")
    chats.notify(earlier)
    chats.work()
    until = {each["text"]: each["replyUntil"] for each in chats.received()}
    assert until["earlier"] == until["later"]


def test_the_profile_is_asked_for_once_a_day(chats: Chats) -> None:
    for _ in range(3):
        chats.write()
        chats.work()
    assert chats.platform.calls == [f"GET {GUEST}"]
    chats.later(hours=25)
    chats.platform.profile = {"name": "Gil Married"}
    chats.write()
    chats.work()
    assert chats.received()[-1]["guestName"] == "Gil Married"


def test_a_message_does_not_wait_for_a_name(chats: Chats, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ProviderFailed("status 503")

    monkeypatch.setattr(calls, "send", fail)
    chats.write()
    chats.work()
    monkeypatch.setattr(calls, "send", chats.platform.send)
    chats.later(minutes=11)
    chats.write()
    chats.work()
    assert [each["guestName"] for each in chats.received()] == ["Guest", "Gil Guest"]


def test_a_message_does_not_wait_for_a_token(chats: Chats, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> str:
        raise ProviderUnavailable("The provider does not respond as it should.")

    monkeypatch.setattr(vault, "token", fail)
    chats.write()
    chats.work()
    assert [each["guestName"] for each in chats.received()] == ["Guest"]


def test_what_cannot_be_shown_is_named(chats: Chats) -> None:
    sticker = {"type": "image", "payload": {"url": "https://cdn.example/s", "sticker_id": 3}}
    share = {"type": "share", "payload": {"url": "https://www.instagram.com/p/1"}}
    chats.write("", attachments=[sticker, share])
    chats.work()
    (published,) = chats.received()
    assert (published["text"], published["unsupported"]) == (None, ["sticker", "share"])


def test_attachments_are_published_when_inspection_has_decided_all_of_them(
    chats: Chats, downloads: Downloads
) -> None:
    chats.write("Look", attachments=[PICTURE, VIDEO])
    chats.work()
    assert [each["text"] for each in chats.received()] == ["Look"]
    handed_over = chats.events("social_file.fetched")
    assert [(each["contentType"], each["purpose"]) for each in handed_over] == [
        ("image/jpeg", "message"),
        ("video/mp4", "message"),
    ]
    assert all(each["ownerId"] == MARA for each in handed_over)
    first, second = (each["fileId"] for each in handed_over)
    stored = fake_aws.client("s3").get_object(Bucket=BUCKET, Key=file_imports.import_key(first))
    assert stored["Body"].read() == b"content of https://cdn.example/1.jpg"
    deliver("file.cleaned", fileId=second, ownerId=MARA, reason="damaged")
    assert len(chats.received()) == 1
    deliver("file.cleaned", fileId=first, ownerId=MARA, reason="damaged")
    deliver("file.cleaned", fileId=first, ownerId=MARA, reason="damaged")
    _, published = chats.received()
    assert (published["text"], published["attachments"]) == (None, [first, second])
    assert published["attachmentKinds"] == ["image", "video"]
    assert published["messageKey"] != chats.received()[0]["messageKey"]


def test_what_inspection_rejects_is_named_instead(chats: Chats, downloads: Downloads) -> None:
    chats.write("", attachments=[PICTURE, VIDEO])
    chats.work()
    _, video = decide(chats, "rejected", "cleaned")
    (published,) = chats.received()
    assert (published["attachments"], published["unsupported"]) == ([video], ["image"])


def test_after_ten_minutes_a_message_is_published_without_what_is_not_decided(
    chats: Chats, downloads: Downloads
) -> None:
    chats.write("", attachments=[PICTURE, VIDEO])
    chats.work()
    first, second = (each["fileId"] for each in chats.events("social_file.fetched"))
    deliver("file.cleaned", fileId=first, ownerId=MARA, reason="damaged")
    assert sweep(NOW + timedelta(minutes=9)) == 0
    assert sweep(NOW + timedelta(minutes=10, seconds=1)) == 1
    assert sweep(NOW + timedelta(minutes=11)) == 0
    deliver("file.cleaned", fileId=second, ownerId=MARA, reason="damaged")
    (published,) = chats.received()
    assert (published["attachments"], published["unsupported"]) == ([first], ["video"])


@pytest.mark.parametrize("url", ["https://cdn.example/page.html", "https://cdn.example/gone.jpg"])
def test_what_is_no_picture_any_more_is_named(chats: Chats, downloads: Downloads, url: str) -> None:
    downloads.faults["https://cdn.example/gone.jpg"] = ContentTooLarge("100 MiB")
    chats.write("", attachments=[{"type": "image", "payload": {"url": url}}])
    chats.work()
    (published,) = chats.received()
    assert (published["attachments"], published["unsupported"]) == ([], ["image"])


def test_a_server_that_does_not_answer_is_asked_again(chats: Chats, downloads: Downloads) -> None:
    downloads.faults["https://cdn.example/1.jpg"] = ProviderFailed("slow")
    chats.write("", attachments=[PICTURE])
    chats.work()
    assert chats.events("social_file.fetched") == []
    chats.later(seconds=30)
    chats.work()
    decide(chats, "cleaned")
    assert len(chats.received()) == 1


def test_an_attachment_that_cannot_be_fetched_now_keeps_no_other_waiting(
    chats: Chats, downloads: Downloads
) -> None:
    downloads.faults["https://cdn.example/1.jpg"] = ProviderFailed("slow")
    chats.write("", attachments=[PICTURE, VIDEO])
    chats.work()
    (handed_over,) = chats.events("social_file.fetched")
    assert handed_over["contentType"] == "video/mp4"
    chats.later(seconds=30)
    chats.work()
    assert len(chats.events("social_file.fetched")) == 2


def test_attachments_are_fetched_from_the_platforms_hosts_only(
    chats: Chats, monkeypatch: pytest.MonkeyPatch, logs: Logs
) -> None:
    asked: list[str] = []

    def refuse(url: str, _guard: object) -> None:
        asked.append(url)
        raise CallFailed(Failure.NOT_REACHABLE)

    monkeypatch.setattr(media, "open_response", refuse)
    theirs = "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1"
    for url in ("https://intranet.example/1.jpg", theirs):
        chats.write("", attachments=[{"type": "image", "payload": {"url": url}}])
    chats.work()
    assert asked == [theirs]
    (line,) = logs.named("content not fetched")
    assert line["reason"] == "host not allowed"
    (published,) = chats.received()
    assert published["unsupported"] == ["image"]


def test_attachments_are_not_followed_elsewhere(
    chats: Chats, monkeypatch: pytest.MonkeyPatch
) -> None:
    redirect = nullcontext(SimpleNamespace(status=302, get_header=lambda _: "https://evil.example"))
    guards: list[Guard] = []

    def answer(_url: str, guard: Guard) -> Any:
        guards.append(guard)
        return redirect

    monkeypatch.setattr(media, "open_response", answer)
    url = "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1"
    chats.write("", attachments=[{"type": "image", "payload": {"url": url}}])
    chats.work()
    (published,) = chats.received()
    assert (published["attachments"], published["unsupported"]) == ([], ["image"])
    assert [guard.redirects for guard in guards] == [None]


def test_the_picture_of_a_guest_comes_with_the_message_after_its_inspection(
    chats: Chats, downloads: Downloads
) -> None:
    chats.platform.profile |= {"profile_pic": "https://cdn.example/guest.jpg?sig=1"}
    chats.write()
    chats.work()
    (picture,) = decide(chats, "cleaned")
    (pictured,) = chats.events("social_guest.pictured")
    assert (pictured["guestPicture"], pictured["guestId"]) == (picture, chats.guest_id)
    assert pictured["sentAt"] == chats.received()[0]["sentAt"]
    chats.later(hours=25)
    chats.platform.profile |= {"profile_pic": "https://cdn.example/guest.jpg?sig=2"}
    chats.write()
    chats.work()
    assert [each["guestPicture"] for each in chats.received()] == [None, picture]
    assert len(chats.events("social_file.fetched")) == 1


def test_what_the_artist_writes_in_the_platforms_app_is_an_echo(chats: Chats) -> None:
    chats.write()
    for _ in range(2):
        chats.notify(echo("From my phone", "m-echo"))
    chats.work()
    (echoed,) = chats.events("social_message.echoed")
    assert (echoed["text"], echoed["guestId"]) == ("From my phone", chats.guest_id)
    assert "replyUntil" not in echoed
    assert len(chats.received()) == 1


def test_echoes_of_what_our_app_sent_are_dropped(chats: Chats) -> None:
    chats.write()
    chats.work()
    chats.reply("Hi!")
    chats.work()
    (taken,) = chats.platform.taken
    chats.notify(echo("Hi!", taken["mid"]))
    chats.notify(echo("sent before an erasure", "m9", app_id=int(APP_ID)))
    chats.work()
    assert chats.events("social_message.echoed") == []


def test_nothing_is_stored_for_a_deleted_artist(chats: Chats) -> None:
    chats.write()
    chats.work()
    chats.reply()
    deliver("user.deleted", userId=MARA)
    chats.write()
    chats.settle()
    deliver("user.deleted", userId=MARA)
    left = [item["pk"]["S"] for item in streams.items("social")]
    assert not [pk for pk in left if pk.startswith(("CHAT#", "FILE#"))]
    assert len(chats.received()) == 1


def test_a_guest_who_was_erased_is_forgotten(chats: Chats, downloads: Downloads) -> None:
    chats.platform.profile |= {"profile_pic": "https://cdn.example/guest.jpg"}
    chats.write("Look", attachments=[PICTURE])
    chats.notify(event(sender="990002", message={"mid": "m-other", "text": "Another"}))
    chats.work()
    chats.reply("Never sent")
    deliver("guest.erased", artistId=MARA, guestId=chats.guest_id, accountId=chats.account.id)
    left = str([item for item in streams.items("social") if "OUTBOX#" not in str(item)])
    for personal in (chats.guest_id, "'990001'", "Never sent", "cdn.example/1.jpg", "WAITING#"):
        assert personal not in left
    assert "990002" in left
    chats.settle()
    assert chats.platform.taken == []


def test_an_export_has_the_guests(chats: Chats) -> None:
    chats.write()
    chats.work()
    (guest,) = export.gather(MARA)["guests"]
    assert (guest.name, guest.id) == ("Gil Guest", chats.guest_id)
