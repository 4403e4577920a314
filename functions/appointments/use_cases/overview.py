"""Overview: current appointments, deposits, proposals and revenue of an artist or a client."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from appointments import store
from appointments.models import (
    Appointment,
    AppointmentSide,
    AppointmentStatus,
    Proposal,
    ProposalStatus,
)
from appointments.rules import balances, deposit_ledger
from appointments.rules.opening_hours import to_local_date
from appointments.rules.transitions import LIVE
from appointments.schemas import AppointmentOverview, AppointmentOverviewQuery, AppointmentView
from appointments.use_cases import presenter, queries
from domain.money import Money
from shared.http.caller import Caller
from shared.platform import time_zones

AHEAD = timedelta(days=366)
# A deposit is open until the artist confirms it: the client has to pay, or the artist to check.
OPEN_DEPOSITS = balances.ASKED_FOR


def get(caller: Caller, query: AppointmentOverviewQuery, now: datetime) -> AppointmentOverview:
    """Return the caller's overview on one side.

    Raises:
        InvalidFields: The time zone is unknown.
    """
    side = queries.get_listed_side(caller, query.role)
    zone = _get_zone(caller, query, side, now)
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
    upcoming = [appointment for appointment in live if appointment.starts_at > now]
    return AppointmentOverview(
        role=side,
        today=_present(
            appointment
            for appointment in live
            if to_local_date(appointment.starts_at, zone) == midnight.date()
        ),
        next=presenter.present_appointment(upcoming[0]) if upcoming else None,
        pending=_present(
            appointment for appointment in live if appointment.status is AppointmentStatus.PENDING
        ),
        deposits_due=_present(
            appointment for appointment in live if _has_open_deposit(appointment)
        ),
        proposals=[
            presenter.present_proposal(proposal)
            for proposal in proposals
            if now < proposal.expires_at
        ],
        revenue=_compute_revenue(appointments) if side is AppointmentSide.ARTIST else [],
    )


def _get_zone(
    caller: Caller, query: AppointmentOverviewQuery, side: AppointmentSide, now: datetime
) -> ZoneInfo:
    if query.time_zone is not None:
        return time_zones.parse_zone(query.time_zone, "query.timeZone")
    if side is AppointmentSide.ARTIST:
        return store.read_timetable(caller.user_id).get_zone(None, now)
    return ZoneInfo("UTC")


def _present(appointments: Iterable[Appointment]) -> list[AppointmentView]:
    return [presenter.present_appointment(appointment) for appointment in appointments]


def _has_open_deposit(appointment: Appointment) -> bool:
    deposit = appointment.deposit
    return deposit is not None and deposit_ledger.get_state(deposit) in OPEN_DEPOSITS


def _compute_revenue(appointments: list[Appointment]) -> list[Money]:
    """Return the total price of completed appointments, per currency."""
    earned: Counter[str] = Counter()
    for appointment in appointments:
        if appointment.status is AppointmentStatus.COMPLETED:
            earned[appointment.price.currency] += appointment.price.amount
    return [Money(amount, currency) for currency, amount in sorted(earned.items())]
