"""Quotation: the words of users in texts that we write: subjects, mails, SMS, push, calendars.

A reader takes such a text for ours, and mail programs make links of what looks like one. So the
words of users are cleaned, lose their links, and stand in quotation marks that they cannot close.
The quotation marks and the ellipsis are ASCII: any others make an SMS of 160 characters one of 70
(3GPP TS 23.038).
"""

import re

from domain.text import clean, is_invisible

MAX_NAME = 120
MAX_PLACE = 200
MAX_TEXT = 2000
CUT = "..."

# What browsers take for the dot of a host (UTS #46).
_DOT = "[.\u3002\uff0e\uff61]"
_LINK = re.compile(
    rf"""
    ://                                             # any scheme
    | ^\W*(?:https?|mailto|tel|sms|data|javascript):  # a scheme without slashes
    | ^\W*www{_DOT}
    | @[^@]*{_DOT}                                 # an address of mail
    | (?:\w{_DOT}\w\w+|\d(?:{_DOT}\d+){{3}})(?::\d+)?[/?\#] # a host with a path
    | ^\W*\d+(?:{_DOT}\d+){{3}}                     # a host as a number
    """,
    re.IGNORECASE | re.VERBOSE,
)
# The dot of a bare host: `Dr.Smith` is not distinguished from one.
_DOT_OF_HOST = re.compile(rf"(?<=\w){_DOT}(?=[^\W\d_]{{2}})")
# Everything that looks like the quotation mark around it.
_MARKS = re.compile('["\u201c-\u201f\u00ab\u00bb\u275d\u275e\u2e42\u301d-\u301f\uff02]')


def flatten(words: str, limit: int = MAX_NAME) -> str:
    """Return a user's words on one line, without links, cut visibly after `limit` characters."""
    shown = _MARKS.sub("'", " ".join(map(_unlink, clean(words[: 4 * limit]).split())))
    if is_invisible(shown):
        return ""
    return shown if len(shown) <= limit else shown[: limit - len(CUT)].rstrip() + CUT


def quote(words: str, limit: int = MAX_NAME) -> str:
    """Return a user's words in quotation marks, on one line; an empty text if nothing is left."""
    shown = flatten(words, limit)
    return f'"{shown}"' if shown else ""


def quote_lines(words: str, limit: int = MAX_TEXT) -> str:
    """Return a user's words in quotation marks, with their line breaks."""
    lines = clean(words[: 4 * limit]).splitlines()
    shown = "\n".join(flatten(line, limit) for line in lines).strip()
    if len(shown) > limit:
        shown = shown[: limit - len(CUT)].rstrip() + CUT
    return f'"{shown}"' if shown else ""


def _unlink(word: str) -> str:
    """Return a word, or an ellipsis for a link. A bare host gets a space that keeps it from one."""
    return CUT if _LINK.search(word) else _DOT_OF_HOST.sub(". ", word)
