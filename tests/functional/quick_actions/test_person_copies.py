"""Copies of users: the newest one is stored in any order of events, and operators can list them."""

import itertools
from typing import Any

import pytest
from chalice.test import Client

from quick_actions.app import app
from tests.functional.quick_actions.people import (
    ARTIST,
    CLIENT,
    OTHER_ARTIST,
    People,
    everything,
    publish,
    publish_profile,
)
from tests.support import aws_calls

NOBODY = "usr_01JD0000000000000000000ZZZ"


def copies(*user_ids: str) -> list[dict[str, Any]]:
    """Invoke the operators' function."""
    answer = Client(app).lambda_.invoke("copies", {"userIds": list(user_ids)}).payload
    return sorted(answer["items"], key=lambda item: str(item["userId"]))


def copy(user_id: str, name: str, handle: str | None = None, version: int = 0) -> dict[str, Any]:
    return {"userId": user_id, "name": name, "handle": handle, "recordVersion": version}


@pytest.mark.parametrize("order", list(itertools.permutations([1, 2, 3])))
def test_the_newest_copy_is_stored_in_any_order(people: People, order: tuple[int, ...]) -> None:
    for version in [*order, *order]:
        publish_profile(ARTIST, f"Name {version}", version, f"handle-{version}")
    assert copies(ARTIST) == [copy(ARTIST, "Name 3", "handle-3", 3)]


def test_the_same_version_again_repairs_the_copy(people: People) -> None:
    publish_profile(ARTIST, "damaged", 2)
    publish_profile(ARTIST, "old", 1)
    publish_profile(ARTIST, "Mara V.", 2, "mara")
    assert copies(ARTIST) == [copy(ARTIST, "Mara V.", "mara", 2)]


def test_an_operator_lists_the_copies_of_users(people: People) -> None:
    publish_profile(OTHER_ARTIST, "Noa", 7, "noa")
    publish("user.deleted", {"userId": CLIENT})
    assert copies(ARTIST, OTHER_ARTIST, CLIENT, NOBODY, OTHER_ARTIST) == [
        copy(ARTIST, "Mara Voss"),
        copy(OTHER_ARTIST, "Noa", "noa", 7),
    ]


def test_a_hundred_copies_are_one_read(people: People) -> None:
    before = everything()
    with aws_calls.counted() as calls:
        assert copies(*(f"usr_{number}" for number in range(100))) == []
    assert calls == {"dynamodb:BatchGetItem": 1}
    assert copies() == []
    assert everything() == before


@pytest.mark.parametrize(
    "payload", [{}, {"userIds": ["x"] * 101}, {"userIds": [1]}, {"next": None, "limit": 100}]
)
def test_an_invalid_payload_is_refused(people: People, payload: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"userIds|next"):
        Client(app).lambda_.invoke("copies", payload)


def test_copies_have_no_route() -> None:
    assert not [path for _, path in app.operations if "copies" in path]
