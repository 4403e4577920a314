"""What an artist may do with one tap from a notification: quick actions of theirs, as links."""

import msgspec

from notifications.dispatch import Message
from notifications.records import Channel, Contact, OfferedAction, PushContent
from shared import one_tap
from shared.events import DomainEvent
from shared.one_tap import OneTap

Offers = tuple[OfferedAction, ...]


def of(artist: Contact, conversation_id: str, event: DomainEvent) -> Offers:
    """The actions that the artist chose, for this conversation, each to be done once per event."""
    ends = event.time + one_tap.VALID_FOR
    return tuple(
        OfferedAction(
            title=action.label,
            link=one_tap.link(OneTap(artist.id, conversation_id, action.action_id, event.id, ends)),
            expires_at=ends,
        )
        for action in artist.one_tap
    )


def put(message: Message, offered: Offers) -> Message:
    """The message with these under its push message, which the inbox shows as well."""
    content = message.contents.get(Channel.PUSH)
    if not isinstance(content, PushContent):
        return message
    with_them = msgspec.structs.replace(content, actions=offered)
    return msgspec.structs.replace(message, contents={**message.contents, Channel.PUSH: with_them})
