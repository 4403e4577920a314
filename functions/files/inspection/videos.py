"""Videos (MP4 and QuickTime, ISO/IEC 14496-12 boxes): stored with their metadata blanked.

The boxes must fill the file to its last byte. Locations, titles and free space are overwritten
with zeros in place, so that all offsets in the file stay the same. Frames are not decoded.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from files.inspection import signatures
from files.inspection.rejection import Rejected
from files.models import RejectionReason

QUICKTIME = "video/quicktime"
QT_BRAND = b"qt  "
_TOP = {b"ftyp", b"moov", b"mdat", b"moof", b"sidx", b"styp", b"mfra", b"pdin", b"emsg", b"prft"}
# Boxes without frames: locations (`udta`, `meta`, `uuid`), and free space.
_BLANKED = {b"free", b"skip", b"wide", b"udta", b"meta", b"uuid", b"pnot", b"junk"}
_CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"moof", b"traf"}
MAX_BOXES = 100_000
CHUNK = 1024 * 1024


class Box(msgspec.Struct, frozen=True):
    """A box: its type, and the offsets of its start, its content and its end."""

    type: bytes
    start: int
    content: int
    end: int


def blank_metadata(upload: Path, content_type: str) -> None:
    """Overwrite everything that is neither picture nor sound.

    Raises:
        Rejected: The upload is not a complete video of this type.
    """
    signatures.check_no_trailing_zip(upload)
    size = upload.stat().st_size
    with upload.open("r+b") as file:
        top = list(_read_boxes(file, 0, size))
        types = [box.type for box in top]
        if types[:1] != [b"ftyp"] or _is_quicktime(file, top[0]) != (content_type == QUICKTIME):
            raise Rejected(RejectionReason.WRONG_TYPE)
        if b"moov" not in types or not {b"mdat", b"moof"} & set(types):
            raise Rejected(RejectionReason.DAMAGED)
        if set(types) - _TOP - _BLANKED:
            raise Rejected(RejectionReason.HIDDEN_CONTENT)
        for box in top:
            _blank_within(file, box, depth=0)


def _read_boxes(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    for _ in range(MAX_BOXES):
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
            raise Rejected(RejectionReason.DAMAGED)
        yield box
        start = box.end
    raise Rejected(RejectionReason.DAMAGED)


def _is_quicktime(file: BinaryIO, ftyp: Box) -> bool:
    file.seek(ftyp.content)
    return file.read(4) == QT_BRAND


def _blank_within(file: BinaryIO, box: Box, depth: int) -> None:
    if box.type in _BLANKED:
        file.seek(box.start + 4)
        file.write(b"free")
        _zero(file, box.content, box.end)
    elif box.type in _CONTAINERS and depth < len(_CONTAINERS):
        for inner in _read_boxes(file, box.content, box.end):
            _blank_within(file, inner, depth + 1)


def _zero(file: BinaryIO, start: int, end: int) -> None:
    file.seek(start)
    while start < end:
        written = min(CHUNK, end - start)
        file.write(b"\0" * written)
        start += written
