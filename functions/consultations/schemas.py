"""Requests and responses of the consultations API."""

from typing import Annotated, Literal

from msgspec import Meta

from consultations.models import (
    AnswerValue,
    Budget,
    ConsultationFolder,
    ConsultationPicture,
    ConsultationSide,
    ConsultationStatus,
    IntakeQuestion,
    Palette,
    PreferredWindow,
    QuestionKey,
    RequestDetails,
)
from domain import types
from domain.imported_rows import ImportedRow
from domain.policy_terms import AgeConfirmation
from domain.types import (
    AppointmentId,
    ArtistId,
    ClientId,
    ConsultationId,
    FileId,
    FilledLine,
    FilledText,
    Instant,
    Line,
    LocalDate,
    NextCursor,
    ServiceId,
    UserId,
    Version,
)
from shared.http.decoding import Input, Output

# In Python, `$` also matches before a final line break; (?!\n) rules that out.
_ULID = "[0-9A-HJKMNP-TV-Z]{26}"
ValidArtistId = Annotated[ArtistId, Meta(pattern=rf"^usr_{_ULID}$(?!\n)")]
ValidServiceId = Annotated[ServiceId, Meta(pattern=rf"^svc_{_ULID}_{_ULID}$(?!\n)")]
ValidFileId = Annotated[FileId, Meta(pattern=rf"^fil_{_ULID}$(?!\n)")]
Subject = Annotated[
    FilledLine,
    Meta(
        max_length=255,
        description="Short title of the request.",
        examples=["A swallow"],
    ),
]
ShortText = Annotated[Line, Meta(max_length=120)]
Cursor = Annotated[types.Cursor, Meta(max_length=1024)]
IntakeVersion = Annotated[
    int,
    Meta(ge=1, le=999_999, description="Version of the artist's intake form.", examples=[3]),
]

MAX_FILES = 10
MAX_QUESTIONS = 50


# ---- intake ------------------------------------------------------------------------------------


class ReplaceIntakeRequest(Input, frozen=True):
    """The next version of an intake form.

    Attributes:
        questions: Questions in the order in which they are asked; may be empty.
            Example: [{"key": "allergies", "type": "yes_no", "label": "Do you have any allergies?",
            "required": true}, {"key": "which_ones", "type": "text", "label": "Which ones?",
            "shownIf": {"question": "allergies", "oneOf": [true]}}]
    """

    questions: Annotated[tuple[IntakeQuestion, ...], Meta(max_length=MAX_QUESTIONS)]


class IntakeQuery(Input, frozen=True):
    """The intake form to read.

    Attributes:
        artist_id: Artist whose form is read.
        version: Version to read; the newest one when left out. Example: 3
    """

    artist_id: ValidArtistId
    version: IntakeVersion | None = None


class IntakeView(Output, frozen=True):
    """One version of an artist's intake form.

    Attributes:
        version: Number of the version; 0 for an artist who never saved a form. Example: 3
        questions: Questions in the order in which they are asked.
            Example: [{"key": "allergies", "type": "yes_no", "label": "Do you have any allergies?",
            "required": true}, {"key": "which_ones", "type": "text", "label": "Which ones?",
            "shownIf": {"question": "allergies", "oneOf": [true]}}]
        created_at: When the version was saved; null for version 0.
        answerable_until: Until when the version can be answered; null while it is the newest.
            Example: null
        answerable_hours: For so many hours after it is replaced, a version can still be answered by
            clients who opened it before. Example: 24
    """

    artist_id: ArtistId
    version: int
    questions: tuple[IntakeQuestion, ...]
    created_at: Instant | None
    answerable_until: Instant | None
    answerable_hours: int


class IntakeAnswersRequest(Input, frozen=True):
    """Answers to an artist's intake form.

    Attributes:
        version: Version of the form that is answered: the newest, or one that was replaced at most
            24 hours ago; 0 if there was no form. Example: 3
        answers: Answers by the keys of their questions.
            Example: {"allergies": true, "which_ones": "Peanuts"}
    """

    version: Annotated[int, Meta(ge=0, le=999_999)]
    answers: Annotated[dict[QuestionKey, AnswerValue], Meta(max_length=MAX_QUESTIONS)]


# ---- requests ----------------------------------------------------------------------------------


class ConsultationRequest(Input, frozen=True):
    """A request for a consultation.

    Attributes:
        artist_id: Artist to ask for a consultation.
        description: What the client would like. Example: Like the one my grandfather had.
        service_id: Service the request is about; it must be the artist's.
        preferred_windows: Ranges of dates that would suit the client.
        placement: Part of the body. Example: Left forearm
        size: Size in the client's words. Example: 10 cm
        style: Style in the client's words. Example: Fine line
        palette: Colours of the work.
        budget: Amount that the client is willing to spend.
        cover_up: Whether the work covers an earlier one.
        files: Ids of reference images: clean images that the client uploaded.
            Example: ["fil_01JD2Z5Q0V8XKM3F7T9B4N6RWC"]
        age_confirmation: Confirmation of age; required while a policy with a minimum age is in
            force for the service, and refused otherwise.
        intake: Answers to the artist's intake form; required where the form has required
            questions.
    """

    artist_id: ValidArtistId
    subject: Subject
    description: Annotated[FilledText, Meta(max_length=5000)]
    service_id: ValidServiceId | None = None
    preferred_windows: Annotated[tuple[PreferredWindow, ...], Meta(max_length=10)] = ()
    placement: ShortText = ""
    size: ShortText = ""
    style: ShortText = ""
    palette: Palette | None = None
    budget: Budget | None = None
    cover_up: bool = False
    files: Annotated[tuple[ValidFileId, ...], Meta(max_length=MAX_FILES)] = ()
    age_confirmation: AgeConfirmation | None = None
    intake: IntakeAnswersRequest | None = None


class DeclineConsultationRequest(Input, frozen=True):
    """The artist's reason to decline a consultation.

    Attributes:
        reason: Shown to the client. Example: I am fully booked until summer.
    """

    reason: Annotated[FilledText, Meta(max_length=1000)]


class CancelConsultationRequest(Input, frozen=True):
    """The client's reason to cancel a consultation.

    Attributes:
        reason: Shown to the artist. Example: I found another date.
    """

    reason: Annotated[str, Meta(max_length=1000)] = ""


# ---- consultations -----------------------------------------------------------------------------


class ConsultationParty(Output, frozen=True):
    """One of the two parties to a consultation.

    Attributes:
        id: Id of the user.
        name: Name of the user; empty while it is not known, and once the account was deleted.
            Example: Ada Byron
        avatar: Id of the avatar's file. Example: fil_01JD2Z5Q0V8XKM3F7T9B4N6RWC
    """

    id: UserId
    name: str
    avatar: FileId | None


class ConsultationSummary(Output, frozen=True):
    """A consultation in a list.

    Attributes:
        artist: The artist.
            Example: {"id": "usr_01JD2Z5Q0V8XKM3F7T9B4N6RWC", "name": "Mara Voss",
            "avatar": "fil_01JD2Z5Q0V8XKM3F7T9B4N6RWC"}
        client: The client.
            Example: {"id": "usr_01JD2Z6A1W9YMN4G8V0C5P7SXD", "name": "Ada Byron", "avatar": null}
        subject: Short title; empty once the client's account was deleted. Example: A swallow
        status: Progress of the consultation. Example: completed
        archived: Whether the caller archived it. Example: false
        viewed_at: When the artist opened it for the first time.
        created_at: When it was requested.
        updated_at: When it was changed last.
    """

    id: ConsultationId
    artist: ConsultationParty
    client: ConsultationParty
    subject: str
    status: ConsultationStatus
    archived: bool
    viewed_at: Instant | None
    created_at: Instant
    updated_at: Instant


class ConsultationView(ConsultationSummary, frozen=True):
    """A consultation as one of its parties sees it.

    Attributes:
        request: Everything the client stated; null once the client's account was deleted.
        responded_at: When the artist answered.
        expires_at: When it expires unless the artist answers; null unless it is pending.
            Example: null
        reason: Why it was declined or cancelled; empty where no reason was given.
            Example: ""
        closed_by: Who declined or cancelled it; `system` when it expired, when an account was
            deleted, or when none of its appointments took place. Example: null
        proposal_id: Id of the newest proposal that names it, or of the accepted one.
            Example: prp_01JD2Z5Q0V8XKM3F7T9B4N6RWC
        appointment_ids: Ids of the appointments that were booked by the accepted proposal.
            Example: ["apt_01JD2Z5Q0V8XKM3F7T9B4N6RWC"]
        pictures: Pictures that the artist added from social accounts, the oldest first.
            Example: []
    """

    request: RequestDetails | None
    responded_at: Instant | None
    expires_at: Instant | None
    reason: str
    closed_by: ConsultationSide | None
    proposal_id: str | None
    appointment_ids: tuple[AppointmentId, ...]
    pictures: tuple[ConsultationPicture, ...]
    version: Version


class ConsultationListQuery(Input, frozen=True):
    """The part of the caller's consultations to list.

    Attributes:
        status: Only consultations of this status, or those that the caller archived; all that are
            not archived when left out.
        limit: Highest number of consultations on a page.
    """

    status: ConsultationFolder | None = None
    cursor: Cursor | None = None
    limit: Annotated[int, Meta(ge=1, le=50)] = 20


class ConsultationCounts(Output, frozen=True):
    """Number of the caller's consultations. Archived ones are counted in `archived` only.

    Attributes:
        pending: Waiting for the artist's answer. Example: 2
        responded: Answered by the artist. Example: 1
        scheduled: Booked by an accepted proposal. Example: 1
        completed: Over, after at least one sitting took place. Example: 7
        cancelled: Cancelled. Example: 0
        declined: Declined by the artist. Example: 1
        expired: Not answered in time. Example: 0
        archived: Archived by the caller. Example: 12
    """

    pending: int
    responded: int
    scheduled: int
    completed: int
    cancelled: int
    declined: int
    expired: int
    archived: int


class ConsultationList(Output, frozen=True):
    """A page of consultations, the newest first.

    Attributes:
        items: Consultations of this page.
        counts: Number of the caller's consultations, whatever the page holds.
    """

    items: list[ConsultationSummary]
    next_cursor: NextCursor
    counts: ConsultationCounts


# ---- proposal drafts ---------------------------------------------------------------------------


class DraftedProposal(Output, frozen=True):
    """The body of `POST /v1/appointments/proposals` without `startsAt`.

    Attributes:
        service_id: Service the client named, if any.
        message: Everything the client stated, one line for each field.
            Example: A swallow
    """

    consultation_id: ConsultationId
    client_id: ClientId
    service_id: ServiceId | None
    message: str


class ProposalDraft(Output, frozen=True):
    """A consultation as a proposal that the artist can complete.

    Attributes:
        proposal: The body of the proposal.
        missing: Fields of the body that the artist must still fill in. Example: ["startsAt"]
        files: Ids of the reference images; both parties can read them because the proposal names
            the consultation. Example: ["fil_01JD2Z5Q0V8XKM3F7T9B4N6RWC"]
        preferred_windows: Ranges of dates that would suit the client.
        budget: Amount that the client is willing to spend, if they named one.
    """

    proposal: DraftedProposal
    missing: tuple[Literal["serviceId", "startsAt"], ...]
    files: tuple[FileId, ...]
    preferred_windows: tuple[PreferredWindow, ...]
    budget: Budget | None


# ---- imports of an earlier system ----------------------------------------------------------------


class ImportedConsultation(ImportedRow, frozen=True, rename="camel"):
    """A consultation of an earlier system.

    Attributes:
        preferred_date: Date that the client preferred.
        viewed: Whether the artist opened it.
        archived: Whether the artist archived it.
    """

    artist_id: ValidArtistId
    client_id: Annotated[ClientId, Meta(pattern=rf"^usr_{_ULID}$(?!\n)")]
    subject: Subject
    description: Annotated[str, Meta(max_length=5000)]
    status: Literal["pending", "responded", "scheduled", "completed", "cancelled", "declined"]
    created_at: Instant
    updated_at: Instant
    preferred_date: LocalDate | None = None
    viewed: bool = False
    archived: bool = False
