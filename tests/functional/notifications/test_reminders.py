"""Reminders: what is sent at a time, over HTTP and by the sweeper."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from notifications.models import Channel, EmailContent
from tests.functional.notifications.event_data import ARTIST, CLIENT, appointment
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
