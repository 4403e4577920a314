"""Guests of a world: what they write at their platform, and what is sent to them."""

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from domain import voucher_codes
from messaging.store import guests as store
from shared.events.domain_events import DomainEvent
from tests.functional.messaging.world import ARTIST, CLIENT, PATH, World, event_of, new_key, ok

GUEST, ACCOUNT = "gst_5f2a", "sac_01JD2Z5Q0V8XKM3F7T9B4N6RWC"
CODE = re.compile(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}\b")


def message_data(world: World, text: str | None = "Hi!", **changes: Any) -> dict[str, Any]:
    """Return the data of `social_message.received`, as if the guest had just written."""
    sent_at = changes.pop("sent_at", world.now)
    return {
        "accountId": ACCOUNT,
        "artistId": ARTIST,
        "platform": "instagram",
        "guestId": GUEST,
        "guestName": "Ines Ink",
        "guestHandle": "ines.ink",
        "guestPicture": "fil_picture",
        "messageKey": new_key(),
        "text": text,
        "attachments": [],
        "attachmentKinds": [],
        "unsupported": [],
        "sentAt": sent_at,
        "replyUntil": sent_at + timedelta(hours=24),
        "agentReplyUntil": sent_at + timedelta(days=7),
        **changes,
    }


def write(world: World, text: str | None = "Hi!", **changes: Any) -> DomainEvent:
    """Let the guest write to the artist. The world's conversation is theirs from then on."""
    event = world.consume("social_message.received", message_data(world, text, **changes))
    world.cid = conversation_of_guest(world)
    return event


def echo(world: World, text: str, **changes: Any) -> None:
    """Let the artist write to the guest at the platform itself."""
    data = message_data(world, text, **changes)
    del data["replyUntil"], data["agentReplyUntil"]
    world.consume("social_message.echoed", data)


def report(world: World, message_id: str, status: str, **changes: Any) -> DomainEvent:
    """Let the platform report how far a message has come."""
    data = {
        "accountId": ACCOUNT,
        "artistId": ARTIST,
        "guestId": GUEST,
        "messageId": message_id,
        "status": status,
        "reason": None,
        "at": world.now,
        **changes,
    }
    return world.consume("social_message.status_changed", data)


def change_account(world: World, change: str, event_id: str | None = None) -> None:
    """Connect, reconnect or disconnect the artist's account."""
    data = {
        "accountId": ACCOUNT,
        "artistId": ARTIST,
        "provider": "meta",
        "displayName": "Ari's studio",
    }
    world.consume(f"social_account.{change}", data, event_id)


def introduce(world: World) -> None:
    """Let artist and client be known, without a conversation."""
    world.introduce(ARTIST, "artist", "Ari Artist")
    world.introduce(CLIENT, "client", "Cleo Client")


def conversation_of_guest(world: World) -> str:
    """Return the id of the conversation that the guest's messages are in."""
    guest = store.find(GUEST)
    assert guest is not None
    pair = {"artistId": ARTIST, "clientId": guest.client_id or GUEST}
    found = world.database.conversations.find_one(pair)
    return str(found["_id"]) if found else ""


def sent_to_guest(world: World) -> list[dict[str, Any]]:
    """Return the data of what was published to be sent to guests, after delivering everything."""
    world.deliver()
    return [dict(event.data) for event in world.published("guest_message.created")]


def ask(world: World) -> str:
    """Let the artist ask the guest to join. Return the code that the guest receives."""
    world.deliver()
    world.published()
    ok(world.artist.post(world.path("/join-requests")), 201)
    (sent,) = sent_to_guest(world)
    (code,) = CODE.findall(sent["text"])
    return str(code)


def join(world: World, code: str, person: Any = None) -> Any:
    """Enter a code as the client, or as another person. Return the response."""
    return (person or world.client).post(f"{PATH}/guests/join", json={"code": code})


def wrong_code() -> str:
    """Return a code that nobody received."""
    return voucher_codes.format_code(voucher_codes.create_code())


def lines(items: Iterable[dict[str, Any]]) -> list[tuple[str | None, str | None]]:
    """Return sender and content of messages."""
    return [(item["senderId"], item["content"]) for item in items]


def event_received(world: World, **changes: Any) -> DomainEvent:
    """Return an event of a message that was not consumed yet."""
    text = changes.pop("text", "Hi!")
    return event_of("social_message.received", message_data(world, text, **changes), world.now)
