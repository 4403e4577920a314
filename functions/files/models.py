"""Records of files, as use cases see them."""

from datetime import datetime
from enum import StrEnum

import msgspec

from files.rules.file_types import FilePurpose


class FileStatus(StrEnum):
    """The state of a file between upload and download.

    The record of a removed file stays for some time, so that removing it again is harmless.
    """

    PENDING = "pending"
    INSPECTING = "inspecting"
    CLEAN = "clean"
    REJECTED = "rejected"
    REMOVED = "removed"


class RejectionReason(StrEnum):
    """The reason why a file was rejected."""

    ACTIVE_CONTENT = "active_content"
    ARCHIVE_BOMB = "archive_bomb"
    CHECKSUM_MISMATCH = "checksum_mismatch"
    DAMAGED = "damaged"
    ENCRYPTED = "encrypted"
    HIDDEN_CONTENT = "hidden_content"
    MALWARE = "malware"
    QUOTA_USED_UP = "quota_used_up"
    SIZE_MISMATCH = "size_mismatch"
    TOO_COMPLEX = "too_complex"
    TOO_LARGE = "too_large"
    TOO_LONG = "too_long"
    TOO_MANY_PIXELS = "too_many_pixels"
    UNINSPECTABLE = "uninspectable"
    WRONG_TYPE = "wrong_type"


class ThumbnailSize(StrEnum):
    """The three thumbnails of a picture; the longest side has 160, 480 or 1280 pixels at most."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class Thumbnail(msgspec.Struct, frozen=True):
    """A thumbnail of an image, or of a video's poster frame, as WebP; lengths are in pixels."""

    size: ThumbnailSize
    width: int
    height: int


class CleanContent(msgspec.Struct, frozen=True):
    """The content of a clean file.

    Attributes:
        size: Size in bytes.
        width: Width in pixels; None for anything but images, and videos whose frames were read. So
            is the height.
        content_type: Media type; None where it is that of the upload.
        duration_ms: Length of a video or a sound; None for anything else.
        waveform: Peaks of a sound, of equal lengths of time, from 0 to 100.
        blurhash: Placeholder of the picture (blurha.sh); None without a picture.
        color: Dominant colour of the picture, as `#rrggbb`.
        frames: Number of pictures of an animation; 1 for all else.
        frozen: Whether the upload moves and only its first picture is stored.
    """

    size: int
    width: int | None = None
    height: int | None = None
    thumbnails: tuple[Thumbnail, ...] = ()
    content_type: str | None = None
    duration_ms: int | None = None
    waveform: tuple[int, ...] = ()
    blurhash: str | None = None
    color: str | None = None
    frames: int = 1
    frozen: bool = False


class File(msgspec.Struct, frozen=True):
    """A file, from the moment its upload is announced.

    Attributes:
        content_type: Type as announced, and once the file is clean that of its content; an upload
            of another type than announced is rejected.
        size: Size in bytes as announced.
        sha256: SHA-256 in hexadecimal as announced.
        reserved: Bytes that count against the owner's quota; 0 once they no longer do.
        due_at: When the sweeper must look at the file.
        upload_id: Id that S3 gave a multipart upload; None for an upload by a form.
        attempts: Number of inspections that were started.
        content: Content that was stored; None unless the file is clean.
        decided_at: When the file became clean, rejected or removed.
        alt_text: What the file shows, in the words of its owner, for people who do not see it.
    """

    id: str
    owner_id: str
    purpose: FilePurpose
    name: str
    content_type: str
    size: int
    sha256: str
    status: FileStatus
    created_at: datetime
    upload_until: datetime
    reserved: int
    version: int = 1
    due_at: datetime | None = None
    upload_id: str | None = None
    attempts: int = 0
    reason: RejectionReason | None = None
    content: CleanContent | None = msgspec.field(name="kept", default=None)
    decided_at: datetime | None = None
    alt_text: str | None = None


class Usage(msgspec.Struct, frozen=True):
    """The part of a quota that a user has used up."""

    bytes: int = 0
    count: int = 0


class Removal(msgspec.Struct, frozen=True):
    """An order to delete objects from the bucket.

    Attributes:
        everything: Whether to delete the clean file and its readers as well as the upload.
    """

    file_id: str
    everything: bool
    due_at: datetime
    upload_id: str | None = None


class SharedFiles(msgspec.Struct, frozen=True):
    """Files that a message, a consultation or a deposit proof shares.

    Attributes:
        source_id: Id of what shares them.
        ended: Whether the source was deleted.
        hidden: Whether an admin hides the source, so that it shares nothing meanwhile.
        decided_at: When an admin last decided whether it is hidden; None if none did.
    """

    source_id: str
    file_ids: tuple[str, ...] = ()
    ended: bool = False
    hidden: bool = False
    decided_at: datetime | None = None


class PortfolioFile(msgspec.Struct, frozen=True):
    """The files that a portfolio item or a review shows, by the newest event about it.

    Attributes:
        item_id: Id of the portfolio item or the review.
        file_id: The first one.
        artist_id: Whose files they are.
        removed: Whether it shows none any more.
        more_files: The others.
    """

    item_id: str
    file_id: str
    artist_id: str
    version: int
    removed: bool = False
    more_files: tuple[str, ...] = ()

    @property
    def shown(self) -> frozenset[str]:
        """Ids of the files that everybody may see."""
        return frozenset() if self.removed else frozenset((self.file_id, *self.more_files))


class Avatar(msgspec.Struct, frozen=True):
    """The file that is a user's avatar, by the newest event about their profile."""

    user_id: str
    file_id: str | None
    version: int


class Export(msgspec.Struct, frozen=True):
    """An archive of a user's data; the sweeper makes it as soon as all shares are there.

    Attributes:
        ready_at: When it was made; None before.
    """

    export_id: str
    user_id: str
    requested_at: datetime
    due_at: datetime
    ready_at: datetime | None = None


class Erasure(msgspec.Struct, frozen=True):
    """A deleted account whose files must be removed; the sweeper continues at `due_at`."""

    user_id: str
    deleted_at: datetime
    due_at: datetime
