"""A deleted account: nothing of it goes on, and what was said is forgotten."""

from datetime import timedelta

import pytest
from time_machine import TimeMachineFixture

from consultations.store.erasures import ERASURE
from consultations.store.table import DELETED
from consultations.use_cases import erasure
from shared.platform import clock as shared_clock
from tests.functional.consultations.people import (
    ARTIST,
    CLIENT,
    HOME,
    People,
    cleans,
    counts_are_right,
    everything,
    hear,
    id_in,
    kept,
    outbox,
    over,
    proposal,
    status,
    sweep,
    writes,
)
from tests.functional.consultations.test_requesting import (
    FILES,
    QUESTIONS,
    WHOLE,
    age_terms,
    asks_questions,
    publishes,
)

SAID = ("A swallow", "grandfather", "Left forearm", "Fine line", "Peanuts", FILES[0])


def words() -> str:
    """All that is stored, but for what is on its way to others."""
    return str([item for item in everything() if "event" not in item])


def deleted(user_id: str) -> None:
    hear("user.deleted", {"userId": user_id})


def whole(people: People) -> str:
    """The path of a consultation in which all is said that can be."""
    age = {"versionId": publishes(age_terms(1)), "basis": "of_age"}
    version = asks_questions(people)
    intake = {"version": version, "answers": {"allergies": True, "which": "Peanuts"}}
    files = [cleans(FILES[0])]
    return people.has_asked(**WHOLE, files=files, ageConfirmation=age, intake=intake)


def test_what_a_client_said_is_forgotten_and_ends(people: People) -> None:
    path = whole(people)
    for said in SAID:
        assert said in words()
    hear("file.removed", {"fileId": FILES[0], "ownerId": CLIENT, "recordVersion": 2})
    deleted(CLIENT)
    for said in SAID[:-1]:
        assert said not in words()
    assert kept(path).wish is None
    (fact,) = outbox("consultation.cancelled")
    assert fact.data["by"] == "system"
    assert fact.data["reason"] == "The account of the client was deleted."
    seen = people.artist.get(path).json_body
    assert (seen["status"], seen["subject"], seen["request"]) == ("cancelled", "", None)
    assert seen["client"] == {"id": CLIENT, "name": "", "avatar": None}
    assert people.client.get(path).status_code == 404
    assert people.client.get(HOME).json_body["items"] == []
    assert counts_are_right()


def test_an_artists_questions_policies_and_reasons_are_forgotten(people: People) -> None:
    path = whole(people)
    other = people.has_asked(
        people.other_client,
        ageConfirmation={"versionId": age_terms(1).version_id, "basis": "of_age"},
        intake={"version": 1, "answers": {"allergies": False}},
    )
    people.artist.post(f"{other}/decline", json={"reason": "Not my style."})
    deleted(ARTIST)
    publishes(age_terms(2))  # late
    assert "Not my style." not in words()
    assert not [item for item in everything() if item["pk"]["S"] == f"ARTIST#{ARTIST}"]
    assert (status(path), status(other)) == ("cancelled", "declined")
    seen = people.client.get(path).json_body
    assert seen["request"]["subject"] == "A swallow"  # the client's own words stay theirs
    assert seen["artist"]["name"] == ""
    assert people.artist.get(path).status_code == 404
    assert people.artist.put(f"{HOME}/intake", json={"questions": QUESTIONS}).status_code == 401
    assert counts_are_right()


def test_what_is_booked_ends_with_its_appointments(people: People) -> None:
    path = people.has_asked()
    hear("proposal.accepted", proposal(path))
    deleted(CLIENT)
    assert (status(path), kept(path).wish) == ("scheduled", None)
    over("completed", "apt_1")
    over("cancelled", "apt_2")
    assert status(path) == "completed"
    assert counts_are_right()


def test_once_both_are_gone_it_goes_by_itself(people: People) -> None:
    path = people.has_asked()
    deleted(CLIENT)
    deleted(ARTIST)
    keys = (f"CONSULTATION#{id_in(path)}", "RECORD")
    (item,) = [one for one in everything() if (one["pk"]["S"], one["sk"]["S"]) == keys]
    assert int(item["expires_at"]["N"]) > shared_clock.now().timestamp()
    assert not {"artist_folder", "client_folder", "artist_list", "client_list"} & set(item)


def test_once_more_is_once(people: People) -> None:
    path = whole(people)
    deleted(CLIENT)
    before = kept(path)
    deleted(CLIENT)
    assert kept(path) == before


def test_the_last_look_ends_it(people: People, clock: TimeMachineFixture) -> None:
    people.has_asked()
    deleted(CLIENT)
    assert sweep() == 0
    clock.shift(timedelta(hours=1))
    assert sweep() == 1
    left = {item["sk"]["S"] for item in everything() if CLIENT in item["pk"]["S"]}
    assert left == {DELETED, "OPEN"}  # the mark, and that nothing between the two is open
    assert not [item for item in everything() if item["pk"]["S"].startswith(ERASURE)]


def test_more_than_one_run_can_do_goes_on(
    people: People, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "BATCH", 1)
    paths = [people.has_asked() for _ in range(3)]
    deleted(CLIENT)
    for _ in range(4):
        clock.shift(1)
        sweep()
    assert [kept(path).wish for path in paths] == [None, None, None]


def test_a_run_that_died_is_finished(
    people: People, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = people.has_asked()
    with monkeypatch.context() as broken:
        broken.setattr(erasure, "_without", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            deleted(CLIENT)
    assert kept(path).wish is not None
    clock.shift(timedelta(minutes=10))
    assert sweep() == 1
    assert kept(path).wish is None


def test_nothing_of_somebody_gone_comes_back(people: People) -> None:
    deleted(CLIENT)
    card = {"userId": CLIENT, "role": "client", "name": "Ada", "avatar": None, "recordVersion": 9}
    hear("user.profile.updated", card)
    writes(ARTIST)
    assert "Ada" not in words()
