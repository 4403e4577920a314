"""Word documents (Office Open XML) are zips: bounded, of known parts, with nothing that acts."""

import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO
from xml.parsers import expat

from files.inspection import malware
from files.inspection.verdict import Rejected
from files.models import Reason

MOST_ENTRIES = 2000
MOST_UNPACKED = 200 * 1024 * 1024
MOST_RATIO = 100
# What a parser must hold in memory of one part: one piece of markup, and the elements around it.
MOST_MARKUP = 1024 * 1024
MOST_DEPTH = 1000
CHUNK = 64 * 1024
INTERNAL = "Internal"
NEEDED = {"[Content_Types].xml", "word/document.xml"}
_HARMLESS = (
    ".xml", ".rels", ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".emf", ".wmf",
    ".ttf", ".odttf",
)  # fmt: skip
_ACTIVE = ("vba", "activex", "embeddings", "macro")
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
        with archive.open(entry) as content:
            _Xml().check(content)


class _Xml:
    """Looks through a part by a parser, as Word has one: what is asked can be spelled in many ways.

    It expands no entities: a part that declares any is refused where the declaration begins.
    """

    def __init__(self) -> None:
        self._depth = 0
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartDoctypeDeclHandler = self._declare
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def check(self, content: IO[bytes]) -> None:
        """Raise Rejected unless it is XML that Word need fetch nothing for."""
        size = 0
        try:
            while chunk := content.read(CHUNK):
                self._parser.Parse(chunk)
                size += len(chunk)
                if size - self._parser.CurrentByteIndex > MOST_MARKUP:
                    raise Rejected(Reason.ARCHIVE_BOMB)
            self._parser.Parse(b"", True)
        except (expat.ExpatError, LookupError, ValueError):  # broken, or in no encoding we know
            raise Rejected(Reason.DAMAGED) from None

    def _declare(self, *_: object) -> None:
        raise Rejected(Reason.ACTIVE_CONTENT)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise Rejected(Reason.ARCHIVE_BOMB)
        if name.rpartition(" ")[2] == "Relationship":
            # A link is followed by a person; anything else from outside, by Word itself.
            is_link = attributes.get("Type", "").endswith("/hyperlink")
            if attributes.get("TargetMode", INTERNAL) != INTERNAL and not is_link:
                raise Rejected(Reason.ACTIVE_CONTENT)

    def _end(self, _name: str) -> None:
        self._depth -= 1


def _leads_out(name: str) -> bool:
    path = PurePosixPath(name)
    return path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name


def _is_active(entry: zipfile.ZipInfo) -> bool:
    name = entry.filename.lower()
    if entry.is_dir():
        return False
    return not name.endswith(_HARMLESS) or any(part in name for part in _ACTIVE)
