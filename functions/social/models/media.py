"""Imports of media: a picture or video of a social account on its way to a target."""

from datetime import datetime
from enum import StrEnum

from domain.social_media import ImportId, MediaProvider, MediaTarget
from domain.types import Instant
from domain.values import Value


class MediaKind(StrEnum):
    """The kind of a medium. An album holds pictures and videos."""

    IMAGE = "image"
    VIDEO = "video"
    ALBUM = "album"


class ImportState(StrEnum):
    """The state of an import.

    It is `queued` until its content was fetched, `inspecting` until files has decided about it, and
    `placing` until the portfolio or the consultation took it. An album is `split` into an import of
    each picture. An import is `removed` once the artist deleted the portfolio item.
    """

    QUEUED = "queued"
    INSPECTING = "inspecting"
    PLACING = "placing"
    IMPORTED = "imported"
    SPLIT = "split"
    REMOVED = "removed"
    FAILED = "failed"


# Ordered again, these begin a new attempt: an album to find the parts that it has now.
REPEATABLE = frozenset({ImportState.REMOVED, ImportState.FAILED, ImportState.SPLIT})


class ImportProblem(StrEnum):
    """What is wrong with an import.

    A queued import with a problem is tried again; a failed one if it is ordered again. The last
    four are the answers of the portfolio and of the consultation.
    """

    NEEDS_RECONNECT = "needs_reconnect"
    RATE_LIMITED = "rate_limited"
    PROVIDER_UNAVAILABLE = "provider_unavailable"
    MEDIA_GONE = "media_gone"
    CONTENT_UNAVAILABLE = "content_unavailable"
    TOO_LARGE = "too_large"
    REJECTED = "rejected"
    TIMED_OUT = "timed_out"
    PORTFOLIO_FULL = "portfolio_full"
    CONSULTATION_CLOSED = "consultation_closed"
    CONSULTATION_FULL = "consultation_full"
    CONSULTATION_UNKNOWN = "consultation_unknown"


class MediaImport(Value, frozen=True, kw_only=True):
    """An import of a medium to one target.

    Attributes:
        media_id: Id of the medium at its provider; for a part of an album the ids of both.
        consultation_id: The consultation, if the target is one.
        attempt: How often it was ordered, after it had failed or its item was deleted.
        file_id: File that this attempt makes.
        caption: Text of the medium, as long as a portfolio takes it; known once it was fetched.
        permalink: Its page at the provider.
        taken_at: When it was published there.
        problem: What is wrong with it.
        rejection: Why files rejected the content.
        tries: How often this attempt failed for a reason that may pass.
        retry_at: When it is tried again.
        record_id: The portfolio item or the consultation that has it.
        part_ids: Imports that an album was split into.
        removed_at_source: When it was found to be removed at its provider; None while it is there.
        due_at: When the sweeper looks at it again.
        version: Version of this record.
    """

    id: ImportId
    artist_id: str
    account_id: str
    provider: MediaProvider
    media_id: str
    target: MediaTarget
    consultation_id: str | None = None
    state: ImportState = ImportState.QUEUED
    attempt: int = 1
    file_id: str
    caption: str = ""
    permalink: str | None = None
    taken_at: Instant | None = None
    problem: ImportProblem | None = None
    rejection: str | None = None
    tries: int = 0
    retry_at: datetime | None = None
    record_id: str | None = None
    part_ids: tuple[str, ...] = ()
    removed_at_source: Instant | None = None
    created_at: Instant
    updated_at: Instant
    due_at: datetime | None = None
    version: int = 1


class ConsultationCopy(Value, frozen=True):
    """A copy of what must be known of an artist's consultation.

    Attributes:
        is_open: Whether pictures can be added to it.
        version: Version of the newest event.
    """

    id: str
    is_open: bool
    version: int


class MediaCheck(Value, frozen=True):
    """How far the search for removed media of an account has come.

    Attributes:
        after: Import behind which it goes on; None to begin with the first.
        due_at: When it goes on.
        version: Version of this record; 0 before the first.
    """

    artist_id: str
    account_id: str
    due_at: datetime
    after: str | None = None
    version: int = 0
