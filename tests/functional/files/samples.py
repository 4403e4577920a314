"""Sample files: harmless and hostile ones."""

import io
import struct
import zipfile
import zlib
from typing import Any

import pikepdf
import pillow_heif
from PIL import Image

from files.inspection.malware import EICAR

pillow_heif.register_heif_opener()

PLACE = b"GPSPLACE"


def image(form: str = "JPEG", size: tuple[int, int] = (640, 480), **options: Any) -> bytes:
    """Return an image with a red corner, so that a rotation is visible."""
    picture = Image.new("RGB", size, (20, 120, 220))
    picture.paste((250, 0, 0), (0, 0, size[0] // 4, size[1] // 4))
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def with_place(form: str = "JPEG", orientation: int = 6) -> bytes:
    """Return a photo as phones take it: rotated, with a location and a serial number."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = PLACE.decode()
    exif[0xA431] = "SERIAL-4711"
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 12.0, 30.0), 3: "E", 4: (16.0, 22.0, 0.0)})
    return image(form, exif=exif)


def scanned(times: int, marker: bytes = b"") -> bytes:
    """Return a progressive JPEG whose last scan is repeated, each time after `marker`."""
    once = image(progressive=True)
    again = marker + once[once.rindex(b"\xff\xda") : -2]
    return once[:-2] + again * times + once[-2:]


def chunk(kind: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def png_header(width: int, height: int) -> bytes:
    """Return a PNG whose header announces this size, with hardly any pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 100_000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def see_through(mode: str, form: str = "PNG") -> bytes:
    """Return an image of 30 by 20 pixels whose left half is transparent."""
    pixels = Image.new("RGBA", (30, 20), (20, 120, 220, 255))
    pixels.paste((20, 120, 220, 0), (0, 0, 15, 20))
    options: dict[str, Any] = {}
    if mode == "P":
        picture = Image.new("P", (30, 20), 1)
        picture.putpalette([250, 0, 0, 20, 120, 220])
        picture.paste(0, (0, 0, 15, 20))
        options["transparency"] = 0
    elif mode in ("L", "RGB"):  # one grey or one colour is transparent
        picture = pixels.convert(mode)
        picture.paste(0, (0, 0, 15, 20))
        options["transparency"] = 0 if mode == "L" else (0, 0, 0)
    else:
        picture = pixels.convert(mode)
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def zipped(entries: dict[str, bytes], comment: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
        archive.comment = comment
    return out.getvalue()


RELS = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%s'
RELS += b"</Relationships>"
HYPERLINK = (
    b'<Relationship Id="r1" Type="http://x/hyperlink" Target="https://x" TargetMode="External"/>'
)
TEMPLATE = HYPERLINK.replace(b"/hyperlink", b"/attachedTemplate")


def docx(extra: dict[str, bytes] | None = None) -> bytes:
    entries = {
        "[Content_Types].xml": b"<Types/>",
        "_rels/.rels": RELS % b"",
        "word/document.xml": b"<document>" + bytes(range(97, 123)) * 40 + b"</document>",
        "word/_rels/document.xml.rels": RELS % HYPERLINK,
    }
    return zipped(entries | (extra or {}))


def pdf(inside: bytes = b"", behind: bytes = b"") -> bytes:
    return (
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
        b"2 0 obj\n<< /Type /Pages /Kids [8 0 R] /Count 1 >>\nendobj\n"
        b"8 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 72 72] >>\nendobj\n"
        + inside
        + b"\nxref\n0 1\n0000000000 65535 f \ntrailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"
        + behind
    )


def locked_pdf() -> bytes:
    """Return a PDF that nobody opens without a password."""
    out = io.BytesIO()
    with pikepdf.new() as document:
        document.save(out, encryption=pikepdf.Encryption(owner="owner", user="user"))
    return out.getvalue()


def object_stream(content: bytes, filters: bytes = b"/FlateDecode", pack: bool = True) -> bytes:
    packed = zlib.compress(content, 9) if pack else content
    return (
        b"5 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter %s /Length %d >>\nstream\n"
        % (filters, len(packed))
        + packed
        + b"\nendstream\nendobj\n"
    )


def stream(dictionary: bytes, content: bytes) -> bytes:
    """Return a stream of a PDF with this dictionary."""
    return b"7 0 obj\n<< %s >>\nstream\n%s\nendstream\nendobj\n" % (dictionary, content)


def box(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


def video(brand: bytes = b"isom", behind: bytes = b"", size: int = 2000) -> bytes:
    """Return a video as phones write it: with a location and free space."""
    place = box(b"udta", box(b"\xa9xyz", PLACE))
    moov = box(b"moov", box(b"mvhd", b"\0" * 100) + box(b"trak", box(b"meta", PLACE)) + place)
    ftyp = box(b"ftyp", brand + b"\0\0\2\0" + brand + b"mp41")
    return ftyp + moov + box(b"free", b"hidden here") + box(b"mdat", b"\x01" * size) + behind


def relationships(relationship: bytes) -> dict[str, bytes]:
    """Return a part of a Word document with this relationship."""
    return {"word/_rels/s.xml.rels": RELS % relationship}


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
EXE = b"MZ\x90\x00" + b"\x00" * 400
BOMB = zipped({"zeros": b"\0" * 30_000_000})
EICAR_FILE = EICAR
