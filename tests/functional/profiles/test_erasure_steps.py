"""Steps of an erasure: all related data is erased in bounded batches, despite crashes."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from pynamodb.exceptions import PynamoDBException
from time_machine import TimeMachineFixture

from profiles.use_cases import erasure_steps
from shared.platform import clock as clocks
from tests.functional.profiles.activity import (
    HOME,
    complete_visit,
    confirm_visit,
    consume_own_events,
    create_item,
    create_review,
    create_template,
    dump_table,
    get_likes,
    issue_voucher,
    list_all,
    list_stored,
    ok,
)
from tests.functional.profiles.people import (
    ARTIST,
    CLIENT,
    OTHER_ARTIST,
    OTHER_CLIENT,
    People,
    consume,
    outbox,
)
from tests.support import aws_calls

MARKS = {"RECORD"}  # erasures


@pytest.fixture
def portfolio(people: People) -> list[str]:
    """Create data of all kinds for several users; return the artist's portfolio items."""
    people.register()
    item_ids = [create_item(people.artist, caption=f"Work {number}.") for number in range(3)]
    for person in (people.client, people.other_client):
        for item_id in item_ids[:2]:
            ok(person.put(f"{HOME}/portfolio/{item_id}/like"))
        board = ok(person.post(f"{HOME}/boards", json={"name": "Ideas"}))["id"]
        ok(person.put(f"{HOME}/boards/{board}/items/{item_ids[0]}"))
    for client, client_id in ((people.client, CLIENT), (people.other_client, OTHER_CLIENT)):
        for number in range(2):
            create_review(client, 2 + number, f"Words of {client_id}.", clientId=client_id)
        confirm_visit(clientId=client_id)
        complete_visit(clientId=client_id, artistId=OTHER_ARTIST)
        notes = f"{HOME}/clients/{client_id}/notes"
        ok(people.artist.post(notes, json={"text": f"Note of {client_id}."}))
        issue_voucher(people.artist, clientId=client_id)
    create_template(people.artist)
    return item_ids


def list_remaining(user_id: str) -> list[str]:
    """Return the keys of items that still contain the user's id."""
    return [
        f"{item['pk']} {item['sk']}"
        for item in list_stored("")
        if user_id in str(item) and not item["pk"].startswith("OUTBOX#") and item["sk"] not in MARKS
    ]


def get_rating(people: People) -> dict[str, Any]:
    found: dict[str, Any] = ok(people.nobody.get(f"{HOME}/artists/{ARTIST}/reviews"))["rating"]
    return found


def erase_in_batches(user_id: str) -> int:
    """Run batches until nothing is left; return their number."""
    for call in range(1, 100):
        if erasure_steps.run(user_id, clocks.now()):
            return call
    raise AssertionError("it does not end")


def test_nothing_remains_of_a_client(people: People, portfolio: list[str]) -> None:
    consume("user.deleted", userId=CLIENT)
    # Items of others contain their owner's id, and so does the data of the other client.
    assert list_remaining(CLIENT) == []
    assert list_remaining(OTHER_CLIENT) != []
    assert [get_likes(people, item_id) for item_id in portfolio] == [1, 1, 0]
    assert get_rating(people) == {"count": 4, "average": 2.5}
    assert len(list_all(people.artist, f"{HOME}/clients")) == 1


def test_nothing_remains_of_an_artist(people: People, portfolio: list[str]) -> None:
    consume("user.deleted", userId=ARTIST)
    consume_own_events()
    for prefix in ("PORTFOLIO#", "LIKES#", "REVIEWS#", "NOTES#", f"VOUCHERS#{ARTIST}"):
        assert list_stored(prefix) == []
    assert list_stored(f"CLIENTS#{ARTIST}") == list_stored(f"VISITS#{ARTIST}") == []
    assert len(list_all(people.other_artist, f"{HOME}/clients")) == 2
    removed = [event.data["itemId"] for event in outbox("portfolio_item.removed")]
    assert sorted(removed) == sorted(portfolio)
    (board,) = list_all(people.client, f"{HOME}/boards")
    assert ok(people.client.get(f"{HOME}/boards/{board['id']}"))["items"] == []


@pytest.mark.parametrize("deleted", [CLIENT, ARTIST])
def test_other_users_keep_their_data(people: People, portfolio: list[str], deleted: Any) -> None:
    paths = [f"{HOME}/boards", f"{HOME}/vouchers", f"{HOME}/reviews"]
    before = [list_all(people.other_client, path) for path in paths]
    consume("user.deleted", userId=deleted)
    after = [list_all(people.other_client, path) for path in paths]
    assert after[0] == before[0]
    assert after[1:] == (before[1:] if deleted == CLIENT else [[], []])


@pytest.mark.parametrize("deleted", [CLIENT, ARTIST])
def test_each_call_does_a_bounded_amount_of_work(
    people: People, portfolio: list[str], monkeypatch: pytest.MonkeyPatch, deleted: Any
) -> None:
    consume("user.deleted", userId=OTHER_ARTIST)
    monkeypatch.setattr(erasure_steps, "BATCH", 1)
    assert erase_in_batches(deleted) > 3
    monkeypatch.setattr(erasure_steps, "BATCH", 50)
    assert erase_in_batches(deleted) == 1


@pytest.mark.parametrize("deleted", [CLIENT, ARTIST])
def test_an_interrupted_run_is_continued_by_the_next(
    people: People, portfolio: list[str], deleted: Any
) -> None:
    """Each run fails at a later call than the one before, before or after AWS carried it out."""
    lost = ReadTimeoutError(endpoint_url="https://dynamodb")
    for position in range(200):
        try:
            with aws_calls.failing_at(position, lost, after=position % 2 == 0):
                is_done = erasure_steps.run(deleted, clocks.now())
        except (PynamoDBException, ReadTimeoutError):
            continue
        break
    assert is_done
    assert position > 8
    if deleted == CLIENT:
        assert [get_likes(people, item_id) for item_id in portfolio] == [1, 1, 0]
        assert get_rating(people) == {"count": 4, "average": 2.5}
        assert [key for key in list_remaining(CLIENT) if not key.endswith(" CARD")] == []
    else:
        assert list_stored("PORTFOLIO#") == list_stored("REVIEWS#") == list_stored("NOTES#") == []
        assert list_stored(f"VOUCHERS#{ARTIST}") == list_stored(f"CLIENTS#{ARTIST}") == []


def test_a_repeated_event_and_a_repeated_run_change_nothing(
    people: People, portfolio: list[str], clock: TimeMachineFixture
) -> None:
    consume("user.deleted", userId=CLIENT)
    before = [item for item in list_stored("") if item["sk"] not in MARKS]
    consume("user.deleted", userId=CLIENT)
    clock.shift(timedelta(hours=1))
    assert erasure_steps.run(CLIENT, clocks.now())
    assert [item for item in list_stored("") if item["sk"] not in MARKS] == before
    assert "Cleo" not in dump_table()
