"""The share of messaging in the export of a user's data."""

import msgspec

from messaging.models import Conversation, Membership, Side
from messaging.store import (
    away,
    conversations,
    drafts,
    guests,
    inbox,
    link_previews,
    messages,
    person_copies,
    response_times,
    scheduled_messages,
    settings,
    stars,
)
from shared.data.exports import MAX_RECORDS


def gather(user_id: str) -> dict[str, object]:
    """Return what is stored about a user, by kind: of messages, those that they wrote.

    Of others' messages, it names those to which they reacted and those that they pinned or starred.
    """
    listed = [
        _hide_other(conversation, side)
        for side in Side
        for conversation in conversations.list_page(side, user_id, None, MAX_RECORDS)
    ]
    return {
        "person": person_copies.find(user_id),
        "settings": settings.get(user_id),
        "linkPreviews": {"enabled": link_previews.wants_previews(user_id)},
        "conversations": listed,
        "awayMessage": away.get(user_id),
        "hours": away.find_hours(user_id),
        "responseTimes": response_times.find(user_id),
        "labels": inbox.find_labels(user_id),
        "drafts": drafts.list_of_user(user_id, MAX_RECORDS),
        "scheduledMessages": scheduled_messages.list_all(user_id, MAX_RECORDS),
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


def _hide_other(conversation: Conversation, side: Side) -> Conversation:
    """Return a conversation without how the other member has sorted, muted or blocked it.

    Under a block, it shows no more of what they have received and read than the API.
    """
    other = conversation.get_membership(side.other)
    shown = Membership(
        read_sequence=other.shown_read,
        delivered_sequence=other.shown_received,
        erased=other.erased,
        views=(),
    )
    return conversation.with_membership(side.other, shown)
