"""What appointments is asked and answers. What it tells others stands in `facts`."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct

from appointments.models import (
    Agreed,
    Charge,
    DateOverride,
    DepositRule,
    DepositState,
    Instant,
    LedgerEntry,
    Minutes,
    Mode,
    Money,
    Project,
    ProposalStatus,
    Service,
    Side,
    Sitting,
    Status,
    TimeOff,
    WaitlistMode,
    WaitStatus,
    Week,
)
from domain.policy_terms import Clause, Kind, Terms
from shared.http.decoding import Input, Output

# Python's `$` lets a line break follow: (?!\n) does not.
_ULID = "[0-9A-HJKMNP-TV-Z]{26}"
UserId = Annotated[str, Meta(pattern=rf"^usr_{_ULID}$(?!\n)")]
FileId = Annotated[str, Meta(pattern=rf"^fil_{_ULID}$(?!\n)")]
ServiceId = Annotated[str, Meta(pattern=rf"^svc_{_ULID}_{_ULID}$(?!\n)")]
ConsultationId = Annotated[str, Meta(pattern=rf"^cns_{_ULID}$(?!\n)")]
HoldId = Annotated[str, Meta(pattern=rf"^hld_{_ULID}_[0-9]{{8}}_{_ULID}$(?!\n)")]
ZoneName = Annotated[str, Meta(min_length=1, max_length=64)]
Title = Annotated[str, Meta(min_length=1, max_length=120, pattern=r"\S")]
Text = Annotated[str, Meta(max_length=2000)]
TakingPart = Literal["artist", "client"]
Limit = Annotated[int, Meta(ge=1, le=100)]
Cursor = Annotated[str, Meta(max_length=1024)]
# A moment, or a date that stands for its midnight in the zone of the question.
_DATE, _TIME, _OFFSET = (
    r"\d{4}-\d{2}-\d{2}",
    r"\d{2}:\d{2}(:\d{2}(\.\d+)?)?",
    r"(Z|[+-]\d{2}:\d{2})",
)
DateOrInstant = Annotated[str, Meta(pattern=rf"^{_DATE}(T{_TIME}{_OFFSET})?$(?!\n)")]

MAX_SITTINGS = 12
MAX_PROOFS = 5


# ---- catalogue and availability ----------------------------------------------------------------


class ServiceRequest(Input, frozen=True):
    """A service as its artist describes it. `price` is that of one sitting."""

    name: Title
    duration_minutes: Annotated[int, Meta(ge=5, le=24 * 60)]
    price: Money
    description: Text = ""
    location: Annotated[str, Meta(max_length=200)] = ""
    sittings: Annotated[int, Meta(ge=1, le=MAX_SITTINGS)] = 1
    buffer_before_minutes: Minutes = 0
    buffer_after_minutes: Minutes = 0
    deposit: DepositRule | None = None
    minimum_notice_minutes: Annotated[int, Meta(ge=0, le=365 * 24 * 60)] = 120
    booking_horizon_days: Annotated[int, Meta(ge=1, le=730)] = 90
    slot_interval_minutes: Annotated[int, Meta(ge=5, le=24 * 60)] = 30
    daily_limit: Annotated[int, Meta(ge=1, le=100)] | None = None
    mode: Mode = Mode.DIRECT
    waitlist_mode: WaitlistMode = WaitlistMode.FIRST_IN_LINE
    waitlist_answer_minutes: Annotated[int, Meta(ge=5, le=7 * 24 * 60)] = 120


class ServicesQuery(Input, frozen=True):
    """Whose services."""

    artist_id: UserId


class Services(Output, frozen=True):
    """The services of an artist; there are at most a hundred."""

    items: list[Service]


class AvailabilityRequest(Input, frozen=True):
    """When the artist can be booked, by the wall clock of an IANA time zone."""

    time_zone: ZoneName
    weekly: Week = Week()
    overrides: Annotated[tuple[DateOverride, ...], Meta(max_length=400)] = ()
    time_off: Annotated[tuple[TimeOff, ...], Meta(max_length=400)] = ()


class SlotsQuery(Input, frozen=True):
    """Which slots: of a service of an artist, from a moment or date until another, in which zone.

    `from` defaults to now, `to` to a month later; a date means its whole day in `timeZone`, which
    defaults to the artist's.
    """

    artist_id: UserId
    service_id: ServiceId
    from_: DateOrInstant | None = None
    to: DateOrInstant | None = None
    time_zone: ZoneName | None = None
    cursor: Cursor | None = None
    limit: Annotated[int, Meta(ge=1, le=1000)] = 500


class Slot(Output, frozen=True):
    """A time that can be booked. `local`: its start as the wall clock shows it, with its offset."""

    starts_at: datetime
    ends_at: datetime
    local: str


class Slots(Output, frozen=True):
    """Free slots in order."""

    items: list[Slot]
    next_cursor: str | None


# ---- booking -----------------------------------------------------------------------------------


class HoldRequest(Input, frozen=True):
    """Keep a slot for me while I fill in the form."""

    service_id: ServiceId
    starts_at: Instant


class Hold(Output, frozen=True):
    """A slot that is kept for its owner until it expires."""

    id: str
    service_id: str
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime


class BookingRequest(Input, frozen=True):
    """Book a hold, or a slot of a service. An artist names the client they book for."""

    hold_id: HoldId | None = None
    service_id: ServiceId | None = None
    starts_at: Instant | None = None
    client_id: UserId | None = None
    notes: Text = ""

    def __post_init__(self) -> None:
        """Refuse a booking of nothing, or of two things."""
        by_slot = self.service_id is not None and self.starts_at is not None
        partly = self.service_id is not None or self.starts_at is not None
        if (self.hold_id is None) != by_slot or (self.hold_id is not None and partly):
            raise ValueError("needs either holdId or serviceId and startsAt")


class WalkInRequest(Input, frozen=True):
    """Somebody is here now, with an account or just a name."""

    service_id: ServiceId
    client_id: UserId | None = None
    name: Annotated[str, Meta(max_length=100)] = ""
    notes: Text = ""


class BankDetails(Input, frozen=True):
    """Where a deposit is paid to."""

    account_name: Title
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
    """A deposit: what is asked, where it stands, and what happened to it.

    `held`: what the artist has of it now. `bankDetails`: only for the client, only while it is due.
    """

    amount: int
    currency: str
    state: DepositState
    held: int
    refundable_until_hours: int | None
    entries: tuple[LedgerEntry, ...]
    bank_details: BankDetails | None = None


class AppointmentView(Output, frozen=True):
    """An appointment as the two who take part in it see it.

    `timeZone` is the artist's when it was booked; `policies` are the versions frozen into it and
    `policiesHash` proves that they never changed. `answerBy`: when it expires unless confirmed.
    """

    id: str
    artist_id: str
    client_id: str | None
    walk_in_name: str
    service: Agreed
    price: Money
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    local: str
    status: Status
    booked_by: Side
    notes: str
    deposit: DepositView | None
    charges: tuple[Charge, ...]
    policies: list[Terms]
    policies_hash: str
    project: Project | None
    answer_by: datetime | None
    reason: str
    closed_by: Side | None
    created_at: datetime
    updated_at: datetime
    version: int


class AppointmentsQuery(Input, frozen=True):
    """Which appointments: as artist or client, that start in [from, to), in these states."""

    role: TakingPart | None = None
    from_: Instant | None = None
    to: Instant | None = None
    status: Annotated[str, Meta(max_length=100)] | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class Appointments(Output, frozen=True):
    """Appointments by their start."""

    items: list[AppointmentView]
    next_cursor: str | None


# ---- changing ----------------------------------------------------------------------------------


class PreviewQuery(Input, frozen=True):
    """`?preview=true` answers what it would cost, and changes nothing."""

    preview: bool = False


class CancelRequest(Input, frozen=True):
    """Cancel. `version` is that of the preview; it is needed where cancelling costs something."""

    reason: Text = ""
    version: Annotated[str, Meta(max_length=64)] | None = None


class RescheduleRequest(Input, frozen=True):
    """Move to another start. `version` is that of the preview, needed where it costs something."""

    starts_at: Instant
    version: Annotated[str, Meta(max_length=64)] | None = None


class DeclineRequest(Input, frozen=True):
    """Decline, and say why."""

    reason: Text = ""


class CostPreview(Output, frozen=True):
    """What a change would cost the client now, and by which clause.

    `fee` = `depositForfeited` + `due` unless a deposit worth more is forfeited. Send `version` with
    the change: it is refused when the cost is not this one any more.
    """

    fee: Money
    deposit_forfeited: Money
    deposit_returned: Money
    due: Money
    clause: Clause | None
    explanation: str
    version: str


# ---- projects ----------------------------------------------------------------------------------


class Frequency(StrEnum):
    """How the sittings of a project follow each other."""

    SINGLE = "single"
    CONSECUTIVE = "consecutive"
    WEEKLY = "weekly"
    BIWEEKLY = "biweekly"
    MONTHLY = "monthly"


class PlanRequest(Input, frozen=True):
    """Find a slot for every sitting of a project, from a date of the artist's zone on."""

    service_id: ServiceId
    client_id: UserId
    frequency: Frequency
    starts_on: date
    sittings: Annotated[int, Meta(ge=1, le=MAX_SITTINGS)] | None = None  # the service's otherwise


class PlannedSitting(Output, frozen=True):
    """A slot for one sitting. `local`: its start by the artist's wall clock."""

    starts_at: datetime
    ends_at: datetime
    local: str


class Plan(Output, frozen=True):
    """Slots for all sittings and what they cost together. Nothing is kept or promised."""

    service_id: str
    client_id: str
    sittings: list[PlannedSitting]
    price: Money
    total: Money
    deposit: Money | None
    time_zone: str


class ProposalRequest(Input, frozen=True):
    """Propose these starts to a client; they are kept free until the proposal ends.

    It ends after `expiresInHours`, or when its first sitting would start. `consultationId`: which
    consultation of the two it comes of.
    """

    service_id: ServiceId
    client_id: UserId
    starts_at: Annotated[tuple[Instant, ...], Meta(min_length=1, max_length=MAX_SITTINGS)]
    message: Text = ""
    expires_in_hours: Annotated[int, Meta(ge=1, le=30 * 24)] = 72
    consultation_id: ConsultationId | None = None


class ProposalView(Output, frozen=True):
    """A proposal as the two who take part in it see it."""

    id: str
    artist_id: str
    client_id: str
    service: Agreed
    price: Money
    total: Money
    deposit: Money | None
    sittings: tuple[Sitting, ...]
    time_zone: str
    message: str
    consultation_id: str | None
    status: ProposalStatus
    policies: list[Terms]
    policies_hash: str
    appointment_ids: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    version: int


class ProposalsQuery(Input, frozen=True):
    """Which proposals: as artist or client."""

    role: TakingPart | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class Proposals(Output, frozen=True):
    """Proposals, oldest first."""

    items: list[ProposalView]
    next_cursor: str | None


# ---- deposits ----------------------------------------------------------------------------------


class ProofRequest(Input, frozen=True):
    """The client paid; `reference` is what the artist finds on their statement.

    `files`: what shows it, of the client's own files; nobody else's are shown to the artist.
    """

    reference: Annotated[str, Meta(min_length=1, max_length=500)]
    files: Annotated[tuple[FileId, ...], Meta(max_length=MAX_PROOFS)] = ()


class NoteRequest(Input, frozen=True):
    """A note for the ledger."""

    note: Annotated[str, Meta(max_length=500)] = ""


class RefundRequest(Input, frozen=True):
    """The artist gave this much back (minor units); all that is held unless it says so."""

    amount: Annotated[int, Meta(ge=1)] | None = None
    note: Annotated[str, Meta(max_length=500)] = ""


class TransferRequest(Input, frozen=True):
    """Apply the deposit to another sitting of the same project."""

    appointment_id: Annotated[str, Meta(max_length=64)]


# ---- waitlist ----------------------------------------------------------------------------------


class WaitRequest(Input, frozen=True):
    """Wait for a slot of a service that starts on one of these dates of the artist's zone."""

    service_id: ServiceId
    first_date: date
    last_date: date

    def __post_init__(self) -> None:
        """Refuse dates the wrong way round."""
        if self.last_date < self.first_date:
            raise ValueError("lastDate must not be before firstDate")


class OfferView(Output, frozen=True):
    """A freed slot that is kept for somebody: `holdId` books it until `answerUntil`."""

    hold_id: str
    starts_at: datetime
    ends_at: datetime
    answer_until: datetime


class WaitView(Output, frozen=True):
    """A place on a waitlist, with the slot that is on offer, if any."""

    id: str
    artist_id: str
    client_id: str
    service_id: str
    first_date: date
    last_date: date
    status: WaitStatus
    offer: OfferView | None
    created_at: datetime


class WaitsQuery(Input, frozen=True):
    """Which places: those on the caller's list as artist, or the caller's own as client."""

    role: TakingPart | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class Waits(Output, frozen=True):
    """Places on waitlists, first in line first."""

    items: list[WaitView]
    next_cursor: str | None


# ---- overview ----------------------------------------------------------------------------------


class OverviewQuery(Input, frozen=True):
    """The overview of the caller as artist or as client; by their role unless it says so.

    `timeZone` says when today and this month begin: the artist's, else UTC, unless it is given.
    """

    role: TakingPart | None = None
    time_zone: ZoneName | None = None


class Overview(Output, frozen=True):
    """What matters now.

    `revenue` is what was completed in this month of the artist's zone, per currency;
    `depositsDue` those the client has yet to pay or the artist to confirm.
    """

    role: Side
    today: list[AppointmentView]
    next: AppointmentView | None
    pending: list[AppointmentView]
    deposits_due: list[AppointmentView]
    proposals: list[ProposalView]
    revenue: list[Money]


# ---- calendars ---------------------------------------------------------------------------------


class Feed(Output, frozen=True):
    """Whether the caller has a calendar feed; `path` only in the answer that makes it."""

    active: bool
    path: str | None = None


class ExternalCalendarRequest(Input, frozen=True):
    """A calendar elsewhere whose busy times keep slots free: the URL of its ICS."""

    name: Title
    url: Annotated[str, Meta(min_length=8, max_length=2000)]


class ExternalCalendarView(Output, frozen=True):
    """A calendar elsewhere. `problem`: why it could not be read. Its URL stays a secret."""

    id: str
    name: str
    host: str
    blocks: int
    refreshed_at: datetime | None
    problem: str | None


class ExternalCalendars(Output, frozen=True):
    """The calendars elsewhere; there are at most five."""

    items: list[ExternalCalendarView]


class RefreshOrder(Struct, frozen=True):
    """Read this calendar again."""

    artist_id: str
    calendar_id: str


# ---- what is heard -----------------------------------------------------------------------------


class Heard(Struct, frozen=True, rename="camel"):
    """Base of what is read of an event, whatever else it holds."""


class UserDeleted(Heard, frozen=True):
    """`user.deleted`."""

    user_id: str


class PolicyPublished(Heard, frozen=True):
    """`policy.published`: the version that holds from now on."""

    terms: Terms


class PolicyWithdrawn(Heard, frozen=True):
    """`policy.withdrawn`: versions of this subject up to `number` hold no longer."""

    artist_id: str
    service_id: str | None
    kind: Kind
    form: str | None
    number: int


class AppointmentHeard(Heard, frozen=True):
    """Our own `appointment.created`, and what the others of its kind share."""

    appointment_id: str
    starts_at: Instant
    ends_at: Instant


class AppointmentMoved(Heard, frozen=True):
    """Our own `appointment.rescheduled`: when it would have taken place."""

    appointment_id: str
    previous_starts_at: Instant
    previous_ends_at: Instant


class ProposalHeard(Heard, frozen=True):
    """Our own `proposal.*`."""

    proposal_id: str


class ServiceRemoved(Heard, frozen=True):
    """Our own `service.removed`."""

    artist_id: str
    service_id: str
