"""The search index: changes, sealing, and searches that run at the same time lose nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from time_machine import TimeMachineFixture

from profiles.store import search as store
from profiles.use_cases import search_index
from shared.platform.clock import now
from shared.platform.outages import Outage
from tests.functional.profiles.people import People
from tests.functional.profiles.test_search import PATH, artist_id, find, no_limit, save_page

FIXTURES = (no_limit,)


def seal() -> search_index.SealReport:
    return search_index.seal(now(), everything=True)


def meanwhile(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, act: Callable[[], object]
) -> None:
    """Let something happen, once, before a function is called."""
    real = getattr(module, name)
    happened: list[str] = []

    def called(*args: Any, **kwargs: Any) -> Any:
        if not happened:
            happened.append(name)
            act()
        return real(*args, **kwargs)

    monkeypatch.setattr(module, name, called)


def test_few_changes_wait_and_many_are_sealed(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_page(1)
    assert search_index.seal(now()) == search_index.SealReport()
    monkeypatch.setattr(search_index, "MANY_CHANGES", 2)
    save_page(2)
    assert search_index.seal(now()) == search_index.SealReport(sealed=2, written=2)
    assert search_index.seal(now()) == search_index.SealReport()
    assert find(people) == [artist_id(1), artist_id(2)]
    assert store.read_index()[0] == []


def test_large_changes_are_sealed(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    save_page(1, bio="word " * 90)
    monkeypatch.setattr(search_index, "MANY_BYTES", 100)
    assert search_index.seal(now()).sealed == 1


def test_a_page_that_is_found_no_more_is_sealed_at_once(people: People) -> None:
    save_page(1)
    save_page(2)
    seal()
    save_page(1, listed=False)
    assert search_index.seal(now()).sealed == 1
    assert find(people) == [artist_id(2)]


def test_a_change_while_others_are_sealed_stays(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page changes again, and another one for the first time, after changes were read."""
    save_page(1, name="Before")

    def change() -> None:
        save_page(1, name="After")
        save_page(2, name="After")

    meanwhile(monkeypatch, search_index, "commit", change)
    seal()
    assert find(people, text="after") == [artist_id(1), artist_id(2)]
    assert find(people, text="before") == []
    assert {name for _, name, _ in store.read_index()[0]} == {artist_id(1), artist_id(2)}
    seal()
    assert find(people, text="after") == [artist_id(1), artist_id(2)]
    assert store.read_index()[0] == []


def test_two_that_seal_at_the_same_time_lose_nothing(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_page(1)
    meanwhile(monkeypatch, store, "save_manifest", seal)
    save_page(2)
    assert seal() == search_index.SealReport()
    assert find(people) == [artist_id(1), artist_id(2)]
    assert store.read_index()[1].version == 1


def test_a_search_meets_segments_that_were_replaced_and_deleted(
    people: People, monkeypatch: pytest.MonkeyPatch, clock: TimeMachineFixture
) -> None:
    save_page(1)
    seal()
    search_index.forget()

    def replace() -> None:
        save_page(2)
        seal()
        clock.shift(search_index.REPLACED_KEPT_SECONDS)
        seal()

    meanwhile(monkeypatch, store, "find_parts", replace)
    assert find(people) == [artist_id(1), artist_id(2)]


def test_a_search_without_its_segments_is_an_outage(people: People) -> None:
    save_page(1)
    seal()
    search_index.forget()
    (place,) = store.read_index()[1].segments
    store.delete_parts([place.terms])
    with pytest.raises(Outage):
        search_index.find_indexed(artist_id(1))
    assert people.nobody.get(PATH).status_code == 503


def test_standings_are_sealed_without_the_terms(people: People) -> None:
    save_page(1, styles=("a",))
    seal()
    before = store.read_index()[1]
    save_page(1, styles=("b",))
    seal()
    after = store.read_index()[1]
    assert before.segments[0].standings == after.segments[0].standings
    assert before.segments[0].terms != after.segments[0].terms
    assert set(after.replaced) == {before.segments[0].terms}
