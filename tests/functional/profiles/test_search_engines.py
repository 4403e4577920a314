"""The tests of searches, answered by OpenSearch, and what only it does."""

from datetime import datetime

import pytest

from profiles.rules.search_filter import Answer, Position, SearchFilter
from profiles.store import opensearch as store
from profiles.store import search
from profiles.use_cases import search_engines, search_index
from profiles.use_cases.search_collection import OpenSearch as Engine
from shared.platform import config, signed_calls
from shared.platform.clock import now
from shared.platform.outages import Outage
from shared.platform.outside_calls import Answer as HttpAnswer
from shared.platform.outside_calls import Connections
from tests.functional.profiles.people import ARTIST, People, update_page
from tests.functional.profiles.test_artist_pages import FULL
from tests.functional.profiles.test_rebuild import rebuild_all
from tests.functional.profiles.test_search import (
    PATH,
    artist_id,
    find,
    no_limit,
    save_page,
    small_segments,
    test_a_change_that_keeps_the_keys_is_found,
    test_a_changed_page_is_found_by_its_new_values_only,
    test_a_cursor_works_for_its_own_search_only,
    test_all_criteria_must_match,
    test_artists_are_counted_by_facet,
    test_artists_are_listed_in_the_order_that_is_asked_for,
    test_artists_without_a_name_are_not_found,
    test_found_artists_are_described,
    test_invalid_fields_are_named,
    test_search_finds_the_same_as_a_scan_of_all_pages,
    test_the_newest_next_free_date_counts_in_any_order,
    test_words_are_found_as_people_type_them,
    test_words_may_be_mistyped_only_if_nobody_matches,
)
from tests.support.opensearch import OpenSearch

# Collected from here as well, with the engine of this module.
SAME_TESTS = (
    no_limit,
    small_segments,
    test_a_change_that_keeps_the_keys_is_found,
    test_a_changed_page_is_found_by_its_new_values_only,
    test_a_cursor_works_for_its_own_search_only,
    test_all_criteria_must_match,
    test_artists_are_counted_by_facet,
    test_artists_are_listed_in_the_order_that_is_asked_for,
    test_artists_without_a_name_are_not_found,
    test_found_artists_are_described,
    test_invalid_fields_are_named,
    test_search_finds_the_same_as_a_scan_of_all_pages,
    test_the_newest_next_free_date_counts_in_any_order,
    test_words_are_found_as_people_type_them,
    test_words_may_be_mistyped_only_if_nobody_matches,
)


class Swept(Engine):
    """OpenSearch after the sweeper: every search finds what was changed before."""

    def find(
        self, criteria: SearchFilter, after: Position | None, limit: int, now: datetime
    ) -> Answer:
        self.apply(now)
        return super().find(criteria, after, limit, now)


@pytest.fixture
def collection() -> OpenSearch:
    return OpenSearch()


@pytest.fixture(autouse=True)
def engine(collection: OpenSearch, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Let searches be answered by OpenSearch, in which an index was created."""
    swept = Swept(collection.send)
    store.create_index(collection.send, {})
    monkeypatch.setattr(search_engines, "get_engine", lambda: swept)
    return swept


def test_segments_answer_unless_a_collection_is_named(
    aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    assert isinstance(search_engines.get_engine(), search_engines.Segments)
    config.forget()
    monkeypatch.setenv("SEARCH_ENDPOINT", "https://abc.us-east-1.aoss.amazonaws.com")
    assert isinstance(search_engines.get_engine(), Engine)
    config.forget()


def test_a_search_without_segments_reads_changes_and_entries_only(
    people: People, collection: OpenSearch
) -> None:
    save_page(1)
    assert find(people) == [artist_id(1)]
    assert [path for _, path in collection.requests][-1] == "/artists/_search"
    assert search.read_index()[1].segments == ()
    assert search_index.find_indexed(artist_id(1)) is None


def test_changes_stay_until_opensearch_has_taken_them(
    people: People, engine: Engine, collection: OpenSearch
) -> None:
    save_page(1)
    for status, error in ((503, Outage), (429, Outage), (400, store.OpenSearchFailed)):
        collection.status = status
        with pytest.raises(error):
            engine.apply(now())
        assert len(search.read_index()[0]) == 1
    collection.status = None
    engine.apply(now())
    assert search.read_index()[0] == []
    assert list(collection.documents) == [artist_id(1)]
    save_page(1, listed=False)
    engine.apply(now())
    assert collection.documents == {}


def test_a_search_is_a_503_while_opensearch_does_not_answer(
    people: People, collection: OpenSearch
) -> None:
    collection.status = 503
    answer = people.nobody.get(PATH)
    assert answer.status_code == 503


def test_the_index_is_created_with_its_mappings() -> None:
    empty = OpenSearch()
    store.create_index(empty.send, {"properties": {}})
    store.create_index(empty.send, {"properties": {"other": {}}})
    assert empty.mappings == {"properties": {}}


def test_a_rebuild_compares_and_fills_opensearch(people: People, collection: OpenSearch) -> None:
    people.register(ARTIST)
    update_page(people.artist, **FULL)
    assert find(people) == [ARTIST]
    assert rebuild_all() == []
    collection.documents.clear()
    assert len(rebuild_all()) == 1
    assert find(people) == [ARTIST]
    assert rebuild_all() == []


def test_requests_are_signed_and_guarded(
    collection: OpenSearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[dict[str, str]] = []

    def call(
        _self: Connections, url: str, *, method: str, headers: dict[str, str], body: bytes
    ) -> HttpAnswer:
        assert url.startswith("https://abc.us-east-1.aoss.amazonaws.com/artists/")
        sent.append(headers)
        return collection.send(
            method, url.removeprefix("https://abc.us-east-1.aoss.amazonaws.com"), body
        )

    monkeypatch.setattr(Connections, "call", call)
    for name, value in {
        "ACCESS_KEY_ID": "AKIA",
        "SECRET_ACCESS_KEY": "s",
        "REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    send = store.open_collection("https://abc.us-east-1.aoss.amazonaws.com/")
    store.change(send, b"")
    (headers,) = sent
    assert "/us-east-1/aoss/aws4_request" in headers["Authorization"]
    assert "x-amz-content-sha256" in headers["Authorization"]
    assert headers["Content-Type"] == "application/x-ndjson"
    assert signed_calls.sign("aoss", "GET", "https://a.example/", b"", {})["Authorization"]
