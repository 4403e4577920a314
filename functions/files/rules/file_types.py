"""File types: those accepted for each purpose, with their sizes and quotas."""

from enum import StrEnum

import msgspec

MIB = 1024 * 1024
MAX_SIZE = 100 * MIB
# The smallest part that S3 accepts, apart from the last; up to this size a file is sent by a form.
PART_SIZE = 5 * MIB


class FilePurpose(StrEnum):
    """The purpose of a file, which decides the types, sizes and quotas that apply."""

    AVATAR = "avatar"
    CONSULTATION = "consultation"
    DOCUMENT = "document"
    MESSAGE = "message"
    PORTFOLIO = "portfolio"
    PROOF = "proof"


class Family(StrEnum):
    """A family of types that are inspected in the same way."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    PDF = "pdf"
    DOCX = "docx"


class FileType(msgspec.Struct, frozen=True):
    """A media type that is accepted.

    Attributes:
        max_size: Largest size in bytes.
        extensions: Extensions of the type; the first is appended to a name that has none of them.
        stored_as: Media type of the clean file, where it is another one.
    """

    content_type: str
    family: Family
    max_size: int
    extensions: tuple[str, ...]
    stored_as: str | None = None


class Quota(msgspec.Struct, frozen=True):
    """The limits of the files that one user may store for one purpose.

    Attributes:
        families: Families of types that are accepted.
        max_size: Largest size of one file in bytes.
        count: Largest number of files.
        bytes: Largest size of all files together, as announced.
    """

    families: frozenset[Family]
    max_size: int
    count: int
    bytes: int


DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TYPES = {
    type_.content_type: type_
    for type_ in (
        FileType("image/jpeg", Family.IMAGE, 25 * MIB, (".jpg", ".jpeg", ".jpe", ".jfif")),
        FileType("image/png", Family.IMAGE, 25 * MIB, (".png",)),
        FileType("image/webp", Family.IMAGE, 25 * MIB, (".webp",)),
        # What phones take and send; browsers do not show HEIC, and many do not show AVIF.
        FileType("image/heic", Family.IMAGE, 25 * MIB, (".heic", ".heif"), "image/jpeg"),
        FileType("image/heif", Family.IMAGE, 25 * MIB, (".heif", ".heic"), "image/jpeg"),
        FileType("image/avif", Family.IMAGE, 25 * MIB, (".avif",), "image/webp"),
        FileType("image/gif", Family.IMAGE, 25 * MIB, (".gif",), "image/webp"),
        FileType("video/mp4", Family.VIDEO, MAX_SIZE, (".mp4", ".m4v")),
        FileType("video/quicktime", Family.VIDEO, MAX_SIZE, (".mov", ".qt")),
        FileType("audio/mp4", Family.AUDIO, 25 * MIB, (".m4a", ".mp4")),
        FileType("audio/ogg", Family.AUDIO, 25 * MIB, (".ogg", ".oga", ".opus")),
        FileType("audio/mpeg", Family.AUDIO, 25 * MIB, (".mp3",)),
        FileType("application/pdf", Family.PDF, 25 * MIB, (".pdf",)),
        FileType(DOCX, Family.DOCX, 25 * MIB, (".docx",)),
    )
}

_IMAGES = frozenset({Family.IMAGE})
_DOCUMENTS = frozenset({Family.PDF, Family.DOCX})
QUOTAS = {
    FilePurpose.AVATAR: Quota(_IMAGES, 5 * MIB, 10, 50 * MIB),
    FilePurpose.CONSULTATION: Quota(_IMAGES, 25 * MIB, 200, 1024 * MIB),
    FilePurpose.DOCUMENT: Quota(_DOCUMENTS, 25 * MIB, 200, 1024 * MIB),
    FilePurpose.MESSAGE: Quota(
        _IMAGES | _DOCUMENTS | {Family.VIDEO, Family.AUDIO}, MAX_SIZE, 2000, 5 * 1024 * MIB
    ),
    FilePurpose.PORTFOLIO: Quota(_IMAGES | {Family.VIDEO}, MAX_SIZE, 500, 5 * 1024 * MIB),
    FilePurpose.PROOF: Quota(_IMAGES | {Family.PDF}, 10 * MIB, 100, 250 * MIB),
}


def list_types(purpose: FilePurpose) -> list[str]:
    """Return the media types that are accepted for a purpose."""
    families = QUOTAS[purpose].families
    return [name for name, type_ in TYPES.items() if type_.family in families]


def get_stored_type(content_type: str) -> str:
    """Return the media type of the clean file that is made of an upload of this type."""
    return TYPES[content_type].stored_as or content_type


def get_max_size(purpose: FilePurpose, content_type: str) -> int:
    """Return the largest size in bytes of a file of this type for a purpose."""
    return min(QUOTAS[purpose].max_size, TYPES[content_type].max_size)


def is_multipart(size: int) -> bool:
    """Return whether a file of this size is uploaded in parts."""
    return size > PART_SIZE


def split_size(size: int) -> list[int]:
    """Return the sizes of the parts in order: all are equal, apart from the last one."""
    whole, rest = divmod(size, PART_SIZE)
    return [PART_SIZE] * whole + ([rest] if rest else [])
