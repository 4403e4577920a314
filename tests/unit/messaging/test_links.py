"""Links in messages, and what pages say about themselves."""

import pytest

from messaging.rules import links
from messaging.rules.links import PageSummary


@pytest.mark.parametrize(
    ("content", "url"),
    [
        ("Look: https://maravoss.example/flash.", "https://maravoss.example/flash"),
        ("(see https://en.example/a_(b))", "https://en.example/a_(b)"),
        ("<https://a.example>, https://b.example", "https://a.example"),
        ("HTTPS://A.example/x?y=1#z!", "HTTPS://A.example/x?y=1#z"),
        ("https://localhost/ https://b.example", "https://b.example"),
        ("https://ada:secret@a.example/ https://b.example", "https://b.example"),
        ("https://[::1", None),
        ("http://a.example/ and ftp://b.example", None),
        ("http://127.0.0.1:8000/", None),
        (f"https://a.example/{'x' * 2_048}", None),
        ("no link at all", None),
    ],
)
def test_the_first_https_link_counts(content: str, url: str | None) -> None:
    assert links.find_first(content) == url


def test_stand_ins_are_linked_to_where_they_may_be_called() -> None:
    content = "http://127.0.0.1:8000/a, https://b.example"
    assert links.find_first(content, allows_loopback=True) == "http://127.0.0.1:8000/a"


PAGE = """<!doctype html><html><head>
<title>Plain\n title</title>
<meta name="description" content="Plain">
<meta property="og:title" content="Flash &amp; more\u202e">
<meta property="og:description" content="">
<meta property="og:site_name" content="Mara Voss">
</head><body><title>Not this</title><meta property="og:title" content="nor this"></body>"""


def test_what_a_page_says_for_previews_comes_first() -> None:
    assert links.summarize(PAGE) == PageSummary("Flash & more", "Plain", "Mara Voss")


def test_the_title_of_the_page_does_without() -> None:
    assert links.summarize("<title> Only\n a title </title>") == PageSummary("Only a title")


@pytest.mark.parametrize(
    "page",
    [
        "",
        "<title>\u200b </title>",
        "<meta name=robots content='all, NoSnippet'><title>x</title>",
        '<meta name="robots" content="noindex"><title>x</title>',
        "<html><body><title>In the body</title>",
        "<![x<title>broken",
    ],
)
def test_a_page_without_title_or_that_forbids_it_has_no_preview(page: str) -> None:
    assert links.summarize(page) is None


def test_long_texts_are_cut() -> None:
    summary = links.summarize(
        f"<title>{'x' * 300}</title><meta name=description content={'y' * 900}>"
    )
    assert summary is not None
    assert (len(summary.title), len(summary.description or "")) == (200, 500)
    assert summary.title.endswith("…")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("Größe".encode(), "text/html"),
        ("Größe".encode("latin-1"), "text/html; charset=ISO-8859-1"),
        ("\ufeffGröße".encode(), "text/html; charset=latin-1"),
        ("Größe".encode("utf-16"), "text/html"),
        (b'<meta charset="windows-1252">' + "Größe".encode("cp1252"), "text/html"),
        ("Größe".encode(), "text/html; charset=zip"),
        ("Größe".encode(), "text/html; charset=nonsense"),
    ],
)
def test_a_page_is_read_in_its_encoding(body: bytes, content_type: str) -> None:
    assert links.decode(body, content_type).endswith("Größe")


def test_only_pages_are_read() -> None:
    assert links.is_page("Text/HTML; charset=utf-8")
    assert links.is_page("application/xhtml+xml")
    for other in ("image/png", "application/pdf", "text/plain", "", None):
        assert not links.is_page(other)


def test_an_encoding_that_no_browser_reads_is_not_used() -> None:
    """Decoding punycode takes a time that is quadratic."""
    for charset in ("punycode", "idna", "unicode_escape", "UTF-7"):
        assert links.decode(b"a-b", f"text/html; charset={charset}") == "a-b"
