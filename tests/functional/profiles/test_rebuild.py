"""The rebuild: what went wrong is put right and told, and copies of cards become what they were."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from profiles.app import app
from profiles.models.search import SearchEntry
from profiles.store import artist_pages as pages
from profiles.store.table import RecordItem
from profiles.use_cases import rebuild
from shared.data.record_items import json_of
from shared.http.caller import Role
from tests.functional.profiles.people import (
    ARTIST,
    CLIENT,
    NAMES,
    People,
    consume,
    everything,
    outbox,
    register_user,
    update_page,
)
from tests.functional.profiles.test_artist_pages import FULL

UPDATED = "user.profile.updated"


class Context:
    """Lambda's, with time left for so many people."""

    def __init__(self, people: int = 10**6) -> None:
        self.people = people

    def get_remaining_time_in_millis(self) -> int:
        self.people -= 1
        return 60_000 if self.people >= 0 else 1000


def walk(function: str, context: Any = None, limit: int = 200) -> list[dict[str, Any]]:
    """All answers of one of the operators' functions, from the first to the last portion."""
    answers: list[dict[str, Any]] = []
    place = None
    for _ in range(100):
        event = {"next": place, "limit": limit}
        answers.append(app.handler_map[function](event, context or Context()))
        place = answers[-1]["next"]
        if place is None:
            return answers
    raise AssertionError("there is no end to it")


def rebuilt(**options: Any) -> list[dict[str, Any]]:
    return [one for answer in walk("rebuild", **options) for one in answer["differences"]]


def cards(limit: int = 200) -> list[dict[str, Any]]:
    return [one for answer in walk("people", limit=limit) for one in answer["items"]]


def test_where_all_is_well_nothing_differs_and_every_card_is_told_again(people: People) -> None:
    people.register()
    update_page(people.artist, **FULL)
    before = [item for item in everything() if "event" not in item]
    told = {event.subject: event.data for event in outbox(UPDATED)}
    known = {event.id for event in outbox()}
    assert rebuilt() == []
    again = [event for event in outbox() if event.id not in known]
    assert {event.subject: event.data for event in again} == told
    assert len(again) == len(NAMES)
    assert [item for item in everything() if "event" not in item] == before


@pytest.mark.parametrize("limit", [1, 2, 3, 200])
def test_portions_leave_out_nobody_and_repeat_nobody(people: People, limit: int) -> None:
    numbers = [f"usr_01JD00000000000000000{n:03}{letter}A" for n in range(2) for letter in "0AZ"]
    everybody = {*NAMES, *numbers, "usr_01JD000000000000000000000Z"}
    for user_id in everybody:
        register_user(user_id, "Somebody", Role.CLIENT)
    listed = [card["userId"] for card in cards(limit)]
    assert sorted(listed) == sorted(everybody)
    answers = walk("rebuild", limit=limit)
    assert sum(answer["people"] for answer in answers) == len(everybody)


def test_who_was_not_reached_in_time_is_begun_with_next(people: People) -> None:
    people.register()
    known = len(outbox())
    first = app.handler_map["rebuild"]({"next": None}, Context(people=2))
    assert first["people"] == 2
    second = app.handler_map["rebuild"]({"next": first["next"]}, Context())
    assert first["people"] + second["people"] == len(NAMES)
    again = [event.subject for event in outbox()]
    assert len(again) - known == len(NAMES)
    assert {user: again.count(user) for user in NAMES} == dict.fromkeys(NAMES, 2)


def test_cards_are_told_as_they_are(people: People) -> None:
    people.register(ARTIST)
    update_page(people.artist, handle="mara")
    assert cards() == [
        {
            "userId": ARTIST,
            "role": "artist",
            "name": "Mara Voss",
            "avatar": None,
            "handle": "mara",
            "recordVersion": 2,
        }
    ]


def test_who_left_is_not_told_of(people: People) -> None:
    people.register()
    consume("user.deleted", userId=CLIENT)
    known = {event.id for event in outbox()}
    rebuilt()
    again = {event.subject for event in outbox() if event.id not in known}
    assert again == set(NAMES) - {CLIENT}
    assert CLIENT not in [card["userId"] for card in cards()]


# ---- what is put right -------------------------------------------------------------------------


def found_items() -> list[RecordItem]:
    page = pages.find_page(ARTIST)
    assert page is not None
    places = [(f"SEARCH#{key}", ARTIST) for key in page.search_keys]
    return list(RecordItem.batch_get(places))


def lost_item() -> None:
    found_items()[0].delete()


def stale_item() -> None:
    stale = found_items()[-1]
    shown = stale.decoded(SearchEntry)
    stale.record = json_of(replace(shown, name="Somebody else"))
    stale.save()


def stale_keys() -> None:
    page = pages.find_page(ARTIST)
    kept = RecordItem.of(
        f"ARTIST#{ARTIST}", "PAGE", replace(page, search_keys=page.search_keys[:-1])
    )
    kept.version = page.version
    kept.save()


def stale_name() -> None:
    page = pages.find_page(ARTIST)
    kept = RecordItem.of(f"ARTIST#{ARTIST}", "PAGE", replace(page, name="Somebody else"))
    kept.version = page.version
    kept.save()


@pytest.mark.parametrize("damage", [lost_item, stale_item, stale_keys, stale_name])
def test_what_searches_find_is_what_the_page_says_again(people: People, damage: Any) -> None:
    people.register(ARTIST)
    update_page(people.artist, **FULL)
    right = {(i["pk"]["S"], i["sk"]["S"]): i["record"]["S"] for i in everything() if "record" in i}
    damage()
    assert len(rebuilt()) >= 1
    now = {(i["pk"]["S"], i["sk"]["S"]): i["record"]["S"] for i in everything() if "record" in i}
    index = {place for place in right if place[0].startswith("SEARCH#")}
    assert {place: now.get(place) for place in index} == {place: right[place] for place in index}
    assert {place for place in now if place[0].startswith("SEARCH#")} == index
    assert rebuilt() == []


# ---- copies converge ---------------------------------------------------------------------------

CHANGES = st.lists(
    st.one_of(
        st.builds(lambda name: {"name": name}, st.sampled_from(["A", "B", "C"])),
        st.builds(
            lambda n: {"avatar": f"fil_01JD330000000000000000000{n}" if n else None},
            st.integers(0, 2),
        ),
        st.just({"arrives": True}),
    ),
    max_size=8,
)


def copied(events: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What a consumer keeps who takes whatever is not older than theirs."""
    copies: dict[str, dict[str, Any]] = {}
    for data in events:
        known = copies.get(data["userId"])
        if known is None or data["recordVersion"] >= known["recordVersion"]:
            copies[data["userId"]] = data
    return copies


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CHANGES, st.data())
def test_copies_converge_in_any_order_with_any_repetition(
    people: People, changes: Any, data: Any
) -> None:
    user_id = f"usr_01JD{data.draw(st.integers(0, 10**22 - 1)):022}"
    client = people.nobody.as_user(user_id)
    for change in changes:
        if "arrives" in change:
            register_user(user_id, "Cleo", Role.CLIENT)
        else:
            client.patch("/v1/profiles/me", json=change)
    told = [event.data for event in outbox(UPDATED) if event.data["userId"] == user_id]
    card = client.get("/v1/profiles/me").json_body
    versions = [one["recordVersion"] for one in told]
    assert versions == sorted(set(versions))
    if not card["name"]:
        assert told == []
        return
    heard = data.draw(st.permutations([*told, *told]))
    copy = copied(heard)[user_id]
    assert {name: copy[name] for name in ("name", "avatar", "role", "handle")} == {
        name: card[name] for name in ("name", "avatar", "role", "handle")
    }


def test_a_damaged_copy_is_right_after_a_rebuild(people: People) -> None:
    people.register()
    copies = copied([event.data for event in outbox(UPDATED)])
    copies[CLIENT] = {**copies[CLIENT], "name": "Somebody else"}
    known = {event.id for event in outbox()}
    rebuilt()
    for told in outbox(UPDATED):
        if told.id not in known and (
            told.data["recordVersion"] >= copies[told.subject]["recordVersion"]
        ):
            copies[told.subject] = told.data
    assert {user: copy["name"] for user, copy in copies.items()} == NAMES
    assert [(one["userId"], one["name"]) for one in cards()] == [
        (user, copies[user]["name"]) for user in sorted(copies, key=lambda user: (user[-1], user))
    ]


def test_a_portion_is_bounded(people: People) -> None:
    for number in range(rebuild.MAX_PEOPLE + 3):
        register_user(f"usr_01JD000000000000000000{number:03}A", "Somebody", Role.CLIENT)
    answers = walk("rebuild", limit=500)
    assert [answer["people"] for answer in answers] == [rebuild.MAX_PEOPLE, 3]
