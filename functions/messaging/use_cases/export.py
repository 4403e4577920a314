"""The share of messaging in the export of a user's data."""

import msgspec

from messaging.models import Conversation, Side
from messaging.store import conversations, guests, messages, person_copies, settings, stars
from shared.data.exports import MAX_RECORDS


def gather(user_id: str) -> dict[str, object]:
    """Return what is stored about a user, by kind: of messages, those that they wrote.

    Of others' messages, it names those to which they reacted and those that they pinned or starred.
    """
    listed = [
        conversation
        for side in Side
        for conversation in conversations.list_page(side, user_id, None, MAX_RECORDS)
    ]
    return {
        "person": person_copies.find(user_id),
        "settings": settings.get(user_id),
        "conversations": listed,
        "guests": [
            msgspec.structs.replace(guest, join=None)
            for guest in (
                guests.list_of_artist(user_id, MAX_RECORDS)
                or guests.list_joined(user_id, MAX_RECORDS)
            )
        ],
        "messages": messages.list_written(user_id, MAX_RECORDS),
        "reactions": _list_reactions(user_id),
        "pins": _list_pins(user_id, listed),
        "stars": stars.list_page(user_id, None, None, MAX_RECORDS),
    }


def _list_reactions(user_id: str) -> list[dict[str, object]]:
    return [
        {
            "conversationId": message.conversation_id,
            "messageId": message.id,
            "emoji": reaction.emoji,
            "reactedAt": reaction.reacted_at,
        }
        for message in messages.list_reacted(user_id, MAX_RECORDS)
        for reaction in message.reactions
        if reaction.user_id == user_id
    ]


def _list_pins(user_id: str, listed: list[Conversation]) -> list[dict[str, object]]:
    return [
        {
            "conversationId": message.conversation_id,
            "messageId": message.id,
            "pinnedAt": message.pinned_at,
        }
        for message in messages.list_pinned_by([each.id for each in listed], user_id)
    ]
