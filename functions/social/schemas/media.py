"""Media of social accounts, and their imports."""

from typing import Annotated

from msgspec import Meta

from domain import types
from domain.social_media import ImportId, MediaProvider, MediaTarget
from domain.types import ConsultationId, FileId, Instant, NextCursor
from shared.http.decoding import Input, Output
from social.models import AccountId
from social.models.media import ImportProblem, ImportState, MediaKind

MAX_ORDERED = 50
_ULID = "[0-9A-HJKMNP-TV-Z]{26}"
Cursor = Annotated[types.Cursor, Meta(max_length=2048)]
Limit = Annotated[
    int, Meta(ge=1, le=50, description="Largest number of items to return.", examples=[20])
]
MediaId = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        pattern=r"^[0-9A-Za-z_-]+(\.[0-9A-Za-z_-]+)?$(?!\n)",
        description="Id of the medium at its provider; for a part of an album `<album>.<part>`.",
        examples=["17895695668004550"],
    ),
]
KnownImportId = Annotated[ImportId, Meta(pattern=rf"^smi_{_ULID}$(?!\n)")]
KnownConsultationId = Annotated[ConsultationId, Meta(pattern=rf"^cns_{_ULID}$(?!\n)")]


class MediaQuery(Input, frozen=True):
    """A page of an account's media."""

    cursor: Cursor | None = None
    limit: Limit = 20


class ImportsQuery(Input, frozen=True):
    """A page of an account's imports."""

    cursor: Cursor | None = None
    limit: Limit = 20


class ImportTarget(Input, frozen=True):
    """Where media is imported to.

    Attributes:
        type: The artist's portfolio, or one of their consultations. Example: portfolio
        consultation_id: The consultation, if it is one. Example: null
    """

    type: MediaTarget
    consultation_id: KnownConsultationId | None = None

    def __post_init__(self) -> None:
        """Check that a consultation is named where there must be one, and only there.

        Raises:
            ValueError: It is not so.
        """
        if (self.type is MediaTarget.CONSULTATION) != (self.consultation_id is not None):
            raise ValueError("consultationId is required for a consultation, and only there")


class ImportMediaRequest(Input, frozen=True):
    """Media to import.

    Attributes:
        media_ids: Ids of up to 50 pictures, videos or albums. An album is imported with all of its
            parts. Example: ["17895695668004550"]
        target: Where they are imported to. Example: {"type": "portfolio", "consultationId": null}
    """

    media_ids: Annotated[list[MediaId], Meta(min_length=1, max_length=MAX_ORDERED)]
    target: ImportTarget


class MediumPart(Output, frozen=True, kw_only=True):
    """A picture or video of an album.

    Attributes:
        id: Its id, to import it. Example: "17895695668004550.17880997618081620"
        kind: Its kind. Example: image
        preview_url: Where a picture of it is for some hours; null if the provider shows none.
            Example: https://scontent.cdninstagram.com/v/t51/1.jpg
        import_id: Id of its import into the portfolio, if it was ordered. Example: null
        import_state: State of that import. Example: null
    """

    id: str
    kind: MediaKind
    preview_url: str | None
    import_id: ImportId | None
    import_state: ImportState | None


class MediumView(MediumPart, frozen=True, kw_only=True):
    """A picture, a video or an album of an account.

    Attributes:
        id: Its id, to import it. Example: "17895695668004550"
        caption: Its text, as it was published. Example: Peonies, healed. #fineline
        permalink: Its page at the provider; null if it has none.
            Example: https://www.instagram.com/p/C9xYzAbCdEf/
        taken_at: When it was published there.
        parts: Pictures and videos of an album; empty otherwise. Example: []
    """

    caption: str
    permalink: str | None
    taken_at: Instant | None
    parts: list[MediumPart]


class MediumList(Output, frozen=True):
    """Media of an account.

    Attributes:
        items: Media, newest first.
    """

    items: list[MediumView]
    next_cursor: NextCursor


class MediaImportView(Output, frozen=True, kw_only=True):
    """An import of a medium.

    Attributes:
        provider: The provider. Example: instagram
        media_id: Id of the medium. Example: "17895695668004550"
        target: Where it is imported to. Example: portfolio
        consultation_id: The consultation, if it is one. Example: null
        state: How far it has come. Example: imported
        problem: What is wrong with it: a queued import is tried again at `retryAt`, a failed one
            when it is ordered again. Example: null
        rejection: Why the inspection rejected its content: a `reason` of files. Example: null
        retry_at: When it is tried again. Example: null
        file_id: Its file, once it was fetched.
        item_id: The portfolio item that it became.
            Example: itm_01JD2Z5Q0V8XKM3F7T9B4N6RWC_01JD2Z5Q0V8XKM3F7T9B4N6RWD
        part_ids: Imports that an album was split into. Example: []
        caption: Text of the medium, as long as a portfolio takes it, with its hashtags.
            Example: Peonies, healed. #fineline
        permalink: Its page at the provider. Example: https://www.instagram.com/p/C9xYzAbCdEf/
        taken_at: When it was published there.
        removed_at_source: When it was found to be removed at its provider; null while it is there.
            Example: null
        created_at: When it was ordered.
        updated_at: When it was changed last.
    """

    id: ImportId
    account_id: AccountId
    provider: MediaProvider
    media_id: str
    target: MediaTarget
    consultation_id: ConsultationId | None
    state: ImportState
    problem: ImportProblem | None
    rejection: str | None
    retry_at: Instant | None
    file_id: FileId | None
    item_id: str | None
    part_ids: list[str]
    caption: str
    permalink: str | None
    taken_at: Instant | None
    removed_at_source: Instant | None
    created_at: Instant
    updated_at: Instant


class MediaImportList(Output, frozen=True):
    """Imports of an account.

    Attributes:
        items: Imports; in a list the newest first, after an order in its order.
    """

    items: list[MediaImportView]
    next_cursor: NextCursor
