"""Readings of calendars: what is kept of them, when they are busy, and when they are read again."""

import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

import msgspec

from domain.icalendar.busy_times import BusyTimes, Span, read_busy_times
from social.models.calendars import Entry, OwnEvent, SocialCalendar, WatchedChannel
from social.rules import event_keys

BEHIND_DAYS = 1
AHEAD_DAYS = 743  # as far ahead as clients can book, and a day
MAX_BUSY_TIMES = 3_000  # fit into one event; closer ones are joined
MAX_PART_BYTES = 350 * 1024  # of an item, which has at most 400 KiB
MAX_PARTS = 8  # with the record and the event they fit into one transaction

PUSHED_INTERVAL = timedelta(minutes=10)  # in case that a notification is lost
UNPUSHED_INTERVAL = timedelta(minutes=1)
CHANNEL_LIFE = timedelta(days=7)  # Google's default
RENEW_AHEAD = timedelta(days=1)
WATCH_AGAIN = timedelta(hours=6)
SHORTEST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)

_MIN_GAP = timedelta(minutes=5)

Entries = Mapping[str, Entry]
Part = tuple[Sequence[Entry], Collection[str]]


class TooManyEvents(Exception):
    """A calendar has more than can be kept of one."""


def list_window(now: datetime) -> tuple[datetime, datetime]:
    """Return the time whose busy times matter: whole days, so that they change once a day."""
    midnight = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    return midnight - timedelta(BEHIND_DAYS), midnight + timedelta(AHEAD_DAYS)


def find_busy_times(entries: Entries, time_zone: str, now: datetime) -> BusyTimes:
    """Return when a calendar is busy, merged.

    Raises:
        UnreadableCalendar: Its events repeat too often.
    """
    start, end = list_window(now)
    try:
        zone = ZoneInfo(time_zone or "UTC")
    except (KeyError, ValueError, OSError):
        zone = ZoneInfo("UTC")
    found = read_busy_times(_compose(entries.values()), start, end, zone)
    return msgspec.structs.replace(found, spans=join(found.spans))


def join(spans: Sequence[Span], limit: int = MAX_BUSY_TIMES) -> list[Span]:
    """Return at most `limit` spans, without the shortest times between them if need be."""
    joined, gap = list(spans), _MIN_GAP
    while len(joined) > limit:
        wider: list[Span] = []
        for begins, ends in joined:
            if wider and begins - wider[-1][1] <= gap:
                wider[-1] = wider[-1][0], max(ends, wider[-1][1])
            else:
                wider.append((begins, ends))
        joined, gap = wider, gap * 2
    return joined


def drop_useless(entries: Entries, now: datetime) -> dict[str, Entry]:
    """Return entries without those that nothing depends on any more.

    These are single events that ended before the time that matters, and cancelled occurrences of a
    series that is not there.
    """
    start, _ = list_window(now)
    return {
        key: entry
        for key, entry in entries.items()
        if not _ended_before(entry, start.date()) and not _is_orphan(key, entry, entries)
    }


def apply(entries: dict[str, Entry], parts: Iterable[Part]) -> None:
    """Apply what changed in a calendar to its entries.

    The changes of a series go with it, in whatever order the parts name them.

    Args:
        entries: The entries by their ids.
        parts: What is there now, and the ids of what is not there any more.
    """
    gone: set[str] = set()
    for changed, removed in parts:
        for key in removed:
            entries.pop(key, None)
        gone.update(removed)
        for entry in changed:
            gone.discard(entry.key)
            if entry.components or entry.own:
                entries[entry.key] = entry
            else:
                entries.pop(entry.key, None)
    for key in [key for key, entry in entries.items() if entry.series in gone]:
        del entries[key]


def separate_own(entries: Iterable[Entry], artist_id: str) -> Iterator[Entry]:
    """Yield entries as an artist's calendar has them.

    Their own appointments block slots already. Those of another artist, in a calendar that both
    use, take time like any other event.
    """
    for entry in entries:
        if entry.own is None:
            yield entry
        elif entry.own.artist_id in ("", artist_id):
            yield msgspec.structs.replace(entry, components="")
        else:
            yield msgspec.structs.replace(entry, own=None)


def find_own_changes(
    before: Entries, after: Entries, removed: Collection[str] = ()
) -> list[OwnEvent]:
    """Return what changed of the events that we wrote.

    Args:
        before: The entries that were known.
        after: The entries now.
        removed: Ids of what the provider says is gone; an event of ours that came and went between
            two readings is among them.
    """
    changed = [
        entry.own
        for key, entry in after.items()
        if entry.own and (key not in before or before[key].own != entry.own)
    ]
    gone = {key: event_keys.find_appointment(key) for key in removed}
    gone |= {key: entry.own.appointment_id for key, entry in before.items() if entry.own}
    deleted = [
        OwnEvent(key=key, appointment_id=appointment_id, is_deleted=True)
        for key, appointment_id in gone.items()
        if appointment_id and (key not in after or after[key].own is None)
    ]
    return changed + deleted


def pack(entries: Entries) -> list[bytes]:
    """Return entries in parts that fit into items.

    Raises:
        TooManyEvents: There are too many.
    """
    packed = zlib.compress(msgspec.json.encode(list(entries.values())))
    parts = [packed[at : at + MAX_PART_BYTES] for at in range(0, len(packed), MAX_PART_BYTES)]
    if len(parts) > MAX_PARTS:
        raise TooManyEvents
    return parts if entries else []


def unpack(parts: Sequence[bytes]) -> dict[str, Entry]:
    """Return the entries of parts."""
    if not parts:
        return {}
    entries = msgspec.json.decode(zlib.decompress(b"".join(parts)), type=list[Entry])
    return {entry.key: entry for entry in entries}


def hash_spans(spans: Sequence[Span]) -> str:
    """Return a text that is another one if the busy times are; empty if there are none."""
    text = ",".join(f"{begins:%Y%m%dT%H%M%S}/{ends:%Y%m%dT%H%M%S}" for begins, ends in spans)
    return sha256(text.encode()).hexdigest() if text else ""


def plan_next(calendar: SocialCalendar, now: datetime) -> datetime:
    """Return when a calendar is read the next time, if no notification comes before."""
    if calendar.paused_until is not None and calendar.paused_until > now:
        return calendar.paused_until
    is_pushed = calendar.channel is not None and calendar.channel.expires_at > now
    return now + (PUSHED_INTERVAL if is_pushed else UNPUSHED_INTERVAL)


def needs_channel(calendar: SocialCalendar, now: datetime) -> bool:
    """Return whether a channel has to be opened: there is none, or it ends soon."""
    if calendar.watch_again_at is not None and calendar.watch_again_at > now:
        return False
    return calendar.channel is None or calendar.channel.expires_at - RENEW_AHEAD <= now


def record_success(calendar: SocialCalendar, now: datetime) -> SocialCalendar:
    """Return a calendar that was read."""
    return msgspec.structs.replace(
        calendar, read_at=now, problem=None, failures=0, failing_since=None, paused_until=None
    )


def record_failure(
    calendar: SocialCalendar, problem: str, now: datetime, until: datetime | None = None
) -> SocialCalendar:
    """Return a calendar that could not be read, which is left alone for longer each time.

    Args:
        calendar: The calendar.
        problem: Why, for the artist.
        now: The current instant.
        until: Before then the provider asked not to be called.
    """
    pause = min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** min(calendar.failures, 10))
    return msgspec.structs.replace(
        calendar,
        problem=problem,
        failures=calendar.failures + 1,
        failing_since=calendar.failing_since or now,
        paused_until=max(now + pause, until or now),
    )


def forget(calendar: SocialCalendar) -> SocialCalendar:
    """Return a calendar of which nothing was read, so that everything is."""
    return msgspec.structs.replace(
        calendar,
        sync_token=None,
        parts=0,
        parts_version=0,
        expanded_on=None,
        blocks=0,
        unclear_count=0,
        read_at=None,
        problem=None,
        failures=0,
        failing_since=None,
        paused_until=None,
        watch_again_at=None,
    )


def forget_busy_times(calendar: SocialCalendar) -> SocialCalendar:
    """Return a calendar whose busy times are computed anew, if it is read for them."""
    return msgspec.structs.replace(calendar, expanded_on=None, digest="", blocks=0, unclear_count=0)


def stop(calendar: SocialCalendar) -> SocialCalendar:
    """Return a calendar that is not read any more: nothing is known, and its channel is closed."""
    channels = (*calendar.closing, *([calendar.channel] if calendar.channel else []))
    return msgspec.structs.replace(
        forget(calendar), is_read=False, digest="", channel=None, closing=channels
    )


def replace_channel(calendar: SocialCalendar, channel: WatchedChannel) -> SocialCalendar:
    """Return a calendar with a new channel; the one before it is still to be closed."""
    closing = (*calendar.closing, *([calendar.channel] if calendar.channel else []))
    return msgspec.structs.replace(calendar, channel=channel, closing=closing, watch_again_at=None)


def _compose(entries: Iterable[Entry]) -> Iterator[bytes]:
    """Yield calendars (RFC 5545): one of all entries, and one of each that describes its zone.

    Two programs may describe two zones by one name.
    """
    described = []
    yield b"BEGIN:VCALENDAR\r\n"
    for entry in entries:
        if "BEGIN:VTIMEZONE" in entry.components:
            described.append(entry)
        elif entry.components:
            yield entry.components.encode()
    yield b"END:VCALENDAR\r\n"
    for entry in described:
        yield f"BEGIN:VCALENDAR\r\n{entry.components}END:VCALENDAR\r\n".encode()


def _ended_before(entry: Entry, day: date) -> bool:
    """Return whether an event surely ended before a day: the end is written, and nothing repeats.

    An event of ours is kept: when it is deleted there, nothing else says which one it was.
    """
    text = entry.components
    if not text or any(name in text for name in ("RRULE", "RDATE", "RECURRENCE-ID", "DURATION")):
        return False
    _, _, line = text.partition("\r\nDTEND")
    written = line.partition("\r\n")[0].rpartition(":")[2]
    try:
        ends = date(int(written[:4]), int(written[4:6]), int(written[6:8]))
    except ValueError:
        return False
    return ends < day - timedelta(days=1)


def _is_orphan(key: str, entry: Entry, entries: Entries) -> bool:
    is_cancelled = "\r\nSTATUS:CANCELLED\r\n" in entry.components
    return is_cancelled and entry.series != key and entry.series not in entries
