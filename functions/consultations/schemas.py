"""What consultations is asked, answers and hears. What it tells others stands in `facts`."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from consultations.models import (
    AgeConfirmation,
    Answer,
    Budget,
    Folder,
    Key,
    Palette,
    PreferredWindow,
    Question,
    Side,
    Status,
    Wish,
)
from domain.policy_terms import Kind, Terms
from shared.http.caller import Role
from shared.http.decoding import Input, Output

# Python's `$` lets a line break follow: (?!\n) does not.
_ULID = "[0-9A-HJKMNP-TV-Z]{26}"
UserId = Annotated[str, Meta(pattern=rf"^usr_{_ULID}$(?!\n)")]
ServiceId = Annotated[str, Meta(pattern=rf"^svc_{_ULID}_{_ULID}$(?!\n)")]
FileId = Annotated[str, Meta(pattern=rf"^fil_{_ULID}$(?!\n)")]
Subject = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"\S")]
Description = Annotated[str, Meta(min_length=1, max_length=5000, pattern=r"\S")]
Words = Annotated[str, Meta(max_length=120)]
Reason = Annotated[str, Meta(max_length=1000)]
Limit = Annotated[int, Meta(ge=1, le=50)]
Cursor = Annotated[str, Meta(max_length=1024)]
Version = Annotated[int, Meta(ge=1, le=999_999)]

MAX_FILES = 10
MAX_QUESTIONS = 50


# ---- intake ------------------------------------------------------------------------------------


class IntakeRequest(Input, frozen=True):
    """What the artist asks whoever asks them; no questions at all are fine."""

    questions: Annotated[tuple[Question, ...], Meta(max_length=MAX_QUESTIONS)]


class IntakeQuery(Input, frozen=True):
    """Whose questions: as they are asked now, or a version of them."""

    artist_id: UserId
    version: Version | None = None


class IntakeView(Output, frozen=True):
    """An artist's questions. `version` 0: they never asked any; `createdAt` is null then."""

    artist_id: str
    version: int
    questions: tuple[Question, ...]
    created_at: datetime | None


class IntakeAnswersRequest(Input, frozen=True):
    """Answers by the keys of the questions, and which version was answered."""

    version: Version
    answers: Annotated[dict[Key, Answer], Meta(max_length=MAX_QUESTIONS)]


# ---- asking ------------------------------------------------------------------------------------


class ConsultationRequest(Input, frozen=True):
    """What a client asks an artist. `files`: clean images of their own, as references."""

    artist_id: UserId
    subject: Subject
    description: Description
    service_id: ServiceId | None = None
    preferred_windows: Annotated[tuple[PreferredWindow, ...], Meta(max_length=10)] = ()
    placement: Words = ""
    size: Words = ""
    style: Words = ""
    palette: Palette | None = None
    budget: Budget | None = None
    cover_up: bool = False
    files: Annotated[tuple[FileId, ...], Meta(max_length=MAX_FILES)] = ()
    age_confirmation: AgeConfirmation | None = None
    intake: IntakeAnswersRequest | None = None


class DeclineRequest(Input, frozen=True):
    """Why the artist does not take it."""

    reason: Annotated[str, Meta(min_length=1, max_length=1000, pattern=r"\S")]


class CancelRequest(Input, frozen=True):
    """Why the client takes it back, if they say."""

    reason: Reason = ""


# ---- reading -----------------------------------------------------------------------------------


class PersonView(Output, frozen=True):
    """One of the two. `name` is empty while it is not known, and once their account is gone."""

    id: str
    name: str
    avatar: str | None


class ConsultationSummary(Output, frozen=True):
    """A consultation in a list. `archived`: the caller put it away."""

    id: str
    artist: PersonView
    client: PersonView
    subject: str
    status: Status
    archived: bool
    viewed_at: datetime | None
    created_at: datetime
    updated_at: datetime


class ConsultationView(ConsultationSummary, frozen=True):
    """A consultation as the two see it. `request`: null once the client's account was deleted.

    `expiresAt`: when it ends unless the artist answers.
    """

    request: Wish | None
    responded_at: datetime | None
    expires_at: datetime | None
    reason: str
    closed_by: Side | None
    proposal_id: str | None
    appointment_ids: tuple[str, ...]
    version: int


class ConsultationsQuery(Input, frozen=True):
    """One page: of one status, of what was `archived`, or without `status` of all that was not."""

    status: Folder | None = None
    cursor: Cursor | None = None
    limit: Limit = 20


class Counts(Output, frozen=True):
    """How many of the caller's there are; what they archived is counted there alone."""

    pending: int
    responded: int
    scheduled: int
    completed: int
    cancelled: int
    declined: int
    expired: int
    archived: int


class Consultations(Output, frozen=True):
    """Consultations, the newest first."""

    items: list[ConsultationSummary]
    next_cursor: str | None
    counts: Counts


class DraftedProposal(Output, frozen=True):
    """The body of `POST /v1/appointments/proposals`, but for `startsAt`.

    `serviceId` is null where the client named no service.
    """

    consultation_id: str
    client_id: str
    service_id: str | None
    message: str


class ProposalDraft(Output, frozen=True):
    """All of a consultation as a proposal. The artist chooses `startsAt`, and what is null.

    `files`: the references, which both read by the consultation that the proposal names.
    """

    proposal: DraftedProposal
    missing: tuple[Literal["serviceId", "startsAt"], ...]
    files: tuple[str, ...]
    preferred_windows: tuple[PreferredWindow, ...]
    budget: Budget | None


# ---- what is heard -----------------------------------------------------------------------------


class Heard(Struct, frozen=True, rename="camel"):
    """Base of what is read of events, whatever else they hold."""


class UserVerified(Heard, frozen=True):
    """auth's `user.verified`."""

    user_id: str
    name: str
    role: Role


class ProfileUpdated(Heard, frozen=True):
    """profiles' `user.profile.updated`."""

    user_id: str
    role: Role
    name: str
    avatar: str | None
    record_version: int


class UserDeleted(Heard, frozen=True):
    """auth's `user.deleted`."""

    user_id: str


class PolicyPublished(Heard, frozen=True):
    """policies' `policy.published`."""

    terms: Terms


class PolicyWithdrawn(Heard, frozen=True):
    """policies' `policy.withdrawn`."""

    artist_id: str
    service_id: str | None
    kind: Kind
    number: int


class FileCleaned(Heard, frozen=True):
    """files' `file.cleaned`."""

    file_id: str
    owner_id: str
    content_type: str
    record_version: int


class FileRemoved(Heard, frozen=True):
    """files' `file.removed`."""

    file_id: str
    record_version: int


class MessageCreated(Heard, frozen=True):
    """messaging's `message.created`. sender_id: None for a card."""

    artist_id: str
    client_id: str
    sender_id: str | None
    created_at: datetime


class BlockChanged(Heard, frozen=True):
    """messaging's `conversation.block_changed`: whether this member blocks the other now."""

    artist_id: str
    client_id: str
    user_id: str
    blocked: bool
    record_version: int


class ProposalHeard(Heard, frozen=True):
    """appointments' `proposal.sent`."""

    proposal_id: str
    artist_id: str
    client_id: str
    consultation_id: str | None = None


class ProposalAccepted(ProposalHeard, frozen=True, kw_only=True):
    """appointments' `proposal.accepted`."""

    appointment_ids: tuple[str, ...]


class AppointmentOver(Heard, frozen=True):
    """appointments' `appointment.completed`, `.cancelled` and `.no_show`."""

    appointment_id: str
    proposal_id: str | None
