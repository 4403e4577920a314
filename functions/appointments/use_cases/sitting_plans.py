"""Sitting plans: dates for all sittings of a project, before the artist proposes them."""

from datetime import UTC, datetime, time, timedelta

from appointments import store
from appointments.models import AppointmentSide, CalendarEntry, Service
from appointments.rules import agreements, deposit_ledger, placement, quotes, sitting_plan, slots
from appointments.rules.calendar import Calendar
from appointments.rules.quotes import Quote
from appointments.rules.timetable import Place
from appointments.schemas import (
    PlannedSitting,
    SittingFrequency,
    SittingPlan,
    SittingPlanRequest,
)
from appointments.use_cases import consent
from domain.errors import FieldError, InvalidFields
from domain.money import Money
from shared.http.caller import Caller
from shared.platform import time_zones

PAGE = timedelta(days=62)  # read at once


def create(caller: Caller, request: SittingPlanRequest, now: datetime) -> SittingPlan:
    """Find a slot for every sitting. Nothing is held.

    The days that a sitting can be on are read when the one before is placed, in pages.

    Raises:
        NotFound: The service is not the caller's.
        Blocked: One of the two blocks the other.
        NoRelation: The client has not asked the caller for anything.
        NoSlots: A sitting has no free slot.
        InvalidFields: The client, the date, the number of sittings or the price is wrong.
    """
    placement.require_other_client(request.client_id, caller.user_id)
    consent.require_client(caller.user_id, request.client_id)
    _require_plannable_date(request, now)
    calendar = store.read_catalogue(caller.user_id, [request.service_id])
    quote = Quote(request.price, request.duration_minutes)
    service = quotes.apply(calendar.require_service(request.service_id), quote, "body")
    count = request.sittings or service.sittings
    if request.frequency is SittingFrequency.SINGLE and count != 1:
        raise InvalidFields(FieldError("body.sittings", "must be 1 where frequency is single"))

    last_date = sitting_plan.get_last_date(request.frequency, request.starts_on, count)

    def read(so_far: Calendar, planned: Service, since: datetime, until: datetime) -> Calendar:
        days = slots.find_deciding_days(so_far, planned, since, until, now)
        if so_far.known is None or so_far.known.issuperset(days):
            return so_far
        # The sittings after this one need the days that follow, unless they are months apart.
        if request.frequency is not SittingFrequency.MONTHLY:
            plan_ends = datetime.combine(last_date + timedelta(days=2), time(), UTC)
            page_ends = max(until, min(since + PAGE, plan_ends))
            days = slots.find_deciding_days(so_far, planned, since, page_ends, now)
        return store.read_days(so_far, days, consistent=False)

    planned = sitting_plan.create(
        calendar,
        service,
        request.frequency,
        count,
        starts_on=request.starts_on,
        now=now,
        read=read,
    )
    agreement = agreements.create(calendar, service, planned[0])
    total = quotes.compute_total([service.price] * count, "body.sittings")
    deposit = deposit_ledger.create_deposit(
        service, agreement.policies, total.amount, AppointmentSide.ARTIST, now
    )
    return SittingPlan(
        service_id=service.id,
        client_id=request.client_id,
        sittings=[
            _present(entry, calendar.timetable.get_place(service, entry.starts_at))
            for entry in planned
        ],
        price=service.price,
        total=total,
        deposit=Money(deposit.amount, deposit.currency) if deposit else None,
        time_zone=calendar.time_zone,
    )


def _require_plannable_date(request: SittingPlanRequest, now: datetime) -> None:
    """Refuse a date that is over everywhere on earth, or too far away."""
    days_ahead = (request.starts_on - now.date()).days
    latest = slots.MAX_DISTANCE.days
    if not -1 <= days_ahead <= latest:
        raise InvalidFields(
            FieldError("body.startsOn", f"must be today or later, within {latest} days")
        )


def _present(entry: CalendarEntry, place: Place) -> PlannedSitting:
    local = time_zones.format_local(entry.starts_at, place.time_zone)
    return PlannedSitting(
        entry.starts_at, entry.ends_at, local, time_zone=place.time_zone, location=place.location
    )
