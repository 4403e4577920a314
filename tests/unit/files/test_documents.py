"""Bounds and forbidden parts of PDFs and Word documents, one by one."""

import io
import zipfile
from pathlib import Path

import pytest

from files.inspection import malware, pdfs, signatures, word_documents
from files.inspection.rejection import Rejected
from files.rules.file_types import DOCX, TYPES
from tests.functional.files import media_samples, samples


def check_word(tmp_path: Path, content: bytes) -> None:
    upload = tmp_path / "upload"
    upload.write_bytes(content)
    word_documents.check(upload, malware.EicarScanner())


def check_pdf(tmp_path: Path, content: bytes) -> None:
    upload = tmp_path / "upload"
    upload.write_bytes(content)
    pdfs.check(upload)


# ---- Word --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ending",
    ["xml", "rels", "png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "emf", "wmf", "ttf", "odttf",
     "PNG"],
)  # fmt: skip
def test_harmless_parts_are_accepted(tmp_path: Path, ending: str) -> None:
    check_word(tmp_path, samples.docx({f"word/part.{ending}": b"<x/>"}))


@pytest.mark.parametrize(
    "name",
    ["word/a.bin", "word/a.exe", "word/a.js", "word/vbaData.xml", "word/activeX/a.xml",
     "word/embeddings/a.xml", "word/Macros.xml", "word/a", "word/xml"],
)  # fmt: skip
def test_active_and_unknown_parts_are_rejected(tmp_path: Path, name: str) -> None:
    with pytest.raises(Rejected, match="active_content"):
        check_word(tmp_path, samples.docx({name: b"<x/>"}))


def test_a_folder_is_no_part(tmp_path: Path) -> None:
    check_word(tmp_path, samples.docx({"word/media/": b""}))


@pytest.mark.parametrize("name", ["/a.xml", "../a.xml", "word/../../a.xml", "a\\b.xml", "c:a.xml"])
def test_a_part_outside_of_the_document_is_rejected(tmp_path: Path, name: str) -> None:
    with pytest.raises(Rejected, match="hidden_content"):
        check_word(tmp_path, samples.docx({name: b"<x/>"}))


@pytest.mark.parametrize("missing", ["[Content_Types].xml", "word/document.xml"])
def test_a_document_has_its_two_required_parts(tmp_path: Path, missing: str) -> None:
    with pytest.raises(Rejected, match="wrong_type"):
        check_word(tmp_path, samples.docx().replace(missing.encode(), b"x" * len(missing)))


def test_a_part_may_not_be_there_twice(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="hidden_content"):
        check_word(tmp_path, samples.docx({"word/a.xml": b"<x/>", "word/b.xml": b"<x/>"}).replace(
            b"word/b.xml", b"word/a.xml"))  # fmt: skip


def test_bytes_before_the_document_are_rejected(tmp_path: Path) -> None:
    out = io.BytesIO(b"PK\x03\x04 anything")
    out.seek(0, io.SEEK_END)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr("word/document.xml", "<x/>")
    with pytest.raises(Rejected, match="hidden_content"):
        check_word(tmp_path, out.getvalue())


def test_an_encrypted_part_is_rejected(tmp_path: Path) -> None:
    out = io.BytesIO(samples.docx())
    with zipfile.ZipFile(out) as archive:
        at = archive.start_dir + 8  # the flags of the first entry of the directory
    locked = bytearray(out.getvalue())
    locked[at] |= 1
    with pytest.raises(Rejected, match="encrypted"):
        check_word(tmp_path, bytes(locked))


def test_markup_is_at_most_a_thousand_elements_deep(tmp_path: Path) -> None:
    for depth, siblings in ((1000, 1), (999, 5000)):
        part = b"<a>" * depth + b"<b/>" * (siblings - 1) + b"</a>" * depth
        check_word(tmp_path, samples.docx({"word/e.xml": part}))
    part = b"<a>" * 1001 + b"</a>" * 1001
    with pytest.raises(Rejected, match="archive_bomb"):
        check_word(tmp_path, samples.docx({"word/e.xml": part}))


def test_a_document_inflates_at_most_a_hundredfold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = samples.docx({"word/z.xml": b"<a>" + b" " * 1000 + b"</a>"})
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    monkeypatch.setattr(word_documents, "MAX_UNPACKED", unpacked)
    check_word(tmp_path, content)
    monkeypatch.setattr(word_documents, "MAX_UNPACKED", unpacked - 1)
    with pytest.raises(Rejected, match="archive_bomb"):
        check_word(tmp_path, content)
    monkeypatch.setattr(word_documents, "MAX_UNPACKED", unpacked)
    monkeypatch.setattr(word_documents, "MAX_RATIO", unpacked // len(content))
    with pytest.raises(Rejected, match="archive_bomb"):
        check_word(tmp_path, content)
    monkeypatch.setattr(word_documents, "MAX_RATIO", unpacked // len(content) + 1)
    check_word(tmp_path, content)


def test_a_document_has_at_most_as_many_parts_as_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word_documents, "MAX_ENTRIES", 4)
    check_word(tmp_path, samples.docx())
    with pytest.raises(Rejected, match="archive_bomb"):
        check_word(tmp_path, samples.docx({"word/a.xml": b"<x/>"}))


@pytest.mark.parametrize("mode", ["Internal", None])
def test_a_template_inside_of_the_document_is_accepted(tmp_path: Path, mode: str | None) -> None:
    inside = samples.TEMPLATE.replace(b"https://x", b"template.xml")
    attribute = b' TargetMode="External"'
    inside = inside.replace(attribute, f' TargetMode="{mode}"'.encode() if mode else b"")
    check_word(tmp_path, samples.docx(samples.relationships(inside)))


# ---- PDF ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["JavaScript", "Launch", "EmbeddedFile", "EmbeddedFiles", "RichMedia", "SubmitForm",
     "ImportData", "GoToE", "Rendition", "XFA [", "XFA 7", "XFA(", "XFA<<"],
)  # fmt: skip
def test_active_names_are_rejected(tmp_path: Path, name: str) -> None:
    with pytest.raises(Rejected, match="active_content"):
        check_pdf(tmp_path, samples.pdf(f"<< /{name} >>".encode()))


@pytest.mark.parametrize(
    "name", ["JavaScripts", "Launcher", "GoTo", "XFAs", "XFA /", "EncryptMetadata", "Embedded"]
)
def test_similar_names_are_harmless(tmp_path: Path, name: str) -> None:
    check_pdf(tmp_path, samples.pdf(f"<< /{name} >>".encode()))


@pytest.mark.parametrize("filter_", ["ASCIIHexDecode", "LZWDecode", "RunLengthDecode", "Crypt"])
@pytest.mark.parametrize("distance", [0, 3_500])
def test_objects_packed_in_another_way_are_rejected(
    tmp_path: Path, filter_: str, distance: int
) -> None:
    dictionary = b"/Type /ObjStm" + b" " * distance + b" /Filter /" + filter_.encode()
    with pytest.raises(Rejected, match="hidden_content"):
        check_pdf(tmp_path, samples.pdf(samples.stream(dictionary, b"x")))


@pytest.mark.parametrize("version", [b"1.0", b"1.7", b"2.0"])
def test_known_versions_are_accepted(tmp_path: Path, version: bytes) -> None:
    check_pdf(tmp_path, samples.pdf().replace(b"1.7", version))


@pytest.mark.parametrize("version", [b"0.9", b"3.0", b"x.1"])
def test_unknown_versions_are_rejected(tmp_path: Path, version: bytes) -> None:
    with pytest.raises(Rejected, match="wrong_type"):
        check_pdf(tmp_path, samples.pdf().replace(b"1.7", version))


@pytest.mark.parametrize("missing", [b"startxref", b"%%EOF"])
def test_a_pdf_without_its_end_is_damaged(tmp_path: Path, missing: bytes) -> None:
    with pytest.raises(Rejected, match="damaged"):
        check_pdf(tmp_path, samples.pdf().replace(missing, b"x"))


def test_white_space_may_follow_a_pdf(tmp_path: Path) -> None:
    check_pdf(tmp_path, samples.pdf(behind=b"\0\t\n\f\r "))
    with pytest.raises(Rejected, match="hidden_content"):
        check_pdf(tmp_path, samples.pdf(behind=b"\n."))


# ---- all ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("behind", [0, 65_535])
def test_a_zip_at_the_end_is_found_as_far_as_its_comment_reaches(
    tmp_path: Path, behind: int
) -> None:
    upload = tmp_path / "upload"
    upload.write_bytes(b"x" * 10 + b"PK\x05\x06" + b"\0" * (18 + behind))
    with pytest.raises(Rejected, match="hidden_content"):
        signatures.check_no_trailing_zip(upload)
    upload.write_bytes(b"x" * 10 + b"PK\x05\x06" + b"\0" * (18 + 65_536))
    signatures.check_no_trailing_zip(upload)


def test_malware_is_found_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(malware, "CHUNK", 100)
    scanner, size = malware.EicarScanner(), len(malware.EICAR)
    assert size == 68
    for before in range(150):
        content = b"." * before + malware.EICAR + b"." * 7
        assert scanner.find(io.BytesIO(content)) == "Eicar-Test-Signature", before
        assert scanner.find(io.BytesIO(content.replace(b"X5O", b"X5."))) is None


def test_every_type_is_recognised_by_its_first_bytes(tmp_path: Path) -> None:
    starts = {
        "image/jpeg": samples.image("JPEG"),
        "image/png": samples.image("PNG"),
        "image/webp": samples.image("WEBP"),
        "image/gif": samples.image("GIF"),
        "image/avif": samples.image("AVIF", (64, 48)),
        "image/heic": samples.image("HEIF", (64, 48)),
        "image/heif": samples.image("HEIF", (64, 48)),
        "audio/mp4": media_samples.sound("audio/mp4", 0.1),
        "audio/ogg": media_samples.sound("audio/ogg", 0.1),
        "audio/mpeg": media_samples.sound("audio/mpeg", 0.1),
        "video/mp4": samples.video(),
        "video/quicktime": samples.video(b"qt  "),
        "application/pdf": samples.pdf(),
        DOCX: samples.docx(),
    }
    upload = tmp_path / "upload"
    for name, content in starts.items():
        upload.write_bytes(content)
        signatures.check(upload, TYPES[name])
        upload.write_bytes(b"x" + content)
        with pytest.raises(Rejected, match="wrong_type"):
            signatures.check(upload, TYPES[name])
    assert starts.keys() == TYPES.keys()
