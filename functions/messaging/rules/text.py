"""Text of messages: cleaning, folding for search, previews."""

import re
import unicodedata

PREVIEW_LENGTH = 120
MAX_TERMS = 5

# Overrides and isolates of direction: with them a text reads differently from what it is.
_DIRECTIONS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINE_BREAKS = re.compile(r"\r\n?|[\u0085\u2028\u2029]")
_BLANK_LINES = re.compile(r"\n{4,}")


def clean(text: str) -> str:
    r"""Normalize text that a person wrote.

    The result is in NFC, has `\n` as line break and at most two blank lines in a row, and holds no
    control characters, no lone surrogates, no overrides of direction and no outer spaces.
    """
    normalized = _LINE_BREAKS.sub("\n", unicodedata.normalize("NFC", text))
    harmless = "".join(character for character in normalized if _is_harmless(character))
    return _BLANK_LINES.sub("\n\n\n", harmless).strip()


def is_blank(text: str) -> bool:
    """Return whether the text has no visible character."""
    return all(unicodedata.category(character)[0] in "CZ" for character in text)


def fold(text: str) -> str:
    """Remove case and accents, for comparison in a search."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def split_terms(query: str) -> list[str]:
    """Return the folded words of a query, the longest first, at most five."""
    words = sorted(set(fold(clean(query)).split()), key=lambda word: (-len(word), word))
    return words[:MAX_TERMS]


def shorten(text: str) -> str:
    """Return the beginning of the text on one line, as a preview."""
    line = " ".join(text[: 4 * PREVIEW_LENGTH].split())
    return line if len(line) <= PREVIEW_LENGTH else line[: PREVIEW_LENGTH - 1].rstrip() + "…"


def _is_harmless(character: str) -> bool:
    if character in "\n\t":
        return True
    return unicodedata.category(character) not in ("Cc", "Cs") and character not in _DIRECTIONS
