"""What phones and programs really send: photos, animations, films, voice notes and documents."""

import io
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from files import inspection
from files.inspection import films, images, memory, placeholders, sounds, videos
from files.rules.file_types import DOCX
from infra.paths import FUNCTIONS, LAYER
from tests.functional.files import media_samples, samples
from tests.functional.files.world import CLIENT, World, objects, published_events

MIB = 1024 * 1024
NAMES = {
    "image/heic": ("HEIF", "IMG_1.HEIC", "IMG_1.jpg", "JPEG"),
    "image/heif": ("HEIF", "IMG_1.heif", "IMG_1.jpg", "JPEG"),
    "image/avif": ("AVIF", "a.avif", "a.webp", "WEBP"),
    "image/gif": ("GIF", "a.gif", "a.webp", "WEBP"),
}


def moving(form: str, count: int = 3, size: tuple[int, int] = (40, 30)) -> bytes:
    """Return an animation of so many pictures, each of another colour."""
    pictures = [Image.new("RGB", size, (80 * n, 20, 200 - 50 * n)) for n in range(count)]
    out = io.BytesIO()
    pictures[0].save(out, form, save_all=True, append_images=pictures[1:], duration=120, loop=0)
    return out.getvalue()


def stored(file_id: str) -> Image.Image:
    return Image.open(io.BytesIO(objects()[f"clean/{file_id}/original"]))


# ---- images ------------------------------------------------------------------------------------


@pytest.mark.parametrize("content_type", NAMES)
def test_what_browsers_do_not_show_is_stored_as_what_they_do(
    world: World, content_type: str
) -> None:
    form, sent_as, name, stored_form = NAMES[content_type]
    exif = Image.Exif()
    exif[0x010E] = samples.PLACE.decode()
    content = samples.image(form, (64, 48), **({} if form == "GIF" else {"exif": exif}))
    file = world.file(world.upload(content, contentType=content_type, name=sent_as))
    assert (file["status"], file["name"], file["width"]) == ("clean", name, 64)
    assert file["contentType"] == f"image/{stored_form.lower()}"
    with stored(file["id"]) as image:
        assert (image.format, image.size) == (stored_form, (64, 48))
    assert samples.PLACE not in objects()[f"clean/{file['id']}/original"]
    assert len(file["thumbnails"]) == 3
    (event,) = published_events()
    assert event.data["contentType"] == file["contentType"]


@pytest.mark.parametrize(("form", "type_"), [("GIF", "image/gif"), ("WEBP", "image/webp")])
def test_an_animation_goes_on_moving(world: World, form: str, type_: str) -> None:
    file = world.file(world.upload(moving(form), contentType=type_))
    assert (file["animated"], file["frozen"]) == (True, False)
    with stored(file["id"]) as image:
        assert (getattr(image, "n_frames", 1), image.format) == (3, "WEBP")
        image.seek(2)
        image.load()
        assert image.info["duration"] == 120


def test_an_animation_beyond_the_bound_says_that_only_its_first_picture_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "MAX_ANIMATED_PIXELS", 3 * 40 * 30 - 1)
    file = world.file(world.upload(moving("GIF"), contentType="image/gif"))
    assert (file["animated"], file["frozen"]) == (False, True)
    still = world.file(world.upload(samples.image("GIF"), contentType="image/gif"))
    assert (still["animated"], still["frozen"]) == (False, False)
    png = world.file(world.upload(moving("PNG"), contentType="image/png"))
    assert (png["animated"], png["frozen"]) == (False, True)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("missing", [1, 2])
def test_a_jpeg_may_lack_its_last_two_bytes(
    tmp_path: Path, progressive: bool, missing: int
) -> None:
    whole = samples.image(progressive=progressive)
    upload = tmp_path / "upload"
    upload.write_bytes(whole[:-missing])
    with images.open_image(upload, "image/jpeg") as image, Image.open(io.BytesIO(whole)) as same:
        assert images.normalize(image).tobytes() == same.tobytes()


@pytest.mark.parametrize("kept", [0.5, 0.9, 0.99])
def test_a_jpeg_that_lacks_pixels_is_damaged(tmp_path: Path, kept: float) -> None:
    noise = Image.effect_noise((200, 150), 90).convert("RGB")
    out = io.BytesIO()
    noise.save(out, "JPEG")
    content = out.getvalue()
    upload = tmp_path / "upload"
    upload.write_bytes(content[: int(len(content) * kept)])
    with (
        pytest.raises(inspection.Rejected, match="damaged"),
        images.open_image(upload, "image/jpeg") as image,
    ):
        images.normalize(image)


def test_large_texts_in_a_png_are_dropped(tmp_path: Path) -> None:
    texts = [
        samples.chunk(b"tEXt", b"Comment\0" + b"x" * 3_000_000),
        samples.chunk(b"zTXt", b"Raw\0\0" + zlib.compress(b"y" * 3_000_000)),
        samples.chunk(b"iTXt", b"XML\0\1\0\0\0" + zlib.compress(b"z" * 3_000_000)),
    ] * 30
    content = samples.image("PNG")
    upload = tmp_path / "upload"
    upload.write_bytes(content[:33] + b"".join(texts[:3]) * 8 + content[33:])
    with images.open_image(upload, "image/png") as image:
        assert images.normalize(image).size == (640, 480)


@pytest.mark.parametrize("depth", [8, 16])
def test_the_transparent_colour_of_an_rgb_png_is_transparent(tmp_path: Path, depth: int) -> None:
    width = depth // 8
    one, other = (bytes([value]) * width * 3 for value in (0, 200))
    lines = b"".join(b"\0" + one * 2 + other * 2 for _ in range(4))
    header = (4).to_bytes(4) * 2 + bytes([depth, 2, 0, 0, 0])
    upload = tmp_path / "upload"
    upload.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + samples.chunk(b"IHDR", header)
        + samples.chunk(b"tRNS", b"\0\0" * 3)
        + samples.chunk(b"IDAT", zlib.compress(lines))
        + samples.chunk(b"IEND", b"")
    )
    with images.open_image(upload, "image/png") as image:
        pixels = images.normalize(image)
    assert pixels.mode == "RGBA"
    alpha = pixels.getchannel("A")
    assert (alpha.getpixel((0, 0)), alpha.getpixel((3, 3))) == (0, 255)


# Peak memory of a process that inspects one image, in bytes. The function has 3008 MiB.
INSPECT = """
import resource, sys
from pathlib import Path
from files.inspection import images
upload, content_type = Path(sys.argv[1]), sys.argv[2]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with images.open_image(upload, content_type) as image:
    pixels = images.normalize(image)
images.save(pixels, upload.with_name("original"), content_type)
print(*pixels.size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize(("form", "most"), [("JPEG", 500 * MIB), ("PNG", 1300 * MIB)])
def test_a_photo_of_108_megapixels_is_stored_in_half_its_size_in_bounded_memory(
    tmp_path: Path, form: str, most: int
) -> None:
    upload = tmp_path / "upload"
    options: dict[str, Any] = {"compress_level": 1} if form == "PNG" else {}
    Image.new("L", (12_000, 9_000), 90).convert("RGB").save(upload, form, **options)
    answer = subprocess.run(
        [sys.executable, "-c", INSPECT, str(upload), f"image/{form.lower()}"],
        env={"PYTHONPATH": f"{FUNCTIONS}:{LAYER / 'python'}"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    width, height, kibibytes = map(int, answer.split())
    assert (width, height) == (6000, 4500)
    assert kibibytes * 1024 < most < memory.HEADROOM


def test_what_asks_for_too_much_memory_is_rejected() -> None:
    with pytest.raises(inspection.Rejected, match="too_complex"), memory.bounded(64 * MIB):
        bytearray(128 * MIB)
    assert len(bytearray(128 * MIB)) == 128 * MIB  # the bound ends with the block


def test_a_picture_has_a_placeholder_and_a_dominant_colour(world: World) -> None:
    file = world.file(world.upload(samples.image("PNG"), contentType="image/png"))
    assert file["dominantColor"] == "#1478dc"  # three quarters and more of the sample
    assert len(file["blurhash"]) == 28
    red = placeholders.compute_blurhash(Image.new("RGB", (64, 64), (255, 0, 0)))
    digits = [placeholders.ALPHABET.index(digit) for digit in red]
    assert digits[0] == 3 + 2 * 9  # four by three components
    average = ((digits[2] * 83 + digits[3]) * 83 + digits[4]) * 83 + digits[5]
    assert average == 0xFF0000
    assert placeholders.find_dominant_color(Image.new("RGBA", (9, 9), (0, 0, 0, 0))) == "#ffffff"


# ---- films -------------------------------------------------------------------------------------


def test_a_film_gets_a_poster_a_duration_and_its_index_in_front(world: World) -> None:
    content = media_samples.film()
    assert content.index(b"mdat") < content.index(b"moov")
    file = world.file(world.upload(content, contentType="video/mp4", name="a.mp4"))
    assert (file["status"], file["durationMs"]) == ("clean", 1000)
    assert (file["width"], file["height"], len(file["thumbnails"])) == (64, 48, 3)
    assert file["blurhash"] is not None
    made = objects()[f"clean/{file['id']}/original"]
    assert made.index(b"moov") < made.index(b"mdat")
    with Image.open(io.BytesIO(objects()[f"clean/{file['id']}/large.webp"])) as poster:
        red, green, blue = poster.convert("RGB").getpixel((30, 20))  # type: ignore[misc]
        assert red > 200
        assert max(green, blue) < 60


def test_the_frames_of_a_film_are_found_where_they_moved_to(tmp_path: Path) -> None:
    upload = tmp_path / "upload"
    upload.write_bytes(media_samples.film())
    videos.move_index_to_front(upload)
    once = upload.read_bytes()
    assert films.read(upload, "video/mp4").poster is not None
    videos.move_index_to_front(upload)
    assert upload.read_bytes() == once  # nothing is left to be moved


def test_an_index_that_reaches_to_the_end_takes_in_no_frames(tmp_path: Path) -> None:
    content = media_samples.film()
    at = content.index(b"moov") - 4
    upload = tmp_path / "upload"
    upload.write_bytes(content[:at] + bytes(4) + content[at + 4 :])
    videos.move_index_to_front(upload)
    expected = tmp_path / "expected"
    expected.write_bytes(content)
    videos.move_index_to_front(expected)
    assert upload.read_bytes() == expected.read_bytes()


def test_a_table_of_offsets_that_does_not_fit_is_damage(tmp_path: Path) -> None:
    content = media_samples.film()
    at = content.index(b"stco") + 8
    upload = tmp_path / "upload"
    upload.write_bytes(content[:at] + b"\0\xff\xff\xff" + content[at + 4 :])
    with pytest.raises(inspection.Rejected, match="damaged"):
        videos.move_index_to_front(upload)


def test_a_film_that_cannot_be_decoded_is_clean_without_a_poster(world: World) -> None:
    file = world.file(world.upload(samples.video(), contentType="video/mp4", name="a.mp4"))
    assert (file["status"], file["thumbnails"], file["width"]) == ("clean", [], None)


# ---- sounds ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content_type", "name"),
    [("audio/mp4", "a.m4a"), ("audio/ogg", "a.opus"), ("audio/mpeg", "a.mp3")],
)
def test_a_voice_note_has_a_duration_and_a_waveform_and_nothing_else(
    world: World, content_type: str, name: str
) -> None:
    content = media_samples.sound(content_type)
    assert media_samples.TITLE.encode() in content
    file = world.file(world.upload(content, contentType=content_type, name=name))
    assert (file["status"], file["name"], file["reason"]) == ("clean", name, None)
    assert abs(file["durationMs"] - 2000) <= 60  # encoders pad
    waveform = file["waveform"]
    assert (len(waveform), waveform[-1]) == (64, 100)
    assert waveform[0] < waveform[20] < waveform[40] < waveform[60]
    made = objects()[f"clean/{file['id']}/original"]
    assert media_samples.TITLE.encode() not in made
    (event,) = published_events()
    assert event.data["durationMs"] == file["durationMs"]


def test_a_silent_sound_is_flat_and_one_that_is_too_long_is_rejected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload, target = tmp_path / "upload", tmp_path / "original"
    upload.write_bytes(media_samples.sound("audio/ogg", 0.5, silent=True))
    assert sounds.rewrite(upload, target, "audio/ogg").waveform == (0,) * 64
    monkeypatch.setattr(sounds, "MAX_SECONDS", 0.3)
    with pytest.raises(inspection.Rejected, match="too_long"):
        sounds.rewrite(upload, target, "audio/ogg")


def test_a_film_is_no_sound_and_a_sound_needs_its_own_codec(world: World) -> None:
    for content, type_, reason in (
        (media_samples.film(), "audio/mp4", "wrong_type"),
        (media_samples.sound("audio/ogg")[:300], "audio/ogg", "damaged"),
        (b"ID3" + bytes(2000), "audio/mpeg", "damaged"),
        (samples.image(), "audio/mpeg", "wrong_type"),
    ):
        file = world.file(world.upload(content, contentType=type_, name="a.mp3"))
        assert file["reason"] == reason, type_
    answer = world.announce(b"x", world.artist, contentType="audio/ogg", purpose="portfolio")
    assert answer.status_code == 422  # sounds are for messages only


# ---- documents ---------------------------------------------------------------------------------


def test_a_word_document_may_have_printer_settings(world: World) -> None:
    word = {"contentType": DOCX, "name": "a.docx"}
    settings = {"word/printerSettings/printerSettings1.bin": b"\\\0\\\0p\0r\0i\0n\0t" + bytes(200)}
    assert world.file(world.upload(samples.docx(settings), **word))["status"] == "clean"
    for hidden in (b"MZ\x90", b"\xd0\xcf\x11\xe0\xa1", samples.zipped({"a": b"b"})):
        disguised = samples.docx(dict.fromkeys(settings, hidden))
        assert world.file(world.upload(disguised, **word))["reason"] == "active_content"


# ---- descriptions ------------------------------------------------------------------------------


def test_an_owner_says_what_a_file_shows_and_everybody_who_reads_it_can_read_that(
    world: World,
) -> None:
    file_id = world.new_clean_file()
    path, text = f"/v1/files/{file_id}", "A swallow in black lines"
    assert world.file(file_id)["altText"] is None
    answer = world.client.patch(path, json={"altText": text})
    assert (answer.status_code, answer.json_body["altText"]) == (200, text)
    assert world.client.patch(path, json={"altText": text}).status_code == 200
    assert world.client.patch(path, json={}).json_body["altText"] == text
    world.share(file_id)
    assert world.artist.get(path).json_body["altText"] == text
    listed = world.client.get("/v1/files").json_body["items"]
    assert [item["altText"] for item in listed] == [text]
    by_ids = world.artist.get(f"/v1/files?ids={file_id}").json_body["items"]
    assert [item["altText"] for item in by_ids] == [text]
    events = sorted(published_events(), key=lambda event: int(event.data["recordVersion"]))
    assert [event.data["altText"] for event in events] == [None, text]
    for by, body, status in (
        (world.artist, {"altText": text}, 404),
        (world.client, {"altText": "x" * 1001}, 422),
        (world.client, {"altText": ""}, 422),
        (world.client, {"name": "b.jpg"}, 422),
    ):
        assert by.patch(path, json=body).status_code == status
    assert world.client.patch(path, json={"altText": None}).json_body["altText"] is None


def test_a_file_may_be_described_while_it_is_inspected(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = samples.image(size=(40, 30))
    file_id = world.new_upload(content)["id"]
    examine = inspection.examine

    def describe_and_examine(*arguments: Any) -> Any:
        answer = world.client.patch(f"/v1/files/{file_id}", json={"altText": "An arm"})
        assert answer.status_code == 200
        return examine(*arguments)

    monkeypatch.setattr(inspection, "examine", describe_and_examine)
    world.notify(file_id, world.put_upload(file_id, content))
    file = world.file(file_id)
    assert (file["status"], file["altText"]) == ("clean", "An arm")
    (event,) = published_events()
    assert (event.data["altText"], event.data["ownerId"]) == ("An arm", CLIENT)
