"""Which mode a stored value means, and which feature a path."""

import pytest

from gateway.models import Mode
from gateway.rules import old_paths, switches
from gateway.rules.old_api import FEATURES
from gateway.rules.old_api.translation import OldRequest, Untranslatable


@pytest.mark.parametrize(
    ("stored", "known", "mode"),
    [
        (None, None, Mode.MONOLITH),
        ({}, None, Mode.MONOLITH),
        ({"appointments": "shadow"}, None, Mode.SHADOW),
        ({"appointments": "new"}, Mode.MONOLITH, Mode.NEW),
        (None, Mode.NEW, Mode.NEW),
        ({"notifications": "shadow"}, Mode.NEW, Mode.NEW),
        ({"appointments": "NEW"}, Mode.SHADOW, Mode.SHADOW),
        ({"appointments": "on"}, None, None),
    ],
)
def test_a_value_that_says_nothing_changes_nothing(
    stored: dict[str, str] | None, known: Mode | None, mode: Mode | None
) -> None:
    assert switches.choose_mode(stored, "appointments", known) is mode


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/appointments", "/appointments"),
        ("/api/API/Appointments//7/;x=1", "/appointments/7"),
        ("/notifications/SEND/", "/notifications/SEND"),
        ("/%2561ppointments/a%2520b", "/appointments/a b"),
    ],
)
def test_a_path_means_a_feature_however_it_is_written(path: str, text: str) -> None:
    found = old_paths.find(path, FEATURES)
    assert found is not None
    assert found.text == text


@pytest.mark.parametrize(
    "path", ["/", "/api", "/appointment", "/v1/appointments", "/old/appointments"]
)
def test_other_paths_mean_none(path: str) -> None:
    assert old_paths.find(path, FEATURES) is None


def test_every_route_is_found_by_its_name_and_its_path() -> None:
    for feature in FEATURES.values():
        for route in feature.routes:
            assert feature.find(feature.title(route)) is route
            path = old_paths.find(f"/{feature.name}{route.path}".replace("{id}", "7"), FEATURES)
            assert path is not None
            match = feature.match(route.method, path)
            assert match is not None
            assert match.route is route


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"status": "completed"},
        {"status": "confirmed", "startTime": "2030-01-31T09:30:00Z"},
        {"depositPaid": True},
        {"startTime": "2030-01-31T09:30:00Z", "artistId": "usr_x"},
    ],
)
def test_old_clients_set_no_status_at_will(body: dict[str, object]) -> None:
    route = FEATURES["appointments"].find("PATCH /appointments/{id}")
    with pytest.raises(Untranslatable):
        route.to_new(OldRequest({"id": "apt_x"}, {}, body))
