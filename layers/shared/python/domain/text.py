r"""Text that people write: one rule for every text of every request.

A text is in NFC with `\n` as its line break. It holds no control characters except `\n` and the
tab, and no overrides, embeddings or isolates of direction: with these it reads differently from
what it is (Trojan Source, CVE-2021-42574). The marks of direction that Arabic and Hebrew need are
allowed. A text that is neither empty nor blank holds a visible character.
"""

import re
import unicodedata

FORBIDDEN = "must not hold control characters or overrides of direction"
INVISIBLE = "must hold visible characters"
NOT_ONE_LINE = "must be one line, without tabs and not blank"

_LINE = re.compile(r"(?=.*\S)[^\t\n]*")
_LINE_BREAKS = re.compile("\r\n?|[\u0085\u2028\u2029]")
# Surrogates are halves of characters: a text that holds one cannot be encoded.
_HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# Characters without a glyph whose category is that of a letter, a symbol or nothing: fillers,
# blanks, noncharacters, what stands for an object that is not there (U+FFFC), and code points that
# Unicode reserves for characters to be ignored (Default_Ignorable_Code_Point).
_FILLERS = re.compile(
    "[\u115f\u1160\u2065\u2800\u3164\uffa0\ufdd0-\ufdef\ufff0-\ufff8\ufffc"
    "\U00013441\U00013442\U0001d159\U000e0000-\U000e0fff"
    + "".join(
        f"{chr(0x1_0000 * plane + 0xFFFE)}-{chr(0x1_0000 * plane + 0xFFFF)}" for plane in range(17)
    )
    + "]"
)
# Spaces, formatting characters, and marks, which need a character to stand on.
_INVISIBLE_CATEGORIES = frozenset(("Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Me"))


def normalize(text: str) -> str:
    r"""Return the text in NFC with `\n` as its line break."""
    return _LINE_BREAKS.sub("\n", unicodedata.normalize("NFC", text))


def find_fault(text: str) -> str | None:
    """Return what is wrong with a normalized text, or None. Blank texts are not wrong as such."""
    if _HARMFUL.search(text):
        return FORBIDDEN
    if is_invisible(text) and text.strip(" \t\n"):
        return INVISIBLE
    return None


def find_line_fault(text: str) -> str | None:
    """Return what is wrong with a normalized text that must be one line, or None."""
    return None if _LINE.fullmatch(text) else NOT_ONE_LINE


def is_invisible(text: str) -> bool:
    """Return whether the text has no visible character; it may be empty."""
    return all(
        unicodedata.category(character) in _INVISIBLE_CATEGORIES or _FILLERS.match(character)
        for character in text
    )


def clean(text: str) -> str:
    """Normalize a text and remove what no request may hold.

    For texts that come from elsewhere, or were stored before the rule was.
    """
    harmless = _HARMFUL.sub("", _LINE_BREAKS.sub("\n", text))
    # At the end: what was removed may have stood between a letter and its mark.
    return normalize(harmless)
