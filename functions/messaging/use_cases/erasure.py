"""Erasure of a user: their copy, their words and their settings.

The other member keeps the conversation. Each step can be repeated, and the event is delivered again
until all steps have succeeded.
"""

from datetime import datetime, timedelta

from messaging.events import GuestErased
from messaging.live import connect
from messaging.models import Side
from messaging.store import (
    away,
    conversations,
    drafts,
    files,
    guests,
    inbox,
    link_previews,
    messages,
    person_copies,
    reports,
    response_times,
    scheduled_messages,
    settings,
    stars,
    unread,
)
from messaging.use_cases import guest_joining, redaction, unread_counters
from shared.data import tombstones
from shared.events import outbox
from shared.events.domain_events import new_event

BATCH_SIZE = 500
# By then nothing is carried out any more that had begun before the first run.
LAST_RUN_AFTER = timedelta(hours=1)
MAX_DUE = 25  # of one sweep; the rest is due in the next minute


def erase(user_id: str, now: datetime) -> None:
    """Erase a user. The tombstone comes first, so that no other event brings anything back."""
    tombstones.mark_deleted(user_id, now)
    person = person_copies.find(user_id)
    if person is not None and person.name:
        redaction.remove_name(user_id, person.name, now)
    person_copies.erase(user_id, now, now + LAST_RUN_AFTER)
    _run(user_id, now)


def run_due(now: datetime) -> int:
    """Run the erasures whose last run is due, and return their number."""
    due = person_copies.list_due(now, MAX_DUE)
    for user_id in due:
        _run(user_id, now)
        person_copies.end_erasure(user_id)
    return len(due)


def _run(user_id: str, now: datetime) -> None:
    connect.close_all(user_id, now)
    _erase_joined(user_id, now)
    for side in Side:
        conversations.erase_member(side, user_id)
    redaction.redact_author(user_id, now)
    redaction.remove_reactions(user_id)
    stars.erase(user_id)
    settings.erase(user_id)
    link_previews.erase(user_id)
    inbox.erase_labels(user_id)
    drafts.erase(user_id)
    away.erase(user_id)
    response_times.erase(user_id)
    scheduled_messages.erase(user_id)
    files.erase(user_id)
    unread.delete(user_id)
    reports.erase(user_id)
    conversations.abandon_guests(user_id)
    for side in Side:
        _delete_abandoned(side, user_id)
    guests.delete_of_artist(user_id)


def _erase_joined(client_id: str, now: datetime) -> None:
    """Erase the guests who joined with the account, once all their words are the client's.

    Nobody but messaging knows who joined, so an event asks social to erase them as well.
    """
    for guest in guests.list_joined(client_id, BATCH_SIZE):
        source = conversations.find_by_pair(guest.artist_id, guest.id)
        target = conversations.find_by_pair(guest.artist_id, client_id)
        if target is not None:
            guest_joining.settle(guest, now)
            conversations.unlink(target.id, guest.id)
        if source is not None and source.client_id == guest.id:
            messages.delete_all([source.id])
            conversations.delete(source.id)
            unread_counters.remove(source, now)
        reports.erase(guest.id)
        data = GuestErased(guest.artist_id, guest.id, guest.account_id)
        outbox.publish([new_event("messaging", guest.id, data, now)])
        guests.erase(guest, now)


def _delete_abandoned(side: Side, user_id: str) -> None:
    """Delete conversations whose other member is erased as well."""
    while abandoned := conversations.find_abandoned(side, user_id, BATCH_SIZE):
        messages.delete_all(abandoned)
        reports.delete_all(abandoned)
        drafts.delete_all(abandoned)
        conversations.delete_abandoned(abandoned)
