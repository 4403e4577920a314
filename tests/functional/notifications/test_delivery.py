"""The workers of the channels, with providers that accept, reject, throttle and fail."""

from datetime import timedelta
from typing import Any
from unittest import mock
from uuid import uuid4

import pytest
from msgspec.structs import replace
from pymongo.collection import Collection
from pymongo.errors import AutoReconnect, BulkWriteError

from notifications.channels.mail import Composer
from notifications.channels.smtp_dialogue import Dialogue
from notifications.models import Channel, DeliveryStatus
from notifications.store import deliveries
from notifications.use_cases import dispatch
from tests.functional.notifications.world import World, statuses
from tests.support.threads import together

PHONE = "+61491570156"
MAIL = {"subject": "Your sketch", "text": "It is ready."}
# A request for each channel that leads to one delivery.
REQUESTS = {
    "email": ("email", MAIL),
    "sms": ("sms", {"text": "It is ready."}),
    "push": ("push", {"title": "Ready", "body": "Your sketch."}),
}
CHANNELS = list(REQUESTS)


def request(world: World, channel: str) -> str:
    """Let Ada, whom every channel reaches, send herself a message. Return the notification's id."""
    ada = world.as_user("usr_ada")
    world.add_contact("usr_ada", phone=PHONE)
    if channel == "push":
        world.subscribe(ada, "ada")
    path, body = REQUESTS[channel]
    return str(world.post(ada, path, body)["id"])


def request_of_each(world: World, people: int) -> None:
    """Let several people send themselves an SMS."""
    for number in range(people):
        world.add_contact(f"usr_{number}", phone=f"+6149157{number:04}")
        world.post(world.as_user(f"usr_{number}"), "sms", {"text": "It is ready."})


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_delivery_arrives_and_its_result_is_saved(world: World, channel: str) -> None:
    request(world, channel)
    assert world.work(channel) == 0
    assert len(world.messages(channel)) == 1
    delivery = world.delivery()
    assert delivery.status is DeliveryStatus.SENT
    assert delivery.attempts == 1
    assert delivery.provider_reference
    assert statuses(delivery) == ["queued", "sending", "sent"]


def test_the_time_from_the_event_to_the_acceptance_is_measured(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.add_contact("usr_ada")
    world.consume("export.ready", {"userId": "usr_ada", "exportId": "exp_1"})
    world.later(seconds=4.5)
    later = {"sendAt": (world.now + timedelta(hours=1)).isoformat()}
    world.post(world.as_user("usr_ada"), "email", {"subject": "Hi", "text": "There"} | later)
    world.work("email")
    world.later(hours=1, seconds=2)  # what is sent later on purpose counts from then
    world.sweep()
    world.work("email")
    lines = [each.__dict__ for each in caplog.records if each.message == "batch"]
    measured = [line for line in lines if "EventToAccept" in line]
    assert [line["EventToAccept"] for line in measured] == [[4500], [2000]]
    directives = measured[-1]["_aws"]["CloudWatchMetrics"]
    assert {"Name": "EventToAccept", "Unit": "Milliseconds"} in directives[-1]["Metrics"]
    assert directives[-1]["Dimensions"] == [["channel"]]


@pytest.mark.parametrize(
    ("fault", "metric"), [(None, "DeliverySent"), ({"status": 400}, "DeliveryFailed")]
)
def test_a_finished_delivery_is_counted(
    world: World,
    caplog: pytest.LogCaptureFixture,
    fault: dict[str, int] | None,
    metric: str,
) -> None:
    request(world, "sms")
    if fault:
        world.fault("sms", **fault)
    world.work("sms")
    (line,) = (record.__dict__ for record in caplog.records if record.message == "batch")
    assert line[metric] == 1
    assert line["channel"] == "sms"
    namespaces = [each["Namespace"] for each in line["_aws"]["CloudWatchMetrics"]]
    assert namespaces == ["artist-booking-local"] * 2
    assert line["deliveries"][0]["delivery_id"] == world.delivery().id
    assert line["deliveries"][0]["correlation_id"] == world.delivery().correlation_id


def test_a_mail_carries_its_headers(world: World) -> None:
    ada = world.as_user("usr_ada").with_headers({"x-correlation-id": "frontend-0001"})
    world.post(ada, "email", MAIL)
    world.work("email")
    (mail,) = world.messages("email", "ada@example.com")
    assert (mail["subject"], mail["text"], mail["html"]) == ("Your sketch", "It is ready.\n", None)
    assert mail["headers"]["from"] == "Artist Booking <hello@artistbooking.example>"
    assert mail["headers"]["x-correlation-id"] == "frontend-0001"
    assert mail["headers"]["auto-submitted"] == "auto-generated"
    assert mail["headers"]["message-id"] == f"<{world.delivery().id}@artistbooking.example>"


def test_a_push_message_carries_data_and_headers(world: World) -> None:
    ada = world.as_user("usr_ada").with_headers({"x-correlation-id": "frontend-0001"})
    world.subscribe(ada, "ada")
    body = {"title": "Hi", "body": "There", "url": "https://example.com/x", "data": {"a": "b"}}
    world.post(ada, "push", body)
    world.work("push")
    (message,) = world.messages("push", "ada")
    assert (message["title"], message["body"]) == ("Hi", "There")
    assert message["data"] == {"a": "b"}
    assert message["headers"]["topic"] == world.delivery().id
    assert message["headers"]["urgency"] == "normal"
    assert message["headers"]["ttl"] == "86400"
    assert message["headers"]["x-correlation-id"] == "frontend-0001"


def test_a_batch_of_mails_takes_one_connection(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []

    class Counted(Dialogue):
        def __init__(self, *server: Any, **login: Any) -> None:
            opened.append(1)
            super().__init__(*server, **login)

    monkeypatch.setattr("notifications.channels.email.Dialogue", Counted)
    for _ in range(3):
        request(world, "email")
    assert world.work("email") == 0
    assert len(world.messages("email")) == 3
    assert len(opened) == 1


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_second_message_for_the_same_delivery_sends_nothing(world: World, channel: str) -> None:
    request(world, channel)
    world.later(seconds=61)
    assert world.sweep() == 1  # the worker is slow, so the sweeper enqueues the delivery again
    assert world.waiting(channel) == 2
    assert world.work(channel) == 0
    assert world.waiting(channel) == 0
    assert len(world.messages(channel)) == 1
    assert world.delivery().attempts == 1


@pytest.mark.parametrize(
    ("channel", "fault", "detail"),
    [
        ("email", {"status": 550}, "smtp 550"),
        ("sms", {"status": 400}, "twilio"),
        ("push", {"status": 413}, "push 413"),
    ],
)
def test_a_rejected_delivery_is_not_retried(
    world: World, channel: str, fault: dict[str, int], detail: str
) -> None:
    request(world, channel)
    world.fault(channel, **fault)
    assert world.work(channel) == 0
    assert world.waiting(channel) == 0
    delivery = world.delivery()
    assert (delivery.status, delivery.reason) == (DeliveryStatus.FAILED, "rejected")
    assert not delivery.retryable
    assert delivery.timeline[-1].detail.startswith(detail)


def test_a_refusal_of_ourselves_is_not_the_fault_of_the_recipient(world: World) -> None:
    request(world, "email")
    world.fault("email", status=550, text="5.7.1 Blocked, see the list", count=1)
    assert world.work("email") == 0
    delivery = world.delivery()
    assert (delivery.status, delivery.reason) == (DeliveryStatus.QUEUED, "sender_refused")
    assert delivery.timeline[-1].detail == "smtp 550 5.7.1"
    assert world.retry("email") == 0
    assert world.delivery().status is DeliveryStatus.SENT


def test_a_mail_to_an_international_address_arrives(world: World) -> None:
    admin = world.as_user("usr_root", "admin")
    family = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL} \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    for to in ("ada@b\xfccher.example", "\xe1d\xe1@b\xfccher.example"):
        world.post(admin, "email", {"to": to, "subject": family, "text": f"{family}\n."})
    assert world.work("email") == 0
    mails = {mail["to"]: mail for mail in world.messages("email")}
    assert set(mails) == {"ada@xn--bcher-kva.example", "\xe1d\xe1@xn--bcher-kva.example"}
    assert {mail["subject"] for mail in mails.values()} == {family}
    assert {mail["text"] for mail in mails.values()} == {f"{family}\n.\n"}


@pytest.mark.parametrize("number", ["+15005550001", "+15005550004", "+15005550009"])
def test_a_number_that_twilio_refuses_is_rejected(world: World, number: str) -> None:
    admin = world.as_user("usr_root", "admin")
    world.post(admin, "sms", {"to": number, "text": "Hello"})
    assert world.work("sms") == 0
    assert world.delivery().reason == "rejected"
    assert world.delivery().timeline[-1].detail.startswith("twilio 21")


@pytest.mark.parametrize("address", ["ada@[x.example]", "ada@[x.example", "<ada@x.example>"])
def test_a_malformed_address_is_rejected_and_closes_no_circuit(world: World, address: str) -> None:
    admin = world.as_user("usr_root", "admin")
    for number in range(6):  # five failures in a row would open the circuit
        world.post(admin, "email", MAIL | {"to": "ada@x.example", "subject": f"Number {number}"})
    # As requests were accepted before they were checked, and as events may have them.
    world.database.deliveries.update_many({}, {"$set": {"address": address}})
    assert world.work("email") == 0
    assert world.work("email") == 0  # a recipient has five places in a batch
    assert world.waiting("email") == 0
    refused = world.deliveries()
    assert {(each.status, each.reason) for each in refused} == {(DeliveryStatus.FAILED, "rejected")}
    assert not any(each.retryable for each in refused)
    assert "x" not in "".join(each.timeline[-1].detail for each in refused)
    request(world, "email")
    assert world.work("email") == 0
    assert len(world.messages("email")) == 1


@pytest.mark.parametrize(
    ("channel", "status"), [("email", 421), ("email", 451), ("sms", 429), ("push", 429)]
)
def test_a_throttled_delivery_waits_and_arrives(world: World, channel: str, status: int) -> None:
    request(world, channel)
    world.fault(channel, status=status, count=1)
    assert world.work(channel) == 0
    waiting = world.delivery()
    assert (waiting.status, waiting.reason) == (DeliveryStatus.QUEUED, "throttled")
    assert world.sweep() == 0  # its message is on the queue, delayed
    assert world.retry(channel) == 0
    assert len(world.messages(channel)) == 1
    sent = world.delivery()
    assert (sent.status, sent.reason, sent.attempts) == (DeliveryStatus.SENT, None, 2)
    assert statuses(sent) == ["queued", "sending", "queued", "sending", "sent"]


@pytest.mark.parametrize(
    ("channel", "status"), [("push", 429), ("push", 503), ("sms", 429), ("sms", 503)]
)
def test_the_wait_of_a_provider_is_respected(world: World, channel: str, status: int) -> None:
    request(world, channel)
    world.fault(channel, status=status, retryAfter=120)
    assert world.work(channel) == 0
    due_at = world.delivery().due_at
    assert due_at is not None
    assert due_at - world.now == timedelta(seconds=120) + dispatch.GRACE


@pytest.mark.parametrize(
    ("channel", "fault"),
    [("sms", {"status": 500}), ("push", {"status": 500})],
)
def test_a_temporary_failure_is_retried(world: World, channel: str, fault: dict[str, int]) -> None:
    request(world, channel)
    world.fault(channel, **fault, count=1)
    assert world.work(channel) == 0
    assert world.delivery().reason == "provider_unavailable"
    assert world.retry(channel) == 0
    assert len(world.messages(channel)) == 1


def test_an_unavailable_mail_server_is_retried(world: World) -> None:
    request(world, "email")
    world.configure("smtp", SMTP_HOST="127.0.0.1", SMTP_PORT="1", SMTP_FROM="a@example.com")
    assert world.work("email") == 0
    assert world.delivery().reason == "provider_unavailable"
    assert world.delivery().timeline[-1].detail == "smtp ConnectionRefusedError"
    world.configure(
        "smtp",
        SMTP_HOST="127.0.0.1",
        SMTP_PORT=str(world.standins.smtp_port),
        SMTP_FROM="a@example.com",
        SMTP_SECURITY="none",
    )
    assert world.retry("email") == 0
    assert len(world.messages("email")) == 1


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_what_was_handed_over_without_an_answer_is_unknown(world: World, channel: str) -> None:
    ada = world.as_user("usr_ada")
    world.add_contact("usr_ada", phone=PHONE)
    # Twilio is asked for this text, so that no other test must have sent it.
    body = {"text": f"It is ready: {uuid4()}"} | ({"subject": "Hi"} if channel == "email" else {})
    world.post(ada, channel, body)
    world.fault(channel, drop=True, count=1)
    assert world.work(channel) == 0
    assert (world.delivery().status, world.delivery().reason) == (
        DeliveryStatus.UNKNOWN,
        "no_answer",
    )
    while world.delivery().status is DeliveryStatus.UNKNOWN:
        assert world.retry(channel) == 0
    # The mail is repeated, because its copy is recognised. Twilio says that it has no such SMS.
    assert world.delivery().status is DeliveryStatus.SENT
    assert len(world.messages(channel)) == 1


def test_an_sms_that_twilio_has_is_not_sent_again(world: World) -> None:
    first, second = request(world, "sms"), request(world, "sms")
    assert world.work("sms") == 0
    references = {world.delivery(each).provider_reference for each in (first, second)}
    assert len(references) == 2
    # As if the answer to the second had not arrived.
    at = world.now
    steps = [
        {"status": "sending", "at": at},
        {"status": "unknown", "at": at, "detail": "twilio too_slow"},
    ]
    unknown = {"status": "unknown", "timeline": steps, "providerReference": None, "dueAt": at}
    world.database.deliveries.update_one({"notificationId": second}, {"$set": unknown})
    assert world.retry("sms") == 0
    assert world.delivery(second).status is DeliveryStatus.SENT
    assert {world.delivery(each).provider_reference for each in (first, second)} == references
    assert len(world.messages("sms")) == 2


def test_two_sms_of_one_text_are_not_found_as_the_same(world: World) -> None:
    both = [request(world, "sms"), request(world, "sms")]
    assert world.work("sms") == 0
    references = {world.delivery(each).provider_reference for each in both}
    at = world.now
    steps = [
        {"status": "sending", "at": at},
        {"status": "unknown", "at": at, "detail": "twilio too_slow"},
    ]
    unknown = {"status": "unknown", "timeline": steps, "providerReference": None, "dueAt": at}
    world.database.deliveries.update_many({}, {"$set": unknown})
    assert world.retry("sms") == 0
    assert {world.delivery(each).provider_reference for each in both} == references


def test_a_mail_server_without_tls_is_refused_by_default(world: World) -> None:
    request(world, "email")
    world.configure(
        "smtp",
        SMTP_HOST="127.0.0.1",
        SMTP_PORT=str(world.standins.smtp_port),
        SMTP_FROM="a@example.com",
    )
    assert world.work("email") == 0
    assert world.delivery().status is DeliveryStatus.QUEUED
    assert world.messages("email") == []


def test_a_refused_login_is_a_temporary_failure(world: World) -> None:
    request(world, "sms")
    world.fault("sms", status=401, count=1)
    assert world.work("sms") == 0
    assert world.delivery().status is DeliveryStatus.QUEUED


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_delivery_that_fails_for_a_day_is_given_up_and_a_redrive_sends_it(
    world: World, channel: str
) -> None:
    request(world, channel)
    started = world.now
    world.fault(channel, status=451 if channel == "email" else 503)
    assert world.work(channel) == 0
    while world.delivery().status is DeliveryStatus.QUEUED:
        assert world.now - started < timedelta(hours=26)
        world.close_circuits()
        assert world.retry(channel) == 0
    given_up = world.delivery()
    assert world.now - started >= timedelta(hours=24)
    assert (given_up.status, given_up.retryable) == (DeliveryStatus.FAILED, True)
    assert given_up.reason == ("throttled" if channel == "email" else "provider_unavailable")
    assert statuses(given_up)[-3:] == ["queued", "sending", "failed"]
    assert world.dead_letters(channel) == [(given_up.id, given_up.reason)]
    world.heal()
    world.later(hours=1)  # as long as the endpoint of a push message may wait
    world.redrive(channel)
    assert world.work(channel) == 0
    assert world.delivery().status is DeliveryStatus.SENT
    assert len(world.messages(channel)) == 1


@pytest.mark.parametrize(
    ("channel", "provider"), [("email", "smtp"), ("sms", "twilio"), ("push", "vapid")]
)
def test_a_delivery_is_suppressed_without_credentials(
    world: World, channel: str, provider: str
) -> None:
    request(world, channel)
    world.configure(provider)
    assert world.work(channel) == 0
    delivery = world.delivery()
    assert (delivery.status, delivery.reason) == (DeliveryStatus.SUPPRESSED, "not_configured")


@pytest.mark.parametrize("status", [404, 410])
def test_the_subscription_of_a_gone_browser_is_deleted(world: World, status: int) -> None:
    request(world, "push")
    world.fault("push", status=status)
    assert world.work("push") == 0
    delivery = world.delivery()
    assert (delivery.status, delivery.reason) == (DeliveryStatus.FAILED, "subscription_gone")
    assert world.database.subscriptions.count_documents({}) == 0


def test_a_browser_of_another_user_by_now_is_not_notified(world: World) -> None:
    ada, bob = world.as_user("usr_ada"), world.as_user("usr_bob")
    issued = world.subscribe(ada, "the browser")
    world.post(ada, "push", {"title": "For Ada", "body": "Only."})
    world.post(bob, "subscriptions", issued, 201)
    assert world.work("push") == 0
    assert world.messages("push") == []
    assert world.delivery().reason == "subscription_gone"
    assert world.find_document("subscriptions", {})["userId"] == "usr_bob"


def test_another_worker_takes_over_when_the_lease_is_over(world: World) -> None:
    request(world, "email")
    delivery = world.delivery()
    lease_until = world.now + timedelta(seconds=120)
    assert deliveries.claim_batch([delivery.id], Channel.EMAIL, world.now, lease_until)
    assert world.work("email") == 0  # it may still be sending
    assert world.messages("email") == []
    assert world.sweep() == 0
    world.now = lease_until
    assert world.sweep() == 1
    assert world.work("email") == 0
    assert len(world.messages("email")) == 1
    assert world.delivery().attempts == 2


def test_a_crash_before_the_result_is_saved_sends_a_recognisable_copy(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    request(world, "email")
    with monkeypatch.context() as patched:
        patched.setattr(deliveries, "save_results", _die)
        assert world.work("email") == 1
    world.now += timedelta(seconds=120)
    assert world.work("email", receives=2) == 0
    first, copy = world.messages("email")
    assert first["headers"]["message-id"] == copy["headers"]["message-id"]


def test_an_internal_error_can_be_redriven(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    request(world, "email")
    with monkeypatch.context() as patched:
        patched.setattr(Composer, "compose", _die)
        assert world.work("email") == 0
        while world.delivery().status is DeliveryStatus.QUEUED:
            assert world.retry("email") == 0
    failed = world.delivery()
    assert (failed.status, failed.reason) == (DeliveryStatus.FAILED, "internal_error")
    assert failed.retryable
    world.redrive("email")
    assert world.work("email") == 0
    assert world.delivery().status is DeliveryStatus.SENT


def test_the_circuit_opens_after_five_failures(world: World) -> None:
    request_of_each(world, 6)
    world.fault("sms", status=500, count=5)
    assert world.work("sms") == 0  # the sixth would have been accepted
    assert world.messages("sms") == []
    assert world.deliveries()[-1].timeline[-1].detail == "circuit open"


def test_refusals_do_not_open_the_circuit(world: World) -> None:
    request_of_each(world, 7)
    world.fault("sms", status=429, count=6)
    assert world.work("sms") == 0
    assert len(world.messages("sms")) == 1


def test_one_failing_message_does_not_delay_the_others(world: World) -> None:
    first, second = request(world, "email"), request(world, "email")
    world.fault("email", status=451, count=1)
    assert world.work("email") == 0
    states = {world.delivery(first).status, world.delivery(second).status}
    assert states == {DeliveryStatus.QUEUED, DeliveryStatus.SENT}


def test_one_of_several_concurrent_workers_sends(world: World) -> None:
    request(world, "email")
    id_, lease_until = world.delivery().id, world.now + timedelta(seconds=120)

    def claim() -> bool:
        return bool(deliveries.claim_batch([id_], Channel.EMAIL, world.now, lease_until))

    assert sorted(together(8, claim)) == [False] * 7 + [True]
    assert world.delivery().attempts == 1


def test_only_what_was_not_added_before_is_new(world: World) -> None:
    request(world, "email")
    known = world.delivery()
    others = [
        replace(known, id=f"dlv_{number}", recipient_key=f"usr_{number}") for number in range(3)
    ]
    again = replace(known, id="dlv_again")
    assert deliveries.add_deliveries([others[0], again, others[1], known, others[2]]) == others
    assert deliveries.add_deliveries([again]) == []
    assert {each.id for each in world.deliveries()} == {known.id, "dlv_0", "dlv_1", "dlv_2"}


@pytest.mark.parametrize("codes", [[121], [11000, 121], [121, 11000]])
def test_an_insertion_that_fails_for_another_reason_is_no_duplicate(
    world: World, codes: list[int]
) -> None:
    """It was not added, so to report it as sent before would lose it."""
    request(world, "email")
    failures = [{"index": index, "code": code} for index, code in enumerate(codes)]
    refusal = BulkWriteError({"writeErrors": failures})
    with (
        mock.patch.object(Collection, "insert_many", side_effect=refusal),
        pytest.raises(BulkWriteError),
    ):
        deliveries.add_deliveries([world.delivery()] * len(codes))


def test_the_message_of_a_deleted_delivery_is_dropped(world: World) -> None:
    request(world, "email")
    world.database.deliveries.delete_many({})
    assert world.work("email") == 0


def test_the_worker_of_another_channel_cannot_claim_a_delivery(world: World) -> None:
    request(world, "email")
    delivery = world.delivery()
    lease_until = world.now + timedelta(seconds=60)
    assert deliveries.claim_batch([delivery.id], Channel.SMS, world.now, lease_until) == []


def _die(*_: object, **__: object) -> None:
    raise RuntimeError("died")


def test_a_database_failure_after_sending_makes_no_second_copy(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    request(world, "email")
    real, failures = Collection.bulk_write, iter([AutoReconnect("down"), AutoReconnect("down")])

    def failing(self: Any, writes: Any, **options: Any) -> Any:
        error = next(failures, None)
        if error is not None:
            raise error
        return real(self, writes, **options)

    monkeypatch.setattr(Collection, "bulk_write", failing)
    assert world.work("email") == 0
    assert world.delivery().status is DeliveryStatus.SENT
    assert len(world.messages("email")) == 1


@pytest.mark.parametrize(
    ("starts_at", "zone"),
    [
        ("0001-01-01T00:00:00Z", "America/New_York"),
        ("9999-12-31T23:59:59Z", "Pacific/Kiritimati"),
    ],
)
def test_an_appointment_at_the_end_of_the_calendar_is_refused(
    world: World, starts_at: str, zone: str
) -> None:
    body = {"artistName": "Mara", "serviceName": "Sleeve", "startsAt": starts_at, "timeZone": zone}
    errors = world.errors(world.as_user("usr_ada"), "appointment-confirmation", body)
    assert list(errors) == ["body.startsAt"]
