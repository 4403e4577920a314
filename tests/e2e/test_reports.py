"""Reports of providers: what became of an SMS and a mail, and a reply of STOP."""

import random
import re
from typing import Any

import requests

from tests.support.api import Api, Inbox, eventually
from tests.support.stack import RunningStack


def delivery(api: Api, notification: dict[str, Any]) -> dict[str, Any]:
    """Return the only delivery of a notification."""
    shown = api.get(notification["statusUrl"]).json()
    (found,) = shown["deliveries"]
    return dict(found)


def wait_for(api: Api, notification: dict[str, Any], status: str) -> dict[str, Any]:
    """Wait until the delivery of a notification has a status."""

    def reached() -> dict[str, Any] | None:
        found = delivery(api, notification)
        return found if found["status"] == status else None

    return eventually(reached, f"a delivery that is {status}")


def test_an_sms_is_reported_and_stopped(stack: RunningStack, api: Api, inbox: Inbox) -> None:
    person = stack.new_person("client")
    robin = api.signed_in(person["email"], person["password"])
    phone = f"+4915{random.randrange(10**9):09}"
    robin.post("/v1/notifications/contact/phone", {"phone": phone}).raise_for_status()
    message = inbox.wait_for("sms", phone, lambda sms: "code" in sms["text"])
    (code,) = re.findall(r"\d{6}", message["text"])
    verified = robin.post("/v1/notifications/contact/phone/verify", {"code": code})
    assert verified.status_code == 204, verified.text
    sent = robin.post("/v1/notifications/sms", {"text": "It is ready."}).json()
    wait_for(robin, sent, "delivered")
    incoming = {"from": phone, "body": "Stop"}
    answer = requests.post(f"{stack.inbox_url}/twilio/inbound", json=incoming, timeout=30).json()
    assert answer["status"] == 200, answer
    inbox.wait_for("sms", phone, lambda sms: sms["text"].startswith("Artist Booking: "))
    suppressed = wait_for(
        robin, robin.post("/v1/notifications/sms", {"text": "Again."}).json(), "suppressed"
    )
    assert suppressed["reason"] == "stop"


def test_a_mail_comes_back(stack: RunningStack, api: Api) -> None:
    root = stack.user("admin")
    admin = api.signed_in(root["email"], root["password"])
    mail = {"to": "bounce@example.com", "subject": "Hello", "text": "Anybody there?"}
    sent = admin.post("/v1/notifications/email", mail).json()

    def bounced() -> dict[str, Any] | None:
        stack.sweep("notifications")
        found = delivery(admin, sent)
        return found if found["status"] == "bounced" else None

    assert eventually(bounced, "a mail that came back")["reason"] == "hard_bounce"
    again = wait_for(admin, admin.post("/v1/notifications/email", mail).json(), "suppressed")
    assert again["reason"] == "hard_bounce"
