"""Which template a message is made of: the artist's, an admin's or the system's, in a locale."""

from typing import Any

import pytest

from notifications.models import SmsContent, TemplateVariable
from notifications.templates import system_templates
from tests.functional.notifications import event_data
from tests.functional.notifications.event_data import ARTIST, CLIENT, appointment
from tests.functional.notifications.world import World

CANCELLED = appointment(status="cancelled", by="artist", reason="", recordVersion=2)


def own(name: str, text: str, **changes: Any) -> dict[str, Any]:
    """Build a template in the place of a system template, with the same text in all channels."""
    replaced = system_templates.find(name)
    assert replaced is not None
    bodies = {
        "email": {"subject": text, "text": text, "html": f"<p>{text}</p>"},
        "sms": {"text": text},
        "push": {"title": "Mine", "body": text},
    }
    channels = {"email": replaced.bodies.email, "sms": replaced.bodies.sms} | {
        "push": replaced.bodies.push
    }
    return {
        "name": name,
        "kind": "custom",
        "variables": [_declare(variable) for variable in replaced.variables],
        "bodies": {channel: bodies[channel] for channel, body in channels.items() if body},
    } | changes


def _declare(variable: TemplateVariable) -> dict[str, Any]:
    return {"name": variable.name, "type": variable.type, "required": variable.required}


@pytest.fixture
def people(world: World) -> World:
    world.add_contact(ARTIST, name="Mara")
    world.add_contact(CLIENT, phone="+61491570156", name="Ada")
    return world


def speak(world: World, user_id: str, locale: str) -> None:
    world.database.contacts.update_one({"_id": user_id}, {"$set": {"locale": locale}})


def test_an_event_is_announced_in_the_words_of_its_artist(people: World) -> None:
    mara = people.as_user(ARTIST, "artist")
    text = "{{ serviceName }}: see you never"
    people.post(mara, "templates", own("appointment-cancelled", text), 201)
    people.consume("appointment.cancelled", CANCELLED)
    mail = event_data.mail(people, CLIENT)
    assert mail.subject.startswith('From "Mara": the artist')
    assert mail.text.startswith('A message from "Mara":\n\nthe artist\'s "Half sleeve": see you')
    assert mail.html is not None
    assert "A message from &quot;Mara&quot;:" in mail.html
    assert event_data.sms(people, CLIENT).text.startswith('From "Mara": ')
    # Another artist's client reads the system's.
    people.consume("appointment.cancelled", CANCELLED | {"artistId": "usr_other"})
    assert "see you never" not in people.mails()[-1].text


def test_an_artist_reads_their_own_words_without_a_byline(people: World) -> None:
    mara = people.as_user(ARTIST, "artist")
    people.post(mara, "templates", own("new-booking", "{{ clientName }}!"), 201)
    people.consume("appointment.created", appointment())
    assert event_data.mail(people, ARTIST).text == '"Ada"!'


def test_an_artist_comes_before_an_admin_who_comes_before_the_system(people: World) -> None:
    mara, admin = people.as_user(ARTIST, "artist"), people.as_user("usr_root", "admin")
    people.post(admin, "templates", own("appointment-cancelled", "Admin's"), 201)
    people.consume("appointment.cancelled", CANCELLED)
    people.post(mara, "templates", own("appointment-cancelled", "Artist's"), 201)
    people.consume("appointment.cancelled", CANCELLED | {"recordVersion": 3})
    to_client = [mail.text for mail in people.mails() if "'s" in mail.text[-9:]]
    assert to_client == ["Admin's", 'A message from "Mara":\n\nArtist\'s']


@pytest.mark.parametrize(
    ("locale", "expected"), [("de-AT", "Grüezi"), ("de", "Hallo"), ("fr", "Hi"), (None, "Hi")]
)
def test_a_reader_gets_the_nearest_locale(people: World, locale: str | None, expected: str) -> None:
    mara = people.as_user(ARTIST, "artist")
    for each, text in (("en", "Hi"), ("de", "Hallo"), ("de-AT", "Grüezi")):
        people.post(mara, "templates", own("appointment-cancelled", text, locale=each), 201)
    if locale is not None:
        speak(people, CLIENT, locale)
    people.consume("appointment.cancelled", CANCELLED)
    assert event_data.mail(people, CLIENT).text.endswith(f"\n\n{expected}")


def test_a_request_is_in_the_locale_of_its_recipient_unless_it_names_one(people: World) -> None:
    admin = people.as_user("usr_root", "admin")
    speak(people, CLIENT, "de-AT")
    for locale in ("en", "de"):
        template = {
            "name": "x",
            "kind": "custom",
            "locale": locale,
            "bodies": {"sms": {"text": locale}},
        }
        people.post(admin, "templates", template, 201)
    for body in ({}, {"locale": "en"}):
        people.post(admin, "sms", {"userId": CLIENT, "template": "x"} | body)
    contents = [delivery.content for delivery in people.deliveries()]
    assert contents == [SmsContent("de"), SmsContent("en")]


def test_a_template_of_which_no_message_can_be_made_gives_way_and_is_shown(people: World) -> None:
    mara = people.as_user(ARTIST, "artist")
    # It renders with its examples, and leaves the text empty with what a cancellation has.
    broken = own("appointment-cancelled", "{% if fee %}x{% endif %}")
    broken["variables"] = [
        variable | ({"example": "30.00 EUR"} if variable["name"] == "fee" else {})
        for variable in broken["variables"]
    ]
    people.post(mara, "templates", broken, 201)
    people.consume("appointment.cancelled", CANCELLED)
    assert "was cancelled" in event_data.mail(people, CLIENT).text
    listed = mara.get("/v1/notifications/templates").json_body["items"]
    (problem,) = [item["problem"] for item in listed if item["owner"] == ARTIST]
    assert problem == "body.variables: leave a text empty"
    assert all(item["problem"] is None for item in listed if item["owner"] != ARTIST)


def test_the_security_of_an_account_is_never_in_an_artists_words(people: World) -> None:
    mara = people.as_user(ARTIST, "artist")
    people.post(mara, "templates", own("password-changed", "All is well."), 201)
    changed = {"userId": ARTIST, "reportToken": "t", "changedAt": "2026-03-02T12:00:00Z"}
    people.consume("user.password_changed", changed)
    assert "password" in event_data.mail(people, ARTIST).text
