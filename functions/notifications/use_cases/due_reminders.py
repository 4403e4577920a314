"""Due reminders: what the sweeper sends, and when it looks again.

Reminders are claimed by a lease, so that two sweepers do not send the same. Should one die in
between, another sends them when the lease is over: the id of each message is derived from the
appointment, so that nobody gets it twice.

Most of them are due at the same few minutes, at nine and on the hour. So they are worked on in
lanes, all at the same time, and those of one client in one lane, in order. A run goes on while
there is work, and the schedule begins another one beside it each minute. They wait here, not on the
queues, while these are long: there they would be in front of the codes of people who sign in. See
docs/adr/0083-reminders-are-sent-in-lanes.md.
"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from zlib import crc32

import msgspec

from notifications.models import Reminders, ReminderSettings
from notifications.notices import reminders as notices
from notifications.rules import reminder_times
from notifications.rules.reminder_times import Occurrence
from notifications.store import contacts
from notifications.store import reminders as store
from notifications.store import settings as settings_store
from notifications.use_cases import dispatch
from shared.data.mongodb import Document
from shared.events import sweeper
from shared.platform import correlation
from shared.platform.logs import logger

# The sweeper comes once a minute, so half of it early: nothing is late by more than half of it.
EARLY = timedelta(seconds=30)
LEASE = timedelta(seconds=120)
BATCH = 100
LANES = 8
RUN_SECONDS = 300  # longest run of the sweeper: five of them are under way while there is work
MAX_WAITING = 3_000  # messages on the queue of a channel, which its workers send in seconds
MAX_OUTDATED = 300  # a run; new settings of one artist do not delay the reminders of others
NEEDED_SECONDS = 10


def run(get_now: Callable[[], datetime], get_seconds_left: Callable[[], float]) -> int:
    """Send what is due, then compute again what other settings have outdated.

    Args:
        get_now: Returns the present time. A run is longer than a lease.
        get_seconds_left: Returns the time that is left for it.

    Returns:
        How many appointments and birthdays were looked at.
    """
    done = failed = outdated = 0
    began = get_now()
    waited = timedelta(0)
    with ThreadPoolExecutor(LANES) as pool:
        while get_seconds_left() > NEEDED_SECONDS:
            now = get_now()
            claimed = store.claim("due", BATCH, now + EARLY, now + LEASE)
            if not claimed and outdated < MAX_OUTDATED:
                claimed = store.claim("outdated", BATCH, now, now + LEASE)
                outdated += len(claimed)
            if not claimed:
                break
            settings = settings_store.list_reminders({document["artistId"] for document in claimed})
            longest_due = min(document.get("dueAt") or now for document in claimed)
            waited = max(waited, now - longest_due)
            work = partial(_work_on_lane, settings=settings, now=now)
            succeeded = sum(pool.map(work, _cut_lanes(claimed)))
            done += succeeded
            failed += len(claimed) - succeeded
            if len(claimed) == BATCH and dispatch.is_lagging(MAX_WAITING):
                break
    sweeper.report(done, failed, began - waited, began)
    return done + failed


def _cut_lanes(claimed: Iterable[Document]) -> list[list[Document]]:
    lanes: dict[int, list[Document]] = {}
    for document in claimed:
        lanes.setdefault(get_lane(document["clientId"]), []).append(document)
    return list(lanes.values())


def get_lane(client_id: str) -> int:
    """Return the lane in which the reminders of a client are worked on."""
    return crc32(client_id.encode()) % LANES


def _work_on_lane(
    lane: Iterable[Document], settings: Mapping[str, ReminderSettings], now: datetime
) -> int:
    """Work on reminders one after the other. Return how many did not fail."""
    return sum(
        _process(document, settings.get(document["artistId"], settings_store.DEFAULTS), now)
        for document in lane
    )


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
