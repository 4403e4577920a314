"""Boards: private collections of portfolio items."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
from time_machine import TimeMachineFixture

from profiles.use_cases import boards
from tests.functional.profiles.activity import (
    HOME,
    NO_ITEM,
    build_query,
    create_item,
    dump_table,
    list_all,
    list_stored,
    ok,
)
from tests.functional.profiles.people import CLIENT, People, consume
from tests.support import aws_calls
from tests.support.gateway import ApiClient
from tests.support.responses import error_fields, refused
from tests.support.threads import together

BOARDS = f"{HOME}/boards"


def create_board(person: ApiClient, name: str = "Ideas") -> str:
    board_id: str = ok(person.post(BOARDS, json={"name": name}))["id"]
    return board_id


def add_item(person: ApiClient, board_id: str, item_id: str) -> Any:
    return person.put(f"{BOARDS}/{board_id}/items/{item_id}")


def list_item_ids(person: ApiClient, board_id: str) -> list[str]:
    """Return the ids of the items on a board, in order."""
    return [item["id"] for item in ok(person.get(f"{BOARDS}/{board_id}"))["items"]]


def test_a_board_lists_items_in_the_order_they_were_added(people: People) -> None:
    board_id = create_board(people.client)
    item_ids = [
        create_item(people.artist),
        create_item(people.other_artist),
        create_item(people.artist),
    ]
    for item_id in (item_ids[2], item_ids[0], item_ids[1]):
        assert add_item(people.client, board_id, item_id).status_code == 204
    board = ok(people.client.get(f"{BOARDS}/{board_id}"))
    assert board == {
        "id": board_id,
        "name": "Ideas",
        "createdAt": "2026-11-22T12:00:00Z",
        "updatedAt": "2026-11-22T12:00:00Z",
        "items": board["items"],
    }
    assert [item["id"] for item in board["items"]] == [item_ids[2], item_ids[0], item_ids[1]]
    (shown,) = ok(people.nobody.get(f"{HOME}/artists/{board['items'][2]['artistId']}/portfolio"))[
        "items"
    ]
    assert board["items"][2] == shown


def test_adding_and_removing_items_is_idempotent(people: People, clock: TimeMachineFixture) -> None:
    board_id, item_id = create_board(people.client), create_item(people.artist)
    ok(add_item(people.client, board_id, item_id))
    before = dump_table()
    clock.shift(timedelta(hours=1))
    ok(add_item(people.client, board_id, item_id))
    assert dump_table() == before
    for _ in range(2):
        assert people.client.delete(f"{BOARDS}/{board_id}/items/{item_id}").status_code == 204
    assert list_item_ids(people.client, board_id) == []


def test_a_board_can_be_renamed(people: People, clock: TimeMachineFixture) -> None:
    board_id = create_board(people.client)
    clock.shift(timedelta(hours=1))
    renamed = ok(people.client.patch(f"{BOARDS}/{board_id}", json={"name": "Backs"}))
    assert (renamed["name"], renamed["updatedAt"]) == ("Backs", "2026-11-22T13:00:00Z")
    assert list_all(people.client, BOARDS) == [renamed]


@pytest.mark.parametrize("name", ["", " ", "x" * 101, 7, None])
def test_invalid_names_are_refused(people: People, name: str | int | None) -> None:
    board_id = create_board(people.client)
    for answer in (
        people.client.post(BOARDS, json={"name": name}),
        people.client.patch(f"{BOARDS}/{board_id}", json={"name": name}),
    ):
        assert list(error_fields(answer)) == ["body.name"]


def test_only_the_owner_can_read_or_change_a_board(people: People) -> None:
    board_id, item_id = create_board(people.client), create_item(people.artist)
    ok(add_item(people.client, board_id, item_id))
    before = dump_table()
    path = f"{BOARDS}/{board_id}"
    for other in (people.other_client, people.artist, people.admin):
        for answer in (
            other.get(path),
            other.patch(path, json={"name": "Mine"}),
            other.delete(path),
            add_item(other, board_id, item_id),
            other.delete(f"{path}/items/{item_id}"),
        ):
            assert refused(answer) == (404, "not_found")
        assert list_all(other, BOARDS) == []
    assert people.nobody.get(path).status_code == 401
    assert dump_table() == before


@pytest.mark.parametrize("unknown", [NO_ITEM, "nonsense", "%00"])
def test_unknown_items_and_boards_are_not_found(people: People, unknown: Any) -> None:
    board_id = create_board(people.client)
    assert refused(add_item(people.client, board_id, unknown)) == (404, "not_found")
    assert refused(add_item(people.client, "nonsense", unknown)) == (404, "not_found")
    assert list_item_ids(people.client, board_id) == []


def test_a_board_is_deleted_with_its_items(people: People) -> None:
    board_id, other = create_board(people.client), create_board(people.client)
    ok(add_item(people.client, board_id, create_item(people.artist)))
    assert people.client.delete(f"{BOARDS}/{board_id}").status_code == 204
    assert people.client.get(f"{BOARDS}/{board_id}").status_code == 404
    assert [board["id"] for board in list_all(people.client, BOARDS)] == [other]


def test_boards_are_listed_newest_first_page_by_page(
    people: People, clock: TimeMachineFixture
) -> None:
    ids = []
    for _ in range(5):
        ids.append(create_board(people.client))
        clock.shift(timedelta(seconds=1))
    listed = [board["id"] for board in list_all(people.client, BOARDS, limit=2)]
    assert listed == ids[::-1]
    cursor = ok(people.client.get(f"{BOARDS}?limit=2"))["nextCursor"]
    answer = people.other_client.get(f"{BOARDS}?" + build_query(cursor=cursor))
    assert error_fields(answer) == {"query.cursor": "is not a cursor of this list"}


def test_reading_a_board_costs_the_same_for_any_number_of_items(people: People) -> None:
    board_id = create_board(people.client)
    for _ in range(6):
        ok(add_item(people.client, board_id, create_item(people.artist)))
    with aws_calls.counted() as calls:
        assert len(list_item_ids(people.client, board_id)) == 6
    assert calls == {
        "dynamodb:UpdateItem": 1,
        "dynamodb:GetItem": 1,
        "dynamodb:BatchGetItem": 1,
    }


# ---- deleted items -----------------------------------------------------------------------------


def test_deleted_items_disappear_from_boards(people: People) -> None:
    board_id = create_board(people.client)
    item_ids = [create_item(people.artist) for _ in range(3)]
    for item_id in item_ids:
        ok(add_item(people.client, board_id, item_id))
    ok(people.artist.delete(f"{HOME}/me/portfolio/{item_ids[1]}"))
    assert list_item_ids(people.client, board_id) == [item_ids[0], item_ids[2]]
    assert people.client.delete(f"{BOARDS}/{board_id}/items/{item_ids[1]}").status_code == 204


# ---- limits ------------------------------------------------------------------------------------


def test_a_full_board_drops_deleted_items_to_accept_a_new_one(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boards, "MAX_ITEMS", 2)
    board_id = create_board(people.client)
    item_ids = [create_item(people.artist) for _ in range(4)]
    for item_id in item_ids[:2]:
        ok(add_item(people.client, board_id, item_id))
    assert refused(add_item(people.client, board_id, item_ids[2])) == (409, "board_full")
    ok(add_item(people.client, board_id, item_ids[1]))  # it is there already
    ok(people.artist.delete(f"{HOME}/me/portfolio/{item_ids[0]}"))
    ok(add_item(people.client, board_id, item_ids[2]))
    assert list_item_ids(people.client, board_id) == item_ids[1:3]
    assert refused(add_item(people.client, board_id, item_ids[3])) == (409, "board_full")


def test_a_full_board_fits_into_one_batch_read() -> None:
    assert boards.MAX_ITEMS == 100  # BatchGetItem's own limit


def test_the_number_of_boards_is_limited(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boards, "MAX_BOARDS", 2)
    first = create_board(people.client)
    create_board(people.client)
    answer = people.client.post(BOARDS, json={"name": "Third"})
    assert refused(answer) == (409, "too_many_boards")
    ok(people.client.delete(f"{BOARDS}/{first}"))
    create_board(people.client)
    create_board(people.other_client)


def test_items_added_concurrently_are_all_kept(people: People) -> None:
    board_id = create_board(people.client)
    item_ids = [create_item(people.artist) for _ in range(8)]
    turns = itertools.cycle(item_ids)
    together(8, lambda: ok(add_item(people.client, board_id, next(turns))))
    assert sorted(list_item_ids(people.client, board_id)) == sorted(item_ids)


def test_boards_are_erased_with_the_account_for_good(people: People) -> None:
    people.register()
    board_id = create_board(people.client)
    other_board = create_board(people.other_client)
    consume("user.deleted", userId=CLIENT)
    assert list_stored(f"PERSON#{CLIENT}") == []
    answer = people.client.post(BOARDS, json={"name": "Late"})
    assert refused(answer) == (401, "session_ended")
    assert people.client.get(f"{BOARDS}/{board_id}").status_code == 404
    assert list_item_ids(people.other_client, other_board) == []
