"""Copies of users: the newest one is stored in any order of events, and operators can list them."""

import itertools
from typing import Any

import pytest
from chalice.test import Client

from social.app import app
from tests.functional.social.conftest import NOOR
from tests.functional.social.world import deliver


def copies(*user_ids: str) -> list[dict[str, Any]]:
    """Invoke the operators' function."""
    items: list[dict[str, Any]] = (
        Client(app).lambda_.invoke("copies", {"userIds": list(user_ids)}).payload["items"]
    )
    return items


@pytest.mark.parametrize("order", list(itertools.permutations((0, 1, 2))))
def test_the_newest_copy_is_stored_in_any_order(aws: None, order: tuple[int, ...]) -> None:
    for version in order:
        if version == 0:
            deliver("user.verified", userId=NOOR, name="Noor", role="client")
        else:
            profile = {"userId": NOOR, "name": f"Noor {version}", "role": "client"}
            deliver("user.profile.updated", **profile, recordVersion=version)
    assert copies(NOOR, "usr_nobody") == [{"userId": NOOR, "name": "Noor 2", "recordVersion": 2}]
