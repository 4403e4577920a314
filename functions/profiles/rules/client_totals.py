"""Totals of a client's visits.

A client's totals change by the difference that one visit makes. They therefore equal the sum over
all visits, whatever order the events arrived in.
"""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from profiles.models.clients import Client
from profiles.models.visits import Visit, VisitStatus


def apply_visit(client: Client, stored: Visit | None, visit: Visit, now: datetime) -> Client:
    """Return the client after `visit` replaced its stored copy, if there was one.

    Of a completion that was a mistake (`undoes_completion`) the last visit is not taken back: that
    takes a recount.

    Visits that are over are dropped from `upcoming`, so that it stays small.
    """
    change = _get_totals(visit) - _get_totals(stored)
    return replace(
        client,
        visits=client.visits + change.visits,
        no_shows=client.no_shows + change.no_shows,
        cancelled=client.cancelled + change.cancelled,
        spend=_add_amounts(client.spend, change.spend),
        upcoming=_update_upcoming(client.upcoming, visit, now),
        last_visit_at=_get_last_visit(client.last_visit_at, visit),
        version=client.version + 1,
    )


def changes_totals(stored: Visit | None, visit: Visit) -> bool:
    """Return whether a visit that replaces its stored copy changes more than what is upcoming.

    Where it does not, applying it twice is the same as once.
    """
    return undoes_completion(stored, visit) or _get_totals(visit) != _get_totals(stored)


def apply_upcoming(client: Client, visit: Visit, now: datetime) -> Client:
    """Return the client with or without this visit among the upcoming ones."""
    upcoming = _update_upcoming(client.upcoming, visit, now)
    if upcoming.get(visit.appointment_id) == client.upcoming.get(visit.appointment_id):
        return client
    return replace(client, upcoming=upcoming)


def _update_upcoming(
    known: dict[str, datetime], visit: Visit, now: datetime
) -> dict[str, datetime]:
    upcoming = {other: start for other, start in known.items() if start > now}
    upcoming.pop(visit.appointment_id, None)
    if visit.status is VisitStatus.CONFIRMED and visit.starts_at > now:
        upcoming[visit.appointment_id] = visit.starts_at
    return upcoming


def undoes_completion(stored: Visit | None, visit: Visit) -> bool:
    """Return whether a visit that was completed is so no more, because the artist corrected it."""
    was_completed = stored is not None and stored.status is VisitStatus.COMPLETED
    return was_completed and visit.status is not VisitStatus.COMPLETED


def recount(client: Client, visits: Iterable[Visit], now: datetime) -> Client:
    """Return the client with totals counted from all their visits."""
    counted = Client(
        client.artist_id,
        client.client_id,
        client.since,
        artist_block=client.artist_block,
        client_block=client.client_block,
        is_listed=client.is_listed,
    )
    for visit in visits:
        counted = apply_visit(counted, None, visit, now)
    return replace(counted, version=client.version + 1)


class _Totals(Struct, frozen=True):
    visits: int = 0
    no_shows: int = 0
    cancelled: int = 0
    spend: dict[str, int] = {}

    def __sub__(self, other: "_Totals") -> "_Totals":
        negative = {currency: -amount for currency, amount in other.spend.items()}
        return _Totals(
            self.visits - other.visits,
            self.no_shows - other.no_shows,
            self.cancelled - other.cancelled,
            _add_amounts(self.spend, negative),
        )


def _get_totals(visit: Visit | None) -> _Totals:
    match visit:
        case Visit(status=VisitStatus.COMPLETED, price=price):
            return _Totals(visits=1, spend={price.currency: price.amount})
        case Visit(status=VisitStatus.NO_SHOW):
            return _Totals(no_shows=1)
        case Visit(status=VisitStatus.CANCELLED):
            return _Totals(cancelled=1)
    return _Totals()


def _add_amounts(left: dict[str, int], right: dict[str, int]) -> dict[str, int]:
    total = {key: left.get(key, 0) + right.get(key, 0) for key in {**left, **right}}
    return {currency: amount for currency, amount in total.items() if amount}


def _get_last_visit(before: datetime | None, visit: Visit) -> datetime | None:
    """Return the start of the last completed visit."""
    if visit.status is not VisitStatus.COMPLETED:
        return before
    return max(before, visit.starts_at) if before else visit.starts_at
