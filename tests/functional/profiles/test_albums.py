"""Albums: items of a portfolio under a name, in an order of their own."""

from typing import Any

import pytest

from profiles.use_cases import albums
from tests.functional.profiles.activity import (
    FILE,
    HOME,
    OTHER_FILE,
    clean,
    consume_own_events,
    create_item,
    list_all,
    list_stored,
    ok,
)
from tests.functional.profiles.conftest import NOON
from tests.functional.profiles.people import ARTIST, People, consume
from tests.support import aws_calls
from tests.support.responses import error_fields, refused

MINE = f"{HOME}/me/albums"
THEIRS = f"{HOME}/artists/{ARTIST}/albums"


@pytest.fixture
def items(people: People) -> list[str]:
    people.register()
    clean(ARTIST, OTHER_FILE)
    first = create_item(people.artist)
    body = {"fileIds": [OTHER_FILE, FILE]}
    return [first, ok(people.artist.post(f"{HOME}/me/portfolio", json=body))["id"]]


def create_album(people: People, **fields: Any) -> dict[str, Any]:
    album: dict[str, Any] = ok(people.artist.post(MINE, json={"name": "Botanical", **fields}))
    return album


def test_an_album_has_a_name_a_cover_and_items_in_order(people: People, items: list[str]) -> None:
    a, b = items
    album = create_album(people, itemIds=[b, a])
    assert (album["cover"], album["coverFile"], album["items"]) == (b, OTHER_FILE, 2)
    path = f"{MINE}/{album['id']}"
    changed = ok(people.artist.patch(path, json={"name": "Flowers", "cover": a}))
    assert (changed["name"], changed["cover"], changed["coverFile"]) == ("Flowers", a, FILE)
    shown = list_all(people.nobody, f"{THEIRS}/{album['id']}", limit=1)
    assert [item["id"] for item in shown] == [b, a]
    ok(people.artist.patch(path, json={"itemIds": [b]}))  # without its cover
    (listed,) = ok(people.nobody.get(THEIRS))["items"]
    assert (listed["cover"], listed["items"]) == (b, 1)


def test_an_album_that_is_not_public_is_seen_by_its_artist_only(
    people: People, items: list[str]
) -> None:
    hidden = create_album(people, public=False, itemIds=items)
    shown = create_album(people)
    assert ok(people.nobody.get(THEIRS))["items"] == [shown]
    assert ok(people.artist.get(MINE))["items"] == [hidden, shown]
    assert refused(people.nobody.get(f"{THEIRS}/{hidden['id']}")) == (404, "not_found")
    assert ok(people.artist.get(f"{MINE}/{hidden['id']}"))["album"] == hidden
    assert refused(people.other_artist.get(f"{MINE}/{hidden['id']}")) == (404, "not_found")
    body = {"name": "Mine"}
    assert people.other_artist.patch(f"{MINE}/{hidden['id']}", json=body).status_code == 404
    assert people.client.post(MINE, json=body).status_code == 403


def test_albums_are_ordered_and_deleted(people: People, items: list[str]) -> None:
    ids = [create_album(people, itemIds=items)["id"] for _ in range(3)]
    ok(people.artist.put(f"{MINE}/order", json={"albumIds": [ids[2]]}))
    assert [each["id"] for each in ok(people.nobody.get(THEIRS))["items"]] == [ids[2], *ids[:2]]
    ok(people.artist.delete(f"{MINE}/{ids[2]}"))
    assert [each["id"] for each in ok(people.nobody.get(THEIRS))["items"]] == ids[:2]
    answer = people.artist.put(f"{MINE}/order", json={"albumIds": [ids[2]]})
    assert error_fields(answer) == {"body.albumIds": "must be your albums"}
    assert len(ok(people.nobody.get(f"{HOME}/artists/{ARTIST}/portfolio"))["items"]) == 2


def test_only_own_items_are_in_an_album(people: People, items: list[str]) -> None:
    theirs = create_item(people.other_artist)
    for body, field in (
        ({"itemIds": [theirs]}, "body.itemIds"),
        ({"itemIds": ["itm_1"]}, "body.itemIds"),
        ({"itemIds": items[:1], "cover": items[1]}, "body.cover"),
        ({"name": " "}, "body.name"),
    ):
        answer = people.artist.post(MINE, json={"name": "Botanical", **body})
        assert list(error_fields(answer)) == [field]
    assert ok(people.artist.get(MINE))["items"] == []


def test_deleted_items_leave_albums(people: People, items: list[str]) -> None:
    album = create_album(people, itemIds=items, cover=items[1])
    ok(people.artist.delete(f"{HOME}/me/portfolio/{items[1]}"))
    page = ok(people.nobody.get(f"{THEIRS}/{album['id']}"))
    assert [item["id"] for item in page["items"]] == items[:1]  # at once
    consume_own_events()
    (listed,) = ok(people.nobody.get(THEIRS))["items"]
    assert (listed["cover"], listed["items"]) == (items[0], 1)


def test_lists_make_a_fixed_number_of_reads(people: People, items: list[str]) -> None:
    album, *_ = [create_album(people, itemIds=items) for _ in range(4)]
    people.nobody.get(THEIRS)
    with aws_calls.counted() as calls:
        ok(people.nobody.get(THEIRS))
    assert calls == {"dynamodb:UpdateItem": 1, "dynamodb:GetItem": 2, "dynamodb:BatchGetItem": 2}
    with aws_calls.counted() as calls:
        ok(people.nobody.get(f"{THEIRS}/{album['id']}"))
    assert calls == {"dynamodb:UpdateItem": 1, "dynamodb:GetItem": 2, "dynamodb:BatchGetItem": 1}


def test_the_number_of_albums_is_limited(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    people.register()
    monkeypatch.setattr(albums, "MAX_ALBUMS", 1)
    create_album(people)
    assert refused(people.artist.post(MINE, json={"name": "More"})) == (409, "too_many_albums")


def test_albums_of_a_deleted_artist_are_erased(people: People, items: list[str]) -> None:
    create_album(people, itemIds=items)
    consume("user.deleted", at=NOON, userId=ARTIST)
    assert list_stored(f"PORTFOLIO#{ARTIST}") == []
