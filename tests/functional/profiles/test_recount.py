"""Recount: wrong counts are corrected and reported, right ones are not written."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from profiles.models.portfolio import PortfolioOrder
from profiles.store import counters, portfolio, reviews
from profiles.store.table import RecordItem
from profiles.use_cases import recount
from shared.data.record_items import json_of
from shared.platform import clock
from tests.functional.profiles.activity import (
    HOME,
    complete_visit,
    confirm_visit,
    create_item,
    create_review,
    dump_table,
    get_likes,
    list_stored,
    ok,
)
from tests.functional.profiles.people import ARTIST, CLIENT, OTHER_CLIENT, People
from tests.support.threads import together


@pytest.fixture(autouse=True)
def registered(people: People) -> None:
    people.register()


@pytest.fixture
def item_id(people: People) -> str:
    create_item(people.artist)
    item_id = create_item(people.artist)
    for person in (people.client, people.other_client):
        ok(person.put(f"{HOME}/portfolio/{item_id}/like"))
    create_review(people.client, 4)
    create_review(people.other_client, 3, clientId=OTHER_CLIENT)
    confirm_visit(startsAt=clock.now().replace(year=2027))
    return item_id


def recount_all() -> list[tuple[str, Any, Any]]:
    found = recount.correct_counts(ARTIST, clock.now())
    return [(each.what, each.found, each.expected) for each in found]


def damage(model: type[Any], pk: str, sk: str, **fields: Any) -> None:
    item = model.get(pk, sk)
    for name, value in fields.items():
        setattr(item, name, value)
    item.save()


def test_right_counts_are_not_written(people: People, item_id: str) -> None:
    before = dump_table()
    assert recount_all() == []
    assert dump_table() == before


def test_likes_are_corrected(people: People, item_id: str) -> None:
    sk = f"WORK#{item_id.rpartition('_')[2]}"
    damage(portfolio.StoredItem, f"PORTFOLIO#{ARTIST}", sk, likes=7)
    assert recount_all() == [(f"likes of {item_id}", 7, 2)]
    assert get_likes(people, item_id) == 2
    assert recount_all() == []


def test_the_number_of_items_is_corrected(people: People, item_id: str) -> None:
    damage(portfolio.OrderItem, f"PORTFOLIO#{ARTIST}", "WORKS", number=9)
    assert recount_all() == [(f"portfolio items of {ARTIST}", 9, 2)]
    counters.CounterItem(f"PORTFOLIO#{ARTIST}", "WORKS").delete()
    number, order = recount_all()
    assert number == (f"portfolio items of {ARTIST}", 0, 2)
    assert (len(order[1].recent), len(order[2].recent)) == (0, 2)
    assert recount_all() == []


def test_the_order_of_items_is_corrected(people: People, item_id: str) -> None:
    path = f"{HOME}/me/portfolio/{item_id}/position"
    ok(people.artist.put(path, json={"position": 1}))
    key = item_id.rpartition("_")[2]
    wrong = PortfolioOrder(order=(key, "01JD0000000000000000000GGG"))
    damage(portfolio.OrderItem, f"PORTFOLIO#{ARTIST}", "WORKS", order=json_of(wrong))
    ((_, _, expected),) = recount_all()
    assert (expected.order[-1], len(expected.order), len(expected.recent)) == (key, 2, 2)
    assert recount_all() == []


def test_a_rating_is_corrected(people: People, item_id: str) -> None:
    before = dump_table()
    damage(reviews.RatingItem, f"ARTIST#{ARTIST}", "RATING", total=1)
    ((what, found, expected),) = recount_all()
    assert what == f"rating of {ARTIST}"
    assert ((found.count, found.total), (expected.count, expected.total)) == ((2, 1), (2, 7))
    assert dump_table() == before
    reviews.RatingItem(f"ARTIST#{ARTIST}", "RATING").delete()
    assert len(recount_all()) == 1
    assert dump_table() == before


@pytest.mark.parametrize(
    ("was", "became"),
    [('"visits":1', '"visits":3'), ("18000", "1"), ('"ahead":{"apt', '"ahead":{"other')],
)
def test_a_client_is_corrected(people: People, item_id: str, was: str, became: str) -> None:
    path = f"{HOME}/clients/{CLIENT}"
    before = ok(people.artist.get(path))
    pk, sk = f"CLIENTS#{ARTIST}", f"CLIENT#{CLIENT}"
    record = RecordItem.get(pk, sk).record
    assert was in record
    damage(RecordItem, pk, sk, record=record.replace(was, became))
    ((what, found, expected),) = recount_all()
    assert what == f"client {CLIENT} of {ARTIST}"
    assert found != expected
    assert ok(people.artist.get(path)) == before
    assert recount_all() == []


def test_likes_that_change_during_the_count_are_counted_again(
    people: People, item_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, count = f"{HOME}/portfolio/{item_id}/like", portfolio.count_likes
    counts: list[int] = []

    def count_without_it(item: str) -> int:
        if counts:
            return count(item)
        ok(people.client.delete(path))
        counts.append(count(item))
        ok(people.client.put(path))
        return counts[0]

    monkeypatch.setattr(portfolio, "count_likes", count_without_it)
    recount.correct_counts(ARTIST, clock.now())
    assert counts == [1]
    assert get_likes(people, item_id) == len(list_stored(f"LIKES#{item_id}")) == 2


def test_recounting_during_use_keeps_counts_right(people: People, item_id: str) -> None:
    path = f"{HOME}/portfolio/{item_id}/like"
    acts: Iterator[Callable[[], Any]] = iter(
        [
            lambda: ok(people.client.delete(path)),
            complete_visit,
            lambda: recount.correct_counts(ARTIST, clock.now()),
            lambda: ok(people.client.put(path)),
            lambda: recount.correct_counts(ARTIST, clock.now()),
            complete_visit,
        ]
    )

    def act() -> Any:
        return next(acts)()

    together(6, act)
    assert get_likes(people, item_id) == len(list_stored(f"LIKES#{item_id}"))
    assert ok(people.artist.get(f"{HOME}/clients/{CLIENT}"))["client"]["visits"] == 3
    assert recount_all() == []
