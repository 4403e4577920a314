"""Visible text: what people sign or give a title must be readable."""

import unicodedata

from domain.errors import FieldError

# Letters without a shape, which Unicode does not count as spaces: fillers of Hangul, a blank.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
# Overrides and isolates of direction: with them a text reads differently from what it is.
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def find_line_errors(text: str | None, field: str) -> list[FieldError]:
    """Find what is wrong with a text of one line, such as a name; None is not wrong."""
    if text is None:
        return []
    if any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in text):
        return [FieldError(field, "must not contain control characters")]
    if not _DIRECTIONS.isdisjoint(text):
        return [FieldError(field, "must not change the direction of the text")]
    return find_blank_errors(text, field)


def find_blank_errors(text: str, field: str) -> list[FieldError]:
    """Find out whether a text shows nothing."""
    if any(unicodedata.category(each)[0] not in "CMZ" and each not in _BLANK for each in text):
        return []
    return [FieldError(field, "must have visible characters")]
