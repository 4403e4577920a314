"""What appointments keeps. Instants are UTC; money is in minor units of an ISO 4217 currency."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from domain.policy_terms import Kind, Terms
from shared.http.decoding import Input, Output

MAX_AMOUNT = 10**12
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$(?!\n)")]
Minutes = Annotated[int, Meta(ge=0, le=24 * 60)]
Instant = Annotated[datetime, Meta(tz=True)]
Clock = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$(?!\n)")]
ClockOrMidnight = Annotated[str, Meta(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$(?!\n)")]
Windows = Annotated[tuple["Window", ...], Meta(max_length=24)]


YEARS = range(2000, 3000)  # beyond every calendar, and far from the ends of what datetime can say


def check_years(*instants: datetime | None) -> None:
    """Raise ValueError for an instant beyond every calendar."""
    if any(instant is not None and instant.year not in YEARS for instant in instants):
        raise ValueError(f"must lie within the years {YEARS[0]} to {YEARS[-1]}")


class Side(StrEnum):
    """Who acts on an appointment. The system acts when time has passed or an account is gone."""

    ARTIST = "artist"
    CLIENT = "client"
    SYSTEM = "system"


class Status(StrEnum):
    """Where an appointment stands. `transitions` says who may change it to what."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    EXPIRED = "expired"


class Mode(StrEnum):
    """Whether a client's booking counts at once or asks the artist first."""

    DIRECT = "direct"
    REQUEST = "request"


class WaitlistMode(StrEnum):
    """Who hears of a freed slot: the first in line, with a time to answer, or all, first wins."""

    FIRST_IN_LINE = "first_in_line"
    ALL_NOTIFIED = "all_notified"


class Money(Input, frozen=True):
    """An amount in minor units of its currency."""

    amount: Annotated[int, Meta(ge=0, le=MAX_AMOUNT)]
    currency: Currency


# ---- catalogue and availability ----------------------------------------------------------------


class DepositRule(Input, frozen=True):
    """The deposit a service asks for: `fixed` (minor units), `percent`, or what the policy says.

    It is returned in full until so many hours before the start.
    """

    fixed: Annotated[int, Meta(ge=1, le=10**12)] | None = None
    percent: Annotated[int, Meta(ge=1, le=100)] | None = None
    by_policy: bool = False
    refundable_until_hours: Annotated[int, Meta(ge=0, le=24 * 365)] = 48

    def __post_init__(self) -> None:
        """Refuse a rule that says two things, or nothing."""
        if [self.fixed is not None, self.percent is not None, self.by_policy].count(True) != 1:
            raise ValueError("needs exactly one of fixed, percent and byPolicy")


class Service(Output, frozen=True):
    """Something an artist can be booked for. `price` is that of one sitting."""

    id: str
    artist_id: str
    name: str
    description: str
    location: str
    duration_minutes: int
    price: Money
    sittings: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    deposit: DepositRule | None
    minimum_notice_minutes: int
    booking_horizon_days: int
    slot_interval_minutes: int
    daily_limit: int | None
    mode: Mode
    waitlist_mode: WaitlistMode
    waitlist_answer_minutes: int
    version: int


class Window(Input, frozen=True):
    """From `start` until `end` of the wall clock; an `end` not after `start` is the next day's."""

    start: Clock
    end: ClockOrMidnight


class Week(Input, frozen=True):
    """The windows of each weekday; a window belongs to the day it starts on."""

    monday: Windows = ()
    tuesday: Windows = ()
    wednesday: Windows = ()
    thursday: Windows = ()
    friday: Windows = ()
    saturday: Windows = ()
    sunday: Windows = ()

    def of(self, day: date) -> tuple[Window, ...]:
        """The windows that start on this day of the calendar."""
        names = self.__struct_fields__
        windows: tuple[Window, ...] = getattr(self, names[day.weekday()])
        return windows


class DateOverride(Input, frozen=True):
    """The windows of one date, instead of its weekday's; none closes it."""

    date: date
    windows: Windows = ()


class TimeOff(Input, frozen=True):
    """A time at which the artist takes no bookings."""

    starts_at: Instant
    ends_at: Instant

    def __post_init__(self) -> None:
        """Refuse a time that ends before it starts, or lies where no calendar does."""
        check_years(self.starts_at, self.ends_at)
        if self.ends_at <= self.starts_at:
            raise ValueError("endsAt must be after startsAt")


class Availability(Output, frozen=True):
    """When an artist can be booked, by the wall clock of an IANA time zone."""

    time_zone: str
    weekly: Week = Week()
    overrides: tuple[DateOverride, ...] = ()
    time_off: tuple[TimeOff, ...] = ()
    version: int = 0


# ---- the calendar ------------------------------------------------------------------------------


class EntryKind(StrEnum):
    """Why an artist is busy."""

    HOLD = "hold"
    PROPOSAL = "proposal"
    APPOINTMENT = "appointment"


class Entry(Struct, frozen=True, omit_defaults=True):
    """A time at which an artist is busy, with the buffers around it.

    id: of the hold or appointment; of a proposal's sitting `<proposalId>.<number>`.
    owner_id: the client it is kept for. until: when it lapses, for holds and proposals.
    """

    id: str
    kind: EntryKind
    starts_at: datetime
    ends_at: datetime
    busy_from: datetime
    busy_until: datetime
    service_id: str
    owner_id: str | None = None
    until: datetime | None = None

    def is_live(self, now: datetime) -> bool:
        """Whether it keeps others out at this instant."""
        return self.until is None or now < self.until


class Day(Struct, frozen=True):
    """The entries that touch one UTC day. `version` counts its changes; 0 was never written."""

    entries: tuple[Entry, ...] = ()
    version: int = 0


# ---- appointments ------------------------------------------------------------------------------


class DepositState(StrEnum):
    """What happened last to a deposit."""

    REQUESTED = "requested"
    PROOF_SUBMITTED = "proof_submitted"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    REFUNDED = "refunded"
    FORFEITED = "forfeited"
    TRANSFERRED = "transferred"


class LedgerEntry(Output, frozen=True):
    """One thing that happened to a deposit. Entries are added, never changed."""

    state: DepositState
    amount: int
    at: datetime
    by: Side
    note: str = ""
    appointment_id: str | None = None  # the other sitting of a transfer
    files: tuple[str, ...] = ()  # of a proof


class Deposit(Output, frozen=True):
    """A deposit and everything that happened to it, oldest first."""

    amount: int
    currency: str
    refundable_until_hours: int | None
    entries: tuple[LedgerEntry, ...]


class Charge(Output, frozen=True):
    """What a change cost, by the clause that was in force when it was agreed."""

    action: str
    fee: int
    deposit_forfeited: int
    due: int
    currency: str
    explanation: str
    at: datetime
    version_id: str | None = None  # of the policy


class Project(Output, frozen=True):
    """Which sitting of a project an appointment is."""

    proposal_id: str
    sitting: int
    sittings: int


class Agreed(Output, frozen=True):
    """The service as it was when it was booked."""

    id: str
    name: str
    location: str
    duration_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    mode: Mode


class Appointment(Struct, frozen=True):
    """A booking: who, what, when, and what was agreed about it.

    terms: the policies in force when it was booked, frozen. sequence: of its iCalendar event.
    answer_by: when it expires unless confirmed.
    """

    id: str
    artist_id: str
    client_id: str | None
    service: Agreed
    price: Money
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    status: Status
    booked_by: Side
    created_at: datetime
    updated_at: datetime
    terms: dict[Kind, Terms]
    terms_hash: str
    notes: str = ""
    walk_in_name: str = ""
    deposit: Deposit | None = None
    charges: tuple[Charge, ...] = ()
    reschedules: int = 0
    project: Project | None = None
    answer_by: datetime | None = None
    reason: str = ""
    closed_by: Side | None = None
    sequence: int = 0
    version: int = 1


# ---- proposals and the waitlist ----------------------------------------------------------------


class ProposalStatus(StrEnum):
    """Where a proposal stands."""

    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Sitting(Output, frozen=True):
    """One sitting of a project."""

    starts_at: datetime
    ends_at: datetime


class Proposal(Struct, frozen=True):
    """Dates for a whole project, kept free for the client while they think about it."""

    id: str
    artist_id: str
    client_id: str
    service: Agreed
    price: Money
    total: Money
    sittings: tuple[Sitting, ...]
    time_zone: str
    terms: dict[Kind, Terms]
    terms_hash: str
    status: ProposalStatus
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    message: str = ""
    deposit: Deposit | None = None
    appointment_ids: tuple[str, ...] = ()
    consultation_id: str | None = None
    version: int = 1


class WaitStatus(StrEnum):
    """Where somebody on a waitlist stands."""

    WAITING = "waiting"
    OFFERED = "offered"
    BOOKED = "booked"
    LEFT = "left"
    EXPIRED = "expired"


ON_THE_LIST = frozenset({WaitStatus.WAITING, WaitStatus.OFFERED})


class Offer(Struct, frozen=True):
    """A freed slot that is held for somebody who waits, with the buffers around it."""

    hold_id: str
    starts_at: datetime
    ends_at: datetime
    busy_from: datetime
    busy_until: datetime
    answer_until: datetime


class Wait(Struct, frozen=True):
    """Somebody waiting for a slot of a service that starts on one of these dates.

    expires_at: when the last of the dates is over. offer: what is held for them; of a wait that has
    ended, what has yet to be passed on to the next in line. offered: the starts that they were
    offered before and that still lie ahead, so that none is offered to them twice.
    """

    id: str
    artist_id: str
    client_id: str
    service_id: str
    first_date: date
    last_date: date
    status: WaitStatus
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    offer: Offer | None = None
    offered: tuple[datetime, ...] = ()
    version: int = 1


class Places(Struct, frozen=True):
    """On which waitlists a client is: the ids of their waits by service, so on each only once."""

    client_id: str
    waits: dict[str, str] = {}
    version: int = 0


class ExternalCalendar(Struct, frozen=True):
    """A calendar elsewhere whose busy times keep slots free. Its URL is a secret of the artist.

    busy: pairs of seconds since 1970 UTC, sorted and apart. problem: why it could not be read.
    """

    id: str
    artist_id: str
    name: str
    url: str
    created_at: datetime
    refresh_at: datetime
    busy: tuple[tuple[int, int], ...] = ()
    refreshed_at: datetime | None = None
    problem: str | None = None
    version: int = 1


# ---- deleted accounts --------------------------------------------------------------------------


class Erasure(Struct, frozen=True):
    """An account is gone, and what is kept of it has to go.

    due_at: when to look again, for what came after the first look or was not finished by it.
    """

    user_id: str
    deleted_at: datetime
    due_at: datetime
