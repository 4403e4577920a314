"""Links in messages, and what a page says about itself for previews of it."""

import codecs
import re
from collections.abc import Mapping
from contextlib import suppress
from html.parser import HTMLParser
from urllib.parse import urlsplit

import msgspec

from domain import text, web_addresses

MAX_URL_CHARACTERS = 2_048
MAX_TITLE, MAX_DESCRIPTION, MAX_SITE_NAME = 200, 500, 100
MEDIA_TYPES = frozenset({"text/html", "application/xhtml+xml"})

# RFC 3986 allows fewer characters; people paste addresses as browsers show them.
_HTTPS = re.compile(r"https://[^\s<>\"'`|\\^{}]+", re.IGNORECASE)
# Servers of a developer's machine, which only the local environment calls.
_LOOPBACK = re.compile(r"(?:https://|http://127\.0\.0\.1[:/])[^\s<>\"'`|\\^{}]+", re.IGNORECASE)
_TRAILING = ".,;:!?*_~"
_PAIRS = {")": "(", "]": "["}
# Page authors ask with these not to be shown in excerpts ("Robots meta tag", Google).
_REFUSALS = frozenset({"noindex", "nosnippet", "none"})
_DESCRIPTIONS = ("og:description", "twitter:description", "description")
_CHARSET = re.compile(r"charset=[\"']?([\w.:-]+)", re.IGNORECASE)
_META_CHARSET = re.compile(rb"<meta[^>]{0,500}?charset=[\"']?([\w.:-]+)", re.IGNORECASE)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Encodings that no browser reads in a page. Reading punycode takes a time that is quadratic.
_NOT_OF_PAGES = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape", "utf-7"})
_SNIFFED = 1_024  # bytes in which HTML declares its encoding ("Determining the encoding", WHATWG)


class PageSummary(msgspec.Struct, frozen=True):
    """What a page says about itself.

    Attributes:
        title: Its title, on one line.
        description: Its description, on one line; None if it has none.
        site_name: The name of its site; None if it has none.
    """

    title: str
    description: str | None = None
    site_name: str | None = None


def find_first(content: str, *, allows_loopback: bool = False) -> str | None:
    """Return the first https URL of a text, without what follows it in a sentence; None if none.

    Args:
        content: The text.
        allows_loopback: Whether a server at 127.0.0.1 counts too.
    """
    for match in (_LOOPBACK if allows_loopback else _HTTPS).finditer(content):
        url = _cut(match[0])
        if len(url) <= MAX_URL_CHARACTERS and _is_address(url):
            return url
    return None


def is_page(content_type: str | None) -> bool:
    """Return whether a media type is that of a page."""
    return (content_type or "").partition(";")[0].strip().lower() in MEDIA_TYPES


def refuses(robots: str | None) -> bool:
    """Return whether a robots rule of a page forbids excerpts of it."""
    rules = {rule.strip().lower() for rule in (robots or "").split(",")}
    return not _REFUSALS.isdisjoint(rules)


def decode(body: bytes, content_type: str | None) -> str:
    """Return the text of a page: by its byte order mark, its header, its own words, or as UTF-8."""
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body.decode(encoding, "replace")
    header = _CHARSET.search(content_type or "")
    meta = _META_CHARSET.search(body[:_SNIFFED])
    for named in (header and header[1], meta and meta[1].decode("ascii", "replace")):
        if named and (codec := _find_codec(named)):
            return body.decode(codec, "replace")
    return body.decode("utf-8", "replace")


def summarize(page: str) -> PageSummary | None:
    """Return what a page says about itself; None without a title, or where it forbids excerpts."""
    parser = _Head()
    # What it cannot read it says by this; what came before counts. It is not closed, because that
    # reads the rest of a broken page again and again.
    with suppress(AssertionError):
        parser.feed(page)
    meta = parser.meta
    if refuses(meta.get("robots")):
        return None
    title = _first(MAX_TITLE, meta.get("og:title"), meta.get("twitter:title"), parser.title)
    if title is None:
        return None
    return PageSummary(
        title=title,
        description=_first(MAX_DESCRIPTION, *(meta.get(name) for name in _DESCRIPTIONS)),
        site_name=_first(MAX_SITE_NAME, meta.get("og:site_name")),
    )


def get_host(url: str) -> str:
    """Return the host of a URL."""
    return urlsplit(url).hostname or ""


def strip_fragment(url: str) -> str:
    """Return a URL without its fragment, which is sent to no server."""
    return url.partition("#")[0]


class _Head(HTMLParser):
    """Reader of the head of a page. What is broken is read as browsers do, or skipped."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.meta: dict[str, str] = {}
        self._title: list[str] = []
        self._is_in_title = False
        self._is_in_body = False

    @property
    def title(self) -> str:
        """Text of the title."""
        return "".join(self._title)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the title, and what `meta` elements say."""
        if tag == "body":
            self._is_in_body = True
        if tag == "title" and not self._title and not self._is_in_body:
            self._is_in_title = True
        if tag == "meta" and not self._is_in_body:
            self._note(dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        """Note the end of the title."""
        if tag == "title":
            self._is_in_title = False

    def handle_data(self, data: str) -> None:
        """Note the text of the title."""
        if self._is_in_title:
            self._title.append(data)

    def _note(self, attributes: Mapping[str, str | None]) -> None:
        name = (attributes.get("property") or attributes.get("name") or "").strip().lower()
        content = attributes.get("content")
        if name and content:
            self.meta.setdefault(name, content)


def _first(longest: int, *texts: str | None) -> str | None:
    """Return the first of some texts that can be read, on one line, cut to a length."""
    for each in texts:
        line = " ".join(text.clean(each or "").split())
        if line and not text.is_invisible(line):
            return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"
    return None


def _cut(url: str) -> str:
    """Cut off punctuation of the sentence, and brackets that were opened before the URL."""
    while url:
        last = url[-1]
        opening = _PAIRS.get(last)
        if last in _TRAILING or (opening and url.count(last) > url.count(opening)):
            url = url[:-1]
        else:
            break
    return url


def _is_address(url: str) -> bool:
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return False
    return bool(host) and "." in (host or "") and not web_addresses.has_credentials(url)


def _find_codec(name: str) -> str | None:
    """Return the name of a text encoding; None for what is none."""
    try:
        codec = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    if codec.name.replace("_", "-") in _NOT_OF_PAGES:
        return None
    # Python has encodings of bytes by bytes, such as zip, which are none of text.
    return codec.name if codec._is_text_encoding else None
