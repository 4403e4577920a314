"""Handles: unique despite concurrent claims, with redirects from former ones."""

from datetime import timedelta
from typing import Any

import pytest
from time_machine import TimeMachineFixture

from profiles.store.table import RecordItem
from shared.http.caller import Role
from tests.functional.profiles.conftest import NOON
from tests.functional.profiles.people import (
    ARTIST,
    OTHER_ARTIST,
    OWN_PAGE,
    People,
    consume,
    edit_page,
    everything,
    get_public_page,
    outbox,
    register_user,
    update_page,
)
from tests.functional.profiles.test_rebuild import invoke_all
from tests.support.responses import refused
from tests.support.threads import together

ARTISTS = "/v1/profiles/artists"


def test_a_page_is_found_by_its_handle(people: People) -> None:
    people.register(ARTIST)
    update_page(people.artist, handle="@Mara.Voss")
    assert get_public_page("mara.voss")["artistId"] == ARTIST
    assert get_public_page("mara.voss")["handle"] == "mara.voss"
    assert people.artist.get("/v1/profiles/me").json_body["handle"] == "mara.voss"


@pytest.mark.parametrize("spelled", ["maravoss", "Mara.Voss", "mara-voss", ARTIST])
def test_other_spellings_and_the_id_redirect_to_the_handle(people: People, spelled: Any) -> None:
    people.register(ARTIST)
    update_page(people.artist, handle="mara.voss")
    answer = people.nobody.get(f"{ARTISTS}/{spelled}")
    assert refused(answer) == (308, "moved")
    assert answer.headers["Location"] == "mara.voss"
    assert answer.headers["cache-control"] == "no-store"  # the artist may return to it


def test_former_handles_redirect_to_the_page(people: People) -> None:
    people.register(ARTIST)
    for handle in ("first", "second", "third"):
        own = update_page(people.artist, handle=handle)
    assert own["formerHandles"] == ["first", "second"]
    for former in ("first", "second"):
        assert people.nobody.get(f"{ARTISTS}/{former}").headers["Location"] == "third"
    update_page(people.artist, handle="first")
    assert people.nobody.get(f"{ARTISTS}/third").headers["Location"] == "first"
    assert get_public_page("first")["artistId"] == ARTIST


def test_current_and_former_handles_of_others_are_taken(people: People) -> None:
    people.register()
    update_page(people.artist, handle="first")
    update_page(people.artist, handle="second")
    for handle in ("first", "second", "Fi.rst", "s-econd"):
        assert refused(edit_page(people.other_artist, handle=handle)) == (409, "handle_taken")
    assert people.other_artist.get(OWN_PAGE).json_body["version"] == 0
    assert len(outbox("user.profile.updated")) == 7


def test_a_handle_that_looks_like_one_of_another_artist_is_taken(people: People) -> None:
    people.register()
    update_page(people.artist, handle="mara.1ou")
    update_page(people.artist, handle="voss")
    for handle in ("rnara.lou", "mar4.iou", "mara-l0u", "marai_ou"):
        answer = edit_page(people.other_artist, handle=handle)
        if handle == "mar4.iou":  # a 4 is like no letter
            assert answer.status_code == 200
        else:
            assert refused(answer) == (409, "handle_taken"), handle
    update_page(people.artist, handle="mara.lou")  # the artist's own look-alike


def test_handles_from_before_are_protected_once_profiles_was_rebuilt(people: People) -> None:
    people.register()
    update_page(people.artist, handle="mara")
    (claim,) = (item for item in everything() if item["pk"]["S"].startswith("LOOK#"))
    RecordItem(claim["pk"]["S"], claim["sk"]["S"]).delete()  # as if claimed by version 0.3
    differences = invoke_all("rebuild")[0]["differences"]
    assert [(one["what"], one["expected"]) for one in differences] == [("claim of mara", ARTIST)]
    assert refused(edit_page(people.other_artist, handle="rnara")) == (409, "handle_taken")
    assert invoke_all("rebuild")[0]["differences"] == []


def test_an_artist_can_change_the_spelling_of_their_handle(people: People) -> None:
    people.register(ARTIST)
    update_page(people.artist, handle="maravoss")
    own = update_page(people.artist, handle="mara.voss")
    assert (own["page"]["handle"], own["formerHandles"]) == ("mara.voss", [])


def test_one_of_many_concurrent_claims_succeeds(people: People) -> None:
    artists = [f"usr_01JD0000000000000000000R{number:02}" for number in range(8)]
    for artist in artists:
        register_user(artist, "Somebody", Role.ARTIST)
    waiting = iter(artists)
    edit_page(people.artist)  # creates the decoders, which is done once

    def claim() -> tuple[int, str | None]:
        artist = people.nobody.as_user(next(waiting), Role.ARTIST)
        answer = artist.patch(OWN_PAGE, json={"version": 0, "handle": "the.one"})
        return answer.status_code, answer.json_body.get("code")

    answers = together(len(artists), claim)
    assert sorted(answers, key=str) == [(200, None)] + [(409, "handle_taken")] * 7
    owner = get_public_page("the.one")["artistId"]
    with_it = [
        artist
        for artist in artists
        if people.nobody.as_user(artist, Role.ARTIST).get(OWN_PAGE).json_body["page"]["handle"]
    ]
    assert with_it == [owner]
    assert sum(event.data["handle"] == "the.one" for event in outbox()) == 1


def test_concurrent_requests_of_one_artist_claim_one_handle(people: People) -> None:
    people.register(ARTIST)
    wanted = iter([f"tab{number}" for number in range(6)])
    people.artist.patch(OWN_PAGE, json={"version": 99})

    def claim() -> int:
        body = {"version": 0, "handle": next(wanted)}
        return people.artist.patch(OWN_PAGE, json=body).status_code

    assert sorted(together(6, claim)) == [200] + [409] * 5
    owners = [item for item in everything() if item["pk"]["S"].startswith("HANDLE#")]
    assert len(owners) == 1


def test_the_number_of_handles_is_limited(people: People) -> None:
    people.register(ARTIST)
    for number in range(10):
        update_page(people.artist, handle=f"mara{number}")
    assert refused(edit_page(people.artist, handle="one.more")) == (409, "too_many_handles")
    update_page(people.artist, handle="mara0")  # a former handle does not count again


def test_handles_of_deleted_accounts_stay_reserved_for_a_while(
    people: People, clock: TimeMachineFixture
) -> None:
    people.register()
    update_page(people.artist, handle="mara.voss")
    consume("user.deleted", userId=ARTIST)
    assert people.nobody.get(f"{ARTISTS}/mara.voss").status_code == 404
    assert refused(edit_page(people.other_artist, handle="mara.voss")) == (409, "handle_taken")
    clock.move_to(NOON + timedelta(days=90) - timedelta(seconds=1), tick=False)
    assert refused(edit_page(people.other_artist, handle="mara.voss")) == (409, "handle_taken")
    clock.move_to(NOON + timedelta(days=90), tick=False)  # even if DynamoDB has not deleted it yet
    update_page(people.other_artist, handle="mara.voss")
    assert get_public_page("mara.voss")["artistId"] == OTHER_ARTIST
