"""Images: re-encoded, so that only their pixels are stored.

EXIF with its locations, comments, colour profiles, further images and anything appended to the
file are dropped; the orientation and the colour profile are applied to the pixels first. An
animation stays one, up to a bound, beyond which its first picture is stored. What phones take and
browsers do not show (HEIC, AVIF) is stored as JPEG or WebP.
"""

import io
import re
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import msgspec
import pillow_heif
from PIL import Image, ImageCms, ImageOps, PngImagePlugin

from files.inspection.rejection import Rejected
from files.models import RejectionReason, ThumbnailSize
from files.rules.file_types import get_stored_type

pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)

# Checked in the header, before a pixel is decoded. More pixels than are stored are decoded to half
# or a quarter of the size: a JPEG by its decoder, so that cameras of 200 million pixels are fine,
# and others afterwards, with all of their pixels in memory at first.
MAX_STORED = 64_000_000
MAX_PIXELS = 110_000_000
MAX_JPEG_PIXELS = 210_000_000
MAX_SIDE = 20_000
# Of an animation: pictures, and pixels of all of them together.
MAX_FRAMES = 1000
MAX_ANIMATED_PIXELS = 300_000_000
# Of a progressive JPEG. Cameras and tools write up to 20; each takes a pass over all pixels, but
# only a hundred bytes.
MAX_SCANS = 64
QUALITY = 90
THUMBNAIL_QUALITY = 80
THUMBNAILS = {ThumbnailSize.LARGE: 1280, ThumbnailSize.MEDIUM: 480, ThumbnailSize.SMALL: 160}
_FORMATS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/gif": "GIF",
    "image/avif": "AVIF",
    "image/heic": "HEIF",
    "image/heif": "HEIF",
}
_ANIMATED = {"image/gif", "image/webp"}
# Of these, further images are not pictures of a film, but depth maps and bursts.
_COLLECTIONS = {"image/heic", "image/heif"}
# Neither a byte of pixels, nor padding, nor a marker without a length.
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")
_START, _END, _SCAN = b"\xff\xd8", b"\xff\xd9", b"\xff\xda"
# Bytes that a decoder takes for pixels, if any are missing.
_FILLER = bytes(range(1, 251)) * 4
_PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_DECODING_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    RuntimeError,
    struct.error,
    zlib.error,
)

# Texts are dropped before; of what else is deflated in a header, a colour profile may be large.
PngImagePlugin.MAX_TEXT_CHUNK = 16 * 1024 * 1024


class Motion(msgspec.Struct, frozen=True):
    """What is stored of the pictures of an image.

    Attributes:
        frames: How many are stored.
        frozen: Whether the image moves, and only the first is stored.
    """

    frames: int = 1
    frozen: bool = False


FROZEN = Motion(frozen=True)


@contextmanager
def open_image(upload: Path, content_type: str) -> Iterator[Image.Image]:
    """Open an image and read its header.

    Raises:
        Rejected: It is not of this type, or too large.
    """
    if content_type == "image/jpeg":
        _check_scans(upload)
    elif content_type == "image/png":
        _drop_texts(upload)
    # Only the decoder of the announced format may read it.
    formats = [_FORMATS[content_type]]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit follows
            image = Image.open(upload, formats=formats)
    except Image.DecompressionBombError:
        raise Rejected(RejectionReason.TOO_MANY_PIXELS) from None
    except _DECODING_ERRORS:
        raise Rejected(RejectionReason.DAMAGED) from None
    with image:
        width, height = image.size
        most = MAX_JPEG_PIXELS if content_type == "image/jpeg" else MAX_PIXELS
        if width * height > most or max(width, height) > MAX_SIDE:
            raise Rejected(RejectionReason.TOO_MANY_PIXELS)
        if width * height > MAX_STORED:
            image.draft(image.mode, (width // 2, height // 2))  # JPEG only
        yield image


def normalize(image: Image.Image) -> Image.Image:
    """Return the pixels: upright, in sRGB, with eight bits per channel, and not too many.

    Raises:
        Rejected: Pixels are missing.
    """
    try:
        image.load()
        upright = _reduce(image)
        ImageOps.exif_transpose(upright, in_place=True)
    except Image.DecompressionBombError:  # the first picture of a GIF is larger than its header
        raise Rejected(RejectionReason.TOO_MANY_PIXELS) from None
    except _DECODING_ERRORS:
        raise Rejected(RejectionReason.DAMAGED) from None
    pixels = _in_srgb(_eight_bit(upright), upright.info.get("icc_profile"))
    pixels.info.clear()
    return pixels


def find_motion(image: Image.Image, content_type: str) -> Motion:
    """Return what of an image's motion is stored.

    Raises:
        Rejected: The number of its pictures cannot be read.
    """
    try:
        frames = getattr(image, "n_frames", 1)
    except _DECODING_ERRORS:
        raise Rejected(RejectionReason.DAMAGED) from None
    if frames == 1 or content_type in _COLLECTIONS:
        return Motion()
    is_small = frames <= MAX_FRAMES and frames * image.width * image.height <= MAX_ANIMATED_PIXELS
    return Motion(frames) if content_type in _ANIMATED and is_small else FROZEN


def save_animation(image: Image.Image, target: Path) -> bool:
    """Write all pictures of an animation as WebP, without anything else.

    Returns:
        Whether it could be done: later pictures may be damaged, or of other sizes.
    """
    try:
        image.seek(0)
        image.save(
            target, "WEBP", save_all=True, quality=THUMBNAIL_QUALITY, method=2,
            icc_profile=b"", exif=b"", xmp=b"",
        )  # fmt: skip
    except (Image.DecompressionBombError, *_DECODING_ERRORS):
        return False
    return True


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
    """Write the pixels in the format in which images of this media type are stored."""
    format_ = _FORMATS[get_stored_type(content_type)]
    if format_ == "JPEG":
        pixels.convert("RGB").save(target, format_, quality=QUALITY, optimize=True)
    elif format_ == "WEBP":
        quality = QUALITY if target.name == "original" else THUMBNAIL_QUALITY
        pixels.save(target, format_, quality=quality)
    else:
        pixels.save(target, format_)


# ---- JPEG --------------------------------------------------------------------------------------


def _check_scans(upload: Path) -> None:
    """Reject a JPEG of too many scans, and complete one that lacks nothing but its last marker."""
    content = upload.read_bytes()
    scans, at = 0, len(_START)
    while (marker := _MARKER.search(content, at)) and marker[0] != _END:
        scans += marker[0] == _SCAN
        if scans > MAX_SCANS:
            raise Rejected(RejectionReason.TOO_MANY_PIXELS)
        # The segment of a marker begins with its length; nothing within it is a marker.
        at = marker.end() + int.from_bytes(content[marker.end() : marker.end() + 2])
    if marker is None and scans:
        _complete(upload, content.removesuffix(b"\xff"))


def _complete(upload: Path, content: bytes) -> None:
    """Append the marker of the end, if all pixels are there.

    A decoder puts up with missing pixels and does not say so. Where any are missing, it takes
    further bytes for them: the picture changes then.
    """
    if _hash_pixels(content + _END) == _hash_pixels(content + _FILLER + _END):
        upload.write_bytes(content + _END)


def _hash_pixels(content: bytes) -> bytes | None:
    try:
        with Image.open(io.BytesIO(content), formats=["JPEG"]) as image:
            width, height = image.size
            if width * height > MAX_STORED:
                image.draft(image.mode, (width // 8, height // 8))
            return sha256(image.tobytes()).digest()
    except (Image.DecompressionBombError, *_DECODING_ERRORS):
        return None


# ---- PNG ---------------------------------------------------------------------------------------


def _drop_texts(upload: Path) -> None:
    """Remove the chunks of a PNG that hold texts: they may be large, and are not stored.

    PNG (W3C), 5.3: a chunk is its length, its type, its data and a checksum. What does not follow
    that is left to the decoder to reject.
    """
    content = upload.read_bytes()
    if not content.startswith(_PNG_START) or not any(kind in content for kind in _PNG_TEXTS):
        return
    kept, at = [_PNG_START], len(_PNG_START)
    while at < len(content):
        end = at + 12 + int.from_bytes(content[at : at + 4])
        if content[at + 4 : at + 8] not in _PNG_TEXTS:
            kept.append(content[at:end])
        at = end
    upload.write_bytes(b"".join(kept))


# ---- pixels ------------------------------------------------------------------------------------


def _reduce(image: Image.Image) -> Image.Image:
    """Return the image with at most as many pixels as are stored; it is halved if it has more."""
    while image.width * image.height > MAX_STORED:
        if image.mode == "P":
            image = image.convert("RGBA" if image.has_transparency_data else "RGB")
        info = image.info
        image = image.reduce(2)
        image.info = info
    return image


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
