"""Images: re-encoded, so that only their pixels are stored.

EXIF with its locations, comments, colour profiles, further images and anything appended to the
file are dropped; the orientation and the colour profile are applied to the pixels first.
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

from files.inspection.rejection import Rejected
from files.models import RejectionReason, ThumbnailSize

# Checked in the header, before a pixel is decoded. Phones take up to 50 million pixels.
MAX_PIXELS = 64_000_000
MAX_SIDE = 20_000
# Of a progressive JPEG. Cameras and tools write up to 20; each takes a pass over all pixels, but
# only a hundred bytes.
MAX_SCANS = 64
QUALITY = 90
THUMBNAIL_QUALITY = 80
THUMBNAILS = {ThumbnailSize.LARGE: 1280, ThumbnailSize.MEDIUM: 480, ThumbnailSize.SMALL: 160}
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
# Neither a byte of pixels, nor padding, nor a marker without a length.
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")
_START, _END, _SCAN = b"\xff\xd8", b"\xff\xd9", b"\xff\xda"
_DECODING_ERRORS = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error)


@contextmanager
def open_image(upload: Path, content_type: str) -> Iterator[Image.Image]:
    """Open an image and read its header.

    Raises:
        Rejected: It is not of this type, or too large.
    """
    # Only the decoder of the announced format may read it.
    formats = [_FORMATS[content_type]]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(upload, formats=formats)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Rejected(RejectionReason.TOO_MANY_PIXELS) from None
    except _DECODING_ERRORS:
        raise Rejected(RejectionReason.DAMAGED) from None
    with image:
        width, height = image.size
        if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
            raise Rejected(RejectionReason.TOO_MANY_PIXELS)
        if content_type == "image/jpeg":
            _reject_many_scans(upload.read_bytes())
        yield image


def normalize(image: Image.Image) -> Image.Image:
    """Return the pixels: upright, in sRGB, with eight bits per channel.

    Raises:
        Rejected: Pixels are missing.
    """
    try:
        image.load()
        upright = ImageOps.exif_transpose(image)
    except _DECODING_ERRORS:
        raise Rejected(RejectionReason.DAMAGED) from None
    pixels = _in_srgb(_eight_bit(upright), upright.info.get("icc_profile"))
    pixels.info.clear()
    return pixels


def create_thumbnails(pixels: Image.Image) -> Iterator[tuple[ThumbnailSize, Image.Image]]:
    """Yield the three thumbnails, largest first, each made from the one before.

    None is enlarged.
    """
    smaller = pixels
    for size, longest in THUMBNAILS.items():
        if max(smaller.size) > longest:
            scale = longest / max(smaller.size)
            width, height = (max(1, round(side * scale)) for side in smaller.size)
            smaller = smaller.resize((width, height), Image.Resampling.LANCZOS)
        yield size, smaller


def save(pixels: Image.Image, target: Path, content_type: str) -> None:
    """Write the pixels in the format of this media type."""
    format_ = _FORMATS[content_type]
    if format_ == "JPEG":
        pixels.convert("RGB").save(target, format_, quality=QUALITY, optimize=True)
    elif format_ == "WEBP":
        quality = QUALITY if target.name == "original" else THUMBNAIL_QUALITY
        pixels.save(target, format_, quality=quality)
    else:
        pixels.save(target, format_)


def _reject_many_scans(content: bytes) -> None:
    scans, at = 0, len(_START)
    while (marker := _MARKER.search(content, at)) and marker[0] != _END:
        scans += marker[0] == _SCAN
        if scans > MAX_SCANS:
            raise Rejected(RejectionReason.TOO_MANY_PIXELS)
        # The segment of a marker begins with its length; nothing within it is a marker.
        at = marker.end() + int.from_bytes(content[marker.end() : marker.end() + 2])


def _eight_bit(image: Image.Image) -> Image.Image:
    if image.mode in ("RGBA", "CMYK"):
        return image
    if image.mode == "RGB" and not image.has_transparency_data:  # a PNG may name one colour
        return image
    if image.mode.startswith("I"):  # 16-bit greyscale
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
        except (ImageCms.PyCMSError, *_DECODING_ERRORS):
            pass  # a profile for other pixels: leave these as they are
        else:
            if converted is not None:
                return converted
    return image.convert(mode)
