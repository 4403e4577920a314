"""Likes: one per person, and a count that is always right."""

import itertools
from collections.abc import Callable, Iterator
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
from tests.functional.profiles.people import CLIENT, People, consume
from tests.support import aws_calls
from tests.support.responses import error_fields, refused
from tests.support.threads import together

TRANSACTION = "TransactWriteItems"


@pytest.fixture
def item_id(people: People) -> str:
    return create_item(people.artist)


def build_path(item_id: str) -> str:
    return f"{HOME}/portfolio/{item_id}/like"


def count_likes(people: People, item_id: str) -> int:
    """Return the number of likes, which equals the number of their records."""
    likes = get_likes(people, item_id)
    assert likes == len(list_stored(f"LIKES#{item_id}"))
    return likes


def test_each_person_is_counted_once(people: People, item_id: str) -> None:
    liked = {"itemId": item_id, "liked": True, "likes": 1}
    assert ok(people.client.put(build_path(item_id))) == liked
    assert ok(people.client.put(build_path(item_id))) == liked
    assert ok(people.other_client.put(build_path(item_id)))["likes"] == 2
    assert count_likes(people, item_id) == 2


def test_taking_back_a_like_counts_once(people: People, item_id: str) -> None:
    for person in (people.client, people.other_client):
        ok(person.put(build_path(item_id)))
    unliked = {"itemId": item_id, "liked": False, "likes": 1}
    assert ok(people.client.delete(build_path(item_id))) == unliked
    assert ok(people.client.delete(build_path(item_id))) == unliked
    assert count_likes(people, item_id) == 1


@pytest.mark.parametrize("unknown", [NO_ITEM, "nonsense", "%F0%9F%92%A9"])
def test_unknown_items_cannot_be_liked(people: People, unknown: Any) -> None:
    before = dump_table()
    for answer in (
        people.client.put(build_path(unknown)),
        people.client.delete(build_path(unknown)),
    ):
        assert refused(answer) == (404, "not_found")
    assert dump_table() == before
    assert people.nobody.put(build_path(unknown)).status_code == 401


def test_liked_items_are_found_in_one_read(people: People) -> None:
    ids = [create_item(people.artist) for _ in range(5)]
    for liked in (ids[1], ids[3]):
        ok(people.client.put(build_path(liked)))
    item_ids = f"{HOME}/portfolio/likes?" + build_query(itemIds=",".join([*ids, NO_ITEM, ids[1]]))
    with aws_calls.counted() as calls:
        assert ok(people.client.get(item_ids))["items"] == [ids[1], ids[3]]
    assert calls == {"dynamodb:UpdateItem": 1, "dynamodb:BatchGetItem": 1}
    assert ok(people.other_client.get(item_ids))["items"] == []


@pytest.mark.parametrize("item_ids", ["", "nonsense", f"{NO_ITEM},", ",".join(["itm_1"] * 51)])
def test_invalid_item_ids_are_refused(people: People, item_ids: Any) -> None:
    answer = people.client.get(f"{HOME}/portfolio/likes?" + build_query(itemIds=item_ids))
    assert list(error_fields(answer)) == ["query.itemIds"]


# ---- races -------------------------------------------------------------------------------------


def test_concurrent_likes_of_one_person_are_counted_once(people: People, item_id: str) -> None:
    ok(people.other_client.put(build_path(item_id)))
    together(12, lambda: ok(people.client.put(build_path(item_id))))
    assert count_likes(people, item_id) == 2
    together(12, lambda: ok(people.client.delete(build_path(item_id))))
    assert count_likes(people, item_id) == 1


def test_concurrent_likes_of_many_people_are_all_counted(people: People, item_id: str) -> None:
    fans = iter([people.nobody.as_user(new_id("usr")) for _ in range(12)])
    together(12, lambda: ok(next(fans).put(build_path(item_id))))
    assert count_likes(people, item_id) == 12


def test_concurrent_likes_and_unlikes_keep_the_count_right(people: People, item_id: str) -> None:
    methods = itertools.cycle(["PUT", "DELETE"])
    together(12, lambda: ok(people.client.request(next(methods), build_path(item_id))))
    assert count_likes(people, item_id) in (0, 1)


# ---- crashes -----------------------------------------------------------------------------------


class Crash(BaseException):
    """The death of the process, which nothing handles."""


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("dead", [False, True])
def test_a_crash_leaves_a_like_complete_or_absent(
    people: People, item_id: str, method: str, after: bool, dead: bool
) -> None:
    """Repeating the request is safe, so the count is right in the end."""
    ok(people.other_client.put(build_path(item_id)))
    undo = "DELETE" if method == "PUT" else "PUT"
    wanted = 2 if method == "PUT" else 1
    ok(people.client.request(undo, build_path(item_id)))  # opens the window of the rate limit
    before = dump_table()
    with aws_calls.listed() as calls:
        ok(people.client.request(method, build_path(item_id)))
    assert calls.count(TRANSACTION) == 1
    for position, call in enumerate(calls):
        ok(people.client.request(undo, build_path(item_id)))
        assert dump_table() == before
        error = Crash() if dead else ReadTimeoutError(endpoint_url="https://dynamodb")
        with aws_calls.failing_at(position, error, after=after, dead=dead):
            if dead:
                with pytest.raises(Crash):
                    people.client.request(method, build_path(item_id))
            else:
                assert people.client.request(method, build_path(item_id)).status_code == 503
        is_done = call == TRANSACTION and after
        assert count_likes(people, item_id) == (wanted if is_done else 3 - wanted), (call, position)
        assert ok(people.client.request(method, build_path(item_id)))["likes"] == wanted
        assert count_likes(people, item_id) == wanted


# ---- deleted items -----------------------------------------------------------------------------


def test_likes_of_a_deleted_item_are_deleted(people: People, item_id: str) -> None:
    other = create_item(people.artist)
    for liked in (item_id, other):
        ok(people.client.put(build_path(liked)))
    ok(people.artist.delete(f"{HOME}/me/portfolio/{item_id}"))
    for _ in range(2):  # the event may arrive twice
        consume_own_events()
    assert list_stored(f"LIKES#{item_id}") == []
    assert count_likes(people, other) == 1
    assert refused(people.client.put(build_path(item_id))) == (404, "not_found")


def test_liking_an_item_during_its_deletion_leaves_no_like(people: People, item_id: str) -> None:
    acts: Iterator[Callable[[], Any]] = itertools.cycle(
        [
            lambda: people.client.put(build_path(item_id)),
            lambda: people.artist.delete(f"{HOME}/me/portfolio/{item_id}"),
        ]
    )
    statuses = together(6, lambda: next(acts)().status_code)
    assert set(statuses) <= {200, 204, 404}
    consume_own_events()
    assert list_stored("LIKES#") == []


def test_a_like_after_the_deletion_is_refused(
    people: People, item_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = store.has_like

    def delete_first(*of: str) -> bool:
        people.artist.delete(f"{HOME}/me/portfolio/{item_id}")
        return find(*of)

    monkeypatch.setattr(store, "has_like", delete_first)
    assert refused(people.client.put(build_path(item_id))) == (404, "not_found")
    assert list_stored("LIKES#") == []
    assert [item["sk"] for item in list_stored("PORTFOLIO#")] == ["WORKS"]


def test_a_deleted_account_cannot_like(people: People, item_id: str) -> None:
    people.register()
    consume("user.deleted", userId=CLIENT)
    assert refused(people.client.put(build_path(item_id))) == (401, "session_ended")
    assert count_likes(people, item_id) == 0
