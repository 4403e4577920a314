"""The first bytes against the claim, and the last bytes against what hides behind them."""

from pathlib import Path

import puremagic

from files.inspection.verdict import Rejected
from files.models import Reason
from files.rules.file_types import Family, FileType

HEAD = 8192
# A zip is read from its end: its last record, and a comment of up to 64 KiB after it.
ZIP_END, ZIP_TAIL = b"PK\x05\x06", 22 + 65_535
_STARTS = {
    "image/jpeg": ((0, b"\xff\xd8\xff"),),
    "image/png": ((0, b"\x89PNG\r\n\x1a\n"),),
    "image/webp": ((0, b"RIFF"), (8, b"WEBP")),
    "application/pdf": ((0, b"%PDF-"),),
}
_FAMILY_STARTS = {Family.VIDEO: ((4, b"ftyp"),), Family.DOCX: ((0, b"PK\x03\x04"),)}


def check(upload: Path, claimed: FileType) -> None:
    """Raise Rejected unless the file begins as its type does, by our own look and by puremagic's.

    puremagic need not know every brand of video; what it knows must not be another type.
    """
    with upload.open("rb") as file:
        head = file.read(HEAD)
    starts = _STARTS.get(claimed.content_type) or _FAMILY_STARTS[claimed.family]
    if any(head[at : at + len(magic)] != magic for at, magic in starts):
        raise Rejected(Reason.WRONG_TYPE)
    guesses = _guesses(head)
    if claimed.content_type not in guesses and not (claimed.family is Family.VIDEO and not guesses):
        raise Rejected(Reason.WRONG_TYPE)


def refuse_archive_behind(upload: Path) -> None:
    """Raise Rejected where the file can be read as a zip, too. For what is kept as it came."""
    with upload.open("rb") as file:
        file.seek(max(0, upload.stat().st_size - ZIP_TAIL))
        if ZIP_END in file.read():
            raise Rejected(Reason.HIDDEN_CONTENT)


def _guesses(head: bytes) -> set[str]:
    try:
        return {guess.mime_type for guess in puremagic.magic_string(head) if guess.mime_type}
    except puremagic.PureError:
        return set()
