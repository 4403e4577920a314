"""Boards: what somebody collects for themselves, and nobody else sees."""

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
from tests.functional.profiles.people import CLIENT, People, consume, error_fields, refused
from tests.support import aws_calls
from tests.support.threads import together

BOARDS = f"{HOME}/boards"


def board_of(person, name: str = "Ideas") -> str:
    board_id: str = ok(person.post(BOARDS, json={"name": name}))["id"]
    return board_id


def save(person, board_id: str, item_id: str) -> Any:
    return person.put(f"{BOARDS}/{board_id}/items/{item_id}")


def on(person, board_id: str) -> list[str]:
    """The works on a board, in their order."""
    return [item["id"] for item in ok(person.get(f"{BOARDS}/{board_id}"))["items"]]


def test_a_board_holds_what_was_saved_in_that_order(people: People) -> None:
    board_id = board_of(people.client)
    works = [
        create_item(people.artist),
        create_item(people.other_artist),
        create_item(people.artist),
    ]
    for work in (works[2], works[0], works[1]):
        assert save(people.client, board_id, work).status_code == 204
    board = ok(people.client.get(f"{BOARDS}/{board_id}"))
    assert board == {
        "id": board_id,
        "name": "Ideas",
        "createdAt": "2026-11-22T12:00:00Z",
        "updatedAt": "2026-11-22T12:00:00Z",
        "items": board["items"],
    }
    assert [item["id"] for item in board["items"]] == [works[2], works[0], works[1]]
    (shown,) = ok(people.nobody.get(f"{HOME}/artists/{board['items'][2]['artistId']}/portfolio"))[
        "items"
    ]
    assert board["items"][2] == shown


def test_saving_and_taking_off_twice_is_once(people: People, clock: TimeMachineFixture) -> None:
    board_id, work = board_of(people.client), create_item(people.artist)
    ok(save(people.client, board_id, work))
    before = dump_table()
    clock.shift(timedelta(hours=1))
    ok(save(people.client, board_id, work))
    assert dump_table() == before
    for _ in range(2):
        assert people.client.delete(f"{BOARDS}/{board_id}/items/{work}").status_code == 204
    assert on(people.client, board_id) == []


def test_boards_are_called_what_one_likes(people: People, clock: TimeMachineFixture) -> None:
    board_id = board_of(people.client)
    clock.shift(timedelta(hours=1))
    renamed = ok(people.client.patch(f"{BOARDS}/{board_id}", json={"name": "Backs"}))
    assert (renamed["name"], renamed["updatedAt"]) == ("Backs", "2026-11-22T13:00:00Z")
    assert list_all(people.client, BOARDS) == [renamed]


@pytest.mark.parametrize("name", ["", " ", "x" * 101, 7, None])
def test_names_that_are_none_are_refused(people: People, name: str | int | None) -> None:
    board_id = board_of(people.client)
    for answer in (
        people.client.post(BOARDS, json={"name": name}),
        people.client.patch(f"{BOARDS}/{board_id}", json={"name": name}),
    ):
        assert list(error_fields(answer)) == ["body.name"]


def test_nobody_else_sees_or_changes_a_board(people: People) -> None:
    board_id, work = board_of(people.client), create_item(people.artist)
    ok(save(people.client, board_id, work))
    before = dump_table()
    path = f"{BOARDS}/{board_id}"
    for other in (people.other_client, people.artist, people.admin):
        for answer in (
            other.get(path),
            other.patch(path, json={"name": "Mine"}),
            other.delete(path),
            save(other, board_id, work),
            other.delete(f"{path}/items/{work}"),
        ):
            assert refused(answer) == (404, "not_found")
        assert list_all(other, BOARDS) == []
    assert people.nobody.get(path).status_code == 401
    assert dump_table() == before


@pytest.mark.parametrize("nothing", [NO_ITEM, "nonsense", "%00"])
def test_what_is_not_there_is_not_saved(people: People, nothing: Any) -> None:
    board_id = board_of(people.client)
    assert refused(save(people.client, board_id, nothing)) == (404, "not_found")
    assert refused(save(people.client, "nonsense", nothing)) == (404, "not_found")
    assert on(people.client, board_id) == []


def test_a_board_is_dropped_with_what_is_on_it(people: People) -> None:
    board_id, other = board_of(people.client), board_of(people.client)
    ok(save(people.client, board_id, create_item(people.artist)))
    assert people.client.delete(f"{BOARDS}/{board_id}").status_code == 204
    assert people.client.get(f"{BOARDS}/{board_id}").status_code == 404
    assert [board["id"] for board in list_all(people.client, BOARDS)] == [other]


def test_boards_are_listed_page_by_page_the_newest_first(
    people: People, clock: TimeMachineFixture
) -> None:
    ids = []
    for _ in range(5):
        ids.append(board_of(people.client))
        clock.shift(timedelta(seconds=1))
    listed = [board["id"] for board in list_all(people.client, BOARDS, limit=2)]
    assert listed == ids[::-1]
    cursor = ok(people.client.get(f"{BOARDS}?limit=2"))["nextCursor"]
    answer = people.other_client.get(f"{BOARDS}?" + build_query(cursor=cursor))
    assert error_fields(answer) == {"query.cursor": "is not a cursor of this list"}


def test_a_board_is_read_at_the_same_cost_however_much_is_on_it(people: People) -> None:
    board_id = board_of(people.client)
    for _ in range(6):
        ok(save(people.client, board_id, create_item(people.artist)))
    with aws_calls.counted() as calls:
        assert len(on(people.client, board_id)) == 6
    assert calls == {
        "dynamodb:UpdateItem": 1,
        "dynamodb:GetItem": 1,
        "dynamodb:BatchGetItem": 1,
    }


# ---- works that go -----------------------------------------------------------------------------


def test_removed_works_vanish(people: People) -> None:
    board_id = board_of(people.client)
    works = [create_item(people.artist) for _ in range(3)]
    for work in works:
        ok(save(people.client, board_id, work))
    ok(people.artist.delete(f"{HOME}/me/portfolio/{works[1]}"))
    assert on(people.client, board_id) == [works[0], works[2]]
    assert people.client.delete(f"{BOARDS}/{board_id}/items/{works[1]}").status_code == 204


# ---- bounds ------------------------------------------------------------------------------------


def test_a_full_board_makes_room_where_works_vanished(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boards, "MAX_ITEMS", 2)
    board_id = board_of(people.client)
    works = [create_item(people.artist) for _ in range(4)]
    for work in works[:2]:
        ok(save(people.client, board_id, work))
    assert refused(save(people.client, board_id, works[2])) == (409, "board_full")
    ok(save(people.client, board_id, works[1]))  # it is there already
    ok(people.artist.delete(f"{HOME}/me/portfolio/{works[0]}"))
    ok(save(people.client, board_id, works[2]))
    assert on(people.client, board_id) == works[1:3]
    assert refused(save(people.client, board_id, works[3])) == (409, "board_full")


def test_one_batch_finds_what_a_full_board_holds() -> None:
    assert boards.MAX_ITEMS <= 100  # BatchGetItem's own limit


def test_nobody_has_too_many_boards(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boards, "MAX_BOARDS", 2)
    first = board_of(people.client)
    board_of(people.client)
    answer = people.client.post(BOARDS, json={"name": "Third"})
    assert refused(answer) == (409, "too_many_boards")
    ok(people.client.delete(f"{BOARDS}/{first}"))
    board_of(people.client)
    board_of(people.other_client)


def test_what_is_saved_at_once_is_all_saved(people: People) -> None:
    board_id = board_of(people.client)
    works = [create_item(people.artist) for _ in range(8)]
    turns = itertools.cycle(works)
    together(8, lambda: ok(save(people.client, board_id, next(turns))))
    assert sorted(on(people.client, board_id)) == sorted(works)


def test_boards_go_with_the_account_and_do_not_come_back(people: People) -> None:
    people.register()
    board_id = board_of(people.client)
    kept = board_of(people.other_client)
    consume("user.deleted", userId=CLIENT)
    assert list_stored(f"PERSON#{CLIENT}")[0]["sk"] == "DELETED"
    assert len(list_stored(f"PERSON#{CLIENT}")) == 1
    answer = people.client.post(BOARDS, json={"name": "Late"})
    assert refused(answer) == (401, "session_ended")
    assert people.client.get(f"{BOARDS}/{board_id}").status_code == 404
    assert on(people.other_client, kept) == []
