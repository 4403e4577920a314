"""Notes: private to the artist who wrote them."""

from datetime import timedelta
from typing import Any

import pytest
from time_machine import TimeMachineFixture

from profiles.use_cases import notes
from tests.functional.profiles.activity import (
    HOME,
    complete_visit,
    dump_table,
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
    error_fields,
    outbox,
    refused,
)
from tests.support import aws_calls
from tests.support.captured_logs import Logs
from tests.support.gateway import ApiClient
from tests.support.threads import together

SECRET = "Allergic to latex."
PATH = f"{HOME}/clients/{CLIENT}/notes"


@pytest.fixture(autouse=True)
def client_of_artist(people: People) -> None:
    complete_visit()


def create_note(artist: ApiClient, text: str = SECRET) -> str:
    note_id: str = ok(artist.post(PATH, json={"text": text}))["id"]
    return note_id


def list_texts(artist: ApiClient, path: str = PATH) -> list[str]:
    return [note["text"] for note in list_all(artist, path, limit=2)]


def test_a_note_is_created_replaced_and_deleted(people: People, clock: TimeMachineFixture) -> None:
    note = ok(people.artist.post(PATH, json={"text": SECRET}))
    assert note == {
        "id": note["id"],
        "clientId": CLIENT,
        "text": SECRET,
        "createdAt": "2026-11-22T12:00:00Z",
        "updatedAt": "2026-11-22T12:00:00Z",
    }
    clock.shift(timedelta(hours=1))
    path = f"{PATH}/{note['id']}"
    changed = ok(people.artist.put(path, json={"text": "Brings cake."}))
    assert changed == note | {"text": "Brings cake.", "updatedAt": "2026-11-22T13:00:00Z"}
    assert list_all(people.artist, PATH) == [changed]
    assert people.artist.delete(path).status_code == 204
    assert list_all(people.artist, PATH) == []
    assert people.artist.delete(path).status_code == 404


def test_notes_are_listed_newest_first(people: People, clock: TimeMachineFixture) -> None:
    for number in range(5):
        create_note(people.artist, str(number))
        clock.shift(timedelta(seconds=1))
    assert list_texts(people.artist) == ["4", "3", "2", "1", "0"]


def test_only_the_artist_can_read_or_change_notes(people: People) -> None:
    note_id = create_note(people.artist)
    complete_visit(artistId=OTHER_ARTIST)
    before = dump_table()
    for person in (people.client, people.other_client, people.admin):
        assert person.get(PATH).status_code == 403
        assert person.put(f"{PATH}/{note_id}", json={"text": "x"}).status_code == 403
    assert list_texts(people.other_artist) == []
    for answer in (
        people.other_artist.put(f"{PATH}/{note_id}", json={"text": "x"}),
        people.other_artist.delete(f"{PATH}/{note_id}"),
    ):
        assert refused(answer) == (404, "not_found")
    assert dump_table() == before


def test_notes_require_a_client(people: People) -> None:
    strangers = f"{HOME}/clients/{OTHER_CLIENT}/notes"
    assert refused(people.artist.get(strangers)) == (404, "not_found")
    assert refused(people.artist.post(strangers, json={"text": "x"})) == (404, "not_found")
    assert refused(people.other_artist.post(PATH, json={"text": "x"})) == (404, "not_found")
    assert list_stored("NOTES#") == []


@pytest.mark.parametrize("text", ["", "  \n", "x" * 4001, 7, None])
def test_invalid_fields_are_named(people: People, text: str | int | None) -> None:
    answer = people.artist.post(PATH, json={"text": text})
    assert list(error_fields(answer)) == ["body.text"]


def test_neither_events_nor_logs_contain_notes(people: People, logs: Logs) -> None:
    note_id = create_note(people.artist)
    ok(people.artist.put(f"{PATH}/{note_id}", json={"text": SECRET + "!"}))
    with aws_calls.failing("TransactWriteItems", RuntimeError("down"), times=1):
        assert people.artist.post(PATH, json={"text": SECRET}).status_code == 500
    error_fields(people.artist.post(PATH, json={"text": SECRET * 400}))
    assert outbox() == []
    assert logs.lines
    assert "latex" not in logs.text


def test_the_number_of_notes_per_client_is_limited(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notes, "MAX_NOTES", 2)
    first = create_note(people.artist)
    statuses = together(6, lambda: people.artist.post(PATH, json={"text": "x"}).status_code)
    assert sorted(statuses) == [201] + [409] * 5
    answer = people.artist.post(PATH, json={"text": "x"})
    assert refused(answer) == (409, "too_many_notes")
    ok(people.artist.delete(f"{PATH}/{first}"))
    create_note(people.artist)


@pytest.mark.parametrize("deleted", [CLIENT, ARTIST])
def test_notes_are_erased_with_either_account(people: People, deleted: Any) -> None:
    people.register()
    create_note(people.artist)
    consume("user.deleted", userId=deleted)
    assert "latex" not in dump_table()
    assert list_stored("NOTES#") == []


@pytest.mark.parametrize(
    ("deleted", "refusal"), [(CLIENT, (404, "not_found")), (ARTIST, (401, "session_ended"))]
)
def test_no_note_is_stored_during_an_erasure(
    people: People, monkeypatch: pytest.MonkeyPatch, deleted: Any, refusal: Any
) -> None:
    """The client record may still exist, but the account is marked as deleted first."""
    people.register()
    note_id = create_note(people.artist)
    monkeypatch.setattr("profiles.use_cases.erasure_steps.run", lambda *_: False)
    consume("user.deleted", userId=deleted)
    before = list_stored("NOTES#")

    def attempts() -> list[Any]:
        return [
            people.artist.post(PATH, json={"text": "Late."}),
            people.artist.put(f"{PATH}/{note_id}", json={"text": "Late."}),
        ]

    for answer in attempts():
        assert refused(answer) == refusal
    assert list_stored("NOTES#") == before
