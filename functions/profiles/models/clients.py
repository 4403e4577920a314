"""What happened between an artist and a client, and what it adds up to.

A visit is a copy of an appointment, kept by events that may come twice, late or out of order: of
two facts the one with the greater version holds. A client's counts change by the difference that
a visit makes, so they are what their visits add up to, in whatever order these were heard.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import msgspec

from profiles.models.pages import Money


class VisitStatus(StrEnum):
    """Where an appointment that was agreed once stands. All but the first are final."""

    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


class Visit(msgspec.Struct, frozen=True):
    """An appointment of a client with an artist. version: that of the appointment's own record."""

    appointment_id: str
    artist_id: str
    client_id: str
    service_id: str
    service_name: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    status: VisitStatus
    price: Money
    version: int


class Client(msgspec.Struct, frozen=True):
    """Somebody who had to do with an artist, and what their visits add up to.

    spend: by currency, the prices of completed visits. ahead: when those start, by appointment,
    that are agreed and not over. since: when they first had to do with each other.
    """

    artist_id: str
    client_id: str
    since: datetime
    visits: int = 0
    no_shows: int = 0
    cancelled: int = 0
    spend: dict[str, int] = {}
    ahead: dict[str, datetime] = {}
    last_visit_at: datetime | None = None
    version: int = 0

    def next_visit_at(self, now: datetime) -> datetime | None:
        """When they are expected next."""
        return min((at for at in self.ahead.values() if at > now), default=None)


def is_newer(heard: Visit, known: Visit | None) -> bool:
    """Whether what was heard of a visit tells something that is not known."""
    return known is None or heard.version > known.version


def counted(client: Client, known: Visit | None, heard: Visit, now: datetime) -> Client:
    """The client once `heard` holds in the place of what was `known` of that visit.

    What is over is no longer kept among what lies ahead, lest it grow for ever.
    """
    one_more = _counts(heard) - _counts(known)
    ahead = {other: at for other, at in client.ahead.items() if at > now}
    ahead.pop(heard.appointment_id, None)
    if heard.status is VisitStatus.CONFIRMED and heard.starts_at > now:
        ahead[heard.appointment_id] = heard.starts_at
    return msgspec.structs.replace(
        client,
        visits=client.visits + one_more.visits,
        no_shows=client.no_shows + one_more.no_shows,
        cancelled=client.cancelled + one_more.cancelled,
        spend=_added(client.spend, one_more.spend),
        ahead=ahead,
        last_visit_at=_last(client.last_visit_at, heard),
        version=client.version + 1,
    )


def recounted(client: Client, visits: Iterable[Visit], now: datetime) -> Client:
    """The client with what these, all their visits, add up to."""
    fresh = Client(client.artist_id, client.client_id, client.since)
    for visit in visits:
        fresh = counted(fresh, None, visit, now)
    return msgspec.structs.replace(fresh, version=client.version + 1)


class _Counts(msgspec.Struct, frozen=True):
    visits: int = 0
    no_shows: int = 0
    cancelled: int = 0
    spend: dict[str, int] = {}

    def __sub__(self, other: "_Counts") -> "_Counts":
        owed = {currency: -amount for currency, amount in other.spend.items()}
        return _Counts(
            self.visits - other.visits,
            self.no_shows - other.no_shows,
            self.cancelled - other.cancelled,
            _added(self.spend, owed),
        )


def _counts(visit: Visit | None) -> _Counts:
    match visit:
        case Visit(status=VisitStatus.COMPLETED, price=price):
            return _Counts(visits=1, spend={price.currency: price.amount})
        case Visit(status=VisitStatus.NO_SHOW):
            return _Counts(no_shows=1)
        case Visit(status=VisitStatus.CANCELLED):
            return _Counts(cancelled=1)
    return _Counts()


def _added(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    total = {key: one.get(key, 0) + other.get(key, 0) for key in {**one, **other}}
    return {currency: amount for currency, amount in total.items() if amount}


def _last(before: datetime | None, heard: Visit) -> datetime | None:
    """The last completed visit; what was completed stays so."""
    if heard.status is not VisitStatus.COMPLETED:
        return before
    return max(before, heard.starts_at) if before else heard.starts_at
