"""Sending through the API: recipients, channels, schedule and cost."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from notifications.models import Channel, DeliveryStatus, EmailContent
from shared.events import queues
from tests.functional.notifications.world import World
from tests.support import aws_calls, emf
from tests.support.captured_logs import Logs
from tests.support.mongo import COMMANDS

PHONE = "+61491570156"
MAIL = {"subject": "Hello", "text": "There."}
APPOINTMENT = {
    "artistName": "Mara <Voss>",
    "serviceName": "Half sleeve",
    "startsAt": "2027-03-28T07:30:00Z",
    "timeZone": "Europe/Berlin",
    "location": "1 Main Street",
    "notes": "Eat first.\nBring water.",
}


def test_the_response_links_to_the_status(world: World) -> None:
    ada = world.as_user("usr_ada")
    answer = ada.post("/v1/notifications/email", json=MAIL)
    assert answer.status_code == 202
    id_ = answer.json_body["id"]
    assert answer.json_body == {"id": id_, "statusUrl": f"/v1/notifications/{id_}"}
    assert answer.headers["location"] == id_
    status = ada.get(answer.json_body["statusUrl"]).json_body
    assert status["id"] == id_
    (delivery,) = status["deliveries"]
    assert delivery["to"] == "ada@example.com"
    assert (delivery["channel"], delivery["status"], delivery["attempts"]) == ("email", "queued", 0)
    assert [step["status"] for step in delivery["timeline"]] == ["queued"]


def test_sending_costs_one_read_three_writes_and_one_enqueue(world: World) -> None:
    ada = world.as_user("usr_ada")
    world.add_contact("usr_ada")
    world.post(ada, "email", MAIL)  # starts her window of the rate limit
    COMMANDS.clear()
    with aws_calls.counted() as calls:
        world.post(ada, "email", MAIL)
    # The contact; the version of the inbox, the entry, then the delivery.
    assert COMMANDS == ["find", "update", "insert", "insert"]
    assert calls["sqs:SendMessageBatch"] == 1
    assert calls["dynamodb:UpdateItem"] == 1  # the rate limit
    assert calls["dynamodb:GetItem"] == 1  # the tombstone
    assert calls.total() == 3


def test_the_address_of_the_token_is_used_before_the_event_arrives(world: World) -> None:
    world.post(world.as_user("usr_ada"), "email", MAIL)
    assert world.delivery().address == "ada@example.com"
    assert world.delivery().recipient_id == "usr_ada"


def test_the_callers_own_address_can_be_named(world: World) -> None:
    ada = world.as_user("usr_ada")
    world.add_contact("usr_ada", phone=PHONE)
    world.post(ada, "email", MAIL | {"to": "Ada@Example.com"})
    world.post(ada, "sms", {"text": "Hi", "to": "+61 491 570 156"})
    world.post(ada, "email", MAIL | {"userId": "usr_ada"})
    assert [delivery.recipient_id for delivery in world.deliveries()] == ["usr_ada"] * 3


@pytest.mark.parametrize("role", ["client", "artist"])
def test_only_admins_can_send_to_strangers(world: World, role: str) -> None:
    ada = world.as_user("usr_ada", role)
    world.add_contact("usr_bob", phone=PHONE)
    answers = []
    for path, body in [
        ("email", MAIL | {"userId": "usr_bob"}),
        ("email", MAIL | {"userId": "usr_nobody"}),
        ("sms", {"text": "Hi", "userId": "usr_bob"}),
        ("push", {"title": "Hi", "body": "Hi", "userId": "usr_bob"}),
        ("send", {"text": "Hi", "userId": "usr_bob"}),
        ("appointment-confirmation", APPOINTMENT | {"userId": "usr_bob"}),
        ("email", MAIL | {"to": "bob@example.com"}),
        ("sms", {"text": "Hi", "to": PHONE}),
    ]:
        problem = world.post(ada, path, body, 403)
        problem.pop("correlationId")
        answers.append(problem)
    assert answers[0] == answers[1]  # the answer does not reveal whether they exist
    assert world.deliveries() == []


def test_an_admin_can_send_to_everybody(world: World) -> None:
    admin = world.as_user("usr_root", "admin")
    world.add_contact("usr_bob", phone=PHONE)
    world.post(admin, "email", MAIL | {"userId": "usr_bob"})
    world.post(admin, "email", MAIL | {"to": "stranger@example.org"})
    world.post(admin, "sms", {"text": "Hi", "to": "+1 415 555 2671"})
    recipients = [(delivery.address, delivery.recipient_id) for delivery in world.deliveries()]
    assert recipients == [
        ("bob@example.com", "usr_bob"),
        ("stranger@example.org", None),
        ("+14155552671", None),
    ]


def test_an_unknown_user_is_a_wrong_field_for_admins(world: World) -> None:
    admin = world.as_user("usr_root", "admin")
    assert "body.userId" in world.errors(admin, "email", MAIL | {"userId": "usr_nobody"})


def test_an_unreachable_recipient_is_refused(world: World) -> None:
    ada = world.as_user("usr_ada")
    for path, body in [
        ("sms", {"text": "Hi"}),
        ("push", {"title": "Hi", "body": "Hi"}),
        ("send", {"text": "Hi", "channels": ["sms", "push"]}),
    ]:
        assert world.post(ada, path, body, 409)["code"] == "unreachable"


def test_send_uses_every_channel_that_leads_to_the_user(world: World) -> None:
    ada = world.as_user("usr_ada")
    world.add_contact("usr_ada", phone=PHONE)
    world.subscribe(ada, "laptop")
    world.subscribe(ada, "phone")
    id_ = world.post(ada, "send", {"text": "Hi", "subject": "News"})["id"]
    assert sorted(delivery.channel for delivery in world.deliveries(id_)) == [
        Channel.EMAIL,
        Channel.PUSH,
        Channel.PUSH,
        Channel.SMS,
    ]
    for channel in Channel:
        assert world.work(channel) == 0
    assert world.messages("email")[0]["subject"] == "News"
    assert world.messages("sms")[0]["text"] == "Hi"
    assert {message["to"] for message in world.messages("push")} == {"laptop", "phone"}
    assert {message["title"] for message in world.messages("push")} == {"News"}


def test_send_can_be_limited_to_some_channels(world: World) -> None:
    ada = world.as_user("usr_ada")
    world.add_contact("usr_ada", phone=PHONE)
    world.post(ada, "send", {"text": "Hi", "channels": ["sms", "push", "sms"]})
    assert world.delivery().channel is Channel.SMS


def test_an_appointment_is_confirmed_in_its_time_zone(world: World) -> None:
    ada = world.as_user("usr_ada")
    world.add_contact("usr_ada", phone=PHONE)
    world.subscribe(ada, "ada")
    world.post(ada, "appointment-confirmation", APPOINTMENT)
    for channel in Channel:
        assert world.work(channel) == 0
    (mail,), (sms,), (push,) = (world.messages(channel) for channel in ("email", "sms", "push"))
    assert mail["subject"] == 'Confirmed: "Half sleeve" on 28 March 2027'
    assert "Sunday, 28 March 2027, 09:30" in mail["text"]  # summer time began that very night
    assert 'Where:  "1 Main Street"' in mail["text"]
    assert "Mara <Voss>" in mail["text"]
    assert "Mara &lt;Voss&gt;" in mail["html"]
    assert "Eat first.<br>" in mail["html"]
    assert sms["text"].startswith(
        'Confirmed: "Half sleeve" with "Mara <Voss>", Sun 28 Mar 2027, 09:30'
    )
    assert push["body"] == '"Half sleeve" with "Mara <Voss>", Sun 28 Mar 2027, 09:30'


def test_the_location_of_an_appointment_is_optional(world: World) -> None:
    bare = {key: APPOINTMENT[key] for key in ("artistName", "serviceName", "startsAt", "timeZone")}
    world.post(world.as_user("usr_ada"), "appointment-confirmation", bare)
    content = world.delivery().content
    assert isinstance(content, EmailContent)
    assert "Where" not in content.text


@pytest.mark.parametrize(
    "zone", ["Mars/Olympus", "Europe", "../../etc/passwd", "/etc/passwd", "UTC+25"]
)
def test_an_unknown_time_zone_is_refused(world: World, zone: str) -> None:
    body = APPOINTMENT | {"timeZone": zone}
    errors = world.errors(world.as_user("usr_ada"), "appointment-confirmation", body)
    assert errors.keys() == {"body.timeZone"}


@pytest.mark.parametrize(
    ("path", "body", "fields"),
    [
        ("email", {"subject": "Hi"}, {"body.text", "body.template", "body.templateId"}),
        ("email", {"text": "Hi"}, {"body.subject"}),
        ("email", MAIL | {"template": "welcome"}, {"body.text", "body.template"}),
        ("email", {"template": "welcome", "templateId": "x"}, {"body.template", "body.templateId"}),
        ("email", {"template": "welcome", "subject": "Hi"}, {"body.subject"}),
        ("email", MAIL | {"variables": {"name": "x"}}, {"body.variables"}),
        ("email", MAIL | {"locale": "de"}, {"body.locale"}),
        ("email", {"template": "no-such"}, {"body.template"}),
        ("email", {"templateId": "tpl_no"}, {"body.templateId"}),
        ("email", {"template": "welcome"}, {"body.variables.name"}),
        ("email", {"template": "welcome", "variables": {"name": 1}}, {"body.variables.name"}),
        (
            "email",
            {"template": "welcome", "variables": {"name": "x", "y": 1}},
            {"body.variables.y"},
        ),
        ("email", MAIL | {"to": "a@b.co", "userId": "usr_a"}, {"body.to"}),
        ("email", MAIL | {"to": "nobody"}, {"body.to"}),
        ("email", MAIL | {"to": "ada(comment)@example.com"}, {"body.to"}),
        ("email", MAIL | {"to": "ada@[x.example]"}, {"body.to"}),
        ("email", MAIL | {"to": "ada@xn--zzzzzzz999.example"}, {"body.to"}),
        ("email", MAIL | {"sendAt": "2026-03-02T12:00:00"}, {"body.sendAt"}),
        ("email", MAIL | {"sendAt": "2028-01-01T00:00:00Z"}, {"body.sendAt"}),
        ("sms", {"text": "x" * 1601}, {"body.text"}),
        ("sms", {"text": "x", "to": "0491 570 156"}, {"body.to"}),
        ("sms", {}, {"body.text", "body.template", "body.templateId"}),
        ("push", {"title": "x"}, {"body.body"}),
        ("push", {"title": "x", "body": "x", "url": "javascript:alert(1)"}, {"body.url"}),
        ("push", {"title": "x", "body": "x", "url": "//evil.example"}, {"body.url"}),
        ("push", {"title": "x", "body": "x", "data": {"\0": "x"}}, {"body.data"}),
        ("send", {"text": "x", "channels": []}, {"body.channels"}),
        ("send", {"text": "x", "channels": ["fax"]}, {"body.channels[0]"}),
        ("appointment-confirmation", {}, {f"body.{name}" for name in list(APPOINTMENT)[:4]}),
    ],
)
def test_every_wrong_field_is_named(
    world: World, path: str, body: dict[str, Any], fields: set[str]
) -> None:
    assert world.errors(world.as_user("usr_ada"), path, body).keys() == fields
    assert world.deliveries() == []


def test_a_push_message_must_fit_into_one_record(world: World) -> None:
    ada = world.as_user("usr_ada")
    world.subscribe(ada, "ada")
    body = {"title": "Hi", "body": "✂" * 1000, "data": {"a": "x" * 1000}}
    assert "body" in world.errors(ada, "push", body)
    fitting = body | {"data": {"a": "x" * 800}}
    world.post(ada, "push", fitting)
    assert world.work("push") == 0
    assert world.delivery().status is DeliveryStatus.SENT


def test_a_subject_cannot_inject_headers(world: World) -> None:
    ada = world.as_user("usr_ada")
    injected = "Hi\r\nBcc: eve@example.com\r\n\r\nX"
    direct = ada.post("/v1/notifications/email", json={"subject": injected, "text": "There"})
    assert [error["field"] for error in direct.json_body["errors"]] == ["body.subject"]
    world.post(ada, "email", {"template": "welcome", "variables": {"name": injected}})
    world.work("email")
    (mail,) = world.messages("email")
    assert mail["subject"] == "Welcome, Hi Bcc: eve@example.com X"
    assert "bcc" not in mail["headers"]
    assert world.messages("email", "eve@example.com") == []


def test_a_template_is_rendered_with_its_variables(world: World) -> None:
    ada = world.as_user("usr_ada")
    body = {"template": "welcome", "variables": {"name": "<b>Ada</b>"}}
    world.post(ada, "email", body)
    world.work("email")
    (mail,) = world.messages("email")
    assert mail["subject"] == "Welcome, <b>Ada</b>"
    assert "&lt;b&gt;Ada&lt;/b&gt;" in mail["html"]
    assert "<b>Ada" not in mail["html"]
    delivery = world.delivery()
    assert delivery.template
    assert (delivery.template.name, delivery.template.version) == ("welcome", 0)


def test_a_scheduled_message_is_sent_when_it_is_due(world: World) -> None:
    ada = world.as_user("usr_ada")
    due = world.now + timedelta(hours=3)
    id_ = world.post(ada, "email", MAIL | {"sendAt": due.isoformat()})["id"]
    assert world.waiting("email") == 0
    world.later(hours=2, minutes=59)
    assert world.sweep() == 0
    world.later(minutes=1)
    assert world.sweep() == 1
    assert world.sweep() == 0
    assert world.work("email") == 0
    status = ada.get(f"/v1/notifications/{id_}").json_body
    assert status["deliveries"][0]["status"] == "sent"
    assert datetime.fromisoformat(status["sendAt"]) == due


def test_a_past_send_at_means_now(world: World) -> None:
    past = datetime(2020, 1, 1, tzinfo=UTC).isoformat()
    world.post(world.as_user("usr_ada"), "email", MAIL | {"sendAt": past})
    assert world.waiting("email") == 1


def test_the_sweeper_enqueues_what_could_not_be_enqueued(world: World) -> None:
    ada = world.as_user("usr_ada")
    with aws_calls.failing("SendMessageBatch", RuntimeError("SQS is away")):
        id_ = world.post(ada, "email", MAIL)["id"]
    assert world.waiting("email") == 0
    world.later(seconds=59)
    assert world.sweep() == 0
    world.later(seconds=1)
    assert world.sweep() == 1
    assert world.work("email") == 0
    assert world.delivery(id_).status is DeliveryStatus.SENT
    assert world.sweep() == 0


def test_the_sweeper_keeps_the_correlation_ids(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = (world.now + timedelta(minutes=1)).isoformat()
    for number in range(2):
        ada = world.as_user("usr_ada").with_headers({"x-correlation-id": f"request-{number}"})
        world.post(ada, "email", MAIL | {"sendAt": due})
    world.later(minutes=1)
    sent: list[queues.Outgoing] = []
    monkeypatch.setattr(queues, "send_each", lambda _, pending: sent.extend(pending))
    world.sweep()
    assert [each.correlation_id for each in sent] == ["request-0", "request-1"]


def test_a_crash_of_the_sweeper_sends_nothing_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with aws_calls.failing("SendMessageBatch", RuntimeError("SQS is away")):
        world.post(world.as_user("usr_ada"), "email", MAIL)
    world.later(seconds=60)
    with monkeypatch.context() as patched:
        patched.setattr("notifications.store.deliveries.mark_enqueued", _die)
        with pytest.raises(RuntimeError):
            world.sweep()
    assert world.sweep() == 1
    assert world.waiting("email") == 2
    assert world.work("email") == 0
    assert len(world.messages("email")) == 1


def test_a_run_of_the_sweeper_is_limited(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.use_cases.due_deliveries.MAX_PER_LOOK", 2)
    monkeypatch.setattr("notifications.use_cases.due_deliveries.MAX_LOOKS", 1)
    due = (world.now + timedelta(minutes=1)).isoformat()
    for _ in range(3):
        world.post(world.as_user("usr_ada"), "email", MAIL | {"sendAt": due})
    world.later(minutes=1)
    assert [world.sweep(), world.sweep(), world.sweep()] == [2, 1, 0]


@pytest.mark.parametrize(("minutes", "failures"), [(10, 0), (11, 1)])
def test_a_sweeper_that_lags_reaches_the_alarm(
    world: World, logs: Logs, minutes: int, failures: int
) -> None:
    due = (world.now + timedelta(minutes=1)).isoformat()
    world.post(world.as_user("usr_ada"), "email", MAIL | {"sendAt": due})
    world.later(minutes=1 + minutes)
    world.sweep()
    (line,) = (line for line in logs.named("batch") if line["source"] == "due")
    assert (emf.failures(line), line["waitedSeconds"]) == (failures, minutes * 60)


def test_a_delivery_that_cannot_be_read_does_not_hold_up_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch, logs: Logs
) -> None:
    monkeypatch.setattr("notifications.use_cases.due_deliveries.MAX_PER_LOOK", 1)
    monkeypatch.setattr("notifications.use_cases.due_deliveries.MAX_LOOKS", 1)
    due = (world.now + timedelta(minutes=1)).isoformat()
    for _ in range(2):
        world.post(world.as_user("usr_ada"), "email", MAIL | {"sendAt": due})
    poisoned = world.deliveries()[0]
    world.database.deliveries.update_one({"_id": poisoned.id}, {"$set": {"channel": "telegraph"}})
    world.later(minutes=1)
    assert [world.sweep(), world.sweep()] == [0, 1]
    (line,) = logs.named("delivery unreadable")
    assert line["delivery_id"] == poisoned.id
    assert emf.failures(line) == 1  # which reaches the alarm
    kept = world.database.deliveries.find_one(poisoned.id)
    assert kept is not None
    assert kept["dueAt"] == world.now + timedelta(minutes=15)
    world.database.deliveries.update_one({"_id": poisoned.id}, {"$set": {"channel": "email"}})
    world.later(minutes=15)
    assert world.sweep() == 1
    assert world.waiting("email") == 2


def test_the_same_idempotency_key_sends_once(world: World) -> None:
    ada = world.as_user("usr_ada").with_headers({"idempotency-key": "k"})
    assert world.post(ada, "email", MAIL) == world.post(ada, "email", MAIL)
    assert len(world.deliveries()) == 1


def test_a_status_is_visible_to_requester_recipient_and_admins(world: World) -> None:
    admin = world.as_user("usr_root", "admin")
    world.add_contact("usr_bob")
    id_ = world.post(admin, "email", MAIL | {"userId": "usr_bob"})["id"]
    path = f"/v1/notifications/{id_}"
    for person in (admin, world.as_user("usr_bob"), world.as_user("usr_other", "admin")):
        assert person.get(path).json_body["deliveries"][0]["to"] == "bob@example.com"
    demoted = world.as_user("usr_root")
    assert demoted.get(path).json_body["deliveries"][0]["to"] == "b…@example.com"
    for stranger in (world.as_user("usr_eve"), world.as_user("usr_eve", "artist")):
        assert stranger.get(path).status_code == 404
    assert world.as_user("usr_bob").get("/v1/notifications/ntf_none").status_code == 404


def test_nothing_personal_is_logged(world: World, logs: Logs) -> None:
    ada = world.as_user("usr_ada")
    world.add_contact("usr_ada", phone=PHONE)
    world.subscribe(ada, "ada")
    world.post(ada, "send", {"text": "a very private text", "subject": "private subject"})
    for channel, status in (("email", 550), ("sms", 400), ("push", 500)):
        world.fault(channel, status=status)
        world.work(channel)
    described = [line["deliveries"] for line in logs.named("batch")]
    assert [len(deliveries) for deliveries in described] == [1, 1, 1]
    for secret in ("ada@example.com", PHONE, "private", "/push/", "p256dh"):
        assert secret not in logs.text


def _die(*_: object) -> None:
    raise RuntimeError("died")


def test_the_guides_message_is_an_alias_of_text(world: World) -> None:
    ada = world.as_user("usr_ada")
    world.post(ada, "send", {"userId": "usr_ada", "message": "Test"})
    world.post(ada, "send", {"message": "Test", "text": "Test"})
    assert [mail.text for mail in world.mails()] == ["Test", "Test"]
    errors = world.errors(ada, "send", {"message": "Test", "text": "Other"})
    assert errors == {"body.message": "must be the same as text"}
    with_template = {"message": "Test", "template": "welcome", "variables": {"name": "Ada"}}
    assert "body.text" in world.errors(ada, "send", with_template)


def test_a_channel_without_a_provider_refuses_at_once(world: World) -> None:
    ada = world.as_user("usr_ada")
    world.configure("smtp", SMTP_HOST="127.0.0.1", SMTP_PORT="25", SMTP_USER="apikey")
    for route, body in (("email", {"subject": "x", "text": "x"}), ("send", {"text": "x"})):
        answer = world.post(ada, route, body, 409)
        assert answer["code"] == "channel_not_configured"
        assert "email" in answer["detail"]
    assert world.deliveries() == []
    ready = world.as_nobody().get("/v1/notifications/health?ready=1").json_body["checks"]
    assert ready["email"] == "not configured"
    assert ready["sms"] == "configured"


def test_a_channel_whose_provider_is_down_is_shown_as_failing(world: World) -> None:
    world.configure("smtp", SMTP_HOST="127.0.0.1", SMTP_PORT="1", SMTP_USER="a@example.com")
    world.post(world.as_user("usr_ada"), "email", {"subject": "x", "text": "x"})
    assert world.work("email") == 0
    ready = world.as_nobody().get("/v1/notifications/health?ready=1")
    assert ready.status_code == 200
    assert ready.json_body["checks"]["email"] == "failing"


def test_mails_come_from_the_user_of_the_server(world: World) -> None:
    world.configure(
        "smtp",
        SMTP_HOST="127.0.0.1",
        SMTP_PORT=str(world.standins.smtp_port),
        SMTP_SECURITY="none",
        OPERATOR_EMAIL="ops@artistbooking.example",
    )
    world.post(world.as_user("usr_ada"), "email", {"subject": "x", "text": "x"})
    assert world.work("email") == 0
    (mail,) = world.messages("email")
    assert "ops@artistbooking.example" in str(mail)
