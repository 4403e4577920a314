"""Webhooks of Meta, as the platforms send them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from social.models import ProviderId
from social.providers import meta_webhooks
from social.providers.meta_webhooks import DirectMessage, Media, Receipt

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
SENT = NOW - timedelta(seconds=3)
SECRET = "app-secret"


def millis(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def event(**content: Any) -> dict[str, Any]:
    """Return an event of a guest."""
    return {
        "sender": {"id": "guest"},
        "recipient": {"id": "page"},
        "timestamp": millis(SENT),
        **content,
    }


def read(**content: Any) -> DirectMessage | Receipt | None:
    """Return what an event of an Instagram account says."""
    body = {"object": "instagram", "entry": [{"id": "page", "messaging": [event(**content)]}]}
    (received,) = meta_webhooks.split(msgspec.json.encode(body))
    assert received.provider is ProviderId.INSTAGRAM
    assert received.provider_user_id == "page"
    return meta_webhooks.read(received, NOW)


def test_a_signature_is_of_the_raw_body_and_of_one_of_our_apps() -> None:
    body = b'{"object": "page"}'
    signature = meta_webhooks.sign(body, SECRET)
    assert signature.startswith("sha256=")
    assert len(signature) == len("sha256=") + 64
    assert meta_webhooks.is_signed(body, signature, (SECRET,))
    assert meta_webhooks.is_signed(body, signature, ("another", SECRET))
    assert not meta_webhooks.is_signed(body + b" ", signature, (SECRET,))
    assert not meta_webhooks.is_signed(body, signature.upper(), (SECRET,))
    assert not meta_webhooks.is_signed(body, "", (SECRET,))


def test_an_app_without_a_secret_signs_nothing() -> None:
    body = b"{}"
    assert not meta_webhooks.is_signed(body, meta_webhooks.sign(body, ""), ("",))


def test_all_events_of_all_entries_are_found_in_order() -> None:
    entries = [
        {"id": "a", "messaging": [event(message={"mid": "1"}), event(message={"mid": "2"})]},
        {"id": "b", "messaging": [event(message={"mid": "3"})]},
        {"id": "c", "changes": [{"field": "comments"}]},
    ]
    found = list(meta_webhooks.split(msgspec.json.encode({"object": "page", "entry": entries})))
    assert [(each.provider_user_id, each.provider) for each in found] == [
        ("a", ProviderId.FACEBOOK),
        ("a", ProviderId.FACEBOOK),
        ("b", ProviderId.FACEBOOK),
    ]


def test_unknown_objects_have_no_events() -> None:
    body = {"object": "permissions", "entry": [{"id": "a", "messaging": [event()]}]}
    assert list(meta_webhooks.split(msgspec.json.encode(body))) == []


def test_a_text() -> None:
    assert read(message={"mid": "m1", "text": "Hello"}) == DirectMessage(
        "guest", "m1", SENT, text="Hello"
    )


def test_a_text_holds_nothing_that_no_text_of_a_request_may_hold() -> None:
    message = read(message={"mid": "m1", "text": "Hello\u202e\r\nGil\u0000 "})
    assert isinstance(message, DirectMessage)
    assert message.text == "Hello\nGil"
    nothing = read(message={"mid": "m1", "text": "\u202e"})
    assert isinstance(nothing, DirectMessage)
    assert (nothing.text, nothing.unsupported) == (None, ("message",))


def test_pictures_and_videos_are_media_and_everything_else_is_named() -> None:
    attachments = [
        {"type": "image", "payload": {"url": "https://cdn.example/1.jpg"}},
        {"type": "video", "payload": {"url": "https://cdn.example/2.mp4"}},
        {"type": "image", "payload": {"url": "https://cdn.example/s.png", "sticker_id": 369}},
        {"type": "share", "payload": {"url": "https://www.instagram.com/p/1"}},
        {"type": "story_mention", "payload": {"url": "https://cdn.example/3"}},
        {"type": "audio", "payload": {"url": "https://cdn.example/4.m4a"}},
        {"type": "image"},
    ]
    message = read(message={"mid": "m1", "attachments": attachments})
    assert isinstance(message, DirectMessage)
    assert message.media == (
        Media("image", "https://cdn.example/1.jpg"),
        Media("video", "https://cdn.example/2.mp4"),
    )
    assert message.unsupported == ("sticker", "share", "story_mention", "audio", "image")


@pytest.mark.parametrize("content", [{"is_unsupported": True}, {}])
def test_what_the_api_does_not_show_is_named_too(content: dict[str, Any]) -> None:
    message = read(message={"mid": "m1", **content})
    assert isinstance(message, DirectMessage)
    assert message.unsupported == ("message",)


def test_an_echo_is_of_the_account_and_names_its_app_and_reference() -> None:
    echo = {
        "sender": {"id": "page"},
        "recipient": {"id": "guest"},
        "message": {"mid": "m1", "text": "Hi", "is_echo": True, "app_id": 42, "metadata": "r"},
    }
    assert read(**echo) == DirectMessage(
        "guest", "m1", SENT, text="Hi", is_echo=True, app_id="42", reference="r"
    )


def test_the_title_of_a_postback_is_what_the_guest_said() -> None:
    message = read(postback={"mid": "m1", "title": "Book an appointment", "payload": "BOOK"})
    assert message == DirectMessage("guest", "m1", SENT, text="Book an appointment")


def test_deliveries_name_messages_or_an_instant() -> None:
    assert read(delivery={"mids": ["m1"], "watermark": millis(SENT)}) == Receipt(
        "guest", False, ("m1",), None, SENT
    )
    assert read(delivery={"watermark": millis(SENT)}) == Receipt("guest", False, (), SENT, SENT)


def test_reads_name_a_message_on_instagram_and_an_instant_on_facebook() -> None:
    assert read(read={"mid": "m1"}) == Receipt("guest", True, ("m1",), None, SENT)
    assert read(read={"watermark": millis(SENT)}) == Receipt("guest", True, (), SENT, SENT)


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"reaction": {"mid": "m1", "emoji": "x"}},
        {"message": {"mid": "m1", "is_deleted": True}},
        {"message": {"text": "without an id"}},
        {"optin": {}},
    ],
)
def test_other_events_are_not_followed(content: dict[str, Any]) -> None:
    assert read(**content) is None


@pytest.mark.parametrize("timestamp", [0, -5, 10**18, millis(NOW + timedelta(hours=1))])
def test_an_instant_that_cannot_be_is_the_present(timestamp: int) -> None:
    message = read(timestamp=timestamp, message={"mid": "m1", "text": "Hello"})
    assert isinstance(message, DirectMessage)
    assert message.sent_at == NOW


@pytest.mark.parametrize("body", [b"", b"[]", b"nonsense", b'{"object": 5}'])
def test_what_is_no_notification_is_refused(body: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        list(meta_webhooks.split(body))
