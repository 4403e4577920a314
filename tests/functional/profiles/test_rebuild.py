"""Rebuild: damage is repaired and reported, and copies of people converge."""

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from profiles.app import app
from profiles.models.search import Manifest, NextFree
from profiles.store import artist_pages as pages
from profiles.store import search, standings
from profiles.store.table import RecordItem
from profiles.use_cases import search_index
from shared.http.caller import Role
from shared.platform.clock import now
from tests.functional.profiles.activity import clean, issue_voucher
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
    """A context of Lambda with time left for a number of people."""

    def __init__(self, people: int = 10**6) -> None:
        self.people = people

    def get_remaining_time_in_millis(self) -> int:
        self.people -= 1
        return 60_000 if self.people >= 0 else 1000


def invoke_all(function: str, context: Any = None, limit: int = 200) -> list[dict[str, Any]]:
    """Return the responses of an operators' function for all batches."""
    answers: list[dict[str, Any]] = []
    position = None
    for _ in range(100):
        event = {"next": position, "limit": limit}
        answers.append(app.handler_map[function](event, context or Context()))
        position = answers[-1]["next"]
        if position is None:
            return answers
    raise AssertionError("it does not end")


def rebuild_all(**options: Any) -> list[dict[str, Any]]:
    return [found for answer in invoke_all("rebuild", **options) for found in answer["differences"]]


def list_originals(limit: int = 200) -> list[dict[str, Any]]:
    return [person for answer in invoke_all("people", limit=limit) for person in answer["items"]]


def test_without_damage_nothing_differs_and_everybody_is_published_again(people: People) -> None:
    people.register()
    update_page(people.artist, **FULL)
    before = [item for item in everything() if "event" not in item]
    published = {event.subject: event.data for event in outbox(UPDATED)}
    known = {event.id for event in outbox()}
    assert rebuild_all() == []
    again = [event for event in outbox() if event.id not in known]
    assert {event.subject: event.data for event in again} == published
    assert len(again) == len(NAMES)
    assert [item for item in everything() if "event" not in item] == before


def test_vouchers_are_published_again_as_they_are(people: People) -> None:
    """Versions up to 0.2 published none: appointments has to get its copies."""
    people.register()
    issue_voucher(people.artist)
    code = issue_voucher(people.artist)["code"]
    assert (
        people.artist.post("/v1/profiles/vouchers/redeem", json={"code": code}).status_code == 200
    )
    known = {event.id for event in outbox()}
    newest = {event.subject: event.data for event in outbox("voucher.saved")}
    assert rebuild_all() == []
    again = [event for event in outbox("voucher.saved") if event.id not in known]
    assert len(again) == 2
    assert {event.subject: event.data for event in again} == newest


@pytest.mark.parametrize("limit", [1, 2, 3, 200])
def test_batches_neither_skip_nor_repeat_people(people: People, limit: int) -> None:
    numbers = [f"usr_01JD00000000000000000{n:03}{letter}A" for n in range(2) for letter in "0AZ"]
    everybody = {*NAMES, *numbers, "usr_01JD000000000000000000000Z"}
    for user_id in everybody:
        register_user(user_id, "Somebody", Role.CLIENT)
    listed = [person["userId"] for person in list_originals(limit)]
    assert sorted(listed) == sorted(everybody)
    answers = invoke_all("rebuild", limit=limit)
    assert sum(answer["people"] for answer in answers) == len(everybody)


def test_people_not_reached_in_time_come_first_in_the_next_batch(people: People) -> None:
    people.register()
    known = len(outbox())
    first = app.handler_map["rebuild"]({"next": None}, Context(people=2))
    assert first["people"] == 2
    second = app.handler_map["rebuild"]({"next": first["next"]}, Context())
    assert first["people"] + second["people"] == len(NAMES)
    again = [event.subject for event in outbox()]
    assert len(again) - known == len(NAMES)
    assert {user: again.count(user) for user in NAMES} == dict.fromkeys(NAMES, 2)


def test_originals_are_listed_as_they_are(people: People) -> None:
    people.register(ARTIST)
    update_page(people.artist, handle="mara")
    assert list_originals() == [
        {
            "userId": ARTIST,
            "role": "artist",
            "name": "Mara Voss",
            "avatar": None,
            "handle": "mara",
            "recordVersion": 2,
        }
    ]


def test_deleted_accounts_are_not_published(people: People) -> None:
    people.register()
    consume("user.deleted", userId=CLIENT)
    known = {event.id for event in outbox()}
    rebuild_all()
    again = {event.subject for event in outbox() if event.id not in known}
    assert again == set(NAMES) - {CLIENT}
    assert CLIENT not in [person["userId"] for person in list_originals()]


# ---- repairs -----------------------------------------------------------------------------------


def delete_entry() -> None:
    RecordItem(f"ARTIST#{ARTIST}", search.ENTRY).delete()


def damage_entry() -> None:
    (shown,) = search.find_entries([ARTIST]).values()
    RecordItem.of(f"ARTIST#{ARTIST}", search.ENTRY, replace(shown, name="Somebody else")).save()


def empty_index() -> None:
    changes, manifest = search.read_index()
    search.remove_changes(changes)
    search.save_manifest(Manifest(version=manifest.version + 1))


def damage_standing() -> None:
    standings.save_next_free(ARTIST, None, NextFree(date(2090, 1, 1), 1))
    changes, _ = search.read_index()
    search.remove_changes([change for change in changes if change[1].endswith("#FREE")])


def store_old_entries() -> None:
    """Leave what a version did that stored an entry under each of many keys."""
    page = pages.find_page(ARTIST)
    assert page is not None
    keys = ("ALL", "STYLE#a", *(f"WORD#w{number}" for number in range(37)))
    for key in keys:
        RecordItem.of(f"SEARCH#{key}", ARTIST, None).save()
    old = replace(page, old_search_keys=keys)
    item = RecordItem.of(f"ARTIST#{ARTIST}", "PAGE", old)
    item.version = page.version
    item.save()
    empty_index()
    RecordItem(f"ARTIST#{ARTIST}", search.ENTRY).delete()


def damage_name() -> None:
    page = pages.find_page(ARTIST)
    assert page is not None
    item = RecordItem.of(f"ARTIST#{ARTIST}", "PAGE", replace(page, name="Somebody else"))
    item.version = page.version
    item.save()


DAMAGES = [
    delete_entry,
    damage_entry,
    empty_index,
    damage_standing,
    store_old_entries,
    damage_name,
]


@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize("damage", DAMAGES)
def test_search_is_repaired(people: People, damage: Any, sealed: bool) -> None:
    people.register(ARTIST)
    update_page(people.artist, **FULL)
    path = "/v1/profiles/artists?text=mara"
    right = people.nobody.get(path).json_body["items"]
    assert [artist["artistId"] for artist in right] == [ARTIST]
    if sealed:
        search_index.seal(now(), everything=True)
    damage()
    assert len(rebuild_all()) >= 1
    (found,) = people.nobody.get(path).json_body["items"]
    assert found == {**right[0], "nextFree": found["nextFree"]}
    old = ("SEARCH#ALL", "SEARCH#STYLE#", "SEARCH#WORD#")
    assert not [item for item in everything() if item["pk"]["S"].startswith(old)]
    assert rebuild_all() == []


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


def build_copies(events: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the copies of a consumer that applies events not older than its copy."""
    copies: dict[str, dict[str, Any]] = {}
    for data in events:
        known = copies.get(data["userId"])
        if known is None or data["recordVersion"] >= known["recordVersion"]:
            copies[data["userId"]] = data
    return copies


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CHANGES, st.data())
def test_copies_converge_for_any_order_and_repetition(
    people: People, changes: Any, data: Any
) -> None:
    user_id = f"usr_01JD{data.draw(st.integers(0, 10**22 - 1)):022}"
    client = people.nobody.as_user(user_id)
    for change in changes:
        if "arrives" in change:
            register_user(user_id, "Cleo", Role.CLIENT)
        else:
            clean(user_id, *filter(None, [change.get("avatar")]))
            assert client.patch("/v1/profiles/me", json=change).status_code == 200
    published = [event.data for event in outbox(UPDATED) if event.data["userId"] == user_id]
    person = client.get("/v1/profiles/me").json_body
    versions = [event["recordVersion"] for event in published]
    assert versions == sorted(set(versions))
    if not person["name"]:
        assert published == []
        return
    received = data.draw(st.permutations([*published, *published]))
    copy = build_copies(received)[user_id]
    assert {name: copy[name] for name in ("name", "avatar", "role", "handle")} == {
        name: person[name] for name in ("name", "avatar", "role", "handle")
    }


def test_a_damaged_copy_is_repaired(people: People) -> None:
    people.register()
    copies = build_copies([event.data for event in outbox(UPDATED)])
    copies[CLIENT] = {**copies[CLIENT], "name": "Somebody else"}
    known = {event.id for event in outbox()}
    rebuild_all()
    for published in outbox(UPDATED):
        if published.id not in known and (
            published.data["recordVersion"] >= copies[published.subject]["recordVersion"]
        ):
            copies[published.subject] = published.data
    assert {user: copy["name"] for user, copy in copies.items()} == NAMES
    assert [(person["userId"], person["name"]) for person in list_originals()] == [
        (user, copies[user]["name"]) for user in sorted(copies, key=lambda user: (user[-1], user))
    ]


def test_a_batch_is_bounded(people: People) -> None:
    for number in range(28):
        register_user(f"usr_01JD000000000000000000{number:03}A", "Somebody", Role.CLIENT)
    answers = invoke_all("rebuild", limit=500)
    assert [answer["people"] for answer in answers] == [25, 3]
