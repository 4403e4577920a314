"""Messages go where and when their recipients want them."""

from typing import Any

import pytest

from notifications.models import Delivery, DeliveryStatus
from tests.functional.notifications.event_data import ARTIST, CLIENT, appointment
from tests.functional.notifications.world import World, address_of, statuses
from tests.support.gateway import ApiClient

PHONE = "+61491570156"
PREFERENCES = "/v1/notifications/preferences"
NIGHT = {"quietHours": {"start": "22:00", "end": "08:00"}, "timeZone": "Europe/Berlin"}


@pytest.fixture
def people(world: World) -> World:
    """A world with an artist and a client with every channel, who chose nothing."""
    world.add_contact(ARTIST, name="Mara Voss")
    world.add_contact(CLIENT, phone=PHONE, name="Ada Byron", wants_sms=False)
    world.subscribe(world.as_user(CLIENT), "ada")
    return world


def put(world: World, body: dict[str, Any], user_id: str = CLIENT, role: str = "client") -> None:
    answer = world.as_user(user_id, role).put(PREFERENCES, json=body)
    assert answer.status_code == 200, answer.body


def book(world: World, **changes: Any) -> list[Delivery]:
    """Let the artist book the client, and return what is sent to the client."""
    event_id = world.consume("appointment.created", appointment(by="artist", **changes))
    return [
        delivery
        for delivery in world.deliveries()
        if delivery.event_id == event_id and delivery.recipient_id == CLIENT
    ]


def channels(deliveries: list[Delivery]) -> dict[str, str]:
    return {one.channel.value: one.reason or one.status.value for one in deliveries}


def inbox(world: World) -> list[Any]:
    found: list[Any] = world.as_user(CLIENT).get("/v1/notifications/inbox").json_body["items"]
    return found


def run_all(world: World) -> None:
    for channel in ("email", "sms", "push"):
        assert world.work(channel) == 0


def test_a_booking_costs_no_sms_by_default(people: World) -> None:
    assert channels(book(people)) == {"email": "queued", "push": "queued"}
    run_all(people)
    assert people.messages("sms") == []
    assert len(inbox(people)) == 1


@pytest.mark.parametrize("choice", ["on", "fallback"])
def test_an_sms_is_sent_where_it_was_chosen(people: World, choice: str) -> None:
    others = {} if choice == "on" else {"email": "off", "push": "off"}
    put(people, {"categories": {"booking": {"sms": choice} | others}})
    assert channels(book(people))["sms"] == "queued"
    run_all(people)
    assert [text["to"] for text in people.messages("sms")] == [PHONE]


def test_a_fallback_is_not_used_where_another_channel_leads_to_the_person(people: World) -> None:
    put(people, {"categories": {"booking": {"sms": "fallback"}}})
    assert channels(book(people)) == {"email": "queued", "push": "queued"}


def test_the_defaults_of_a_studio_hold_for_whoever_chose_nothing(people: World) -> None:
    defaults = {"studioDefaults": {"booking": {"sms": "on", "push": "off"}}}
    put(people, defaults, ARTIST, "artist")
    assert channels(book(people)) == {"email": "queued", "sms": "queued"}
    put(people, {"categories": {"booking": {"sms": "off"}}})
    assert channels(book(people)) == {"email": "queued", "sms": "opted_out"}


def test_an_opt_out_is_recorded_and_keeps_the_inbox(people: World) -> None:
    put(people, {"categories": {"booking": {"email": "off", "push": "off"}}})
    assert channels(book(people)) == {"email": "opted_out", "push": "opted_out"}
    assert len(inbox(people)) == 1
    put(people, {"categories": {"booking": {"inbox": "off"}}})
    book(people)
    assert len(inbox(people)) == 1


def test_a_mute_suppresses_everything_but_codes_until_its_end(people: World) -> None:
    put(people, {"mutedUntil": "2026-03-02T18:00:00Z"})
    assert channels(book(people)) == {"email": "muted", "push": "muted"}
    assert len(inbox(people)) == 1
    client = people.as_user(CLIENT)
    people.post(client, "contact/phone", {"phone": "+61491570157"})
    assert people.work("sms") == 0
    assert [text["to"] for text in people.messages("sms")] == ["+61491570157"]
    people.later(hours=6)
    assert channels(book(people)) == {"email": "queued", "push": "queued"}


def test_quiet_hours_defer_to_their_end(people: World) -> None:
    hours = {"start": "22:00", "end": "08:00", "always": ["push"]}
    put(people, {"quietHours": hours, "timeZone": "Europe/Berlin"})
    people.later(hours=10)  # 23:00 in Berlin
    email, push = book(people)
    assert email.due_at is not None
    assert email.due_at.isoformat() == "2026-03-03T07:00:00+00:00"
    assert email.timeline[-1].detail == "quiet_hours"
    run_all(people)
    assert len(people.messages("push")) == 1
    assert people.messages("email", address_of(CLIENT)) == []
    assert push.status is DeliveryStatus.QUEUED
    people.later(hours=8, minutes=59)
    people.sweep()
    assert people.waiting("email") == 0
    people.later(minutes=1)
    people.sweep()
    run_all(people)
    assert len(people.messages("email", address_of(CLIENT))) == 1


def test_what_is_useless_in_the_morning_is_sent_at_night(people: World) -> None:
    put(people, NIGHT)
    people.later(hours=10)
    soon = {"startsAt": "2026-03-03T05:00:00Z", "endsAt": "2026-03-03T06:30:00Z"}
    assert len(book(people, **soon)) == 2
    assert people.waiting("push") == 1


def test_a_channel_that_a_sender_names_is_used_unless_the_person_opted_out(people: World) -> None:
    client = people.as_user(CLIENT)
    sent = people.post(client, "sms", {"text": "Hello"})
    assert people.work("sms") == 0
    assert people.delivery(sent["id"]).status is DeliveryStatus.SENT
    put(people, {"categories": {"message": {"sms": "off"}}})
    sent = people.post(client, "sms", {"text": "Hello"})
    shown = client.get(sent["statusUrl"]).json_body["deliveries"]
    assert [(one["status"], one["reason"]) for one in shown] == [("suppressed", "opted_out")]
    sent = people.post(client, "send", {"text": "Hello"})
    assert channels(people.deliveries(sent["id"])) == {
        "email": "queued",
        "push": "queued",
        "sms": "opted_out",
    }


def change_mind(world: World, client: ApiClient, body: dict[str, Any]) -> Delivery:
    """Send a mail to be sent in an hour, change the preferences, and let it be due."""
    send_at = (world.now.replace(microsecond=0)).isoformat().replace("T12", "T13")
    sent = world.post(client, "email", {"subject": "Hi", "text": "Hi", "sendAt": send_at})
    put(world, body)
    world.later(hours=1, seconds=1)
    world.sweep()
    assert world.work("email") == 0
    return world.delivery(sent["id"])


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"categories": {"message": {"email": "off"}}}, "opted_out"),
        ({"mutedUntil": "2026-03-02T18:00:00Z"}, "muted"),
    ],
)
def test_a_change_is_effective_before_the_next_send(
    people: World, body: dict[str, Any], reason: str
) -> None:
    delivery = change_mind(people, people.as_user(CLIENT), body)
    assert (delivery.status, delivery.reason) == (DeliveryStatus.SUPPRESSED, reason)
    assert people.messages("email") == []


def test_quiet_hours_that_were_set_meanwhile_defer_as_well(people: World) -> None:
    body = {"quietHours": {"start": "13:00", "end": "15:00"}, "timeZone": "UTC"}
    delivery = change_mind(people, people.as_user(CLIENT), body)
    assert delivery.status is DeliveryStatus.QUEUED
    assert people.messages("email") == []
    people.later(hours=2)
    people.sweep()
    assert people.work("email") == 0
    assert len(people.messages("email")) == 1
    assert statuses(people.delivery(delivery.notification_id))[-1] == "sent"
