"""PDFs are kept as they came, so what acts by itself, or cannot be looked into, is refused.

Names are read with their escapes undone, and in all that is deflated, whatever its dictionary says
of it: that can be written in too many ways. A reader of PDF is more forgiving than this: it is a
coarse sieve beside the malware scanner, not a proof.
"""

import re
import zlib
from contextlib import suppress
from pathlib import Path

from files.inspection import magic
from files.inspection.verdict import Rejected
from files.models import Reason

_HEADER = re.compile(rb"%PDF-[12]\.\d")
_END = b"%%EOF"
# Long enough not to stand in compressed pixels by chance.
_ACTIVE = re.compile(
    rb"/(JavaScript|Launch|EmbeddedFiles?|RichMedia|SubmitForm|ImportData|GoToE|Rendition)"
    rb"(?![A-Za-z])|/XFA\s*[\[\d<(]"
)
_ENCRYPTED = re.compile(rb"/Encrypt(?![A-Za-z])")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
# Readers skip the rest of the line.
_STREAM = re.compile(rb"(?<!end)stream[^\r\n]{0,200}(?:\r\n|\n|\r)")
_OBJECTS = b"/ObjStm"
# Codes under which objects would not be recognized; nobody packs objects so.
_CODED = re.compile(rb"/(ASCII|LZW|RunLength|Crypt|Predictor)")
_DICTIONARY = 4096  # more than any dictionary of an object stream
_LONGEST_NAME = 64  # of those above, escaped
_PIECE = 512  # inflates to half a megabyte at most
_SURELY = 64  # bytes that inflate without an error are no accident
MOST_INFLATED = 512 * 1024 * 1024


def check(upload: Path) -> None:
    """Raise Rejected unless it is a whole PDF without active content."""
    magic.refuse_archive_behind(upload)
    content = upload.read_bytes()
    if not _HEADER.match(content):
        raise Rejected(Reason.WRONG_TYPE)
    _, end, behind = content.rpartition(_END)
    if not end or b"startxref" not in content:
        raise Rejected(Reason.DAMAGED)
    if behind.strip(b"\0\t\n\f\r "):
        raise Rejected(Reason.HIDDEN_CONTENT)
    _refuse_active(content)
    budget, last = MOST_INFLATED, 0
    for found in _STREAM.finditer(content):
        dictionary = content[max(last, found.start() - _DICTIONARY) : found.start()]
        _refuse_coded_objects(_unescaped_names(dictionary))
        last = found.end()
        budget -= _check_stream(content, last, budget)


def _refuse_active(content: bytes) -> None:
    names = _unescaped_names(content)
    if _ENCRYPTED.search(names):
        raise Rejected(Reason.ENCRYPTED)
    if _ACTIVE.search(names):
        raise Rejected(Reason.ACTIVE_CONTENT)


def _refuse_coded_objects(dictionary: bytes) -> None:
    if _OBJECTS in dictionary and _CODED.search(dictionary):
        raise Rejected(Reason.HIDDEN_CONTENT)


def _unescaped_names(content: bytes) -> bytes:
    return _ESCAPE.sub(lambda escape: bytes([int(escape[1], 16)]), content)


def _check_stream(content: bytes, at: int, budget: int) -> int:
    """Look through what is deflated from here on, if anything is; what that took of the budget."""
    inflating, seen, spent = zlib.decompressobj(), b"", 0
    for start in range(at, len(content), _PIECE):
        piece = content[start : start + _PIECE]
        inflated, is_over = _inflated(inflating, piece)
        spent += len(piece) + len(inflated)
        if spent > budget:
            raise Rejected(Reason.ARCHIVE_BOMB)
        if start == at and _is_deflated(inflated):
            raise Rejected(Reason.HIDDEN_CONTENT)
        text = seen + inflated
        _refuse_active(text)
        seen = text[-_LONGEST_NAME:]
        if is_over:
            break
    return spent


def _inflated(inflating: "zlib._Decompress", piece: bytes) -> tuple[bytes, bool]:
    """What the next piece inflates to, and whether that is the end: readers show what comes before
    an error, and so does this."""
    before, inflated = inflating.copy(), b""
    try:
        return inflating.decompress(piece), inflating.eof
    except zlib.error:
        with suppress(zlib.error):
            for position in range(len(piece)):
                inflated += before.decompress(piece[position : position + 1])
        return inflated, True


def _is_deflated(content: bytes) -> bool:
    """Whether this was deflated, too."""
    inflating = zlib.decompressobj()
    inflated, _ = _inflated(inflating, content)
    return inflating.eof or len(inflated) >= _SURELY
