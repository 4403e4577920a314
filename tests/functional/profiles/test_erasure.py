"""Erasure of pages and people: nothing remains, and nothing restores it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from time_machine import TimeMachineFixture

from profiles.models.erasures import Erasure
from profiles.store import erasures, search
from profiles.use_cases import erasure, search_index
from shared.events.sweeper import AGAIN_AFTER, SweepIncomplete
from shared.http.caller import Role
from shared.platform import clock as wall
from tests.functional.profiles.conftest import NOON
from tests.functional.profiles.people import (
    ARTIST,
    NAMES,
    OTHER_ARTIST,
    People,
    build_event,
    consume,
    everything,
    outbox,
    register_user,
    service_removed,
    service_saved,
    try_consume,
    update_page,
)
from tests.functional.profiles.test_artist_pages import FULL
from tests.support import aws_calls, emf
from tests.support.captured_logs import Logs
from tests.support.responses import refused

LAST_RUN_AT = NOON + timedelta(minutes=10)


def list_kept() -> list[dict[str, Any]]:
    """Return all items but those of the outbox, which expire."""
    return [item for item in everything() if not item["pk"]["S"].startswith("OUTBOX#")]


def list_keys() -> set[tuple[str, str]]:
    return {(item["pk"]["S"].split("#")[0], item["sk"]["S"]) for item in list_kept()}


def sweep() -> int:
    return erasure.run_due(wall.now(), lambda: 60)


def create_full_page(people: People) -> None:
    people.register(ARTIST)
    update_page(people.artist, **FULL)
    update_page(people.artist, handle="mara.two")
    assert try_consume(service_saved())
    assert try_consume(service_removed())


def test_only_expiring_marks_remain_of_an_artist(people: People, clock: TimeMachineFixture) -> None:
    create_full_page(people)
    consume("user.deleted", userId=ARTIST)
    clock.move_to(LAST_RUN_AT, tick=False)
    assert sweep() == 1
    search_index.seal(wall.now())
    in_search = {("SEARCH", "CHANGES#A"), ("SEARCH", "MANIFEST")}  # what is left names nobody
    assert list_keys() == {("HANDLE", "OWNER"), ("LOOK", "OWNER"), *in_search}
    kept = [item for item in list_kept() if item["pk"]["S"] != search.INDEX]
    assert all("expires_at" in item for item in kept)
    assert ARTIST not in str([item for item in list_kept() if item not in kept])
    content = str(list_kept())
    for word in ("Mara", "mara", "Voss", "Berlin", "instagram", "voss"):
        assert word not in content


def test_other_accounts_are_unaffected(people: People) -> None:
    people.register(OTHER_ARTIST)
    update_page(people.other_artist, handle="ivan", listed=True, styles=["blackwork"])
    before = list_kept()
    create_full_page(people)
    consume("user.deleted", userId=ARTIST)
    assert [item for item in list_kept() if item in before] == before
    found = people.nobody.get("/v1/profiles/artists").json_body["items"]
    assert [artist["artistId"] for artist in found] == [OTHER_ARTIST]


def test_late_events_and_requests_restore_nothing(people: People) -> None:
    create_full_page(people)
    consume("user.deleted", userId=ARTIST)
    before, published = list_kept(), len(outbox())
    register_user(ARTIST, NAMES[ARTIST], Role.ARTIST)
    assert try_consume(service_saved(version=9))
    assert try_consume(service_removed(version=10))
    for path, body in (("me", {"name": "Ghost"}), ("me/page", {"version": 0, "bio": "Ghost"})):
        answer = people.artist.patch(f"/v1/profiles/{path}", json=body)
        assert refused(answer) == (401, "session_ended")
    assert (list_kept(), len(outbox())) == (before, published)


def test_a_verification_after_the_deletion_is_ignored(people: People) -> None:
    consume("user.deleted", userId=ARTIST)
    register_user(ARTIST, NAMES[ARTIST], Role.ARTIST)
    assert people.nobody.get(f"/v1/profiles/artists/{ARTIST}").status_code == 404
    assert outbox() == []


def test_the_event_may_arrive_twice(people: People, clock: TimeMachineFixture) -> None:
    create_full_page(people)
    event = build_event("user.deleted", userId=ARTIST)
    assert try_consume(event)
    assert try_consume(event)
    clock.move_to(LAST_RUN_AT, tick=False)
    sweep()
    before = list_keys()
    assert try_consume(event)
    assert list_keys() == before


def test_an_erasure_that_crashes_anywhere_is_completed(
    people: People, clock: TimeMachineFixture
) -> None:
    """The process dies at each call to AWS; the event arrives again, or the sweeper runs."""
    position, crashed = 0, True
    while crashed:
        clock.move_to(NOON, tick=False)
        artist = f"usr_01JD00000000000000000C{position:04}"
        register_user(artist, "Mara Voss", Role.ARTIST)
        client = people.nobody.as_user(artist, Role.ARTIST)
        update_page(client, handle=f"voss{position}", listed=True, bio="Mara's.")
        event = build_event("user.deleted", userId=artist)
        with aws_calls.failing_at(position, RuntimeError("gone"), dead=True):
            crashed = not try_consume(event)
        if position % 2:
            assert try_consume(event)
        else:
            clock.move_to(NOON + timedelta(minutes=10), tick=False)
            sweep()
            if crashed and position < 2:  # it died before the erasure was stored
                assert try_consume(event)
        clock.move_to(NOON + timedelta(hours=1), tick=False)
        sweep()
        assert "Mara" not in str(list_kept()), position
        assert erasures.find_due(NOON + timedelta(days=1), 9) == []
        position += 1
    assert position > 6


def test_a_failing_erasure_does_not_stop_others(
    people: People, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch, logs: Logs
) -> None:
    people.register(ARTIST, OTHER_ARTIST)
    for user_id in (ARTIST, OTHER_ARTIST):
        consume("user.deleted", userId=user_id)
    clock.move_to(LAST_RUN_AT, tick=False)
    real = erasure.run

    def fail_for_artist(due: Erasure, now: datetime) -> None:
        if due.user_id == ARTIST:
            raise RuntimeError("broken")
        real(due, now)

    monkeypatch.setattr(erasure, "run", fail_for_artist)
    with pytest.raises(SweepIncomplete, match="1 failed, 1 were done"):
        sweep()
    assert sweep() == 0  # postponed
    monkeypatch.setattr(erasure, "run", real)
    clock.shift(AGAIN_AFTER)
    assert sweep() == 1
    line, *_ = (line for line in logs.named("batch") if line["source"] == "due")
    assert (line["Records"], emf.failures(line)) == (2, 1)
    assert erasures.find_due(wall.now(), 9) == []


def test_no_erasure_starts_without_enough_time(people: People, clock: TimeMachineFixture) -> None:
    people.register(ARTIST)
    consume("user.deleted", userId=ARTIST)
    clock.move_to(LAST_RUN_AT, tick=False)
    assert erasure.run_due(wall.now(), lambda: 1) == 0
    assert sweep() == 1
