"""Text of messages: cleaning and previews."""

import re

from domain import text as shared_rule

PREVIEW_LENGTH = 120

_BLANK_LINES = re.compile(r"\n{4,}")


def clean(text: str) -> str:
    """Remove outer spaces and all but two blank lines in a row.

    Texts of quick actions and of older messages did not arrive by a request that follows the rule
    of `domain.text`, so it is applied to them here.
    """
    return _BLANK_LINES.sub("\n\n\n", shared_rule.clean(text)).strip()


def is_blank(text: str) -> bool:
    """Return whether the text has no visible character."""
    return shared_rule.is_invisible(text)


def shorten(text: str) -> str:
    """Return the beginning of the text on one line, as a preview."""
    line = " ".join(text[: 4 * PREVIEW_LENGTH].split())
    return line if len(line) <= PREVIEW_LENGTH else line[: PREVIEW_LENGTH - 1].rstrip() + "…"
