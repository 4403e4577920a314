"""PDFs: stored unchanged, so active content and content that cannot be inspected are rejected.

Names are read with their escapes undone, and in everything that is deflated, whatever its
dictionary says: a dictionary can be written in too many ways. PDF readers are more lenient than
this check, so it is a coarse filter beside the malware scanner and proves nothing.
"""

import re
import zlib
from contextlib import suppress
from pathlib import Path

import pikepdf

from files.inspection import pdf_objects, signatures
from files.inspection.rejection import Rejected
from files.models import RejectionReason

# Of pikepdf, for values that are not what their place asks for.
_READING_ERRORS = (ValueError, TypeError, KeyError, AttributeError, UnicodeError, RuntimeError)
_HEADER = re.compile(rb"%PDF-[12]\.\d")
_END = b"%%EOF"
# Long enough not to appear in compressed pixels by chance.
_ACTIVE = re.compile(
    rb"/(JavaScript|Launch|EmbeddedFiles?|RichMedia|SubmitForm|ImportData|GoToE|Rendition)"
    rb"(?![A-Za-z])|/XFA\s*[\[\d<(]"
)
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
# PDF readers skip the rest of the line.
_STREAM = re.compile(rb"(?<!end)stream[^\r\n]{0,200}(?:\r\n|\n|\r)")
_OBJECTS = b"/ObjStm"
# Encodings in which objects would not be recognised; no tool packs objects this way.
_ENCODED = re.compile(rb"/(ASCII|LZW|RunLength|Crypt|Predictor)")
_DICTIONARY = 4096  # more than any dictionary of an object stream
_MAX_NAME = 64  # of the names above, escaped
_PIECE = 512  # inflates to half a megabyte at most
_CERTAIN = 64  # this many bytes do not inflate without an error by accident
MAX_INFLATED = 512 * 1024 * 1024


def check(upload: Path) -> None:
    """Check that an upload is a complete PDF without active content.

    Raises:
        Rejected: It is incomplete, or may have active content.
    """
    signatures.check_no_trailing_zip(upload)
    content = upload.read_bytes()
    if not _HEADER.match(content):
        raise Rejected(RejectionReason.WRONG_TYPE)
    _, end, trailing = content.rpartition(_END)
    if not end or b"startxref" not in content:
        raise Rejected(RejectionReason.DAMAGED)
    if trailing.strip(b"\0\t\n\f\r "):
        raise Rejected(RejectionReason.HIDDEN_CONTENT)
    _reject_active(content)
    budget, last = MAX_INFLATED, 0
    for stream in _STREAM.finditer(content):
        dictionary = content[max(last, stream.start() - _DICTIONARY) : stream.start()]
        _reject_encoded_objects(_unescaped_names(dictionary))
        last = stream.end()
        budget -= _check_stream(content, last, budget)
    _check_objects(upload)


def _check_objects(upload: Path) -> None:
    """Check the objects, and store a repaired copy where readers had to guess where they are."""
    try:
        with pikepdf.open(upload, suppress_warnings=True) as pdf:
            pdf_objects.check(pdf)
            if not pdf.get_warnings():
                return
            repaired = upload.with_name("repaired")
            pdf.save(repaired)
    except pikepdf.PasswordError:
        raise Rejected(RejectionReason.ENCRYPTED) from None
    except (pikepdf.PdfError, *_READING_ERRORS):
        raise Rejected(RejectionReason.DAMAGED) from None
    repaired.replace(upload)


def _reject_active(content: bytes) -> None:
    if _ACTIVE.search(_unescaped_names(content)):
        raise Rejected(RejectionReason.ACTIVE_CONTENT)


def _reject_encoded_objects(dictionary: bytes) -> None:
    if _OBJECTS in dictionary and _ENCODED.search(dictionary):
        raise Rejected(RejectionReason.HIDDEN_CONTENT)


def _unescaped_names(content: bytes) -> bytes:
    return _ESCAPE.sub(lambda escape: bytes([int(escape[1], 16)]), content)


def _check_stream(content: bytes, at: int, budget: int) -> int:
    """Check what is deflated from here on, if anything is, and return its share of the budget."""
    inflating, seen, spent = zlib.decompressobj(), b"", 0
    for start in range(at, len(content), _PIECE):
        piece = content[start : start + _PIECE]
        inflated, is_over = _inflate(inflating, piece)
        spent += len(piece) + len(inflated)
        if spent > budget:
            raise Rejected(RejectionReason.ARCHIVE_BOMB)
        if start == at and _is_deflated(inflated):
            raise Rejected(RejectionReason.HIDDEN_CONTENT)
        text = seen + inflated
        _reject_active(text)
        seen = text[-_MAX_NAME:]
        if is_over:
            break
    return spent


def _inflate(inflating: "zlib._Decompress", piece: bytes) -> tuple[bytes, bool]:
    """Inflate the next piece; return the bytes and whether they are the last ones.

    PDF readers show what comes before an error, so this returns it as well.
    """
    before, inflated = inflating.copy(), b""
    try:
        return inflating.decompress(piece), inflating.eof
    except zlib.error:
        with suppress(zlib.error):
            for position in range(len(piece)):
                inflated += before.decompress(piece[position : position + 1])
        return inflated, True


def _is_deflated(content: bytes) -> bool:
    """Return whether inflated content was deflated twice."""
    inflating = zlib.decompressobj()
    inflated, _ = _inflate(inflating, content)
    return inflating.eof or len(inflated) >= _CERTAIN
