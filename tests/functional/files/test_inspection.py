"""Inspection of uploads: hostile, broken, repeated and late ones."""

import io
import json
import os
import struct
import zlib
from contextlib import nullcontext, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from botocore.exceptions import ClientError
from PIL import Image, ImageCms
from time_machine import TimeMachineFixture

from files import inspection
from files.inspection import images, pdfs, videos, word_documents
from files.rules.file_types import DOCX
from tests.functional.files import samples
from tests.functional.files.world import (
    CLIENT,
    Died,
    World,
    objects,
    published_events,
    published_types,
    s3,
    sha256,
    stored_items,
    usage,
)
from tests.support import aws_calls, fake_aws, moto_items
from tests.support.captured_logs import Logs

PDF = {"contentType": "application/pdf", "name": "a.pdf"}
WORD = {"contentType": DOCX, "name": "a.docx"}
MP4 = {"contentType": "video/mp4", "name": "a.mp4"}
MOV = {"contentType": "video/quicktime", "name": "a.mov"}
PNG = {"contentType": "image/png", "name": "a.png"}
WEBP = {"contentType": "image/webp", "name": "a.webp"}
JPEG = {"contentType": "image/jpeg", "name": "a.jpg"}
SCRIPT = b"3 0 obj\n<< /S /JavaScript /JS (app.alert(1)) >>\nendobj\n"
ESCAPED = b"3 0 obj\n<< /S /J#61vaScript /JS (app.alert(1)) >>\nendobj\n"
FLATE, OBJECTS, PACKED = b"/Filter /FlateDecode ", b"/Type /ObjStm ", zlib.compress(SCRIPT)
PACKED_AWAY = {
    "behind escapes": (b"%" + b"#41" * 3000 + samples.object_stream(SCRIPT), "active_content"),
    "in a nested dictionary": (samples.stream(FLATE + b"/X << >>" + OBJECTS, PACKED),
                               "active_content"),
    "by an escaped filter": (samples.stream(OBJECTS + b"/F#69lter /FlateDecode", PACKED),
                             "active_content"),
    "far from its type": (samples.stream(FLATE + b" " * 5000 + OBJECTS, PACKED), "active_content"),
    "without a type": (samples.stream(FLATE, PACKED), "active_content"),
    "after half a line": (samples.stream(FLATE, PACKED).replace(b"stream\n", b"stream x\r", 1),
                          "active_content"),
    "before an error": (samples.stream(FLATE, PACKED[:-4] + b"none"), "active_content"),
    "twice": (samples.stream(FLATE, zlib.compress(PACKED)), "hidden_content"),
    "as differences": (samples.stream(FLATE + OBJECTS + b"/DecodeParms << /Predictor 2 >>", PACKED),
                       "hidden_content"),
}  # fmt: skip
TRAILING_ZIP = samples.zipped({"evil.js": b"alert(1)"})

CLEAN = {
    "jpeg": (samples.image("JPEG"), JPEG),
    "progressive jpeg": (samples.image(progressive=True), JPEG),
    "jpeg of many scans": (samples.scanned(50), JPEG),
    "jpeg before a film": (samples.image() + b"\xff\xda" * 100, JPEG),
    "png": (samples.image("PNG"), PNG),
    "webp": (samples.image("WEBP"), WEBP),
    "mp4": (samples.video(), MP4),
    "quicktime": (samples.video(b"qt  "), MOV),
    "pdf": (samples.pdf(), PDF),
    "pdf with packed objects": (samples.pdf(samples.object_stream(b"1 0 << /Type /Font >>")), PDF),
    "word": (samples.docx(), WORD),
    "word with a picture": (samples.docx({"word/media/a.png": samples.image("PNG")}), WORD),
}
HOSTILE = {
    "svg with a script": (samples.SVG, JPEG, "wrong_type"),
    "program": (samples.EXE, JPEG, "wrong_type"),
    "page": (b"<html><script>alert(1)</script></html>", PDF, "wrong_type"),
    "png that says jpeg": (samples.image("PNG"), JPEG, "wrong_type"),
    "gif that says png": (samples.image("GIF"), PNG, "wrong_type"),
    "zip that says word": (samples.zipped({"a.txt": b"a"}), WORD, "wrong_type"),
    "mp4 that says quicktime": (samples.video(), MOV, "wrong_type"),
    "riff that is no webp": (b"RIFF\x10\0\0\0WAVEfmt " + b"\0" * 40, WEBP, "wrong_type"),
    "nothing a jpeg has but its start": (b"\xff\xd8\xff\xe0" + b"\0" * 500, JPEG, "damaged"),
    "jpeg cut off": (samples.image()[:2500], JPEG, "damaged"),
    "png cut off": (samples.image("PNG")[:-60], PNG, "damaged"),
    "webp cut off": (samples.image("WEBP")[:-60], WEBP, "damaged"),
    "flood of pixels": (samples.png_header(50_000, 50_000), PNG, "too_many_pixels"),
    "flood in one line": (samples.png_header(1_000_000, 50), PNG, "too_many_pixels"),
    "flood of scans": (samples.scanned(64), JPEG, "too_many_pixels"),
    "flood of scans behind markers": (samples.scanned(64, b"\xff\x01"), JPEG, "too_many_pixels"),
    "eicar": (samples.EICAR_FILE, PDF, "malware"),
    "eicar behind a picture": (samples.image() + samples.EICAR_FILE, JPEG, "malware"),
    "eicar in a document": (samples.docx({"word/x.xml": samples.EICAR_FILE}), WORD, "malware"),
    "bomb": (samples.docx({"word/z.xml": b"\0" * 40_000_000}), WORD, "archive_bomb"),
    "macro": (samples.docx({"word/vbaProject.bin": b"x"}), WORD, "active_content"),
    "program in a document": (samples.docx({"word/a.exe": b"MZ"}), WORD, "active_content"),
    "embedded object": (samples.docx({"word/embeddings/o.xml": b"x"}), WORD, "active_content"),
    "remote template": (samples.docx(samples.relationships(samples.TEMPLATE)), WORD,
                        "active_content"),
    **{
        f"remote template, {how}": (samples.docx(samples.relationships(spelled)), WORD,
                                    "active_content")
        for how, spelled in {
            "by reference": samples.TEMPLATE.replace(b'"External', b'"&#69;xternal'),
            "behind a bracket": samples.TEMPLATE.replace(b"https://x", b">"),
            "in a namespace": b'<r:Relationships xmlns:r="x">'
                              + samples.TEMPLATE.replace(b"<Rel", b"<r:Rel")
                              + b"</r:Relationships>",
            "that looks like a link": samples.TEMPLATE.replace(b"https://x", b"https://x/hyperlink"),
        }.items()
    },
    "entities in UTF-16": (
        samples.docx({"word/e.xml": '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a/>'
                      .encode("utf-16")}),
        WORD,
        "active_content",
    ),
    "part of endless depth": (samples.docx({"word/e.xml": b"<a>" * 2000}), WORD, "archive_bomb"),
    "part of endless markup": (
        samples.docx({"word/e.xml": b"<a b" + os.urandom(800_000).hex().encode()}), WORD,
        "archive_bomb"),
    "broken part": (samples.docx({"word/e.xml": b"<a>"}), WORD, "damaged"),
    "part in no known encoding": (
        samples.docx({"word/e.xml": b'<?xml version="1.0" encoding="x-none"?><a/>'}), WORD,
        "damaged"),
    "entities": (samples.docx({"word/e.xml": b'<!DOCTYPE a [<!ENTITY b "c">]>'}), WORD,
                 "active_content"),
    "way out": (samples.docx({"../../evil.xml": b"x"}), WORD, "hidden_content"),
    "way out, backwards": (samples.docx({"..\\evil.xml": b"x"}), WORD, "hidden_content"),
    "comment behind a document": (samples.docx() + b"x", WORD, "hidden_content"),
    "script in a pdf": (samples.pdf(SCRIPT), PDF, "active_content"),
    "script under another spelling": (samples.pdf(ESCAPED), PDF, "active_content"),
    "script packed away": (samples.pdf(samples.object_stream(SCRIPT)), PDF, "active_content"),
    **{
        f"script packed away, {how}": (samples.pdf(packed), PDF, reason)
        for how, (packed, reason) in PACKED_AWAY.items()
    },
    "launch": (samples.pdf(b"3 0 obj\n<< /S /Launch /F (calc) >>\nendobj\n"), PDF,
               "active_content"),
    "file in a pdf": (samples.pdf(b"<< /Type /EmbeddedFile >>"), PDF, "active_content"),
    "locked pdf": (samples.locked_pdf(), PDF, "encrypted"),
    "pdf cut off": (samples.pdf()[:-30], PDF, "damaged"),
    "pdf and zip": (samples.pdf(behind=TRAILING_ZIP), PDF, "hidden_content"),
    "pdf and page": (samples.pdf(behind=b"<script>alert(1)</script>"), PDF, "hidden_content"),
    "pdf of another filter": (
        samples.pdf(samples.object_stream(SCRIPT[:9], b"[/ASCIIHexDecode /FlateDecode]")),
        PDF,
        "hidden_content",
    ),
    "video and zip": (samples.video(behind=TRAILING_ZIP), MP4, "hidden_content"),
    "video and page": (samples.video(behind=b"<html>hello</html>"), MP4, "damaged"),
    "video cut off": (samples.video()[:-100], MP4, "damaged"),
    "video without a film": (samples.box(b"ftyp", b"isom\0\0\2\0isom"), MP4, "damaged"),
    "box that nobody knows": (samples.video(behind=samples.box(b"evil", b"x")), MP4,
                              "hidden_content"),
}  # fmt: skip


@pytest.mark.parametrize("name", CLEAN)
def test_a_harmless_file_is_clean(world: World, name: Any) -> None:
    content, claim = CLEAN[name]
    file_id = world.upload(content, **claim)
    file = world.file(file_id)
    assert (file["status"], file["reason"]) == ("clean", None)
    assert file["download"]["expiresAt"] == "2026-11-22T12:05:00Z"
    assert published_types() == ["file.cleaned"]
    assert usage() == (len(content), 1)


def test_only_the_record_of_a_file_that_ended_expires(world: World) -> None:
    clean, removed = world.new_clean_file(), world.new_clean_file()
    assert world.remove(removed).status_code == 204
    records = {each: _find_record(each) for each in (clean, removed)}
    thirty_days_later = datetime(2026, 12, 22, 12, tzinfo=UTC).timestamp()
    assert "expires_at" not in records[clean]
    assert int(records[removed]["expires_at"]) == thirty_days_later


def _find_record(file_id: str) -> Any:
    (record,) = (item for item in moto_items.items("files") if item["pk"] == f"FILE#{file_id}")
    return record


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_or_broken_file_is_rejected_and_deleted(world: World, name: Any) -> None:
    content, claim, reason = HOSTILE[name]
    file_id = world.upload(content, **claim)
    file = world.file(file_id)
    assert (file["status"], file["reason"]) == ("rejected", reason)
    assert file["download"] is None
    assert file["thumbnails"] == []
    (event,) = published_events()
    assert event.type == "file.rejected"
    assert event.data == {
        "fileId": file_id,
        "ownerId": CLIENT,
        "reason": reason,
        "recordVersion": 3,
    }
    assert usage() == (0, 0)
    world.sweep()
    assert objects() == {}


@pytest.mark.parametrize(
    ("arrives", "reason"),
    [
        (samples.image(quality=50), "size_mismatch"),
        (b"", "size_mismatch"),
        (None, "checksum_mismatch"),
    ],
)
def test_an_upload_must_match_the_announcement(world: World, arrives: Any, reason: str) -> None:
    content = samples.image()
    arrives = bytes(reversed(content)) if arrives is None else arrives
    file_id = world.new_upload(content)["id"]
    world.notify(file_id, world.put_upload(file_id, arrives))
    assert world.file(file_id)["reason"] == reason


def test_no_more_bytes_are_read_than_were_announced(world: World) -> None:
    content = samples.image()
    file_id = world.new_upload(content)["id"]
    world.put_upload(file_id, content + b"x" * 5_000_000)
    world.notify(file_id)
    assert world.file(file_id)["reason"] == "size_mismatch"


# ---- images are re-encoded ----------------------------------------------------------------------


@pytest.mark.parametrize(("form", "claim"), [("JPEG", JPEG), ("PNG", PNG), ("WEBP", WEBP)])
def test_locations_and_metadata_are_dropped_and_the_image_is_upright(
    world: World, form: str, claim: Any
) -> None:
    sent = samples.with_place(form)
    assert b"GPSPLACE" in sent or form == "PNG"
    file_id = world.upload(sent, **claim)
    for key, content in objects().items():
        if key.startswith("incoming/"):
            continue
        assert samples.PLACE not in content, key
        assert b"SERIAL" not in content
        with Image.open(io.BytesIO(content)) as image:
            assert not dict(image.getexif()), key
            assert not {"icc_profile", "exif", "comment", "xmp"} & set(image.info), key
    file = world.file(file_id)
    assert (file["width"], file["height"]) == (480, 640)  # it was rotated
    with Image.open(io.BytesIO(objects()[f"clean/{file_id}/original"])) as image:
        pixel = image.convert("RGB").getpixel((470, 10))
        assert isinstance(pixel, tuple)
        red, _, blue = pixel
        assert red > 200 > blue


@pytest.mark.parametrize(("form", "claim"), [("JPEG", JPEG), ("PNG", PNG), ("WEBP", WEBP)])
def test_data_appended_to_an_image_is_dropped(world: World, form: str, claim: Any) -> None:
    sent = samples.image(form) + TRAILING_ZIP + b"<script>alert(1)</script>"
    file_id = world.upload(sent, **claim)
    kept_objects = {key: value for key, value in objects().items() if key.startswith("clean/")}
    if world.file(file_id)["status"] == "clean":
        assert len(kept_objects) == 4
        for content in kept_objects.values():
            assert b"PK\x05\x06" not in content
            assert b"<script>" not in content
    else:
        assert kept_objects == {}


@pytest.mark.parametrize(("form", "claim"), [("JPEG", JPEG), ("PNG", PNG), ("WEBP", WEBP)])
def test_a_colour_profile_is_applied_and_dropped(world: World, form: str, claim: Any) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for icc_profile in (profile, b"no profile at all"):
        file_id = world.upload(samples.image(form, icc_profile=icc_profile), **claim)
        assert world.file(file_id)["status"] == "clean"
        for key, content in objects().items():
            if key.startswith(f"clean/{file_id}"):
                with Image.open(io.BytesIO(content)) as image:
                    assert "icc_profile" not in image.info, key


def test_a_colour_profile_for_other_pixels_is_ignored(world: World) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    assert world.file(world.upload(samples.image(icc_profile=profile)))["status"] == "clean"
    out = io.BytesIO()
    Image.new("L", (30, 20), 128).save(out, "JPEG", icc_profile=profile)
    assert world.file(world.upload(out.getvalue()))["status"] == "clean"


@pytest.mark.parametrize("mode", ["L", "LA", "P", "1", "CMYK", "I;16", "RGBA"])
def test_images_of_every_mode_are_accepted(world: World, mode: str) -> None:
    form, claim = ("JPEG", JPEG) if mode == "CMYK" else ("PNG", PNG)
    out = io.BytesIO()
    Image.new(mode, (30, 20)).save(out, form)
    assert world.file(world.upload(out.getvalue(), **claim))["status"] == "clean"


@pytest.mark.parametrize(
    ("mode", "form"),
    [*((mode, "PNG") for mode in ("LA", "P", "L", "RGB", "RGBA")), ("RGBA", "WEBP")],
)
def test_transparency_is_kept(world: World, mode: str, form: str) -> None:
    claim = PNG if form == "PNG" else WEBP
    file_id = world.upload(samples.see_through(mode, form), **claim)
    assert world.file(file_id)["status"] == "clean"
    for name in ("original", "large.webp", "medium.webp", "small.webp"):
        with Image.open(io.BytesIO(objects()[f"clean/{file_id}/{name}"])) as image:
            alpha = image.convert("RGBA").getchannel("A")
            assert (alpha.getpixel((3, 10)), alpha.getpixel((26, 10))) == (0, 255), name


def test_an_opaque_image_gets_no_transparency(world: World) -> None:
    for mode in ("L", "RGB", "1"):
        out = io.BytesIO()
        Image.new(mode, (30, 20)).save(out, "PNG")
        file_id = world.upload(out.getvalue(), **PNG)
        with Image.open(io.BytesIO(objects()[f"clean/{file_id}/original"])) as image:
            assert image.mode == "RGB"


@pytest.mark.parametrize("level", [0, 77, 200, 255])
def test_sixteen_bit_grey_keeps_its_brightness(world: World, level: int) -> None:
    out = io.BytesIO()
    Image.new("I;16", (30, 20), level * 256 + 255).save(out, "PNG")
    file_id = world.upload(out.getvalue(), **PNG)
    with Image.open(io.BytesIO(objects()[f"clean/{file_id}/original"])) as image:
        assert image.convert("RGB").getpixel((10, 10)) == (level, level, level)


def test_thumbnails_are_webp_and_never_larger_than_the_image(world: World) -> None:
    file_id = world.upload(samples.image(size=(2000, 1000)))
    thumbnails = {each["size"]: each for each in world.file(file_id)["thumbnails"]}
    sizes = {size: (each["width"], each["height"]) for size, each in thumbnails.items()}
    assert sizes == {"large": (1280, 640), "medium": (480, 240), "small": (160, 80)}
    for size, pixels in sizes.items():
        with Image.open(io.BytesIO(objects()[f"clean/{file_id}/{size}.webp"])) as image:
            assert (image.format, image.size) == ("WEBP", pixels)
    small = world.file(world.upload(samples.image(size=(100, 50))))
    assert {(each["width"], each["height"]) for each in small["thumbnails"]} == {(100, 50)}


def test_too_many_pixels_are_rejected_by_the_header(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "normalize", lambda _: pytest.fail("decoded"))
    # Pillow itself warns of the first two and refuses the third.
    for side in (10_500, 11_000, 14_000):
        file_id = world.upload(samples.png_header(side, side), **PNG)
        assert world.file(file_id)["reason"] == "too_many_pixels", side


@pytest.mark.parametrize(
    ("size", "accepted"),
    [
        ((10_000, 11_000), True),
        ((10_000, 11_001), False),
        ((20_000, 5_500), True),
        ((20_001, 1), False),
        ((1, 20_001), False),
    ],
)
def test_an_image_has_at_most_110_million_pixels_and_20000_in_a_row(
    tmp_path: Path, size: tuple[int, int], accepted: bool
) -> None:
    upload = tmp_path / "upload"
    upload.write_bytes(samples.png_header(*size))
    refused = nullcontext() if accepted else pytest.raises(inspection.Rejected, match="too_many")
    with refused, images.open_image(upload, "image/png") as image:
        assert image.size == size


def test_a_jpeg_has_at_most_64_scans(tmp_path: Path) -> None:
    once = samples.image(progressive=True).count(b"\xff\xda")
    upload = tmp_path / "upload"
    upload.write_bytes(samples.scanned(64 - once))
    with images.open_image(upload, "image/jpeg"):
        pass
    upload.write_bytes(samples.scanned(65 - once))
    refused = pytest.raises(inspection.Rejected, match="too_many")
    with refused, images.open_image(upload, "image/jpeg"):
        pass


# ---- videos and documents ------------------------------------------------------------------------


def test_locations_in_a_video_are_blanked_and_its_frames_stay_in_place(world: World) -> None:
    sent = samples.video()
    assert samples.PLACE in sent
    file_id = world.upload(sent, **MP4)
    content = objects()[f"clean/{file_id}/original"]
    assert samples.PLACE not in content
    assert b"hidden here" not in content
    assert b"udta" not in content
    assert len(content) == len(sent)
    assert content.index(b"mdat") == sent.index(b"mdat")
    assert content.endswith(b"\x01" * 2000)


@pytest.mark.parametrize(
    "kind", [b"free", b"skip", b"wide", b"udta", b"meta", b"uuid", b"pnot", b"junk"]
)
@pytest.mark.parametrize("container", [b"", b"moov", b"trak", b"mdia", b"minf", b"moof", b"traf"])
def test_everything_that_is_no_film_is_blanked_wherever_it_is(
    tmp_path: Path, kind: bytes, container: bytes
) -> None:
    hidden = samples.box(kind, samples.PLACE)
    if container:
        hidden = samples.box(container, hidden)
    if container in (b"trak", b"mdia", b"minf"):
        hidden = samples.box(b"moov", hidden)
    elif container == b"traf":
        hidden = samples.box(b"moof", hidden)
    sent = samples.video(behind=hidden)
    blanked = blank(tmp_path, sent)
    assert samples.PLACE not in blanked
    assert len(blanked) == len(sent)
    assert blanked.endswith(b"free" + b"\0" * len(samples.PLACE))


def test_a_film_is_searched_to_its_deepest_container(tmp_path: Path) -> None:
    inner = samples.box(b"udta", samples.PLACE)
    for container in (b"traf", b"minf", b"mdia", b"trak", b"moov"):
        inner = samples.box(container, inner)
    assert samples.PLACE not in blank(tmp_path, samples.video(behind=inner))


def test_a_box_may_have_a_long_length_or_reach_to_the_end(tmp_path: Path) -> None:
    place = b"\0\0\0\x01udta" + (16 + len(samples.PLACE)).to_bytes(8) + samples.PLACE
    to_the_end = b"\0\0\0\0junk" + samples.PLACE
    blanked = blank(tmp_path, samples.video(behind=place + to_the_end))
    assert samples.PLACE not in blanked
    assert b"udta" not in blanked
    assert b"junk" not in blanked


@pytest.mark.parametrize(
    "behind", [b"\x07udta", b"\0\0\0\x01mdat" + (15).to_bytes(8), b"\x7f\0\0\0mdat", b"\0"]
)
def test_a_box_that_does_not_fit_is_damage(tmp_path: Path, behind: bytes) -> None:
    with pytest.raises(inspection.Rejected, match="damaged"):
        blank(tmp_path, samples.video(behind=behind))


def blank(tmp_path: Path, video: bytes) -> bytes:
    upload = tmp_path / "upload"
    upload.write_bytes(video)
    videos.blank_metadata(upload, "video/mp4")
    return upload.read_bytes()


def test_a_pdf_that_inflates_too_far_is_rejected(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdfs, "MAX_INFLATED", 100_000)
    bomb = samples.object_stream(b" " * 60_000)
    file_id = world.upload(samples.pdf(bomb + bomb), **PDF)
    assert world.file(file_id)["reason"] == "archive_bomb"
    once = world.upload(samples.pdf(bomb), **PDF)
    assert world.file(once)["status"] == "clean"


def test_a_script_is_found_anywhere_in_a_stream(tmp_path: Path) -> None:
    """A stream is read in pieces; a name may begin in one and end in the next."""
    before = os.urandom(600).hex().encode()  # compresses to half its size
    for length in range(700, 1200, 5):
        packed = zlib.compress(before[:length] + SCRIPT)
        upload = tmp_path / "upload"
        upload.write_bytes(samples.pdf(samples.stream(FLATE, packed)))
        with pytest.raises(inspection.Rejected, match="active_content"):
            pdfs.check(upload)


def test_a_pdf_that_takes_too_much_work_is_rejected(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdfs, "MAX_INFLATED", 100_000)
    start = b"stream\n\x78\x9c"
    stored = b"\0" + struct.pack("<HH", len(start), 0xFFFF - len(start)) + start
    nested = start + stored * 300  # each contains all the following ones
    for inside in (nested, b"stream\n" * 1000):
        file_id = world.upload(samples.pdf(inside), **PDF)
        assert world.file(file_id)["reason"] == "archive_bomb"


def test_a_document_of_too_many_parts_is_rejected(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word_documents, "MAX_ENTRIES", 5)
    parts = {f"word/{n}.xml": b"<x/>" for n in range(3)}
    assert world.file(world.upload(samples.docx(parts), **WORD))["reason"] == "archive_bomb"


def test_an_entry_with_a_false_size_is_rejected(world: World) -> None:
    honest = samples.docx({"word/z.xml": b"a" * 50_000})
    size = (50_000).to_bytes(4, "little")
    lying = honest.replace(size, (50).to_bytes(4, "little"))
    assert lying != honest
    assert world.file(world.upload(lying, **WORD))["status"] == "rejected"


def test_another_scanner_can_be_plugged_in(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Strict:
        def find(self, content: BinaryIO) -> str | None:
            return "Red" if content.read() else None

    monkeypatch.setattr(inspection, "scanner", Strict())
    assert world.file(world.upload(samples.image()))["reason"] == "malware"


def test_a_file_that_cannot_be_inspected_is_not_clean(
    world: World, monkeypatch: pytest.MonkeyPatch, logs: Logs
) -> None:
    class Broken:
        def find(self, content: BinaryIO) -> str | None:
            raise RuntimeError("scanner is down")

    monkeypatch.setattr(inspection, "scanner", Broken())
    assert world.file(world.upload(samples.image()))["reason"] == "uninspectable"
    assert logs.named("uninspectable")


def test_files_with_random_ends_are_always_decided(world: World) -> None:
    for content, claim in CLEAN.values():
        for cut in (20, len(content) // 2, len(content) - 3):
            broken = content[:cut] + os.urandom(50)
            file = world.file(world.upload(broken, **claim))
            assert file["status"] in ("rejected", "clean")
            assert file["reason"] != "uninspectable", (claim, cut)


# ---- notifications of S3 -------------------------------------------------------------------------


def test_the_test_notification_of_s3_is_ignored(world: World) -> None:
    assert world.inspect({"Event": "s3:TestEvent", "Bucket": "b"}) == {"batchItemFailures": []}
    assert stored_items() == []


def test_a_repeated_notification_has_no_effect(world: World) -> None:
    content = samples.image()
    file_id = world.new_upload(content)["id"]
    etag = world.put_upload(file_id, content)
    for _ in range(3):
        assert world.notify(file_id, etag) == {"batchItemFailures": []}
    assert published_types() == ["file.cleaned"]
    assert world.file(file_id)["status"] == "clean"
    assert usage() == (len(content), 1)


def test_one_inspector_at_a_time_works_on_a_file(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second notification during the inspection is ignored."""
    content = samples.image()
    file_id = world.new_upload(content)["id"]
    etag = world.put_upload(file_id, content)
    real, seen = inspection.examine, []

    def meanwhile(*arguments: Any) -> Any:
        seen.append(world.file(file_id)["status"])
        world.notify(file_id, etag)
        return real(*arguments)

    monkeypatch.setattr(inspection, "examine", meanwhile)
    world.notify(file_id, etag)
    assert seen == ["inspecting"]
    assert published_types() == ["file.cleaned"]


def test_an_overwritten_upload_waits_for_its_own_notification(world: World) -> None:
    content = samples.image()
    file_id = world.new_upload(content)["id"]
    older = world.put_upload(file_id, content)
    newer = world.put_upload(file_id, samples.EXE)
    assert world.notify(file_id, older) == {"batchItemFailures": []}
    assert world.file(file_id)["status"] == "pending"
    world.notify(file_id, newer)
    assert world.file(file_id)["status"] == "rejected"


def test_an_upload_written_during_the_inspection_is_deleted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = samples.image()
    file_id = world.new_upload(content)["id"]
    etag = world.put_upload(file_id, content)
    real = inspection.examine

    def overwrite(*arguments: Any) -> Any:
        world.put_upload(file_id, samples.EXE)
        return real(*arguments)

    monkeypatch.setattr(inspection, "examine", overwrite)
    world.notify(file_id, etag)
    assert world.file(file_id)["status"] == "clean"
    assert objects()[f"clean/{file_id}/original"].startswith(b"\xff\xd8")
    world.sweep()
    assert f"incoming/{file_id}" not in objects()


def test_an_upload_after_the_decision_is_deleted(world: World) -> None:
    file_id = world.new_clean_file()
    world.sweep()
    before = {key: sha256(value) for key, value in objects().items()}
    world.notify(file_id, world.put_upload(file_id, samples.EXE))
    assert world.file(file_id)["status"] == "clean"
    world.sweep()
    assert {key: sha256(value) for key, value in objects().items()} == before


def test_an_upload_that_was_not_announced_is_deleted(world: World) -> None:
    world.notify("fil_unknown", world.put_upload("fil_unknown", b"x"))
    assert published_events() == []
    world.sweep()
    assert objects() == {}


def test_a_notification_without_an_upload_changes_nothing(world: World) -> None:
    file_id = world.new_upload(samples.image())["id"]
    assert world.notify(file_id) == {"batchItemFailures": []}
    assert world.file(file_id)["status"] == "pending"


def test_the_inspection_is_retried_after_an_outage_of_s3(world: World) -> None:
    content = samples.image()
    file_id = world.new_upload(content)["id"]
    etag = world.put_upload(file_id, content)
    down = ClientError({"Error": {"Code": "SlowDown"}}, "GetObject")
    for operation in ("GetObject", "PutObject") * 2:
        with aws_calls.failing(operation, down):
            assert world.notify(file_id, etag)["batchItemFailures"]
        assert world.file(file_id)["status"] == "pending"
    world.notify(file_id, etag)
    assert world.file(file_id)["status"] == "clean"


# ---- the sweeper ---------------------------------------------------------------------------------


def inspect_ordered(world: World) -> int:
    """Deliver the sweeper's messages to the inspector and return their number."""
    sqs = fake_aws.client("sqs")
    url = os.environ["QUEUE_URL_FILES_INCOMING"]
    received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    messages = received.get("Messages", [])
    for message in messages:
        world.inspect(json.loads(message["Body"]))
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return len(messages)


def test_an_announced_file_without_an_upload_expires(
    world: World, clock: TimeMachineFixture
) -> None:
    file_id = world.new_upload(samples.image())["id"]
    clock.shift(timedelta(minutes=70))
    world.sweep()
    assert inspect_ordered(world) == 0  # an upload of the last minute is waited for
    clock.shift(timedelta(minutes=6))
    world.sweep()
    assert inspect_ordered(world) == 1
    assert world.client.get(f"/v1/files/{file_id}").status_code == 404
    assert usage() == (0, 0)
    assert published_events() == []
    world.sweep()
    assert stored_items("REMOVAL#") == []


def test_an_unfinished_upload_in_parts_expires(world: World, clock: TimeMachineFixture) -> None:
    content = samples.video(size=6_000_000)
    world.new_upload(content, **MP4)
    clock.shift(timedelta(hours=24, minutes=16))
    world.sweep()
    assert inspect_ordered(world) == 1
    world.sweep()
    assert "Uploads" not in s3().list_multipart_uploads(Bucket="artist-booking-local-files")
    assert usage() == (0, 0)


def test_an_upload_whose_notification_was_lost_is_inspected(
    world: World, clock: TimeMachineFixture
) -> None:
    content = samples.image()
    file_id = world.new_upload(content)["id"]
    world.put_upload(file_id, content)
    clock.shift(timedelta(minutes=76))
    world.sweep()
    assert inspect_ordered(world) == 1
    assert world.file(file_id)["status"] == "clean"


def test_a_failed_inspection_is_repeated_but_not_forever(
    world: World, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = samples.image()
    file_id = world.new_upload(content)["id"]
    etag = world.put_upload(file_id, content)

    def die(*_: object) -> None:
        raise Died

    monkeypatch.setattr(inspection, "examine", die)
    with pytest.raises(Died):
        world.notify(file_id, etag)
    assert world.file(file_id)["status"] == "inspecting"
    world.notify(file_id, etag)  # the lease has not expired
    for _ in range(2):
        clock.shift(timedelta(minutes=31))
        world.sweep()
        with pytest.raises(Died):
            inspect_ordered(world)
    clock.shift(timedelta(minutes=31))
    world.sweep()
    inspect_ordered(world)
    assert world.file(file_id)["reason"] == "uninspectable"


STEPS = 10


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(STEPS))
def test_an_inspection_that_fails_at_any_call_is_completed_by_the_next(
    world: World, clock: TimeMachineFixture, step: Any, after: bool
) -> None:
    content = samples.image(size=(40, 30))
    file_id = world.new_upload(content)["id"]
    etag = world.put_upload(file_id, content)
    try:
        with aws_calls.failing_at(step, Died(), after=after, dead=True):
            world.notify(file_id, etag)
    except Died:
        pass
    else:
        assert step >= 8  # it makes at least that many calls
    for _ in range(3):
        clock.shift(timedelta(minutes=76))
        world.sweep()
        inspect_ordered(world)
    world.sweep()
    assert world.file(file_id)["status"] == "clean"
    assert published_types() == ["file.cleaned"]
    assert sorted(objects()) == [
        f"clean/{file_id}/{name}"
        for name in ("large.webp", "medium.webp", "original", "small.webp")
    ]
    assert stored_items("REMOVAL#") == []


def test_a_failing_record_does_not_hold_up_the_sweep(
    world: World, clock: TimeMachineFixture
) -> None:
    first, second = world.new_clean_file(), world.new_clean_file()
    world.remove(first)
    world.remove(second)
    down = ClientError({"Error": {"Code": "SlowDown"}}, "DeleteObjects")
    with (
        aws_calls.failing("DeleteObjects", down, times=2),
        pytest.raises(Exception, match="failed"),
    ):
        world.sweep()
    clock.shift(timedelta(minutes=6))
    world.sweep()
    assert objects() == {}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(5))
def test_a_removal_that_fails_at_any_call_is_completed_by_the_next_sweep(
    world: World, clock: TimeMachineFixture, step: Any, after: bool
) -> None:
    file_id = world.new_clean_file()
    world.share(file_id)
    world.sweep()
    assert world.remove(file_id).status_code == 204
    with suppress(Died), aws_calls.failing_at(step, Died(), after=after, dead=True):
        world.sweep()
    clock.shift(timedelta(minutes=6))
    world.sweep()
    assert objects() == {}
    assert stored_items("REMOVAL#") == []
    assert {item["sk"]["S"] for item in stored_items(f"FILE#{file_id}")} == {"RECORD"}
    assert not [item for item in stored_items("USER#") if item["sk"]["S"].startswith("READS#")]
