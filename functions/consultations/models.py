"""What consultations keeps. Instants are UTC; amounts are minor units of their currency."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from shared.http.caller import Role
from shared.http.decoding import Input, Output

Title = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]
Option = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
# Python's `$` lets a line break follow: (?!\n) does not.
Key = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$(?!\n)")]
Number = (
    Annotated[int, Meta(ge=-(10**15), le=10**15)] | Annotated[float, Meta(ge=-(10**15), le=10**15)]
)
Amount = Annotated[int, Meta(ge=0, le=10**12)]
Answer = bool | Number | Annotated[str, Meta(max_length=5000)] | list[Option]


class Side(StrEnum):
    """Who acts. The system does what time, or another feature's fact, brings about."""

    ARTIST = "artist"
    CLIENT = "client"
    SYSTEM = "system"


PARTIES = (Side.ARTIST, Side.CLIENT)


class Status(StrEnum):
    """Where a consultation stands."""

    PENDING = "pending"
    RESPONDED = "responded"
    SCHEDULED = "scheduled"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    EXPIRED = "expired"


class Folder(StrEnum):
    """Where somebody finds it: by its status, or with what they put away."""

    PENDING = "pending"
    RESPONDED = "responded"
    SCHEDULED = "scheduled"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    EXPIRED = "expired"
    ARCHIVED = "archived"


# ---- intake ------------------------------------------------------------------------------------


class QuestionType(StrEnum):
    """What an answer is. A text has up to 500 characters, a long one up to 5000."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    CHOICE = "choice"
    MULTIPLE = "multiple"
    YES_NO = "yes_no"
    DATE = "date"


class Condition(Input, frozen=True):
    """An earlier question, and the answers of it that this one depends on: any of them will do."""

    question: Key
    one_of: Annotated[tuple[bool | Option, ...], Meta(min_length=1, max_length=30)]


class Question(Input, frozen=True):
    """One question of an artist's. `options` of choice and multiple, the bounds of number.

    `shownIf`: asked only then; always when it is left out.
    """

    key: Key
    type: QuestionType
    label: Title
    help: Annotated[str, Meta(max_length=500)] = ""
    required: bool = False
    options: Annotated[tuple[Option, ...], Meta(max_length=30)] = ()
    minimum: Number | None = None
    maximum: Number | None = None
    shown_if: Condition | None = None


class Intake(Struct, frozen=True):
    """A version of an artist's questions. It never changes: the next one takes its place."""

    artist_id: str
    number: int
    questions: tuple[Question, ...]
    created_at: datetime


class Answered(Output, frozen=True):
    """A question as it was asked, and what was answered."""

    key: str
    label: str
    type: QuestionType
    answer: Answer


class IntakeAnswers(Output, frozen=True):
    """What was answered to which version of the artist's questions."""

    version: int
    items: tuple[Answered, ...]


# ---- what a client wishes for ------------------------------------------------------------------


class PartOfDay(StrEnum):
    """When on a day."""

    ANY = "any"
    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


class PreferredWindow(Input, frozen=True):
    """Dates, both included, that would suit the client."""

    first_date: date
    last_date: date
    part_of_day: PartOfDay = PartOfDay.ANY

    def __post_init__(self) -> None:
        """Raise ValueError for dates in the wrong order."""
        if self.last_date < self.first_date:
            raise ValueError("lastDate must not be before firstDate")


class Palette(StrEnum):
    """In colour or not."""

    COLOUR = "colour"
    BLACK_AND_GREY = "black_and_grey"


class Budget(Input, frozen=True):
    """What the client would spend, in minor units."""

    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$(?!\n)")]
    minimum: Amount | None = None
    maximum: Amount | None = None

    def __post_init__(self) -> None:
        """Raise ValueError for a range that is none."""
        if self.minimum is None and self.maximum is None:
            raise ValueError("minimum or maximum is required")
        if self.minimum is not None and self.maximum is not None and self.maximum < self.minimum:
            raise ValueError("maximum must not be less than minimum")


class AgeBasis(StrEnum):
    """Why the client may come."""

    OF_AGE = "of_age"
    GUARDIAN_CONSENTS = "guardian_consents"


class AgeConfirmation(Input, frozen=True):
    """What the client confirmed about their age, and by which version of the artist's policy."""

    version_id: Annotated[str, Meta(max_length=120)]
    basis: AgeBasis


class Wish(Output, frozen=True):
    """All that the client says of what they want. Only the two read it."""

    subject: str
    description: str
    service_id: str | None
    preferred_windows: tuple[PreferredWindow, ...]
    placement: str
    size: str
    style: str
    palette: Palette | None
    budget: Budget | None
    cover_up: bool
    files: tuple[str, ...]
    age_confirmation: AgeConfirmation | None
    intake: IntakeAnswers | None


# ---- consultations -----------------------------------------------------------------------------


class Consultation(Struct, frozen=True):
    """What a client asked an artist. wish: None once the client's account was deleted.

    archived_by: who put it away, each for themselves. erased: whose account is gone; it is in no
    list of theirs, nor counted for them.
    """

    id: str
    artist_id: str
    client_id: str
    status: Status
    wish: Wish | None
    created_at: datetime
    updated_at: datetime
    viewed_at: datetime | None = None
    responded_at: datetime | None = None
    nudged_at: datetime | None = None
    reason: str = ""
    closed_by: Side | None = None
    proposal_id: str | None = None
    appointment_ids: tuple[str, ...] = ()
    archived_by: tuple[Side, ...] = ()
    erased: tuple[Side, ...] = ()
    version: int = 1

    @property
    def subject(self) -> str:
        """What it is about; nothing once that was erased."""
        return self.wish.subject if self.wish else ""


OPEN = frozenset({Status.PENDING, Status.RESPONDED})


def folder_of(consultation: Consultation, side: Side) -> Folder | None:
    """Where this side finds it; None when their account is gone."""
    if side in consultation.erased:
        return None
    if side in consultation.archived_by:
        return Folder.ARCHIVED
    return Folder(consultation.status)


class Project(Struct, frozen=True):
    """What was heard of a proposal and its sittings, in whatever order it came.

    consultation_id: None while no fact named one; most proposals have none. over: what became of
    the sittings that are over.
    """

    proposal_id: str
    consultation_id: str | None = None
    artist_id: str = ""
    client_id: str = ""
    accepted: bool = False
    appointment_ids: tuple[str, ...] = ()
    over: dict[str, str] = {}
    version: int = 0


# ---- copies of what others own -----------------------------------------------------------------


class Person(Struct, frozen=True):
    """Who somebody is to others, as profiles tells; record_version 0: as auth told."""

    id: str
    name: str
    role: Role
    avatar: str | None = None
    record_version: int = 0


class File(Struct, frozen=True):
    """A clean file; owner_id "" once it was removed."""

    id: str
    owner_id: str
    content_type: str
    record_version: int


class Erasure(Struct, frozen=True):
    """An account that is gone, of which there is something left to erase."""

    user_id: str
    deleted_at: datetime
    due_at: datetime
