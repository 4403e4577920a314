"""PDFs are kept as they came, so what acts by itself, or cannot be looked into, is refused.

Names are read with their escapes undone, also in compressed object streams. A reader of PDF is more
forgiving than this: it is a coarse sieve beside the malware scanner, not a proof.
"""

import re
import zlib
from pathlib import Path

from files.inspection import magic
from files.inspection.verdict import Rejected
from files.records import Reason

_HEADER = re.compile(rb"%PDF-[12]\.\d")
_END = b"%%EOF"
# Long enough not to stand in compressed pixels by chance.
_ACTIVE = re.compile(
    rb"/(JavaScript|Launch|EmbeddedFiles?|RichMedia|SubmitForm|ImportData|GoToE|Rendition)"
    rb"(?![A-Za-z])|/XFA\s*[\[\d<(]"
)
_ENCRYPTED = re.compile(rb"/Encrypt(?![A-Za-z])")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"stream\r?\n")
_DICTIONARY = 4096  # more than any dictionary of an object stream
MOST_INFLATED = 64 * 1024 * 1024


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
    budget = MOST_INFLATED
    for found in re.finditer(rb"/ObjStm", _unescaped_names(content)):
        budget -= _check_object_stream(content, found.start(), budget)


def _refuse_active(content: bytes) -> None:
    names = _unescaped_names(content)
    if _ENCRYPTED.search(names):
        raise Rejected(Reason.ENCRYPTED)
    if _ACTIVE.search(names):
        raise Rejected(Reason.ACTIVE_CONTENT)


def _unescaped_names(content: bytes) -> bytes:
    return _ESCAPE.sub(lambda escape: bytes([int(escape[1], 16)]), content)


def _check_object_stream(content: bytes, at: int, budget: int) -> int:
    """Look into the stream whose dictionary stands here; how many bytes it inflated to."""
    opening = max(content.rfind(b"<<", 0, at), at - _DICTIONARY)
    start = _STREAM.search(content, at, at + _DICTIONARY)
    if start is None:
        return 0
    dictionary = content[opening : start.start()]
    if b"/Filter" not in dictionary:
        return 0  # plain: it was read with all the rest
    if b"/FlateDecode" not in dictionary or b"/ASCII" in dictionary or b"/LZW" in dictionary:
        raise Rejected(Reason.HIDDEN_CONTENT)
    inflating = zlib.decompressobj()
    try:
        inflated = inflating.decompress(content[start.end() :], budget + 1)
    except zlib.error:
        raise Rejected(Reason.DAMAGED) from None
    if len(inflated) > budget:
        raise Rejected(Reason.ARCHIVE_BOMB)
    _refuse_active(inflated)
    return len(inflated)
