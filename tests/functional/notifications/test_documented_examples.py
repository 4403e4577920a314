"""The request examples of the API document, sent as they are."""

from typing import Any

import pytest

from infra.openapi.document import document
from tests.functional.notifications.world import World

PHONE = "+61491570156"
ROUTES = {
    "appointment-confirmation": 202,
    "contact/phone": 202,
    "email": 202,
    "push": 202,
    "send": 202,
    "sms": 202,
    "subscriptions": 201,
    "templates": 201,
}


@pytest.fixture(scope="module")
def paths() -> dict[str, Any]:
    """Build the paths of the API document."""
    return dict(document()["paths"])


@pytest.mark.parametrize(("path", "status"), ROUTES.items())
def test_the_example_of_a_request_is_accepted(
    world: World, paths: dict[str, Any], path: str, status: int
) -> None:
    ada = world.as_user("usr_ada", "artist")
    world.add_contact("usr_ada", phone=PHONE)
    if path == "push":
        world.subscribe(ada, "ada")
    body = paths[f"/v1/notifications/{path}"]["post"]["requestBody"]["content"]
    world.post(ada, path, body["application/json"]["example"], status)
