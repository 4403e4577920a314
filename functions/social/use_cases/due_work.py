"""Due work: records whose time has come, which the sweeper processes every minute."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from shared.events import sweeper
from shared.events.sweeper import DueRecord
from social.store import bookings, calendars, conversations
from social.store import media as media_store
from social.store import tokens as tokens_store
from social.store.table import RecordItem
from social.use_cases import (
    booking_events,
    calendar_reading,
    media_due,
    received_files,
    revocations,
    vault,
)

MAX_RECORDS = 100  # per run, kind and shard; the others are still due a minute later
NEEDED_SECONDS = 15  # for one record, so that the function is not stopped in the middle of it


class Kind(NamedTuple):
    """A kind of due work.

    Attributes:
        find: Lists what is due, the longest due first.
        process: Does the work of one record.
        postpone: Has a failed record tried again later.
    """

    find: Callable[[datetime, int], list[DueRecord]]
    process: Callable[[DueRecord, datetime], None]
    postpone: Callable[[DueRecord, datetime], None]


KINDS: tuple[Kind, ...] = (
    Kind(conversations.list_due, received_files.publish_due, RecordItem.postpone),
    Kind(calendar_reading.list_due, calendar_reading.hand_over, calendars.postpone),
    Kind(bookings.list_due_bookings, booking_events.process_due, bookings.postpone_booking),
    Kind(media_store.list_due, media_due.process, media_store.postpone),
    # These wait for providers, and whoever needs a token that is not fresh refreshes it as well.
    Kind(tokens_store.list_due, vault.refresh_due, tokens_store.postpone),
    Kind(tokens_store.list_revocations, revocations.revoke_due, tokens_store.postpone),
)


def sweep(now: datetime, seconds_left: Callable[[], float]) -> int:
    """Process due records, one kind after the other, and return how many.

    Args:
        now: The present time.
        seconds_left: Returns the time left to the function; the run ends when it is too little.

    Raises:
        SweepIncomplete: Some records failed. The others were processed.
    """
    done = 0
    failures: list[sweeper.SweepIncomplete] = []
    for kind in KINDS:
        try:
            done += sweeper.sweep(
                kind.find(now, MAX_RECORDS),
                kind.process,
                kind.postpone,
                now,
                lambda: seconds_left() >= NEEDED_SECONDS,
            )
        except sweeper.SweepIncomplete as error:
            failures.append(error)
    if failures:
        raise failures[0]
    return done
