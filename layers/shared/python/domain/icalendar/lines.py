"""Content lines of a calendar that arrives in parts (RFC 5545, 3.1).

What is held is one line at a time, whatever the calendar consists of.
"""

from collections.abc import Iterable, Iterator

from domain.icalendar.recurrence import TooMuchWork

MAX_LINES = 2_000_000
MAX_LINE_BYTES = 64 * 1024  # longer ones are cut

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def unfold(parts: Iterable[bytes]) -> Iterator[str]:
    """Yield the lines of a calendar, each as one, however it is folded.

    Lines are joined before they are decoded: programs fold them in the middle of a character.

    Raises:
        TooMuchWork: There are too many lines.
    """
    pieces: list[bytes] = []
    size = 0
    for line in _split(parts):
        if line[:1] in (b" ", b"\t"):
            piece = line[1:]
            if size < MAX_LINE_BYTES:
                pieces.append(piece)
        else:
            if pieces:
                yield b"".join(pieces)[:MAX_LINE_BYTES].decode(errors="replace")
            piece, size = line, 0
            pieces = [piece]
        size += len(piece)
    if pieces:
        yield b"".join(pieces)[:MAX_LINE_BYTES].decode(errors="replace")


def _split(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines as they are in the calendar, without their ends."""
    pieces: list[bytes] = []
    size = number = 0
    for part in parts:
        first, *others = part.split(b"\n")
        if size < MAX_LINE_BYTES:
            pieces.append(first)
        size += len(first)
        for line in others:
            whole = b"".join(pieces)
            yield (whole if number else whole.removeprefix(_BYTE_ORDER_MARK)).rstrip(b"\r")
            pieces, size = [line], len(line)
            number += 1
            if number > MAX_LINES:
                raise TooMuchWork
    yield b"".join(pieces).rstrip(b"\r")
