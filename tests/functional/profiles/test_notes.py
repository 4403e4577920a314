"""Notes: what an artist knows of a client, and nobody else ever hears."""

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
from tests.support.threads import together

SECRET = "Allergic to latex."
PATH = f"{HOME}/clients/{CLIENT}/notes"


@pytest.fixture(autouse=True)
def _acquainted(people: People) -> None:
    complete_visit()


def noted(artist, text: str = SECRET) -> str:
    note_id: str = ok(artist.post(PATH, json={"text": text}))["id"]
    return note_id


def texts(artist, path: str = PATH) -> list[str]:
    return [note["text"] for note in list_all(artist, path, limit=2)]


def test_a_note_is_kept_and_changed_and_dropped(people: People, clock: TimeMachineFixture) -> None:
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


def test_notes_are_listed_the_newest_first(people: People, clock: TimeMachineFixture) -> None:
    for number in range(5):
        noted(people.artist, str(number))
        clock.shift(timedelta(seconds=1))
    assert texts(people.artist) == ["4", "3", "2", "1", "0"]


def test_nobody_but_the_artist_reads_or_changes_them(people: People) -> None:
    note_id = noted(people.artist)
    complete_visit(artistId=OTHER_ARTIST)
    before = dump_table()
    for person in (people.client, people.other_client, people.admin):
        assert person.get(PATH).status_code == 403
        assert person.put(f"{PATH}/{note_id}", json={"text": "x"}).status_code == 403
    assert texts(people.other_artist) == []
    for answer in (
        people.other_artist.put(f"{PATH}/{note_id}", json={"text": "x"}),
        people.other_artist.delete(f"{PATH}/{note_id}"),
    ):
        assert refused(answer) == (404, "not_found")
    assert dump_table() == before


def test_there_are_notes_of_clients_alone(people: People) -> None:
    strangers = f"{HOME}/clients/{OTHER_CLIENT}/notes"
    assert refused(people.artist.get(strangers)) == (404, "not_found")
    assert refused(people.artist.post(strangers, json={"text": "x"})) == (404, "not_found")
    assert refused(people.other_artist.post(PATH, json={"text": "x"})) == (404, "not_found")
    assert list_stored("NOTES#") == []


@pytest.mark.parametrize("text", ["", "  \n", "x" * 4001, 7, None])
def test_nonsense_is_refused_by_name(people: People, text: str | int | None) -> None:
    answer = people.artist.post(PATH, json={"text": text})
    assert list(error_fields(answer)) == ["body.text"]


def test_neither_events_nor_logs_hold_them(people: People, logs: Logs) -> None:
    note_id = noted(people.artist)
    ok(people.artist.put(f"{PATH}/{note_id}", json={"text": SECRET + "!"}))
    with aws_calls.failing("TransactWriteItems", RuntimeError("down"), times=1):
        assert people.artist.post(PATH, json={"text": SECRET}).status_code == 500
    error_fields(people.artist.post(PATH, json={"text": SECRET * 400}))
    assert outbox() == []
    assert logs.lines
    assert "latex" not in logs.text


def test_there_are_so_many_notes_of_a_client_and_no_more(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notes, "MAX_NOTES", 2)
    first = noted(people.artist)
    statuses = together(6, lambda: people.artist.post(PATH, json={"text": "x"}).status_code)
    assert sorted(statuses) == [201] + [409] * 5
    answer = people.artist.post(PATH, json={"text": "x"})
    assert refused(answer) == (409, "too_many_notes")
    ok(people.artist.delete(f"{PATH}/{first}"))
    noted(people.artist)


@pytest.mark.parametrize("gone", [CLIENT, ARTIST])
def test_they_go_with_either_of_the_two(people: People, gone: Any) -> None:
    people.register()
    noted(people.artist)
    consume("user.deleted", userId=gone)
    assert "latex" not in dump_table()
    assert list_stored("NOTES#") == []


@pytest.mark.parametrize(
    ("gone", "refusal"), [(CLIENT, (404, "not_found")), (ARTIST, (401, "session_ended"))]
)
def test_none_is_kept_of_who_is_being_erased(
    people: People, monkeypatch: pytest.MonkeyPatch, gone: Any, refusal: Any
) -> None:
    """Even while they still look like a client: their account is gone before all else."""
    people.register()
    note_id = noted(people.artist)
    monkeypatch.setattr("profiles.use_cases.erasure_steps.run", lambda *_: False)
    consume("user.deleted", userId=gone)
    before = list_stored("NOTES#")

    def attempts() -> list[Any]:
        return [
            people.artist.post(PATH, json={"text": "Late."}),
            people.artist.put(f"{PATH}/{note_id}", json={"text": "Late."}),
        ]

    for answer in attempts():
        assert refused(answer) == refusal
    assert list_stored("NOTES#") == before
