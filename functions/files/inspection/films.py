"""What is shown of a video before it plays: its poster frame, its size and its duration.

One frame is decoded, and nothing is encoded again: the film is stored as it is. A film that this
FFmpeg cannot decode has no poster, and is clean all the same.
"""

from pathlib import Path

import av
import msgspec
from av.container import InputContainer
from PIL import Image

from files.inspection import media

# Of a frame: 8K, which phones film in, has 33 million.
MAX_PIXELS = 36_000_000
# Packets that are read for the first whole frame.
MAX_PACKETS = 200


class Film(msgspec.Struct, frozen=True):
    """What is known about a film.

    Attributes:
        poster: Its first frame, upright; None if it cannot be decoded.
        duration_ms: Its duration; None if it states none.
    """

    poster: Image.Image | None = None
    duration_ms: int | None = None


def read(upload: Path, content_type: str) -> Film:
    """Return what can be read of a film."""
    try:
        with media.open_container(upload, content_type) as container:
            duration = media.duration_ms(container)
            try:
                poster = _read_poster(container)
            except media.ERRORS:
                poster = None
            return Film(poster, duration)
    except media.ERRORS:
        return Film()


def _read_poster(container: InputContainer) -> Image.Image | None:
    for stream in container.streams.video[:1]:
        if not 0 < stream.width * stream.height <= MAX_PIXELS:
            return None
        for number, packet in enumerate(container.demux(stream)):
            if number > MAX_PACKETS:
                return None
            for frame in packet.decode():
                if isinstance(frame, av.VideoFrame):
                    picture: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]  # PyAV's
                    return picture.rotate(frame.rotation, expand=True)
    return None
