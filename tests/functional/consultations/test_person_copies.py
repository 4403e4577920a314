"""Cards of people: the newest is kept in whatever order they come; operators see what is kept."""

import itertools
from typing import Any

import pytest
from chalice.test import Client

from consultations.app import app
from tests.functional.consultations.people import (
    ARTIST,
    CLIENT,
    OTHER_ARTIST,
    ROLES,
    People,
    everything,
    hear,
)
from tests.support import aws_calls

NOBODY = "usr_01JD0000000000000000000ZZZ"


def card(user_id: str, version: int, name: str | None = None) -> None:
    """Somebody's card is told."""
    data = {"userId": user_id, "role": ROLES[user_id], "name": name or f"Name {version}"}
    more = {"avatar": f"fil_{version}", "recordVersion": version}
    hear("user.profile.updated", data | more)


def copies(*user_ids: str) -> list[dict[str, Any]]:
    """Invoke the function as the comparison does."""
    answer = Client(app).lambda_.invoke("copies", {"userIds": list(user_ids)}).payload
    return sorted(answer["items"], key=lambda item: str(item["userId"]))


def copy(user_id: str, name: str, avatar: str | None = None, version: int = 0) -> dict[str, Any]:
    return {"userId": user_id, "name": name, "avatar": avatar, "recordVersion": version}


@pytest.mark.parametrize("order", list(itertools.permutations([1, 2, 3])))
def test_the_newest_card_is_kept_in_any_order(people: People, order: tuple[int, ...]) -> None:
    for version in [*order, *order]:
        card(ARTIST, version)
    assert copies(ARTIST) == [copy(ARTIST, "Name 3", "fil_3", 3)]


def test_the_same_version_again_repairs_what_is_kept(people: People) -> None:
    card(ARTIST, 2, "damaged")
    card(ARTIST, 1)
    card(ARTIST, 2, "Mara Voss")
    assert copies(ARTIST) == [copy(ARTIST, "Mara Voss", "fil_2", 2)]


def test_an_operator_sees_what_is_kept_of_users(people: People) -> None:
    card(OTHER_ARTIST, 7, "Noa Lind")
    hear("user.deleted", {"userId": CLIENT})
    assert copies(ARTIST, OTHER_ARTIST, CLIENT, NOBODY, OTHER_ARTIST) == [
        copy(ARTIST, "Mara"),
        copy(OTHER_ARTIST, "Noa Lind", "fil_7", 7),
    ]


def test_a_hundred_are_one_read_and_change_nothing(people: People) -> None:
    before = everything()
    with aws_calls.counted() as calls:
        assert copies(*(f"usr_{number}" for number in range(100))) == []
    assert calls == {"dynamodb:BatchGetItem": 1}
    assert copies() == []
    assert everything() == before


@pytest.mark.parametrize(
    "order", [{}, {"userIds": ["x"] * 101}, {"userIds": [1]}, {"next": None, "limit": 100}]
)
def test_a_wrong_order_is_refused(people: People, order: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"userIds|next"):
        Client(app).lambda_.invoke("copies", order)


def test_copies_are_no_route() -> None:
    assert not [path for _, path in app.operations if "copies" in path]
