"""What an artist does to our events in their calendar: they are asked, and nothing follows."""

from datetime import timedelta
from unittest import mock

from social.use_cases import booking_events
from tests.functional.social.bookings.world import APPOINTMENT, HOUR, TEN, Side, Written
from tests.support.gateway import ApiClient
from tests.support.responses import refused

HOME = "/v1/social/calendar-changes"
BOOKED = {APPOINTMENT: Written("Booked", TEN)}
MOVED = {APPOINTMENT: Written("Booked", TEN + 3 * HOUR)}


def book(side: Side) -> None:
    """Write the appointment to a calendar, which is not read for its busy times."""
    side.choose(side.main)
    side.book()
    side.work()


def move(side: Side, by: timedelta = 3 * HOUR) -> None:
    side.move(by)
    side.read()


def delete(side: Side) -> None:
    side.delete()
    side.read()


def keep(side: Side) -> None:
    assert side.api.post(f"{HOME}/{APPOINTMENT}/keep").status_code == 204
    side.work()


def test_the_artist_is_asked_about_an_event_that_was_moved(side: Side) -> None:
    book(side)
    move(side)
    (asked,) = side.list_asked()
    assert (asked["appointmentId"], asked["change"]) == (APPOINTMENT, "moved")
    assert asked["startsAt"] == "2026-12-01T13:00:00Z"
    assert asked["bookedStartsAt"] == "2026-12-01T10:00:00Z"
    (shown,) = side.api.get(HOME).json_body["items"]
    assert (shown["change"], shown["serviceName"]) == ("moved", "Fine line tattoo")
    assert (shown["bookedStartsAt"], shown["startsAt"], shown["endsAt"]) == (
        "2026-12-01T10:00:00Z",
        "2026-12-01T13:00:00Z",
        "2026-12-01T14:00:00Z",
    )
    assert shown["accept"] == {
        "action": "reschedule",
        "path": f"/v1/appointments/{APPOINTMENT}/reschedule",
        "startsAt": "2026-12-01T13:00:00Z",
    }
    side.read()
    assert side.written() == MOVED, "it stays as it is until the artist answers"
    assert len(side.list_asked()) == 1, "once"


def test_what_is_kept_is_written_again(side: Side) -> None:
    book(side)
    move(side)
    keep(side)
    assert side.written() == BOOKED
    assert side.api.get(HOME).json_body["items"] == []
    keep(side)
    side.read()
    assert side.written() == BOOKED
    assert len(side.list_asked()) == 1
    move(side, HOUR)
    assert len(side.list_asked()) == 2, "another change is another question"


def test_the_artist_is_asked_about_an_event_that_was_deleted(side: Side) -> None:
    book(side)
    delete(side)
    (asked,) = side.list_asked()
    assert (asked["change"], asked["startsAt"]) == ("deleted", None)
    (shown,) = side.api.get(HOME).json_body["items"]
    assert shown["accept"] == {
        "action": "cancel",
        "path": f"/v1/appointments/{APPOINTMENT}/cancel",
        "startsAt": None,
    }
    side.read()
    assert side.written() == {}
    keep(side)
    assert side.written() == BOOKED
    side.read()
    assert (len(side.list_asked()), side.api.get(HOME).json_body["items"]) == (1, [])


def test_an_appointment_that_follows_the_calendar_leaves_nothing_to_ask(side: Side) -> None:
    book(side)
    move(side)
    side.book(2, "appointment.rescheduled", TEN + 3 * HOUR, by="artist")
    side.work()
    assert side.written() == MOVED
    assert side.api.get(HOME).json_body["items"] == []
    side.cancel(3)
    side.work()
    assert side.written() == {}


def test_a_cancellation_after_a_deletion_leaves_nothing_to_ask(side: Side) -> None:
    book(side)
    delete(side)
    side.cancel(2)
    side.work()
    assert side.written() == {}
    assert side.api.get(HOME).json_body["items"] == []


def test_a_client_who_moves_the_appointment_does_not_answer_for_the_artist(side: Side) -> None:
    book(side)
    move(side)
    side.book(2, "appointment.rescheduled", TEN + HOUR)
    side.work()
    assert side.written() == MOVED
    (shown,) = side.api.get(HOME).json_body["items"]
    assert shown["bookedStartsAt"] == "2026-12-01T11:00:00Z"
    side.book(3, "appointment.rescheduled", TEN + 2 * HOUR, by="artist")
    side.work()
    assert side.written() == {APPOINTMENT: Written("Booked", TEN + 2 * HOUR)}
    assert side.api.get(HOME).json_body["items"] == []


def test_a_change_there_that_was_not_read_yet_is_not_overwritten(side: Side) -> None:
    book(side)
    side.move(3 * HOUR)
    side.book(2, "appointment.rescheduled", TEN + HOUR)
    side.work()
    assert side.written() == MOVED
    (asked,) = side.list_asked()
    assert asked["startsAt"] == "2026-12-01T13:00:00Z"


def test_an_event_that_is_moved_back_leaves_nothing_to_ask(side: Side) -> None:
    book(side)
    move(side)
    move(side, -3 * HOUR)
    assert side.api.get(HOME).json_body["items"] == []


def test_a_reading_that_is_older_than_what_was_written_since_asks_nothing(side: Side) -> None:
    """What was read says nothing: the worker asks the calendar again."""
    book(side)
    move(side)
    compare = booking_events.compare_with_appointment
    late = []
    with mock.patch.object(
        booking_events, "compare_with_appointment", lambda *args: late.append(args)
    ):
        move(side, HOUR)
    keep(side)
    for args in late:
        compare(*args)
    side.work()
    assert side.written() == BOOKED
    assert len(side.list_asked()) == 1


def test_a_change_of_what_is_over_asks_nothing(side: Side) -> None:
    book(side)
    side.later(days=2)
    move(side)
    assert side.list_asked() == []


def test_nobody_else_sees_or_answers(side: Side, noor: ApiClient) -> None:
    book(side)
    move(side)
    assert noor.get(HOME).json_body["items"] == []
    assert refused(noor.post(f"{HOME}/{APPOINTMENT}/keep")) == (404, "not_found")
    assert side.written() == MOVED
