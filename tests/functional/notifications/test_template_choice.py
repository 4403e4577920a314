"""Which template a message is made of: the artist's, an admin's or the system's, in a locale."""

from datetime import UTC, datetime
from typing import Any

import pytest

from notifications.models import EmailContent, SmsContent, TemplateVariable
from notifications.notices import reminders
from notifications.templates import system_templates
from notifications.use_cases import digests
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
    people.add_contact("usr_other")
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
    listed = mara.get("/v1/notifications/templates?limit=100").json_body["items"]
    (problem,) = [item["problem"] for item in listed if item["owner"] == ARTIST]
    assert problem == "body.variables: leave a text empty"
    assert all(item["problem"] is None for item in listed if item["owner"] != ARTIST)


def test_the_security_of_an_account_is_never_in_an_artists_words(people: World) -> None:
    mara = people.as_user(ARTIST, "artist")
    people.post(mara, "templates", own("password-changed", "All is well."), 201)
    changed = {"userId": ARTIST, "reportToken": "t", "changedAt": "2026-03-02T12:00:00Z"}
    people.consume("user.password_changed", changed)
    assert "password" in event_data.mail(people, ARTIST).text


def test_a_german_reader_is_written_to_in_german(
    people: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEB_APP_URL", "https://app.artistbooking.example")
    speak(people, CLIENT, "de-AT")
    speak(people, ARTIST, "fr")
    late = CANCELLED | {"by": "system", "fee": 3_000}
    people.consume("appointment.cancelled", late)
    mail, text = event_data.mail(people, CLIENT), event_data.sms(people, CLIENT).text
    assert mail.subject == 'Abgesagt: "Half sleeve" am 2. Juli 2026'
    assert 'Ihr Termin mit "Mara" wurde abgesagt.' in mail.text
    assert "Donnerstag, 2. Juli 2026, 09:30 (Europe/Berlin)" in mail.text
    assert "30,00 EUR" in mail.text
    assert mail.text.endswith(
        "In der App ansehen: https://app.artistbooking.example/appointments/apt_1"
    )
    assert mail.html is not None
    assert '<html lang="de">' in mail.html
    assert "Do., 2. Juli 2026, 09:30" in text
    assert event_data.mail(people, ARTIST).subject.startswith("Cancelled: your")


def test_a_german_owner_reads_of_their_account_in_german(people: World) -> None:
    speak(people, ARTIST, "de")
    changed = {"userId": ARTIST, "reportToken": "t", "changedAt": "2026-03-02T12:00:00Z"}
    people.consume("user.password_changed", changed)
    mail = event_data.mail(people, ARTIST)
    assert mail.subject == "Ihr Passwort wurde geändert"
    assert "am 2. März 2026 um 12:00 Uhr UTC geändert" in mail.text
    assert mail.url == "/account"


def test_proposed_dates_are_in_the_language_of_their_reader(people: World) -> None:
    speak(people, CLIENT, "de")
    people.consume("proposal.sent", event_data.proposal())
    text = event_data.mail(people, CLIENT).text
    assert "Donnerstag, 22. Oktober 2026, 10:00\nDonnerstag, 29. Oktober 2026, 10:00" in text
    assert "600,00 EUR" in text


SECURITY = {"userId": ARTIST, "reportToken": "t", "name": "Mara", "email": "mara@example.com"}
DECIDED: dict[str, Any] = {
    "reportId": "rpt_1",
    "kind": "page",
    "reporterId": None,
    "reportedId": ARTIST,
    "decision": "warn",
    "reason": "x",
    "text": "y",
    "hides": False,
}
OF_ACCOUNTS: dict[str, dict[str, Any]] = {
    "user.verified": SECURITY | {"role": "artist"},
    "export.ready": {"exportId": "exp_1", "userId": ARTIST},
    "user.verification_requested": SECURITY | {"code": "1", "expiresAt": "2026-03-02T13:00:00Z"},
    "user.registration_repeated": SECURITY,
    "user.signed_in_from_new_device": SECURITY
    | {"device": "x", "network": "y", "signedInAt": "2026-03-02T12:00:00Z"},
    "user.sign_in_code_requested": SECURITY | {"code": "1", "expiresAt": "2026-03-02T13:00:00Z"},
    "user.password_reset_requested": SECURITY | {"code": "1", "expiresAt": "2026-03-02T13:00:00Z"},
    "user.password_changed": SECURITY | {"changedAt": "2026-03-02T12:00:00Z"},
    "user.assistant_invited": SECURITY | {"artistName": "Noa"},
    "user.assistant_added": SECURITY | {"assistantName": "Noa", "addedAt": "2026-03-02T12:00:00Z"},
    "user.mfa_enabled": SECURITY | {"changedAt": "2026-03-02T12:00:00Z"},
    "user.mfa_disabled": SECURITY | {"changedAt": "2026-03-02T12:00:00Z"},
    "user.passkey_added": SECURITY | {"changedAt": "2026-03-02T12:00:00Z"},
    "user.passkey_removed": SECURITY | {"changedAt": "2026-03-02T12:00:00Z"},
    "user.recovery_codes_replaced": SECURITY | {"changedAt": "2026-03-02T12:00:00Z"},
    "user.recovery_code_used": SECURITY | {"changedAt": "2026-03-02T12:00:00Z"},
    "user.identity_linked": SECURITY | {"provider": "x", "changedAt": "2026-03-02T12:00:00Z"},
    "user.identity_unlinked": SECURITY | {"provider": "x", "changedAt": "2026-03-02T12:00:00Z"},
    "user.email_change_requested": SECURITY
    | {
        "code": "1",
        "currentEmail": "old@example.com",
        "currentCode": "2",
        "expiresAt": "2026-03-02T13:00:00Z",
    },
    "report.decided": DECIDED,
    "follow.books_opened": {
        "followerId": CLIENT,
        "artistId": ARTIST,
        "artistName": "Mara",
        "handle": "mara",
        "openedAt": "2026-03-02T12:00:00Z",
    },
    "user.suspended": {"userId": ARTIST, "reportId": "rpt_1", "text": "x", "until": None},
    "user.email_changed": SECURITY
    | {"formerEmail": "old@example.com", "changedAt": "2026-03-02T12:00:00Z"},
}


def test_every_mail_of_the_system_leads_to_a_page(
    people: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = "https://app.artistbooking.example"
    monkeypatch.setenv("WEB_APP_URL", web)
    sent = set()
    created = "appointment.created"
    of_other_cases = [
        (created, appointment(status="pending")),
        (created, appointment(by="artist")),
        ("report.decided", DECIDED | {"decision": "hide"}),
    ]
    events = [*event_data.ALL.items(), *OF_ACCOUNTS.items(), *of_other_cases]
    for type_, data in [*events, ("", {})]:
        people.database.seen_events.delete_many({})
        people.database.deliveries.delete_many({})
        if type_:
            people.consume(type_, data)
        else:
            people.post(people.as_user(ARTIST, "artist"), "contact/email", {})
        for delivery in people.deliveries():
            if isinstance(delivery.content, EmailContent) and delivery.template is not None:
                sent.add(delivery.template.name)
                assert f": {web}/" in delivery.content.text, delivery.template.name
                assert f'<a href="{web}/' in str(delivery.content.html), delivery.template.name
    # Those that are due at a time are sent by the same function (`test_reminders`).
    sent |= {name for name, _ in reminders.TEMPLATES.values()}
    sent.add(digests.TEMPLATE)  # with a link for each message (`test_digests`)
    assert sent == {
        template.name for template in system_templates.list_all() if template.bodies.email
    }


def test_a_requested_mail_of_the_system_leads_to_its_page(
    people: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEB_APP_URL", "https://app.artistbooking.example")
    mara = people.as_user(ARTIST, "artist")
    by_name = {"template": "proposal-ended", "variables": {"otherName": "Ada", "outcome": "x"}}
    by_name["variables"] |= {"serviceName": "Sleeve"}  # type: ignore[operator]
    people.post(mara, "email", by_name | {"locale": "de"})
    assert people.mails()[-1].text.endswith(
        "In der App ansehen: https://app.artistbooking.example/messages"
    )
    shown = people.post(mara, "templates/preview", {"templateId": "tpl_system_own-change"}, 200)
    assert 'href="https://app.artistbooking.example/appointments"' in shown["email"]["html"]
    people.post(mara, "templates/tpl_system_welcome_de/test", {})
    assert people.mails()[-1].subject == "Test: Willkommen, Ada"
    assert people.mails()[-1].url == "/"


def test_a_reminder_is_in_the_words_of_its_artist(people: World) -> None:
    mara = people.as_user(ARTIST, "artist")
    people.post(mara, "templates", own("appointment-reminder", "Ring twice."), 201)
    people.consume("appointment.confirmed", appointment())
    people.now = datetime(2026, 7, 1, 7, 30, tzinfo=UTC)
    people.sweep_reminders()
    assert people.mails()[-1].text == 'A message from "Mara":\n\nRing twice.'
