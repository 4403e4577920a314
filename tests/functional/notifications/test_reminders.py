"""Reminders: what is sent at a time, over HTTP and by the sweeper."""

import itertools
import json
import random
import threading
from datetime import UTC, datetime, timedelta
from types import ModuleType, SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from domain.ids import new_id
from infra.paths import ROOT
from notifications import app as feature
from notifications.events import AppointmentEvent
from notifications.inbox import entries
from notifications.models import Channel, EmailContent, Reminders
from notifications.notices import reminders as notices
from notifications.rules import reminder_times
from notifications.store import deliveries
from notifications.store import reminders as reminder_store
from notifications.use_cases import dispatch, due_reminders, export, reminders
from tests.functional.notifications.event_data import ARTIST, CLIENT, appointment, deposit
from tests.functional.notifications.world import World

START = datetime(2026, 7, 2, 7, 30, tzinfo=UTC)  # 09:30 in Berlin
END = datetime(2026, 7, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def people(world: World) -> World:
    """A world with an artist and a client."""
    world.add_contact(ARTIST, name="Mara Voss")
    world.add_contact(CLIENT, name="Ada Byron")
    return world


def sent(world: World, *templates: str) -> list[tuple[str, datetime]]:
    """List the reminders that were sent as mails, with their time."""
    wanted = templates or (
        "appointment-reminder", "follow-up", "aftercare", "review-request", "birthday"
    )  # fmt: skip
    return [
        (delivery.template.name, delivery.created_at)
        for delivery in world.deliveries()
        if delivery.channel is Channel.EMAIL and delivery.template is not None
        if delivery.template.name in wanted
    ]


def at(world: World, instant: datetime) -> None:
    """Let it be an instant, and the sweeper run."""
    world.now = instant
    world.sweep_reminders()


def publish(world: World, change: str, **fields: Any) -> None:
    world.consume(f"appointment.{change}", appointment(**fields))
    world.sweep_reminders()


def test_the_client_is_reminded_a_day_before_with_place_and_map(people: World) -> None:
    publish(people, "confirmed")
    at(people, datetime(2026, 7, 1, 7, 29, tzinfo=UTC))
    assert sent(people) == []
    at(people, datetime(2026, 7, 1, 7, 30, tzinfo=UTC))
    at(people, datetime(2026, 7, 1, 7, 31, tzinfo=UTC))
    assert sent(people) == [("appointment-reminder", datetime(2026, 7, 1, 7, 30, tzinfo=UTC))]
    mail = people.mails()[-1]
    assert isinstance(mail, EmailContent)
    assert "Thursday, 2 July 2026, 09:30 (Europe/Berlin)" in mail.text
    assert "1 Main Street" in mail.text
    assert "https://www.google.com/maps/search/?api=1&query=1+Main+Street" in mail.text
    assert "query=1+Main+Street" in str(mail.html)
    assert mail.invitation is not None
    assert mail.invitation.method == "REQUEST"
    assert mail.invitation.event.uid == "apt_1@artist-booking"
    assert mail.invitation.event.starts_at == START


def berlin(*parts: int) -> datetime:
    """Return an instant of a local time in Berlin."""
    return datetime(*parts, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize("end", ["cancelled", "declined", "expired", "no_show"])
def test_what_ended_is_not_reminded_of(people: World, end: str) -> None:
    people.consume(f"appointment.{end}", appointment(status=end, recordVersion=3))
    # A late event of an older version does not bring it back.
    publish(people, "confirmed", recordVersion=2)
    at(people, datetime(2026, 7, 1, 7, 30, tzinfo=UTC))
    at(people, datetime(2026, 7, 5, 7, 30, tzinfo=UTC))
    assert sent(people) == []


def test_a_moved_appointment_is_reminded_of_at_its_new_time_only(people: World) -> None:
    publish(people, "confirmed")
    moved = {"startsAt": "2026-07-09T07:30:00Z", "endsAt": "2026-07-09T09:30:00Z"}
    people.now = datetime(2026, 6, 30, tzinfo=UTC)
    publish(people, "rescheduled", recordVersion=2, **moved)
    at(people, datetime(2026, 7, 1, 7, 31, tzinfo=UTC))
    assert sent(people) == []
    at(people, datetime(2026, 7, 8, 7, 30, tzinfo=UTC))
    assert len(sent(people)) == 1


def test_one_that_moved_after_its_reminder_is_reminded_of_again(people: World) -> None:
    publish(people, "confirmed")
    at(people, datetime(2026, 7, 1, 7, 30, tzinfo=UTC))
    moved = {"startsAt": "2026-07-09T07:30:00Z", "endsAt": "2026-07-09T09:30:00Z"}
    publish(people, "rescheduled", recordVersion=2, **moved)
    at(people, datetime(2026, 7, 8, 7, 30, tzinfo=UTC))
    assert len(sent(people)) == 2


@pytest.mark.parametrize("change", ["cancelled", "rescheduled"])
def test_a_reminder_that_waits_is_not_sent_after_the_change(people: World, change: str) -> None:
    publish(people, "confirmed")
    at(people, datetime(2026, 7, 1, 7, 30, tzinfo=UTC))
    moved = {"startsAt": "2026-07-09T07:30:00Z", "endsAt": "2026-07-09T09:30:00Z"}
    status = "cancelled" if change == "cancelled" else "confirmed"
    publish(people, change, status=status, recordVersion=2, **moved)
    people.work("email")
    (reminder,) = (
        each
        for each in people.deliveries()
        if each.template is not None and each.template.name == "appointment-reminder"
    )
    assert (reminder.status, reminder.reason) == ("suppressed", "outdated")


def test_who_books_after_the_time_of_the_reminder_gets_none(people: World) -> None:
    people.now = datetime(2026, 7, 1, 10, tzinfo=UTC)
    publish(people, "confirmed")
    at(people, datetime(2026, 7, 2, 7, tzinfo=UTC))
    assert sent(people) == []


def test_a_reminder_is_late_rather_than_lost_until_a_quarter_of_an_hour_before(
    people: World,
) -> None:
    publish(people, "confirmed")
    at(people, datetime(2026, 7, 2, 7, 14, tzinfo=UTC))
    assert len(sent(people)) == 1
    publish(people, "confirmed", appointmentId="apt_2")
    at(people, datetime(2026, 7, 2, 7, 15, tzinfo=UTC))
    assert len(sent(people)) == 1


def test_aftercare_comes_daily_at_nine_and_once_each(people: World) -> None:
    people.now = END
    publish(people, "completed", status="completed", recordVersion=2)
    for day in range(3, 20):
        for hour, minute in ((8, 59), (9, 0), (9, 1), (11, 30)):
            at(people, berlin(2026, 7, day, hour, minute))
    assert sent(people, "aftercare") == [
        ("aftercare", berlin(2026, 7, day, 9)) for day in range(3, 17)
    ]
    assert sent(people, "follow-up") == [("follow-up", berlin(2026, 7, 3, 11, 30))]
    assert sent(people, "review-request") == [("review-request", berlin(2026, 7, 5, 11, 30))]
    categories = {
        each.template.name: each.category.value
        for each in people.deliveries()
        if each.template is not None and each.recipient_id == CLIENT
    }
    assert categories["follow-up"] == categories["aftercare"] == "aftercare"
    assert categories["review-request"] == "review"


def test_a_correction_ends_what_followed(people: World) -> None:
    people.now = END
    publish(people, "completed", status="completed", recordVersion=2)
    at(people, berlin(2026, 7, 3, 9))
    publish(people, "corrected", status="confirmed", previousStatus="completed", recordVersion=3)
    for day in range(3, 20):
        at(people, berlin(2026, 7, day, 12))
    assert len(sent(people)) == 1


def test_aftercare_counts_from_the_last_completed_sitting(people: World) -> None:
    second = {"startsAt": "2026-07-09T07:30:00Z", "endsAt": "2026-07-09T09:30:00Z"}
    publish(people, "confirmed", proposalId="prp_1")
    publish(people, "confirmed", proposalId="prp_1", appointmentId="apt_2", **second)
    at(people, datetime(2026, 7, 1, 7, 30, tzinfo=UTC))
    people.now = END
    publish(people, "completed", status="completed", proposalId="prp_1", recordVersion=2)
    for day in range(3, 9):
        at(people, berlin(2026, 7, day, 9))
        at(people, berlin(2026, 7, day, 12))
    assert len(sent(people, "appointment-reminder")) == 2
    assert len(sent(people, "aftercare")) == 6
    assert sent(people, "review-request") == []  # another sitting lies ahead
    people.now = berlin(2026, 7, 9, 11, 30)
    publish(
        people,
        "completed",
        status="completed",
        proposalId="prp_1",
        appointmentId="apt_2",
        recordVersion=2,
        **second,
    )
    for day in range(10, 26):
        at(people, berlin(2026, 7, day, 9))
        at(people, berlin(2026, 7, day, 12))
    assert len(sent(people, "aftercare")) == 6 + 14
    assert len(sent(people, "review-request")) == 1


# ---- once, and none lost -----------------------------------------------------------------------

STREAM: list[tuple[str, dict[str, Any]]] = [
    ("created", {"status": "pending", "recordVersion": 1}),
    ("confirmed", {"recordVersion": 2}),
    ("rescheduled", {"recordVersion": 3, "startsAt": "2026-07-09T07:30:00Z"}),
    ("cancelled", {"status": "cancelled", "recordVersion": 4}),
]


def test_events_in_any_order_and_twice_lead_to_the_newest_state(people: World) -> None:
    numbers = range(len(STREAM))
    for length in (3, 4):  # with and without the cancellation
        newest = STREAM[length - 1][1]
        for order in itertools.permutations(numbers[:length]):
            people.database.reminders.delete_many({})
            for number in (*order, *order[:2]):
                _, fields = STREAM[number]
                event = msgspec.convert(appointment(**fields), AppointmentEvent)
                reminders.record_appointment(event, people.now, people.now)
            (row,) = people.database.reminders.find()
            assert row["appointment"]["version"] == newest["recordVersion"]
            assert row["appointment"]["status"] == newest.get("status", "confirmed")
            assert row["appointment"]["startsAt"].day == (9 if length == 3 else 2)


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_in_whatever_order_reminders_are_of_the_newest_state(
    people: World, seed: int
) -> None:
    """Let an appointment move and end at random, and its events come late, twice and mixed up."""
    chance = random.Random(seed)
    begin = datetime(2026, 6, 20, tzinfo=UTC)
    happened: list[tuple[datetime, dict[str, Any]]] = []
    for version in range(1, chance.randint(2, 6)):
        start = datetime(2026, 7, 2, 7, 30, tzinfo=UTC) + timedelta(hours=chance.randint(0, 90))
        fields = {
            "recordVersion": version,
            "startsAt": f"{start:%Y-%m-%dT%H:%M:%SZ}",
            "status": "confirmed",
        }
        happened.append((begin + timedelta(days=2 * version, hours=chance.randint(0, 9)), fields))
    if chance.random() < 0.5:
        happened[-1][1]["status"] = chance.choice(["cancelled", "declined", "expired"])
    arrivals = [
        (time + timedelta(hours=chance.choice([0, 0, 1, 30, 80])), time, fields)
        for time, fields in happened
        for _ in range(chance.randint(1, 2))
    ]
    known: dict[str, Any] = {"recordVersion": 0}
    times = [begin + timedelta(hours=12 * number) for number in range(35)]
    for now in sorted({*times, *(arrival for arrival, _, _ in arrivals)}):
        people.now = now
        for arrival, time, fields in arrivals:
            if arrival == now:
                event = msgspec.convert(appointment(**fields), AppointmentEvent)
                reminders.record_appointment(event, time, now)
                known = max(known, fields, key=lambda each: int(each["recordVersion"]))
        if not people.sweep_reminders():
            continue
        for delivery in (each for each in people.deliveries() if each.created_at == now):
            assert delivery.reminder is not None
            assert known["status"] == "confirmed"
            assert f"{delivery.reminder.anchor:%Y-%m-%dT%H:%M:%SZ}" == known["startsAt"]
            assert now < delivery.reminder.anchor
    newest = happened[-1][1]
    last_arrival = max(arrival for arrival, _, _ in arrivals)
    final = [
        each
        for each in people.deliveries()
        if each.reminder is not None
        and f"{each.reminder.anchor:%Y-%m-%dT%H:%M:%SZ}" == newest["startsAt"]
    ]
    start = datetime.fromisoformat(newest["startsAt"].replace("Z", "+00:00"))
    if newest["status"] == "confirmed" and last_arrival < start - timedelta(hours=24):
        assert len(final) == 1


def test_two_sweepers_send_one(people: World) -> None:
    publish(people, "confirmed")
    people.now = datetime(2026, 7, 1, 7, 30, tzinfo=UTC)
    until = people.now + timedelta(minutes=2)
    (claimed,) = reminder_store.claim("due", 10, people.now, until)
    assert people.sweep_reminders() == 0
    # The first one died: the second sends it when the lease is over.
    people.later(minutes=2, seconds=1)
    assert people.sweep_reminders() == 1
    assert len(sent(people)) == 1
    # The first one was not dead, only slow: what it sends is the same message.
    (row,) = people.database.reminders.find()
    people.database.reminders.update_one({}, {"$set": {**claimed, "leaseUntil": None}})
    people.sweep_reminders()
    assert len(sent(people)) == 1
    assert row["dueAt"] is None


STEPS = [
    (module, step, is_done)
    for module, step in (
        (reminder_store, "claim"),
        (reminder_store, "is_claimed"),
        (entries, "add"),
        (deliveries, "add_deliveries"),
        (dispatch, "enqueue"),
        (reminder_store, "finish"),
    )
    for is_done in (False, True)
]


@pytest.mark.parametrize(
    ("module", "step", "is_done"), STEPS, ids=[f"{step} {is_done}" for _, step, is_done in STEPS]
)
def test_a_sweeper_that_dies_loses_nothing_and_doubles_nothing(
    people: World, monkeypatch: pytest.MonkeyPatch, module: ModuleType, step: str, *, is_done: bool
) -> None:
    """Let it die at each of its steps, before and after it."""
    publish(people, "confirmed")
    people.now = datetime(2026, 7, 1, 7, 30, tzinfo=UTC)
    real = getattr(module, step)

    def dying(*arguments: Any, **named: Any) -> Any:
        if is_done:
            real(*arguments, **named)
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(module, step, dying)
        with pytest.raises(SystemExit):
            people.sweep_reminders()
    people.later(minutes=2, seconds=1)
    people.sweep_reminders()
    people.sweep()
    people.work("email")
    people.work("email")
    arrived = [mail for mail in people.messages("email") if "Reminder" in mail["subject"]]
    assert len(sent(people)) == len(arrived) == 1
    inbox = people.as_user(CLIENT).get("/v1/notifications/inbox").json_body["items"]
    assert [entry["template"] for entry in inbox].count("appointment-reminder") == 1


def test_a_change_while_the_sweeper_looks_is_not_overwritten(
    people: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(people, "confirmed")
    people.now = datetime(2026, 7, 1, 7, 30, tzinfo=UTC)
    real = reminder_times.list_occurrences

    def changing(*arguments: Any) -> Any:
        people.consume("appointment.cancelled", appointment(status="cancelled", recordVersion=2))
        return real(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(reminder_times, "list_occurrences", changing)
        people.sweep_reminders()
    assert sent(people) == []
    assert people.find_document("reminders", {"_id": "apt_1"})["dueAt"] is None


def test_one_that_fails_does_not_hold_up_the_others(people: World) -> None:
    publish(people, "confirmed")
    publish(people, "confirmed", appointmentId="apt_2")
    people.database.reminders.update_one({"_id": "apt_1"}, {"$set": {"appointment.version": "?"}})
    at(people, datetime(2026, 7, 1, 7, 30, tzinfo=UTC))
    assert len(sent(people)) == 1


# ---- who is asked ------------------------------------------------------------------------------


def test_nothing_goes_while_one_blocks_the_other(people: World) -> None:
    publish(people, "confirmed")
    block = {
        "conversationId": "cnv_1",
        "artistId": ARTIST,
        "clientId": CLIENT,
        "userId": ARTIST,
        "blocked": True,
        "recordVersion": 1,
    }
    people.consume("conversation.block_changed", block)
    at(people, datetime(2026, 7, 1, 7, 30, tzinfo=UTC))
    assert sent(people) == []


@pytest.mark.parametrize("deleted", [ARTIST, CLIENT])
def test_the_reminders_of_a_deleted_account_are_gone(people: World, deleted: str) -> None:
    publish(people, "confirmed")
    people.consume("user.deleted", {"userId": deleted})
    publish(people, "rescheduled", recordVersion=2)  # a late one
    assert people.database.reminders.count_documents({}) == 0
    at(people, datetime(2026, 7, 1, 7, 30, tzinfo=UTC))
    assert sent(people) == []


def test_a_walk_in_without_an_account_has_none(people: World) -> None:
    publish(people, "confirmed", clientId=None)
    assert people.database.reminders.count_documents({}) == 0


def test_a_copy_that_was_lacking_is_made_and_nothing_is_sent_of_the_past(people: World) -> None:
    people.now = END + timedelta(days=1, hours=1)
    recorded = appointment(status="completed", changedAt="2026-07-02T09:30:00Z", recordVersion=2)
    people.consume("appointment.recorded", recorded)
    people.sweep_reminders()
    assert sent(people) == []
    at(people, berlin(2026, 7, 4, 9))
    assert sent(people) == [("aftercare", berlin(2026, 7, 4, 9))]


# ---- settings ----------------------------------------------------------------------------------


def test_an_artist_sets_what_is_sent(people: World) -> None:
    mara = people.as_user(ARTIST, "artist")
    path = "/v1/notifications/settings"
    defaults = mara.get(path).json_body
    assert defaults["reminder"]["hoursBefore"] == [24]
    assert defaults["aftercare"] | {"channels": None} == {
        "enabled": True,
        "days": 14,
        "hour": 9,
        "channels": None,
    }
    assert defaults["reviewRequest"]["daysAfter"] == 3
    assert defaults["updatedAt"] is None
    publish(people, "confirmed")
    # It applies to what is booked already, and only to this artist's clients.
    publish(people, "confirmed", appointmentId="apt_2", artistId="usr_other")
    people.add_contact("usr_other", name="Other")
    saved = mara.put(path, json={"reminder": {"hoursBefore": [48]}})
    assert saved.status_code == 200, saved.body
    assert mara.get(path).json_body == saved.json_body
    at(people, datetime(2026, 6, 30, 7, 30, tzinfo=UTC))
    at(people, datetime(2026, 6, 30, 7, 31, tzinfo=UTC))
    assert len(sent(people)) == 1
    at(people, datetime(2026, 7, 1, 7, 30, tzinfo=UTC))
    at(people, datetime(2026, 7, 1, 7, 31, tzinfo=UTC))
    assert len(sent(people)) == 2


def test_what_is_off_is_not_sent_and_only_through_the_channels_that_are_on(people: World) -> None:
    mara = people.as_user(ARTIST, "artist")
    people.subscribe(people.as_user(CLIENT), "ada")
    body = {
        "reminder": {"channels": {"email": False}},
        "aftercare": {"enabled": False},
        "followUp": {"hour": 18},
    }
    assert mara.put("/v1/notifications/settings", json=body).status_code == 200
    publish(people, "confirmed")
    people.now = datetime(2026, 7, 1, 7, 30, tzinfo=UTC)
    people.sweep_reminders()
    channels = [
        each.channel.value
        for each in people.deliveries()
        if each.template is not None and each.template.name == "appointment-reminder"
    ]
    assert channels == ["push"]
    people.now = END
    publish(people, "completed", status="completed", recordVersion=2)
    at(people, berlin(2026, 7, 3, 9))
    assert sent(people) == []
    at(people, berlin(2026, 7, 3, 18))
    assert sent(people) == [("follow-up", berlin(2026, 7, 3, 18))]


def test_the_links_of_a_review_request_are_the_artists(people: World) -> None:
    mara = people.as_user(ARTIST, "artist")
    links = {"google": "https://g.page/r/mara/review", "custom": "https://mara.example.com/r"}
    body = {"reviewRequest": {"links": links}}
    assert mara.put("/v1/notifications/settings", json=body).status_code == 200
    people.now = END
    publish(people, "completed", status="completed", recordVersion=2)
    at(people, berlin(2026, 7, 5, 11, 30))
    (mail,) = (mail for mail in people.mails() if "review" in mail.subject)
    assert all(link in mail.text and link in str(mail.html) for link in links.values())


def test_a_review_is_asked_for_at_the_place_of_an_id_and_on_a_page_at_facebook(
    people: World,
) -> None:
    mara = people.as_user(ARTIST, "artist")
    page = "https://www.facebook.com/maravoss/reviews"
    links = {"googlePlaceId": "ChIJN1t_tDeuEmsRUsoyG83frY4", "facebook": page}
    answer = mara.put("/v1/notifications/settings", json={"reviewRequest": {"links": links}})
    assert answer.status_code == 200
    saved = mara.get("/v1/notifications/settings").json_body["reviewRequest"]["links"]
    assert saved == {"google": None, "custom": None} | links
    people.now = END
    publish(people, "completed", status="completed", recordVersion=2)
    at(people, berlin(2026, 7, 5, 11, 30))
    (mail,) = (mail for mail in people.mails() if "review" in mail.subject)
    form = "https://search.google.com/local/writereview?placeid=ChIJN1t_tDeuEmsRUsoyG83frY4"
    assert all(link in mail.text and link in str(mail.html) for link in (form, page))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"reminder": {"hoursBefore": []}}, "body.reminder.hoursBefore"),
        ({"reminder": {"hoursBefore": [0]}}, "body.reminder.hoursBefore[0]"),
        ({"aftercare": {"hour": 24}}, "body.aftercare.hour"),
        ({"aftercare": {"days": 31}}, "body.aftercare.days"),
        ({"followUp": {"daysAfter": 0}}, "body.followUp.daysAfter"),
        ({"birthday": {"channels": {"fax": True}}}, "body.birthday.channels.fax"),
        (
            {"reviewRequest": {"links": {"google": "http://google.com/"}}},
            "body.reviewRequest.links.google",
        ),
        (
            {"reviewRequest": {"links": {"facebook": "https://evil.example/"}}},
            "body.reviewRequest.links.facebook",
        ),
        (
            {"reviewRequest": {"links": {"google": "https://www.google.com/maps/place/Voss"}}},
            "body.reviewRequest.links.google",
        ),
        (
            {"reviewRequest": {"links": {"facebook": "https://www.facebook.com/maravoss"}}},
            "body.reviewRequest.links.facebook",
        ),
        (
            {"reviewRequest": {"links": {"googlePlaceId": "a place"}}},
            "body.reviewRequest.links.googlePlaceId",
        ),
        ({"updatedAt": "2026-01-01T00:00:00Z"}, "body.updatedAt"),
    ],
)
def test_wrong_settings_are_refused(people: World, body: dict[str, Any], field: str) -> None:
    answer = people.as_user(ARTIST, "artist").put("/v1/notifications/settings", json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json_body["errors"]] == [field]


# ---- birthdays ---------------------------------------------------------------------------------

BIRTHDAY = {"month": 7, "day": 5, "timeZone": "Europe/Berlin"}
PATH = "/v1/notifications/contact/birthday"


def test_an_artist_greets_their_client_at_nine(people: World) -> None:
    ada = people.as_user(CLIENT)
    assert ada.put(PATH, json=BIRTHDAY).json_body == BIRTHDAY
    assert ada.get("/v1/notifications/contact").json_body["birthday"] == BIRTHDAY
    people.consume("appointment.created", appointment())
    people.consume("appointment.confirmed", appointment())  # so she is a client now
    people.sweep_reminders()
    for year in (2026, 2027):
        at(people, berlin(year, 7, 4, 21))
        at(people, berlin(year, 7, 5, 8, 59))
        at(people, berlin(year, 7, 5, 9))
        at(people, berlin(year, 7, 5, 9, 1))
    greetings = [berlin(year, 7, 5, 9) for year in (2026, 2027)]
    assert sent(people, "birthday") == [("birthday", at) for at in greetings]
    (category,) = {
        each.category.value
        for each in people.deliveries()
        if each.template is not None and each.template.name == "birthday"
    }
    assert category == "marketing"


def test_the_time_zone_of_the_preferences_comes_first(people: World) -> None:
    ada = people.as_user(CLIENT)
    ada.put(PATH, json=BIRTHDAY)
    zone = {"timeZone": "America/New_York"}
    assert ada.put("/v1/notifications/preferences", json=zone).status_code == 200
    people.consume("appointment.created", appointment())
    people.consume("appointment.confirmed", appointment())
    people.sweep_reminders()
    at(people, berlin(2026, 7, 5, 9))
    assert sent(people, "birthday") == []
    at(people, berlin(2026, 7, 5, 15))
    assert len(sent(people, "birthday")) == 1


def test_a_birthday_that_is_deleted_is_not_greeted_on(people: World) -> None:
    ada = people.as_user(CLIENT)
    people.consume("appointment.created", appointment())
    people.consume("appointment.confirmed", appointment())
    ada.put(PATH, json=BIRTHDAY)
    assert ada.delete(PATH).status_code == 204
    assert ada.get("/v1/notifications/contact").json_body["birthday"] is None
    at(people, berlin(2026, 7, 5, 9))
    assert sent(people, "birthday") == []
    assert people.database.reminders.count_documents({"appointment": None}) == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"month": 2, "day": 30}, "body.day"),
        ({"month": 13}, "body.month"),
        ({"timeZone": "Europe/Nowhere"}, "body.timeZone"),
        ({"year": 1990}, "body.year"),
    ],
)
def test_a_wrong_birthday_is_refused(people: World, changes: dict[str, Any], field: str) -> None:
    answer = people.as_user(CLIENT).put(PATH, json=BIRTHDAY | changes)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json_body["errors"]] == [field]


# ---- deposits ----------------------------------------------------------------------------------


def test_the_reminder_of_a_deposit_is_as_the_artist_set_it(people: World) -> None:
    mara = people.as_user(ARTIST, "artist")
    people.consume("deposit.due_soon", deposit(by="system", recordVersion=2))
    assert len(sent(people, "deposit-reminder")) == 1
    body = {"depositReminder": {"enabled": False}}
    assert mara.put("/v1/notifications/settings", json=body).status_code == 200
    other = deposit(by="system", recordVersion=2, appointmentId="apt_2")
    people.consume("deposit.due_soon", other)
    assert len(sent(people, "deposit-reminder")) == 1
    assert len(sent(people, "deposit-unpaid")) == 2  # the artist is notified in any case


def test_nobody_is_reminded_of_the_deposit_of_what_was_cancelled(people: World) -> None:
    people.consume("appointment.cancelled", appointment(status="cancelled", recordVersion=3))
    people.consume("deposit.due_soon", deposit(by="system", recordVersion=2))
    assert sent(people, "deposit-reminder", "deposit-unpaid") == []


def test_a_reminder_that_waits_is_not_sent_after_the_deposit_was_paid(people: World) -> None:
    people.consume("deposit.due_soon", deposit(by="system", recordVersion=2))
    people.consume("deposit.proof_submitted", deposit(state="proof_submitted", recordVersion=3))
    people.work("email")
    reasons = {
        each.template.name: each.reason
        for each in people.deliveries()
        if each.template is not None and each.channel is Channel.EMAIL
    }
    assert reasons["deposit-reminder"] == reasons["deposit-unpaid"] == "outdated"
    assert reasons["deposit-proof-submitted"] is None


CHOSEN = ("booking", "aftercare", "review")


def test_the_longest_and_hostile_words_fit_and_are_quoted(world: World) -> None:
    wants = {"categories": {name: {"sms": "on", "push": "on"} for name in CHOSEN}}
    for user_id in (ARTIST, CLIENT):
        world.add_contact(user_id, phone="+61491570156", name="\U0001f58b" * 100)
    ada = world.as_user(CLIENT)
    world.subscribe(ada, "ada")
    assert ada.put("/v1/notifications/preferences", json=wants).status_code == 200
    long = {"serviceName": "\U0001f58b" * 120, "location": "\U0001f58b" * 200}
    evil = {"serviceName": '"<b>x</b>\r\nhttp://evil.example', "location": "<script>"}
    for number, words in enumerate((long, evil)):
        id_ = f"apt_{number}"
        world.now = datetime(2026, 6, 1, tzinfo=UTC)
        publish(world, "confirmed", appointmentId=id_, **words)
        at(world, datetime(2026, 7, 1, 7, 30, tzinfo=UTC))
        world.now = END
        fields = {"status": "completed", "recordVersion": 2, "appointmentId": id_}
        publish(world, "completed", **fields, **words)
        for day in (3, 5):
            at(world, berlin(2026, 7, day, 11, 30))
    channels = [
        (each.reminder.kind.value, each.channel.value)
        for each in world.deliveries()
        if each.reminder is not None
    ]
    counted = {each: channels.count(each) for each in channels}
    assert {kind for kind, _ in counted} == {
        "reminder", "follow_up", "aftercare", "review_request"
    }  # fmt: skip
    assert len(counted) == 4 * 3
    mails = [mail for mail in world.mails() if "x" in mail.subject]
    assert mails
    for mail in mails:
        assert "http://evil" not in mail.text
        assert "<b>" not in str(mail.html).partition("<main>")[2]
        assert "\n" not in mail.subject


# ---- with preferences and templates ------------------------------------------------------------


def test_the_sweeper_sends_while_it_has_time(people: World) -> None:
    publish(people, "confirmed")
    people.now = datetime(2026, 7, 1, 7, 30, tzinfo=UTC)
    event = json.loads((ROOT / "events/lambda/appointments-sweeper.json").read_text())
    feature.sweeper(event, SimpleNamespace(get_remaining_time_in_millis=lambda: 9_999))
    assert sent(people) == []
    feature.sweeper(event, SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000))
    assert len(sent(people)) == 1


def test_a_reminder_that_waits_for_quiet_hours_is_not_sent_after_a_cancellation(
    people: World,
) -> None:
    quiet = {
        "quietHours": {"start": "09:00", "end": "12:00", "always": []},
        "timeZone": "Europe/Berlin",
    }
    ada = people.as_user(CLIENT)
    assert ada.put("/v1/notifications/preferences", json=quiet).status_code == 200
    publish(people, "confirmed")
    at(people, berlin(2026, 7, 1, 9, 30))
    people.work("email")
    subject = "Reminder"
    assert not [mail for mail in people.messages("email") if subject in mail["subject"]]
    publish(people, "cancelled", status="cancelled", recordVersion=2)
    people.now = berlin(2026, 7, 1, 12, 1)
    people.sweep()
    people.work("email")
    people.work("email")
    assert not [mail for mail in people.messages("email") if subject in mail["subject"]]


def test_the_artists_own_template_is_used(people: World) -> None:
    mara = people.as_user(ARTIST, "artist")
    shown = mara.get("/v1/notifications/templates").json_body["items"]
    (reminder,) = (
        each for each in shown if each["name"] == "appointment-reminder" and each["locale"] == "en"
    )
    body = {name: reminder[name] for name in ("name", "locale", "kind", "variables", "bodies")}
    body["bodies"]["email"]["subject"] = "See you soon for {{ serviceName }}"
    people.post(mara, "templates", body, 201)
    publish(people, "confirmed")
    publish(people, "confirmed", appointmentId="apt_2", artistId="usr_other")
    people.add_contact("usr_other", name="Other")
    at(people, datetime(2026, 7, 1, 7, 30, tzinfo=UTC))
    subjects = sorted(mail.subject for mail in people.mails())
    assert len([each for each in subjects if "See you soon" in each]) == 1
    assert len([each for each in subjects if each.startswith("Reminder")]) == 1


def test_birthdays_and_reminders_are_in_the_export(people: World) -> None:
    people.as_user(CLIENT).put(PATH, json=BIRTHDAY)
    publish(people, "confirmed")
    share = export.gather(CLIENT)
    contact, listed = share["contact"], share["reminders"]
    assert isinstance(contact, dict)
    assert contact["birthday"].day == 5
    assert isinstance(listed, list)
    assert [each["appointment"]["serviceName"] for each in listed] == ["Half sleeve"]


# ---- many at the same time ---------------------------------------------------------------------


def add_clients(world: World, count: int) -> list[str]:
    """Book for clients whose reminders are in different lanes, at the same time. Return their ids.

    The reminders are due a day before the appointments.
    """
    lanes: dict[int, str] = {}
    for number in itertools.count():
        client_id = f"usr_client{number}"
        lanes.setdefault(due_reminders.get_lane(client_id), client_id)
        if len(lanes) == count:
            break
    for client_id in lanes.values():
        world.add_contact(client_id, name="Ada Byron")
        appointment_id = f"apt_{client_id}"
        publish(world, "confirmed", appointmentId=appointment_id, clientId=client_id)
    return list(lanes.values())


def test_reminders_of_different_clients_are_sent_at_the_same_time(
    people: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most are due at nine: one after the other, the last of 250,000 came three hours late."""
    assert due_reminders.LANES == 8
    add_clients(people, due_reminders.LANES)
    everybody = threading.Barrier(due_reminders.LANES, timeout=20)

    def send(*_: Any) -> None:
        everybody.wait()

    monkeypatch.setattr(notices, "send", send)
    people.now = datetime(2026, 7, 1, 7, 30, tzinfo=UTC)
    assert people.sweep_reminders() == due_reminders.LANES
    assert not everybody.broken
    assert people.sweep_reminders() == 0


def test_reminders_wait_behind_long_queues(people: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a queue they would be in front of the codes of people who sign in."""
    add_clients(people, 3)
    asked: list[int] = []

    def is_lagging(messages: int) -> bool:
        asked.append(messages)
        return True

    monkeypatch.setattr(dispatch, "is_lagging", is_lagging)
    monkeypatch.setattr(due_reminders, "BATCH", 2)
    people.now = datetime(2026, 7, 1, 7, 30, tzinfo=UTC)
    assert people.sweep_reminders() == 2
    assert asked == [due_reminders.MAX_WAITING]
    assert len(sent(people)) == 2
    people.later(minutes=1)
    assert people.sweep_reminders() == 1
    assert len(sent(people)) == 3


def test_who_comes_second_claims_what_is_left(
    people: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five sweepers look for the earliest ones at the same time."""
    add_clients(people, 2)
    people.now = datetime(2026, 7, 1, 7, 30, tzinfo=UTC)
    lease = people.now + timedelta(minutes=2)
    others: list[str] = []

    def claim() -> list[str]:
        found = reminder_store.claim("due", 1, people.now, lease)
        return [document["_id"] for document in found]

    def let_another_one_come_first(prefix: str) -> str:
        monkeypatch.setattr(reminder_store, "new_id", new_id)
        others.extend(claim())
        return new_id(prefix)

    monkeypatch.setattr(reminder_store, "new_id", let_another_one_come_first)
    ours = claim()
    assert len(ours) == len(others) == 1
    assert ours != others
    assert claim() == []


def test_a_run_that_is_longer_than_a_lease_keeps_others_away(
    people: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_clients(people, 3)
    monkeypatch.setattr(due_reminders, "BATCH", 1)
    monkeypatch.setattr(dispatch, "is_lagging", lambda _: False)
    people.now = datetime(2026, 7, 1, 7, 30, tzinfo=UTC)
    leases: list[timedelta] = []

    def send(claimed: Reminders, *_: Any) -> None:
        document = people.find_document("reminders", {"_id": claimed.id})
        leases.append(document["leaseUntil"] - people.now)
        people.later(minutes=3)  # as if it had been many

    monkeypatch.setattr(notices, "send", send)
    assert people.sweep_reminders() == 3
    assert leases == [due_reminders.LEASE] * 3
