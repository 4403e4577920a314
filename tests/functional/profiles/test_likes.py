"""Likes: one of each person, and a count that says how many there are, whatever happens."""

import itertools
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from domain.ids import new_id
from profiles.store import portfolio as store
from tests.functional.profiles.activity import (
    HOME,
    NO_ITEM,
    build_query,
    consume_own_events,
    create_item,
    dump_table,
    get_likes,
    list_stored,
    ok,
)
from tests.functional.profiles.people import CLIENT, People, consume, error_fields, refused
from tests.support import aws_calls
from tests.support.threads import together

TRANSACTION = "TransactWriteItems"


@pytest.fixture
def item_id(people: People) -> str:
    return create_item(people.artist)


def path_of(item_id: str) -> str:
    return f"{HOME}/portfolio/{item_id}/like"


def counted(people, item_id: str) -> int:
    """How many like it, which is how many records of it there are."""
    likes = get_likes(people, item_id)
    assert likes == len(list_stored(f"LIKES#{item_id}"))
    return likes


def test_liking_counts_each_person_once(people: People, item_id: str) -> None:
    liked = {"itemId": item_id, "liked": True, "likes": 1}
    assert ok(people.client.put(path_of(item_id))) == liked
    assert ok(people.client.put(path_of(item_id))) == liked
    assert ok(people.other_client.put(path_of(item_id)))["likes"] == 2
    assert counted(people, item_id) == 2


def test_taking_a_like_back_counts_once(people: People, item_id: str) -> None:
    for person in (people.client, people.other_client):
        ok(person.put(path_of(item_id)))
    unliked = {"itemId": item_id, "liked": False, "likes": 1}
    assert ok(people.client.delete(path_of(item_id))) == unliked
    assert ok(people.client.delete(path_of(item_id))) == unliked
    assert counted(people, item_id) == 1


@pytest.mark.parametrize("nothing", [NO_ITEM, "nonsense", "%F0%9F%92%A9"])
def test_what_is_not_there_cannot_be_liked(people: People, nothing: Any) -> None:
    before = dump_table()
    for answer in (people.client.put(path_of(nothing)), people.client.delete(path_of(nothing))):
        assert refused(answer) == (404, "not_found")
    assert dump_table() == before
    assert people.nobody.put(path_of(nothing)).status_code == 401


def test_which_of_a_page_one_likes_is_one_read(people: People) -> None:
    ids = [create_item(people.artist) for _ in range(5)]
    for liked in (ids[1], ids[3]):
        ok(people.client.put(path_of(liked)))
    asked = f"{HOME}/portfolio/likes?" + build_query(itemIds=",".join([*ids, NO_ITEM, ids[1]]))
    with aws_calls.counted() as calls:
        assert ok(people.client.get(asked))["items"] == [ids[1], ids[3]]
    assert calls == {"dynamodb:UpdateItem": 1, "dynamodb:BatchGetItem": 1}
    assert ok(people.other_client.get(asked))["items"] == []


@pytest.mark.parametrize("asked", ["", "nonsense", f"{NO_ITEM},", ",".join(["itm_1"] * 51)])
def test_only_ids_can_be_asked_about(people: People, asked: Any) -> None:
    answer = people.client.get(f"{HOME}/portfolio/likes?" + build_query(itemIds=asked))
    assert list(error_fields(answer)) == ["query.itemIds"]


# ---- races -------------------------------------------------------------------------------------


def test_one_person_in_many_places_at_once_is_counted_once(people: People, item_id: str) -> None:
    ok(people.other_client.put(path_of(item_id)))
    together(12, lambda: ok(people.client.put(path_of(item_id))))
    assert counted(people, item_id) == 2
    together(12, lambda: ok(people.client.delete(path_of(item_id))))
    assert counted(people, item_id) == 1


def test_many_people_at_once_are_all_counted(people: People, item_id: str) -> None:
    fans = iter([people.nobody.as_user(new_id("usr")) for _ in range(12)])
    together(12, lambda: ok(next(fans).put(path_of(item_id))))
    assert counted(people, item_id) == 12


def test_who_likes_and_who_does_not_at_once_leave_what_is_counted(
    people: People, item_id: str
) -> None:
    methods = itertools.cycle(["PUT", "DELETE"])
    together(12, lambda: ok(people.client.request(next(methods), path_of(item_id))))
    assert counted(people, item_id) in (0, 1)


# ---- crashes -----------------------------------------------------------------------------------


class Crash(BaseException):
    """The process is gone: nothing handles this."""


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("dead", [False, True])
def test_a_crash_anywhere_leaves_a_like_whole_or_not_begun(
    people: People, item_id: str, method: str, after: bool, dead: bool
) -> None:
    """And doing it again is safe, so the count is right in the end."""
    ok(people.other_client.put(path_of(item_id)))
    undo = "DELETE" if method == "PUT" else "PUT"
    wanted = 2 if method == "PUT" else 1
    ok(people.client.request(undo, path_of(item_id)))  # opens the window of their requests
    before = dump_table()
    with aws_calls.listed() as calls:
        ok(people.client.request(method, path_of(item_id)))
    assert calls.count(TRANSACTION) == 1
    for position, call in enumerate(calls):
        ok(people.client.request(undo, path_of(item_id)))
        assert dump_table() == before
        error = Crash() if dead else ReadTimeoutError(endpoint_url="https://dynamodb")
        with aws_calls.failing_at(position, error, after=after, dead=dead):
            if dead:
                with pytest.raises(Crash):
                    people.client.request(method, path_of(item_id))
            else:
                assert people.client.request(method, path_of(item_id)).status_code == 500
        is_done = call == TRANSACTION and after
        assert counted(people, item_id) == (wanted if is_done else 3 - wanted), (call, position)
        assert ok(people.client.request(method, path_of(item_id)))["likes"] == wanted
        assert counted(people, item_id) == wanted


# ---- works that go -----------------------------------------------------------------------------


def test_likes_of_a_removed_work_are_forgotten(people: People, item_id: str) -> None:
    other = create_item(people.artist)
    for liked in (item_id, other):
        ok(people.client.put(path_of(liked)))
    ok(people.artist.delete(f"{HOME}/me/portfolio/{item_id}"))
    for _ in range(2):  # it may be heard twice
        consume_own_events()
    assert list_stored(f"LIKES#{item_id}") == []
    assert counted(people, other) == 1
    assert refused(people.client.put(path_of(item_id))) == (404, "not_found")


def test_who_likes_what_while_it_is_removed_leaves_no_like_behind(
    people: People, item_id: str
) -> None:
    acts = itertools.cycle(
        [
            lambda: people.client.put(path_of(item_id)),
            lambda: people.artist.delete(f"{HOME}/me/portfolio/{item_id}"),
        ]
    )
    statuses = together(6, lambda: next(acts)().status_code)
    assert set(statuses) <= {200, 204, 404}
    consume_own_events()
    assert list_stored("LIKES#") == []


def test_a_like_that_comes_when_the_work_is_gone_is_none(
    people: People, item_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = store.has_like

    def meanwhile(*of: str) -> bool:
        people.artist.delete(f"{HOME}/me/portfolio/{item_id}")
        return find(*of)

    monkeypatch.setattr(store, "has_like", meanwhile)
    assert refused(people.client.put(path_of(item_id))) == (404, "not_found")
    assert list_stored("LIKES#") == []
    assert [item["sk"] for item in list_stored("PORTFOLIO#")] == ["ITEMS"]


def test_the_last_token_of_a_deleted_account_likes_nothing(people: People, item_id: str) -> None:
    people.register()
    consume("user.deleted", userId=CLIENT)
    assert refused(people.client.put(path_of(item_id))) == (401, "session_ended")
    assert counted(people, item_id) == 0
