"""The waitlist: joining, leaving, and offers of freed time."""

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from botocore.exceptions import ClientError
from msgspec.structs import replace
from pynamodb.exceptions import TransactWriteError
from time_machine import TimeMachineFixture

from appointments import consumers, store
from appointments.app import app
from appointments.models import (
    AppointmentSide,
    CalendarEntryKind,
    Relation,
    WaitlistEntry,
    WaitlistEntryStatus,
)
from appointments.use_cases import waitlist
from shared.http.caller import Role
from shared.platform.clock import now
from tests.functional.appointments.background import (
    EventsWorker,
    consume,
    get_waitlist_entry,
    join_waitlist,
    sweep,
)
from tests.functional.appointments.people import (
    ARTIST,
    CLIENT,
    OTHER_ARTIST,
    OTHER_CLIENT,
    SERVICE,
    People,
    entries,
    everything,
    list_created,
    list_events_since,
    outbox,
)
from tests.support.aws_calls import counted, failing
from tests.support.gateway import ApiClient, client_for
from tests.support.responses import error_fields, refused
from tests.support.threads import together

LIST = "/v1/appointments/waitlist"
THIRD = "usr_01JD0000000000000000000EEE"
TOMORROW = "2026-03-03"
# The only hour of tomorrow: tomorrow is either full or free.
NINE = "2026-03-03T08:00:00Z"
UNKNOWN = "svc_01JD0000000000000000000AAA_01JD0000000000000000000ZZZ"


@pytest.fixture
def worker() -> EventsWorker:
    return EventsWorker()


@pytest.fixture
def third() -> ApiClient:
    """Return a third client."""
    return client_for(app).as_user(THIRD, Role.CLIENT)


def fill_tomorrow(people: People, *windows: str, **fields: Any) -> tuple[str, str]:
    """Let the third client book the artist's hour of tomorrow.

    That is their only hour, unless `windows` says otherwise. Returns the ids of the service and the
    appointment.
    """
    people.set_hours(*windows or ("09:00-10:00",))
    service_id = people.create_service(**fields)
    third = client_for(app).as_user(THIRD, Role.CLIENT)
    return service_id, people.book(service_id, NINE, third)["id"]


def cancel(appointment_id: str, person: ApiClient | None = None) -> None:
    person = person or People.artist
    answer = person.post(f"/v1/appointments/{appointment_id}/cancel", json={})
    assert answer.status_code == 200, answer.body


def list_ids(person: ApiClient, query: str = "") -> list[str]:
    answer = person.get(f"{LIST}{query}")
    assert answer.status_code == 200, answer.body
    return [item["id"] for item in answer.json_body["items"]]


def get_status(entry_id: str) -> WaitlistEntryStatus:
    return get_waitlist_entry(entry_id).status


def list_offered_clients() -> list[str]:
    """Return the clients an offer was published for, in order."""
    return [event.data["clientId"] for event in outbox("waitlist.offered")]


def list_holds() -> list[tuple[str | None, datetime]]:
    """Return owner and start of each live hold."""
    live = [entry for entry in entries().values() if entry.is_live(now())]
    return sorted(
        (entry.owner_id, entry.starts_at) for entry in live if entry.kind is CalendarEntryKind.HOLD
    )


def local_time(hour: int, minute: int = 0, day: int = 3) -> datetime:
    """Return an instant of tomorrow by the artist's local time."""
    return datetime(2026, 3, day, hour - 1, minute, tzinfo=UTC)


# ---- joining -----------------------------------------------------------------------------------


def test_joining_creates_a_waiting_entry_and_publishes_an_event(people: People) -> None:
    service_id = people.open_studio()
    body = {"serviceId": service_id, "firstDate": TOMORROW, "lastDate": "2026-03-09"}
    answer = people.client.post(LIST, json=body)
    assert answer.status_code == 201
    entry = answer.json_body
    assert entry["id"].startswith("wtl_")
    assert entry == {
        "id": entry["id"],
        "artistId": ARTIST,
        "clientId": CLIENT,
        "serviceId": service_id,
        "firstDate": TOMORROW,
        "lastDate": "2026-03-09",
        "status": "waiting",
        "offer": None,
        "createdAt": "2026-03-02T08:00:00Z",
    }
    assert get_waitlist_entry(entry["id"]).expires_at == datetime(
        2026, 3, 9, 23, tzinfo=UTC
    )  # midnight in Berlin
    (published,) = outbox("waitlist.joined")
    assert published.subject == entry["id"]
    assert published.data == {
        "waitlistId": entry["id"],
        "artistId": ARTIST,
        "clientId": CLIENT,
        "serviceId": service_id,
        "serviceName": "Fine line tattoo",
        "recordVersion": 1,
    }


def test_an_artist_joins_only_the_waitlists_of_other_artists(people: People) -> None:
    service_id = people.open_studio()
    body = {"serviceId": service_id, "firstDate": TOMORROW, "lastDate": TOMORROW}
    assert refused(people.artist.post(LIST, json=body)) == (403, "forbidden")
    assert (
        get_waitlist_entry(join_waitlist(people.other_artist, service_id)).client_id == OTHER_ARTIST
    )


def test_the_waitlist_of_an_unknown_service_is_not_found(people: People) -> None:
    body = {"serviceId": UNKNOWN, "firstDate": TOMORROW, "lastDate": TOMORROW}
    assert refused(people.client.post(LIST, json=body)) == (404, "not_found")
    assert list_created() == []


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
def test_invalid_dates_are_refused(people: People, first: str, last: str, field: str) -> None:
    body = {"serviceId": people.open_studio(), "firstDate": first, "lastDate": last}
    assert set(error_fields(people.client.post(LIST, json=body))) == {field}


def test_dates_may_have_begun_and_reach_two_years_ahead(people: People) -> None:
    join_waitlist(people.client, people.open_studio(), "2026-01-01", "2026-03-02")
    join_waitlist(people.client, people.create_service(), "2026-01-01", "2028-03-01")


def test_past_dates_are_judged_in_the_artists_time_zone(
    people: People, clock: TimeMachineFixture
) -> None:
    """On the 2nd it is already the 3rd in Kiritimati; on the 3rd it is still the 2nd in Samoa."""
    clock.shift(timedelta(hours=3))
    people.set_hours(zone="Pacific/Kiritimati")
    body = {
        "serviceId": people.create_service(),
        "firstDate": "2026-03-02",
        "lastDate": "2026-03-02",
    }
    assert error_fields(people.client.post(LIST, json=body)) == {"body.lastDate": "is over"}
    people.set_hours(zone="Pacific/Pago_Pago", by=people.other_artist)
    service_id = people.create_service(by=people.other_artist)
    clock.shift(timedelta(hours=23))
    join_waitlist(people.client, service_id, "2026-03-02")


@pytest.mark.parametrize("field", ["id", "status", "clientId", "artistId", "offer", "createdAt"])
def test_server_fields_are_refused(people: People, field: str) -> None:
    body = {"serviceId": people.open_studio(), "firstDate": TOMORROW, "lastDate": TOMORROW}
    answer = people.client.post(LIST, json=body | {field: OTHER_CLIENT})
    assert error_fields(answer) == {f"body.{field}": "is unknown"}


def test_a_client_joins_a_waitlist_once(people: People) -> None:
    service_id = people.open_studio()
    first = join_waitlist(people.client, service_id)
    body = {"serviceId": service_id, "firstDate": "2026-04-01", "lastDate": "2026-04-02"}
    assert refused(people.client.post(LIST, json=body)) == (409, "already_waiting")
    join_waitlist(people.other_client, service_id)
    join_waitlist(people.client, people.create_service())
    assert people.client.delete(f"{LIST}/{first}").status_code == 204
    join_waitlist(people.client, service_id)


def test_concurrent_joins_of_one_client_create_one_entry(people: People) -> None:
    service_id = people.open_studio()
    body = {"serviceId": service_id, "firstDate": TOMORROW, "lastDate": TOMORROW}
    answers = together(8, lambda: people.client.post(LIST, json=body))
    assert sorted(answer.status_code for answer in answers) == [201] + 7 * [409]
    assert {refused(answer)[1] for answer in answers if answer.status_code == 409} == {
        "already_waiting"
    }
    assert len(list_ids(people.client)) == len(outbox("waitlist.joined")) == 1


def test_a_client_is_on_a_limited_number_of_waitlists(people: People) -> None:
    people.set_hours()
    services = [people.create_service() for _ in range(21)]
    for service_id in services[:-2]:
        join_waitlist(people.client, service_id)

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
    assert len(list_ids(people.client)) == 20
    body = {"serviceId": people.create_service(), "firstDate": TOMORROW, "lastDate": TOMORROW}
    assert refused(people.client.post(LIST, json=body)) == (409, "too_many_waits")


# ---- listing and leaving -----------------------------------------------------------------------


def test_a_waitlist_is_paged_in_the_order_of_joining(
    people: People, clock: TimeMachineFixture
) -> None:
    service_id = people.open_studio()
    joined = []
    for person in (people.other_client, people.client, people.other_artist):
        joined.append(join_waitlist(person, service_id))
        clock.shift(60)
    assert list_ids(people.artist) == joined
    first = people.artist.get(f"{LIST}?limit=2").json_body
    assert [item["id"] for item in first["items"]] == joined[:2]
    second = people.artist.get(f"{LIST}?limit=2&cursor={first['nextCursor']}").json_body
    assert [item["id"] for item in second["items"]] == joined[2:]
    assert second["nextCursor"] is None
    elsewhere = people.other_artist.get(f"{LIST}?cursor={first['nextCursor']}")
    assert set(error_fields(elsewhere)) == {"query.cursor"}


def test_clients_see_their_own_entries_and_artists_their_own_waitlist(people: People) -> None:
    service_id = people.open_studio()
    mine, other = (
        join_waitlist(people.client, service_id),
        join_waitlist(people.other_artist, service_id),
    )
    assert list_ids(people.client) == list_ids(people.client, "?role=client") == [mine]
    assert list_ids(people.client, "?role=artist") == []
    assert list_ids(people.other_artist) == []
    assert list_ids(people.other_artist, "?role=client") == [other]
    assert list_ids(people.other_client) == []


def test_only_its_client_leaves_a_waitlist_and_only_once(people: People) -> None:
    entry_id = join_waitlist(people.client, people.open_studio())
    for stranger in (people.other_client, people.artist, people.other_artist):
        assert refused(stranger.delete(f"{LIST}/{entry_id}")) == (404, "not_found")
    assert people.client.delete(f"{LIST}/{entry_id}").status_code == 204
    assert refused(people.client.delete(f"{LIST}/{entry_id}")) == (404, "not_found")
    assert refused(people.client.delete(f"{LIST}/wtl_none")) == (404, "not_found")
    assert get_status(entry_id) is WaitlistEntryStatus.LEFT
    assert list_ids(people.client) == list_ids(people.artist) == []


def test_an_ended_entry_expires_after_ninety_days(people: People) -> None:
    entry_id = join_waitlist(people.client, people.open_studio())
    people.client.delete(f"{LIST}/{entry_id}")
    (item,) = [item for item in everything() if item["pk"]["S"] == f"WAIT#{entry_id}"]
    lifetime = timedelta(seconds=int(item["expires_at"]["N"]) - now().timestamp())
    assert lifetime == timedelta(days=90)
    assert set(item) & {"artist_id", "client_id", "listed_as", "due"} == set()


# ---- first in line -----------------------------------------------------------------------------


def test_a_cancelled_slot_is_offered_to_the_first_in_line(
    people: People, worker: EventsWorker, clock: TimeMachineFixture
) -> None:
    service_id, appointment_id = fill_tomorrow(people, waitlistAnswerMinutes=90)
    first = join_waitlist(people.client, service_id)
    clock.shift(1)
    second = join_waitlist(people.other_client, service_id)
    before = outbox()
    cancel(appointment_id)
    worker.run()
    (published,) = [
        event for event in list_events_since(before) if event.type == "waitlist.offered"
    ]
    offer = get_waitlist_entry(first).offer
    assert offer is not None
    assert published.subject == first
    assert published.data == {
        "waitlistId": first,
        "artistId": ARTIST,
        "clientId": CLIENT,
        "serviceId": service_id,
        "serviceName": "Fine line tattoo",
        "recordVersion": 2,
        "startsAt": "2026-03-03T08:00:00Z",
        "endsAt": "2026-03-03T09:00:00Z",
        "timeZone": "Europe/Berlin",
        "location": "",
        "holdId": offer.hold_id,
        "answerUntil": "2026-03-02T09:30:01Z",
    }
    (entry,) = people.client.get(LIST).json_body["items"]
    assert entry["status"] == "offered"
    assert entry["offer"] == {
        name: published.data[name] for name in ("holdId", "startsAt", "endsAt", "answerUntil")
    }
    assert list_holds() == [(CLIENT, local_time(9))]
    assert (get_status(second), get_waitlist_entry(second).version) == (
        WaitlistEntryStatus.WAITING,
        1,
    )


def test_an_offered_slot_is_not_available_to_others(people: People, worker: EventsWorker) -> None:
    service_id, appointment_id = fill_tomorrow(people)
    join_waitlist(people.client, service_id)
    cancel(appointment_id)
    worker.run()
    assert people.list_free_starts(service_id, from_=TOMORROW, to=TOMORROW) == []
    assert refused(people.try_book(service_id, NINE, people.other_client))[0] == 409
    hold_id = people.client.get(LIST).json_body["items"][0]["offer"]["holdId"]
    taken = people.other_client.post("/v1/appointments", json={"holdId": hold_id})
    assert refused(taken) == (409, "hold_expired")


def test_an_offer_is_booked_like_a_hold_and_ends_the_entry(
    people: People, worker: EventsWorker
) -> None:
    service_id, appointment_id = fill_tomorrow(people)
    first, second = (
        join_waitlist(people.client, service_id),
        join_waitlist(people.other_client, service_id),
    )
    cancel(appointment_id)
    worker.run()
    offer = get_waitlist_entry(first).offer
    assert offer is not None
    answer = people.client.post("/v1/appointments", json={"holdId": offer.hold_id})
    assert answer.status_code == 201, answer.body
    assert (answer.json_body["startsAt"], answer.json_body["status"]) == (NINE, "confirmed")
    worker.run()
    assert sweep() == 0
    assert get_status(first) is WaitlistEntryStatus.BOOKED
    assert get_status(second) is WaitlistEntryStatus.WAITING
    assert list_ids(people.client) == []
    assert list_offered_clients() == [CLIENT]


def test_an_offer_expires_no_later_than_its_start(
    people: People, worker: EventsWorker, clock: TimeMachineFixture
) -> None:
    service_id, appointment_id = fill_tomorrow(people, waitlistAnswerMinutes=24 * 60)
    entry_id = join_waitlist(people.client, service_id)
    clock.shift(timedelta(hours=23, minutes=59))
    cancel(appointment_id)
    worker.run()
    offer = get_waitlist_entry(entry_id).offer
    assert offer is not None
    assert offer.answer_until == offer.starts_at == local_time(9)


def test_an_unanswered_offer_passes_down_the_line_once(
    people: People, worker: EventsWorker, clock: TimeMachineFixture
) -> None:
    service_id, appointment_id = fill_tomorrow(people, waitlistAnswerMinutes=60)
    first = join_waitlist(people.client, service_id)
    clock.shift(1)
    second = join_waitlist(people.other_client, service_id)
    cancel(appointment_id)
    worker.run()
    offered_at = now()
    clock.move_to(offered_at + timedelta(minutes=60, milliseconds=-1), tick=False)
    assert sweep() == 0
    assert get_status(first) is WaitlistEntryStatus.OFFERED
    clock.move_to(offered_at + timedelta(minutes=60), tick=False)
    assert sweep() == 1
    assert (get_status(first), get_status(second)) == (
        WaitlistEntryStatus.WAITING,
        WaitlistEntryStatus.OFFERED,
    )
    assert get_waitlist_entry(first).offer is None
    assert get_waitlist_entry(first).offered == (local_time(9),)
    assert list_holds() == [(OTHER_CLIENT, local_time(9))]
    clock.shift(60 * 60)
    assert sweep() == 1
    assert (get_status(first), get_status(second)) == (
        WaitlistEntryStatus.WAITING,
        WaitlistEntryStatus.WAITING,
    )
    assert list_holds() == []
    assert list_offered_clients() == [CLIENT, OTHER_CLIENT]
    assert sweep() == 0
    # Now anybody can book it.
    assert people.list_free_starts(service_id, from_=TOMORROW, to=TOMORROW) == [
        "2026-03-03T09:00:00+01:00"
    ]
    # Both still wait for other slots.
    assert list_ids(people.artist) == [first, second]


def test_a_declined_start_is_not_offered_to_the_same_client_again(
    people: People, worker: EventsWorker, clock: TimeMachineFixture
) -> None:
    people.set_hours("09:00-11:00")
    long = people.create_service(durationMinutes=120)
    taken = people.book(long, NINE, people.other_client)["id"]
    entry_id = join_waitlist(people.client, people.create_service(waitlistAnswerMinutes=60))
    cancel(taken)
    (cancelled,) = outbox("appointment.cancelled")
    for offered in ((local_time(9),), (local_time(9), local_time(10))):
        consumers.handle(cancelled, now())
        assert (get_status(entry_id), get_waitlist_entry(entry_id).offered) == (
            WaitlistEntryStatus.OFFERED,
            offered,
        )
        clock.shift(60 * 60)
        assert sweep() == 1
    consumers.handle(cancelled, now())
    assert get_status(entry_id) is WaitlistEntryStatus.WAITING


def test_past_offers_are_removed_from_the_entry(
    people: People, worker: EventsWorker, clock: TimeMachineFixture
) -> None:
    service_id, appointment_id = fill_tomorrow(people, waitlistAnswerMinutes=60)
    later = people.book(service_id, "2026-03-05T08:00:00Z", people.other_client)["id"]
    entry_id = join_waitlist(people.client, service_id, TOMORROW, "2026-03-05")
    cancel(appointment_id)
    worker.run()
    clock.shift(60 * 60)
    assert sweep() == 1
    clock.move_to(local_time(9), tick=False)
    cancel(later)
    worker.run()
    assert get_waitlist_entry(entry_id).offered == (local_time(9, day=5),)


def test_leaving_passes_an_open_offer_to_the_next(people: People, worker: EventsWorker) -> None:
    service_id, appointment_id = fill_tomorrow(people)
    first, second = (
        join_waitlist(people.client, service_id),
        join_waitlist(people.other_client, service_id),
    )
    cancel(appointment_id)
    worker.run()
    assert people.client.delete(f"{LIST}/{first}").status_code == 204
    assert list_holds() == []
    assert sweep() == 1
    assert list_holds() == [(OTHER_CLIENT, local_time(9))]
    assert (get_status(first), get_status(second)) == (
        WaitlistEntryStatus.LEFT,
        WaitlistEntryStatus.OFFERED,
    )
    assert get_waitlist_entry(first).offer is None
    assert sweep() == 0


def test_booking_another_slot_passes_an_open_offer_to_the_next(
    people: People, worker: EventsWorker
) -> None:
    service_id, appointment_id = fill_tomorrow(people, "09:00-10:00", "14:00-15:00")
    first, second = (
        join_waitlist(people.client, service_id),
        join_waitlist(people.other_client, service_id),
    )
    cancel(appointment_id)
    worker.run()
    people.book(service_id, "2026-03-03T13:00:00Z")
    worker.run()
    assert (get_status(first), list_holds()) == (WaitlistEntryStatus.BOOKED, [])
    assert sweep() == 1
    assert (get_status(second), list_holds()) == (
        WaitlistEntryStatus.OFFERED,
        [(OTHER_CLIENT, local_time(9))],
    )


def test_a_booking_on_another_date_leaves_the_entry_unchanged(
    people: People, worker: EventsWorker
) -> None:
    service_id, appointment_id = fill_tomorrow(people)
    first = join_waitlist(people.client, service_id)
    cancel(appointment_id)
    people.book(service_id, "2026-03-04T08:00:00Z")
    people.book(people.create_service(), "2026-03-05T08:00:00Z")
    worker.run()
    assert (get_status(first), list_holds()) == (
        WaitlistEntryStatus.OFFERED,
        [(CLIENT, local_time(9))],
    )


def test_a_booking_without_an_offer_ends_the_entry(people: People, worker: EventsWorker) -> None:
    service_id = people.open_studio()
    direct, by_artist = (
        join_waitlist(people.client, service_id),
        join_waitlist(people.other_client, service_id),
    )
    people.book(service_id, NINE)
    people.book(service_id, "2026-03-03T10:00:00Z", people.artist, clientId=OTHER_CLIENT)
    worker.run()
    assert get_status(direct) is get_status(by_artist) is WaitlistEntryStatus.BOOKED


def test_a_booking_that_ends_no_wait_is_no_message_for_its_own_feature(
    people: People, worker: EventsWorker
) -> None:
    people.set_hours()
    first, second = people.create_service(), people.create_service()

    def book(hour: int) -> set[str]:
        before = outbox()
        people.book(first, f"{TOMORROW}T{hour:02}:00:00Z")
        published = list_events_since(before)
        worker.run()
        return {event.type for event in published} - {"appointment.created"}

    certain = {"appointment.confirmed"}
    assert book(8) == certain
    entry_id = join_waitlist(people.client, second)
    worker.run()
    assert book(10) == certain | {"relation.affected"}  # it waits for another service
    assert get_status(entry_id) is WaitlistEntryStatus.WAITING
    people.client.delete(f"{LIST}/{entry_id}")
    assert book(12) == certain | {"relation.affected"}
    assert book(14) == certain


def test_a_booking_that_did_not_see_that_its_client_waits_ends_the_entry(
    people: People, worker: EventsWorker
) -> None:
    """The relation is read eventually consistently, and the client has joined just before."""
    people.set_hours()
    service_id = people.create_service()
    worker.run()
    settled = store.find_relation(ARTIST, CLIENT)
    entry_id = join_waitlist(people.client, service_id)
    with mock.patch.object(store, "find_relation_and_person", return_value=(settled, None)):
        people.book(service_id, NINE)
    assert outbox("relation.affected") == []
    worker.run()
    assert get_status(entry_id) is WaitlistEntryStatus.BOOKED


def test_joining_while_an_event_settles_the_relation_is_not_forgotten(
    people: People, worker: EventsWorker
) -> None:
    people.set_hours()
    service_id = people.create_service()
    read = store.get_client_waitlists
    save = store.save_relation
    joined: list[str] = []

    def save_late(relation: Relation) -> None:
        if not joined:
            joined.append(join_waitlist(people.other_client, service_id))
        save(relation)

    data = {"artistId": ARTIST, "clientId": OTHER_CLIENT}
    relation = store.find_relation(ARTIST, OTHER_CLIENT)
    assert relation is not None
    unsettled = replace(relation, may_wait=True, version=relation.version + 1)
    save(unsettled)
    assert read(OTHER_CLIENT).entries == {}
    with mock.patch.object(store, "save_relation", save_late):
        consume("conversation.answered", data)
    people.book(service_id, NINE, people.other_client)
    worker.run()
    assert get_status(joined[0]) is WaitlistEntryStatus.BOOKED


def test_an_event_that_version_0_3_subscribed_to_still_ends_an_entry(
    people: People, worker: EventsWorker
) -> None:
    people.set_hours()
    service_id = people.create_service()
    entry_id = join_waitlist(people.client, service_id)
    people.book(service_id, NINE)
    (created,) = outbox("appointment.created")
    consumers.handle(created, now())
    assert get_status(entry_id) is WaitlistEntryStatus.BOOKED


def test_a_booking_made_before_joining_does_not_end_the_entry(
    people: People, worker: EventsWorker, clock: TimeMachineFixture
) -> None:
    service_id = people.open_studio()
    people.book(service_id, NINE)
    clock.shift(1)
    entry_id = join_waitlist(people.client, service_id)
    worker.run()
    assert get_status(entry_id) is WaitlistEntryStatus.WAITING


def test_a_booking_cancelled_before_its_event_is_consumed_does_not_end_the_entry(
    people: People, worker: EventsWorker
) -> None:
    service_id = people.open_studio()
    entry_id = join_waitlist(people.client, service_id)
    cancel(people.book(service_id, NINE)["id"])
    worker.run()
    assert get_status(entry_id) is WaitlistEntryStatus.WAITING


def test_rescheduling_to_a_wanted_date_ends_the_entry(people: People, worker: EventsWorker) -> None:
    service_id = people.open_studio()
    appointment_id = people.book(service_id, "2026-03-06T08:00:00Z")["id"]
    entry_id = join_waitlist(people.client, service_id)
    answer = people.client.post(
        f"/v1/appointments/{appointment_id}/reschedule", json={"startsAt": NINE}
    )
    assert answer.status_code == 200, answer.body
    worker.run()
    assert get_status(entry_id) is WaitlistEntryStatus.BOOKED


def test_wanted_dates_are_dates_in_the_artists_time_zone(
    people: People, worker: EventsWorker
) -> None:
    """Half past midnight in Berlin is still the day before in UTC."""
    people.set_hours("00:30-01:30")
    service_id = people.create_service()
    third = client_for(app).as_user(THIRD, Role.CLIENT)
    taken = people.book(service_id, "2026-03-03T23:30:00Z", third)["id"]
    too_early = join_waitlist(people.client, service_id, TOMORROW)
    fitting = join_waitlist(people.other_client, service_id, "2026-03-04")
    cancel(taken)
    worker.run()
    assert (get_status(too_early), get_status(fitting)) == (
        WaitlistEntryStatus.WAITING,
        WaitlistEntryStatus.OFFERED,
    )


def test_freed_time_is_offered_to_as_many_clients_as_fit(
    people: People, worker: EventsWorker, third: ApiClient, clock: TimeMachineFixture
) -> None:
    """Three of four who wait for an hour fit into three hours without overlapping."""
    people.set_hours("09:00-12:00")
    long = people.create_service(durationMinutes=180)
    short = people.create_service(slotIntervalMinutes=30)
    taken = people.book(long, NINE, people.other_artist)["id"]
    for person in (third, people.client, people.other_client):
        join_waitlist(person, short)
        clock.shift(1)
    fourth = join_waitlist(client_for(app).as_user("usr_01JD0000000000000000000FFF"), short)
    cancel(taken)
    worker.run()
    assert list_holds() == [
        (CLIENT, local_time(10)),
        (OTHER_CLIENT, local_time(11)),
        (THIRD, local_time(9)),
    ]
    assert get_status(fourth) is WaitlistEntryStatus.WAITING


def test_only_services_that_fit_into_freed_time_are_offered(
    people: People, worker: EventsWorker, clock: TimeMachineFixture
) -> None:
    """An hour is freed: too short for two hours, long enough for half an hour."""
    _, appointment_id = fill_tomorrow(people, "09:00-10:00", "10:30-12:30")
    long = people.create_service(durationMinutes=120)
    short = people.create_service(durationMinutes=30, slotIntervalMinutes=15)
    needs_two = join_waitlist(people.client, long)
    clock.shift(1)
    needs_half = join_waitlist(people.other_client, short)
    cancel(appointment_id)
    worker.run()
    assert get_status(needs_two) is WaitlistEntryStatus.WAITING
    assert get_status(needs_half) is WaitlistEntryStatus.OFFERED
    assert list_holds() == [(OTHER_CLIENT, local_time(9))]


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
def test_a_slot_whose_buffers_need_the_freed_time_is_offered(
    people: People, agreed: dict[str, Any], own: dict[str, Any], window: str, offered: str | None
) -> None:
    """9:00 to 10:00, outside hours, was booked; the wanted half hour lies next to it."""
    people.set_hours(window)
    buffered = people.create_service(**agreed)
    taken = people.book(buffered, NINE, people.artist, clientId=OTHER_CLIENT)["id"]
    entry_id = join_waitlist(people.client, people.create_service(durationMinutes=30, **own))
    cancel(taken)
    EventsWorker().run()
    offer = get_waitlist_entry(entry_id).offer
    if offered is None:
        assert offer is None
    else:
        assert offer is not None
        assert offer.starts_at.isoformat() == f"2026-03-03T{offered}:00+00:00"


def test_an_offered_slot_has_its_own_buffers_free(people: People, worker: EventsWorker) -> None:
    service_id, appointment_id = fill_tomorrow(people, "09:00-12:00")
    people.book(service_id, "2026-03-03T10:00:00Z", people.other_artist)
    # From 11:00 on the artist is busy; before 9:00 they are free.
    needs_after = people.create_service(bufferAfterMinutes=90)
    needs_before = people.create_service(bufferBeforeMinutes=90, slotIntervalMinutes=30)
    after, before = (
        join_waitlist(people.client, needs_after),
        join_waitlist(people.other_client, needs_before),
    )
    cancel(appointment_id)
    worker.run()
    assert get_status(after) is WaitlistEntryStatus.WAITING
    offer = get_waitlist_entry(before).offer
    assert offer is not None
    assert offer.starts_at == local_time(9)


@pytest.mark.parametrize(("minutes", "is_offered"), [(0, True), (1, False)])
def test_time_freed_within_the_notice_period_is_not_offered(
    people: People, worker: EventsWorker, clock: TimeMachineFixture, minutes: int, is_offered: bool
) -> None:
    _, appointment_id = fill_tomorrow(people)
    entry_id = join_waitlist(people.client, people.create_service(minimumNoticeMinutes=24 * 60))
    clock.shift(timedelta(minutes=minutes))
    cancel(appointment_id)
    worker.run()
    assert (get_status(entry_id) is WaitlistEntryStatus.OFFERED) is is_offered
    assert len(list_holds()) == is_offered


def test_time_freed_beyond_the_horizon_is_not_offered(people: People, worker: EventsWorker) -> None:
    people.set_hours("09:00-10:00")
    taken = people.book(people.create_service(), "2026-03-12T08:00:00Z", people.other_client)["id"]
    entry_id = join_waitlist(
        people.client, people.create_service(bookingHorizonDays=10), "2026-03-12"
    )
    cancel(taken)
    worker.run()
    assert get_status(entry_id) is WaitlistEntryStatus.WAITING


def test_only_the_rest_of_freed_time_that_has_begun_is_offered(
    people: People, worker: EventsWorker, clock: TimeMachineFixture
) -> None:
    people.set_hours("09:00-12:00")
    taken = people.book(people.create_service(durationMinutes=180), NINE, people.other_client)["id"]
    entry_id = join_waitlist(people.client, people.create_service())
    clock.move_to(local_time(10), tick=False)  # the hour that begins now can no longer be booked
    cancel(taken)
    worker.run()
    offer = get_waitlist_entry(entry_id).offer
    assert offer is not None
    assert offer.starts_at == local_time(11)


def test_past_freed_time_is_ignored(
    people: People, worker: EventsWorker, clock: TimeMachineFixture
) -> None:
    service_id, appointment_id = fill_tomorrow(people)
    join_waitlist(people.client, service_id)
    clock.move_to(local_time(10), tick=False)
    cancel(appointment_id)
    (cancelled,) = outbox("appointment.cancelled")
    with counted() as calls:
        consumers.handle(cancelled, now())
    assert dict(calls) == {"dynamodb:GetItem": 1}
    assert outbox("waitlist.offered") == []


def test_freed_time_nobody_waits_for_costs_one_query(people: People, worker: EventsWorker) -> None:
    _, appointment_id = fill_tomorrow(people)
    cancel(appointment_id)
    (cancelled,) = outbox("appointment.cancelled")
    with counted() as calls:
        consumers.handle(cancelled, now())
    assert dict(calls) == {"dynamodb:GetItem": 1, "dynamodb:Query": 1}


def test_offers_respect_the_daily_limit(people: People, worker: EventsWorker) -> None:
    people.set_hours("09:00-11:00")
    limited = people.create_service(dailyLimit=1)
    taken = people.book(people.create_service(), NINE, people.other_artist)["id"]
    people.book(limited, "2026-03-03T09:00:00Z", people.other_client)
    entry_id = join_waitlist(people.client, limited)
    cancel(taken)
    worker.run()
    assert get_status(entry_id) is WaitlistEntryStatus.WAITING


def test_nobody_is_offered_the_time_they_cancelled(people: People, worker: EventsWorker) -> None:
    service_id = people.open_studio()
    appointment_id = people.book(service_id, "2026-03-06T08:00:00Z")["id"]
    mine = join_waitlist(people.client, service_id, TOMORROW, "2026-03-06")
    other = join_waitlist(people.other_client, service_id, "2026-03-06")
    cancel(appointment_id, people.client)
    worker.run()
    assert (get_status(mine), get_status(other)) == (
        WaitlistEntryStatus.WAITING,
        WaitlistEntryStatus.OFFERED,
    )


def test_deleting_a_service_ends_its_waitlist(people: People, worker: EventsWorker) -> None:
    service_id, appointment_id = fill_tomorrow(people)
    gone, other = (
        join_waitlist(people.client, service_id),
        join_waitlist(people.client, people.create_service()),
    )
    cancel(appointment_id)
    people.artist.delete(f"/v1/appointments/services/{service_id}")
    worker.run()
    assert (get_status(gone), get_status(other)) == (
        WaitlistEntryStatus.EXPIRED,
        WaitlistEntryStatus.OFFERED,
    )
    assert [event.subject for event in outbox("waitlist.offered")] == [other]
    assert list_ids(people.artist) == [other]


def test_the_open_offer_of_a_deleted_service_passes_to_the_next(
    people: People, worker: EventsWorker
) -> None:
    service_id, appointment_id = fill_tomorrow(people)
    gone = join_waitlist(people.client, service_id)
    cancel(appointment_id)
    worker.run()
    other = join_waitlist(people.other_client, people.create_service())
    people.artist.delete(f"/v1/appointments/services/{service_id}")
    worker.run()
    assert (get_status(gone), list_holds()) == (WaitlistEntryStatus.EXPIRED, [])
    assert sweep() == 1
    assert get_status(other) is WaitlistEntryStatus.OFFERED


@pytest.mark.parametrize("how", ["cancel", "decline", "expire", "reschedule"])
def test_every_way_of_freeing_time_leads_to_an_offer(
    people: People, worker: EventsWorker, clock: TimeMachineFixture, how: str
) -> None:
    """A request is open for days; another client waits for its time."""
    people.set_hours("09:00-10:00")
    service_id = people.create_service(mode="request")
    starts_at = "2026-03-10T08:00:00Z"
    appointment_id = people.book(service_id, starts_at)["id"]
    entry_id = join_waitlist(people.other_client, service_id, "2026-03-10")
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
    worker.run()
    offer = get_waitlist_entry(entry_id).offer
    assert offer is not None
    assert offer.starts_at == datetime(2026, 3, 10, 8, tzinfo=UTC)


@pytest.mark.parametrize("how", ["decline", "withdraw", "expire"])
def test_an_ended_proposal_frees_the_time_of_every_sitting(
    people: People, worker: EventsWorker, clock: TimeMachineFixture, how: str
) -> None:
    people.set_hours("09:00-10:00")
    service_id = people.create_service()
    dates = ["2026-03-10", "2026-03-17"]
    body = {
        "serviceId": service_id,
        "clientId": CLIENT,
        "startsAt": [f"{date}T08:00:00Z" for date in dates],
    }
    answer = people.artist.post("/v1/appointments/proposals", json=body)
    assert answer.status_code == 201, answer.body
    persons = (people.other_client, people.other_artist)
    entry_ids = [
        join_waitlist(person, service_id, date) for person, date in zip(persons, dates, strict=True)
    ]
    path = f"/v1/appointments/proposals/{answer.json_body['id']}/{how}"
    if how == "expire":
        clock.shift(timedelta(hours=72))
        assert sweep() == 1
    else:
        person = people.client if how == "decline" else people.artist
        assert person.post(path, json={}).status_code == 200
    worker.run()
    assert [get_status(entry_id) for entry_id in entry_ids] == 2 * [WaitlistEntryStatus.OFFERED]


# ---- notifying all -----------------------------------------------------------------------------


def test_everybody_is_notified_and_the_first_to_book_gets_the_slot(
    people: People, worker: EventsWorker, clock: TimeMachineFixture
) -> None:
    service_id, appointment_id = fill_tomorrow(people, waitlistMode="all_notified")
    first = join_waitlist(people.client, service_id)
    clock.shift(1)
    second = join_waitlist(people.other_client, service_id)
    join_waitlist(people.other_artist, service_id, "2026-03-04")  # another date
    cancel(appointment_id)
    worker.run()
    opened = outbox("waitlist.opened")
    assert len({event.id for event in opened}) == 2
    published = {event.subject: event.data for event in opened}
    assert set(published) == {first, second}
    assert published[second] == {
        "waitlistId": second,
        "artistId": ARTIST,
        "clientId": OTHER_CLIENT,
        "serviceId": service_id,
        "serviceName": "Fine line tattoo",
        "recordVersion": 1,
        "startsAt": "2026-03-03T08:00:00Z",
        "endsAt": "2026-03-03T09:00:00Z",
        "timeZone": "Europe/Berlin",
        "location": "",
    }
    assert list_holds() == []
    people.book(service_id, NINE, people.other_client)
    assert refused(people.try_book(service_id, NINE))[0] == 409
    worker.run()
    assert (get_status(first), get_status(second)) == (
        WaitlistEntryStatus.WAITING,
        WaitlistEntryStatus.BOOKED,
    )


def test_a_freed_slot_is_published_once_each_time_it_is_freed(
    people: People, worker: EventsWorker
) -> None:
    service_id, appointment_id = fill_tomorrow(people, "09:00-12:00", waitlistMode="all_notified")
    join_waitlist(people.client, service_id)
    cancel(appointment_id)
    (cancelled,) = outbox("appointment.cancelled")
    for _ in range(3):
        consumers.handle(cancelled, now())
    assert len(outbox("waitlist.opened")) == 1
    cancel(people.book(service_id, NINE, people.other_client)["id"])
    worker.run()
    assert len(outbox("waitlist.opened")) == 2


def test_first_in_line_offers_come_before_notifications_to_all(
    people: People, worker: EventsWorker
) -> None:
    people.set_hours("09:00-11:00")
    long = people.create_service(durationMinutes=120)
    taken = people.book(long, NINE, people.other_artist)["id"]
    join_waitlist(people.client, people.create_service(waitlistMode="all_notified"))
    join_waitlist(people.other_client, people.create_service())
    cancel(taken)
    worker.run()
    assert list_holds() == [(OTHER_CLIENT, local_time(9))]
    (opened,) = outbox("waitlist.opened")
    assert opened.data["startsAt"] == "2026-03-03T09:00:00Z"


def test_an_offer_made_before_the_mode_changed_is_published_to_all(
    people: People, worker: EventsWorker, clock: TimeMachineFixture
) -> None:
    service_id, appointment_id = fill_tomorrow(people)
    first = join_waitlist(people.client, service_id)
    clock.shift(1)
    second = join_waitlist(people.other_client, service_id)
    cancel(appointment_id)
    worker.run()
    changed = {**SERVICE, "waitlistMode": "all_notified"}
    people.artist.put(f"/v1/appointments/services/{service_id}", json=changed)
    clock.shift(timedelta(minutes=120))
    assert sweep() == 1
    assert get_status(first) is get_status(second) is WaitlistEntryStatus.WAITING
    assert [event.subject for event in outbox("waitlist.opened")] == [second]


# ---- exactly once ------------------------------------------------------------------------------


def test_a_repeated_event_makes_no_second_offer(people: People, worker: EventsWorker) -> None:
    service_id, appointment_id = fill_tomorrow(people)
    join_waitlist(people.client, service_id)
    join_waitlist(people.other_client, service_id)
    cancel(appointment_id)
    (cancelled,) = outbox("appointment.cancelled")
    for _ in range(3):
        consumers.handle(cancelled, now())
    assert len(outbox("waitlist.offered")) == len(list_holds()) == 1


def test_a_client_with_an_open_offer_is_skipped(people: People, worker: EventsWorker) -> None:
    service_id, appointment_id = fill_tomorrow(people, "09:00-11:00")
    join_waitlist(people.client, service_id)
    cancel(appointment_id)
    worker.run()
    (cancelled,) = outbox("appointment.cancelled")
    with counted() as calls:
        consumers.handle(cancelled, now())
    assert dict(calls) == {"dynamodb:GetItem": 1, "dynamodb:Query": 1}


def test_a_stale_index_does_not_lead_to_a_second_offer(
    people: People, worker: EventsWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index may still list the client as waiting while a second slot would fit."""
    people.set_hours("09:00-11:00")
    long = people.create_service(durationMinutes=120)
    taken = people.book(long, NINE, people.other_artist)["id"]
    join_waitlist(people.client, people.create_service())
    stale = store.list_records(WaitlistEntry, AppointmentSide.ARTIST, ARTIST)
    cancel(taken)
    worker.run()
    (cancelled,) = outbox("appointment.cancelled")
    monkeypatch.setattr(store, "list_records", lambda *_: stale)
    consumers.handle(cancelled, now())
    assert len(list_holds()) == len(outbox("waitlist.offered")) == 1


def test_concurrent_events_about_one_start_make_one_offer(
    people: People, worker: EventsWorker
) -> None:
    service_id, appointment_id = fill_tomorrow(people)
    join_waitlist(people.client, service_id)
    join_waitlist(people.other_client, service_id)
    cancel(appointment_id)
    (cancelled,) = outbox("appointment.cancelled")
    together(4, lambda: consumers.handle(cancelled, now()))
    assert len(outbox("waitlist.offered")) == len(list_holds()) == 1
    assert sorted(get_status(event.subject) for event in outbox("waitlist.joined")) == [
        WaitlistEntryStatus.OFFERED,
        WaitlistEntryStatus.WAITING,
    ]


def test_a_daily_limit_holds_against_a_concurrent_booking(
    people: People, worker: EventsWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Tuesday in Sydney spans two UTC days; a booking on the other one comes in between."""
    people.set_hours(zone="Australia/Sydney")
    limited = people.create_service(dailyLimit=1)
    taken = people.book(people.create_service(), "2026-03-02T22:00:00Z", people.other_client)["id"]
    entry_id = join_waitlist(people.client, limited)
    cancel(taken)
    real_commit = store.commit

    def lose_race(**written: Any) -> None:
        monkeypatch.setattr(store, "commit", real_commit)
        people.book(limited, "2026-03-03T03:00:00Z", people.other_artist)
        real_commit(**written)

    monkeypatch.setattr(store, "commit", lose_race)
    worker.run()
    assert get_status(entry_id) is WaitlistEntryStatus.WAITING
    assert list_holds() == []


def test_concurrent_booking_and_offer_give_the_slot_to_one(
    people: People, worker: EventsWorker
) -> None:
    service_id, appointment_id = fill_tomorrow(people)
    entry_id = join_waitlist(people.client, service_id)
    cancel(appointment_id)
    (cancelled,) = outbox("appointment.cancelled")
    racers = iter([True, False])

    def race() -> int:
        if next(racers):
            consumers.handle(cancelled, now())
            return 0
        return people.try_book(service_id, NINE, people.other_client).status_code

    statuses = sorted(together(2, race))
    live = [entry for entry in entries().values() if entry.is_live(now())]
    assert len(live) == 1
    assert statuses == (
        [0, 409] if get_status(entry_id) is WaitlistEntryStatus.OFFERED else [0, 201]
    )


def test_a_crash_after_the_next_offer_is_recovered_by_the_next_sweep(
    people: People, worker: EventsWorker, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The unanswered entry is still due, so the next sweep completes the work, and only once."""
    service_id, appointment_id = fill_tomorrow(people)
    first = join_waitlist(people.client, service_id)
    clock.shift(1)
    second = join_waitlist(people.other_client, service_id)
    cancel(appointment_id)
    worker.run()
    clock.shift(timedelta(minutes=120))
    real_commit = store.commit

    def crash(**written: Any) -> None:
        if "events" not in written:
            raise SystemExit
        real_commit(**written)

    with monkeypatch.context() as patched:
        patched.setattr(store, "commit", crash)
        with pytest.raises(SystemExit):
            sweep()
    assert (get_status(first), get_status(second)) == (
        WaitlistEntryStatus.OFFERED,
        WaitlistEntryStatus.OFFERED,
    )
    assert sweep() == 1
    assert (get_status(first), get_status(second)) == (
        WaitlistEntryStatus.WAITING,
        WaitlistEntryStatus.OFFERED,
    )
    assert list_offered_clients() == [CLIENT, OTHER_CLIENT]
    assert list_holds() == [(OTHER_CLIENT, local_time(9))]


def test_a_crash_during_an_offer_changes_nothing(people: People, worker: EventsWorker) -> None:
    service_id, appointment_id = fill_tomorrow(people)
    entry_id = join_waitlist(people.client, service_id)
    cancel(appointment_id)
    (cancelled,) = outbox("appointment.cancelled")
    down = ClientError({"Error": {"Code": "InternalServerError"}}, "TransactWriteItems")
    before = everything()
    with failing("TransactWriteItems", down), pytest.raises(TransactWriteError):
        consumers.handle(cancelled, now())
    assert everything() == before
    consumers.handle(cancelled, now())
    assert get_status(entry_id) is WaitlistEntryStatus.OFFERED


def test_an_entry_expires_after_its_last_date(
    people: People, worker: EventsWorker, clock: TimeMachineFixture
) -> None:
    service_id = people.open_studio()
    entry_id = join_waitlist(people.client, service_id)
    clock.move_to(datetime(2026, 3, 3, 22, 59, 59, tzinfo=UTC), tick=False)
    assert sweep() == 0
    clock.shift(1)
    assert sweep() == 1
    assert get_status(entry_id) is WaitlistEntryStatus.EXPIRED
    assert list_ids(people.client) == []
    join_waitlist(people.client, service_id, "2026-03-04")


def test_an_entry_that_changed_after_it_was_listed_as_due_is_left_alone(
    people: People, worker: EventsWorker, clock: TimeMachineFixture
) -> None:
    service_id, appointment_id = fill_tomorrow(people)
    entry_id = join_waitlist(people.client, service_id)
    cancel(appointment_id)
    worker.run()
    stale = get_waitlist_entry(entry_id)
    clock.shift(timedelta(minutes=120))
    waitlist.process_due(stale, now())
    as_it_is = get_waitlist_entry(entry_id)
    waitlist.process_due(stale, now())
    assert get_waitlist_entry(entry_id) == as_it_is


def test_an_offer_does_not_expire_early(people: People, worker: EventsWorker) -> None:
    service_id, appointment_id = fill_tomorrow(people)
    entry_id = join_waitlist(people.client, service_id)
    cancel(appointment_id)
    worker.run()
    as_it_is = get_waitlist_entry(entry_id)
    waitlist.process_due(as_it_is, now())
    assert get_waitlist_entry(entry_id) == as_it_is


def test_an_ended_entry_does_not_end_again(people: People) -> None:
    entry_id = join_waitlist(people.client, people.open_studio())
    people.client.delete(f"{LIST}/{entry_id}")
    waitlist.end_entry(entry_id, WaitlistEntryStatus.EXPIRED, now())
    assert get_status(entry_id) is WaitlistEntryStatus.LEFT


def test_a_walk_in_without_an_account_affects_no_waitlist(
    people: People, worker: EventsWorker
) -> None:
    body = {"serviceId": people.open_studio(), "name": "Kim"}
    assert people.artist.post("/v1/appointments/walk-ins", json=body).status_code == 201
    worker.run()
    assert outbox("waitlist.offered") == []
