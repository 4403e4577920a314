"""A deleted account: all that gathered around it goes, bounded part by part, wherever one dies."""

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

MARKS = {"DELETED", "RECORD"}  # that they are gone, and what has yet to be looked at


@pytest.fixture
def lived(people: People) -> list[str]:
    """An artist and a client who left traces everywhere, others too; the artist's works."""
    people.register()
    works = [create_item(people.artist, caption=f"Work {number}.") for number in range(3)]
    for person in (people.client, people.other_client):
        for work in works[:2]:
            ok(person.put(f"{HOME}/portfolio/{work}/like"))
        board = ok(person.post(f"{HOME}/boards", json={"name": "Ideas"}))["id"]
        ok(person.put(f"{HOME}/boards/{board}/items/{works[0]}"))
    for client, client_id in ((people.client, CLIENT), (people.other_client, OTHER_CLIENT)):
        for number in range(2):
            create_review(client, 2 + number, f"Words of {client_id}.", clientId=client_id)
        confirm_visit(clientId=client_id)
        complete_visit(clientId=client_id, artistId=OTHER_ARTIST)
        notes = f"{HOME}/clients/{client_id}/notes"
        ok(people.artist.post(notes, json={"text": f"Note of {client_id}."}))
        issue_voucher(people.artist, clientId=client_id)
    create_template(people.artist)
    return works


def left_of(user_id: str) -> list[str]:
    """The keys of what still says who they are."""
    return [
        f"{item['pk']} {item['sk']}"
        for item in list_stored("")
        if user_id in str(item) and not item["pk"].startswith("OUTBOX#") and item["sk"] not in MARKS
    ]


def rating(people) -> dict[str, Any]:
    found: dict[str, Any] = ok(people.nobody.get(f"{HOME}/artists/{ARTIST}/reviews"))["rating"]
    return found


def erase_by_parts(user_id: str) -> int:
    """In how many calls it was all erased."""
    for call in range(1, 100):
        if erasure_steps.run(user_id, clocks.now()):
            return call
    raise AssertionError("there is no end to it")


def test_nothing_of_a_client_stays(people: People, lived: list[str]) -> None:
    consume("user.deleted", userId=CLIENT)
    # Works of others bear their owner's id, and so does what the other client has.
    assert left_of(CLIENT) == []
    assert left_of(OTHER_CLIENT) != []
    assert [get_likes(people, work) for work in lived] == [1, 1, 0]
    assert rating(people) == {"count": 4, "average": 2.5}
    assert len(list_all(people.artist, f"{HOME}/clients")) == 1


def test_nothing_of_an_artist_stays(people: People, lived: list[str]) -> None:
    consume("user.deleted", userId=ARTIST)
    consume_own_events()
    for prefix in ("PORTFOLIO#", "LIKES#", "REVIEWS#", "NOTES#", f"VOUCHERS#{ARTIST}"):
        assert list_stored(prefix) == []
    assert list_stored(f"CLIENTS#{ARTIST}") == list_stored(f"VISITS#{ARTIST}") == []
    assert len(list_all(people.other_artist, f"{HOME}/clients")) == 2
    removed = [event.data["itemId"] for event in outbox("portfolio_item.removed")]
    assert sorted(removed) == sorted(lived)
    (board,) = list_all(people.client, f"{HOME}/boards")
    assert ok(people.client.get(f"{HOME}/boards/{board['id']}"))["items"] == []


@pytest.mark.parametrize("gone", [CLIENT, ARTIST])
def test_all_others_keep_what_is_theirs(people: People, lived: list[str], gone: Any) -> None:
    paths = [f"{HOME}/boards", f"{HOME}/vouchers", f"{HOME}/reviews"]
    before = [list_all(people.other_client, path) for path in paths]
    consume("user.deleted", userId=gone)
    after = [list_all(people.other_client, path) for path in paths]
    assert after[0] == before[0]
    assert after[1:] == (before[1:] if gone == CLIENT else [[], []])


@pytest.mark.parametrize("gone", [CLIENT, ARTIST])
def test_each_call_does_a_bounded_part(
    people: People, lived: list[str], monkeypatch: pytest.MonkeyPatch, gone: Any
) -> None:
    consume("user.deleted", userId=OTHER_ARTIST)
    monkeypatch.setattr(erasure_steps, "BATCH", 1)
    assert erase_by_parts(gone) > 3
    monkeypatch.setattr(erasure_steps, "BATCH", 50)
    assert erase_by_parts(gone) == 1


@pytest.mark.parametrize("gone", [CLIENT, ARTIST])
def test_wherever_it_breaks_off_the_next_one_goes_on(
    people: People, lived: list[str], gone: Any
) -> None:
    """Each run breaks off at a later call than the one before: before AWS did it, or after."""
    lost = ReadTimeoutError(endpoint_url="https://dynamodb")
    for position in range(200):
        try:
            with aws_calls.failing_at(position, lost, after=position % 2 == 0):
                is_done = erasure_steps.run(gone, clocks.now())
        except (PynamoDBException, ReadTimeoutError):
            continue
        break
    assert is_done
    assert position > 8
    if gone == CLIENT:
        assert [get_likes(people, work) for work in lived] == [1, 1, 0]
        assert rating(people) == {"count": 4, "average": 2.5}
        assert [key for key in left_of(CLIENT) if not key.endswith(" PERSON")] == []
    else:
        assert list_stored("PORTFOLIO#") == list_stored("REVIEWS#") == list_stored("NOTES#") == []
        assert list_stored(f"VOUCHERS#{ARTIST}") == list_stored(f"CLIENTS#{ARTIST}") == []


def test_the_event_may_come_twice_and_the_sweeper_may_look_again(
    people: People, lived: list[str], clock: TimeMachineFixture
) -> None:
    consume("user.deleted", userId=CLIENT)
    before = [item for item in list_stored("") if item["sk"] not in MARKS]
    consume("user.deleted", userId=CLIENT)
    clock.shift(timedelta(hours=1))
    assert erasure_steps.run(CLIENT, clocks.now())
    assert [item for item in list_stored("") if item["sk"] not in MARKS] == before
    assert "Cleo" not in dump_table()
