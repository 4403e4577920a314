"""The variables of texts: which there are, and putting values in their places.

A value is never read as a text with variables, so nobody's name can call for another value.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum

from quick_actions.models import Kind

_PLACE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


class Variable(StrEnum):
    """What a text may ask for; where its value comes from stands in `values`."""

    CLIENT_NAME = "client.name"
    CLIENT_FIRST_NAME = "client.first_name"
    ARTIST_NAME = "artist.name"
    ARTIST_FIRST_NAME = "artist.first_name"
    BOOKING_PAGE = "booking_page"
    NEXT_SLOT = "next_slot"
    DEPOSIT = "deposit"
    CANCELLATION = "cancellation"
    PRICE_LIST = "price_list"


# An action of this kind says one of these, or it would not be of that kind.
NEEDED: Mapping[Kind, tuple[Variable, ...]] = {
    Kind.FIND_AVAILABILITY: (Variable.BOOKING_PAGE, Variable.NEXT_SLOT),
    Kind.DEPOSIT_INFO: (Variable.DEPOSIT,),
    Kind.POLICY: (Variable.CANCELLATION, Variable.DEPOSIT),
    Kind.PRICE_LIST: (Variable.PRICE_LIST,),
}


def used(text: str) -> list[str]:
    """The names of the variables in the text, known or not, each once, in their order."""
    return list(dict.fromkeys(_PLACE.findall(text)))


def mistakes(text: str) -> list[str]:
    """What is wrong with the text: each unknown variable by its name, and braces left over."""
    known = set(Variable)
    found = [f"knows no variable {{{{{name}}}}}" for name in used(text) if name not in known]
    rest = _PLACE.sub("", text)
    if "{{" in rest or "}}" in rest:
        found.append("has braces that enclose no variable")
    return found


def lacks(kind: Kind, texts: Iterable[str]) -> str | None:
    """What the texts of an action of this kind must say and do not; None where nothing lacks."""
    needed = NEEDED.get(kind, ())
    there = {name for text in texts for name in used(text)}
    if not needed or there.intersection(needed):
        return None
    return "must use " + " or ".join(f"{{{{{name}}}}}" for name in needed)


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with values in the places of variables; what has none stays as it is."""
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), text)
