"""Inspection of an upload: a local file is compared with its announcement, and cleaned.

Nothing here calls AWS. The decoders (Pillow, libheif, FFmpeg, qpdf) are loaded with this package,
so only the inspector imports it, whose bundle has them. What they may ask for is bounded by
`memory`.
"""

from pathlib import Path

import msgspec
from PIL import Image

from files.inspection import (
    films,
    images,
    malware,
    memory,
    pdfs,
    placeholders,
    signatures,
    sounds,
    videos,
    word_documents,
)
from files.inspection.rejection import Rejected
from files.models import CleanContent, File, RejectionReason, Thumbnail, ThumbnailSize
from files.rules.file_types import TYPES, Family, get_stored_type

__all__ = ["InspectedUpload", "Rejected", "examine"]

scanner: malware.Scanner = malware.EicarScanner()


class InspectedUpload(msgspec.Struct, frozen=True):
    """A clean upload: the files to be stored, and what is known about them."""

    original: Path
    thumbnails: dict[ThumbnailSize, Path]
    content: CleanContent


def examine(file: File, upload: Path, size: int, sha256: str) -> InspectedUpload:
    """Inspect an upload. Results are written beside it.

    Args:
        file: The file as it was announced.
        upload: Path of the upload that was read.
        size: Its size in bytes.
        sha256: Its SHA-256 in hexadecimal.

    Raises:
        Rejected: The upload is not what was announced, or is not harmless.
    """
    if size != file.size:
        raise Rejected(RejectionReason.SIZE_MISMATCH)
    if sha256 != file.sha256:
        raise Rejected(RejectionReason.CHECKSUM_MISMATCH)
    with upload.open("rb") as content:
        malware.check(scanner, content)
    signatures.check(upload, TYPES[file.content_type])
    with memory.bounded():
        return _inspect(file, upload)


def _inspect(file: File, upload: Path) -> InspectedUpload:
    match TYPES[file.content_type].family:
        case Family.IMAGE:
            return _inspect_image(file, upload)
        case Family.VIDEO:
            return _inspect_video(file, upload)
        case Family.AUDIO:
            return _inspect_sound(file, upload)
        case Family.PDF:
            pdfs.check(upload)
        case Family.DOCX:
            word_documents.check(upload, scanner)
    return InspectedUpload(upload, {}, CleanContent(upload.stat().st_size))


def _inspect_image(file: File, upload: Path) -> InspectedUpload:
    original = upload.with_name("original")
    with images.open_image(upload, file.content_type) as image:
        motion = images.find_motion(image, file.content_type)
        pixels = images.normalize(image)
        if motion.frames > 1 and not images.save_animation(image, original):
            motion = images.FROZEN
        if motion.frames == 1:
            images.save(pixels, original, file.content_type)
    paths, content = _show(pixels, upload)
    content = msgspec.structs.replace(
        content,
        size=original.stat().st_size,
        content_type=get_stored_type(file.content_type),
        frames=motion.frames,
        frozen=motion.frozen,
    )
    return InspectedUpload(original, paths, content)


def _inspect_video(file: File, upload: Path) -> InspectedUpload:
    videos.blank_metadata(upload, file.content_type)
    videos.move_index_to_front(upload)
    film = films.read(upload, file.content_type)
    if film.poster is None:
        paths, content = dict[ThumbnailSize, Path](), CleanContent(0)
    else:
        paths, content = _show(film.poster, upload)
    content = msgspec.structs.replace(
        content, size=upload.stat().st_size, duration_ms=film.duration_ms
    )
    return InspectedUpload(upload, paths, content)


def _inspect_sound(file: File, upload: Path) -> InspectedUpload:
    original = upload.with_name("original")
    sound = sounds.rewrite(upload, original, file.content_type)
    content = CleanContent(
        original.stat().st_size, duration_ms=sound.duration_ms, waveform=sound.waveform
    )
    return InspectedUpload(original, {}, content)


def _show(picture: Image.Image, upload: Path) -> tuple[dict[ThumbnailSize, Path], CleanContent]:
    """Write the thumbnails of a picture, and return what is known about it."""
    paths, thumbnails, smallest = {}, [], picture
    for size, smallest in images.create_thumbnails(picture):
        paths[size] = upload.with_name(size.value)
        images.save(smallest, paths[size], "image/webp")
        thumbnails.append(Thumbnail(size, *smallest.size))
    content = CleanContent(
        0,
        *picture.size,
        tuple(thumbnails),
        blurhash=placeholders.compute_blurhash(smallest),
        color=placeholders.find_dominant_color(smallest),
    )
    return paths, content
