"""Handles: one owner each, whoever comes at the same time, and their old ones lead on."""

from datetime import timedelta
from typing import Any

import pytest
from time_machine import TimeMachineFixture

from profiles.store.handles import KEPT_AFTER
from profiles.use_cases.handles import MAX_HANDLES
from shared.http.caller import Role
from tests.functional.profiles.conftest import NOON
from tests.functional.profiles.people import (
    ARTIST,
    OTHER_ARTIST,
    OWN_PAGE,
    People,
    arrives,
    edits,
    everything,
    has_edited,
    hear,
    outbox,
    refused,
    seen,
)
from tests.support.threads import together

ARTISTS = "/v1/profiles/artists"


def test_a_handle_is_an_address_of_the_page(people: People) -> None:
    people.arrive(ARTIST)
    has_edited(people.artist, handle="@Mara.Voss")
    assert seen("mara.voss")["artistId"] == ARTIST
    assert seen("mara.voss")["handle"] == "mara.voss"
    assert people.artist.get("/v1/profiles/me").json_body["handle"] == "mara.voss"


@pytest.mark.parametrize("spelled", ["maravoss", "Mara.Voss", "mara-voss", ARTIST])
def test_whoever_spells_it_differently_is_led_there(people: People, spelled: Any) -> None:
    people.arrive(ARTIST)
    has_edited(people.artist, handle="mara.voss")
    answer = people.nobody.get(f"{ARTISTS}/{spelled}")
    assert refused(answer) == (308, "moved")
    assert answer.headers["Location"] == "mara.voss"
    assert answer.headers["cache-control"] == "no-store"  # the artist may go back


def test_handles_from_before_lead_to_the_page(people: People) -> None:
    people.arrive(ARTIST)
    for handle in ("first", "second", "third"):
        own = has_edited(people.artist, handle=handle)
    assert own["formerHandles"] == ["first", "second"]
    for former in ("first", "second"):
        assert people.nobody.get(f"{ARTISTS}/{former}").headers["Location"] == "third"
    has_edited(people.artist, handle="first")
    assert people.nobody.get(f"{ARTISTS}/third").headers["Location"] == "first"
    assert seen("first")["artistId"] == ARTIST


def test_nobody_gets_a_handle_that_is_or_was_anothers(people: People) -> None:
    people.arrive()
    has_edited(people.artist, handle="first")
    has_edited(people.artist, handle="second")
    for handle in ("first", "second", "Fi.rst", "s-econd"):
        assert refused(edits(people.other_artist, handle=handle)) == (409, "handle_taken")
    assert people.other_artist.get(OWN_PAGE).json_body["version"] == 0
    assert len(outbox("user.profile.updated")) == 7


def test_the_spelling_of_ones_own_may_change(people: People) -> None:
    people.arrive(ARTIST)
    has_edited(people.artist, handle="maravoss")
    own = has_edited(people.artist, handle="mara.voss")
    assert (own["page"]["handle"], own["formerHandles"]) == ("mara.voss", [])


def test_of_many_who_want_it_at_once_one_gets_it(people: People) -> None:
    artists = [f"usr_01JD0000000000000000000R{number:02}" for number in range(8)]
    for artist in artists:
        arrives(artist, "Somebody", Role.ARTIST)
    waiting = iter(artists)
    edits(people.artist)  # its decoders are made once

    def wants() -> tuple[int, str | None]:
        artist = people.nobody.as_user(next(waiting), Role.ARTIST)
        answer = artist.patch(OWN_PAGE, json={"version": 0, "handle": "the.one"})
        return answer.status_code, answer.json_body.get("code")

    answers = together(len(artists), wants)
    assert sorted(answers, key=str) == [(200, None)] + [(409, "handle_taken")] * 7
    owner = seen("the.one")["artistId"]
    with_it = [
        artist
        for artist in artists
        if people.nobody.as_user(artist, Role.ARTIST).get(OWN_PAGE).json_body["page"]["handle"]
    ]
    assert with_it == [owner]
    assert sum(event.data["handle"] == "the.one" for event in outbox()) == 1


def test_one_artist_in_many_tabs_ends_up_with_one_handle(people: People) -> None:
    people.arrive(ARTIST)
    wanted = iter([f"tab{number}" for number in range(6)])
    people.artist.patch(OWN_PAGE, json={"version": 99})

    def wants() -> int:
        body = {"version": 0, "handle": next(wanted)}
        return people.artist.patch(OWN_PAGE, json=body).status_code

    assert sorted(together(6, wants)) == [200] + [409] * 5
    owners = [item for item in everything() if item["pk"]["S"].startswith("HANDLE#")]
    assert len(owners) == 1


def test_nobody_gathers_handles(people: People) -> None:
    people.arrive(ARTIST)
    for number in range(MAX_HANDLES):
        has_edited(people.artist, handle=f"mara{number}")
    assert refused(edits(people.artist, handle="one.more")) == (409, "too_many_handles")
    has_edited(people.artist, handle="mara0")  # one of theirs is none more


def test_who_left_is_followed_by_nobody_for_a_while(
    people: People, clock: TimeMachineFixture
) -> None:
    people.arrive()
    has_edited(people.artist, handle="mara.voss")
    hear("user.deleted", userId=ARTIST)
    assert people.nobody.get(f"{ARTISTS}/mara.voss").status_code == 404
    assert refused(edits(people.other_artist, handle="mara.voss")) == (409, "handle_taken")
    clock.move_to(NOON + KEPT_AFTER - timedelta(seconds=1), tick=False)
    assert refused(edits(people.other_artist, handle="mara.voss")) == (409, "handle_taken")
    clock.move_to(NOON + KEPT_AFTER, tick=False)  # whether DynamoDB deleted it by then or not
    has_edited(people.other_artist, handle="mara.voss")
    assert seen("mara.voss")["artistId"] == OTHER_ARTIST
