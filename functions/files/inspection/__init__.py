"""Inspection of an upload: a local file is compared with its announcement, and cleaned.

Nothing here calls AWS. Pillow and puremagic are loaded with this package, so only the inspector
imports it.
"""

from pathlib import Path

import msgspec

from files.inspection import images, malware, pdfs, signatures, videos, word_documents
from files.inspection.rejection import Rejected
from files.models import CleanContent, File, RejectionReason, Thumbnail, ThumbnailSize
from files.rules.file_types import TYPES, Family

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
    match TYPES[file.content_type].family:
        case Family.IMAGE:
            return _inspect_image(file, upload)
        case Family.VIDEO:
            videos.blank_metadata(upload, file.content_type)
        case Family.PDF:
            pdfs.check(upload)
        case Family.DOCX:
            word_documents.check(upload, scanner)
    return InspectedUpload(upload, {}, CleanContent(upload.stat().st_size))


def _inspect_image(file: File, upload: Path) -> InspectedUpload:
    original, paths = upload.with_name("original"), {}
    with images.open_image(upload, file.content_type) as image:
        pixels = images.normalize(image)
        images.save(pixels, original, file.content_type)
        thumbnails = []
        for size, thumbnail in images.create_thumbnails(pixels):
            paths[size] = upload.with_name(size.value)
            images.save(thumbnail, paths[size], "image/webp")
            thumbnails.append(Thumbnail(size, *thumbnail.size))
    content = CleanContent(original.stat().st_size, *pixels.size, tuple(thumbnails))
    return InspectedUpload(original, paths, content)
