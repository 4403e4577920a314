"""Confirmations of changes, to both sides, as they arrive in the mailbox."""

from typing import Any

import icalendar
import msgspec
import pytest

from notifications.templates import system_templates
from shared.platform import config
from tests.functional.notifications.event_data import ARTIST, CLIENT, appointment, notified
from tests.functional.notifications.world import World, address_of

WEB = "https://app.artistbooking.example"
COST: dict[str, Any] = {
    "fee": 6_000,
    "explanation": "Moving the booking less than 48 hours before the start costs 60.00 EUR.",
    "policy": "reschedule",
    "policyNumber": 3,
}
CLAUSE = f"{COST['explanation']} This follows from version 3 of the reschedule policy."


@pytest.fixture
def people(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world with an artist, a client and a web application."""
    world.add_contact(ARTIST, name="Mara Voss")
    world.add_contact(CLIENT, name="Ada Byron")
    monkeypatch.setenv("WEB_APP_URL", f"{WEB}/")
    config.forget()
    return world


def receive(world: World, type_: str, **changes: Any) -> dict[str, dict[str, Any]]:
    """Consume an event of an appointment and return the mail that each side got."""
    world.consume(type_, appointment(**changes))
    assert world.work("email") == 0
    mails = {user_id: world.messages("email", address_of(user_id)) for user_id in (ARTIST, CLIENT)}
    return {user_id: arrived[-1] for user_id, arrived in mails.items() if arrived}


def read_invitation(letter: dict[str, Any]) -> Any:
    """Return the method and the event of a mail; its two forms are the same."""
    alternative, file = letter["attachments"]
    calendar: Any = icalendar.Calendar.from_ical(alternative["content"])
    assert file["content"].replace("\r\n", "\n") == alternative["content"].replace("\r\n", "\n")
    assert (file["name"], file["contentType"]) == ("appointment.ics", "application/ics")
    method = str(calendar["METHOD"])
    for parameter in (f'method="{method}"', 'charset="utf-8"', 'name="appointment.ics"'):
        assert parameter in alternative["contentType"]
    assert alternative["contentType"].startswith("text/calendar;")
    (event,) = calendar.walk("VEVENT")
    return method, event


def test_a_client_who_moves_and_the_artist_get_the_terms_in_writing(people: World) -> None:
    changes = {"sequence": 1, "recordVersion": 2} | COST
    mails = receive(people, "appointment.rescheduled", **changes)
    own, other = mails[CLIENT], mails[ARTIST]
    assert own["subject"] == 'You moved: the artist\'s "Half sleeve" on 2 July 2026'
    assert own["text"].startswith('You moved the appointment with "Mara Voss".')
    assert other["text"].startswith('Your appointment with "Ada Byron" was moved.')
    for letter in (own, other):
        assert "Before: Tuesday, 30 June 2026, 09:30 (Europe/Berlin)" in letter["text"]
        assert "Thursday, 2 July 2026, 09:30 (Europe/Berlin)" in letter["text"]
        assert f"Fee for the client: 60.00 EUR\n\n{CLAUSE}" in letter["text"]
        assert CLAUSE in letter["html"]
        assert letter["text"].rstrip().endswith(f"See it in the app: {WEB}/appointments/apt_1")
        assert f'<a href="{WEB}/appointments/apt_1">See it in the app</a>' in letter["html"]


def test_a_mail_brings_the_appointment_along(people: World) -> None:
    mails = receive(people, "appointment.rescheduled", sequence=1, recordVersion=2)
    summaries = {ARTIST: 'Half sleeve with "Ada Byron"', CLIENT: '"Half sleeve" with "Mara Voss"'}
    for user_id, letter in mails.items():
        method, event = read_invitation(letter)
        assert method == "REQUEST"
        assert str(event["UID"]) == "apt_1@artist-booking"
        assert event["SEQUENCE"] == 1
        assert event["DTSTAMP"].dt == people.now
        assert event["DTSTART"].dt.isoformat() == "2026-07-02T07:30:00+00:00"
        assert event["DTEND"].dt.isoformat() == "2026-07-02T09:30:00+00:00"
        assert str(event["STATUS"]) == "CONFIRMED"
        assert str(event["SUMMARY"]) == summaries[user_id]
        assert str(event["LOCATION"]) == "1 Main Street"
        assert str(event["URL"]) == f"{WEB}/appointments/apt_1"
        assert str(event["ORGANIZER"]) == "mailto:hello@artistbooking.example"
        assert event["ORGANIZER"].params["CN"] == "Mara Voss"
        # Nobody sees the address of the other.
        assert str(event["ATTENDEE"]) == f"mailto:{address_of(user_id)}"


def test_the_sequence_rises_from_the_request_to_the_cancellation(people: World) -> None:
    requested = receive(people, "appointment.created", status="pending")
    cancelled = receive(
        people, "appointment.cancelled", status="cancelled", sequence=1, recordVersion=2
    )
    for user_id in (ARTIST, CLIENT):
        (before_method, before), (method, event) = (
            read_invitation(mails[user_id]) for mails in (requested, cancelled)
        )
        assert (before_method, str(before["STATUS"])) == ("REQUEST", "TENTATIVE")
        assert (method, str(event["STATUS"])) == ("CANCEL", "CANCELLED")
        assert event["UID"] == before["UID"]
        assert event["SEQUENCE"] > before["SEQUENCE"]


@pytest.mark.parametrize(
    ("type_", "changes", "side", "words"),
    [
        ("created", {"status": "pending"}, CLIENT, "You asked for an appointment with"),
        ("created", {"by": "artist"}, ARTIST, "You booked an appointment with"),
        ("confirmed", {}, CLIENT, "You booked an appointment with"),
        ("confirmed", {"by": "artist", "recordVersion": 2}, ARTIST, "You confirmed the"),
        ("declined", {"by": "artist"}, ARTIST, "You declined the"),
        ("cancelled", {}, CLIENT, "You cancelled the"),
        ("cancelled", {"by": "artist"}, ARTIST, "You cancelled the"),
        ("rescheduled", {"by": "artist"}, ARTIST, "You moved the"),
        ("no_show", {"by": "artist"}, ARTIST, "You recorded a no-show for the"),
        ("corrected", {"by": "artist"}, ARTIST, "You corrected the"),
    ],
)
def test_who_acts_is_addressed_as_such(
    people: World, type_: str, changes: dict[str, Any], side: str, words: str
) -> None:
    mails = receive(people, f"appointment.{type_}", **changes)
    assert mails[side]["text"].startswith(words)


def test_a_no_show_is_charged_in_writing(people: World) -> None:
    for letter in receive(people, "appointment.no_show", by="artist", **COST).values():
        assert f"Fee for the client: 60.00 EUR\n\n{CLAUSE}" in letter["text"]
        assert letter["attachments"] == []  # calendars keep what was


def test_without_a_web_application_mails_link_to_nothing(
    people: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WEB_APP_URL")
    config.forget()
    mails = receive(people, "appointment.cancelled", status="cancelled", recordVersion=2)
    for letter in mails.values():
        assert "See it" not in letter["text"] + letter["html"]
        assert "URL" not in read_invitation(letter)[1]


def test_the_inbox_keeps_the_confirmation_with_its_page(people: World) -> None:
    receive(people, "appointment.cancelled", status="cancelled", recordVersion=2)
    (entry,) = people.as_user(CLIENT).get("/v1/notifications/inbox").json_body["items"]
    assert entry["title"] == 'You cancelled: the artist\'s "Half sleeve" on 2 July 2026'
    assert entry["url"] == "/appointments/apt_1"


def test_a_repeated_change_is_confirmed_once(people: World) -> None:
    for _ in range(2):
        people.consume("appointment.cancelled", appointment(recordVersion=2), "evt_same")
    assert sorted(notified(people)) == [(CLIENT, "own-change"), (ARTIST, "appointment-cancelled")]


def test_an_admins_template_from_before_a_variable_still_works(people: World) -> None:
    admin = people.as_user("usr_root", "admin")
    shipped = system_templates.find("appointment-cancelled")
    assert shipped is not None
    body = {
        "name": shipped.name,
        "kind": shipped.kind,
        "variables": msgspec.to_builtins(shipped.variables),
        "bodies": msgspec.to_builtins(shipped.bodies),
    }
    answer = admin.post("/v1/notifications/templates", json=body)
    assert answer.status_code == 201, answer.body
    older = {"$pull": {"variables": {"name": "clause"}}}
    people.database.templates.update_one({"name": shipped.name}, older)
    mails = receive(people, "appointment.cancelled", recordVersion=2, **COST)
    assert "Fee for the client: 60.00 EUR" in mails[ARTIST]["text"]
    assert COST["explanation"] not in mails[ARTIST]["text"]
