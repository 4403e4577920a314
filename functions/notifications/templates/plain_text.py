"""Plain text of HTML: the text of a mail whose author wrote HTML only.

Links become `text (address)`, items of lists get a hyphen or their number, headings and paragraphs
stand apart, cells of a row are separated by spaces.
"""

import re
from html.parser import HTMLParser

_PARAGRAPHS = {"blockquote", "h1", "h2", "h3", "ol", "p", "table", "ul"}
_LINES = {"div", "li", "tr"}
_CELLS = {"td", "th"}
_LISTS = {"ol", "ul"}
RULE = "-" * 20
BULLET = "- "
INDENT = "  "


def convert(html: str) -> str:
    """Convert cleaned HTML to plain text."""
    converter = _Converter()
    converter.feed(html)
    converter.close()
    return converter.get_text()


class _Converter(HTMLParser):
    """Collects lines. What is pending is written before the next text, and not at the end."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._breaks = 0  # line breaks that are due before the next text
        self._has_space = False
        self._prefix = ""
        self._links: list[tuple[str, int]] = []  # address, and where the text of the link begins
        self._lists: list[int | None] = []  # number of the last item; None where there are none

    def get_text(self) -> str:
        """Return what was collected."""
        return "".join(self._parts).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin what the tag stands for."""
        attributes = dict(attrs)
        self._break_around(tag)
        match tag:
            case "br":
                self._parts.append("\n")
                self._has_space = False
            case "hr":
                self._break(2)
                self._write(RULE)
                self._break(2)
            case "img":
                self._write(attributes.get("alt") or "")
            case "a":
                self._links.append((attributes.get("href") or "", len(self._parts)))
            case "ol" | "ul":
                self._lists.append(0 if tag == "ol" else None)
            case "li":
                self._begin_item()

    def handle_endtag(self, tag: str) -> None:
        """End what the tag stands for."""
        if tag == "a" and self._links:
            address, start = self._links.pop()
            address = address.removeprefix("mailto:").removeprefix("tel:")
            if address and address not in "".join(self._parts[start:]):
                self._write(f" ({address})")
        if tag in _LISTS and self._lists:
            self._lists.pop()
        if tag in _CELLS:
            self._has_space = True
        self._break_around(tag)

    def handle_data(self, data: str) -> None:
        """Add text, in which white space is one space."""
        for word in re.split(r"(\s+)", data):
            if word.isspace():
                self._has_space = True
            elif word:
                self._write(word)

    def _begin_item(self) -> None:
        depth = max(len(self._lists) - 1, 0)
        number = self._lists[-1] if self._lists else None
        if number is None:
            bullet = BULLET
        else:
            self._lists[-1] = number + 1
            bullet = f"{number + 1}. "
        self._prefix = INDENT * depth + bullet

    def _write(self, text: str) -> None:
        if not text:
            return
        if self._breaks and self._parts:
            self._parts.append("\n" * self._breaks)
            self._has_space = False
        is_at_start = not self._parts or self._parts[-1].endswith("\n")
        if self._prefix:
            self._parts.append(self._prefix)
        elif self._has_space and not is_at_start:
            self._parts.append(" ")
        self._parts.append(text)
        self._breaks, self._has_space, self._prefix = 0, False, ""

    def _break_around(self, tag: str) -> None:
        if tag in _PARAGRAPHS:
            is_nested = tag in _LISTS and len(self._lists) > 0
            self._break(1 if is_nested else 2)
        elif tag in _LINES:
            self._break(1)

    def _break(self, lines: int) -> None:
        self._breaks = max(self._breaks, lines)
