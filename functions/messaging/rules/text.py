"""What people write: cleaned when it comes, folded for search, cut for lists."""

import re
import unicodedata

PREVIEW_LENGTH = 120
MAX_TERMS = 5

# Overrides and isolates of direction: with them a text reads differently from what it is.
_DIRECTIONS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BREAKS = re.compile(r"\r\n?|[\u0085\u2028\u2029]")
_MANY_BREAKS = re.compile(r"\n{4,}")


def cleaned(text: str) -> str:
    """The text in NFC, with line breaks as \\n, without control characters and outer spaces.

    Also without half surrogates, which are no characters, and overrides of direction.
    """
    broken = _BREAKS.sub("\n", unicodedata.normalize("NFC", text))
    kept = "".join(character for character in broken if _is_harmless(character))
    return _MANY_BREAKS.sub("\n\n\n", kept).strip()


def is_blank(text: str) -> bool:
    """Whether there is nothing to see."""
    return all(unicodedata.category(character)[0] in "CZ" for character in text)


def folded(text: str) -> str:
    """The text without case and accents, as search compares it."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in apart if not unicodedata.combining(character))


def terms(query: str) -> list[str]:
    """The words of a query as search compares them, the longest first; at most five."""
    words = sorted(set(folded(cleaned(query)).split()), key=lambda word: (-len(word), word))
    return words[:MAX_TERMS]


def preview(text: str) -> str:
    """The beginning of the text, on one line."""
    line = " ".join(text[: 4 * PREVIEW_LENGTH].split())
    return line if len(line) <= PREVIEW_LENGTH else line[: PREVIEW_LENGTH - 1].rstrip() + "…"


def _is_harmless(character: str) -> bool:
    if character in "\n\t":
        return True
    return unicodedata.category(character) not in ("Cc", "Cs") and character not in _DIRECTIONS
