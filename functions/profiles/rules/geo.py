"""Distances on earth, and the geohash cells that cover a circle.

A geohash halves longitude and latitude in turns, five times per character, starting from the whole
world: points in one cell share its characters. Here the cells of one precision form a grid of
columns from 180° west and rows from the south pole, so the cells around a circle are a rectangle of
that grid. Beyond the 180th meridian columns continue from the first; a circle around a pole takes
all of them.
"""

from math import asin, cos, degrees, floor, radians, sin, sqrt

from profiles.models.artist_pages import Coordinates

EARTH_RADIUS_KM = 6371.0088  # mean radius (IUGG)
ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz"
PRECISIONS = (1, 2, 3, 4, 5)  # characters; a cell of the finest is 4.9 km wide and high
MAX_CELLS = 9  # a circle around a pole takes all 8 cells of a row of the coarsest precision
MAX_RADIUS_KM = 500
_MARGIN = 1e-6  # degrees, about 10 cm: compensates rounding


def get_distance_km(start: Coordinates, end: Coordinates) -> float:
    """Return the great-circle distance, by the haversine formula."""
    lat_1, lat_2 = radians(start.lat), radians(end.lat)
    half_lat, half_lon = (lat_2 - lat_1) / 2, radians(end.lon - start.lon) / 2
    haversine = sin(half_lat) ** 2 + cos(lat_1) * cos(lat_2) * sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(haversine)))


def get_cell(place: Coordinates, precision: int) -> str:
    """Return the geohash, `precision` characters long, of the cell that contains a place."""
    columns, rows = _get_grid_size(precision)
    column = floor((place.lon + 180) / 360 * columns) % columns  # 180° east is 180° west
    row = min(rows - 1, floor((place.lat + 90) / 180 * rows))
    return _encode(column, row, precision)


def list_covering_cells(center: Coordinates, radius_km: float) -> tuple[str, ...]:
    """Return at most MAX_CELLS cells, as fine as possible, that contain every place in a circle.

    Raises:
        ValueError: The radius is not between 0 and MAX_RADIUS_KM, which so few cells can cover.
    """
    if not 0 < radius_km <= MAX_RADIUS_KM:
        raise ValueError(f"The radius must be between 0 and {MAX_RADIUS_KM} km.")
    for precision in reversed(PRECISIONS):
        grid_columns, grid_rows = _get_rectangle(center, radius_km, precision)
        if len(grid_columns) * len(grid_rows) <= MAX_CELLS:
            break
    columns, _ = _get_grid_size(precision)
    return tuple(
        _encode(column % columns, row, precision) for row in grid_rows for column in grid_columns
    )


def _get_rectangle(center: Coordinates, radius_km: float, precision: int) -> tuple[range, range]:
    """Return the columns and rows around a circle; columns may continue past the last one."""
    columns, rows = _get_grid_size(precision)
    radius = radius_km / EARTH_RADIUS_KM
    height = degrees(radius) + _MARGIN
    south, north = center.lat - height, center.lat + height
    first_row = max(0, floor((south + 90) / 180 * rows))
    last_row = min(rows - 1, floor((north + 90) / 180 * rows))
    grid_rows = range(first_row, last_row + 1)
    if south <= -90 or north >= 90:
        return range(columns), grid_rows
    # Half the width where a meridian touches the circle, which is not at the center's latitude.
    width = degrees(asin(min(1.0, sin(radius) / cos(radians(center.lat))))) + _MARGIN
    first = floor((center.lon - width + 180) / 360 * columns)
    last = floor((center.lon + width + 180) / 360 * columns)
    return range(first, min(last, first + columns - 1) + 1), grid_rows


def _get_grid_size(precision: int) -> tuple[int, int]:
    """Return the number of columns and rows of the world."""
    bits = 5 * precision
    return 2 ** ((bits + 1) // 2), 2 ** (bits // 2)


def _encode(column: int, row: int, precision: int) -> str:
    """Encode a cell as geohash: the bits of its column and row in turns, column first."""
    number, bits = 0, 5 * precision
    for place in range(bits):
        source, width = (column, (bits + 1) // 2) if place % 2 == 0 else (row, bits // 2)
        number = number << 1 | source >> (width - 1 - place // 2) & 1
    return "".join(
        ALPHABET[number >> 5 * (precision - 1 - position) & 31] for position in range(precision)
    )
