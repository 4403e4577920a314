"""Visibility of the fields of an artist's page."""

from enum import IntEnum

from msgspec.structs import fields, replace

from profiles.models.artist_pages import Coordinates, PageDetails, PageField, Visibility

# The address is where artists work, and often live.
DEFAULTS = {PageField.ADDRESS: Visibility.CLIENTS}
# Without the address, a place is shown to about a kilometre.
BLURRED_DECIMALS = 2


class Viewer(IntEnum):
    """A kind of viewer. Higher values see more."""

    ANYBODY = 0
    CLIENT = 1
    OWNER = 2


_REQUIRED_VIEWER = {
    Visibility.PUBLIC: Viewer.ANYBODY,
    Visibility.CLIENTS: Viewer.CLIENT,
    Visibility.PRIVATE: Viewer.OWNER,
}
_ATTRIBUTES = {field.encode_name: field for field in fields(PageDetails)}


def get_visibility(details: PageDetails, field: PageField) -> Visibility:
    """Return who may see a field."""
    return details.privacy.get(field, DEFAULTS.get(field, Visibility.PUBLIC))


def can_see(details: PageDetails, field: PageField, viewer: Viewer) -> bool:
    """Return whether the viewer may see a field."""
    return viewer >= _REQUIRED_VIEWER[get_visibility(details, field)]


def hide_fields(details: PageDetails, viewer: Viewer) -> PageDetails:
    """Return the details with every field hidden from the viewer reset to its default.

    A hidden field therefore looks like one that was never filled in.
    """
    hidden = [_ATTRIBUTES[field] for field in PageField if not can_see(details, field, viewer)]
    shown: PageDetails = replace(details, **{field.name: field.default for field in hidden})
    if shown.coordinates is not None and not can_see(details, PageField.ADDRESS, viewer):
        return replace(shown, coordinates=_blur(shown.coordinates))
    return shown


def _blur(place: Coordinates) -> Coordinates:
    return Coordinates(round(place.lat, BLURRED_DECIMALS), round(place.lon, BLURRED_DECIMALS))
