"""Places on earth: how far apart they are, and the cells of the geohash that cover a circle.

A geohash halves longitudes and latitudes in turns, five times per character, from the whole world
on: points of one cell share its characters. Cells are counted here as a grid of columns from 180°
west and rows from the south pole, so that a circle's are a rectangle of it; beyond the 180th
meridian columns go on from the first, and around a pole a circle has all of them.
"""

from math import asin, cos, degrees, floor, radians, sin, sqrt

from profiles.models.pages import Coordinates

EARTH_RADIUS_KM = 6371.0088  # the mean radius of the IUGG
LETTERS = "0123456789bcdefghjkmnpqrstuvwxyz"
PRECISIONS = (1, 2, 3, 4, 5)  # characters; a cell of the finest is 4.9 km wide and high
MAX_CELLS = 9  # a cap on a pole takes the 8 of one row of the coarsest
MAX_RADIUS_KM = 500
_MARGIN = 1e-6  # degrees, about 10 cm: what rounding may take away


def distance_km(one: Coordinates, other: Coordinates) -> float:
    """The great-circle distance, by the haversine formula."""
    lat_1, lat_2 = radians(one.lat), radians(other.lat)
    half_lat, half_lon = (lat_2 - lat_1) / 2, radians(other.lon - one.lon) / 2
    haversine = sin(half_lat) ** 2 + cos(lat_1) * cos(lat_2) * sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(haversine)))


def cell(place: Coordinates, precision: int) -> str:
    """The geohash of so many characters whose cell holds the place."""
    columns, rows = _grid(precision)
    column = floor((place.lon + 180) / 360 * columns) % columns  # 180° east is 180° west
    row = min(rows - 1, floor((place.lat + 90) / 180 * rows))
    return _named(column, row, precision)


def covering(center: Coordinates, radius_km: float) -> tuple[str, ...]:
    """At most MAX_CELLS cells, as fine as can be, that hold every place within the radius.

    Raises ValueError beyond MAX_RADIUS_KM, where so few cells could not do.
    """
    if not 0 < radius_km <= MAX_RADIUS_KM:
        raise ValueError("no such radius")
    for precision in reversed(PRECISIONS):
        across, along = _rectangle(center, radius_km, precision)
        if len(across) * len(along) <= MAX_CELLS:
            break
    columns, _ = _grid(precision)
    return tuple(_named(column % columns, row, precision) for row in along for column in across)


def _rectangle(center: Coordinates, radius_km: float, precision: int) -> tuple[range, range]:
    """The columns and the rows around a circle; columns go on beyond the 180th meridian."""
    columns, rows = _grid(precision)
    radius = radius_km / EARTH_RADIUS_KM
    height = degrees(radius) + _MARGIN
    south, north = center.lat - height, center.lat + height
    first_row = max(0, floor((south + 90) / 180 * rows))
    last_row = min(rows - 1, floor((north + 90) / 180 * rows))
    along = range(first_row, last_row + 1)
    if south <= -90 or north >= 90:
        return range(columns), along
    # Where a meridian touches the circle, which is not at the center's latitude.
    width = degrees(asin(min(1.0, sin(radius) / cos(radians(center.lat))))) + _MARGIN
    first = floor((center.lon - width + 180) / 360 * columns)
    last = floor((center.lon + width + 180) / 360 * columns)
    return range(first, min(last, first + columns - 1) + 1), along


def _grid(precision: int) -> tuple[int, int]:
    """How many columns and rows the world has."""
    bits = 5 * precision
    return 2 ** ((bits + 1) // 2), 2 ** (bits // 2)


def _named(column: int, row: int, precision: int) -> str:
    """The geohash of a cell: the bits of its column and row in turns, the column's first."""
    number, bits = 0, 5 * precision
    for place in range(bits):
        source, left = (column, (bits + 1) // 2) if place % 2 == 0 else (row, bits // 2)
        number = number << 1 | source >> (left - 1 - place // 2) & 1
    return "".join(
        LETTERS[number >> 5 * (precision - 1 - position) & 31] for position in range(precision)
    )
