"""Names that strangers chose, as they may stand in mails to addresses that are not verified."""

import unicodedata

MAX_LENGTH = 40
UNKNOWN = "unknown"


def sanitize(name: str) -> str:
    """Reduce a name to letters, marks, hyphens and apostrophes.

    Without digits, dots and slashes it cannot advertise a web address or a phone number.
    """
    harmless = [c if unicodedata.category(c)[0] in "LM" or c in "-'" else " " for c in name]
    return " ".join("".join(harmless).split())[:MAX_LENGTH].strip() or UNKNOWN
