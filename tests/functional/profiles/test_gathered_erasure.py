"""A deleted account: all that gathered around it goes, bounded part by part, wherever one dies."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from pynamodb.exceptions import PynamoDBException
from time_machine import TimeMachineFixture

from profiles.use_cases import contribution_erasure
from shared.platform import clock as clocks
from tests.functional.profiles.gathering import (
    HOME,
    all_of,
    booked,
    done,
    hears_itself,
    items_of,
    likes_of,
    reviewed,
    shown_by,
    template_of,
    visited,
    voucher_of,
    whole_table,
)
from tests.functional.profiles.people import (
    ARTIST,
    CLIENT,
    OTHER_ARTIST,
    OTHER_CLIENT,
    People,
    hear,
    outbox,
)
from tests.support import aws_calls

MARKS = {"DELETED", "RECORD"}  # that they are gone, and what has yet to be looked at


@pytest.fixture
def lived(people: People) -> list[str]:
    """An artist and a client who left traces everywhere, others too; the artist's works."""
    people.arrive()
    works = [shown_by(people.artist, caption=f"Work {number}.") for number in range(3)]
    for person in (people.client, people.other_client):
        for work in works[:2]:
            done(person.put(f"{HOME}/portfolio/{work}/like"))
        board = done(person.post(f"{HOME}/boards", json={"name": "Ideas"}))["id"]
        done(person.put(f"{HOME}/boards/{board}/items/{works[0]}"))
    for client, client_id in ((people.client, CLIENT), (people.other_client, OTHER_CLIENT)):
        for number in range(2):
            reviewed(client, 2 + number, f"Words of {client_id}.", clientId=client_id)
        booked(clientId=client_id)
        visited(clientId=client_id, artistId=OTHER_ARTIST)
        notes = f"{HOME}/clients/{client_id}/notes"
        done(people.artist.post(notes, json={"text": f"Note of {client_id}."}))
        voucher_of(people.artist, clientId=client_id)
    template_of(people.artist)
    return works


def left_of(user_id: str) -> list[str]:
    """The keys of what still says who they are."""
    return [
        f"{item['pk']} {item['sk']}"
        for item in items_of("")
        if user_id in str(item) and not item["pk"].startswith("OUTBOX#") and item["sk"] not in MARKS
    ]


def rating(people) -> dict[str, Any]:
    found: dict[str, Any] = done(people.nobody.get(f"{HOME}/artists/{ARTIST}/reviews"))["rating"]
    return found


def erase_by_parts(user_id: str) -> int:
    """In how many calls it was all erased."""
    for call in range(1, 100):
        if contribution_erasure.erase(user_id, clocks.now()):
            return call
    raise AssertionError("there is no end to it")


def test_nothing_of_a_client_stays(people: People, lived: list[str]) -> None:
    hear("user.deleted", userId=CLIENT)
    # Works of others bear their owner's id, and so does what the other client has.
    assert left_of(CLIENT) == []
    assert left_of(OTHER_CLIENT) != []
    assert [likes_of(people, work) for work in lived] == [1, 1, 0]
    assert rating(people) == {"count": 4, "average": 2.5}
    assert len(all_of(people.artist, f"{HOME}/clients")) == 1


def test_nothing_of_an_artist_stays(people: People, lived: list[str]) -> None:
    hear("user.deleted", userId=ARTIST)
    hears_itself()
    for prefix in ("PORTFOLIO#", "LIKES#", "REVIEWS#", "NOTES#", f"VOUCHERS#{ARTIST}"):
        assert items_of(prefix) == []
    assert items_of(f"CLIENTS#{ARTIST}") == items_of(f"VISITS#{ARTIST}") == []
    assert len(all_of(people.other_artist, f"{HOME}/clients")) == 2
    removed = [event.data["itemId"] for event in outbox("portfolio_item.removed")]
    assert sorted(removed) == sorted(lived)
    (board,) = all_of(people.client, f"{HOME}/boards")
    assert done(people.client.get(f"{HOME}/boards/{board['id']}"))["items"] == []


@pytest.mark.parametrize("gone", [CLIENT, ARTIST])
def test_all_others_keep_what_is_theirs(people: People, lived: list[str], gone: Any) -> None:
    paths = [f"{HOME}/boards", f"{HOME}/vouchers", f"{HOME}/reviews"]
    before = [all_of(people.other_client, path) for path in paths]
    hear("user.deleted", userId=gone)
    after = [all_of(people.other_client, path) for path in paths]
    assert after[0] == before[0]
    assert after[1:] == (before[1:] if gone == CLIENT else [[], []])


@pytest.mark.parametrize("gone", [CLIENT, ARTIST])
def test_each_call_does_a_bounded_part(
    people: People, lived: list[str], monkeypatch: pytest.MonkeyPatch, gone: Any
) -> None:
    hear("user.deleted", userId=OTHER_ARTIST)
    monkeypatch.setattr(contribution_erasure, "BATCH", 1)
    assert erase_by_parts(gone) > 3
    monkeypatch.setattr(contribution_erasure, "BATCH", 50)
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
                is_done = contribution_erasure.erase(gone, clocks.now())
        except (PynamoDBException, ReadTimeoutError):
            continue
        break
    assert is_done
    assert position > 8
    if gone == CLIENT:
        assert [likes_of(people, work) for work in lived] == [1, 1, 0]
        assert rating(people) == {"count": 4, "average": 2.5}
        assert [key for key in left_of(CLIENT) if not key.endswith(" CARD")] == []
    else:
        assert items_of("PORTFOLIO#") == items_of("REVIEWS#") == items_of("NOTES#") == []
        assert items_of(f"VOUCHERS#{ARTIST}") == items_of(f"CLIENTS#{ARTIST}") == []


def test_the_event_may_come_twice_and_the_sweeper_may_look_again(
    people: People, lived: list[str], clock: TimeMachineFixture
) -> None:
    hear("user.deleted", userId=CLIENT)
    before = [item for item in items_of("") if item["sk"] not in MARKS]
    hear("user.deleted", userId=CLIENT)
    clock.shift(timedelta(hours=1))
    assert contribution_erasure.erase(CLIENT, clocks.now())
    assert [item for item in items_of("") if item["sk"] not in MARKS] == before
    assert "Cleo" not in whole_table()
