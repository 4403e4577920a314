"""Guest spots and other schedules over HTTP: bookings have the place and zone of their start."""

from datetime import datetime
from typing import Any

import pytest
from time_machine import TimeMachineFixture

from appointments.models import Schedule
from appointments.schemas import ScheduleRequest
from appointments.use_cases import schedules
from tests.functional.appointments.background import EventsWorker, join_waitlist
from tests.functional.appointments.people import (
    ARTIST,
    BERLIN,
    CLIENT,
    People,
    everything,
    outbox,
    week,
)
from tests.support.responses import error_fields, refused

PATH = "/v1/appointments/schedules"
HOME, ROSA = "12 Gertrude St, Fitzroy", "Rua da Rosa 12, Lisbon"
LISBON = "Europe/Lisbon"
GUEST: dict[str, Any] = {
    "name": "Guest spot in Lisbon",
    "location": ROSA,
    "timeZone": LISBON,
    "weekly": week("10:00-12:00"),
    "firstDate": "2026-03-10",
    "lastDate": "2026-03-12",
}
AT_HOME, THERE = "2026-03-09T09:00:00Z", "2026-03-10T10:00:00Z"
PLACE_AT_HOME, PLACE_THERE = (HOME, BERLIN), (ROSA, LISBON)
NO_SERVICE = f"svc_{ARTIST.removeprefix('usr_')}_01JD0000000000000000000009"


def add(people: People, **fields: Any) -> dict[str, Any]:
    answer = people.artist.post(PATH, json=GUEST | fields)
    assert answer.status_code == 201, answer.body
    added: dict[str, Any] = answer.json_body
    return added


@pytest.fixture
def service(people: People) -> str:
    """Return a service of an artist who has a guest spot in Lisbon."""
    return people.open_studio(location=HOME)


def place_of(appointment: dict[str, Any]) -> tuple[str, str]:
    return appointment["service"]["location"], appointment["timeZone"]


# ---- the routes ----------------------------------------------------------------------------------


def test_a_schedule_is_created_listed_replaced_and_deleted(people: People, service: str) -> None:
    added = add(people, serviceIds=[service])
    assert added == GUEST | {
        "id": added["id"],
        "artistId": ARTIST,
        "overrides": [],
        "serviceIds": [service],
        "version": 1,
    }
    body = GUEST | {"lastDate": "2026-03-11"}
    replaced = people.artist.put(f"{PATH}/{added['id']}", json=body)
    assert replaced.status_code == 200
    expected = added | {"lastDate": "2026-03-11", "serviceIds": [], "version": 2}
    assert replaced.json_body == expected
    assert people.artist.get(PATH).json_body == {"items": [expected]}
    assert people.other_artist.get(PATH).json_body == {"items": []}
    assert people.artist.delete(f"{PATH}/{added['id']}").status_code == 204
    assert people.artist.get(PATH).json_body == {"items": []}


def test_every_change_is_published(people: People, service: str) -> None:
    schedule_id = add(people)["id"]
    people.artist.put(f"{PATH}/{schedule_id}", json=GUEST | {"location": "Rua do Norte 3"})
    people.artist.delete(f"{PATH}/{schedule_id}")
    saved = [event.data for event in outbox("schedule.saved")]
    assert sorted((data["recordVersion"], data["location"]) for data in saved) == [
        (1, ROSA),
        (2, "Rua do Norte 3"),
    ]
    assert saved[0] | {"recordVersion": 1, "location": ROSA} == {
        "scheduleId": schedule_id,
        "artistId": ARTIST,
        "name": GUEST["name"],
        "location": ROSA,
        "timeZone": LISBON,
        "firstDate": "2026-03-10",
        "lastDate": "2026-03-12",
        "serviceIds": [],
        "recordVersion": 1,
    }
    (removed,) = outbox("schedule.removed")
    assert removed.data == {"scheduleId": schedule_id, "artistId": ARTIST, "recordVersion": 3}


def test_a_schedule_is_its_artists_own(people: People, service: str) -> None:
    path = f"{PATH}/{add(people)['id']}"
    before = everything()
    for answer in (
        people.other_artist.put(path, json=GUEST),
        people.other_artist.delete(path),
        people.artist.delete(f"{PATH}/sch_01JD0000000000000000000009"),
    ):
        assert refused(answer) == (404, "not_found")
    assert people.client.post(PATH, json=GUEST).status_code == 403
    assert everything() == before


OWN, OTHERS = "body.serviceIds[0]", "body.serviceIds[1]"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"timeZone": "Atlantis"}, {"body.timeZone"}),
        ({"location": ""}, {"body.location"}),
        ({"lastDate": None}, {"body.lastDate"}),
        ({"firstDate": None}, {"body.firstDate"}),
        ({"firstDate": None, "lastDate": None}, {"body.serviceIds"}),
        ({"lastDate": "2026-03-09"}, {"body.lastDate"}),
        ({"lastDate": "2027-03-11"}, {"body.lastDate"}),
        ({"firstDate": "2026-02-20", "lastDate": "2026-03-01"}, {"body.lastDate"}),
        ({"firstDate": "2029-03-01", "lastDate": "2029-03-02"}, {"body.firstDate"}),
        ({"overrides": [{"date": "2026-03-13"}]}, {"body.overrides[0].date"}),
        (
            {"lastDate": "2026-03-09", "overrides": [{"date": "2026-03-10"}] * 2},
            {"body.lastDate", "body.overrides[1].date"},
        ),
        ({"serviceIds": [NO_SERVICE]}, {OWN}),
        (
            {"weekly": {"monday": [{"start": "9:00", "end": "24:00"}]}, "version": 7},
            {"body.weekly.monday[0].start", "body.version"},
        ),
    ],
)
def test_every_wrong_field_is_named(
    people: People, service: str, fields: dict[str, Any], expected: set[str]
) -> None:
    answer = people.artist.post(PATH, json=GUEST | fields)
    assert answer.status_code == 422
    assert set(error_fields(answer)) == expected
    assert people.artist.get(PATH).json_body == {"items": []}


def test_services_are_the_artists_own_and_given_once(people: People, service: str) -> None:
    others = people.create_service(by=people.other_artist)
    answer = people.artist.post(PATH, json=GUEST | {"serviceIds": [service, others, service]})
    assert error_fields(answer) == {
        "body.serviceIds[1]": "is not a service of yours",
        "body.serviceIds[2]": "is given twice",
    }


def test_two_schedules_do_not_claim_the_same_time(people: People, service: str) -> None:
    first = add(people)
    again = people.artist.post(PATH, json=GUEST | {"firstDate": "2026-03-12"})
    assert error_fields(again) == {
        "body.firstDate": f"is the same time and services as schedule {first['id']}"
    }
    undated = {"firstDate": None, "lastDate": None, "serviceIds": [service]}
    add(people, **undated)
    assert list(error_fields(people.artist.post(PATH, json=GUEST | undated))) == ["body.serviceIds"]
    add(people, serviceIds=[service])  # it names the service
    own = people.artist.put(f"{PATH}/{first['id']}", json=GUEST | {"name": "Lisbon"})
    assert own.status_code == 200


def test_an_artist_has_at_most_twenty_schedules_ahead(
    people: People, service: str, clock: TimeMachineFixture
) -> None:
    for number in range(schedules.MAX_SCHEDULES):
        day = f"2026-04-{number + 1:02}"
        add(people, firstDate=day, lastDate=day)
    assert refused(people.artist.post(PATH, json=GUEST)) == (409, "too_many_schedules")
    clock.move_to(datetime.fromisoformat("2026-04-02T12:00:00Z"))
    add(people, firstDate="2026-05-01", lastDate="2026-05-01")  # the first one is over


def test_the_request_and_the_record_have_the_same_fields() -> None:
    fields = set(ScheduleRequest.__struct_fields__)
    assert fields | {"id", "artist_id", "version"} == set(Schedule.__struct_fields__)


# ---- slots and bookings --------------------------------------------------------------------------


def test_slots_show_the_place_and_its_local_time(people: People, service: str) -> None:
    add(people)
    answer = people.get_slots(service, from_="2026-03-09", to="2026-03-10")
    items = answer.json_body["items"]
    assert {(slot["location"], slot["timeZone"]) for slot in items[:8]} == {PLACE_AT_HOME}
    assert items[8:] == [
        {
            "startsAt": f"2026-03-10T{hour}:00:00Z",
            "endsAt": f"2026-03-10T{hour + 1}:00:00Z",
            "local": f"2026-03-10T{hour}:00:00+00:00",
            "timeZone": LISBON,
            "location": ROSA,
        }
        for hour in (10, 11)
    ]
    shown = people.get_slots(service, from_="2026-03-10", to="2026-03-10", timeZone=BERLIN)
    assert [slot["local"] for slot in shown.json_body["items"]] == [
        "2026-03-10T11:00:00+01:00",
        "2026-03-10T12:00:00+01:00",
    ]


def test_a_booking_has_the_place_and_zone_of_its_start(people: People, service: str) -> None:
    add(people)
    held = people.try_hold(service, THERE).json_body
    assert (held["location"], held["timeZone"]) == PLACE_THERE
    booked = people.client.post("/v1/appointments", json={"holdId": held["id"]}).json_body
    assert place_of(booked) == PLACE_THERE
    assert booked["local"] == "2026-03-10T10:00:00+00:00"
    (created,) = outbox("appointment.created")
    assert (created.data["location"], created.data["timeZone"]) == PLACE_THERE
    file = people.client.get(f"/v1/appointments/{booked['id']}/calendar.ics").body.decode()
    assert "LOCATION:Rua da Rosa 12\\, Lisbon" in file
    assert place_of(people.book(service, AT_HOME)) == PLACE_AT_HOME


def test_home_is_closed_during_a_guest_spot_for_clients_only(people: People, service: str) -> None:
    add(people)
    evening = "2026-03-10T15:00:00Z"
    assert refused(people.try_book(service, evening)) == (409, "slot_unavailable")
    assert refused(people.try_hold(service, evening)) == (409, "slot_unavailable")
    booked = people.book(service, evening, people.artist, clientId=CLIENT)
    assert place_of(booked) == PLACE_THERE


def test_old_bookings_keep_their_place_and_zone(people: People, service: str) -> None:
    schedule_id = add(people)["id"]
    path = f"/v1/appointments/{people.book(service, THERE)['id']}"
    people.artist.put(f"{PATH}/{schedule_id}", json=GUEST | {"location": "Rua do Norte 3"})
    assert place_of(people.client.get(path).json_body) == PLACE_THERE
    people.artist.delete(f"{PATH}/{schedule_id}")
    assert place_of(people.client.get(path).json_body) == PLACE_THERE
    assert place_of(people.book(service, "2026-03-10T12:00:00Z")) == PLACE_AT_HOME


def test_a_move_takes_the_place_and_zone_of_the_new_start(people: People, service: str) -> None:
    add(people)
    path = f"/v1/appointments/{people.book(service, AT_HOME)['id']}"
    for start, place in ((THERE, PLACE_THERE), ("2026-03-13T09:00:00Z", PLACE_AT_HOME)):
        moved = people.client.post(f"{path}/reschedule", json={"startsAt": start})
        assert moved.status_code == 200, moved.body
        assert place_of(moved.json_body) == place
        event = outbox("appointment.rescheduled")
        shown = {one.data["startsAt"]: one.data for one in event}[start]
        assert (shown["location"], shown["timeZone"]) == place
    closed = people.client.post(f"{path}/reschedule", json={"startsAt": "2026-03-11T15:00:00Z"})
    assert refused(closed) == (409, "slot_unavailable")


def test_a_walk_in_is_where_the_artist_is(
    people: People, service: str, clock: TimeMachineFixture
) -> None:
    add(people)
    clock.move_to(datetime.fromisoformat("2026-03-11T20:00:00Z"))
    body = {"serviceId": service, "name": "Ada"}
    booked = people.artist.post("/v1/appointments/walk-ins", json=body).json_body
    assert place_of(booked) == PLACE_THERE
    assert booked["local"] == "2026-03-11T20:00:00+00:00"


def test_today_is_that_of_the_place_where_the_artist_is(
    people: People, service: str, clock: TimeMachineFixture
) -> None:
    """At 23:30 UTC it is the next day in Berlin, and still the same in Lisbon."""
    add(people, weekly=week("23:00-24:00"))
    people.book(service, "2026-03-11T23:00:00Z")
    clock.move_to(datetime.fromisoformat("2026-03-11T23:30:00Z"))
    overview = people.artist.get("/v1/appointments/overview").json_body
    assert [one["startsAt"] for one in overview["today"]] == ["2026-03-11T23:00:00Z"]


# ---- plans, proposals and the waitlist -----------------------------------------------------------


def test_each_sitting_of_a_plan_and_a_proposal_has_its_own_place(
    people: People, service: str
) -> None:
    schedule_id = add(people)["id"]
    plan = people.artist.post(
        "/v1/appointments/plans",
        json={
            "serviceId": service,
            "clientId": CLIENT,
            "frequency": "weekly",
            "startsOn": "2026-03-03",
            "sittings": 3,
        },
    ).json_body
    places = [PLACE_AT_HOME, PLACE_THERE, PLACE_AT_HOME]
    assert [(one["location"], one["timeZone"]) for one in plan["sittings"]] == places
    assert [one["local"] for one in plan["sittings"]] == [
        "2026-03-03T09:00:00+01:00",
        "2026-03-10T10:00:00+00:00",
        "2026-03-17T09:00:00+01:00",
    ]
    starts = [one["startsAt"] for one in plan["sittings"]]
    body = {"serviceId": service, "clientId": CLIENT, "startsAt": starts}
    proposal = people.artist.post("/v1/appointments/proposals", json=body).json_body
    assert [(one["location"], one["timeZone"]) for one in proposal["sittings"]] == places
    (sent,) = outbox("proposal.sent")
    assert sent.data["places"] == [
        {"location": location, "timeZone": zone} for location, zone in places
    ]
    people.artist.delete(f"{PATH}/{schedule_id}")  # what was proposed is what is booked
    path = f"/v1/appointments/proposals/{proposal['id']}/accept"
    accepted = people.client.post(path).json_body
    booked = [
        people.client.get(f"/v1/appointments/{appointment_id}").json_body
        for appointment_id in accepted["appointmentIds"]
    ]
    assert [place_of(one) for one in booked] == places


def test_the_waitlist_offers_the_place_of_the_slot(people: People, service: str) -> None:
    """The dates of an entry are those of the place."""
    worker = EventsWorker()
    add(people, timeZone="Pacific/Auckland", weekly=week("10:00-11:00"), lastDate="2026-03-10")
    start = "2026-03-09T21:00:00Z"  # 10:00 on the 10th in Auckland
    booked = people.book(service, start, people.other_client)
    entry_id = join_waitlist(people.client, service, "2026-03-10")
    people.artist.post(f"/v1/appointments/{booked['id']}/cancel", json={})
    worker.run()
    (offered,) = outbox("waitlist.offered")
    assert offered.data["waitlistId"] == entry_id
    assert (offered.data["location"], offered.data["timeZone"]) == (ROSA, "Pacific/Auckland")


# ---- limits of weeks and months ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "starts", "later"),
    [
        ("weeklyLimit", ("2026-03-04T09:00:00Z", "2026-03-08T09:00:00Z"), "2026-03-09T09:00:00Z"),
        ("monthlyLimit", ("2026-03-04T09:00:00Z", "2026-03-31T09:00:00Z"), "2026-04-01T09:00:00Z"),
    ],
)
def test_a_limit_counts_bookings_holds_and_those_of_the_artist(
    people: People, field: str, starts: tuple[str, str], later: str
) -> None:
    service = people.open_studio(**{field: 2})
    first = people.book(service, starts[0])
    assert people.try_hold(service, starts[1], people.other_client).status_code == 201
    between = "2026-03-05T09:00:00Z"
    assert refused(people.try_book(service, between)) == (409, "slot_unavailable")
    assert people.list_free_starts(service, from_="2026-03-04", to=starts[1][:10]) == []
    assert people.list_free_starts(service, from_=later[:10], to=later[:10]) != []
    people.book(service, between, people.artist, clientId=CLIENT)  # the artist may ignore limits
    people.book(service, later)
    people.client.post(f"/v1/appointments/{first['id']}/cancel", json={})
    assert refused(people.try_book(service, starts[0])) == (409, "slot_unavailable")


def test_a_move_within_the_week_needs_no_more_of_its_limit(people: People) -> None:
    service = people.open_studio(weeklyLimit=1)
    path = f"/v1/appointments/{people.book(service, '2026-03-04T09:00:00Z')['id']}/reschedule"
    moved = people.client.post(path, json={"startsAt": "2026-03-06T09:00:00Z"})
    assert moved.status_code == 200
    other = people.book(service, "2026-03-11T09:00:00Z", people.other_client)
    path = f"/v1/appointments/{other['id']}/reschedule"
    into = people.other_client.post(path, json={"startsAt": "2026-03-05T09:00:00Z"})
    assert refused(into) == (409, "slot_unavailable")
