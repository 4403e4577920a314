"""Days of calendars: one item for each UTC day, with an attribute for each entry.

The attribute of an entry is named by its id, that of the busy times of an external calendar by the
calendar's. Each quarter of an hour that was ever booked or freed has a lock: `q36` counts the
changes between 09:00 and 09:15. A change
writes its own entries, on the condition that the locks of their time are as they were read. So two
that share no quarter of an hour do not disturb each other, and of two that overlap one fails: they
share the quarter in which they overlap. `version` counts all changes of the day, for decisions that
rely on the whole of it. See docs/adr/0035-a-day-is-locked-by-the-quarter-of-an-hour.md.

Until version 0.2, an item was a `CalendarDay` in its `record`. It is read as well, and replaced
when its day changes next.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from appointments.models import CalendarDay, CalendarEntry, CalendarEntryKind
from appointments.rules.opening_hours import get_midnight
from appointments.store.table import CALENDAR, DAY, OpenItem, RecordItem
from domain.opening_hours import Span, to_instant, to_seconds

DAY_TTL_SECONDS = 90 * 24 * 3600
_LOCK = re.compile(r"q(\d+)")
# Attributes of an item that are neither locks nor entries.
_OWN = frozenset({"pk", "sk", "record", "version", "expires_at"})
EXTERNAL_PREFIX = "cal_"
_KINDS = {"h": CalendarEntryKind.HOLD, "p": CalendarEntryKind.PROPOSAL}
_LETTERS = {kind: letter for letter, kind in _KINDS.items()}


class StoredEntry(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """An entry as its item has it, as short as possible: each kilobyte of a day costs two units.

    Attributes:
        starts_at: Seconds since 1970 UTC.
        length: Seconds until it ends.
        before: Seconds of the buffer before it.
        after: Seconds of the buffer after it.
        service: Id of the service, without the part that all services of the artist share.
        kind: The first letter of a hold or a proposal.
    """

    starts_at: int
    length: int
    before: int
    after: int
    service: str
    kind: str = ""
    owner_id: str | None = None
    until: datetime | None = None


def read(artist_id: str, days: Sequence[date], *, consistent: bool) -> dict[date, CalendarDay]:
    """Return those of some UTC days, given in order, that have an item.

    Consecutive days are one query, others are asked for one by one, in batches.
    """
    if not days:
        return {}
    pk, keys = CALENDAR + artist_id, [f"{DAY}{day}" for day in days]
    items: Iterable[OpenItem]
    if days[-1] - days[0] < timedelta(days=len(days)):
        between = OpenItem.sk.between(keys[0], keys[-1])
        items = OpenItem.query(pk, between, consistent_read=consistent)
    else:
        items = OpenItem.batch_get([(pk, key) for key in keys], consistent_read=consistent)
    return {
        date.fromisoformat(item.sk.removeprefix(DAY)): decode_day(artist_id, item.attributes)
        for item in items
    }


def decode_day(artist_id: str, attributes: Mapping[str, Any]) -> CalendarDay:
    """Return a day from the attributes of its item, as DynamoDB describes them."""
    entries = []
    locks = {}
    external: list[Span] = []
    for name, value in attributes.items():
        if lock := _LOCK.fullmatch(name):
            locks[int(lock[1])] = int(value["N"])
        elif name.startswith(EXTERNAL_PREFIX):
            external += msgspec.json.decode(value["S"], type=list[Span])
        elif name not in _OWN:
            entries.append(_decode_entry(artist_id, name, value["S"]))
    if "record" in attributes:
        whole = msgspec.json.decode(attributes["record"]["S"], type=CalendarDay)
        return msgspec.structs.replace(whole, external=tuple(external), is_whole=True)
    version = int(attributes["version"]["N"]) if "version" in attributes else 0
    ordered = sorted(entries, key=lambda entry: (entry.starts_at, entry.id))
    return CalendarDay(tuple(ordered), version, locks, tuple(external))


def write(
    writes: TransactWrite,
    artist_id: str,
    day: date,
    *,
    before: CalendarDay,
    after: CalendarDay,
    quarters: frozenset[int],
    guarded: bool,
) -> None:
    """Add the changes of a day to a transaction.

    Args:
        writes: The transaction.
        artist_id: Id of the artist.
        day: The UTC day.
        before: The day as it was read.
        after: The day as it shall be.
        quarters: Quarters of an hour that must not have changed since.
        guarded: Whether nothing on the day must have changed since.
    """
    kept = frozenset(after.entries)
    gone = [entry for entry in before.entries if entry not in kept]
    known = frozenset() if before.is_whole else frozenset(before.entries)
    actions: list[Action] = [
        RecordItem.version.add(1),
        RecordItem.expires_at.set(get_expiry(day)),
        *(
            Path([entry.id]).set(_encode_entry(artist_id, entry))
            for entry in after.entries
            if entry not in known
        ),
    ]
    locks = {quarter: before.locks.get(quarter, 0) for quarter in sorted(quarters)}
    actions += [Path(f"q{quarter}").set(changes + 1) for quarter, changes in locks.items()]
    unchanged = [_is_unchanged(quarter, changes) for quarter, changes in locks.items()]
    if before.is_whole:
        actions.append(RecordItem.record.remove())
        unchanged = [_has_version(before.version)]
    else:
        ids = {entry.id for entry in after.entries}
        actions += [Path([entry.id]).remove() for entry in gone if entry.id not in ids]
        unchanged.append(RecordItem.record.does_not_exist())
        if guarded:
            unchanged.append(_has_version(before.version))
    item = RecordItem(CALENDAR + artist_id, f"{DAY}{day}")
    writes.update(item, actions=actions, condition=_all_of(unchanged))


def get_expiry(day: date) -> int:
    """Return when the item of a day is deleted, in epoch seconds."""
    return get_midnight(day) + DAY_TTL_SECONDS


def guard(writes: TransactWrite, artist_id: str, day: date, version: int) -> None:
    """Add to a transaction that a day must not have changed since it was read."""
    writes.condition_check(
        RecordItem,
        CALENDAR + artist_id,
        f"{DAY}{day}",
        condition=_has_version(version),
    )


def _has_version(version: int) -> Condition:
    """Return the condition that nothing was booked since; there may be external busy times."""
    return RecordItem.version == version if version else RecordItem.version.does_not_exist()


def _is_unchanged(quarter: int, changes: int) -> Condition:
    lock = Path(f"q{quarter}")
    return lock == changes if changes else lock.does_not_exist()


def _all_of(conditions: list[Condition]) -> Condition:
    """Return the conjunction of conditions, nested as little as possible."""
    if len(conditions) == 1:
        return conditions[0]
    middle = len(conditions) // 2
    both: Condition = _all_of(conditions[:middle]) & _all_of(conditions[middle:])
    return both


def _encode_entry(artist_id: str, entry: CalendarEntry) -> str:
    stored = StoredEntry(
        to_seconds(entry.starts_at),
        to_seconds(entry.ends_at) - to_seconds(entry.starts_at),
        to_seconds(entry.starts_at) - to_seconds(entry.busy_from),
        to_seconds(entry.busy_until) - to_seconds(entry.ends_at),
        entry.service_id.removeprefix(_get_service_prefix(artist_id)),
        _LETTERS.get(entry.kind, ""),
        entry.owner_id,
        entry.until,
    )
    return msgspec.json.encode(stored).decode()


def _decode_entry(artist_id: str, entry_id: str, text: str) -> CalendarEntry:
    stored = msgspec.json.decode(text, type=StoredEntry)
    ends_at = stored.starts_at + stored.length
    is_short = not stored.service.startswith("svc_")
    return CalendarEntry(
        id=entry_id,
        kind=_KINDS.get(stored.kind, CalendarEntryKind.APPOINTMENT),
        starts_at=to_instant(stored.starts_at),
        ends_at=to_instant(ends_at),
        busy_from=to_instant(stored.starts_at - stored.before),
        busy_until=to_instant(ends_at + stored.after),
        service_id=_get_service_prefix(artist_id) + stored.service if is_short else stored.service,
        owner_id=stored.owner_id,
        until=stored.until,
    )


def _get_service_prefix(artist_id: str) -> str:
    return f"svc_{artist_id.removeprefix('usr_')}_"
