"""A model of an artist's calendar for the state machine test.

It is as simple as possible: lists that are searched from end to end, without UTC days, versions of
days or sorted intervals.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from appointments.models import AppointmentStatus, BookingMode, Service
from tests.functional.appointments.ledger_model import BEFORE, ModelLedger

QUARTER = timedelta(minutes=15)
OPENS, CLOSES = time(8), time(2, 30)  # local time; closing on the next day
LIVE = {AppointmentStatus.PENDING, AppointmentStatus.CONFIRMED}
OCCUPYING = {*LIVE, AppointmentStatus.COMPLETED, AppointmentStatus.NO_SHOW}


@dataclass(frozen=True)
class OccupiedTime:
    """Time of the artist that is occupied, for good or until an instant."""

    service: Service
    starts_at: datetime
    buffer_before: timedelta
    until: datetime | None = None

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.service.duration_minutes)

    @property
    def busy_from(self) -> datetime:
        return self.starts_at - self.buffer_before

    @property
    def busy_until(self) -> datetime:
        return self.ends_at + timedelta(minutes=self.service.buffer_after_minutes)

    def overlaps(self, other: "OccupiedTime") -> bool:
        return self.busy_from < other.busy_until and other.busy_from < self.busy_until

    def with_expiry(self, until: datetime | None) -> "OccupiedTime":
        return replace(self, until=until)

    def with_start(self, starts_at: datetime) -> "OccupiedTime":
        return replace(self, starts_at=starts_at)


@dataclass
class ModelHold:
    """A hold.

    Attributes:
        ended: Whether it was booked or released.
    """

    owner_id: str
    occupied: OccupiedTime
    ended: bool = False


@dataclass
class ModelAppointment:
    """An appointment.

    Attributes:
        ledger: Its money.
        published: How often each event was published, by type and record version.
    """

    client_id: str | None
    occupied: OccupiedTime
    status: AppointmentStatus
    answer_by: datetime | None = None
    proposal_id: str | None = None
    version: int = 1
    published: Counter[tuple[str, int]] = field(default_factory=Counter)
    ledger: ModelLedger = field(init=False)

    def __post_init__(self) -> None:
        self.ledger = ModelLedger(self.publish_event)
        self.publish("created")
        if self.status is AppointmentStatus.CONFIRMED:
            self.publish("confirmed")

    def change_status(self, status: AppointmentStatus, event_name: str) -> None:
        self.status, self.answer_by = status, None
        self.version += 1
        self.publish(event_name)

    def move(self, occupied: OccupiedTime, now: datetime) -> None:
        self.occupied = occupied
        self.answer_by = self.answer_by and min(self.answer_by, occupied.starts_at)
        self.ledger.limit_clock(occupied.starts_at, now)
        self.version += 1
        self.publish("rescheduled")

    def expire(self) -> None:
        self.change_status(AppointmentStatus.EXPIRED, "expired")

    def get_deadline(self) -> datetime | None:
        """Return the earliest instant at which time alone changes it."""
        is_live = self.status in LIVE
        deadlines = self.ledger.get_deadlines() if is_live else []
        return min([*deadlines, *([self.answer_by] if self.answer_by else [])], default=None)

    def record_deposit(self, state: str, now: datetime) -> None:
        """Record a state of the deposit, with what it does to the appointment."""
        is_pending = self.status is AppointmentStatus.PENDING
        is_direct = self.occupied.service.mode is BookingMode.DIRECT
        if state in ("confirmed", "waived") and is_pending and is_direct:
            self.change_status(AppointmentStatus.CONFIRMED, "confirmed")
        else:
            self.version += 1
        if state == "refunded":
            self.ledger.refund()
            return
        self.ledger.record(state)
        if state == "rejected" and self.status in LIVE:
            self.ledger.start_clock(self.occupied.starts_at, now)
        if state == "proof_submitted" and is_pending:
            self.answer_by = min(now + timedelta(hours=72), self.occupied.starts_at)

    def publish(self, event_name: str) -> None:
        self.publish_event(f"appointment.{event_name}")

    def publish_event(self, type_: str) -> None:
        self.published[type_, self.version] += 1


@dataclass
class ModelProposal:
    """A proposal.

    Attributes:
        sittings: The reserved times, by the ids of their calendar entries.
    """

    client_id: str
    sittings: dict[str, OccupiedTime]
    expires_at: datetime
    status: str = "sent"
    version: int = 1
    published: Counter[tuple[str, int]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.published["proposal.sent", 1] += 1

    def change_status(self, status: str) -> None:
        self.status = status
        self.version += 1
        self.published[f"proposal.{status}", self.version] += 1

    def expire(self) -> None:
        self.change_status("expired")


@dataclass
class CalendarModel:
    """Everything of one artist.

    The `get_..._refusal` methods return the code of the error an action must end with, or None.

    Attributes:
        strangers: Ids of the clients who have not contacted the artist.
        blocks: Id of a client, and whether the artist blocks them, for each block that holds.
    """

    zone: ZoneInfo
    now: datetime
    appointments: dict[str, ModelAppointment] = field(default_factory=dict)
    holds: dict[str, ModelHold] = field(default_factory=dict)
    proposals: dict[str, ModelProposal] = field(default_factory=dict)
    keeps_unpaid_dates: bool = False
    strangers: set[str] = field(default_factory=set)
    blocks: set[tuple[str, bool]] = field(default_factory=set)
    has_open_books: bool = True

    def get_block_refusal(self, client_id: str | None) -> str | None:
        """Return the refusal of beginning anything, whoever of the two does."""
        return "blocked" if any(blocked == client_id for blocked, _ in self.blocks) else None

    def get_client_refusal(self, client_id: str) -> str | None:
        """Return the refusal of beginning something for a client, as the artist."""
        is_stranger = client_id in self.strangers
        return self.get_block_refusal(client_id) or ("no_relation" if is_stranger else None)

    def get_artist_refusal(self, client_id: str) -> str | None:
        """Return the refusal of beginning something with the artist, as a client."""
        is_open = self.has_open_books
        return self.get_block_refusal(client_id) or (None if is_open else "books_closed")

    def list_live(self) -> dict[str, OccupiedTime]:
        """Return the times that exclude others now, by entry id."""
        return {
            key: occupied for key, occupied in self._list_all() if not self._is_past(occupied.until)
        }

    def list_lapsed(self) -> dict[str, OccupiedTime]:
        """Return the times that expired without being booked or released, by entry id."""
        return {
            key: occupied for key, occupied in self._list_all() if self._is_past(occupied.until)
        }

    def list_due(self) -> list[ModelAppointment | ModelProposal]:
        """Return the records of which a deadline has passed."""
        unanswered = [
            appointment
            for appointment in self.appointments.values()
            if self._is_past(appointment.get_deadline())
        ]
        sent = [proposal for proposal in self.proposals.values() if proposal.status == "sent"]
        return [*unanswered, *(proposal for proposal in sent if self._is_past(proposal.expires_at))]

    def process_due(self, record: ModelAppointment | ModelProposal) -> str:
        """Do what the sweeper does with a due record, and return what that is called."""
        if isinstance(record, ModelProposal):
            record.expire()
            return "expired"
        ledger, is_running = record.ledger, bool(record.ledger.get_deadlines())
        if is_running and self._is_past(ledger.due_at):
            return self._end_payment_time(record)
        if is_running and self._is_past(ledger.remind_at):
            ledger.remind_at = None
            record.version += 1
            ledger.publish("deposit.due_soon")
            return "reminded"
        record.expire()
        return "expired"

    def _end_payment_time(self, unpaid: ModelAppointment) -> str:
        if self.keeps_unpaid_dates:
            unpaid.version += 1
            unpaid.ledger.become_overdue()
            latest = min(self.now + timedelta(hours=72), unpaid.occupied.starts_at)
            unpaid.answer_by = unpaid.answer_by and latest
            return "kept"
        for sitting in self.appointments.values():
            is_other = sitting.proposal_id is not None and sitting.proposal_id == unpaid.proposal_id
            is_ahead = sitting.status in LIVE and self.now < sitting.occupied.starts_at
            if sitting is unpaid or (is_other and is_ahead):
                sitting.change_status(AppointmentStatus.CANCELLED, "cancelled")
        unpaid.ledger.become_overdue()
        return "released"

    def pass_on_deposit(self, ended: ModelAppointment) -> None:
        """Pass a deposit that is asked for on to the next sitting of the project."""
        others = [
            sitting
            for sitting in self.appointments.values()
            if sitting.proposal_id is not None
            and sitting.proposal_id == ended.proposal_id
            and sitting.status in LIVE
            and self.now < sitting.occupied.starts_at
        ]
        if ended.ledger.requested and others:
            heir = min(others, key=lambda sitting: sitting.occupied.starts_at)
            heir.version += 1
            heir.ledger.take(ended.ledger, heir.occupied.starts_at, self.now)

    def is_busy(self, occupied: OccupiedTime) -> bool:
        return any(occupied.overlaps(other) for other in self.list_live().values())

    def get_refusal(
        self, occupied: OccupiedTime, *, by_artist: bool, without: str | None = None
    ) -> str | None:
        """Return the refusal of occupying this time.

        Args:
            occupied: The requested time.
            by_artist: Whether the artist requests it.
            without: An entry to ignore: the one that is moved.
        """
        others = {key: other for key, other in self.list_live().items() if key != without}
        if occupied.starts_at <= self.now:
            return "slot_unavailable"
        if any(occupied.overlaps(other) for other in others.values()):
            return "slot_taken"
        if by_artist or self._is_offered(occupied, others):
            return None
        return "slot_unavailable"

    def get_hold_refusal(self, hold_id: str, caller_id: str) -> str | None:
        """Return the refusal of booking or releasing a hold."""
        hold = self.holds[hold_id]
        if hold.ended or hold.owner_id != caller_id or self._is_past(hold.occupied.until):
            return "hold_expired"
        return None

    def get_answer_refusal(self, appointment_id: str, by_artist: bool) -> str | None:
        """Return the refusal of confirming or declining an appointment."""
        return self._get_status_refusal(
            appointment_id, by_artist, {AppointmentStatus.PENDING}, artist_only=True
        )

    def get_completion_refusal(self, appointment_id: str, by_artist: bool) -> str | None:
        """Return the refusal of completing an appointment or reporting a no-show."""
        started = self.appointments[appointment_id].occupied.starts_at <= self.now
        return self._get_status_refusal(
            appointment_id, by_artist, {AppointmentStatus.CONFIRMED}, artist_only=True
        ) or (None if started else "not_started")

    def get_deposit_refusal(
        self, appointment_id: str, state: str, *, permitted: bool
    ) -> str | None:
        """Return the refusal of recording a state of a deposit; its side is permitted to."""
        appointment = self.appointments[appointment_id]
        ledger = appointment.ledger
        by_artist = (state == "proof_submitted") is not permitted
        if appointment.client_id is None and not by_artist:
            return "not_found"
        if not permitted:
            return "forbidden"
        if ledger.state is None:
            return "no_deposit"
        if state == "refunded":
            return None if ledger.get_refundable() > 0 else "not_held"
        if appointment.status not in LIVE and state == "waived":
            return "wrong_status"
        return None if ledger.state in BEFORE[state] else "wrong_deposit_state"

    def get_charge_refusal(
        self, appointment_id: str, by_artist: bool, number: int, how: str, amount: int | None
    ) -> str | None:
        """Return the refusal of recording what happened to a charge."""
        return self._get_status_refusal(
            appointment_id, by_artist, set(AppointmentStatus), artist_only=True
        ) or self.appointments[appointment_id].ledger.get_charge_refusal(number, how, amount)

    def get_correction_refusal(self, appointment_id: str, by_artist: bool) -> str | None:
        """Return the refusal of correcting a completion or a no-show."""
        allowed = {AppointmentStatus.COMPLETED, AppointmentStatus.NO_SHOW}
        charge = self.appointments[appointment_id].ledger.get_no_show()
        return self._get_status_refusal(appointment_id, by_artist, allowed, artist_only=True) or (
            "charge_paid" if charge and charge.paid else None
        )

    def get_change_refusal(self, appointment_id: str, by_artist: bool) -> str | None:
        """Return the refusal of cancelling or rescheduling an appointment."""
        started = self.appointments[appointment_id].occupied.starts_at <= self.now
        return self._get_status_refusal(appointment_id, by_artist, LIVE) or (
            "already_started" if started and not by_artist else None
        )

    def get_reply_refusal(self, proposal_id: str, by: str, how: str) -> str | None:
        """Return the refusal of accepting, declining or withdrawing a proposal.

        `by` is its client, its artist or a stranger.
        """
        proposal = self.proposals[proposal_id]
        if by == "stranger":
            return "not_found"
        if by != ("artist" if how == "withdraw" else "client"):
            return "forbidden"
        if proposal.status == "expired" or (
            proposal.status == "sent" and self._is_past(proposal.expires_at)
        ):
            return "proposal_expired"
        return None if proposal.status == "sent" else "wrong_status"

    def _get_status_refusal(
        self,
        appointment_id: str,
        by_artist: bool,
        allowed: set[AppointmentStatus],
        artist_only: bool = False,
    ) -> str | None:
        appointment = self.appointments[appointment_id]
        if appointment.client_id is None and not by_artist:
            return "not_found"
        if artist_only and not by_artist:
            return "forbidden"
        return None if appointment.status in allowed else "wrong_status"

    def _is_offered(self, occupied: OccupiedTime, others: Mapping[str, OccupiedTime]) -> bool:
        service = occupied.service
        earliest = self.now + timedelta(minutes=service.minimum_notice_minutes)
        if (
            not earliest
            <= occupied.starts_at
            < self.now + timedelta(days=service.booking_horizon_days)
        ):
            return False
        same = [other for other in others.values() if other.service.id == service.id]
        mine, theirs = self._list_periods(occupied), [self._list_periods(each) for each in same]
        limits = (service.daily_limit, service.weekly_limit, service.monthly_limit)
        for number, limit in enumerate(limits):
            booked = sum(periods[number] == mine[number] for periods in theirs)
            if limit is not None and booked >= limit:
                return False
        return all(self._is_open(instant) for instant in _iterate_quarters(occupied))

    def _is_open(self, instant: datetime) -> bool:
        local = instant.astimezone(self.zone).time()
        return local >= OPENS or local < CLOSES

    def _get_local_date(self, occupied: OccupiedTime) -> date:
        return occupied.starts_at.astimezone(self.zone).date()

    def _list_periods(self, occupied: OccupiedTime) -> list[str]:
        """Return the local day, ISO week and month that an appointment counts in."""
        return [f"{self._get_local_date(occupied):{form}}" for form in ("%F", "%G-%V", "%Y-%m")]

    def _is_past(self, until: datetime | None) -> bool:
        return until is not None and until <= self.now

    def _list_all(self) -> Iterator[tuple[str, OccupiedTime]]:
        for key, appointment in self.appointments.items():
            if appointment.status in OCCUPYING:
                yield key, appointment.occupied
        for key, hold in self.holds.items():
            if not hold.ended:
                yield key, hold.occupied
        for proposal in self.proposals.values():
            if proposal.status in ("sent", "expired"):
                yield from proposal.sittings.items()


def _iterate_quarters(occupied: OccupiedTime) -> Iterator[datetime]:
    instant = occupied.starts_at
    while instant < occupied.ends_at:
        yield instant
        instant += QUARTER
