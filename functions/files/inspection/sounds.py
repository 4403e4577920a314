"""Sounds: voice notes, stored without transcoding, titles, pictures and locations.

Their packets are copied into a new container, so that nothing else of the upload is stored, and
are decoded once for the duration and the waveform. Neither takes more memory for a longer sound,
apart from one number for each hundredth of a second.
"""

from array import array
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import av
import msgspec
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer

from files.inspection import media
from files.inspection.rejection import Rejected
from files.models import RejectionReason

MAX_SECONDS = 3600
PEAKS = 64
LOUDEST = 100
_RATE = 8000  # samples a second are looked at
_STEP = _RATE // 100
_CODECS = {
    "audio/mp4": {"aac", "alac"},
    "audio/ogg": {"opus", "vorbis", "flac"},
    "audio/mpeg": {"mp3", "mp3float"},
}
_MUXERS = {
    # The index comes first, so that a player starts before it has all.
    "audio/mp4": ("ipod", {"movflags": "faststart"}),
    "audio/ogg": ("ogg", {}),
    "audio/mpeg": ("mp3", {"write_id3v1": "0", "id3v2_version": "0"}),
}
_BITEXACT = {"fflags": "+bitexact"}  # without the name and version of the muxer


class Sound(msgspec.Struct, frozen=True):
    """What is known about a sound.

    Attributes:
        waveform: `PEAKS` peaks of equal lengths of time, from 0 to 100, of which the loudest is
            100; all are 0 if it is silent.
    """

    duration_ms: int
    waveform: tuple[int, ...]


def rewrite(upload: Path, target: Path, content_type: str) -> Sound:
    """Write the sound of an upload, and nothing else of it, and return what is known about it.

    Raises:
        Rejected: It is damaged, too long, or of another type or codec.
    """
    try:
        with media.open_container(upload, content_type) as container:
            stream = _find_stream(container, content_type)
            steps = _read_steps(container, stream)
        with media.open_container(upload, content_type) as container:
            _copy(container, _find_stream(container, content_type), target, content_type)
    except media.ERRORS:
        raise Rejected(RejectionReason.DAMAGED) from None
    if not steps or not target.stat().st_size:
        raise Rejected(RejectionReason.DAMAGED)
    return Sound(round(len(steps) * 1000 * _STEP / _RATE), _draw(steps))


def _find_stream(container: InputContainer, content_type: str) -> AudioStream:
    """Return the only sound of a container.

    Raises:
        Rejected: There is another number of them, or a film, or the codec is another one.
    """
    films = [each for each in container.streams.video if not _is_cover(each)]
    if films or len(container.streams.audio) != 1:
        raise Rejected(RejectionReason.WRONG_TYPE)
    (stream,) = container.streams.audio
    if stream.codec_context.name not in _CODECS[content_type]:
        raise Rejected(RejectionReason.WRONG_TYPE)
    return stream


def _is_cover(stream: av.VideoStream) -> bool:
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _read_steps(container: InputContainer, stream: AudioStream) -> list[int]:
    """Return the loudest sample of each hundredth of a second."""
    resampler = AudioResampler(format="s16", layout="mono", rate=_RATE)
    steps: list[int] = []
    rest = array("h")
    for samples in _decode(container, stream, resampler):
        rest.extend(samples)
        whole = len(rest) - len(rest) % _STEP
        for at in range(0, whole, _STEP):
            step = rest[at : at + _STEP]
            steps.append(_find_peak(step))
        del rest[:whole]
        if len(steps) > MAX_SECONDS * _RATE // _STEP:
            raise Rejected(RejectionReason.TOO_LONG)
    return [*steps, _find_peak(rest)] if rest else steps


def _decode(
    container: InputContainer, stream: AudioStream, resampler: AudioResampler
) -> "Iterator[array[int]]":
    read = failed = 0
    for packet in container.demux(stream):
        read += 1
        try:
            frames = packet.decode()
        except media.ERRORS:  # a player skips it too
            failed += 1
            continue
        for frame in frames:
            if isinstance(frame, av.AudioFrame):
                for part in resampler.resample(frame):
                    yield array("h", bytes(part.planes[0])[: 2 * part.samples])
    if failed > read // 10 + 1:
        raise Rejected(RejectionReason.DAMAGED)


def _copy(container: InputContainer, stream: AudioStream, target: Path, content_type: str) -> None:
    muxer, options = _MUXERS[content_type]
    options = options | _BITEXACT
    with av.open(str(target), "w", format=muxer, options=options) as to:
        copied = to.add_stream_from_template(stream)
        copied.metadata.clear()
        for packet in container.demux(stream):
            if packet.dts is not None:  # the last one is empty
                packet.stream = copied
                to.mux(packet)


def _find_peak(samples: "array[int]") -> int:
    return max(max(samples), -min(samples))  # noqa: PLW3301  # each is one pass in C


def _draw(steps: list[int]) -> tuple[int, ...]:
    """Return the peaks of equal parts of the steps; a part may be shorter than a step."""
    bounds = [len(steps) * n // PEAKS for n in range(PEAKS + 1)]
    peaks = [max(steps[start : max(end, start + 1)]) for start, end in pairwise(bounds)]
    loudest = max(peaks)
    return tuple(round(LOUDEST * peak / loudest) if loudest else 0 for peak in peaks)
