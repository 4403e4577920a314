"""What matters now to somebody as artist, or as client."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from appointments import store
from appointments.models import (
    Appointment,
    DepositState,
    Money,
    Proposal,
    ProposalStatus,
    Side,
    Status,
)
from appointments.rules import deposit_ledger
from appointments.rules.opening_hours import local_date
from appointments.rules.transitions import LIVE
from appointments.schemas import Overview, OverviewQuery
from appointments.use_cases import presenter, queries
from shared.http.caller import Caller
from shared.platform import time_zones

AHEAD = timedelta(days=366)
# Until the artist has confirmed it, a deposit is open: for the client to pay, for them to look.
OPEN_DEPOSITS = deposit_ledger.DUE | {DepositState.PROOF_SUBMITTED}


def of(caller: Caller, query: OverviewQuery, now: datetime) -> Overview:
    """The caller's overview. Raises a 422 Problem for a zone that does not exist."""
    side = queries.side_of(caller, query.role)
    zone = _zone(caller, query, side)
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    appointments, _ = store.list_records(
        Appointment,
        side,
        caller.user_id,
        since=midnight.replace(day=1).astimezone(UTC),
        until=now + AHEAD,
    )
    proposals, _ = store.list_records(
        Proposal, side, caller.user_id, statuses=[ProposalStatus.SENT]
    )
    live = [appointment for appointment in appointments if appointment.status in LIVE]
    today = [one for one in live if local_date(one.starts_at, zone) == midnight.date()]
    coming = [one for one in live if one.starts_at > now]
    return Overview(
        role=side,
        today=[presenter.of_appointment(one) for one in today],
        next=presenter.of_appointment(coming[0]) if coming else None,
        pending=[presenter.of_appointment(one) for one in live if one.status is Status.PENDING],
        deposits_due=[presenter.of_appointment(one) for one in live if _deposit_is_open(one)],
        proposals=[presenter.of_proposal(one) for one in proposals if now < one.expires_at],
        revenue=_revenue(appointments) if side is Side.ARTIST else [],
    )


def _zone(caller: Caller, query: OverviewQuery, side: Side) -> ZoneInfo:
    if query.time_zone is not None:
        return time_zones.parse_zone(query.time_zone, "query.timeZone")
    availability = store.find_availability(caller.user_id) if side is Side.ARTIST else None
    return ZoneInfo(availability.time_zone if availability else "UTC")


def _deposit_is_open(appointment: Appointment) -> bool:
    deposit = appointment.deposit
    return deposit is not None and deposit_ledger.state(deposit) in OPEN_DEPOSITS


def _revenue(appointments: list[Appointment]) -> list[Money]:
    """What this month's completed appointments come to, per currency."""
    earned: Counter[str] = Counter()
    for appointment in appointments:
        if appointment.status is Status.COMPLETED:
            earned[appointment.price.currency] += appointment.price.amount
    return [Money(amount, currency) for currency, amount in sorted(earned.items())]
