"""Stored records. Instants are UTC; amounts are minor units of an ISO 4217 currency."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct, field

from domain.icalendar.problems import UnclearEvent
from domain.money import Currency, MinorUnits, Money
from domain.policy_terms import AgeConfirmation, DepositAmount, Hours, Kind, Terms
from domain.types import (
    AppointmentId,
    ArtistId,
    FileId,
    Instant,
    LocalDate,
    ServiceId,
    TimeZone,
    Version,
)
from domain.vouchers import VoucherValue
from shared.http.caller import Role
from shared.http.decoding import Input, Output

Minutes = Annotated[int, Meta(ge=0, le=24 * 60)]
ClockTime = Annotated[
    str,
    Meta(
        pattern=r"^([01]\d|2[0-3]):[0-5]\d$(?!\n)",
        description="Time of day in the schedule's time zone.",
        examples=["09:00"],
    ),
]
ScheduleId = Annotated[
    str,
    Meta(description="Id of the schedule.", examples=["sch_01JD2Z5Q0V8XKM3F7T9B4N6RWC"]),
]
ClockTimeOrMidnight = Annotated[
    str,
    Meta(
        pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$(?!\n)",
        description="Time of day in the schedule's time zone; 24:00 is midnight.",
        examples=["17:00"],
    ),
]
OpeningWindows = Annotated[
    tuple["OpeningWindow", ...],
    Meta(max_length=24, description="Windows that start on this day; empty when it is closed."),
]


YEARS = range(2000, 3000)  # beyond every calendar, and far from the limits of datetime


def require_supported_years(*instants: datetime | None) -> None:
    """Check that instants lie in years that a calendar can hold.

    Raises:
        ValueError: One of them does not.
    """
    if any(instant is not None and instant.year not in YEARS for instant in instants):
        raise ValueError(f"must lie within the years {YEARS[0]} to {YEARS[-1]}")


class AppointmentSide(StrEnum):
    """The side that acts on an appointment.

    The system acts when a deadline has passed or an account was deleted.
    """

    ARTIST = "artist"
    CLIENT = "client"
    SYSTEM = "system"


class AppointmentStatus(StrEnum):
    """State of an appointment. `rules/transitions.py` lists who may change it to what."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    EXPIRED = "expired"


class BookingMode(StrEnum):
    """The way a client's booking is confirmed: at once, or by the artist's consent."""

    DIRECT = "direct"
    REQUEST = "request"


class WaitlistMode(StrEnum):
    """The way a freed slot is given to the clients on the waitlist.

    `first_in_line` holds it for the first client in line; `all_notified` notifies everybody who
    is waiting, and the first to book gets it.
    """

    FIRST_IN_LINE = "first_in_line"
    ALL_NOTIFIED = "all_notified"


# ---- catalogue and availability ------------------------------------------------------------------

DEPOSIT_REFUNDABLE_UNTIL_HOURS = 48  # unless the service says otherwise


class Service(Output, frozen=True):
    """Something an artist can be booked for.

    Attributes:
        id: Id of the service. Example: svc_01JD2Z5Q0V8XKM3F7T9B4N6RWC_01JD2Z5Q0V8XKM3F7T9B4N6RWD
        name: Name shown to clients. Example: Fine line tattoo
        description: Text shown to clients. Example: Up to 10 cm, black ink
        location: Where the appointment takes place. Example: 12 Gertrude St, Fitzroy
        duration_minutes: Length of one sitting. Example: 120
        price: Price of one sitting.
        sittings: Number of sittings a project usually takes. Example: 1
        buffer_before_minutes: Time kept free before each sitting. Example: 15
        buffer_after_minutes: Time kept free after each sitting. Example: 30
        deposit: Deposit that is asked for; null for none.
        minimum_notice_minutes: How long before the start clients can still book. Example: 120
        booking_horizon_days: How many days ahead clients can book. Example: 90
        slot_interval_minutes: Distance between the starts on offer. Example: 30
        daily_limit: Bookings of this service per day; null for no limit. Example: 3
        weekly_limit: Bookings of this service per week, from Monday on; null for no limit.
            Example: 10
        monthly_limit: Bookings of this service per month; null for no limit. Example: 30
        mode: Whether bookings of clients are confirmed at once.
        waitlist_mode: How a freed slot is given to the clients on the waitlist.
        waitlist_answer_minutes: How long an offered slot is held. Example: 120
        deposit_refundable_until_hours: Hours before the start until which the deposit is returned
            in full; null for any time. Where `deposit` is `by_policy`, the policy says it instead.
            Example: 48
    """

    id: str
    artist_id: ArtistId
    name: str
    description: str
    location: str
    duration_minutes: int
    price: Money
    sittings: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    deposit: DepositAmount | None
    minimum_notice_minutes: int
    booking_horizon_days: int
    slot_interval_minutes: int
    daily_limit: int | None
    mode: BookingMode
    waitlist_mode: WaitlistMode
    waitlist_answer_minutes: int
    version: Version
    deposit_refundable_until_hours: Hours | None = DEPOSIT_REFUNDABLE_UNTIL_HOURS
    weekly_limit: int | None = None
    monthly_limit: int | None = None


class OpeningWindow(Input, frozen=True):
    """A time of day at which an artist takes bookings.

    Attributes:
        start: First moment of the window.
        end: End of the window, on the next day unless it is later than `start`.
    """

    start: ClockTime
    end: ClockTimeOrMidnight


class WeeklyHours(Input, frozen=True):
    """The opening windows of each weekday. A window belongs to the day on which it starts."""

    monday: OpeningWindows = ()
    tuesday: OpeningWindows = ()
    wednesday: OpeningWindows = ()
    thursday: OpeningWindows = ()
    friday: OpeningWindows = ()
    saturday: OpeningWindows = ()
    sunday: OpeningWindows = ()

    def list_windows(self, day: date) -> tuple[OpeningWindow, ...]:
        """Return the windows that start on a date."""
        names = self.__struct_fields__
        windows: tuple[OpeningWindow, ...] = getattr(self, names[day.weekday()])
        return windows


class DateOverride(Input, frozen=True):
    """The opening windows of one date, which replace those of its weekday.

    Attributes:
        date: Date in the schedule's time zone. Example: 2030-01-31
        windows: Windows that start on this date; empty when it is closed.
    """

    date: LocalDate
    windows: OpeningWindows = ()


class TimeOff(Input, frozen=True):
    """A period in which the artist takes no bookings.

    Attributes:
        starts_at: First instant of the period. Example: 2030-02-01T00:00:00Z
        ends_at: End of the period. Example: 2030-02-15T00:00:00Z
    """

    starts_at: Instant
    ends_at: Instant

    def __post_init__(self) -> None:
        """Refuse a period that ends before it starts, or lies outside of every calendar."""
        require_supported_years(self.starts_at, self.ends_at)
        if self.ends_at <= self.starts_at:
            raise ValueError("endsAt must be after startsAt")


class Availability(Output, frozen=True):
    """An artist's opening hours and time off, in local times of a time zone.

    Attributes:
        time_zone: IANA time zone that all windows are read in. Example: Europe/Berlin
        weekly: Opening windows of each weekday.
        overrides: Dates with opening windows of their own.
        time_off: Periods without bookings.
    """

    time_zone: TimeZone
    weekly: WeeklyHours = WeeklyHours()
    overrides: tuple[DateOverride, ...] = ()
    time_off: tuple[TimeOff, ...] = ()
    version: Version = 0


class Schedule(Output, frozen=True):
    """Opening hours at another place: for a range of dates, for some services, or for both.

    Attributes:
        id: Id of the schedule. Example: sch_01JD2Z5Q0V8XKM3F7T9B4N6RWC
        name: Name shown to the artist. Example: Guest spot in Lisbon
        location: Where its appointments take place. Example: Rua da Rosa 12, Lisbon
        time_zone: IANA time zone that its dates and windows are read in. Example: Europe/Lisbon
        weekly: Opening windows of each weekday.
        overrides: Dates with opening windows of their own.
        first_date: First date; null where it has no dates. Example: 2030-03-04
        last_date: Last date; null where it has no dates. Example: 2030-03-10
        service_ids: Services that can be booked in it; all where it is empty.
            Example: ["svc_01JD2Z5Q0V8XKM3F7T9B4N6RWC_01JD2Z5Q0V8XKM3F7T9B4N6RWD"]
    """

    id: ScheduleId
    artist_id: ArtistId
    name: str
    location: str
    time_zone: TimeZone
    weekly: WeeklyHours
    overrides: tuple[DateOverride, ...]
    first_date: LocalDate | None
    last_date: LocalDate | None
    service_ids: tuple[ServiceId, ...]
    version: Version


# ---- the calendar --------------------------------------------------------------------------------


class CalendarEntryKind(StrEnum):
    """The reason why an artist is busy."""

    HOLD = "hold"
    PROPOSAL = "proposal"
    APPOINTMENT = "appointment"


class CalendarEntry(Struct, frozen=True, omit_defaults=True):
    """A time at which an artist is busy, with the buffers around it.

    Attributes:
        id: Id of the hold or appointment; for a sitting of a proposal `<proposalId>.<number>`.
        owner_id: The client it is kept for.
        until: When it lapses, for holds and proposals.
    """

    id: str
    kind: CalendarEntryKind
    starts_at: datetime
    ends_at: datetime
    busy_from: datetime
    busy_until: datetime
    service_id: str
    owner_id: str | None = None
    until: datetime | None = None

    def is_live(self, now: datetime) -> bool:
        """Return whether the entry still blocks its time."""
        return self.until is None or now < self.until


class CalendarDay(Struct, frozen=True):
    """The entries that touch one UTC day.

    Attributes:
        version: Number of changes so far; 0 for a day that was never written.
        locks: Number of changes in each quarter of an hour of the day, from 0 to 95, in which there
            were any.
        external: Busy times of external calendars on that day, in pairs of seconds since 1970 UTC.
        is_whole: Whether it is stored as versions until 0.2 did: as a whole, without locks.
    """

    entries: tuple[CalendarEntry, ...] = ()
    version: int = 0
    locks: dict[int, int] = field(default_factory=dict)
    external: tuple[tuple[int, int], ...] = ()
    is_whole: bool = False


# ---- appointments --------------------------------------------------------------------------------


class DepositState(StrEnum):
    """Latest event in the life of a deposit.

    `reinstated` is a forfeit that was undone: the artist holds the amount for the client again.
    `settled` is a part that paid a charge.
    """

    REQUESTED = "requested"
    PROOF_SUBMITTED = "proof_submitted"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    OVERDUE = "overdue"
    WAIVED = "waived"
    REFUNDED = "refunded"
    FORFEITED = "forfeited"
    REINSTATED = "reinstated"
    SETTLED = "settled"
    TRANSFERRED = "transferred"


class LedgerEntry(Output, frozen=True):
    """One event in the life of a deposit. Entries are added and never changed.

    Attributes:
        state: State of the deposit after this entry.
        amount: Amount in minor units of the deposit's currency. Example: 5000
        at: When it was recorded.
        by: Who recorded it.
        note: Remark or reason of that side. Example: Paid by bank transfer
        appointment_id: The other sitting of a transfer.
        files: Files of a proof of payment.
        id: Id of a refund that a request recorded; empty for other entries.
            Example: dpe_01JD2Z5Q0V8XKM3F7T9B4N6RWC
    """

    state: DepositState
    amount: MinorUnits
    at: Instant
    by: AppointmentSide
    note: str = ""
    appointment_id: AppointmentId | None = None
    files: tuple[FileId, ...] = ()
    id: str = ""


class Deposit(Struct, frozen=True, rename="camel"):
    """A deposit and its ledger, oldest entry first.

    Attributes:
        due_at: When it is due; None while the time to pay it does not run.
        remind_at: When to remind both sides of it; None once that is done.
    """

    amount: int
    currency: str
    refundable_until_hours: int | None
    entries: tuple[LedgerEntry, ...]
    due_at: datetime | None = None
    remind_at: datetime | None = None


class ChargeEntryKind(StrEnum):
    """Something that happened to a charge after it was made.

    `paid` is a payment of the client, `refunded` the return of one, `settled` a part of the deposit
    that pays the charge, `waived` what the artist does without, and `reversed` the rest of a charge
    that was a mistake.
    """

    PAID = "paid"
    REFUNDED = "refunded"
    SETTLED = "settled"
    WAIVED = "waived"
    REVERSED = "reversed"


class ChargeEntry(Output, frozen=True):
    """One event in the life of a charge. Entries are added and never changed.

    Attributes:
        kind: What happened.
        amount: Amount in minor units of the charge's currency. Example: 5000
        at: When it was recorded.
        by: Who recorded it.
        note: Remark or reason of that side. Example: Paid in cash
        id: Id of the entry; empty for what was not recorded by a request.
            Example: che_01JD2Z5Q0V8XKM3F7T9B4N6RWC
    """

    kind: ChargeEntryKind
    amount: MinorUnits
    at: Instant
    by: AppointmentSide
    note: str = ""
    id: str = ""


class AppointmentCharge(Output, frozen=True):
    """The cost of a change for the client, by the clause that was agreed when they booked.

    Attributes:
        action: The change: cancel, reschedule or no_show. Example: cancel
        fee: What the change costs, in minor units. Example: 6000
        deposit_forfeited: Part of the deposit that the client loses. Example: 5000
        due: What the client still has to pay. Example: 1000
        explanation: The cost in words.
            Example: Cancelling less than 24 hours before the start costs 60.00 EUR.
        at: When the change was made.
        version_id: Version of the policy that the clause belongs to; null where no policy applies.
            Example: pol_01JD2Z5Q0V8XKM3F7T9B4N6RWC_cancellation_3
        entries: The ledger of what was due, oldest entry first.
    """

    action: str
    fee: MinorUnits
    deposit_forfeited: MinorUnits
    due: MinorUnits
    currency: Currency
    explanation: str
    at: Instant
    version_id: str | None = None
    entries: tuple[ChargeEntry, ...] = ()


class Correction(Output, frozen=True):
    """The correction of an outcome that was recorded by mistake.

    Attributes:
        status: Status that was recorded by mistake. Example: no_show
        at: When it was corrected.
        by: Who corrected it.
        reason: Why. Example: I picked the wrong appointment
    """

    status: AppointmentStatus
    at: Instant
    by: AppointmentSide
    reason: str


class ProjectSitting(Output, frozen=True):
    """Place of an appointment in its project.

    Attributes:
        proposal_id: Proposal that the project comes from; null where it was booked without one.
            Example: prp_01JD2Z5Q0V8XKM3F7T9B4N6RWC
        sitting: Number of this sitting, from 1. Example: 1
        sittings: Number of sittings of the project. Example: 3
        appointment_ids: All sittings, in order; empty in projects that version 0.2 booked.
        total: Price of all sittings; null in projects that version 0.2 booked.
    """

    proposal_id: str | None
    sitting: int
    sittings: int
    appointment_ids: tuple[AppointmentId, ...] = ()
    total: Money | None = None

    @property
    def key(self) -> str:
        """What all sittings of a project have in common, and no other has."""
        return self.proposal_id or self.appointment_ids[0]


class AppliedVoucher(Struct, frozen=True):
    """A voucher that was redeemed with a booking.

    Attributes:
        code_hash: Hash of its code, which is the key of its record.
        discount: What it took off the price, in minor units of the price's currency.
    """

    id: str
    code_hash: str
    name: str
    discount: int


class BookedService(Output, frozen=True):
    """A service as it was when it was booked.

    Attributes:
        id: Id of the service. Example: svc_01JD2Z5Q0V8XKM3F7T9B4N6RWC_01JD2Z5Q0V8XKM3F7T9B4N6RWD
        name: Name of the service. Example: Fine line tattoo
        location: Where the appointment takes place. Example: 12 Gertrude St, Fitzroy
        duration_minutes: Length of the sitting. Example: 120
        buffer_before_minutes: Time kept free before it. Example: 15
        buffer_after_minutes: Time kept free after it. Example: 30
        mode: Whether bookings of clients were confirmed at once.
    """

    id: str
    name: str
    location: str
    duration_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    mode: BookingMode


class Appointment(Struct, frozen=True, omit_defaults=True):
    """A booking: its parties, service, time and agreed terms.

    Attributes:
        terms_hash: Digest of `terms`.
        terms: The policies that were in force when it was booked. They are stored once for all
            records that share them.
        price: Agreed price, after the discount of the voucher.
        walk_in_name: Name of a client without an account.
        reschedules: How often the client moved it.
        answer_by: When it expires unless the artist confirms it.
        corrections: Outcomes that were recorded by mistake, oldest first.
        closed_at: When it was closed; None for records of versions before 0.3.
        sequence: SEQUENCE of its iCalendar event (RFC 5545, 3.8.7.4).
        age_confirmation: Confirmation of the client's age, where the terms ask for one.
    """

    id: str
    artist_id: str
    client_id: str | None
    service: BookedService
    price: Money
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    status: AppointmentStatus
    booked_by: AppointmentSide
    created_at: datetime
    updated_at: datetime
    terms_hash: str
    terms: dict[Kind, Terms] = field(default_factory=dict)
    notes: str = ""
    walk_in_name: str = ""
    deposit: Deposit | None = None
    charges: tuple[AppointmentCharge, ...] = ()
    reschedules: int = 0
    project: ProjectSitting | None = None
    answer_by: datetime | None = None
    reason: str = ""
    closed_by: AppointmentSide | None = None
    closed_at: datetime | None = None
    corrections: tuple[Correction, ...] = ()
    sequence: int = 0
    version: int = 1
    age_confirmation: AgeConfirmation | None = None
    voucher: AppliedVoucher | None = None

    @property
    def discount(self) -> Money:
        """What a voucher took off the price."""
        return Money(self.voucher.discount if self.voucher else 0, self.price.currency)

    @property
    def list_price(self) -> Money:
        """The price before the discount: that of the service, or the artist's quote."""
        return Money(self.price.amount + self.discount.amount, self.price.currency)


# ---- proposals and the waitlist ------------------------------------------------------------------


class ProposalStatus(StrEnum):
    """State of a proposal."""

    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Sitting(Output, frozen=True):
    """Time and price of one sitting of a project.

    Attributes:
        starts_at: Start of the sitting. Example: 2030-01-31T09:30:00Z
        ends_at: End of the sitting. Example: 2030-01-31T11:30:00Z
        location: Where it takes place; null where that is the location of the service.
            Example: Rua da Rosa 12, Lisbon
        time_zone: IANA time zone of its place; null where that is the one of the proposal.
            Example: Europe/Lisbon
        price: Price of the sitting; null in proposals that version 0.2 sent, whose sittings all
            cost `price` of the proposal.
    """

    starts_at: Instant
    ends_at: Instant
    location: str | None = None
    time_zone: TimeZone | None = None
    price: Money | None = None


class Proposal(Struct, frozen=True, omit_defaults=True):
    """Dates for a whole project, held for the client until they answer.

    Attributes:
        terms_hash: Digest of `terms`.
        terms: The policies that were in force when it was sent, stored as those of appointments.
        consultation_id: Consultation that it answers.
        deposit_amount: What the service asked for when it was sent; None where it asked for
            nothing, and in proposals of versions before 0.3.
    """

    id: str
    artist_id: str
    client_id: str
    service: BookedService
    price: Money
    total: Money
    sittings: tuple[Sitting, ...]
    time_zone: str
    terms_hash: str
    status: ProposalStatus
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    terms: dict[Kind, Terms] = field(default_factory=dict)
    message: str = ""
    deposit: Deposit | None = None
    appointment_ids: tuple[str, ...] = ()
    consultation_id: str | None = None
    version: int = 1
    deposit_amount: DepositAmount | None = None


class VoucherState(StrEnum):
    """The decision about a voucher: it can still be redeemed, was redeemed, or was voided."""

    OPEN = "open"
    REDEEMED = "redeemed"
    VOID = "void"


class Voucher(Struct, frozen=True):
    """A copy of a voucher that profiles issued, and the decision about its redemption.

    Whether with a booking or by hand: what redeems or voids a voucher writes this record.

    Attributes:
        client_id: The only client who can use it; None for anyone who has the code.
        code_hash: Hash of its code, which nobody can guess from it.
        record_version: Version of the voucher at profiles that the copy is from.
        appointment_ids: The appointments that it was redeemed with. One that ends without taking
            place is removed, unless the voucher is lost with it.
        changed_at: When it was last redeemed, voided or restored.
    """

    id: str
    artist_id: str
    client_id: str | None
    name: str
    value: VoucherValue
    code_hash: str
    expires_at: datetime
    record_version: int
    state: VoucherState = VoucherState.OPEN
    appointment_ids: tuple[str, ...] = ()
    changed_at: datetime | None = None
    version: int = 1


class ConsultationStatus(StrEnum):
    """State of a consultation, which consultations decides."""

    PENDING = "pending"
    RESPONDED = "responded"
    SCHEDULED = "scheduled"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    EXPIRED = "expired"


class ConsultationCopy(Struct, frozen=True):
    """A copy of a consultation, and the proposals that name it.

    Every transaction that sends, accepts or ends such a proposal writes it, so that two of them
    never rely on the same state.

    Attributes:
        status: Its status in the newest event that was consumed.
        open_proposals: Ids of the proposals that were sent for it and have not ended.
        settled_by: The proposal that was accepted, or that ended with none in its place.
        record_version: Version of the consultation in the newest event that was consumed.
    """

    id: str
    artist_id: str
    client_id: str
    status: ConsultationStatus
    updated_at: datetime
    open_proposals: tuple[str, ...] = ()
    settled_by: str | None = None
    record_version: int = 0
    version: int = 0

    @property
    def is_open(self) -> bool:
        """Whether a proposal can be sent for it, or accepted."""
        return self.status in OPEN_CONSULTATION and self.settled_by is None


# The statuses in which a consultation waits for a proposal, or for the answer to one.
OPEN_CONSULTATION = frozenset({ConsultationStatus.PENDING, ConsultationStatus.RESPONDED})


class WaitlistEntryStatus(StrEnum):
    """State of a client's entry on a waitlist."""

    WAITING = "waiting"
    OFFERED = "offered"
    BOOKED = "booked"
    LEFT = "left"
    EXPIRED = "expired"


# The statuses in which a client is still on the list.
ACTIVE_ENTRY = frozenset({WaitlistEntryStatus.WAITING, WaitlistEntryStatus.OFFERED})


class WaitlistOffer(Struct, frozen=True):
    """A freed slot that is held for a client on the waitlist, with the buffers around it."""

    hold_id: str
    starts_at: datetime
    ends_at: datetime
    busy_from: datetime
    busy_until: datetime
    answer_until: datetime


class WaitlistEntry(Struct, frozen=True):
    """A client who waits for a slot of a service that starts on one of some dates.

    Attributes:
        expires_at: When the last of the dates is over.
        offer: The slot that is held for the client. An entry that has ended keeps it until it has
            been offered to the next in line.
        offered: Starts still ahead that were offered before, so that none is offered twice.
    """

    id: str
    artist_id: str
    client_id: str
    service_id: str
    first_date: date
    last_date: date
    status: WaitlistEntryStatus
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    offer: WaitlistOffer | None = None
    offered: tuple[datetime, ...] = ()
    version: int = 1


class ClientWaitlists(Struct, frozen=True):
    """The waitlists a client is on, so that they are on each only once.

    Attributes:
        entries: Ids of the client's waitlist entries, by service.
    """

    client_id: str
    entries: dict[str, str] = field(default_factory=dict, name="waits")
    version: int = 0


class ExternalCalendar(Struct, frozen=True):
    """A calendar of another program whose busy times block slots.

    Attributes:
        url: Its address, which is a secret of the artist.
        refresh_at: When to read it again.
        failures: How often in a row it could not be read.
        failing_since: When that happened first.
        unclear_count: Number of events that could not be read completely.
        unclear: The first of them.
        etag: What its server said about the version that was read, as `last_modified`.
        read_at: When it was last read as a whole, in the time zone `read_in`. The server is asked
            for changes only if that was not long ago: with time, repeated events come closer.
        blocks: Number of its busy times, which lie in the days they touch.
        busy: Busy times of a calendar that versions until 0.2 read last, in pairs of seconds since
            1970 UTC. They move into the days when it is read again.
        problem: Why it could not be read, for the artist.
    """

    id: str
    artist_id: str
    name: str
    url: str
    created_at: datetime
    refresh_at: datetime
    blocks: int = 0
    busy: tuple[tuple[int, int], ...] = ()
    refreshed_at: datetime | None = None
    problem: str | None = None
    failures: int = 0
    failing_since: datetime | None = None
    unclear_count: int = 0
    unclear: tuple[UnclearEvent, ...] = ()
    etag: str | None = None
    last_modified: str | None = None
    read_at: datetime | None = None
    read_in: str | None = None
    version: int = 1


# ---- copies of other features' records -----------------------------------------------------------


class ReadCalendar(Struct, frozen=True):
    """The newest busy times of a connected calendar that were consumed.

    Attributes:
        record_version: Their version at social.
        read_at: When social published them.
    """

    record_version: int
    read_at: datetime


class ConnectedAccount(Struct, frozen=True):
    """An account at another platform whose calendars block slots; social reads them.

    Attributes:
        calendars: Its calendars, by the id that the platform gave them.
        ended_at: When it was disconnected last. What was read before then blocks nothing.
        version: Number of changes so far; 0 as long as it is not stored.
    """

    id: str
    artist_id: str
    calendars: dict[str, ReadCalendar] = field(default_factory=dict)
    ended_at: datetime | None = None
    version: int = 0


class Person(Struct, frozen=True):
    """A copy of a user, who profiles and auth own.

    Attributes:
        name: Empty until it is known.
        books_open: Whether an artist takes new bookings of clients.
        record_version: Version at profiles; 0 as long as only auth has published the user.
        books_opened_by: Id of the event that opened the books last.
    """

    id: str
    role: Role
    name: str = ""
    books_open: bool = True
    record_version: int = 0
    books_opened_by: str = ""


class Block(Struct, frozen=True):
    """Whether one side of a relation blocks the other.

    Attributes:
        record_version: Version of the conversation in which it was set, 0 for never.
    """

    blocked: bool = False
    record_version: int = 0


class Relation(Struct, frozen=True):
    """What an artist and a client have to do with each other.

    Attributes:
        asked: Whether the client has asked the artist for something: a conversation, a
            consultation, a place on a waitlist, or a booking.
        may_wait: Whether the client may be on a waitlist of the artist.
    """

    artist_id: str
    client_id: str
    asked: bool = False
    may_wait: bool = True
    artist_block: Block = Block()
    client_block: Block = Block()
    version: int = 0

    @property
    def is_blocked(self) -> bool:
        """Whether one of the two blocks the other."""
        return self.artist_block.blocked or self.client_block.blocked


class File(Struct, frozen=True):
    """A copy of a file that was found clean.

    Attributes:
        owner_id: Empty once the file was removed.
    """

    id: str
    owner_id: str
    record_version: int


# ---- deleted accounts ----------------------------------------------------------------------------


class NextFree(Struct, frozen=True):
    """The next date on which something of an artist can be booked, as it was last found.

    Attributes:
        day: The date at the artist's place; None where nothing is free for three months.
        look_at: When to look again; None while nothing can be booked at all.
    """

    artist_id: str
    day: date | None
    version: int
    look_at: datetime | None


class Erasure(Struct, frozen=True):
    """The erasure of a deleted account.

    Attributes:
        due_at: When to run again, for data that arrived after the first run or was not reached.
    """

    user_id: str
    deleted_at: datetime
    due_at: datetime
