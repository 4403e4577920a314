"""What files keeps, as its use cases see it."""

from datetime import datetime
from enum import StrEnum

import msgspec

from files.rules.file_types import Purpose


class Status(StrEnum):
    """Where a file is on its way. REMOVED stays for a while, so that removing twice is harmless."""

    PENDING = "pending"
    INSPECTING = "inspecting"
    CLEAN = "clean"
    REJECTED = "rejected"
    REMOVED = "removed"


class Reason(StrEnum):
    """Why a file was rejected."""

    ACTIVE_CONTENT = "active_content"
    ARCHIVE_BOMB = "archive_bomb"
    CHECKSUM_MISMATCH = "checksum_mismatch"
    DAMAGED = "damaged"
    ENCRYPTED = "encrypted"
    HIDDEN_CONTENT = "hidden_content"
    MALWARE = "malware"
    SIZE_MISMATCH = "size_mismatch"
    TOO_MANY_PIXELS = "too_many_pixels"
    UNINSPECTABLE = "uninspectable"
    WRONG_TYPE = "wrong_type"


class ThumbnailSize(StrEnum):
    """The three thumbnails of an image."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class Thumbnail(msgspec.Struct, frozen=True):
    """One thumbnail: a WebP of so many pixels."""

    size: ThumbnailSize
    width: int
    height: int


class Kept(msgspec.Struct, frozen=True):
    """What was kept of a clean upload. Pixels are null where we do not know them."""

    size: int
    width: int | None = None
    height: int | None = None
    thumbnails: tuple[Thumbnail, ...] = ()


class File(msgspec.Struct, frozen=True):
    """A file from its announcement on. `size`, `sha256` and `content_type` are what was claimed.

    reserved: the bytes that count against the quota, 0 once they do not. due_at: when somebody must
    look at it again. upload_id: S3's, of an upload in parts.
    """

    id: str
    owner_id: str
    purpose: Purpose
    name: str
    content_type: str
    size: int
    sha256: str
    status: Status
    created_at: datetime
    upload_until: datetime
    reserved: int
    version: int = 1
    due_at: datetime | None = None
    upload_id: str | None = None
    attempts: int = 0
    reason: Reason | None = None
    kept: Kept | None = None
    decided_at: datetime | None = None


class Usage(msgspec.Struct, frozen=True):
    """How much a user has reserved for a purpose."""

    bytes: int = 0
    count: int = 0


class Removal(msgspec.Struct, frozen=True):
    """Objects that must go. everything: what was kept too, and who may read it."""

    file_id: str
    everything: bool
    due_at: datetime
    upload_id: str | None = None


class Shared(msgspec.Struct, frozen=True):
    """Files that a source shares: a message, a consultation or a proof. ended: it was deleted."""

    source_id: str
    file_ids: tuple[str, ...] = ()
    ended: bool = False


class Shown(msgspec.Struct, frozen=True):
    """What a portfolio item shows, by the newest event about it."""

    item_id: str
    file_id: str
    artist_id: str
    version: int
    removed: bool = False


class Avatar(msgspec.Struct, frozen=True):
    """Which file is somebody's avatar, by the newest event about it."""

    user_id: str
    file_id: str | None
    version: int


class Erasure(msgspec.Struct, frozen=True):
    """An account that is gone, whose files must go. The sweeper goes on with it at `due_at`."""

    user_id: str
    deleted_at: datetime
    due_at: datetime
