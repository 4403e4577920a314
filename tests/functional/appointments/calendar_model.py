"""What must become of an artist's calendar, by the simplest model there is: lists that are searched
from one end to the other. It knows neither UTC days nor versions of days nor spans of seconds."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from appointments.models import AppointmentStatus, Service

QUARTER = timedelta(minutes=15)
OPENS, CLOSES = time(8), time(2, 30)  # of the next day, by the wall clock
LIVE = {AppointmentStatus.PENDING, AppointmentStatus.CONFIRMED}
KEEP_THEIR_TIME = {*LIVE, AppointmentStatus.COMPLETED, AppointmentStatus.NO_SHOW}


@dataclass(frozen=True)
class Taken:
    """Time of the artist that somebody has: for good, or until an instant."""

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

    def overlaps(self, other: "Taken") -> bool:
        return self.busy_from < other.busy_until and other.busy_from < self.busy_until

    def kept_until(self, until: datetime | None) -> "Taken":
        return replace(self, until=until)

    def moved_to(self, starts_at: datetime) -> "Taken":
        return replace(self, starts_at=starts_at)


@dataclass
class Held:
    """A hold. `ended`: it was booked or given up."""

    owner_id: str
    taken: Taken
    ended: bool = False


@dataclass
class Booked:
    """An appointment. `told`: which facts tell of it, each with the version that it tells of."""

    client_id: str | None
    taken: Taken
    status: AppointmentStatus
    answer_by: datetime | None = None
    proposal_id: str | None = None
    version: int = 1
    told: Counter[tuple[str, int]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.tells("created")
        if self.status is AppointmentStatus.CONFIRMED:
            self.tells("confirmed")

    def becomes(self, status: AppointmentStatus, fact: str) -> None:
        self.status, self.answer_by = status, None
        self.version += 1
        self.tells(fact)

    def moves_to(self, taken: Taken) -> None:
        self.taken = taken
        self.answer_by = self.answer_by and min(self.answer_by, taken.starts_at)
        self.version += 1
        self.tells("rescheduled")

    def expires(self) -> None:
        self.becomes(AppointmentStatus.EXPIRED, "expired")

    def tells(self, fact: str) -> None:
        self.told[f"appointment.{fact}", self.version] += 1


@dataclass
class Proposed:
    """A proposal; `sittings` by the ids of their entries."""

    client_id: str
    sittings: dict[str, Taken]
    expires_at: datetime
    status: str = "sent"
    version: int = 1
    told: Counter[tuple[str, int]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.told["proposal.sent", 1] += 1

    def becomes(self, status: str) -> None:
        self.status = status
        self.version += 1
        self.told[f"proposal.{status}", self.version] += 1

    def expires(self) -> None:
        self.becomes("expired")


@dataclass
class Model:
    """The artist's whole world. The `refusal…`s say with which code something is refused."""

    zone: ZoneInfo
    now: datetime
    appointments: dict[str, Booked] = field(default_factory=dict)
    holds: dict[str, Held] = field(default_factory=dict)
    proposals: dict[str, Proposed] = field(default_factory=dict)

    def live(self) -> dict[str, Taken]:
        """What keeps others out now, by the ids of the entries."""
        return {key: taken for key, taken in self._kept() if not self._is_over(taken.until)}

    def lapsed(self) -> dict[str, Taken]:
        """What was neither booked nor given up before its time was over."""
        return {key: taken for key, taken in self._kept() if self._is_over(taken.until)}

    def due(self) -> list[Booked | Proposed]:
        """What nobody answered in time."""
        unanswered = [one for one in self.appointments.values() if self._is_over(one.answer_by)]
        sent = [one for one in self.proposals.values() if one.status == "sent"]
        return [*unanswered, *(one for one in sent if self._is_over(one.expires_at))]

    def is_busy(self, taken: Taken) -> bool:
        return any(taken.overlaps(other) for other in self.live().values())

    def refusal(self, taken: Taken, *, by_artist: bool, without: str | None = None) -> str | None:
        """Of taking this time; `without` is what is moved to it, and in nobody's way."""
        others = {key: other for key, other in self.live().items() if key != without}
        if taken.starts_at <= self.now:
            return "slot_unavailable"
        if any(taken.overlaps(other) for other in others.values()):
            return "slot_taken"
        if by_artist or self._is_offered(taken, others):
            return None
        return "slot_unavailable"

    def refusal_of_hold(self, hold_id: str, caller_id: str) -> str | None:
        """Of booking or releasing what is held."""
        hold = self.holds[hold_id]
        if hold.ended or hold.owner_id != caller_id or self._is_over(hold.taken.until):
            return "hold_expired"
        return None

    def refusal_of_answer(self, appointment_id: str, by_artist: bool) -> str | None:
        """Of confirming and declining."""
        return self._refusal_of(
            appointment_id, by_artist, {AppointmentStatus.PENDING}, artist_only=True
        )

    def refusal_of_end(self, appointment_id: str, by_artist: bool) -> str | None:
        """Of completing it and of saying that nobody came."""
        started = self.appointments[appointment_id].taken.starts_at <= self.now
        return self._refusal_of(
            appointment_id, by_artist, {AppointmentStatus.CONFIRMED}, artist_only=True
        ) or (None if started else "not_started")

    def refusal_of_change(self, appointment_id: str, by_artist: bool) -> str | None:
        """Of cancelling and of moving it."""
        started = self.appointments[appointment_id].taken.starts_at <= self.now
        return self._refusal_of(appointment_id, by_artist, LIVE) or (
            "already_started" if started and not by_artist else None
        )

    def refusal_of_reply(self, proposal_id: str, by: str, how: str) -> str | None:
        """Of accepting, declining and withdrawing it, by its client, its artist or a stranger."""
        proposal = self.proposals[proposal_id]
        if by == "stranger":
            return "not_found"
        if by != ("artist" if how == "withdraw" else "client"):
            return "forbidden"
        if proposal.status == "expired" or (
            proposal.status == "sent" and self._is_over(proposal.expires_at)
        ):
            return "proposal_expired"
        return None if proposal.status == "sent" else "wrong_status"

    def _refusal_of(
        self,
        appointment_id: str,
        by_artist: bool,
        fitting: set[AppointmentStatus],
        artist_only: bool = False,
    ) -> str | None:
        appointment = self.appointments[appointment_id]
        if appointment.client_id is None and not by_artist:
            return "not_found"
        if artist_only and not by_artist:
            return "forbidden"
        return None if appointment.status in fitting else "wrong_status"

    def _is_offered(self, taken: Taken, others: Mapping[str, Taken]) -> bool:
        service = taken.service
        earliest = self.now + timedelta(minutes=service.minimum_notice_minutes)
        if (
            not earliest
            <= taken.starts_at
            < self.now + timedelta(days=service.booking_horizon_days)
        ):
            return False
        if service.daily_limit is not None:
            same = [one for one in others.values() if one.service.id == service.id]
            on_that_day = [one for one in same if self._date(one) == self._date(taken)]
            if len(on_that_day) >= service.daily_limit:
                return False
        return all(self._is_open(instant) for instant in _quarters(taken))

    def _is_open(self, instant: datetime) -> bool:
        on_the_wall = instant.astimezone(self.zone).time()
        return on_the_wall >= OPENS or on_the_wall < CLOSES

    def _date(self, taken: Taken) -> date:
        return taken.starts_at.astimezone(self.zone).date()

    def _is_over(self, until: datetime | None) -> bool:
        return until is not None and until <= self.now

    def _kept(self) -> Iterator[tuple[str, Taken]]:
        for key, appointment in self.appointments.items():
            if appointment.status in KEEP_THEIR_TIME:
                yield key, appointment.taken
        for key, hold in self.holds.items():
            if not hold.ended:
                yield key, hold.taken
        for proposal in self.proposals.values():
            if proposal.status in ("sent", "expired"):
                yield from proposal.sittings.items()


def _quarters(taken: Taken) -> Iterator[datetime]:
    instant = taken.starts_at
    while instant < taken.ends_at:
        yield instant
        instant += QUARTER
