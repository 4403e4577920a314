"""What may be uploaded for which purpose: types, sizes and quotas."""

from enum import StrEnum

import msgspec

MIB = 1024 * 1024
LARGEST = 100 * MIB
# S3 takes no smaller part, but for the last one; what fits into one part comes in one request.
PART_SIZE = 5 * MIB


class Purpose(StrEnum):
    """What a file is for."""

    AVATAR = "avatar"
    CONSULTATION = "consultation"
    DOCUMENT = "document"
    MESSAGE = "message"
    PORTFOLIO = "portfolio"
    PROOF = "proof"


class Family(StrEnum):
    """How files of a type are looked into."""

    IMAGE = "image"
    VIDEO = "video"
    PDF = "pdf"
    DOCX = "docx"


class FileType(msgspec.Struct, frozen=True):
    """A type that we take. `extensions`: the first is put to a name that has none of them."""

    content_type: str
    family: Family
    largest: int
    extensions: tuple[str, ...]


class Allowance(msgspec.Struct, frozen=True):
    """What one user may keep for one purpose: which types, and how much in all, as claimed."""

    families: frozenset[Family]
    largest: int
    count: int
    bytes: int


DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TYPES = {
    each.content_type: each
    for each in (
        FileType("image/jpeg", Family.IMAGE, 25 * MIB, (".jpg", ".jpeg", ".jpe", ".jfif")),
        FileType("image/png", Family.IMAGE, 25 * MIB, (".png",)),
        FileType("image/webp", Family.IMAGE, 25 * MIB, (".webp",)),
        FileType("video/mp4", Family.VIDEO, LARGEST, (".mp4", ".m4v")),
        FileType("video/quicktime", Family.VIDEO, LARGEST, (".mov", ".qt")),
        FileType("application/pdf", Family.PDF, 25 * MIB, (".pdf",)),
        FileType(DOCX, Family.DOCX, 25 * MIB, (".docx",)),
    )
}

_IMAGES = frozenset({Family.IMAGE})
_PAPERS = frozenset({Family.PDF, Family.DOCX})
ALLOWANCES = {
    Purpose.AVATAR: Allowance(_IMAGES, 5 * MIB, 10, 50 * MIB),
    Purpose.CONSULTATION: Allowance(_IMAGES, 25 * MIB, 200, 1024 * MIB),
    Purpose.DOCUMENT: Allowance(_PAPERS, 25 * MIB, 200, 1024 * MIB),
    Purpose.MESSAGE: Allowance(_IMAGES | _PAPERS | {Family.VIDEO}, LARGEST, 2000, 5 * 1024 * MIB),
    Purpose.PORTFOLIO: Allowance(_IMAGES | {Family.VIDEO}, LARGEST, 500, 5 * 1024 * MIB),
    Purpose.PROOF: Allowance(_IMAGES | {Family.PDF}, 10 * MIB, 100, 250 * MIB),
}


def types_for(purpose: Purpose) -> list[str]:
    """The content types that are taken for a purpose."""
    families = ALLOWANCES[purpose].families
    return [name for name, each in TYPES.items() if each.family in families]


def largest_for(purpose: Purpose, content_type: str) -> int:
    """How many bytes such a file may have."""
    return min(ALLOWANCES[purpose].largest, TYPES[content_type].largest)


def is_multipart(size: int) -> bool:
    """Whether a file of this size comes in parts."""
    return size > PART_SIZE


def part_sizes(size: int) -> list[int]:
    """The sizes of the parts, in order: all alike, but for the last one."""
    whole, rest = divmod(size, PART_SIZE)
    return [PART_SIZE] * whole + ([rest] if rest else [])
