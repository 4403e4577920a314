"""Videos (MP4 and QuickTime, ISO/IEC 14496-12 boxes): stored with their metadata blanked.

The boxes must fill the file to its last byte. Locations, titles and free space are overwritten
with zeros in place, so that all offsets in the file stay the same. Then the index is put in front,
if it is not. Frames stay as they are.
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
# The boxes that lead from the index to the offsets of a track's frames.
_TO_TABLES = (b"trak", b"mdia", b"minf", b"stbl")
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


def move_index_to_front(upload: Path) -> None:
    """Put the index of a film (`moov`) before its frames, so that it plays before all is loaded.

    The frames are copied, not encoded. The tables of their offsets (`stco` and `co64`, ISO/IEC
    14496-12, 8.7.5) are moved with them. A film in fragments has its index in front already.

    Raises:
        Rejected: A table of offsets does not fit its box.
    """
    with upload.open("rb") as file:
        top = list(_read_boxes(file, 0, upload.stat().st_size))
        index = next(box for box in top if box.type == b"moov")
        frames = next((box for box in top if box.type == b"mdat"), index)
        if index.start < frames.start or any(box.type == b"moof" for box in top):
            return
        file.seek(index.start)
        moov = bytearray(file.read(index.end - index.start))
        _shift_offsets(file, moov, index, frames.start)
        if not any(moov[:4]):  # it reached to the end of the file, and would take in the frames
            moov[:4] = len(moov).to_bytes(4)
        moved = upload.with_name("moved")
        with moved.open("wb") as target:
            _copy(file, target, 0, frames.start)
            target.write(moov)
            _copy(file, target, frames.start, index.start)
            _copy(file, target, index.end, upload.stat().st_size)
    moved.replace(upload)


def _shift_offsets(file: BinaryIO, moov: bytearray, index: Box, first: int) -> None:
    """Add the length of the index to the offsets of what it is put in front of."""
    for table in _find_tables(file, index):
        width = 4 if table.type == b"stco" else 8
        at = table.content - index.start + 8  # after version, flags and number of entries
        count = int.from_bytes(moov[at - 4 : at])
        if table.content + 8 + count * width > table.end:
            raise Rejected(RejectionReason.DAMAGED)
        for entry in range(at, at + count * width, width):
            offset = int.from_bytes(moov[entry : entry + width])
            if first <= offset < index.start:
                moov[entry : entry + width] = (offset + len(moov)).to_bytes(width)


def _find_tables(file: BinaryIO, box: Box, path: tuple[bytes, ...] = _TO_TABLES) -> Iterator[Box]:
    for inner in _read_boxes(file, box.content, box.end):
        if path and inner.type == path[0]:
            yield from _find_tables(file, inner, path[1:])
        elif not path and inner.type in (b"stco", b"co64"):
            yield inner


def _copy(file: BinaryIO, target: BinaryIO, start: int, end: int) -> None:
    file.seek(start)
    while start < end:
        chunk = file.read(min(CHUNK, end - start))
        target.write(chunk)
        start += len(chunk)


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
