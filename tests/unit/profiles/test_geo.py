"""Distances and covering cells, compared with published values and by trial."""

import math
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from profiles.models.artist_pages import Coordinates
from profiles.rules import geo

BERLIN = Coordinates(52.5200, 13.4050)
PARIS = Coordinates(48.8566, 2.3522)
PLACES = st.builds(
    Coordinates,
    st.floats(-90, 90) | st.sampled_from([-90.0, 90.0, 89.999, -89.999, 0.0, 45.0]),
    st.floats(-180, 180) | st.sampled_from([-180.0, 180.0, 179.999, -179.999, 0.0, 45.0]),
)
EARTH_RADIUS_KM = 6371.0088  # the mean radius (IUGG)
RADII = st.floats(0.01, 500) | st.sampled_from([0.1, 1.0, 25.0, 500.0])


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (BERLIN, PARIS, 877.5),  # 877.46 km by end calculators of the haversine
        (BERLIN, BERLIN, 0),
        (Coordinates(0, 179.5), Coordinates(0, -179.5), 111.2),  # a degree of the equator
        (Coordinates(90, 0), Coordinates(90, 123), 0),  # the pole has every longitude
        (Coordinates(90, 0), Coordinates(-90, 0), math.pi * EARTH_RADIUS_KM),
        (Coordinates(0, 0), Coordinates(0, 180), math.pi * EARTH_RADIUS_KM),
    ],
)
def test_distances(start: Any, end: Any, expected: Any) -> None:
    assert geo.get_distance_km(start, end) == pytest.approx(expected, abs=0.1)
    assert geo.get_distance_km(end, start) == geo.get_distance_km(start, end)


# Published examples: Niemeyer's, Wikipedia's, and the corners of the grid.
@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (Coordinates(42.605, -5.603), "ezs42"),
        (Coordinates(57.64911, 10.40744), "u4pru"),
        (Coordinates(52.5200, 13.4050), "u33dc"),
        (Coordinates(-90, -180), "00000"),
        (Coordinates(90, -180), "bpbpb"),
        (Coordinates(90, 180), "bpbpb"),  # 180° east is 180° west
        (Coordinates(89.9999, 179.9999), "zzzzz"),
    ],
)
def test_cells_are_geohashes(place: Any, expected: str) -> None:
    assert geo.get_cell(place, 5) == expected


@given(PLACES)
def test_a_cell_lies_in_the_coarser_cells(place: Any) -> None:
    assert geo.PRECISIONS == (1, 2, 3, 4, 5)
    finest = geo.get_cell(place, 5)
    assert [geo.get_cell(place, n) for n in range(1, 6)] == [finest[:n] for n in range(1, 6)]


def find_place(center: Coordinates, km: float, bearing: float) -> Coordinates:
    """Return the place at a distance and bearing (radians from north) on the sphere."""
    angle = km / EARTH_RADIUS_KM
    lat, lon = math.radians(center.lat), math.radians(center.lon)
    to_lat = math.asin(
        max(-1, min(1, math.sin(lat) * math.cos(angle)
        + math.cos(lat) * math.sin(angle) * math.cos(bearing)))
    )  # fmt: skip
    to_lon = lon + math.atan2(
        math.sin(bearing) * math.sin(angle) * math.cos(lat),
        math.cos(angle) - math.sin(lat) * math.sin(to_lat),
    )
    return Coordinates(math.degrees(to_lat), (math.degrees(to_lon) + 540) % 360 - 180)


@settings(max_examples=600)
@given(PLACES, RADII, st.floats(0, 1), st.floats(0, 2 * math.pi))
@example(Coordinates(89.9, 0), 50.0, 1.0, 0.0)  # over the north pole
@example(Coordinates(-89.99, 170), 500.0, 1.0, math.pi)  # over the south pole
@example(Coordinates(10, 179.99), 25.0, 1.0, math.pi / 2)  # over the 180th meridian
@example(Coordinates(10, -179.99), 25.0, 1.0, 3 * math.pi / 2)
@example(Coordinates(85.4, 0), 500.0, 1.0, math.pi / 2)  # where circles are widest off the center
def test_few_cells_contain_every_place_within_the_radius(
    center: Any, radius_km: Any, part: Any, bearing: Any
) -> None:
    cells = geo.list_covering_cells(center, radius_km)
    assert 1 <= len(cells) <= 9
    assert len(set(cells)) == len(cells)
    assert len({len(cell) for cell in cells}) == 1
    place = find_place(center, radius_km * part, bearing)
    if geo.get_distance_km(center, place) <= radius_km:
        assert geo.get_cell(place, len(cells[0])) in cells


@settings(max_examples=300)
@given(PLACES, RADII, st.integers(0, 359))
def test_the_edge_of_the_circle_is_covered(center: Any, radius_km: Any, degree: Any) -> None:
    cells = geo.list_covering_cells(center, radius_km)
    place = find_place(center, radius_km * 0.999999, math.radians(degree))
    assert geo.get_cell(place, len(cells[0])) in cells


@pytest.mark.parametrize("lat", [-85.4, -60, 0.5, 45, 80, 85.3])
def test_a_circle_is_covered_where_it_is_widest(lat: float | int) -> None:
    """A meridian touches the circle closer to the pole than its center is."""
    radius_km = 499.0
    angle = radius_km / EARTH_RADIUS_KM
    pole = math.radians(90 - abs(lat))
    bearing = math.acos(math.tan(angle) / math.tan(pole))  # a right angle at the touching point
    for lon in range(-180, 180, 7):
        center = Coordinates(lat, lon)
        cells = geo.list_covering_cells(center, radius_km)
        for towards in (bearing, -bearing):
            direction = towards if lat > 0 else math.pi - towards
            place = find_place(center, radius_km * 0.999999, direction)
            assert geo.get_cell(place, len(cells[0])) in cells, lon


def test_cells_are_as_fine_as_possible() -> None:
    assert {len(cell) for cell in geo.list_covering_cells(BERLIN, 2)} == {5}
    assert {len(cell) for cell in geo.list_covering_cells(BERLIN, 10)} == {4}
    assert {len(cell) for cell in geo.list_covering_cells(BERLIN, 100)} == {3}
    assert (
        len(geo.list_covering_cells(Coordinates(90, 0), 1)) == 8
    )  # all of the coarsest around the pole


@pytest.mark.parametrize("radius_km", [0, -1, 500.1, math.inf])
def test_other_radii_are_refused(radius_km: Any) -> None:
    with pytest.raises(ValueError, match="radius"):
        geo.list_covering_cells(BERLIN, radius_km)
