"""What of a page whom it shows: the privacy of its fields."""

from enum import IntEnum

from msgspec.structs import fields, replace

from profiles.models.pages import Coordinates, Details, Field, Visibility

# Where people work, and often live.
USUALLY = {Field.ADDRESS: Visibility.CLIENTS}
# Of a place whose address is hidden, about a kilometre is told.
BLURRED_DECIMALS = 2


class Viewer(IntEnum):
    """Who looks at a page, in the order of what they may see."""

    ANYBODY = 0
    CLIENT = 1
    OWNER = 2


_NEEDED = {
    Visibility.PUBLIC: Viewer.ANYBODY,
    Visibility.CLIENTS: Viewer.CLIENT,
    Visibility.PRIVATE: Viewer.OWNER,
}
_ATTRIBUTES = {field.encode_name: field for field in fields(Details)}


def visibility(details: Details, field: Field) -> Visibility:
    """Who may see the field."""
    return details.privacy.get(field, USUALLY.get(field, Visibility.PUBLIC))


def may_see(details: Details, field: Field, viewer: Viewer) -> bool:
    """Whether the field is shown to this viewer."""
    return viewer >= _NEEDED[visibility(details, field)]


def seen(details: Details, viewer: Viewer) -> Details:
    """The page as this viewer sees it: what is hidden looks as if it was never said."""
    hidden = [_ATTRIBUTES[field] for field in Field if not may_see(details, field, viewer)]
    shown: Details = replace(details, **{field.name: field.default for field in hidden})
    if shown.coordinates is not None and not may_see(details, Field.ADDRESS, viewer):
        return replace(shown, coordinates=_blurred(shown.coordinates))
    return shown


def _blurred(place: Coordinates) -> Coordinates:
    return Coordinates(round(place.lat, BLURRED_DECIMALS), round(place.lon, BLURRED_DECIMALS))
