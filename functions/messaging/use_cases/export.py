"""The share of messaging in the export of a user's data."""

import msgspec

from messaging.models import Side
from messaging.store import conversations, guests, link_previews, messages, person_copies, settings
from shared.data.exports import MAX_RECORDS


def gather(user_id: str) -> dict[str, object]:
    """Return what is stored about a user, by kind: of messages, those that they wrote."""
    return {
        "person": person_copies.find(user_id),
        "settings": settings.get(user_id),
        "linkPreviews": {"enabled": link_previews.wants_previews(user_id)},
        "conversations": [
            conversation
            for side in Side
            for conversation in conversations.list_page(side, user_id, None, MAX_RECORDS)
        ],
        "guests": [
            msgspec.structs.replace(guest, join=None)
            for guest in (
                guests.list_of_artist(user_id, MAX_RECORDS)
                or guests.list_joined(user_id, MAX_RECORDS)
            )
        ],
        "messages": messages.list_written(user_id, MAX_RECORDS),
    }
