"""Erasing a user: their card, what they wrote and what they decided. The other keeps the thread.

Each step can be done again, and the event comes again until all are done.
"""

from datetime import datetime

from messaging.live import connect
from messaging.models import Side
from messaging.store import conversations, files, messages, people, reports, settings
from messaging.use_cases import redaction

BATCH = 500


def erase(user_id: str, now: datetime) -> None:
    """Erase the user. The tombstone comes first, so that nothing grows back."""
    people.erase(user_id, now)
    connect.end_of_user(user_id, now)
    for side in Side:
        conversations.erase(side, user_id)
    redaction.empty(user_id, now)
    settings.erase(user_id)
    files.erase(user_id)
    reports.erase(user_id)
    for side in Side:
        _remove_abandoned(side, user_id)


def _remove_abandoned(side: Side, user_id: str) -> None:
    """Remove the conversations whose other member is gone as well."""
    while abandoned := conversations.abandoned(side, user_id, BATCH):
        messages.remove(abandoned)
        reports.remove(abandoned)
        conversations.remove(abandoned)
