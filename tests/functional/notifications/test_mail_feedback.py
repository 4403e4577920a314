"""Mails that come back: reports of servers, and notifications of Amazon SES."""

import json
from typing import Any

import pytest

from infra.local.standins import bounces as standin
from notifications.channels import envelopes
from notifications.models import Delivery, DeliveryStatus
from notifications.use_cases import callbacks
from tests.functional.notifications.world import World
from tests.support import fake_aws

MAIL = {"subject": "Your sketch", "text": "It is ready."}
BOUNCE_ADDRESS = "bounces@bounces.artistbooking.example"


def send_mail(world: World) -> Delivery:
    """Let Ada send herself a mail, and hand it over."""
    world.add_contact("usr_ada")
    sent = world.post(world.as_user("usr_ada"), "email", MAIL)
    world.work("email")
    return world.delivery(sent["id"])


def fetch(world: World, delivery: Delivery) -> Delivery:
    return world.delivery(delivery.notification_id)


def notify(world: World, notification: dict[str, Any] | str) -> int:
    """Publish a notification of SES, and let the sweeper read it. Return how many it read."""
    text = notification if isinstance(notification, str) else json.dumps(notification)
    url = world.queue_url("mail-feedback")
    fake_aws.client("sqs").send_message(QueueUrl=url, MessageBody=text)
    return callbacks.drain_mail_feedback(world.now)


def return_mail(
    world: World, delivery: Delivery, status: str = "5.1.1", *, signed: bool = True
) -> None:
    """Let a server return a mail to the address that it was sent from."""
    sender = envelopes.build_sender(BOUNCE_ADDRESS, delivery.id) if signed else BOUNCE_ADDRESS
    quoted = f"Message-ID: <{delivery.id}@artistbooking.example>\r\n\r\n".encode()
    report = standin.write_report(delivery.address, sender, quoted, status, f"550 {status} no")
    assert notify(world, standin.notify_of_received(sender, report)) == 1


def by_ses(about: Delivery, kind: str, **details: Any) -> dict[str, Any]:
    message_id = f"<{about.id}@artistbooking.example>"
    mail = {"source": "hello@artistbooking.example", "commonHeaders": {"messageId": message_id}}
    return {"notificationType": kind, "mail": mail, **details}


def bounced_at(address: str, type_: str = "Permanent", status: str = "5.1.1") -> dict[str, Any]:
    recipients = [{"emailAddress": address, "status": status, "action": "failed"}]
    return {"bounceType": type_, "bounceSubType": "General", "bouncedRecipients": recipients}


def contact(world: World) -> list[dict[str, Any]]:
    answer = world.as_user("usr_ada").get("/v1/notifications/contact")
    return list(answer.json_body["suppressions"])


def test_a_mail_that_comes_back_suppresses_its_address(world: World) -> None:
    delivery = send_mail(world)
    return_mail(world, delivery)
    return_mail(world, delivery)
    bounced = fetch(world, delivery)
    assert (bounced.status, bounced.reason) == (DeliveryStatus.BOUNCED, "hard_bounce")
    assert [step.detail for step in bounced.timeline].count("dsn 5.1.1") == 1
    (shown,) = contact(world)
    assert shown == {
        "channel": "email",
        "address": "ada@example.com",
        "reason": "hard_bounce",
        "since": "2026-03-02T12:00:00Z",
    }
    assert fetch(world, send_mail(world)).reason == "hard_bounce"
    assert len(world.messages("email")) == 1


def test_a_hard_bounce_suppresses_security_mails_too(world: World) -> None:
    return_mail(world, send_mail(world))
    changed = {"userId": "usr_ada", "changedAt": "2026-03-02T12:00:00Z", "reportToken": "t"}
    world.consume("user.password_changed", changed)
    world.work("email")
    (delivery,) = [each for each in world.deliveries() if each.category == "security"]
    assert (delivery.status, delivery.reason) == (DeliveryStatus.SUPPRESSED, "hard_bounce")


def test_a_report_that_only_knows_the_message_id_is_no_proof(world: World) -> None:
    """An artist knows the ids of what they send to a client, and could write such a report."""
    for number in range(5):
        delivery = send_mail(world)
        assert fetch(world, delivery).status is DeliveryStatus.SENT, number
        return_mail(world, delivery, signed=False)
        assert fetch(world, delivery).status is DeliveryStatus.BOUNCED
    assert fetch(world, send_mail(world)).status is DeliveryStatus.SUPPRESSED


def test_a_forged_address_names_no_delivery(world: World) -> None:
    delivery = send_mail(world)
    signed = envelopes.build_sender(BOUNCE_ADDRESS, delivery.id)
    assert envelopes.read_delivery_id(signed.upper()) == delivery.id
    other = send_mail(world)
    forged = signed.replace(delivery.id[4:].lower(), other.id[4:].lower())
    assert envelopes.read_delivery_id(forged) is None
    assert len(signed.partition("@")[0]) <= 64


def test_a_report_about_somebody_else_changes_nothing(world: World) -> None:
    delivery = send_mail(world)
    sender = envelopes.build_sender(BOUNCE_ADDRESS, delivery.id)
    report = standin.write_report("eve@example.com", sender, b"\r\n\r\n", "5.1.1", "550 no")
    assert notify(world, standin.notify_of_received(sender, report)) == 1
    assert fetch(world, delivery).status is DeliveryStatus.SENT


def test_an_autoresponder_changes_nothing(world: World) -> None:
    delivery = send_mail(world)
    sender = envelopes.build_sender(BOUNCE_ADDRESS, delivery.id)
    mail = b"From: ada@example.com\r\nSubject: Away\r\n\r\nI am away.\r\n"
    assert notify(world, standin.notify_of_received(sender, mail)) == 1
    assert fetch(world, delivery).status is DeliveryStatus.SENT


def test_bounces_of_ses_are_recorded_in_any_order(world: World) -> None:
    delivery = send_mail(world)
    delivered = by_ses(delivery, "Delivery", delivery={"recipients": ["Ada@example.com"]})
    bounced = by_ses(delivery, "Bounce", bounce=bounced_at("ada@example.com"))
    for notification in (delivered, bounced, delivered):
        assert notify(world, notification) == 1
    timeline = [step.status.value for step in fetch(world, delivery).timeline]
    assert timeline == ["queued", "sending", "sent", "delivered", "bounced"]
    assert [shown["reason"] for shown in contact(world)] == ["hard_bounce"]


@pytest.mark.parametrize(
    ("type_", "status", "reason"),
    [("Transient", "4.2.2", "soft_bounce"), ("Permanent", "5.7.1", "other_bounce")],
)
def test_other_bounces_of_ses_do_not_suppress(
    world: World, type_: str, status: str, reason: str
) -> None:
    delivery = send_mail(world)
    details = bounced_at("ada@example.com", type_, status)
    notify(world, by_ses(delivery, "Bounce", bounce=details))
    assert fetch(world, delivery).reason == reason
    assert contact(world) == []


def test_a_complaint_suppresses_all_but_security_and_account_mails(world: World) -> None:
    delivery = send_mail(world)
    complained = {"complainedRecipients": [{"emailAddress": "ada@example.com"}]}
    notify(world, by_ses(delivery, "Complaint", complaint=complained))
    assert fetch(world, delivery).status is DeliveryStatus.DELIVERED
    assert fetch(world, send_mail(world)).reason == "complaint"
    changed = {"userId": "usr_ada", "changedAt": "2026-03-02T12:00:00Z", "reportToken": "t"}
    world.consume("user.password_changed", changed)
    world.work("email")
    (security,) = [each for each in world.deliveries() if each.category == "security"]
    assert security.status is DeliveryStatus.SENT


def test_the_owner_proves_that_the_address_works_again(world: World) -> None:
    return_mail(world, send_mail(world))
    ada = world.as_user("usr_ada")
    world.post(ada, "contact/email", {})
    world.work("email")
    code = world.messages("email", "ada@example.com")[-1]["subject"][:6]
    wrong = {"code": "000000" if code != "000000" else "111111"}
    assert "body.code" in world.errors(ada, "contact/email/verify", wrong)
    world.post(ada, "contact/email/verify", {"code": code}, 204)
    assert "body.code" in world.errors(ada, "contact/email/verify", {"code": code})
    assert contact(world) == []
    assert fetch(world, send_mail(world)).status is DeliveryStatus.SENT


def test_an_admin_ends_a_suppression_with_a_reason(world: World) -> None:
    return_mail(world, send_mail(world))
    root = world.as_user("usr_root", "admin")
    body = {"channel": "email", "address": "Ada@Example.com", "reason": "Mailbox restored"}
    lifted = world.post(root, "suppressions/lift", body, 200)
    assert lifted == {"channel": "email", "reasons": ["hard_bounce"]}
    world.post(root, "suppressions/lift", body, 404)
    (ended,) = world.find_document("suppressions", {})["lifts"]
    assert (ended["by"], ended["note"]) == ("usr_root", "Mailbox restored")
    assert "ada" not in json.dumps(world.find_document("suppressions", {}), default=str)
    assert fetch(world, send_mail(world)).status is DeliveryStatus.SENT


def test_a_bounce_after_the_verification_of_the_address_holds(world: World) -> None:
    """A late event of an earlier verification ends nothing."""
    delivery = send_mail(world)
    verified = {"userId": "usr_ada", "email": "ada@example.com", "name": "Ada", "role": "client"}
    event_id = world.consume("user.verified", verified)
    world.later(hours=1)
    return_mail(world, delivery)
    assert [shown["reason"] for shown in contact(world)] == ["hard_bounce"]
    world.now, later = delivery.created_at, world.now
    world.consume("user.verified", verified, event_id)
    world.now = later
    assert [shown["reason"] for shown in contact(world)] == ["hard_bounce"]
    world.later(hours=1)
    world.consume("user.verified", verified)
    assert contact(world) == []


def test_an_erased_user_leaves_only_what_they_asked_for(world: World) -> None:
    delivery = send_mail(world)
    return_mail(world, delivery)
    other = send_mail(world)
    complained = {"complainedRecipients": [{"emailAddress": "ada@example.com"}]}
    notify(world, by_ses(other, "Complaint", complaint=complained))
    world.consume("user.deleted", {"userId": "usr_ada"})
    assert world.find_document("suppressions", {})["reasons"].keys() == {"complaint"}


def test_what_cannot_be_read_stays_on_the_queue(world: World) -> None:
    assert notify(world, "no JSON") == 0
    assert notify(world, {"notificationType": "AmazonSnsSubscriptionSucceeded"}) == 1


def test_a_mail_comes_back_to_an_address_of_its_own(world: World) -> None:
    """The stand-in returns it there, as a server would."""
    known = {
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(world.standins.smtp_port),
        "SMTP_FROM": "Artist Booking <hello@artistbooking.example>",
        "SMTP_SECURITY": "none",
    }
    world.configure("smtp", **known, SMTP_BOUNCE_ADDRESS=BOUNCE_ADDRESS)
    root = world.as_user("usr_root", "admin")
    sent = world.post(root, "email", MAIL | {"to": "bounce@example.com"})
    world.work("email")
    world.wait_for(lambda: len(world.reports) == 1)
    (notification,) = world.reports
    (came_to,) = json.loads(notification)["receipt"]["recipients"]
    assert envelopes.read_delivery_id(came_to) == world.delivery(sent["id"]).id
    assert notify(world, notification) == 1
    assert world.delivery(sent["id"]).status is DeliveryStatus.BOUNCED
    assert world.messages("email", "bounce@example.com")[0]["status"] == "bounced"
    again = world.post(root, "email", MAIL | {"to": "bounce@example.com"})
    world.work("email")
    assert world.delivery(again["id"]).reason == "hard_bounce"


def test_an_address_that_a_server_refuses_at_once_is_suppressed(world: World) -> None:
    world.fault("email", status=550, text="5.1.1 no such mailbox", count=1)
    assert fetch(world, send_mail(world)).status is DeliveryStatus.FAILED
    assert fetch(world, send_mail(world)).reason == "hard_bounce"


@pytest.mark.parametrize(
    "part",
    [
        "--b0\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <>\r\n--b0--",
        "--b0\r\n" + "Content-Type: message/rfc822\r\n\r\n" * 2_000,
    ],
)
def test_a_mail_on_which_the_parser_fails_is_no_report(world: World, part: str) -> None:
    raw = f"Content-Type: multipart/report; boundary=b0\r\n\r\n{part}".encode()
    assert notify(world, standin.notify_of_received(BOUNCE_ADDRESS, raw)) == 1
