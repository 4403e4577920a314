"""Videos (ISO/IEC 14496-12 boxes, as MP4 and QuickTime have them) are kept, without what hides.

The boxes must fill the file to its last byte. Places, titles and free space are overwritten in
place with zeros, so that every offset in the file stays what it was. Frames are not decoded.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from files.inspection import magic
from files.inspection.verdict import Rejected
from files.models import Reason

QUICKTIME = "video/quicktime"
QT_BRAND = b"qt  "
_TOP = {b"ftyp", b"moov", b"mdat", b"moof", b"sidx", b"styp", b"mfra", b"pdin", b"emsg", b"prft"}
# What carries no frame: places (`udta`, `meta`, `uuid`), and room for anything.
_BLANKED = {b"free", b"skip", b"wide", b"udta", b"meta", b"uuid", b"pnot", b"junk"}
_WITH_INNER = {b"moov", b"trak", b"mdia", b"minf", b"moof", b"traf"}
MOST_BOXES = 100_000
CHUNK = 1024 * 1024


class Box(msgspec.Struct, frozen=True):
    """One box: its type, where it begins, where its content does, and where it ends."""

    type: bytes
    start: int
    content: int
    end: int


def clean(upload: Path, content_type: str) -> None:
    """Blank what is no picture or sound. Raises Rejected where it is not a whole video."""
    magic.refuse_archive_behind(upload)
    size = upload.stat().st_size
    with upload.open("r+b") as file:
        top = list(_boxes(file, 0, size))
        types = [box.type for box in top]
        if types[:1] != [b"ftyp"] or _is_quicktime(file, top[0]) != (content_type == QUICKTIME):
            raise Rejected(Reason.WRONG_TYPE)
        if b"moov" not in types or not {b"mdat", b"moof"} & set(types):
            raise Rejected(Reason.DAMAGED)
        if set(types) - _TOP - _BLANKED:
            raise Rejected(Reason.HIDDEN_CONTENT)
        for box in top:
            _blank_within(file, box, depth=0)


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    for _ in range(MOST_BOXES):
        if start == end:
            return
        file.seek(start)
        header = file.read(16)
        length, kind, content = int.from_bytes(header[:4]), header[4:8], start + 8
        if length == 1:
            length, content = int.from_bytes(header[8:16]), start + 16
        elif length == 0:  # to the end
            length = end - start
        box = Box(kind, start, content, start + length)
        if not content <= box.end <= end:
            raise Rejected(Reason.DAMAGED)
        yield box
        start = box.end
    raise Rejected(Reason.DAMAGED)


def _is_quicktime(file: BinaryIO, ftyp: Box) -> bool:
    file.seek(ftyp.content)
    return file.read(4) == QT_BRAND


def _blank_within(file: BinaryIO, box: Box, depth: int) -> None:
    if box.type in _BLANKED:
        file.seek(box.start + 4)
        file.write(b"free")
        _zero(file, box.content, box.end)
    elif box.type in _WITH_INNER and depth < len(_WITH_INNER):
        for inner in _boxes(file, box.content, box.end):
            _blank_within(file, inner, depth + 1)


def _zero(file: BinaryIO, start: int, end: int) -> None:
    file.seek(start)
    while start < end:
        written = min(CHUNK, end - start)
        file.write(b"\0" * written)
        start += written
