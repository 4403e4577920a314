"""Word documents (Office Open XML): zips of bounded size and known parts, nothing active."""

import re
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO
from xml.parsers import expat

from files.inspection import malware
from files.inspection.rejection import Rejected
from files.models import RejectionReason

MAX_ENTRIES = 2000
MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 100
# A parser holds one piece of markup in memory, and the elements around it.
MAX_MARKUP = 1024 * 1024
MAX_DEPTH = 1000
CHUNK = 64 * 1024
INTERNAL = "Internal"
REQUIRED = {"[Content_Types].xml", "word/document.xml"}
_HARMLESS = (
    ".xml", ".rels", ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".emf", ".wmf",
    ".ttf", ".odttf",
)  # fmt: skip
# What a printer driver noted (DEVMODE, of the Windows API). Word hands it to the driver of the
# printer of this name; it must not be another document.
_PRINTER_SETTINGS = re.compile(r"word/printersettings/[a-z0-9]+\.bin")
_DOCUMENTS = (b"\xd0\xcf\x11\xe0", b"PK\x03\x04", b"MZ", b"%PDF")  # OLE, zip, program, PDF
_ACTIVE = ("vba", "activex", "embeddings", "macro")
_ENCRYPTED_FLAG = 0x1
_END_LENGTH = 22


def check(upload: Path, scanner: malware.Scanner) -> None:
    """Check that an upload is a Word document of bounded size without active content.

    Raises:
        Rejected: It is not.
    """
    try:
        with zipfile.ZipFile(upload) as archive:
            _check_shape(upload, archive)
            for entry in archive.infolist():
                _check_entry(archive, entry, scanner)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, UnicodeError):
        raise Rejected(RejectionReason.DAMAGED) from None


def _check_shape(upload: Path, archive: zipfile.ZipFile) -> None:
    """Check the zip's directory, before anything is unpacked."""
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    unpacked = sum(entry.file_size for entry in entries)
    size = upload.stat().st_size
    if len(entries) > MAX_ENTRIES or unpacked > min(MAX_UNPACKED, size * MAX_RATIO):
        raise Rejected(RejectionReason.ARCHIVE_BOMB)
    if not set(names) >= REQUIRED:
        raise Rejected(RejectionReason.WRONG_TYPE)
    # Bytes before the first entry, or a comment after the last, could hide another file.
    with upload.open("rb") as file:
        file.seek(size - _END_LENGTH)
        ends_without_comment = file.read(4) == b"PK\x05\x06"
    if min(entry.header_offset for entry in entries) != 0 or not ends_without_comment:
        raise Rejected(RejectionReason.HIDDEN_CONTENT)
    if len(set(names)) != len(names) or any(map(_is_outside, names)):
        raise Rejected(RejectionReason.HIDDEN_CONTENT)
    if any(entry.flag_bits & _ENCRYPTED_FLAG for entry in entries):
        raise Rejected(RejectionReason.ENCRYPTED)
    if any(map(_is_active, entries)):
        raise Rejected(RejectionReason.ACTIVE_CONTENT)


def _check_entry(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, scanner: malware.Scanner
) -> None:
    """Check an entry. zipfile stops at the size that the directory gives, and checks the CRC."""
    with archive.open(entry) as content:
        malware.check(scanner, content)  # type: ignore[arg-type]  # it has the methods that are used
    if _PRINTER_SETTINGS.fullmatch(entry.filename.lower()):
        with archive.open(entry) as content:
            if content.read(4).startswith(_DOCUMENTS):
                raise Rejected(RejectionReason.ACTIVE_CONTENT)
    if entry.filename.lower().endswith((".xml", ".rels")):
        with archive.open(entry) as content:
            _XmlCheck().run(content)


class _XmlCheck:
    """A check of one part by a parser, as Word uses one: the same content has many spellings.

    No entities are expanded: a part is rejected where a declaration of one begins.
    """

    def __init__(self) -> None:
        self._depth = 0
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartDoctypeDeclHandler = self._declare
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def run(self, content: IO[bytes]) -> None:
        """Check that a part is XML for which Word need not fetch anything.

        Raises:
            Rejected: It is not.
        """
        size = 0
        try:
            while chunk := content.read(CHUNK):
                self._parser.Parse(chunk)
                size += len(chunk)
                if size - self._parser.CurrentByteIndex > MAX_MARKUP:
                    raise Rejected(RejectionReason.ARCHIVE_BOMB)
            self._parser.Parse(b"", True)
        except (expat.ExpatError, LookupError, ValueError):  # malformed, or in an unknown encoding
            raise Rejected(RejectionReason.DAMAGED) from None

    def _declare(self, *_: object) -> None:
        raise Rejected(RejectionReason.ACTIVE_CONTENT)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Rejected(RejectionReason.ARCHIVE_BOMB)
        if name.rpartition(" ")[2] == "Relationship":
            # People follow links; Word itself fetches everything else that is external.
            is_link = attributes.get("Type", "").endswith("/hyperlink")
            if attributes.get("TargetMode", INTERNAL) != INTERNAL and not is_link:
                raise Rejected(RejectionReason.ACTIVE_CONTENT)

    def _end(self, _name: str) -> None:
        self._depth -= 1


def _is_outside(name: str) -> bool:
    path = PurePosixPath(name)
    return path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name


def _is_active(entry: zipfile.ZipInfo) -> bool:
    name = entry.filename.lower()
    if entry.is_dir() or _PRINTER_SETTINGS.fullmatch(name):
        return False
    return not name.endswith(_HARMLESS) or any(part in name for part in _ACTIVE)
