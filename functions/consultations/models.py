"""Records of consultations. Instants are in UTC; amounts are minor units of their currency."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct, field

from domain.money import Currency, MinorUnits
from domain.policy_terms import AgeConfirmation
from domain.social_media import MediaSource
from domain.types import REQUESTED_LINE, FileId, Instant, LocalDate, ServiceId
from shared.http.caller import Role
from shared.http.decoding import Input, Output

QuestionLabel = Annotated[
    str,
    REQUESTED_LINE,
    Meta(
        min_length=1,
        max_length=200,
        pattern=r"\S",
        description="Text of the question.",
        examples=["Do you have any allergies?"],
    ),
]
Option = Annotated[
    str,
    REQUESTED_LINE,
    Meta(
        min_length=1,
        max_length=100,
        pattern=r"\S",
        description="An option of a `choice` or `multiple` question.",
        examples=["Fine line"],
    ),
]
# In Python, `$` also matches before a final line break; (?!\n) rules that out.
QuestionKey = Annotated[
    str,
    Meta(
        pattern=r"^[a-z][a-z0-9_]{0,39}$(?!\n)",
        description="Key of the question, unique within the form.",
        examples=["allergies"],
    ),
]
Number = (
    Annotated[int, Meta(ge=-(10**15), le=10**15)] | Annotated[float, Meta(ge=-(10**15), le=10**15)]
)
AnswerValue = bool | Number | Annotated[str, Meta(max_length=5000)] | list[Option]


class ConsultationSide(StrEnum):
    """The side that acts on a consultation.

    The system acts when time has passed, or when an event of another feature asks for it.
    """

    ARTIST = "artist"
    CLIENT = "client"
    SYSTEM = "system"


PARTIES = (ConsultationSide.ARTIST, ConsultationSide.CLIENT)


class ConsultationStatus(StrEnum):
    """Progress of a consultation."""

    PENDING = "pending"
    RESPONDED = "responded"
    SCHEDULED = "scheduled"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    EXPIRED = "expired"


class ConsultationFolder(StrEnum):
    """The list in which one side finds a consultation: that of its status, or the archive."""

    PENDING = "pending"
    RESPONDED = "responded"
    SCHEDULED = "scheduled"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    EXPIRED = "expired"
    ARCHIVED = "archived"


# ---- intake ------------------------------------------------------------------------------------


class IntakeQuestionType(StrEnum):
    """Type of the answer.

    A `text` has at most 500 characters, a `long_text` at most 5000. A `date` is `YYYY-MM-DD`.
    """

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    CHOICE = "choice"
    MULTIPLE = "multiple"
    YES_NO = "yes_no"
    DATE = "date"


class IntakeCondition(Input, frozen=True):
    """The condition under which a question is asked.

    Attributes:
        question: Key of an earlier question. Example: allergies
        one_of: Answers to that question; each of them fulfils the condition. Example: [true]
    """

    question: QuestionKey
    one_of: Annotated[tuple[bool | Option, ...], Meta(min_length=1, max_length=30)]


class IntakeQuestion(Input, frozen=True):
    """A question of an intake form.

    Attributes:
        type: Type of the answer.
        help: Explanation shown beside the question. Example: Latex, metals, inks …
        required: Whether the question must be answered.
        options: Options of a `choice` or `multiple` question: at least two, all different.
            Example: ["Fine line", "Realism"]
        minimum: Lowest answer to a `number` question. Example: 5
        maximum: Highest answer to a `number` question. Example: 40
        shown_if: Condition under which the question is asked; it is always asked without one.
    """

    key: QuestionKey
    type: IntakeQuestionType
    label: QuestionLabel
    help: Annotated[str, Meta(max_length=500)] = ""
    required: bool = False
    options: Annotated[tuple[Option, ...], Meta(max_length=30)] = ()
    minimum: Number | None = None
    maximum: Number | None = None
    shown_if: IntakeCondition | None = None


class Intake(Struct, frozen=True):
    """One version of an artist's intake form. A version never changes; the next one replaces it."""

    artist_id: str
    number: int
    questions: tuple[IntakeQuestion, ...]
    created_at: datetime


class IntakeAnswer(Output, frozen=True):
    """A question as it was asked, with the client's answer.

    Attributes:
        type: Type of the answer. Example: text
        answer: The answer, of the type that the question asks for. Example: Left forearm
    """

    key: QuestionKey
    label: QuestionLabel
    type: IntakeQuestionType
    answer: AnswerValue


class IntakeAnswers(Output, frozen=True):
    """A client's answers to one version of an artist's intake form.

    Attributes:
        version: Version of the form that was answered. Example: 3
        items: Answers, in the order of the questions.
            Example: [{"key": "allergies", "label": "Do you have any allergies?", "type": "yes_no",
            "answer": true}]
    """

    version: int
    items: tuple[IntakeAnswer, ...]


# ---- requests ----------------------------------------------------------------------------------


class PartOfDay(StrEnum):
    """Part of a day that suits the client."""

    ANY = "any"
    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


class PreferredWindow(Input, frozen=True):
    """A range of dates that would suit the client.

    Attributes:
        first_date: First date of the range, in the artist's calendar. Example: 2030-01-28
        last_date: Last date of the range, included. Example: 2030-02-08
        part_of_day: Part of each day that suits the client.
    """

    first_date: LocalDate
    last_date: LocalDate
    part_of_day: PartOfDay = PartOfDay.ANY

    def __post_init__(self) -> None:
        """Check the order of the dates.

        Raises:
            ValueError: The last date is before the first.
        """
        if self.last_date < self.first_date:
            raise ValueError("lastDate must not be before firstDate")


class Palette(StrEnum):
    """Colours of the work."""

    COLOUR = "colour"
    BLACK_AND_GREY = "black_and_grey"


class Budget(Input, frozen=True):
    """Amount that the client is willing to spend; at least one of the bounds is given.

    Attributes:
        minimum: Lower bound, in minor units of the currency. Example: 10000
        maximum: Upper bound, in minor units of the currency. Example: 30000
    """

    currency: Currency
    minimum: MinorUnits | None = None
    maximum: MinorUnits | None = None

    def __post_init__(self) -> None:
        """Check the bounds.

        Raises:
            ValueError: Neither bound is given, or they are in the wrong order.
        """
        if self.minimum is None and self.maximum is None:
            raise ValueError("minimum or maximum is required")
        if self.minimum is not None and self.maximum is not None and self.maximum < self.minimum:
            raise ValueError("maximum must not be less than minimum")


class RequestDetails(Output, frozen=True):
    """Everything the client stated in a request. Only the two parties can read it.

    Attributes:
        subject: Short title. Example: A swallow
        description: What the client would like. Example: Like the one my grandfather had.
        service_id: Service the request is about, if the client named one.
        preferred_windows: Ranges of dates that would suit the client.
        placement: Part of the body. Example: Left forearm
        size: Size in the client's words. Example: 10 cm
        style: Style in the client's words. Example: Fine line
        palette: Colours of the work, if the client named any.
        budget: Amount that the client is willing to spend, if they named one.
        cover_up: Whether the work covers an earlier one. Example: false
        files: Ids of the reference images. Example: ["fil_01JD2Z5Q0V8XKM3F7T9B4N6RWC"]
        age_confirmation: Confirmation of age, where the artist's policy asks for one.
        intake: Answers to the artist's intake form, where there is one.
    """

    subject: str
    description: str
    service_id: ServiceId | None
    preferred_windows: tuple[PreferredWindow, ...]
    placement: str
    size: str
    style: str
    palette: Palette | None
    budget: Budget | None
    cover_up: bool
    files: tuple[FileId, ...]
    age_confirmation: AgeConfirmation | None
    intake: IntakeAnswers | None


class ConsultationPicture(Output, frozen=True):
    """A picture that the artist added from a social account, as an example for the client.

    Attributes:
        import_id: Id of its import. Example: smi_01JD2Z5Q0V8XKM3F7T9B4N6RWC
        caption: Text that it was published with. Example: Peonies, healed. #fineline
        source: Where it was published. Example: {"provider": "instagram",
            "permalink": "https://www.instagram.com/p/C9xYzAbCdEf/", "removedAtSource": false}
        added_at: When it was added.
    """

    file_id: FileId
    import_id: str
    caption: str
    source: MediaSource
    added_at: Instant


class StoredPicture(Struct, frozen=True):
    """A picture of a consultation, and which import put it there.

    Attributes:
        attempt: Which attempt of the import it was.
        import_version: Version of the import that said last whether it was removed at its source.
    """

    picture: ConsultationPicture
    attempt: int
    import_version: int


# ---- consultations -----------------------------------------------------------------------------


class Consultation(Struct, frozen=True):
    """A client's request to an artist and its progress.

    Attributes:
        request: What the client stated; None once the client's account was deleted.
        nudged_at: When the artist was reminded to answer.
        reason: Why it was declined or cancelled.
        archived_by: The sides that archived it, each for themselves.
        pictures: Pictures that the artist added.
        erased: The sides whose accounts were deleted. It is in none of their lists and counts.
    """

    id: str
    artist_id: str
    client_id: str
    status: ConsultationStatus
    request: RequestDetails | None = field(name="wish")
    created_at: datetime
    updated_at: datetime
    viewed_at: datetime | None = None
    responded_at: datetime | None = None
    nudged_at: datetime | None = None
    reason: str = ""
    closed_by: ConsultationSide | None = None
    proposal_id: str | None = None
    appointment_ids: tuple[str, ...] = ()
    archived_by: tuple[ConsultationSide, ...] = ()
    pictures: tuple[StoredPicture, ...] = ()
    erased: tuple[ConsultationSide, ...] = ()
    version: int = 1

    @property
    def subject(self) -> str:
        """Short title of the request; empty once the request was erased."""
        return self.request.subject if self.request else ""


OPEN_STATUSES = frozenset({ConsultationStatus.PENDING, ConsultationStatus.RESPONDED})


def find_folder(consultation: Consultation, side: ConsultationSide) -> ConsultationFolder | None:
    """Find the folder in which this side sees the consultation; None once their account is gone."""
    if side in consultation.erased:
        return None
    if side in consultation.archived_by:
        return ConsultationFolder.ARCHIVED
    return ConsultationFolder(consultation.status)


class ProposalEnding(StrEnum):
    """The way in which a proposal ended without a booking, and with no other in its place."""

    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class LinkedProposal(Struct, frozen=True):
    """A proposal of appointments, as far as its events are known, and the consultation it names.

    Its events arrive in any order.

    Attributes:
        consultation_id: None until an event names one; most proposals have none.
        ended: How it ended; None also for one that another proposal replaced.
        outcomes: The newest event about the outcome of each sitting, by the id of its appointment.
        outcome_versions: Versions of the appointments in these events.
    """

    proposal_id: str
    consultation_id: str | None = None
    artist_id: str = ""
    client_id: str = ""
    accepted: bool = False
    ended: ProposalEnding | None = None
    appointment_ids: tuple[str, ...] = ()
    outcomes: dict[str, str] = field(default_factory=dict, name="over")
    outcome_versions: dict[str, int] = field(default_factory=dict)
    version: int = 0


# ---- copies of other features' records ---------------------------------------------------------


class Person(Struct, frozen=True):
    """A copy of a user's name and avatar, which profiles owns.

    Attributes:
        books_open: Whether an artist takes new consultations.
        record_version: Version at profiles; 0 as long as only auth has published the user.
    """

    id: str
    name: str
    role: Role
    avatar: str | None = None
    record_version: int = 0
    books_open: bool = True


class File(Struct, frozen=True):
    """A copy of a file that was found clean.

    Attributes:
        owner_id: Empty once the file was removed.
    """

    id: str
    owner_id: str
    content_type: str
    record_version: int


class Erasure(Struct, frozen=True):
    """A deleted account whose data is not erased completely yet.

    Attributes:
        due_at: When the next run is due.
    """

    user_id: str
    deleted_at: datetime
    due_at: datetime
