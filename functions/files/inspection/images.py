"""Images are made anew: what is kept holds the pixels and nothing else that was sent.

So EXIF with its places, comments, colour profiles, second images and whatever was put behind the
picture are gone; the orientation and the colours of a profile are applied to the pixels first.
"""

import io
import re
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageCms, ImageOps

from files.inspection.verdict import Rejected
from files.models import Reason, ThumbnailSize

# Checked in the header, before a pixel is decoded: a phone takes 50 million at most.
MOST_PIXELS = 64_000_000
LONGEST_SIDE = 20_000
# Of a progressive JPEG. Cameras and tools make 20 at most; each costs a walk over all pixels, and a
# hundred bytes.
MOST_SCANS = 64
QUALITY = 90
THUMBNAIL_QUALITY = 80
THUMBNAILS = {ThumbnailSize.LARGE: 1280, ThumbnailSize.MEDIUM: 480, ThumbnailSize.SMALL: 160}
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
# Neither a byte of pixels, nor filling, nor one of those that stand alone.
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")
_START, _END, _SCAN = b"\xff\xd8", b"\xff\xd9", b"\xff\xda"
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error)


@contextmanager
def opened(upload: Path, content_type: str) -> Iterator[Image.Image]:
    """The image, its header read. Raises Rejected where it is none of this type, or too large."""
    # Only the decoder of the claimed format is let near it.
    formats = [_FORMATS[content_type]]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(upload, formats=formats)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Rejected(Reason.TOO_MANY_PIXELS) from None
    except _BROKEN:
        raise Rejected(Reason.DAMAGED) from None
    with image:
        width, height = image.size
        if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
            raise Rejected(Reason.TOO_MANY_PIXELS)
        if content_type == "image/jpeg":
            _refuse_many_scans(upload.read_bytes())
        yield image


def plain(image: Image.Image) -> Image.Image:
    """Its pixels, upright, in sRGB, eight bits each. Raises Rejected where some are missing."""
    try:
        image.load()
        upright = ImageOps.exif_transpose(image)
    except _BROKEN:
        raise Rejected(Reason.DAMAGED) from None
    pixels = _in_srgb(_eight_bit(upright), upright.info.get("icc_profile"))
    pixels.info.clear()
    return pixels


def thumbnails(pixels: Image.Image) -> Iterator[tuple[ThumbnailSize, Image.Image]]:
    """The three thumbnails, the largest first, each made of the one before; none is enlarged."""
    smaller = pixels
    for size, longest in THUMBNAILS.items():
        if max(smaller.size) > longest:
            scale = longest / max(smaller.size)
            width, height = (max(1, round(side * scale)) for side in smaller.size)
            smaller = smaller.resize((width, height), Image.Resampling.LANCZOS)
        yield size, smaller


def save(pixels: Image.Image, target: Path, content_type: str) -> None:
    """Write the pixels in the format of this type."""
    form = _FORMATS[content_type]
    if form == "JPEG":
        pixels.convert("RGB").save(target, form, quality=QUALITY, optimize=True)
    elif form == "WEBP":
        quality = QUALITY if target.name == "original" else THUMBNAIL_QUALITY
        pixels.save(target, form, quality=quality)
    else:
        pixels.save(target, form)


def _refuse_many_scans(content: bytes) -> None:
    scans, at = 0, len(_START)
    while (found := _MARKER.search(content, at)) and found[0] != _END:
        scans += found[0] == _SCAN
        if scans > MOST_SCANS:
            raise Rejected(Reason.TOO_MANY_PIXELS)
        # What a marker is about follows it under its own length, in which nothing is a marker.
        at = found.end() + int.from_bytes(content[found.end() : found.end() + 2])


def _eight_bit(image: Image.Image) -> Image.Image:
    if image.mode in ("RGB", "RGBA", "CMYK"):
        return image
    if image.mode.startswith("I"):  # 16 bits of grey
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("RGB")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if profile:
        try:
            converted = ImageCms.profileToProfile(
                image,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode=mode,
            )
        except (ImageCms.PyCMSError, *_BROKEN):
            pass  # not a profile of these pixels: they are taken as they stand
        else:
            if converted is not None:
                return converted
    return image.convert(mode)
