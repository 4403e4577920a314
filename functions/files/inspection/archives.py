"""Word documents (Office Open XML) are zips: bounded, of known parts, with nothing that acts."""

import re
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from files.inspection import malware
from files.inspection.verdict import Rejected
from files.records import Reason

MOST_ENTRIES = 2000
MOST_UNPACKED = 200 * 1024 * 1024
MOST_RATIO = 100
NEEDED = {"[Content_Types].xml", "word/document.xml"}
_HARMLESS = (
    ".xml", ".rels", ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".emf", ".wmf",
    ".ttf", ".odttf",
)  # fmt: skip
_ACTIVE = ("vba", "activex", "embeddings", "macro")
_RELATIONSHIP = re.compile(rb"<Relationship\b[^>]*>")
_ENCRYPTED_FLAG = 0x1
_END_LENGTH = 22


def check_docx(upload: Path, scanner: malware.Scanner) -> None:
    """Raise Rejected unless it is a Word document that unpacks to a bounded, harmless size."""
    try:
        with zipfile.ZipFile(upload) as archive:
            _check_shape(upload, archive)
            for entry in archive.infolist():
                _check_entry(archive, entry, scanner)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, UnicodeError):
        raise Rejected(Reason.DAMAGED) from None


def _check_shape(upload: Path, archive: zipfile.ZipFile) -> None:
    """What the directory says, before anything is unpacked."""
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    unpacked = sum(entry.file_size for entry in entries)
    size = upload.stat().st_size
    if len(entries) > MOST_ENTRIES or unpacked > min(MOST_UNPACKED, size * MOST_RATIO):
        raise Rejected(Reason.ARCHIVE_BOMB)
    if not set(names) >= NEEDED:
        raise Rejected(Reason.WRONG_TYPE)
    # Bytes before the first entry, or a comment behind the last: another file in this one.
    with upload.open("rb") as file:
        file.seek(size - _END_LENGTH)
        ends_plainly = file.read(4) == b"PK\x05\x06"
    if min(entry.header_offset for entry in entries) != 0 or not ends_plainly:
        raise Rejected(Reason.HIDDEN_CONTENT)
    if len(set(names)) != len(names) or any(map(_leads_out, names)):
        raise Rejected(Reason.HIDDEN_CONTENT)
    if any(entry.flag_bits & _ENCRYPTED_FLAG for entry in entries):
        raise Rejected(Reason.ENCRYPTED)
    if any(map(_is_active, entries)):
        raise Rejected(Reason.ACTIVE_CONTENT)


def _check_entry(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, scanner: malware.Scanner
) -> None:
    """What is inside. zipfile stops at the size that the directory says, and checks the CRC."""
    with archive.open(entry) as content:
        malware.refuse(scanner, content)  # type: ignore[arg-type]  # it reads as a BinaryIO does
    if entry.filename.lower().endswith((".xml", ".rels")):
        text = archive.read(entry)
        if b"\0" in text:  # UTF-16, in which the next lines would find nothing
            raise Rejected(Reason.HIDDEN_CONTENT)
        if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
            raise Rejected(Reason.ACTIVE_CONTENT)
        for relationship in _RELATIONSHIP.findall(text):
            # A link is followed by a person; anything else from outside, by Word itself.
            if b"External" in relationship and b"/hyperlink" not in relationship:
                raise Rejected(Reason.ACTIVE_CONTENT)


def _leads_out(name: str) -> bool:
    path = PurePosixPath(name)
    return path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name


def _is_active(entry: zipfile.ZipInfo) -> bool:
    name = entry.filename.lower()
    if entry.is_dir():
        return False
    return not name.endswith(_HARMLESS) or any(part in name for part in _ACTIVE)
