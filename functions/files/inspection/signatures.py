"""File signatures: the first bytes must match the type, the last ones must not hide a zip."""

import re
from pathlib import Path

import puremagic

from files.inspection.rejection import Rejected
from files.models import RejectionReason
from files.rules.file_types import Family, FileType

HEAD = 8192
# A zip is read from its end: its last record is followed by a comment of up to 64 KiB.
ZIP_END, ZIP_TAIL = b"PK\x05\x06", 22 + 65_535
_STARTS = {
    "image/jpeg": ((0, b"\xff\xd8\xff"),),
    "image/png": ((0, b"\x89PNG\r\n\x1a\n"),),
    "image/webp": ((0, b"RIFF"), (8, b"WEBP")),
    "application/pdf": ((0, b"%PDF-"),),
    "image/gif": ((0, b"GIF8"),),
    "image/heic": ((4, b"ftyp"),),
    "image/heif": ((4, b"ftyp"),),
    "image/avif": ((4, b"ftyp"),),
    "audio/mp4": ((4, b"ftyp"),),
    "audio/ogg": ((0, b"OggS"),),
    "audio/mpeg": (),  # see `_MPEG`
}
_FAMILY_STARTS = {Family.VIDEO: ((4, b"ftyp"),), Family.DOCX: ((0, b"PK\x03\x04"),)}
# A tag (id3.org) or the synchronisation of a frame (ISO/IEC 11172-3, 2.4.2.3).
_MPEG = re.compile(rb"ID3|\xff[\xe0-\xff]")
# The brands of a box `ftyp` (ISO/IEC 14496-12, 4.3), of which an image of the type has one.
_BRANDS = {
    "image/heic": {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"},
    "image/avif": {b"avif", b"avis", b"mif1", b"msf1"},
}
_BRANDS["image/heif"] = _BRANDS["image/heic"]
# Types that puremagic recognises by their first bytes, if by anything.
_BY_SIGNATURE = {"image/jpeg", "image/png", "image/webp", "image/gif", "application/pdf"}


def check(upload: Path, file_type: FileType) -> None:
    """Check that a file begins as its type does, by our own table and by puremagic's.

    puremagic need not know every brand of video, but it must not recognise another type.

    Raises:
        Rejected: The file begins differently.
    """
    with upload.open("rb") as file:
        head = file.read(HEAD)
    content_type, family = file_type.content_type, file_type.family
    starts = _STARTS[content_type] if content_type in _STARTS else _FAMILY_STARTS[family]
    if any(head[at : at + len(start)] != start for at, start in starts):
        raise Rejected(RejectionReason.WRONG_TYPE)
    if content_type == "audio/mpeg" and not _MPEG.match(head):
        raise Rejected(RejectionReason.WRONG_TYPE)
    if content_type in _BRANDS and not _read_brands(head) & _BRANDS[content_type]:
        raise Rejected(RejectionReason.WRONG_TYPE)
    guesses = _guesses(head)
    is_recognised = content_type in _BY_SIGNATURE or family is Family.DOCX
    if content_type in guesses or (not guesses and not is_recognised):
        return
    if is_recognised or family is Family.VIDEO or not _is_related(guesses, content_type):
        raise Rejected(RejectionReason.WRONG_TYPE)


def check_no_trailing_zip(upload: Path) -> None:
    """Check that a file cannot be read as a zip too, for types that are stored unchanged.

    Raises:
        Rejected: It can be read as a zip.
    """
    with upload.open("rb") as file:
        file.seek(max(0, upload.stat().st_size - ZIP_TAIL))
        if ZIP_END in file.read():
            raise Rejected(RejectionReason.HIDDEN_CONTENT)


def _read_brands(head: bytes) -> set[bytes]:
    """Return the major and the compatible brands of the box that a file begins with."""
    content = head[8 : int.from_bytes(head[:4])]
    return {content[at : at + 4] for at in range(0, len(content), 4) if at != 4}


def _is_related(guesses: set[str], content_type: str) -> bool:
    """Return whether a guess is of the family: containers of films hold sounds and images too."""
    families = {content_type.partition("/")[0], "video", "application/ogg"}
    return any(guess in families or guess.partition("/")[0] in families for guess in guesses)


def _guesses(head: bytes) -> set[str]:
    try:
        return {guess.mime_type for guess in puremagic.magic_string(head) if guess.mime_type}
    except puremagic.PureError:
        return set()
