"""Requests and responses of the API."""

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta

from appointments.models import (
    DEPOSIT_REFUNDABLE_UNTIL_HOURS,
    AppointmentSide,
    AppointmentStatus,
    BookedService,
    BookingMode,
    ChargeEntry,
    Correction,
    DateOverride,
    DepositState,
    LedgerEntry,
    Minutes,
    ProjectSitting,
    ProposalStatus,
    Schedule,
    Service,
    TimeOff,
    WaitlistEntryStatus,
    WaitlistMode,
    WeeklyHours,
)
from domain import types
from domain.icalendar.problems import UnclearEvent
from domain.imported_rows import ImportedRow
from domain.money import Currency, MinorUnits, Money
from domain.policy_terms import AgeConfirmation, Clause, DepositAmount, Hours, Terms
from domain.types import (
    REQUESTED_LINE,
    ArtistId,
    ClientId,
    FilledLine,
    FilledText,
    Instant,
    Line,
    LocalDate,
    LocalInstant,
    NextCursor,
    TimeZone,
    Version,
)
from shared.http.decoding import Input, Output

# Python's `$` also matches before a final line break: (?!\n) rules that out.
_ULID = "[0-9A-HJKMNP-TV-Z]{26}"
_EXAMPLE_ULID = "01JD2Z5Q0V8XKM3F7T9B4N6RWC"
_USER_ID_PATTERN = rf"^usr_{_ULID}$(?!\n)"
ServiceId = Annotated[types.ServiceId, Meta(pattern=rf"^svc_{_ULID}_{_ULID}$(?!\n)")]
ConsultationId = Annotated[types.ConsultationId, Meta(pattern=rf"^cns_{_ULID}$(?!\n)")]
FileId = Annotated[types.FileId, Meta(pattern=rf"^fil_{_ULID}$(?!\n)")]
RequestedArtistId = Annotated[ArtistId, Meta(pattern=_USER_ID_PATTERN)]
RequestedClientId = Annotated[ClientId, Meta(pattern=_USER_ID_PATTERN)]
HoldId = Annotated[
    str,
    Meta(
        pattern=rf"^hld_{_ULID}_[0-9]{{8}}_{_ULID}$(?!\n)",
        description="Id of the hold.",
        examples=[f"hld_{_EXAMPLE_ULID}_20300131_{_EXAMPLE_ULID}"],
    ),
]
# Ids in paths have no pattern: an id that nothing can have is answered by 404.
HoldPathId = Annotated[
    str,
    Meta(
        description="Id of the hold.",
        examples=[f"hld_{_EXAMPLE_ULID}_20300131_{_EXAMPLE_ULID}"],
    ),
]
ProposalId = Annotated[
    str, Meta(description="Id of the proposal.", examples=[f"prp_{_EXAMPLE_ULID}"])
]
WaitlistEntryId = Annotated[
    str, Meta(description="Id of the waitlist entry.", examples=[f"wtl_{_EXAMPLE_ULID}"])
]
ExternalCalendarId = Annotated[
    str, Meta(description="Id of the external calendar.", examples=[f"cal_{_EXAMPLE_ULID}"])
]
CalendarFileName = Annotated[
    str,
    Meta(
        description="Secret token of the feed, followed by `.ics`.",
        examples=["Zk3J9vQ0p7Yb1c5d8e2f4g6h-ExampleToken.ics"],
    ),
]
ZoneName = Annotated[TimeZone, Meta(min_length=1, max_length=64)]
Title = Annotated[FilledLine, Meta(max_length=120)]
Text = Annotated[str, Meta(max_length=2000)]
Reason = Annotated[FilledText, Meta(max_length=500)]
ChargeNumber = Annotated[
    str, Meta(description="Number of the charge within its appointment, from 1.", examples=["1"])
]
ListRole = Annotated[
    Literal["artist", "client"],
    Meta(
        description="Whether to list what the caller takes part in as artist or as client; "
        "their own role unless given."
    ),
]
Limit = Annotated[
    int, Meta(ge=1, le=100, description="Greatest number of items in the response.", examples=[50])
]
Cursor = Annotated[types.Cursor, Meta(max_length=1024)]
PreviewVersion = Annotated[
    str,
    Meta(
        max_length=64,
        description="`version` of the preview; required where the change costs something.",
        examples=["9f86d081884c7d659a2feaa0c55ad015"],
    ),
]
# An instant, or a date that stands for its midnight in the time zone of the query.
_DATE, _TIME, _OFFSET = (
    r"\d{4}-\d{2}-\d{2}",
    r"\d{2}:\d{2}(:\d{2}(\.\d+)?)?",
    r"(Z|[+-]\d{2}:\d{2})",
)
DateOrInstant = Annotated[str, Meta(pattern=rf"^{_DATE}(T{_TIME}{_OFFSET})?$(?!\n)")]

MAX_SITTINGS = 12
MAX_PROOFS = 5
Duration = Annotated[int, Meta(ge=5, le=24 * 60)]
VoucherCode = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        description="Code of a voucher of the artist, in any case and grouping; its discount is "
        "taken off the price.",
        examples=["7K3M-0QXR-52VW-9ABC"],
    ),
]


# ---- catalogue and availability ------------------------------------------------------------------


class ServiceRequest(Input, frozen=True):
    """A service as its artist describes it.

    Attributes:
        name: Name shown to clients. Example: Fine line tattoo
        duration_minutes: Length of one sitting. Example: 120
        price: Price of one sitting.
        description: Text shown to clients. Example: Up to 10 cm, black ink
        location: Where the appointment takes place. Example: 12 Gertrude St, Fitzroy
        sittings: Number of sittings it takes. Clients book all of them together. Example: 1
        buffer_before_minutes: Time kept free before each sitting. Example: 15
        buffer_after_minutes: Time kept free after each sitting. Example: 30
        deposit: Deposit to ask for; null for none.
        deposit_refundable_until_hours: Hours before the start until which the deposit is returned
            in full; null for any time. Where `deposit` is `by_policy`, the policy says it instead.
            Example: 48
        minimum_notice_minutes: How long before the start clients can still book. Example: 120
        booking_horizon_days: How many days ahead clients can book. Example: 90
        slot_interval_minutes: Distance between the starts on offer, counted from the opening of
            each window. Example: 30
        daily_limit: Bookings of this service per day in the schedule's time zone; null for no
            limit. Example: 3
        weekly_limit: Bookings of this service per week, from Monday on; null for no limit.
            Example: 10
        monthly_limit: Bookings of this service per month; null for no limit. Example: 30
        mode: Whether bookings of clients are confirmed at once.
        waitlist_mode: How a freed slot is given to the clients on the waitlist.
        waitlist_answer_minutes: How long an offered slot is held. Example: 120
    """

    name: Title
    duration_minutes: Duration
    price: Money
    description: Text = ""
    location: Annotated[Line, Meta(max_length=200)] = ""
    sittings: Annotated[int, Meta(ge=1, le=MAX_SITTINGS)] = 1
    buffer_before_minutes: Minutes = 0
    buffer_after_minutes: Minutes = 0
    deposit: DepositAmount | None = None
    deposit_refundable_until_hours: Hours | None = DEPOSIT_REFUNDABLE_UNTIL_HOURS
    minimum_notice_minutes: Annotated[int, Meta(ge=0, le=365 * 24 * 60)] = 120
    booking_horizon_days: Annotated[int, Meta(ge=1, le=730)] = 90
    slot_interval_minutes: Annotated[int, Meta(ge=5, le=24 * 60)] = 30
    daily_limit: Annotated[int, Meta(ge=1, le=100)] | None = None
    weekly_limit: Annotated[int, Meta(ge=1, le=500)] | None = None
    monthly_limit: Annotated[int, Meta(ge=1, le=2000)] | None = None
    mode: BookingMode = BookingMode.DIRECT
    waitlist_mode: WaitlistMode = WaitlistMode.FIRST_IN_LINE
    waitlist_answer_minutes: Annotated[int, Meta(ge=5, le=7 * 24 * 60)] = 120


class ServicesQuery(Input, frozen=True):
    """The services to list.

    Attributes:
        artist_id: Artist whose services are listed.
    """

    artist_id: RequestedArtistId


class OpeningHoursQuery(Input, frozen=True):
    """The artist whose opening hours are asked for.

    Attributes:
        artist_id: Artist whose opening hours are asked for.
    """

    artist_id: RequestedArtistId


class OpeningHours(Output, frozen=True):
    """The usual opening hours of an artist, in local times of a time zone.

    Attributes:
        time_zone: IANA time zone that all windows are read in; null before the artist has set any.
            Example: Europe/Berlin
        weekly: Opening windows of each weekday.
    """

    time_zone: str | None
    weekly: WeeklyHours


class ServiceView(Service, frozen=True, kw_only=True):
    """A service as its artist offers it.

    Attributes:
        total: Price of all sittings.
    """

    total: Money


class ServiceList(Output, frozen=True):
    """The services of an artist.

    Attributes:
        items: The services, oldest first; at most a hundred.
    """

    items: list[ServiceView]


class AvailabilityRequest(Input, frozen=True):
    """An artist's opening hours and time off, in local times of a time zone.

    Attributes:
        time_zone: IANA time zone that all windows are read in. Example: Europe/Berlin
        weekly: Opening windows of each weekday.
        overrides: Dates with opening windows of their own, each at most once.
        time_off: Periods without bookings.
    """

    time_zone: ZoneName
    weekly: WeeklyHours = WeeklyHours()
    overrides: Annotated[tuple[DateOverride, ...], Meta(max_length=400)] = ()
    time_off: Annotated[tuple[TimeOff, ...], Meta(max_length=400)] = ()


class ScheduleRequest(Input, frozen=True):
    """Opening hours at another place: for a range of dates, for some services, or for both.

    Attributes:
        name: Name shown to the artist. Example: Guest spot in Lisbon
        location: Where its appointments take place. Example: Rua da Rosa 12, Lisbon
        time_zone: IANA time zone that its dates and windows are read in. Example: Europe/Lisbon
        weekly: Opening windows of each weekday.
        overrides: Dates with opening windows of their own, each at most once.
        first_date: First date, together with `lastDate`. Example: 2030-03-04
        last_date: Last date, together with `firstDate`. Example: 2030-03-10
        service_ids: Services of the caller that can be booked in it; all unless given.
            Example: ["svc_01JD2Z5Q0V8XKM3F7T9B4N6RWC_01JD2Z5Q0V8XKM3F7T9B4N6RWD"]
    """

    name: Title
    location: Annotated[FilledLine, Meta(max_length=200)]
    time_zone: ZoneName
    weekly: WeeklyHours = WeeklyHours()
    overrides: Annotated[tuple[DateOverride, ...], Meta(max_length=100)] = ()
    first_date: LocalDate | None = None
    last_date: LocalDate | None = None
    service_ids: Annotated[tuple[ServiceId, ...], Meta(max_length=100)] = ()


class ScheduleList(Output, frozen=True):
    """The schedules of an artist besides their availability.

    Attributes:
        items: The schedules, oldest first; those whose dates are over are deleted three months
            later.
    """

    items: list[Schedule]


class SlotsQuery(Input, frozen=True):
    """The slots to list.

    Attributes:
        artist_id: Artist to be booked.
        service_id: Service to be booked.
        from_: First instant, or a date in `timeZone`; now unless given. Example: 2030-01-31
        to: End of the range, or the last date of it; a month after `from` unless given.
            Example: 2030-02-28
        time_zone: IANA time zone of dates and of `local` in the response. Unless it is given, dates
            are those of the artist's default schedule, and `local` is that of the place of each
            slot. Example: Europe/Berlin
        cursor: Position in the list, as `nextCursor` of the page before gave it.
            Example: q83vEjRWeJA
        limit: Greatest number of slots in the response. Example: 500
    """

    artist_id: RequestedArtistId
    service_id: ServiceId
    from_: DateOrInstant | None = None
    to: DateOrInstant | None = None
    time_zone: ZoneName | None = None
    cursor: Cursor | None = None
    limit: Annotated[int, Meta(ge=1, le=1000)] = 500


class Slot(Output, frozen=True):
    """A time that can be booked.

    Attributes:
        starts_at: Start of the slot. Example: 2030-01-31T09:30:00Z
        ends_at: End of the slot. Example: 2030-01-31T11:30:00Z
        local: Start in the local time of the requested time zone, with its offset; in that of
            `timeZone` unless one was requested.
        time_zone: IANA time zone of the place. Example: Europe/Berlin
        location: Where the appointment takes place. Example: 12 Gertrude St, Fitzroy
    """

    starts_at: Instant
    ends_at: Instant
    local: LocalInstant
    time_zone: TimeZone
    location: str


class SlotList(Output, frozen=True):
    """A page of free slots.

    Attributes:
        items: The slots, in order. Each is a start of one sitting.
        price: Price of one sitting.
        sittings: Number of sittings that are booked together. Example: 1
        total: Price of all sittings.
    """

    items: list[Slot]
    next_cursor: NextCursor
    price: Money
    sittings: int
    total: Money


# ---- booking -------------------------------------------------------------------------------------


class HoldRequest(Input, frozen=True):
    """A slot to hold.

    Attributes:
        service_id: Service to be booked.
        starts_at: Start of the slot, a whole minute. Example: 2030-01-31T09:30:00Z
    """

    service_id: ServiceId
    starts_at: Instant


class Hold(Output, frozen=True):
    """A slot that only its holder can book until it expires.

    Attributes:
        id: Id of the hold; book it as `holdId`.
        service_id: Service to be booked.
        starts_at: Start of the slot. Example: 2030-01-31T09:30:00Z
        ends_at: End of the slot. Example: 2030-01-31T11:30:00Z
        expires_at: When the hold ends. Example: 2030-01-25T18:10:00Z
        time_zone: IANA time zone of the place. Example: Europe/Berlin
        location: Where the appointment would take place. Example: 12 Gertrude St, Fitzroy
        price: Price of one sitting.
        sittings: Number of sittings that are booked together. Example: 1
        total: Price of all sittings.
    """

    id: HoldPathId
    service_id: types.ServiceId
    starts_at: Instant
    ends_at: Instant
    expires_at: Instant
    time_zone: TimeZone
    location: str
    price: Money
    sittings: int
    total: Money


class SittingRequest(Input, frozen=True):
    """One sitting of a booking: a start, or a hold of the caller.

    Attributes:
        starts_at: Start of the sitting, a whole minute. Example: 2030-01-31T09:30:00Z
        hold_id: Hold to book, instead of `startsAt`. Example: null
        price: Price of this sitting, from the artist only; that of the booking unless given.
        duration_minutes: Length of this sitting, from the artist only; that of the booking unless
            given. Example: 180
    """

    starts_at: Instant | None = None
    hold_id: HoldId | None = None
    price: Money | None = None
    duration_minutes: Duration | None = None

    def __post_init__(self) -> None:
        """Refuse a sitting at no time, or at two."""
        if (self.starts_at is None) == (self.hold_id is None):
            raise ValueError("needs either startsAt or holdId")


class BookingRequest(Input, frozen=True):
    """A booking of a hold, of a slot of a service, or of all sittings of a service.

    Attributes:
        hold_id: Hold to book, instead of `serviceId` and `startsAt`. Example: null
        service_id: Service to book, together with `startsAt` or `sittings`.
            Example: svc_01JD2Z5Q0V8XKM3F7T9B4N6RWC_01JD2Z5Q0V8XKM3F7T9B4N6RWD
        starts_at: Start of the slot, a whole minute. Example: 2030-01-31T09:30:00Z
        sittings: All sittings to book together: as many as the service takes, or any number from
            the artist. Example: null
        client_id: Client to book for, who has contacted the artist; required from the artist of the
            service.
            Example: usr_01JD2Z5Q0V8XKM3F7T9B4N6RWE
        price: Price of each sitting, from the artist only; that of the service unless given.
        duration_minutes: Length of each sitting, from the artist only; that of the service unless
            given. Example: 180
        notes: Shown to the artist and the client. Example: Left forearm, please
        age_confirmation: Confirmation of the client's age; required where the age policy in force
            for the service has a minimum age, and refused otherwise.
    """

    hold_id: HoldId | None = None
    service_id: ServiceId | None = None
    starts_at: Instant | None = None
    sittings: (
        Annotated[tuple[SittingRequest, ...], Meta(min_length=1, max_length=MAX_SITTINGS)] | None
    ) = None
    client_id: RequestedClientId | None = None
    price: Money | None = None
    duration_minutes: Duration | None = None
    voucher_code: VoucherCode | None = None
    notes: Text = ""
    age_confirmation: AgeConfirmation | None = None

    def __post_init__(self) -> None:
        """Refuse a booking of nothing, or of two things."""
        named = (
            self.hold_id is not None,
            self.service_id is not None,
            self.starts_at is not None,
            self.sittings is not None,
        )
        if named not in (
            (True, False, False, False),
            (False, True, True, False),
            (False, True, False, True),
        ):
            raise ValueError("needs either holdId, or serviceId and startsAt or sittings")


class PricedSitting(Output, frozen=True):
    """A sitting with its price.

    Attributes:
        starts_at: Start of the sitting. Example: 2030-01-31T09:30:00Z
        ends_at: End of the sitting. Example: 2030-01-31T11:30:00Z
        location: Where it takes place. Example: 12 Gertrude St, Fitzroy
        time_zone: IANA time zone of its place. Example: Europe/Berlin
        list_price: Price before the discount.
        discount: What the voucher takes off.
        price: Price after the discount.
    """

    starts_at: Instant
    ends_at: Instant
    location: str
    time_zone: TimeZone
    list_price: Money
    discount: Money
    price: Money


class PricePreview(Output, frozen=True):
    """The price of a booking, if it were made now. Nothing is held, and no voucher redeemed.

    Attributes:
        sittings: The sittings, in order.
        list_price: Price of all sittings before the discount.
        discount: What the voucher takes off.
        total: Price of all sittings after the discount.
        deposit: Deposit for all sittings; null where none is asked for.
        voucher: Name of the voucher; null without one. Example: Gift voucher
    """

    sittings: list[PricedSitting]
    list_price: Money
    discount: Money
    total: Money
    deposit: Money | None
    voucher: str | None


class WalkInRequest(Input, frozen=True):
    """A client who is in the studio now, for one sitting.

    Attributes:
        service_id: Service to be booked.
        client_id: The client, if they have an account and have contacted the artist. Example: null
        name: Name of a client without an account. Example: Ada
        price: Price of the sitting; that of the service unless given.
        duration_minutes: Length of the sitting; that of the service unless given. Example: 180
        notes: Remarks about the appointment. Example: Touch-up of the line from March
        age_confirmation: Confirmation of the client's age, as of a booking.
    """

    service_id: ServiceId
    client_id: RequestedClientId | None = None
    name: Annotated[Line, Meta(max_length=100)] = ""
    price: Money | None = None
    duration_minutes: Duration | None = None
    voucher_code: VoucherCode | None = None
    notes: Text = ""
    age_confirmation: AgeConfirmation | None = None


class BankDetails(Input, frozen=True):
    """The bank account that deposits are paid to: `iban` or `accountNumber` is required.

    Attributes:
        account_name: Holder of the account. Example: Ana Lovelace
        bsb: Australian bank and branch number. Example: 063-000
        account_number: Number of the account. Example: 1234 5678
        iban: International account number, without spaces (ISO 13616).
            Example: DE89370400440532013000
        bic: Identifier of the bank (ISO 9362). Example: COBADEFFXXX
        reference: What the client should quote. Example: Deposit
    """

    account_name: Annotated[FilledText, REQUESTED_LINE, Meta(max_length=120)]
    bsb: Annotated[str, Meta(pattern=r"^[0-9]{3}-?[0-9]{3}$(?!\n)")] | None = None
    account_number: Annotated[str, Meta(pattern=r"^[0-9 -]{4,20}$(?!\n)")] | None = None
    iban: Annotated[str, Meta(pattern=r"^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$(?!\n)")] | None = None
    bic: Annotated[str, Meta(pattern=r"^[A-Z0-9]{8}([A-Z0-9]{3})?$(?!\n)")] | None = None
    reference: Annotated[str, Meta(max_length=140)] = ""

    def __post_init__(self) -> None:
        """Refuse details that name no account."""
        if self.iban is None and self.account_number is None:
            raise ValueError("needs iban or accountNumber")


class DepositView(Output, frozen=True):
    """A deposit and its ledger.

    Attributes:
        amount: Amount that was asked for, in minor units. Example: 5000
        state: State after the latest entry.
        held: Part of it that the artist holds now, in minor units. Example: 5000
        due_at: When it is due; null while no time to pay runs: it waits for the artist, a proof was
            submitted, or nothing is to be paid. Example: 2030-01-27T18:00:00Z
        refundable_until_hours: Hours before the start until which it is returned in full; null
            for any time. Example: 48
        entries: The ledger, oldest entry first.
        bank_details: Where to pay; only shown to the client, and only while payment is due.
    """

    amount: MinorUnits
    currency: Currency
    state: DepositState
    held: MinorUnits
    due_at: Instant | None
    refundable_until_hours: int | None
    entries: tuple[LedgerEntry, ...]
    bank_details: BankDetails | None = None


class ChargeView(Output, frozen=True):
    """The cost of a change for the client, and what happened to it.

    Attributes:
        number: Number of the charge within its appointment. Example: 1
        action: The change: cancel, reschedule or no_show. Example: cancel
        fee: What the change costs, in minor units. Example: 6000
        deposit_forfeited: Part of the deposit that the client lost by it. Example: 5000
        due: What the client had to pay in addition. Example: 1000
        open: What the client still owes of that. Example: 1000
        explanation: The cost in words.
            Example: Cancelling less than 24 hours before the start costs 60.00 EUR.
        at: When the change was made.
        version_id: Version of the policy that the clause belongs to; null where no policy applies.
            Example: pol_01JD2Z5Q0V8XKM3F7T9B4N6RWC_cancellation_3
        entries: The ledger of what was due, oldest entry first.
    """

    number: int
    action: str
    fee: MinorUnits
    deposit_forfeited: MinorUnits
    due: MinorUnits
    open: MinorUnits
    currency: Currency
    explanation: str
    at: Instant
    version_id: str | None
    entries: tuple[ChargeEntry, ...]


class BalanceView(Output, frozen=True):
    """The sums of an appointment's ledger, in minor units of its currency.

    Attributes:
        requested: Deposit that is asked for and not confirmed yet. Example: 0
        held: Deposit that the artist holds. Example: 5000
        returned: What the client got back. Example: 0
        forfeited: Deposit that the client lost. Example: 0
        paid: What paid charges, out of the deposit or not, and was not returned. Example: 0
        transferred: Deposit that went to other sittings. Example: 0
        due: What the client still owes for charges. Example: 1000
    """

    requested: MinorUnits
    held: MinorUnits
    returned: MinorUnits
    forfeited: MinorUnits
    paid: MinorUnits
    transferred: MinorUnits
    due: MinorUnits
    currency: Currency


class AppointmentView(Output, frozen=True):
    """An appointment as its artist and its client see it.

    Attributes:
        client_id: The client; null for a walk-in without an account.
            Example: usr_01JD2Z5Q0V8XKM3F7T9B4N6RWE
        walk_in_name: Name of a client without an account. Example: Ada
        service: The service as it was when it was booked.
        list_price: Price of this sitting before the discount: that of the service, or the
            artist's quote.
        discount: What a voucher took off.
        price: Agreed price of this sitting: `listPrice` less `discount`.
        total: Price of all sittings of its project; `price` for a single appointment.
        voucher: Name of the voucher that was redeemed with it; null without one.
            Example: Gift voucher
        starts_at: Start of the appointment. Example: 2030-01-31T09:30:00Z
        ends_at: End of the appointment. Example: 2030-01-31T11:30:00Z
        time_zone: Time zone of the place, when it was booked or moved. Example: Europe/Berlin
        local: Start in the local time of `timeZone`, with its offset.
        status: State of the appointment.
        booked_by: Who booked it.
        notes: Remarks from the booking. Example: Left forearm, please
        deposit: The deposit; null where none was asked for.
        charges: What changes of this appointment cost the client.
        balance: Sums of the deposit's and the charges' entries.
        corrections: Outcomes that were recorded by mistake, oldest first.
        policies: The policy versions that were in force when it was booked.
        policies_hash: SHA-256 of `policies`, which proves that they never changed.
            Example: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
        age_confirmation: Confirmation of the client's age by whoever booked; null where the
            policies have no minimum age.
        project: Place in its project; null for a single appointment.
        answer_by: When it expires unless the artist confirms it; null once that is done.
            Example: 2030-01-28T18:00:00Z
        reason: Why it was declined or cancelled. Example: I caught a cold
        closed_by: Who ended it; null while it is open.
        created_at: When it was booked. Example: 2030-01-25T18:00:00Z
        updated_at: When it last changed. Example: 2030-01-25T18:00:00Z
    """

    id: types.AppointmentId
    artist_id: ArtistId
    client_id: ClientId | None
    walk_in_name: str
    service: BookedService
    list_price: Money
    discount: Money
    price: Money
    total: Money
    voucher: str | None
    starts_at: Instant
    ends_at: Instant
    time_zone: TimeZone
    local: LocalInstant
    status: AppointmentStatus
    booked_by: AppointmentSide
    notes: str
    deposit: DepositView | None
    charges: list[ChargeView]
    balance: BalanceView
    corrections: tuple[Correction, ...]
    policies: list[Terms]
    policies_hash: str
    age_confirmation: AgeConfirmation | None
    project: ProjectSitting | None
    answer_by: Instant | None
    reason: str
    closed_by: AppointmentSide | None
    created_at: Instant
    updated_at: Instant
    version: Version


class AppointmentsQuery(Input, frozen=True):
    """The appointments to list.

    Attributes:
        role: Whether to list the caller's appointments as artist or as client; their own role
            unless given.
        from_: Earliest start. Example: 2030-01-01T00:00:00Z
        to: End of the range of starts. Example: 2030-02-01T00:00:00Z
        status: Statuses to list, separated by commas; all unless given.
            Example: pending,confirmed
        cursor: Position in the list, as `nextCursor` of the page before gave it.
            Example: q83vEjRWeJA
    """

    role: ListRole | None = None
    from_: Instant | None = None
    to: Instant | None = None
    status: Annotated[str, Meta(max_length=100)] | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class AppointmentList(Output, frozen=True):
    """A page of appointments.

    Attributes:
        items: The appointments, earliest start first.
    """

    items: list[AppointmentView]
    next_cursor: NextCursor


class RepublishAppointmentsRequest(Input, frozen=True):
    """The clients whose appointments are published again."""

    user_ids: Annotated[list[str], Meta(max_length=100)]


class RepublishedAppointments(Output, frozen=True):
    """The number of appointments that were published again."""

    appointments: int


class ImportedAppointment(ImportedRow, frozen=True, rename="camel"):
    """An appointment of an earlier system.

    Attributes:
        service_id: Id for its service, which the artist does not offer here.
        deposit_amount: Deposit in minor units; 0 for none.
        deposit_paid: Whether the artist has it.
    """

    artist_id: RequestedArtistId
    client_id: RequestedClientId
    service_id: ServiceId
    service_name: Annotated[FilledLine, Meta(max_length=100)]
    starts_at: Instant
    ends_at: Instant
    time_zone: TimeZone
    status: Literal["pending", "confirmed", "completed", "declined", "cancelled", "no_show"]
    price: Money
    created_at: Instant
    updated_at: Instant
    location: Annotated[str, Meta(max_length=200)] = ""
    notes: Text = ""
    deposit_amount: MinorUnits = 0
    deposit_paid: bool = False


# ---- changes -------------------------------------------------------------------------------------


class CostPreviewQuery(Input, frozen=True):
    """The option to preview the cost without a change.

    Attributes:
        preview: Answer what the change would cost, and change nothing. Example: true
    """

    preview: bool = False


class CancelAppointmentRequest(Input, frozen=True):
    """The cancellation of an appointment.

    Attributes:
        reason: Shown to the other side. Example: I caught a cold
    """

    reason: Text = ""
    version: PreviewVersion | None = None


class RescheduleAppointmentRequest(Input, frozen=True):
    """The move of an appointment to another time.

    Attributes:
        starts_at: New start, a whole minute. Example: 2030-02-07T09:30:00Z
    """

    starts_at: Instant
    version: PreviewVersion | None = None


class DeclineAppointmentRequest(Input, frozen=True):
    """The refusal of a booking.

    Attributes:
        reason: Shown to the client. Example: I am at a convention that week
    """

    reason: Text = ""


class CorrectAppointmentRequest(Input, frozen=True):
    """The correction of an outcome that was recorded by mistake.

    Attributes:
        reason: Shown to the client. Example: I picked the wrong appointment
    """

    reason: Reason


class CostPreview(Output, frozen=True):
    """The cost of a change for the client, if it were made now.

    `fee` is `depositForfeited` + `due`, unless the forfeited deposit is worth more. Send `version`
    with the change: it is refused if the cost is a different one by then.

    Attributes:
        fee: What the change costs.
        deposit_forfeited: Part of the deposit that the client loses.
        deposit_returned: Part of the deposit that the client gets back.
        due: What the client has to pay in addition.
        charges_settled: Part of the deposit that pays earlier charges which are still open.
        voucher_lost: Whether the voucher that was redeemed with the booking is lost. Otherwise it
            can be redeemed again once the booking has ended.
        clause: The clause that decides; null where no policy applies.
        explanation: The cost in words.
            Example: Cancelling less than 24 hours before the start costs 60.00 EUR.
        version: Identifies this cost of this change. Example: 9f86d081884c7d659a2feaa0c55ad015
    """

    fee: Money
    deposit_forfeited: Money
    deposit_returned: Money
    due: Money
    charges_settled: Money
    voucher_lost: bool
    clause: Clause | None
    explanation: str
    version: str


class BookingStatementView(Output, frozen=True):
    """Price and terms of one booking in words, as they are charged now.

    Attributes:
        price: The price. Example: Fine line tattoo, 2030-01-31T09:30:00+11:00: 120.00 AUD (120 min)
        deposit: The deposit.
            Example: Fine line tattoo, 2030-01-31T09:30:00+11:00: no deposit
        cancellation: What cancelling costs the client.
            Example: Fine line tattoo, 2030-01-31T09:30:00+11:00: free of charge
        expires_at: When the statement can no longer be sent.
        statement: All of it, signed; `bookingStatement` of a quick action.
            Example: mGJ2ZxkTn5eWv0bE8J4Q0lsiYXB0XzAxSkQyWjVRMFY4WEtNM0Y3VDlCNE42UldDIl0
    """

    price: str
    deposit: str
    cancellation: str
    expires_at: Instant
    statement: str


# ---- projects ------------------------------------------------------------------------------------


class SittingFrequency(StrEnum):
    """How the sittings of a project follow each other."""

    SINGLE = "single"
    CONSECUTIVE = "consecutive"
    WEEKLY = "weekly"
    BIWEEKLY = "biweekly"
    MONTHLY = "monthly"


class SittingPlanRequest(Input, frozen=True):
    """A project to find a slot per sitting for.

    Attributes:
        service_id: Service of all sittings.
        client_id: Client of the project, who has contacted the artist.
        frequency: How the sittings follow each other.
        starts_on: Date of the first sitting in the time zone of its place. Example: 2030-01-31
        sittings: Number of sittings; that of the service unless given. Example: 3
        price: Price of each sitting; that of the service unless given.
        duration_minutes: Length of each sitting; that of the service unless given. Example: 180
    """

    service_id: ServiceId
    client_id: RequestedClientId
    frequency: SittingFrequency
    starts_on: LocalDate
    sittings: Annotated[int, Meta(ge=1, le=MAX_SITTINGS)] | None = None
    price: Money | None = None
    duration_minutes: Duration | None = None


class PlannedSitting(Output, frozen=True):
    """A free slot for one sitting.

    Attributes:
        starts_at: Start of the sitting. Example: 2030-01-31T09:30:00Z
        ends_at: End of the sitting. Example: 2030-01-31T11:30:00Z
        local: Start in the local time of `timeZone`, with its offset.
        time_zone: IANA time zone of the place. Example: Europe/Berlin
        location: Where the sitting would take place. Example: 12 Gertrude St, Fitzroy
    """

    starts_at: Instant
    ends_at: Instant
    local: LocalInstant
    time_zone: TimeZone
    location: str


class SittingPlan(Output, frozen=True):
    """Free slots for all sittings of a project, and their total price. Nothing is held.

    Attributes:
        sittings: A slot per sitting, in order.
        price: Price of one sitting.
        total: Price of all sittings.
        deposit: Deposit for the project; null where none is asked for.
        time_zone: Time zone of the artist's default schedule. Example: Europe/Berlin
    """

    service_id: types.ServiceId
    client_id: ClientId
    sittings: list[PlannedSitting]
    price: Money
    total: Money
    deposit: Money | None
    time_zone: TimeZone


class SittingToPropose(Input, frozen=True):
    """One sitting to propose.

    Attributes:
        starts_at: Start of the sitting, a whole minute. Example: 2030-01-31T09:30:00Z
        price: Price of this sitting; that of the proposal unless given.
        duration_minutes: Length of this sitting; that of the proposal unless given. Example: 180
    """

    starts_at: Instant
    price: Money | None = None
    duration_minutes: Duration | None = None


class ProposalRequest(Input, frozen=True):
    """Dates to propose to a client, as `startsAt` or `sittings`.

    Attributes:
        service_id: Service of all sittings.
        client_id: Client of the project, who has contacted the artist.
        starts_at: Start of each sitting, a whole minute.
        sittings: The sittings, where they differ in price or length. Example: null
        price: Price of each sitting; that of the service unless given.
        duration_minutes: Length of each sitting; that of the service unless given. Example: 180
        message: Shown to the client. Example: I would do the outline first, then the shading.
        expires_in_hours: How long the client may take to answer; at most until the first sitting.
            Example: 72
        consultation_id: Open consultation of this client with the artist, which the proposal
            answers. Example: cns_01JD2Z5Q0V8XKM3F7T9B4N6RWC
    """

    service_id: ServiceId
    client_id: RequestedClientId
    starts_at: (
        Annotated[tuple[Instant, ...], Meta(min_length=1, max_length=MAX_SITTINGS)] | None
    ) = None
    sittings: (
        Annotated[tuple[SittingToPropose, ...], Meta(min_length=1, max_length=MAX_SITTINGS)] | None
    ) = None
    price: Money | None = None
    duration_minutes: Duration | None = None
    message: Text = ""
    expires_in_hours: Annotated[int, Meta(ge=1, le=30 * 24)] = 72
    consultation_id: ConsultationId | None = None

    def __post_init__(self) -> None:
        """Refuse a proposal without dates, or with two lists of them."""
        if (self.starts_at is None) == (self.sittings is None):
            raise ValueError("needs either startsAt or sittings")


class ProposedSitting(Output, frozen=True):
    """Time, place and price of one sitting of a proposal.

    Attributes:
        starts_at: Start of the sitting. Example: 2030-01-31T09:30:00Z
        ends_at: End of the sitting. Example: 2030-01-31T11:30:00Z
        location: Where it takes place. Example: Rua da Rosa 12, Lisbon
        time_zone: IANA time zone of its place. Example: Europe/Lisbon
        price: Price of the sitting.
    """

    starts_at: Instant
    ends_at: Instant
    location: str
    time_zone: TimeZone
    price: Money


class ProposalView(Output, frozen=True):
    """A proposal as its artist and its client see it.

    Attributes:
        service: The service as it was when the proposal was sent.
        price: Price of a sitting; see `sittings` where they differ.
        total: Price of all sittings.
        deposit: Deposit for the project; null where none is asked for.
        sittings: Time, place and price of each sitting.
        time_zone: Time zone of the first sitting's place, when it was sent.
            Example: Europe/Berlin
        message: Text from the artist.
            Example: I would do the outline first, then the shading.
        consultation_id: Consultation that it answers. Example: cns_01JD2Z5Q0V8XKM3F7T9B4N6RWC
        status: State of the proposal.
        policies: The policy versions that were in force when it was sent.
        policies_hash: SHA-256 of `policies`, which proves that they never changed.
            Example: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
        appointment_ids: The appointments it became; empty until it is accepted.
        created_at: When it was sent. Example: 2030-01-25T18:00:00Z
        expires_at: Until when the client can answer. Example: 2030-01-28T18:00:00Z
    """

    id: ProposalId
    artist_id: ArtistId
    client_id: ClientId
    service: BookedService
    price: Money
    total: Money
    deposit: Money | None
    sittings: tuple[ProposedSitting, ...]
    time_zone: TimeZone
    message: str
    consultation_id: types.ConsultationId | None
    status: ProposalStatus
    policies: list[Terms]
    policies_hash: str
    appointment_ids: tuple[types.AppointmentId, ...]
    created_at: Instant
    expires_at: Instant
    version: Version


class ProposalsQuery(Input, frozen=True):
    """The proposals to list.

    Attributes:
        role: Whether to list the caller's proposals as artist or as client; their own role unless
            given.
        cursor: Position in the list, as `nextCursor` of the page before gave it.
            Example: q83vEjRWeJA
    """

    role: ListRole | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class AcceptProposalRequest(Input, frozen=True):
    """The acceptance of a proposal.

    Attributes:
        age_confirmation: Confirmation of the client's age; required where the policies of the
            proposal have a minimum age, and refused otherwise.
    """

    age_confirmation: AgeConfirmation | None = None
    voucher_code: VoucherCode | None = None


class ProposalList(Output, frozen=True):
    """A page of proposals.

    Attributes:
        items: The proposals, oldest first.
    """

    items: list[ProposalView]
    next_cursor: NextCursor


# ---- deposits ------------------------------------------------------------------------------------


class DepositProofRequest(Input, frozen=True):
    """Proof that the client paid the deposit.

    Attributes:
        reference: What the artist finds on their bank statement. Example: ADA LOVELACE DEPOSIT
        files: Files that show the payment: clean files that the client uploaded.
    """

    reference: Annotated[FilledText, Meta(max_length=500)]
    files: Annotated[tuple[FileId, ...], Meta(max_length=MAX_PROOFS)] = ()


class DepositNoteRequest(Input, frozen=True):
    """A note for the ledger.

    Attributes:
        note: Remark of the artist. Example: Arrived on Monday
    """

    note: Annotated[str, Meta(max_length=500)] = ""


class WaiveDepositRequest(Input, frozen=True):
    """The waiver of a deposit that was not paid.

    Attributes:
        reason: Shown to the client. Example: You are a regular
    """

    reason: Reason


class RefundDepositRequest(Input, frozen=True):
    """A refund of the deposit, or of a part of it.

    Attributes:
        amount: Amount in minor units, held or forfeited; all that is held unless given or, where
            nothing is held, all that was forfeited. Example: 2500
        note: Remark of the artist. Example: Sent back by bank transfer
    """

    amount: Annotated[int, Meta(ge=1)] | None = None
    note: Annotated[str, Meta(max_length=500)] = ""


class TransferDepositRequest(Input, frozen=True):
    """A transfer of the deposit to another sitting of the same project.

    Attributes:
        appointment_id: The other sitting. Example: apt_01JD2Z5Q0V8XKM3F7T9B4N6RWD
    """

    appointment_id: Annotated[str, Meta(max_length=64)]


class ChargeRequest(Input, frozen=True):
    """What to record for a charge.

    Attributes:
        reason: Shown to the client. Example: The train was late
        amount: Amount in minor units; the whole unless given. Example: 2500
    """

    reason: Reason
    amount: Annotated[int, Meta(ge=1)] | None = None


class SettlementSource(StrEnum):
    """The money that pays a charge: the held deposit, or a payment of the client."""

    DEPOSIT = "deposit"
    PAYMENT = "payment"


class SettleChargeRequest(ChargeRequest, frozen=True, kw_only=True):
    """The payment of a charge.

    Attributes:
        source: Whether it is taken from the held deposit, or was paid by the client.
    """

    source: SettlementSource


# ---- waitlist ------------------------------------------------------------------------------------


class JoinWaitlistRequest(Input, frozen=True):
    """The dates on which a client would take a slot of a service.

    Attributes:
        service_id: Service to wait for.
        first_date: First date in the time zone of the place. Example: 2030-01-31
        last_date: Last date in the time zone of the place. Example: 2030-02-14
    """

    service_id: ServiceId
    first_date: LocalDate
    last_date: LocalDate

    def __post_init__(self) -> None:
        """Refuse dates that are in the wrong order."""
        if self.last_date < self.first_date:
            raise ValueError("lastDate must not be before firstDate")


class WaitlistOfferView(Output, frozen=True):
    """A freed slot that is held for a client on the waitlist.

    Attributes:
        hold_id: Hold that the client can book.
        starts_at: Start of the slot. Example: 2030-01-31T09:30:00Z
        ends_at: End of the slot. Example: 2030-01-31T11:30:00Z
        answer_until: When the offer ends. Example: 2030-01-25T20:00:00Z
    """

    hold_id: HoldPathId
    starts_at: Instant
    ends_at: Instant
    answer_until: Instant


class WaitlistEntryView(Output, frozen=True):
    """A client's entry on the waitlist of a service.

    Attributes:
        first_date: First date in the time zone of the place. Example: 2030-01-31
        last_date: Last date in the time zone of the place. Example: 2030-02-14
        status: State of the entry.
        offer: The slot that is held for the client; null while there is none.
        created_at: When the client joined. Example: 2030-01-25T18:00:00Z
    """

    id: WaitlistEntryId
    artist_id: ArtistId
    client_id: ClientId
    service_id: types.ServiceId
    first_date: LocalDate
    last_date: LocalDate
    status: WaitlistEntryStatus
    offer: WaitlistOfferView | None
    created_at: Instant


class WaitlistQuery(Input, frozen=True):
    """The waitlist entries to list.

    Attributes:
        role: Whether to list the entries on the caller's lists as artist, or the caller's own
            entries as client; their own role unless given.
        cursor: Position in the list, as `nextCursor` of the page before gave it.
            Example: q83vEjRWeJA
    """

    role: ListRole | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class WaitlistEntryList(Output, frozen=True):
    """A page of waitlist entries.

    Attributes:
        items: The entries, first in line first.
    """

    items: list[WaitlistEntryView]
    next_cursor: NextCursor


# ---- overview ------------------------------------------------------------------------------------


class AppointmentOverviewQuery(Input, frozen=True):
    """The overview to return.

    Attributes:
        role: Whether to show the caller's side as artist or as client; their own role unless
            given.
        time_zone: IANA time zone that today and this month are read in; that of the place where
            the artist is, else UTC, unless given. Example: Europe/Berlin
    """

    role: ListRole | None = None
    time_zone: ZoneName | None = None


class AppointmentOverview(Output, frozen=True):
    """Appointments, deposits and proposals that need the attention of an artist or a client.

    Attributes:
        role: The side that is shown.
        today: Today's appointments.
        next: The next appointment; null if there is none.
        pending: Appointments that wait for the artist's answer.
        deposits_due: Appointments whose deposit the client has to pay or the artist to confirm.
        proposals: Proposals that wait for the client's answer.
        revenue: Price of the appointments completed this month, per currency; empty for clients.
    """

    role: AppointmentSide
    today: list[AppointmentView]
    next: AppointmentView | None
    pending: list[AppointmentView]
    deposits_due: list[AppointmentView]
    proposals: list[ProposalView]
    revenue: list[Money]


# ---- calendars -----------------------------------------------------------------------------------


class CalendarFeed(Output, frozen=True):
    """The caller's calendar feed.

    Attributes:
        active: Whether the caller has a feed. Example: true
        path: Secret path of the feed; only in the response that creates it.
            Example: /v1/appointments/calendar/Zk3J9vQ0p7Yb1c5d8e2f4g6h-ExampleToken.ics
    """

    active: bool
    path: str | None = None


class ExternalCalendarRequest(Input, frozen=True):
    """A calendar of another program whose busy times should block slots.

    Attributes:
        name: Name shown to the artist. Example: Family
        url: Address of its ICS file, https or webcal.
            Example: https://calendar.example.com/ana/private.ics
    """

    name: Title
    url: Annotated[str, Meta(min_length=8, max_length=2000)]


class ExternalCalendarView(Output, frozen=True):
    """A calendar of another program. Its URL is a secret and is never shown.

    Attributes:
        name: Name shown to the artist. Example: Family
        host: Host of its URL. Example: calendar.example.com
        blocks: Number of busy times that were read from it. Example: 12
        refreshed_at: When it was last read; null before that. Example: 2030-01-25T18:00:00Z
        problem: Why it could not be read; null while it can. What was read before still blocks
            slots. Example: The server took too long to answer.
        failing_since: Since when it cannot be read; null while it can.
            Example: 2030-01-25T18:30:00Z
        unclear_count: Number of events that could not be read completely. What is known of their
            time blocks slots. Example: 1
        unclear: The first ten of these events.
    """

    id: ExternalCalendarId
    name: str
    host: str
    blocks: int
    refreshed_at: Instant | None
    problem: str | None
    failing_since: Instant | None
    unclear_count: int
    unclear: list[UnclearEvent]


class ExternalCalendarList(Output, frozen=True):
    """The caller's external calendars.

    Attributes:
        items: The calendars, oldest first; at most five.
    """

    items: list[ExternalCalendarView]
