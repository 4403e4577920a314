"""Erasure of deleted accounts."""

from datetime import timedelta

import pytest
from time_machine import TimeMachineFixture

from consultations.store.erasures import ERASURE
from consultations.use_cases import erasure
from shared.platform import clock as shared_clock
from tests.functional.consultations.people import (
    ARTIST,
    CLIENT,
    HOME,
    People,
    are_counts_consistent,
    end_sitting,
    everything,
    id_in,
    outbox,
    proposal_data,
    publish,
    publish_clean_file,
    send_message,
    status,
    stored,
    sweep,
)
from tests.functional.consultations.test_requests import (
    FILES,
    FULL_REQUEST,
    QUESTIONS,
    age_terms,
    publish_policy,
    save_intake,
)

STATED = ("A swallow", "grandfather", "Left forearm", "Fine line", "Peanuts", FILES[0])


def stored_text() -> str:
    """Return everything that is stored, without the events to be published."""
    return str([item for item in everything() if "event" not in item])


def delete_account(user_id: str) -> None:
    publish("user.deleted", {"userId": user_id})


def create_full(people: People) -> str:
    """Create a consultation with every field, and return its path."""
    age = {"versionId": publish_policy(age_terms(1)), "basis": "of_age"}
    version = save_intake(people)
    intake = {"version": version, "answers": {"allergies": True, "which": "Peanuts"}}
    files = [publish_clean_file(FILES[0])]
    return people.create_consultation(
        **FULL_REQUEST, files=files, ageConfirmation=age, intake=intake
    )


def test_a_clients_texts_are_erased_and_the_consultation_is_cancelled(people: People) -> None:
    path = create_full(people)
    for text in STATED:
        assert text in stored_text()
    publish("file.removed", {"fileId": FILES[0], "ownerId": CLIENT, "recordVersion": 2})
    delete_account(CLIENT)
    for text in STATED[:-1]:
        assert text not in stored_text()
    assert stored(path).request is None
    (event,) = outbox("consultation.cancelled")
    assert event.data["by"] == "system"
    assert event.data["reason"] == "The account of the client was deleted."
    seen = people.artist.get(path).json_body
    assert (seen["status"], seen["subject"], seen["request"]) == ("cancelled", "", None)
    assert seen["client"] == {"id": CLIENT, "name": "", "avatar": None}
    assert people.client.get(path).status_code == 404
    assert people.client.get(HOME).json_body["items"] == []
    assert are_counts_consistent()


def test_an_artists_questions_policies_and_reasons_are_erased(people: People) -> None:
    path = create_full(people)
    other = people.create_consultation(
        people.other_client,
        ageConfirmation={"versionId": age_terms(1).version_id, "basis": "of_age"},
        intake={"version": 1, "answers": {"allergies": False}},
    )
    people.artist.post(f"{other}/decline", json={"reason": "Not my style."})
    delete_account(ARTIST)
    publish_policy(age_terms(2))  # late
    assert "Not my style." not in stored_text()
    assert not [item for item in everything() if item["pk"]["S"] == f"ARTIST#{ARTIST}"]
    assert (status(path), status(other)) == ("cancelled", "declined")
    seen = people.client.get(path).json_body
    assert seen["request"]["subject"] == "A swallow"  # the client's own texts stay
    assert seen["artist"]["name"] == ""
    assert people.artist.get(path).status_code == 404
    assert people.artist.put(f"{HOME}/intake", json={"questions": QUESTIONS}).status_code == 401
    assert are_counts_consistent()


def test_a_scheduled_consultation_ends_with_its_appointments(people: People) -> None:
    path = people.create_consultation()
    publish("proposal.accepted", proposal_data(path))
    delete_account(CLIENT)
    assert (status(path), stored(path).request) == ("scheduled", None)
    end_sitting("completed", "apt_1")
    end_sitting("cancelled", "apt_2")
    assert status(path) == "completed"
    assert are_counts_consistent()


def test_a_consultation_expires_from_the_table_once_both_are_deleted(people: People) -> None:
    path = people.create_consultation()
    delete_account(CLIENT)
    delete_account(ARTIST)
    keys = (f"CONSULTATION#{id_in(path)}", "RECORD")
    (item,) = [item for item in everything() if (item["pk"]["S"], item["sk"]["S"]) == keys]
    assert int(item["expires_at"]["N"]) > shared_clock.now().timestamp()
    assert not {"artist_folder", "client_folder", "artist_list", "client_list"} & set(item)


def test_a_repeated_event_changes_nothing(people: People) -> None:
    path = create_full(people)
    delete_account(CLIENT)
    before = stored(path)
    delete_account(CLIENT)
    assert stored(path) == before


def test_the_last_run_completes_the_erasure(people: People, clock: TimeMachineFixture) -> None:
    people.create_consultation()
    delete_account(CLIENT)
    assert sweep() == 0
    clock.shift(timedelta(hours=1))
    assert sweep() == 1
    remaining = {item["sk"]["S"] for item in everything() if CLIENT in item["pk"]["S"]}
    assert remaining == {"OPEN"}  # the count of open consultations, 0
    assert not [item for item in everything() if item["pk"]["S"].startswith(ERASURE)]


def test_an_erasure_takes_several_runs(
    people: People, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "BATCH", 1)
    paths = [people.create_consultation() for _ in range(3)]
    delete_account(CLIENT)
    for _ in range(4):
        clock.shift(1)
        sweep()
    assert [stored(path).request for path in paths] == [None, None, None]


def test_a_failed_run_is_completed_by_the_next(
    people: People, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = people.create_consultation()
    with monkeypatch.context() as broken:
        broken.setattr(erasure, "_without_side", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            delete_account(CLIENT)
    assert stored(path).request is not None
    clock.shift(timedelta(minutes=10))
    assert sweep() == 1
    assert stored(path).request is None


def test_late_events_restore_nothing(people: People) -> None:
    delete_account(CLIENT)
    profile = {
        "userId": CLIENT,
        "role": "client",
        "name": "Ada",
        "avatar": None,
        "recordVersion": 9,
    }
    publish("user.profile.updated", profile)
    send_message(ARTIST)
    assert "Ada" not in stored_text()
