"""Looking into an upload: what it claims is held against what it is.

Nothing here calls anybody: rules over one file on disk. Pillow and puremagic are loaded with this
package, so only the inspector imports it.
"""

from pathlib import Path

import msgspec

from files.inspection import archives, images, magic, malware, pdfs, videos
from files.inspection.verdict import Rejected
from files.models import File, Kept, Reason, Thumbnail, ThumbnailSize
from files.rules.file_types import TYPES, Family

__all__ = ["Examined", "Rejected", "examine"]

scanner: malware.Scanner = malware.EicarScanner()


class Examined(msgspec.Struct, frozen=True):
    """What may be kept of an upload: the file itself, its thumbnails, and what is known of them."""

    original: Path
    thumbnails: dict[ThumbnailSize, Path]
    kept: Kept


def examine(file: File, upload: Path, size: int, sha256: str) -> Examined:
    """Look into what was read of `file` into `upload`; results are written beside it.

    size, sha256: of what was read. Raises Rejected where it is not what it claims, or not harmless.
    """
    if size != file.size:
        raise Rejected(Reason.SIZE_MISMATCH)
    if sha256 != file.sha256:
        raise Rejected(Reason.CHECKSUM_MISMATCH)
    with upload.open("rb") as content:
        malware.refuse(scanner, content)
    magic.check(upload, TYPES[file.content_type])
    match TYPES[file.content_type].family:
        case Family.IMAGE:
            return _image(file, upload)
        case Family.VIDEO:
            videos.clean(upload, file.content_type)
        case Family.PDF:
            pdfs.check(upload)
        case Family.DOCX:
            archives.check_docx(upload, scanner)
    return Examined(upload, {}, Kept(upload.stat().st_size))


def _image(file: File, upload: Path) -> Examined:
    original, paths = upload.with_name("original"), {}
    with images.opened(upload, file.content_type) as image:
        plain = images.plain(image)
        images.save(plain, original, file.content_type)
        thumbnails = []
        for size, thumbnail in images.thumbnails(plain):
            paths[size] = upload.with_name(size.value)
            images.save(thumbnail, paths[size], "image/webp")
            thumbnails.append(Thumbnail(size, *thumbnail.size))
    kept = Kept(original.stat().st_size, *plain.size, tuple(thumbnails))
    return Examined(original, paths, kept)
