"""LocalStack by compose: refused early where it could be deployed only in part."""

from typing import Any

import pytest
import yaml

from infra.local.settings import StackError
from infra.localstack import check, container_target
from infra.paths import ROOT


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "localstack-compose.yml").read_text())
    return loaded


@pytest.mark.parametrize(
    ("health", "is_ministack", "token"),
    [
        (None, False, "token"),
        ({"edition": "community"}, False, "token"),
        ({"edition": "pro"}, False, None),
    ],
)
def test_an_endpoint_that_cannot_take_everything_is_refused(
    health: dict[str, str] | None, is_ministack: bool, token: str | None
) -> None:
    with pytest.raises(StackError):
        check(health, is_ministack, token)


@pytest.mark.parametrize(
    ("health", "is_ministack", "token"),
    [({"edition": "pro"}, False, "token"), ({"edition": "light"}, True, None)],
)
def test_an_endpoint_that_runs_everything_is_accepted(
    health: dict[str, str], is_ministack: bool, token: str | None
) -> None:
    check(health, is_ministack, token)


def test_containers_get_wheels_of_this_machines_processor() -> None:
    options = container_target().pip_options or ()
    assert "--python-version=3.13" in options
    assert not [option for option in options if "arm64" in option or "AMD64" in option]


def test_everything_listens_on_loopback_only(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:")


def test_every_image_is_pinned_and_belongs_to_a_profile(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert not service["image"].endswith(":latest")
        assert ":" in service["image"]
        assert service["profiles"]
