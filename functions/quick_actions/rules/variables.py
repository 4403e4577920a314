"""Variables of texts: their names, and how their values replace them.

A value is never searched for variables, so a name such as `{{deposit}}` inserts nothing.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum

from quick_actions.models import QuickActionKind

_PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


class QuickActionVariable(StrEnum):
    """A variable that the text of a quick action can use."""

    CLIENT_NAME = "client.name"
    CLIENT_FIRST_NAME = "client.first_name"
    ARTIST_NAME = "artist.name"
    ARTIST_FIRST_NAME = "artist.first_name"
    BOOKING_PAGE = "booking_page"
    NEXT_SLOT = "next_slot"
    DEPOSIT = "deposit"
    CANCELLATION = "cancellation"
    PRICE_LIST = "price_list"


# The texts of an action of this kind must use one of these variables.
REQUIRED: Mapping[QuickActionKind, tuple[QuickActionVariable, ...]] = {
    QuickActionKind.FIND_AVAILABILITY: (
        QuickActionVariable.BOOKING_PAGE,
        QuickActionVariable.NEXT_SLOT,
    ),
    QuickActionKind.DEPOSIT_INFO: (QuickActionVariable.DEPOSIT,),
    QuickActionKind.POLICY: (QuickActionVariable.CANCELLATION, QuickActionVariable.DEPOSIT),
    QuickActionKind.PRICE_LIST: (QuickActionVariable.PRICE_LIST,),
}


def list_names(text: str) -> list[str]:
    """List the names of variables in a text, known or not, each once, in their order."""
    return list(dict.fromkeys(_PLACEHOLDER.findall(text)))


def find_mistakes(text: str) -> list[str]:
    """Describe the mistakes in a text: each unknown variable, and braces without a variable."""
    known = set(QuickActionVariable)
    mistakes = [
        f"uses the unknown variable {{{{{name}}}}}"
        for name in list_names(text)
        if name not in known
    ]
    rest = _PLACEHOLDER.sub("", text)
    if "{{" in rest or "}}" in rest:
        mistakes.append("has braces that enclose no variable")
    return mistakes


def find_missing(kind: QuickActionKind, texts: Iterable[str]) -> str | None:
    """Describe which variable the texts of this kind must use and do not; None if they do."""
    required = REQUIRED.get(kind, ())
    names = {name for text in texts for name in list_names(text)}
    if not required or names.intersection(required):
        return None
    return "must use " + " or ".join(f"{{{{{name}}}}}" for name in required)


def fill(text: str, values: Mapping[str, str]) -> str:
    """Replace the variables in a text by their values; those without a value stay as they are."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)
