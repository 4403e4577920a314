"""Texts of clients in the draft of a proposal: on lines of their own, and visibly cut."""

from collections.abc import Iterable, Iterator

ELLIPSIS = "…"
LINE_BREAK = " / "
QUOTE = "> "


def to_one_line(text: str) -> str:
    """Return a text on one line, with its lines separated by slashes.

    A line ends at everything that `str.splitlines` takes for a line break.
    """
    lines = (" ".join(line.split()) for line in text.splitlines())
    return LINE_BREAK.join(line for line in lines if line)


def shorten(text: str, length: int) -> str:
    """Return a text on one line, of at most `length` characters; an ellipsis shows a cut."""
    return cut(to_one_line(text), length)


def cut(text: str, length: int) -> str:
    """Return at most `length` characters of a text; an ellipsis shows that it was cut."""
    return text if len(text) <= length else text[: length - 1].rstrip() + ELLIPSIS


def quote(text: str) -> Iterator[str]:
    """Return the lines of a text, each marked as quoted."""
    return (f"{QUOTE}{line}".rstrip() for line in text.splitlines())


def join_lines(lines: Iterable[str], length: int) -> str:
    """Join lines to a text of at most `length` characters; an ellipsis shows that it was cut."""
    return cut("\n".join(lines), length)
