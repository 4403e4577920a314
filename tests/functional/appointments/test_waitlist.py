"""The waitlist: joining and leaving, and what freed time means to those who wait."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pynamodb.exceptions import TransactWriteError
from time_machine import TimeMachineFixture

from appointments import consumers, store
from appointments.app import app
from appointments.models import (
    AppointmentSide,
    CalendarEntryKind,
    WaitlistEntry,
    WaitlistEntryStatus,
)
from appointments.use_cases import waitlist
from shared.http.caller import Role
from shared.platform.clock import now
from tests.functional.appointments.passing import Worker, joins, sweep, wait
from tests.functional.appointments.people import (
    ARTIST,
    CLIENT,
    OTHER_ARTIST,
    OTHER_CLIENT,
    SERVICE,
    People,
    entries,
    error_fields,
    everything,
    outbox,
    refused,
    told_since,
)
from tests.support.aws_calls import counted, failing
from tests.support.gateway import ApiClient, client_for
from tests.support.threads import together

LIST = "/v1/appointments/waitlist"
THIRD = "usr_01JD0000000000000000000EEE"
TOMORROW = "2026-03-03"
# The only hour of tomorrow, so that it is either taken or free.
NINE = "2026-03-03T08:00:00Z"
UNKNOWN = "svc_01JD0000000000000000000AAA_01JD0000000000000000000ZZZ"


@pytest.fixture
def worker() -> Worker:
    return Worker()


@pytest.fixture
def third() -> ApiClient:
    """A third client."""
    return client_for(app).as_user(THIRD, Role.CLIENT)


def full(people: People, *windows: str, **fields: Any) -> tuple[str, str]:
    """An artist whose only hour (unless it is said) of tomorrow the third client has.

    Returns the service and the appointment.
    """
    people.opens(*windows or ("09:00-10:00",))
    service_id = people.offers(**fields)
    third = client_for(app).as_user(THIRD, Role.CLIENT)
    return service_id, people.has_booked(service_id, NINE, third)["id"]


def cancels(appointment_id: str, person: ApiClient | None = None) -> None:
    person = person or People.artist
    answer = person.post(f"/v1/appointments/{appointment_id}/cancel", json={})
    assert answer.status_code == 200, answer.body


def listed(person: ApiClient, query: str = "") -> list[str]:
    answer = person.get(f"{LIST}{query}")
    assert answer.status_code == 200, answer.body
    return [item["id"] for item in answer.json_body["items"]]


def status(wait_id: str) -> WaitlistEntryStatus:
    return wait(wait_id).status


def offered_to() -> list[str]:
    """Whom an offer was told, in order."""
    return [event.data["clientId"] for event in outbox("waitlist.offered")]


def holds() -> list[tuple[str | None, datetime]]:
    """For whom time is held from when, and until then."""
    live = [entry for entry in entries().values() if entry.is_live(now())]
    return sorted(
        (entry.owner_id, entry.starts_at) for entry in live if entry.kind is CalendarEntryKind.HOLD
    )


def at(hour: int, minute: int = 0, day: int = 3) -> datetime:
    """An hour of the artist's clock, tomorrow."""
    return datetime(2026, 3, day, hour - 1, minute, tzinfo=UTC)


# ---- joining -----------------------------------------------------------------------------------


def test_who_joins_waits_and_is_told_of(people: People) -> None:
    service_id = people.studio()
    body = {"serviceId": service_id, "firstDate": TOMORROW, "lastDate": "2026-03-09"}
    answer = people.client.post(LIST, json=body)
    assert answer.status_code == 201
    place = answer.json_body
    assert place["id"].startswith("wtl_")
    assert place == {
        "id": place["id"],
        "artistId": ARTIST,
        "clientId": CLIENT,
        "serviceId": service_id,
        "firstDate": TOMORROW,
        "lastDate": "2026-03-09",
        "status": "waiting",
        "offer": None,
        "createdAt": "2026-03-02T08:00:00Z",
    }
    assert wait(place["id"]).expires_at == datetime(2026, 3, 9, 23, tzinfo=UTC)  # Berlin's midnight
    (told,) = outbox("waitlist.joined")
    assert told.subject == place["id"]
    assert told.data == {
        "waitlistId": place["id"],
        "artistId": ARTIST,
        "clientId": CLIENT,
        "serviceId": service_id,
        "serviceName": "Fine line tattoo",
        "recordVersion": 1,
    }


def test_an_artist_waits_for_others_and_not_for_themselves(people: People) -> None:
    service_id = people.studio()
    body = {"serviceId": service_id, "firstDate": TOMORROW, "lastDate": TOMORROW}
    assert refused(people.artist.post(LIST, json=body)) == (403, "forbidden")
    assert wait(joins(people.other_artist, service_id)).client_id == OTHER_ARTIST


def test_nobody_waits_for_what_is_not_there(people: People) -> None:
    body = {"serviceId": UNKNOWN, "firstDate": TOMORROW, "lastDate": TOMORROW}
    assert refused(people.client.post(LIST, json=body)) == (404, "not_found")
    assert everything() == []


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        ("2026-02-01", "2026-03-01", "body.lastDate"),
        ("2026-03-04", "2026-03-03", "body"),
        ("2026-03-03", "2028-03-02", "body.lastDate"),
        ("2026-03-03", "9999-12-31", "body.lastDate"),
        ("2026-02-30", "2026-03-03", "body.firstDate"),
    ],
)
def test_dates_must_be_possible(people: People, first: str, last: str, field: str) -> None:
    body = {"serviceId": people.studio(), "firstDate": first, "lastDate": last}
    assert set(error_fields(people.client.post(LIST, json=body))) == {field}


def test_dates_may_have_begun_and_reach_two_years(people: People) -> None:
    joins(people.client, people.studio(), "2026-01-01", "2026-03-02")
    joins(people.client, people.offers(), "2026-01-01", "2028-03-01")


def test_what_is_over_is_so_where_the_artist_lives(
    people: People, clock: TimeMachineFixture
) -> None:
    """On the second it is the third in Kiritimati; on the third, the second in Samoa."""
    clock.shift(timedelta(hours=3))
    people.opens(zone="Pacific/Kiritimati")
    body = {"serviceId": people.offers(), "firstDate": "2026-03-02", "lastDate": "2026-03-02"}
    assert error_fields(people.client.post(LIST, json=body)) == {"body.lastDate": "is over"}
    people.opens(zone="Pacific/Pago_Pago", by=people.other_artist)
    service_id = people.offers(by=people.other_artist)
    clock.shift(timedelta(hours=23))
    joins(people.client, service_id, "2026-03-02")


@pytest.mark.parametrize("field", ["id", "status", "clientId", "artistId", "offer", "createdAt"])
def test_nobody_sets_what_is_not_theirs(people: People, field: str) -> None:
    body = {"serviceId": people.studio(), "firstDate": TOMORROW, "lastDate": TOMORROW}
    answer = people.client.post(LIST, json=body | {field: OTHER_CLIENT})
    assert error_fields(answer) == {f"body.{field}": "is unknown"}


def test_nobody_is_on_a_list_twice(people: People) -> None:
    service_id = people.studio()
    first = joins(people.client, service_id)
    body = {"serviceId": service_id, "firstDate": "2026-04-01", "lastDate": "2026-04-02"}
    assert refused(people.client.post(LIST, json=body)) == (409, "already_waiting")
    joins(people.other_client, service_id)
    joins(people.client, people.offers())
    assert people.client.delete(f"{LIST}/{first}").status_code == 204
    joins(people.client, service_id)


def test_of_two_who_join_at_once_in_one_name_one_is_on_the_list(people: People) -> None:
    service_id = people.studio()
    body = {"serviceId": service_id, "firstDate": TOMORROW, "lastDate": TOMORROW}
    answers = together(8, lambda: people.client.post(LIST, json=body))
    assert sorted(answer.status_code for answer in answers) == [201] + 7 * [409]
    assert {refused(answer)[1] for answer in answers if answer.status_code == 409} == {
        "already_waiting"
    }
    assert len(listed(people.client)) == len(outbox("waitlist.joined")) == 1


def test_nobody_is_on_too_many_lists(people: People) -> None:
    people.opens()
    services = [people.offers() for _ in range(waitlist.MAX_WAITLISTS + 1)]
    for service_id in services[:-2]:
        joins(people.client, service_id)

    def join_last() -> list[int]:
        return [
            people.client.post(
                LIST,
                json={"serviceId": service_id, "firstDate": TOMORROW, "lastDate": TOMORROW},
            ).status_code
            for service_id in services[-2:]
        ]

    statuses = [status for answers in together(2, join_last) for status in answers]
    assert statuses.count(201) == 1
    assert len(listed(people.client)) == waitlist.MAX_WAITLISTS
    body = {"serviceId": people.offers(), "firstDate": TOMORROW, "lastDate": TOMORROW}
    assert refused(people.client.post(LIST, json=body)) == (409, "too_many_waits")


# ---- listing and leaving -----------------------------------------------------------------------


def test_a_list_is_read_page_by_page_in_the_order_of_joining(
    people: People, clock: TimeMachineFixture
) -> None:
    service_id = people.studio()
    joined = []
    for person in (people.other_client, people.client, people.other_artist):
        joined.append(joins(person, service_id))
        clock.shift(60)
    assert listed(people.artist) == joined
    first = people.artist.get(f"{LIST}?limit=2").json_body
    assert [item["id"] for item in first["items"]] == joined[:2]
    second = people.artist.get(f"{LIST}?limit=2&cursor={first['nextCursor']}").json_body
    assert [item["id"] for item in second["items"]] == joined[2:]
    assert second["nextCursor"] is None
    elsewhere = people.other_artist.get(f"{LIST}?cursor={first['nextCursor']}")
    assert set(error_fields(elsewhere)) == {"query.cursor"}


def test_everybody_sees_their_own_places_and_their_own_list(people: People) -> None:
    service_id = people.studio()
    mine, other = joins(people.client, service_id), joins(people.other_artist, service_id)
    assert listed(people.client) == listed(people.client, "?role=client") == [mine]
    assert listed(people.client, "?role=artist") == []
    assert listed(people.other_artist) == []
    assert listed(people.other_artist, "?role=client") == [other]
    assert listed(people.other_client) == []


def test_only_who_is_on_a_list_leaves_it_and_only_once(people: People) -> None:
    place = joins(people.client, people.studio())
    for stranger in (people.other_client, people.artist, people.other_artist):
        assert refused(stranger.delete(f"{LIST}/{place}")) == (404, "not_found")
    assert people.client.delete(f"{LIST}/{place}").status_code == 204
    assert refused(people.client.delete(f"{LIST}/{place}")) == (404, "not_found")
    assert refused(people.client.delete(f"{LIST}/wtl_none")) == (404, "not_found")
    assert status(place) is WaitlistEntryStatus.LEFT
    assert listed(people.client) == listed(people.artist) == []


def test_a_place_that_was_left_is_forgotten_one_day(people: People) -> None:
    place = joins(people.client, people.studio())
    people.client.delete(f"{LIST}/{place}")
    (item,) = [item for item in everything() if item["pk"]["S"] == f"WAIT#{place}"]
    kept = timedelta(seconds=int(item["expires_at"]["N"]) - now().timestamp())
    assert kept == timedelta(days=90)
    assert set(item) & {"artist_id", "client_id", "listed_as", "due"} == set()


# ---- first in line -----------------------------------------------------------------------------


def test_the_first_in_line_is_offered_what_was_cancelled(
    people: People, worker: Worker, clock: TimeMachineFixture
) -> None:
    service_id, appointment_id = full(people, waitlistAnswerMinutes=90)
    first = joins(people.client, service_id)
    clock.shift(1)
    second = joins(people.other_client, service_id)
    before = outbox()
    cancels(appointment_id)
    worker.works()
    (told,) = [event for event in told_since(before) if event.type == "waitlist.offered"]
    offer = wait(first).offer
    assert offer is not None
    assert told.subject == first
    assert told.data == {
        "waitlistId": first,
        "artistId": ARTIST,
        "clientId": CLIENT,
        "serviceId": service_id,
        "serviceName": "Fine line tattoo",
        "recordVersion": 2,
        "startsAt": "2026-03-03T08:00:00Z",
        "endsAt": "2026-03-03T09:00:00Z",
        "timeZone": "Europe/Berlin",
        "holdId": offer.hold_id,
        "answerUntil": "2026-03-02T09:30:01Z",
    }
    (place,) = people.client.get(LIST).json_body["items"]
    assert place["status"] == "offered"
    assert place["offer"] == {
        name: told.data[name] for name in ("holdId", "startsAt", "endsAt", "answerUntil")
    }
    assert holds() == [(CLIENT, at(9))]
    assert (status(second), wait(second).version) == (WaitlistEntryStatus.WAITING, 1)


def test_what_is_offered_is_for_nobody_else(people: People, worker: Worker) -> None:
    service_id, appointment_id = full(people)
    joins(people.client, service_id)
    cancels(appointment_id)
    worker.works()
    assert people.free(service_id, from_=TOMORROW, to=TOMORROW) == []
    assert refused(people.books(service_id, NINE, people.other_client))[0] == 409
    hold_id = people.client.get(LIST).json_body["items"][0]["offer"]["holdId"]
    taken = people.other_client.post("/v1/appointments", json={"holdId": hold_id})
    assert refused(taken) == (409, "hold_expired")


def test_an_offer_is_booked_as_any_hold_and_ends_the_wait(people: People, worker: Worker) -> None:
    service_id, appointment_id = full(people)
    first, second = joins(people.client, service_id), joins(people.other_client, service_id)
    cancels(appointment_id)
    worker.works()
    offer = wait(first).offer
    assert offer is not None
    answer = people.client.post("/v1/appointments", json={"holdId": offer.hold_id})
    assert answer.status_code == 201, answer.body
    assert (answer.json_body["startsAt"], answer.json_body["status"]) == (NINE, "confirmed")
    worker.works()
    assert sweep() == 0
    assert status(first) is WaitlistEntryStatus.BOOKED
    assert status(second) is WaitlistEntryStatus.WAITING
    assert listed(people.client) == []
    assert offered_to() == [CLIENT]


def test_the_time_to_answer_ends_with_the_start(
    people: People, worker: Worker, clock: TimeMachineFixture
) -> None:
    service_id, appointment_id = full(people, waitlistAnswerMinutes=24 * 60)
    place = joins(people.client, service_id)
    clock.shift(timedelta(hours=23, minutes=59))
    cancels(appointment_id)
    worker.works()
    offer = wait(place).offer
    assert offer is not None
    assert offer.answer_until == offer.starts_at == at(9)


def test_what_nobody_answered_goes_down_the_line_and_is_not_offered_twice(
    people: People, worker: Worker, clock: TimeMachineFixture
) -> None:
    service_id, appointment_id = full(people, waitlistAnswerMinutes=60)
    first = joins(people.client, service_id)
    clock.shift(1)
    second = joins(people.other_client, service_id)
    cancels(appointment_id)
    worker.works()
    offered_at = now()
    clock.move_to(offered_at + timedelta(minutes=60, milliseconds=-1), tick=False)
    assert sweep() == 0
    assert status(first) is WaitlistEntryStatus.OFFERED
    clock.move_to(offered_at + timedelta(minutes=60), tick=False)
    assert sweep() == 1
    assert (status(first), status(second)) == (
        WaitlistEntryStatus.WAITING,
        WaitlistEntryStatus.OFFERED,
    )
    assert wait(first).offer is None
    assert wait(first).offered == (at(9),)
    assert holds() == [(OTHER_CLIENT, at(9))]
    clock.shift(60 * 60)
    assert sweep() == 1
    assert (status(first), status(second)) == (
        WaitlistEntryStatus.WAITING,
        WaitlistEntryStatus.WAITING,
    )
    assert holds() == []
    assert offered_to() == [CLIENT, OTHER_CLIENT]
    assert sweep() == 0
    # Now it is for whoever comes.
    assert people.free(service_id, from_=TOMORROW, to=TOMORROW) == ["2026-03-03T09:00:00+01:00"]
    # They are still in line for anything else.
    assert listed(people.artist) == [first, second]


def test_whoever_let_several_offers_pass_is_offered_none_of_them_again(
    people: People, worker: Worker, clock: TimeMachineFixture
) -> None:
    people.opens("09:00-11:00")
    long = people.offers(durationMinutes=120)
    taken = people.has_booked(long, NINE, people.other_client)["id"]
    place = joins(people.client, people.offers(waitlistAnswerMinutes=60))
    cancels(taken)
    (cancelled,) = outbox("appointment.cancelled")
    for offered in ((at(9),), (at(9), at(10))):
        consumers.handle(cancelled, now())
        assert (status(place), wait(place).offered) == (WaitlistEntryStatus.OFFERED, offered)
        clock.shift(60 * 60)
        assert sweep() == 1
    consumers.handle(cancelled, now())
    assert status(place) is WaitlistEntryStatus.WAITING


def test_offers_of_the_past_are_not_kept_in_mind(
    people: People, worker: Worker, clock: TimeMachineFixture
) -> None:
    service_id, appointment_id = full(people, waitlistAnswerMinutes=60)
    later = people.has_booked(service_id, "2026-03-05T08:00:00Z", people.other_client)["id"]
    place = joins(people.client, service_id, TOMORROW, "2026-03-05")
    cancels(appointment_id)
    worker.works()
    clock.shift(60 * 60)
    assert sweep() == 1
    clock.move_to(at(9), tick=False)
    cancels(later)
    worker.works()
    assert wait(place).offered == (at(9, day=5),)


def test_who_left_with_an_offer_leaves_it_to_the_next(people: People, worker: Worker) -> None:
    service_id, appointment_id = full(people)
    first, second = joins(people.client, service_id), joins(people.other_client, service_id)
    cancels(appointment_id)
    worker.works()
    assert people.client.delete(f"{LIST}/{first}").status_code == 204
    assert holds() == []
    assert sweep() == 1
    assert holds() == [(OTHER_CLIENT, at(9))]
    assert (status(first), status(second)) == (
        WaitlistEntryStatus.LEFT,
        WaitlistEntryStatus.OFFERED,
    )
    assert wait(first).offer is None
    assert sweep() == 0


def test_who_books_something_else_leaves_the_offer_to_the_next(
    people: People, worker: Worker
) -> None:
    service_id, appointment_id = full(people, "09:00-10:00", "14:00-15:00")
    first, second = joins(people.client, service_id), joins(people.other_client, service_id)
    cancels(appointment_id)
    worker.works()
    people.has_booked(service_id, "2026-03-03T13:00:00Z")
    worker.works()
    assert (status(first), holds()) == (WaitlistEntryStatus.BOOKED, [])
    assert sweep() == 1
    assert (status(second), holds()) == (WaitlistEntryStatus.OFFERED, [(OTHER_CLIENT, at(9))])


def test_a_booking_on_another_date_leaves_everything_as_it_is(
    people: People, worker: Worker
) -> None:
    service_id, appointment_id = full(people)
    first = joins(people.client, service_id)
    cancels(appointment_id)
    people.has_booked(service_id, "2026-03-04T08:00:00Z")
    people.has_booked(people.offers(), "2026-03-05T08:00:00Z")
    worker.works()
    assert (status(first), holds()) == (WaitlistEntryStatus.OFFERED, [(CLIENT, at(9))])


def test_who_booked_without_being_offered_anything_waits_no_longer(
    people: People, worker: Worker
) -> None:
    service_id = people.studio()
    direct, by_artist = joins(people.client, service_id), joins(people.other_client, service_id)
    people.has_booked(service_id, NINE)
    people.has_booked(service_id, "2026-03-03T10:00:00Z", people.artist, clientId=OTHER_CLIENT)
    worker.works()
    assert status(direct) is status(by_artist) is WaitlistEntryStatus.BOOKED


def test_a_booking_from_before_is_not_what_was_waited_for(
    people: People, worker: Worker, clock: TimeMachineFixture
) -> None:
    service_id = people.studio()
    people.has_booked(service_id, NINE)
    clock.shift(1)
    place = joins(people.client, service_id)
    worker.works()
    assert status(place) is WaitlistEntryStatus.WAITING


def test_a_booking_that_is_off_again_when_it_is_heard_of_ends_no_wait(
    people: People, worker: Worker
) -> None:
    service_id = people.studio()
    place = joins(people.client, service_id)
    cancels(people.has_booked(service_id, NINE)["id"])
    worker.works()
    assert status(place) is WaitlistEntryStatus.WAITING


def test_who_moved_to_a_date_they_waited_for_waits_no_longer(
    people: People, worker: Worker
) -> None:
    service_id = people.studio()
    appointment_id = people.has_booked(service_id, "2026-03-06T08:00:00Z")["id"]
    place = joins(people.client, service_id)
    answer = people.client.post(
        f"/v1/appointments/{appointment_id}/reschedule", json={"startsAt": NINE}
    )
    assert answer.status_code == 200, answer.body
    worker.works()
    assert status(place) is WaitlistEntryStatus.BOOKED


def test_a_day_has_its_dates_where_the_artist_lives(people: People, worker: Worker) -> None:
    """Half past midnight in Berlin is still the day before in UTC."""
    people.opens("00:30-01:30")
    service_id = people.offers()
    third = client_for(app).as_user(THIRD, Role.CLIENT)
    taken = people.has_booked(service_id, "2026-03-03T23:30:00Z", third)["id"]
    too_early = joins(people.client, service_id, TOMORROW)
    fitting = joins(people.other_client, service_id, "2026-03-04")
    cancels(taken)
    worker.works()
    assert (status(too_early), status(fitting)) == (
        WaitlistEntryStatus.WAITING,
        WaitlistEntryStatus.OFFERED,
    )


def test_freed_time_is_offered_to_as_many_as_it_has_room_for(
    people: People, worker: Worker, third: ApiClient, clock: TimeMachineFixture
) -> None:
    """Three hours, three of four who wait for an hour; and nobody overlaps anybody."""
    people.opens("09:00-12:00")
    long = people.offers(durationMinutes=180)
    short = people.offers(slotIntervalMinutes=30)
    taken = people.has_booked(long, NINE, people.other_artist)["id"]
    for person in (third, people.client, people.other_client):
        joins(person, short)
        clock.shift(1)
    fourth = joins(client_for(app).as_user("usr_01JD0000000000000000000FFF"), short)
    cancels(taken)
    worker.works()
    assert holds() == [(CLIENT, at(10)), (OTHER_CLIENT, at(11)), (THIRD, at(9))]
    assert status(fourth) is WaitlistEntryStatus.WAITING


def test_only_what_fits_into_freed_time_is_offered(
    people: People, worker: Worker, clock: TimeMachineFixture
) -> None:
    """An hour was freed: not for who needs two, but for who needs half an hour."""
    _, appointment_id = full(people, "09:00-10:00", "10:30-12:30")
    long = people.offers(durationMinutes=120)
    short = people.offers(durationMinutes=30, slotIntervalMinutes=15)
    needs_two = joins(people.client, long)
    clock.shift(1)
    needs_half = joins(people.other_client, short)
    cancels(appointment_id)
    worker.works()
    assert status(needs_two) is WaitlistEntryStatus.WAITING
    assert status(needs_half) is WaitlistEntryStatus.OFFERED
    assert holds() == [(OTHER_CLIENT, at(9))]


@pytest.mark.parametrize(
    ("agreed", "own", "window", "offered"),
    [
        ({}, {}, "08:00-08:30", None),
        ({}, {}, "08:30-09:00", None),
        ({}, {}, "10:00-10:30", None),
        ({"bufferBeforeMinutes": 60}, {}, "08:00-08:30", "07:00"),
        ({"bufferBeforeMinutes": 30}, {}, "08:00-08:30", None),
        ({"bufferAfterMinutes": 60}, {}, "10:30-11:00", "09:30"),
        ({"bufferAfterMinutes": 30}, {}, "10:30-11:00", None),
        ({}, {"bufferAfterMinutes": 60}, "08:00-08:30", "07:00"),
        ({}, {"bufferAfterMinutes": 30}, "08:00-08:30", None),
        ({}, {"bufferBeforeMinutes": 60}, "10:30-11:00", "09:30"),
        ({}, {"bufferBeforeMinutes": 30}, "10:30-11:00", None),
    ],
)
def test_a_slot_is_freed_where_it_needs_some_of_the_time_with_all_buffers(
    people: People, agreed: dict[str, Any], own: dict[str, Any], window: str, offered: str | None
) -> None:
    """Nine to ten, outside of hours, was somebody's; who waits wants half an hour beside it."""
    people.opens(window)
    buffered = people.offers(**agreed)
    taken = people.has_booked(buffered, NINE, people.artist, clientId=OTHER_CLIENT)["id"]
    place = joins(people.client, people.offers(durationMinutes=30, **own))
    cancels(taken)
    Worker().works()
    offer = wait(place).offer
    if offered is None:
        assert offer is None
    else:
        assert offer is not None
        assert offer.starts_at.isoformat() == f"2026-03-03T{offered}:00+00:00"


def test_a_service_with_buffers_of_its_own_needs_them_free(people: People, worker: Worker) -> None:
    service_id, appointment_id = full(people, "09:00-12:00")
    people.has_booked(service_id, "2026-03-03T10:00:00Z", people.other_artist)
    # From 11:00 on somebody else is there; before 09:00 nobody is.
    needs_after = people.offers(bufferAfterMinutes=90)
    needs_before = people.offers(bufferBeforeMinutes=90, slotIntervalMinutes=30)
    after, before = joins(people.client, needs_after), joins(people.other_client, needs_before)
    cancels(appointment_id)
    worker.works()
    assert status(after) is WaitlistEntryStatus.WAITING
    offer = wait(before).offer
    assert offer is not None
    assert offer.starts_at == at(9)


@pytest.mark.parametrize(("minutes", "is_offered"), [(0, True), (1, False)])
def test_what_is_freed_under_notice_is_offered_to_nobody(
    people: People, worker: Worker, clock: TimeMachineFixture, minutes: int, is_offered: bool
) -> None:
    _, appointment_id = full(people)
    place = joins(people.client, people.offers(minimumNoticeMinutes=24 * 60))
    clock.shift(timedelta(minutes=minutes))
    cancels(appointment_id)
    worker.works()
    assert (status(place) is WaitlistEntryStatus.OFFERED) is is_offered
    assert len(holds()) == is_offered


def test_what_is_freed_beyond_the_horizon_is_offered_to_nobody(
    people: People, worker: Worker
) -> None:
    people.opens("09:00-10:00")
    taken = people.has_booked(people.offers(), "2026-03-12T08:00:00Z", people.other_client)["id"]
    place = joins(people.client, people.offers(bookingHorizonDays=10), "2026-03-12")
    cancels(taken)
    worker.works()
    assert status(place) is WaitlistEntryStatus.WAITING


def test_of_time_that_has_begun_only_what_is_left_is_offered(
    people: People, worker: Worker, clock: TimeMachineFixture
) -> None:
    people.opens("09:00-12:00")
    taken = people.has_booked(people.offers(durationMinutes=180), NINE, people.other_client)["id"]
    place = joins(people.client, people.offers())
    clock.move_to(at(10), tick=False)  # the hour that begins right now cannot be booked any more
    cancels(taken)
    worker.works()
    offer = wait(place).offer
    assert offer is not None
    assert offer.starts_at == at(11)


def test_time_that_has_passed_is_not_even_looked_at(
    people: People, worker: Worker, clock: TimeMachineFixture
) -> None:
    service_id, appointment_id = full(people)
    joins(people.client, service_id)
    clock.move_to(at(10), tick=False)
    cancels(appointment_id)
    (cancelled,) = outbox("appointment.cancelled")
    with counted() as calls:
        consumers.handle(cancelled, now())
    assert dict(calls) == {"dynamodb:GetItem": 1}
    assert outbox("waitlist.offered") == []


def test_time_that_nobody_waits_for_costs_one_query(people: People, worker: Worker) -> None:
    _, appointment_id = full(people)
    cancels(appointment_id)
    (cancelled,) = outbox("appointment.cancelled")
    with counted() as calls:
        consumers.handle(cancelled, now())
    assert dict(calls) == {"dynamodb:GetItem": 1, "dynamodb:Query": 1}


def test_daily_limits_are_kept(people: People, worker: Worker) -> None:
    people.opens("09:00-11:00")
    limited = people.offers(dailyLimit=1)
    taken = people.has_booked(people.offers(), NINE, people.other_artist)["id"]
    people.has_booked(limited, "2026-03-03T09:00:00Z", people.other_client)
    place = joins(people.client, limited)
    cancels(taken)
    worker.works()
    assert status(place) is WaitlistEntryStatus.WAITING


def test_nobody_is_offered_what_they_gave_back(people: People, worker: Worker) -> None:
    service_id = people.studio()
    appointment_id = people.has_booked(service_id, "2026-03-06T08:00:00Z")["id"]
    mine = joins(people.client, service_id, TOMORROW, "2026-03-06")
    other = joins(people.other_client, service_id, "2026-03-06")
    cancels(appointment_id, people.client)
    worker.works()
    assert (status(mine), status(other)) == (
        WaitlistEntryStatus.WAITING,
        WaitlistEntryStatus.OFFERED,
    )


def test_a_service_that_is_gone_offers_nothing_and_nobody_waits_for_it(
    people: People, worker: Worker
) -> None:
    service_id, appointment_id = full(people)
    gone, other = joins(people.client, service_id), joins(people.client, people.offers())
    cancels(appointment_id)
    people.artist.delete(f"/v1/appointments/services/{service_id}")
    worker.works()
    assert (status(gone), status(other)) == (
        WaitlistEntryStatus.EXPIRED,
        WaitlistEntryStatus.OFFERED,
    )
    assert [event.subject for event in outbox("waitlist.offered")] == [other]
    assert listed(people.artist) == [other]


def test_what_is_held_for_a_service_that_is_gone_is_passed_on(
    people: People, worker: Worker
) -> None:
    service_id, appointment_id = full(people)
    gone = joins(people.client, service_id)
    cancels(appointment_id)
    worker.works()
    other = joins(people.other_client, people.offers())
    people.artist.delete(f"/v1/appointments/services/{service_id}")
    worker.works()
    assert (status(gone), holds()) == (WaitlistEntryStatus.EXPIRED, [])
    assert sweep() == 1
    assert status(other) is WaitlistEntryStatus.OFFERED


@pytest.mark.parametrize("how", ["cancel", "decline", "expire", "reschedule"])
def test_time_is_freed_in_many_ways(
    people: People, worker: Worker, clock: TimeMachineFixture, how: str
) -> None:
    """A request with days to answer; the other client waits for its time."""
    people.opens("09:00-10:00")
    service_id = people.offers(mode="request")
    starts_at = "2026-03-10T08:00:00Z"
    appointment_id = people.has_booked(service_id, starts_at)["id"]
    place = joins(people.other_client, service_id, "2026-03-10")
    path = f"/v1/appointments/{appointment_id}/{how}"
    match how:
        case "expire":
            clock.shift(timedelta(hours=72))
            assert sweep() == 1
        case "reschedule":
            moved = people.client.post(path, json={"startsAt": "2026-03-11T08:00:00Z"})
            assert moved.status_code == 200
        case _:
            assert people.artist.post(path, json={}).status_code == 200
    worker.works()
    offer = wait(place).offer
    assert offer is not None
    assert offer.starts_at == datetime(2026, 3, 10, 8, tzinfo=UTC)


@pytest.mark.parametrize("how", ["decline", "withdraw", "expire"])
def test_proposals_that_end_free_the_time_of_every_sitting(
    people: People, worker: Worker, clock: TimeMachineFixture, how: str
) -> None:
    people.opens("09:00-10:00")
    service_id = people.offers()
    dates = ["2026-03-10", "2026-03-17"]
    body = {
        "serviceId": service_id,
        "clientId": CLIENT,
        "startsAt": [f"{date}T08:00:00Z" for date in dates],
    }
    answer = people.artist.post("/v1/appointments/proposals", json=body)
    assert answer.status_code == 201, answer.body
    persons = (people.other_client, people.other_artist)
    places = [joins(person, service_id, date) for person, date in zip(persons, dates, strict=True)]
    path = f"/v1/appointments/proposals/{answer.json_body['id']}/{how}"
    if how == "expire":
        clock.shift(timedelta(hours=72))
        assert sweep() == 1
    else:
        person = people.client if how == "decline" else people.artist
        assert person.post(path, json={}).status_code == 200
    worker.works()
    assert [status(place) for place in places] == 2 * [WaitlistEntryStatus.OFFERED]


# ---- all are notified --------------------------------------------------------------------------


def test_all_who_wait_are_told_and_the_first_to_book_has_it(
    people: People, worker: Worker, clock: TimeMachineFixture
) -> None:
    service_id, appointment_id = full(people, waitlistMode="all_notified")
    first = joins(people.client, service_id)
    clock.shift(1)
    second = joins(people.other_client, service_id)
    joins(people.other_artist, service_id, "2026-03-04")  # another date
    cancels(appointment_id)
    worker.works()
    opened = outbox("waitlist.opened")
    assert len({event.id for event in opened}) == 2
    told = {event.subject: event.data for event in opened}
    assert set(told) == {first, second}
    assert told[second] == {
        "waitlistId": second,
        "artistId": ARTIST,
        "clientId": OTHER_CLIENT,
        "serviceId": service_id,
        "serviceName": "Fine line tattoo",
        "recordVersion": 1,
        "startsAt": "2026-03-03T08:00:00Z",
        "endsAt": "2026-03-03T09:00:00Z",
        "timeZone": "Europe/Berlin",
    }
    assert holds() == []
    people.has_booked(service_id, NINE, people.other_client)
    assert refused(people.books(service_id, NINE))[0] == 409
    worker.works()
    assert (status(first), status(second)) == (
        WaitlistEntryStatus.WAITING,
        WaitlistEntryStatus.BOOKED,
    )


def test_the_same_freed_slot_is_told_once_and_freed_again_once_more(
    people: People, worker: Worker
) -> None:
    service_id, appointment_id = full(people, "09:00-12:00", waitlistMode="all_notified")
    joins(people.client, service_id)
    cancels(appointment_id)
    (cancelled,) = outbox("appointment.cancelled")
    for _ in range(3):
        consumers.handle(cancelled, now())
    assert len(outbox("waitlist.opened")) == 1
    cancels(people.has_booked(service_id, NINE, people.other_client)["id"])
    worker.works()
    assert len(outbox("waitlist.opened")) == 2


def test_those_who_are_first_in_line_come_before_those_who_are_all_told(
    people: People, worker: Worker
) -> None:
    people.opens("09:00-11:00")
    long = people.offers(durationMinutes=120)
    taken = people.has_booked(long, NINE, people.other_artist)["id"]
    joins(people.client, people.offers(waitlistMode="all_notified"))
    joins(people.other_client, people.offers())
    cancels(taken)
    worker.works()
    assert holds() == [(OTHER_CLIENT, at(9))]
    (opened,) = outbox("waitlist.opened")
    assert opened.data["startsAt"] == "2026-03-03T09:00:00Z"


def test_an_offer_from_before_the_mode_was_changed_is_passed_on_to_all(
    people: People, worker: Worker, clock: TimeMachineFixture
) -> None:
    service_id, appointment_id = full(people)
    first = joins(people.client, service_id)
    clock.shift(1)
    second = joins(people.other_client, service_id)
    cancels(appointment_id)
    worker.works()
    changed = {**SERVICE, "waitlistMode": "all_notified"}
    people.artist.put(f"/v1/appointments/services/{service_id}", json=changed)
    clock.shift(timedelta(minutes=120))
    assert sweep() == 1
    assert status(first) is status(second) is WaitlistEntryStatus.WAITING
    assert [event.subject for event in outbox("waitlist.opened")] == [second]


# ---- once, whatever happens --------------------------------------------------------------------


def test_an_event_heard_again_offers_nothing_more(people: People, worker: Worker) -> None:
    service_id, appointment_id = full(people)
    joins(people.client, service_id)
    joins(people.other_client, service_id)
    cancels(appointment_id)
    (cancelled,) = outbox("appointment.cancelled")
    for _ in range(3):
        consumers.handle(cancelled, now())
    assert len(outbox("waitlist.offered")) == len(holds()) == 1


def test_who_is_offered_something_is_not_looked_at_again(people: People, worker: Worker) -> None:
    service_id, appointment_id = full(people, "09:00-11:00")
    joins(people.client, service_id)
    cancels(appointment_id)
    worker.works()
    (cancelled,) = outbox("appointment.cancelled")
    with counted() as calls:
        consumers.handle(cancelled, now())
    assert dict(calls) == {"dynamodb:GetItem": 1, "dynamodb:Query": 1}


def test_nobody_is_offered_two_slots_by_a_list_that_is_behind(
    people: People, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index may still say that they wait; there is a second slot that they could have."""
    people.opens("09:00-11:00")
    long = people.offers(durationMinutes=120)
    taken = people.has_booked(long, NINE, people.other_artist)["id"]
    joins(people.client, people.offers())
    listed = store.list_records(WaitlistEntry, AppointmentSide.ARTIST, ARTIST)
    cancels(taken)
    worker.works()
    (cancelled,) = outbox("appointment.cancelled")
    monkeypatch.setattr(store, "list_records", lambda *_: listed)
    consumers.handle(cancelled, now())
    assert len(holds()) == len(outbox("waitlist.offered")) == 1


def test_two_events_at_once_about_one_start_make_one_offer(people: People, worker: Worker) -> None:
    service_id, appointment_id = full(people)
    joins(people.client, service_id)
    joins(people.other_client, service_id)
    cancels(appointment_id)
    (cancelled,) = outbox("appointment.cancelled")
    together(4, lambda: consumers.handle(cancelled, now()))
    assert len(outbox("waitlist.offered")) == len(holds()) == 1
    assert sorted(status(event.subject) for event in outbox("waitlist.joined")) == [
        WaitlistEntryStatus.OFFERED,
        WaitlistEntryStatus.WAITING,
    ]


def test_a_daily_limit_holds_however_close_somebody_else_books(
    people: People, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sydney's Tuesday lies on two days of UTC; the booking of its other one comes in between."""
    people.opens(zone="Australia/Sydney")
    limited = people.offers(dailyLimit=1)
    taken = people.has_booked(people.offers(), "2026-03-02T22:00:00Z", people.other_client)["id"]
    place = joins(people.client, limited)
    cancels(taken)
    real_commit = store.commit

    def beaten(**written: Any) -> None:
        monkeypatch.setattr(store, "commit", real_commit)
        people.has_booked(limited, "2026-03-03T03:00:00Z", people.other_artist)
        real_commit(**written)

    monkeypatch.setattr(store, "commit", beaten)
    worker.works()
    assert status(place) is WaitlistEntryStatus.WAITING
    assert holds() == []


def test_booking_and_offering_the_same_slot_at_once_gives_it_to_one(
    people: People, worker: Worker
) -> None:
    service_id, appointment_id = full(people)
    place = joins(people.client, service_id)
    cancels(appointment_id)
    (cancelled,) = outbox("appointment.cancelled")
    racers = iter([True, False])

    def race() -> int:
        if next(racers):
            consumers.handle(cancelled, now())
            return 0
        return people.books(service_id, NINE, people.other_client).status_code

    statuses = sorted(together(2, race))
    live = [entry for entry in entries().values() if entry.is_live(now())]
    assert len(live) == 1
    assert statuses == ([0, 409] if status(place) is WaitlistEntryStatus.OFFERED else [0, 201])


def test_a_crash_after_the_next_was_offered_it_is_made_up_for(
    people: People, worker: Worker, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one who did not answer is still due, so the next minute does the rest, and no more."""
    service_id, appointment_id = full(people)
    first = joins(people.client, service_id)
    clock.shift(1)
    second = joins(people.other_client, service_id)
    cancels(appointment_id)
    worker.works()
    clock.shift(timedelta(minutes=120))
    real_commit = store.commit

    def dies(**written: Any) -> None:
        if "events" not in written:
            raise SystemExit
        real_commit(**written)

    with monkeypatch.context() as patched:
        patched.setattr(store, "commit", dies)
        with pytest.raises(SystemExit):
            sweep()
    assert (status(first), status(second)) == (
        WaitlistEntryStatus.OFFERED,
        WaitlistEntryStatus.OFFERED,
    )
    assert sweep() == 1
    assert (status(first), status(second)) == (
        WaitlistEntryStatus.WAITING,
        WaitlistEntryStatus.OFFERED,
    )
    assert offered_to() == [CLIENT, OTHER_CLIENT]
    assert holds() == [(OTHER_CLIENT, at(9))]


def test_a_crash_in_the_offer_leaves_nothing_of_it(people: People, worker: Worker) -> None:
    service_id, appointment_id = full(people)
    place = joins(people.client, service_id)
    cancels(appointment_id)
    (cancelled,) = outbox("appointment.cancelled")
    down = ClientError({"Error": {"Code": "InternalServerError"}}, "TransactWriteItems")
    before = everything()
    with failing("TransactWriteItems", down), pytest.raises(TransactWriteError):
        consumers.handle(cancelled, now())
    assert everything() == before
    consumers.handle(cancelled, now())
    assert status(place) is WaitlistEntryStatus.OFFERED


def test_a_wait_ends_with_its_last_date(
    people: People, worker: Worker, clock: TimeMachineFixture
) -> None:
    service_id = people.studio()
    place = joins(people.client, service_id)
    clock.move_to(datetime(2026, 3, 3, 22, 59, 59, tzinfo=UTC), tick=False)
    assert sweep() == 0
    clock.shift(1)
    assert sweep() == 1
    assert status(place) is WaitlistEntryStatus.EXPIRED
    assert listed(people.client) == []
    joins(people.client, service_id, "2026-03-04")


def test_a_place_that_changed_since_it_was_listed_as_due_is_left_alone(
    people: People, worker: Worker, clock: TimeMachineFixture
) -> None:
    service_id, appointment_id = full(people)
    place = joins(people.client, service_id)
    cancels(appointment_id)
    worker.works()
    stale = wait(place)
    clock.shift(timedelta(minutes=120))
    waitlist.process_due(stale, now())
    as_it_is = wait(place)
    waitlist.process_due(stale, now())
    assert wait(place) == as_it_is


def test_an_offer_is_not_over_before_its_time_whoever_thinks_so(
    people: People, worker: Worker
) -> None:
    service_id, appointment_id = full(people)
    place = joins(people.client, service_id)
    cancels(appointment_id)
    worker.works()
    as_it_is = wait(place)
    waitlist.process_due(as_it_is, now())
    assert wait(place) == as_it_is


def test_what_ended_does_not_end_another_way(people: People) -> None:
    place = joins(people.client, people.studio())
    people.client.delete(f"{LIST}/{place}")
    waitlist.end_entry(place, WaitlistEntryStatus.EXPIRED, now())
    assert status(place) is WaitlistEntryStatus.LEFT


def test_a_walk_in_without_account_waits_for_nothing(people: People, worker: Worker) -> None:
    body = {"serviceId": people.studio(), "name": "Kim"}
    assert people.artist.post("/v1/appointments/walk-ins", json=body).status_code == 201
    worker.works()
    assert outbox("waitlist.offered") == []
