"""Containers of films and sounds, opened with FFmpeg by PyAV.

Only the demuxer of the announced type reads a file, in one thread and from the disk alone: a
playlist or a reference in it leads nowhere.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer

_DEMUXERS = {
    "audio/mp4": "mp4",
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
}
_OPTIONS = {"protocol_whitelist": "file"}
# What PyAV raises for a file that cannot be read, or for nonsense in it.
ERRORS = (av.FFmpegError, ValueError, OverflowError, UnicodeError, IndexError)

av.logging.set_level(av.logging.PANIC)


@contextmanager
def open_container(upload: Path, content_type: str) -> Iterator[InputContainer]:
    """Open a file as what it was announced.

    Raises:
        av.FFmpegError: It is not that.
    """
    with av.open(
        str(upload), format=_DEMUXERS[content_type], options=_OPTIONS, metadata_errors="replace"
    ) as container:
        for stream in container.streams:
            if stream.type in ("audio", "video"):
                stream.thread_count = 1  # type: ignore[attr-defined]  # of the codec
        yield container


def duration_ms(container: InputContainer) -> int | None:
    """Return the duration that the container states, which is counted in microseconds."""
    return None if container.duration is None else max(0, round(container.duration / 1000))
