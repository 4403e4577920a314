"""Films and sounds, encoded here: small, and with everything that phones add to them."""

import math
import tempfile
from array import array
from fractions import Fraction
from pathlib import Path

import av

TITLE = "TITLE-4711"
RATE = 48_000
_SOUNDS = {
    "audio/mp4": ("ipod", "aac", "fltp"),
    "audio/ogg": ("ogg", "libopus", "flt"),
    "audio/mpeg": ("mp3", "libmp3lame", "fltp"),
}


def sound(content_type: str = "audio/mp4", seconds: float = 2.0, *, silent: bool = False) -> bytes:
    """Return a sound that grows from silence to full, with a title."""
    muxer, codec, format_ = _SOUNDS[content_type]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound"
        with av.open(str(path), "w", format=muxer) as container:
            container.metadata["title"] = TITLE
            stream = container.add_stream(codec, rate=RATE, layout="mono")
            assert isinstance(stream, av.AudioStream)
            size, total = 960, round(seconds * RATE)
            for start in range(0, total, size):
                samples = array(
                    "f",
                    (
                        0.0 if silent else at / total * math.sin(at / 20)
                        for at in range(start, start + size)
                    ),
                )
                frame = av.AudioFrame(format=format_, layout="mono", samples=size)
                frame.planes[0].update(samples.tobytes().ljust(frame.planes[0].buffer_size, b"\0"))
                frame.sample_rate, frame.pts = RATE, start
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path.read_bytes()


def film(
    seconds: float = 1.0, size: tuple[int, int] = (64, 48), *, in_front: bool = False
) -> bytes:
    """Return a red film as phones write it: with its index behind the frames."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film"
        with av.open(str(path), "w", format="mp4") as container:
            stream = container.add_stream("mpeg4", rate=10)
            stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
            for number in range(round(seconds * 10)):
                frame = av.VideoFrame(*size, "yuv420p")
                for plane, value in zip(frame.planes, (76, 85, 255), strict=True):  # red
                    plane.update(bytes([value]) * plane.buffer_size)
                frame.pts, frame.time_base = number, Fraction(1, 10)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path.read_bytes()
