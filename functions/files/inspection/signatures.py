"""File signatures: the first bytes must match the type, the last ones must not hide a zip."""

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
}
_FAMILY_STARTS = {Family.VIDEO: ((4, b"ftyp"),), Family.DOCX: ((0, b"PK\x03\x04"),)}


def check(upload: Path, file_type: FileType) -> None:
    """Check that a file begins as its type does, by our own table and by puremagic's.

    puremagic need not know every brand of video, but it must not recognise another type.

    Raises:
        Rejected: The file begins differently.
    """
    with upload.open("rb") as file:
        head = file.read(HEAD)
    starts = _STARTS.get(file_type.content_type) or _FAMILY_STARTS[file_type.family]
    if any(head[at : at + len(start)] != start for at, start in starts):
        raise Rejected(RejectionReason.WRONG_TYPE)
    guesses = _guesses(head)
    if file_type.content_type not in guesses and not (
        file_type.family is Family.VIDEO and not guesses
    ):
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


def _guesses(head: bytes) -> set[str]:
    try:
        return {guess.mime_type for guess in puremagic.magic_string(head) if guess.mime_type}
    except puremagic.PureError:
        return set()
