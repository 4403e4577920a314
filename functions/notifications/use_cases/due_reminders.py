"""Due reminders: what the sweeper sends, and when it looks again.

Reminders are claimed by a lease, so that two sweepers do not send the same. Should one die in
between, another sends them when the lease is over: the id of each message is derived from the
appointment, so that nobody gets it twice.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from notifications.models import Reminders, ReminderSettings
from notifications.notices import reminders as notices
from notifications.rules import reminder_times
from notifications.rules.reminder_times import Occurrence
from notifications.store import contacts
from notifications.store import reminders as store
from notifications.store import settings as settings_store
from shared.data.mongodb import Document
from shared.events import sweeper
from shared.platform import correlation
from shared.platform.logs import logger

# The sweeper comes once a minute, so half of it early: nothing is late by more than half of it.
EARLY = timedelta(seconds=30)
LEASE = timedelta(seconds=120)
BATCH = 100
MAX_OUTDATED = 300  # a run; new settings of one artist do not delay the reminders of others
NEEDED_SECONDS = 10


def run(now: datetime, get_seconds_left: Callable[[], float]) -> int:
    """Send what is due, then compute again what other settings have outdated.

    Args:
        now: The present time.
        get_seconds_left: Returns the time that is left for it.

    Returns:
        How many appointments and birthdays were looked at.
    """
    done = failed = outdated = 0
    waited_since = now
    while get_seconds_left() > NEEDED_SECONDS:
        claimed = store.claim("due", BATCH, now + EARLY, now + LEASE)
        if not claimed and outdated < MAX_OUTDATED:
            claimed = store.claim("outdated", BATCH, now, now + LEASE)
            outdated += len(claimed)
        if not claimed:
            break
        settings = settings_store.list_reminders({document["artistId"] for document in claimed})
        for document in claimed:
            waited_since = min(waited_since, document.get("dueAt") or now)
            own = settings.get(document["artistId"], settings_store.DEFAULTS)
            if _process(document, own, now):
                done += 1
            else:
                failed += 1
    sweeper.report(done, failed, waited_since, now)
    return done + failed


def _process(document: Document, settings: ReminderSettings, now: datetime) -> bool:
    with correlation.bound(None):
        try:
            _send_due(msgspec.convert(document, Reminders), settings, now)
        except Exception:
            logger.exception("reminders failed", reminders=document["_id"])
            store.postpone(document["_id"], document["claim"], now + sweeper.AGAIN_AFTER)
            return False
    return True


def _send_due(reminders: Reminders, settings: ReminderSettings, now: datetime) -> None:
    occurrences = _list_occurrences(reminders, settings, now)
    if occurrences is None:
        store.delete(reminders.id, reminders.claim)
        return
    at = now + EARLY
    sent_through = reminders.sent_through
    due = reminder_times.select_due(occurrences, sent_through, at)
    if due and not store.is_claimed(reminders.id, reminders.claim):
        return  # it has just changed, and is due again
    for occurrence in due:
        if not _is_superseded(reminders, occurrence, now):
            notices.send(reminders, occurrence, settings, now)
        sent_through = occurrence.due_at
    due_at = reminder_times.get_next(occurrences, at)
    store.finish(reminders.id, reminders.claim, due_at, sent_through)


def _list_occurrences(
    reminders: Reminders, settings: ReminderSettings, now: datetime
) -> list[Occurrence] | None:
    """List what is sent at a time; None if the client has no birthday any more."""
    if reminders.appointment is not None:
        return reminder_times.list_occurrences(reminders.appointment, settings)
    contact = contacts.find_active(reminders.client_id)
    if contact is None or contact.birthday is None:
        return None
    if not settings.birthday.enabled:
        return []
    zone = contact.time_zone or contact.birthday.time_zone
    return reminder_times.list_birthdays(contact.birthday, zone, settings.birthday.hour, now)


def _is_superseded(reminders: Reminders, occurrence: Occurrence, now: datetime) -> bool:
    state = reminders.appointment
    if state is None or state.proposal_id is None:
        return False
    sittings = store.list_sittings(state.proposal_id)
    return reminder_times.is_superseded(occurrence.kind, state, sittings, now)
