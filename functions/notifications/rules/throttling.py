"""Throttling: the limits of messages that may come in numbers."""

from datetime import timedelta

from notifications.models import Throttle

# Push messages of a conversation. Each replaces the one before, so the screen shows no fewer.
CONVERSATION_LIMIT, CONVERSATION_WINDOW = 10, timedelta(minutes=5)
# A calendar that cannot be read fails each time that it is.
CALENDAR_WINDOW = timedelta(days=1)
# Messages that the API is asked for with one `throttleKey`.
REQUEST_WINDOW = timedelta(days=1)


def limit_conversation(conversation_id: str) -> Throttle:
    """Return the throttle of the messages of a conversation."""
    return Throttle(f"conversation {conversation_id}", CONVERSATION_LIMIT, CONVERSATION_WINDOW)


def limit_calendar(calendar_id: str) -> Throttle:
    """Return the throttle of notices that an external calendar fails."""
    return Throttle(f"calendar {calendar_id}", 1, CALENDAR_WINDOW)


def limit_requests(requester_id: str, key: str) -> Throttle:
    """Return the throttle that a requester gave the key of."""
    return Throttle(f"request {requester_id} {key}", 1, REQUEST_WINDOW)
