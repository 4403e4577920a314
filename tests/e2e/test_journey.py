"""Journey of a person from registration to an email, an SMS and a push message."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.api import Api, Inbox, eventually, new_email, register
from tests.support.stack import RunningStack


@pytest.fixture
def person(stack: RunningStack, inbox: Inbox) -> tuple[Api, str]:
    """Return the API of a person who registered and signed in, and their address."""
    api = Api(stack.api_url, stack.api_keys["mobile"])
    email = new_email()
    tokens = register(api, inbox, email)
    return replace(api, token=tokens["accessToken"]), email


def test_register_verify_log_in_and_get_the_account(api: Api, inbox: Inbox) -> None:
    email = new_email()
    verified = register(api, inbox, email, "a-long-secret")
    signed_in = api.signed_in(email, "a-long-secret")
    me = signed_in.get("/v1/auth/me").json()
    assert me["email"] == email
    assert me["id"] == verified["user"]["id"]
    assert me["role"] == "artist"


def test_a_verified_user_is_welcomed_once(person: tuple[Api, str], inbox: Inbox) -> None:
    _, email = person
    inbox.wait_for("email", email, lambda mail: "welcome" in mail["subject"].lower())


def test_a_refresh_token_is_exchanged_and_a_logout_ends_the_session(api: Api, inbox: Inbox) -> None:
    tokens = register(api, inbox, new_email())
    refreshed = api.post("/v1/auth/refresh", {"refreshToken": tokens["refreshToken"]})
    assert refreshed.status_code == 200
    signed_in = replace(api, token=refreshed.json()["accessToken"])
    assert signed_in.post("/v1/auth/logout").status_code == 204
    ended = api.post("/v1/auth/refresh", {"refreshToken": refreshed.json()["refreshToken"]})
    assert ended.status_code == 401
    assert signed_in.get("/v1/auth/me").status_code == 401


def test_an_email_arrives_and_its_status_says_so(person: tuple[Api, str], inbox: Inbox) -> None:
    api, email = person
    accepted = api.post(
        "/v1/notifications/email",
        {"subject": "Your sketch", "text": "It is ready.\nCome by."},
        x_correlation_id="journey-mail-0001",
    )
    assert accepted.status_code == 202, accepted.text
    mail = inbox.wait_for("email", email, lambda mail: mail["subject"] == "Your sketch")
    assert "It is ready." in mail["text"]
    headers = {name.lower(): value for name, value in mail["headers"].items()}
    assert headers["x-correlation-id"] == "journey-mail-0001"
    delivery: Any = eventually(
        lambda: delivered(api, accepted.json()["id"]), "the delivery being sent"
    )
    assert [step["status"] for step in delivery["timeline"]] == ["queued", "sending", "sent"]


def test_an_sms_goes_to_the_verified_phone(person: tuple[Api, str], inbox: Inbox) -> None:
    api, _ = person
    phone = "+61491570156"
    assert api.post("/v1/notifications/contact/phone", {"phone": phone}).status_code == 202
    code = next(
        word.strip(".")
        for word in inbox.wait_for("sms", phone)["text"].split()
        if word.strip(".").isdigit() and len(word.strip(".")) == 6
    )
    proven = api.post("/v1/notifications/contact/phone/verify", {"code": code})
    assert proven.status_code in (200, 204), proven.text
    accepted = api.post("/v1/notifications/sms", {"text": "See you at nine."})
    assert accepted.status_code == 202, accepted.text
    inbox.wait_for("sms", phone, lambda sms: sms["text"] == "See you at nine.")


def test_a_push_message_reaches_the_browser_decrypted(
    person: tuple[Api, str], inbox: Inbox
) -> None:
    api, email = person
    subscription = inbox.subscribe(email)
    wanted = {name: subscription[name] for name in ("endpoint", "keys")}
    registered = api.post("/v1/notifications/subscriptions", wanted)
    assert registered.status_code == 201, registered.text
    pushed = {"title": "Booked", "body": "Friday, nine o'clock.", "data": {"appointment": "apt_1"}}
    assert api.post("/v1/notifications/push", pushed).status_code == 202
    message = inbox.wait_for("push", email)
    assert (message["title"], message["body"]) == ("Booked", "Friday, nine o'clock.")
    gone = api.call("DELETE", "/v1/notifications/subscriptions", {"endpoint": wanted["endpoint"]})
    assert gone.status_code == 204


def test_an_appointment_confirmation_is_rendered_in_the_artists_zone(
    person: tuple[Api, str], inbox: Inbox
) -> None:
    api, email = person
    confirmation = {
        "artistName": "Mara Voss",
        "serviceName": "Half sleeve",
        "startsAt": "2027-03-28T07:30:00Z",
        "timeZone": "Europe/Berlin",
    }
    accepted = api.post("/v1/notifications/appointment-confirmation", confirmation)
    assert accepted.status_code == 202, accepted.text
    mail = inbox.wait_for("email", email, lambda mail: "Half sleeve" in (mail["text"] or ""))
    assert "09:30" in mail["text"]  # summer time began that very night


def test_the_same_idempotency_key_sends_once(person: tuple[Api, str], inbox: Inbox) -> None:
    api, email = person
    body = {"subject": "Only once", "text": "Really."}
    first, second = (
        api.post("/v1/notifications/email", body, idempotency_key="journey-key-1") for _ in "ab"
    )
    assert first.status_code == second.status_code == 202
    assert first.content == second.content
    other = api.post(
        "/v1/notifications/email", body | {"text": "No."}, idempotency_key="journey-key-1"
    )
    assert other.status_code == 422
    api.post("/v1/notifications/email", {"subject": "Afterwards", "text": "Now."})
    # Queues keep no order.
    inbox.wait_for("email", email, lambda mail: mail["subject"] == "Only once")
    inbox.wait_for("email", email, lambda mail: mail["subject"] == "Afterwards")
    subjects = [mail["subject"] for mail in inbox.messages("email", email)]
    assert subjects.count("Only once") == 1


def delivered(api: Api, notification_id: str) -> dict[str, object] | None:
    """Return the only delivery of the notification once it is sent."""
    answer = api.get(f"/v1/notifications/{notification_id}")
    assert answer.status_code == 200, answer.text
    (delivery,) = answer.json()["deliveries"]
    return delivery if delivery["status"] == "sent" else None
