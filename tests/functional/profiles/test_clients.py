"""Clients: relations, visits and totals, for events in any order."""

import itertools
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from time_machine import TimeMachineFixture

from domain.ids import new_id
from profiles.models.visits import Visit
from profiles.store import clients, visits
from profiles.store.table import RecordItem
from shared.data import tombstones
from shared.http.caller import Role
from tests.functional.profiles.activity import (
    HOME,
    STARTS,
    build_appointment,
    build_query,
    complete_visit,
    confirm_visit,
    dump_table,
    list_all,
    list_stored,
    ok,
)
from tests.functional.profiles.conftest import NOON
from tests.functional.profiles.people import (
    ARTIST,
    CLIENT,
    OTHER_ARTIST,
    OTHER_CLIENT,
    People,
    build_event,
    consume,
    outbox,
    register_user,
    try_consume,
)
from tests.support import aws_calls, moto_items
from tests.support.gateway import ApiClient
from tests.support.responses import error_fields, refused
from tests.support.threads import together

CLIENTS = f"{HOME}/clients"
NEXT_WEEK = NOON + timedelta(days=7)
Event = tuple[str, datetime, dict[str, Any]]


def get_client(artist: ApiClient, client_id: str = CLIENT) -> dict[str, Any]:
    client: dict[str, Any] = ok(artist.get(f"{CLIENTS}/{client_id}"))["client"]
    return client


def get_totals(artist: ApiClient, client_id: str = CLIENT) -> dict[str, Any]:
    client = get_client(artist, client_id)
    return {name: client[name] for name in ("visits", "noShows", "cancelled", "spend")}


# ---- reading -----------------------------------------------------------------------------------


def test_a_client_is_shown_with_totals(people: People) -> None:
    people.register()
    complete_visit(startsAt=STARTS)
    complete_visit(startsAt=STARTS - timedelta(days=30), price={"amount": 2_000, "currency": "EUR"})
    complete_visit(startsAt=STARTS - timedelta(days=60), price={"amount": 900, "currency": "CHF"})
    confirm_visit(startsAt=NEXT_WEEK)
    confirm_visit(startsAt=NEXT_WEEK + timedelta(days=1))
    consume("appointment.no_show", **build_appointment(status="no_show", fee=0))
    consume("appointment.cancelled", **build_appointment(status="cancelled", fee=0, reason=""))
    assert get_client(people.artist) == {
        "clientId": CLIENT,
        "name": "Cleo Client",
        "avatar": None,
        "since": "2026-11-22T12:00:00Z",
        "visits": 3,
        "noShows": 1,
        "cancelled": 1,
        "spend": [{"amount": 900, "currency": "CHF"}, {"amount": 20_000, "currency": "EUR"}],
        "lastVisitAt": "2026-11-20T09:00:00Z",
        "nextVisitAt": "2026-11-29T12:00:00Z",
    }


def test_a_corrected_outcome_is_counted_no_more(people: People) -> None:
    people.register()
    complete_visit(startsAt=STARTS - timedelta(days=30))
    mistaken = complete_visit(startsAt=STARTS)

    def correct() -> None:
        data = build_appointment(mistaken, startsAt=STARTS, status="confirmed")
        consume("appointment.corrected", **data)

    correct()
    client = get_client(people.artist)
    assert (client["visits"], client["lastVisitAt"]) == (1, "2026-10-21T09:00:00Z")
    missed = build_appointment(mistaken, startsAt=STARTS, status="no_show")
    consume("appointment.no_show", **missed, fee=0)
    assert get_totals(people.artist)["noShows"] == 1
    correct()
    assert get_totals(people.artist)["noShows"] == 0


def test_visits_are_listed_latest_first_page_by_page(people: People) -> None:
    days = [3, 1, 5, 2, 4]
    ids = {day: complete_visit(startsAt=STARTS - timedelta(days=day)) for day in days}
    path = f"{CLIENTS}/{CLIENT}"
    listed = list_all(people.artist, path, limit=2)
    assert [visit["appointmentId"] for visit in listed] == [ids[day] for day in sorted(days)]
    assert listed[0] == {
        "appointmentId": ids[1],
        "serviceId": "svc_1",
        "serviceName": "Tattoo",
        "startsAt": "2026-11-19T09:00:00Z",
        "endsAt": "2026-11-19T11:00:00Z",
        "timeZone": "Europe/Berlin",
        "status": "completed",
        "price": {"amount": 18_000, "currency": "EUR"},
    }


def test_listing_clients_costs_the_same_for_any_number_of_them(people: People) -> None:
    people.register()
    ids = sorted(new_id("usr") for _ in range(5))
    for number, client_id in enumerate(ids):
        register_user(client_id, f"Client {number}", Role.CLIENT)
        complete_visit(clientId=client_id)
    listed = list_all(people.artist, CLIENTS, limit=2)
    assert [client["clientId"] for client in listed] == ids
    assert [client["name"] for client in listed] == [f"Client {number}" for number in range(5)]
    with aws_calls.counted() as calls:
        ok(people.artist.get(f"{CLIENTS}?limit=5"))
    assert calls == {"dynamodb:UpdateItem": 1, "dynamodb:Query": 1, "dynamodb:BatchGetItem": 1}


def test_an_artist_sees_only_their_own_clients(people: People) -> None:
    complete_visit()
    assert list_all(people.other_artist, CLIENTS) == []
    assert refused(people.other_artist.get(f"{CLIENTS}/{CLIENT}")) == (404, "not_found")
    complete_visit(artistId=OTHER_ARTIST, price={"amount": 1, "currency": "EUR"})
    assert get_totals(people.artist)["spend"] == [{"amount": 18_000, "currency": "EUR"}]
    assert get_totals(people.other_artist)["spend"] == [{"amount": 1, "currency": "EUR"}]
    complete_visit()
    cursor = ok(people.artist.get(f"{CLIENTS}/{CLIENT}?limit=1"))["nextCursor"]
    answer = people.other_artist.get(f"{CLIENTS}/{CLIENT}?" + build_query(cursor=cursor))
    assert error_fields(answer) == {"query.cursor": "is not a cursor of this list"}


def test_clients_and_admins_cannot_list_clients(people: People) -> None:
    complete_visit()
    for person in (people.client, people.admin):
        for path in (CLIENTS, f"{CLIENTS}/{CLIENT}"):
            assert person.get(path).status_code == 403


@pytest.mark.parametrize("strange", ["usr_none", "%00", "a" * 900, OTHER_CLIENT])
def test_strangers_are_not_found(people: People, strange: Any) -> None:
    complete_visit()
    assert refused(people.artist.get(f"{CLIENTS}/{strange}")) == (404, "not_found")


# ---- becoming a client -------------------------------------------------------------------------


def test_a_requested_appointment_makes_a_client_without_visits(people: People) -> None:
    consume("appointment.created", **build_appointment(status="pending", startsAt=NEXT_WEEK))
    assert get_totals(people.artist) == {"visits": 0, "noShows": 0, "cancelled": 0, "spend": []}
    assert get_client(people.artist)["nextVisitAt"] is None
    assert list_all(people.artist, f"{CLIENTS}/{CLIENT}") == []


def test_a_conversation_makes_a_client(people: People) -> None:
    opened = {"conversationId": "cnv_1", "artistId": ARTIST, "clientId": CLIENT}
    consume("conversation.opened", NOON - timedelta(days=9), **opened)
    before = dump_table()
    consume("conversation.opened", NOON - timedelta(days=9), **opened)
    assert dump_table() == before
    complete_visit()
    assert get_client(people.artist)["since"] == "2026-11-13T12:00:00Z"
    assert get_totals(people.artist)["visits"] == 1


def test_a_guest_of_a_platform_is_no_client(people: People) -> None:
    before = dump_table()
    pair: dict[str, Any] = {"artistId": ARTIST, "clientId": None, "guestId": "gst_1"}
    consume("conversation.opened", **pair)
    consume("conversation.block_changed", **pair, userId=ARTIST, blocked=True, recordVersion=1)
    assert dump_table() == before


def test_walk_ins_without_account_are_ignored(people: People) -> None:
    complete_visit(clientId=None)
    assert list_stored("CLIENTS#") == list_stored("VISIT") == []


def test_the_next_visit_follows_the_clock(people: People, clock: TimeMachineFixture) -> None:
    confirm_visit(startsAt=NEXT_WEEK)
    confirm_visit(startsAt=NEXT_WEEK + timedelta(days=3))
    clock.shift(timedelta(days=8))
    assert get_client(people.artist)["nextVisitAt"] == "2026-12-02T12:00:00Z"
    clock.shift(timedelta(days=8))
    assert get_client(people.artist)["nextVisitAt"] is None


def test_past_visits_that_were_never_completed_do_not_accumulate(
    people: People, clock: TimeMachineFixture
) -> None:
    for _ in range(4):
        confirm_visit(startsAt=NEXT_WEEK)
        clock.shift(timedelta(days=8))
        consume("conversation.opened", conversationId="cnv_1", artistId=ARTIST, clientId=CLIENT)
    confirm_visit(startsAt=NEXT_WEEK + timedelta(days=90))
    (client,) = list_stored("CLIENTS#")
    assert client["record"].count("apt_") == 1


def test_a_rescheduled_visit_is_shown_at_its_new_time(people: People) -> None:
    data = build_appointment(status="confirmed", startsAt=NEXT_WEEK)
    consume("appointment.confirmed", **data)
    later = NEXT_WEEK + timedelta(days=1)
    moved = data | {"startsAt": later.isoformat(), "recordVersion": data["recordVersion"] + 1}
    consume("appointment.rescheduled", **moved)
    assert get_client(people.artist)["nextVisitAt"] == "2026-11-30T12:00:00Z"
    (visit,) = list_all(people.artist, f"{CLIENTS}/{CLIENT}")
    assert visit["startsAt"] == "2026-11-30T12:00:00Z"


def test_visits_are_not_published(people: People) -> None:
    complete_visit()
    assert outbox() == []


# ---- order of events ---------------------------------------------------------------------------

# Each example calls moto often, so it is not shrunk; the rule itself is tested in tests/unit.
UNSHRUNK = settings(
    phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
DAYS = st.integers(min_value=-400, max_value=400)
ENDS = {
    "completed": "appointment.completed",
    "cancelled": "appointment.cancelled",
    "no_show": "appointment.no_show",
}
IDS = [new_id("apt") for _ in range(4)]


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Generate the events of some appointments, each in its order."""
    events: list[Event] = []
    for number in range(draw(st.integers(1, 3))):
        version = 1
        day = draw(DAYS)
        state = build_appointment(
            IDS[number],
            status="confirmed",
            startsAt=NOON + timedelta(days=day),
            price={
                "amount": draw(st.integers(0, 500)),
                "currency": draw(st.sampled_from(["EUR", "CHF"])),
            },
            recordVersion=version,
        )
        types = ["appointment.created", "appointment.confirmed"]
        types += ["appointment.rescheduled"] * draw(st.integers(0, 2))
        end = draw(st.sampled_from([None, *ENDS]))
        types += [ENDS[end]] if end else []
        for name in types:
            version += draw(st.integers(1, 2))  # other events take versions as well
            state = state | {"recordVersion": version}
            if name == "appointment.created":
                state = state | {"status": draw(st.sampled_from(["pending", "confirmed"]))}
            else:
                state = state | {"status": "confirmed"}
            if name == "appointment.rescheduled":
                day = draw(DAYS)
                state = state | {"startsAt": (NOON + timedelta(days=day)).isoformat()}
            if name in ENDS.values():
                state = state | {"status": end}
            events.append((name, NOON - timedelta(minutes=100 - version), state))
    return events


def get_history(people: People) -> tuple[Any, Any]:
    history = ok(people.artist.get(f"{CLIENTS}/{CLIENT}?limit=50"))
    return history["client"], history["items"]


def consume_all(events: list[Event]) -> None:
    moto_items.clear("profiles")
    for name, at, data in events:
        consume(name, at, **data)


@settings(UNSHRUNK, max_examples=12)
@given(events=histories(), data=st.data())
def test_shuffled_and_repeated_events_converge(people: People, events: Any, data: Any) -> None:
    consume_all(events)
    in_order = get_history(people)
    doubled = events + data.draw(st.lists(st.sampled_from(events), max_size=4))
    consume_all(data.draw(st.permutations(doubled)))
    assert get_history(people) == in_order


@settings(UNSHRUNK, max_examples=8)
@given(events=histories())
def test_totals_equal_the_sum_of_the_visits(people: People, events: Any) -> None:
    consume_all(events)
    client, visits = get_history(people)
    by_status = {status: [v for v in visits if v["status"] == status] for status in ENDS}
    assert client["visits"] == len(by_status["completed"])
    assert client["cancelled"] == len(by_status["cancelled"])
    assert client["noShows"] == len(by_status["no_show"])
    for currency in ("EUR", "CHF"):
        paid = [
            v["price"]["amount"]
            for v in by_status["completed"]
            if v["price"]["currency"] == currency
        ]
        found = [money["amount"] for money in client["spend"] if money["currency"] == currency]
        assert sum(found) == sum(paid)
    started = [v["startsAt"] for v in by_status["completed"]]
    assert client["lastVisitAt"] == max(started, default=None)
    upcoming = [v["startsAt"] for v in visits if v["status"] == "confirmed"]
    now = "2026-11-22T12:00:00Z"
    assert client["nextVisitAt"] == min((at for at in upcoming if at > now), default=None)


def test_concurrent_visits_are_all_counted(people: People) -> None:
    visits = iter([build_appointment(price={"amount": 100, "currency": "EUR"}) for _ in range(8)])
    together(8, lambda: consume("appointment.completed", **next(visits)))
    assert get_totals(people.artist) == {
        "visits": 8,
        "noShows": 0,
        "cancelled": 0,
        "spend": [{"amount": 800, "currency": "EUR"}],
    }


def test_concurrent_repetitions_of_a_visit_are_counted_once(people: People) -> None:
    data = build_appointment()
    confirmed = data | {"status": "confirmed", "recordVersion": data["recordVersion"] - 1}
    turns = itertools.cycle([("completed", data), ("confirmed", confirmed)])

    def consume_next() -> None:
        name, visit = next(turns)
        consume(f"appointment.{name}", **visit)

    together(8, consume_next)
    assert get_totals(people.artist)["visits"] == 1


@pytest.mark.parametrize("after", [False, True])
def test_a_crash_leaves_visit_and_totals_consistent(people: People, after: bool) -> None:
    complete_visit()
    data = build_appointment()
    down = aws_calls.failing("TransactWriteItems", RuntimeError("down"), after=after, times=1)
    with down, pytest.raises(AssertionError):
        consume("appointment.completed", **data)
    assert get_totals(people.artist)["visits"] == len(list_stored("VISITS#")) == 1 + after
    consume("appointment.completed", **data)
    assert get_totals(people.artist)["visits"] == 2


@pytest.mark.parametrize("position", range(6))
@pytest.mark.parametrize("after", [False, True])
def test_a_booking_whose_handler_crashed_is_completed_when_it_comes_again(
    people: People, position: int, after: bool
) -> None:
    """It reads twice, writes a reference, the visit and the client, and checks the accounts."""
    complete_visit()
    data = build_appointment(status="confirmed", startsAt=NEXT_WEEK)
    event = build_event("appointment.confirmed", **data)
    with aws_calls.failing_at(position, RuntimeError("down"), after=after):
        assert not try_consume(event)
    assert try_consume(event)
    assert get_client(people.artist)["nextVisitAt"] == "2026-11-29T12:00:00Z"
    assert len(list_stored("VISITS#")) == 2
    assert len(list_stored("VISIT#")) == 2


@pytest.mark.parametrize(
    ("name", "change", "expected"),
    [
        ("cancelled", {"status": "cancelled"}, (None, 1)),
        ("rescheduled", {"startsAt": "2026-11-30T12:00:00Z"}, ("2026-11-30T12:00:00Z", 0)),
    ],
)
def test_a_booking_does_not_undo_a_change_that_overtakes_it(
    people: People, name: str, change: dict[str, Any], expected: tuple[str | None, int]
) -> None:
    """Its handler is overtaken between the writes of the visit and of the client."""
    complete_visit()
    data = build_appointment(status="confirmed", startsAt=NEXT_WEEK)
    newer = data | change | {"recordVersion": data["recordVersion"] + 1}
    save = visits.save_visit_alone

    def save_and_wait(visit: Visit, stored: Visit | None) -> None:
        with mock.patch.object(visits, "save_visit_alone", save):
            save(visit, stored)
            consume(f"appointment.{name}", **newer)

    with mock.patch.object(visits, "save_visit_alone", save_and_wait):
        consume("appointment.confirmed", **data)
    client = get_client(people.artist)
    assert (client["nextVisitAt"], client["cancelled"]) == expected


# ---- deleted accounts --------------------------------------------------------------------------


@pytest.mark.parametrize("deleted", [CLIENT, ARTIST])
@pytest.mark.parametrize("is_erased", [False, True])
def test_a_booking_that_arrives_while_an_account_is_erased_leaves_nothing(
    people: People, deleted: Any, is_erased: bool
) -> None:
    """The account is marked, or all erased, between the reads of the handler and its writes."""
    people.register()
    complete_visit()
    save = visits.save_visit_alone

    def save_late(visit: Visit, stored: Visit | None) -> None:
        tombstones.mark_deleted(deleted, NOON)
        if is_erased:
            consume("user.deleted", userId=deleted)
        save(visit, stored)

    with mock.patch.object(visits, "save_visit_alone", save_late):
        consume("appointment.confirmed", **build_appointment(status="confirmed"))
    # What was there before is left to the erasure.
    assert len(list_stored("VISITS#")) == len(list_stored("VISIT#")) == (not is_erased)
    assert len(list_stored("CLIENTS#")) == (not is_erased)


@pytest.mark.parametrize("deleted", [CLIENT, ARTIST])
def test_late_events_do_not_restore_deleted_accounts(people: People, deleted: Any) -> None:
    people.register()
    data = build_appointment()
    consume("user.deleted", userId=deleted)
    before = dump_table()
    consume("appointment.completed", **data)
    consume("conversation.opened", conversationId="cnv_1", artistId=ARTIST, clientId=CLIENT)
    assert dump_table() == before


def test_a_client_of_version_0_3_is_erased_and_takes_the_new_form_when_it_changes(
    people: People,
) -> None:
    """It is in the index, and not in the list of its client."""
    people.register()
    confirm_visit(startsAt=NEXT_WEEK)

    def store_as_earlier() -> None:
        RecordItem(f"PERSON#{CLIENT}", f"CLIENT#{ARTIST}").delete()
        item = RecordItem.get(f"CLIENTS#{ARTIST}", f"CLIENT#{CLIENT}")
        item.record = item.record.replace('"is_listed":true,', "")
        item.listed_in, item.listed_as = f"PERSON#{CLIENT}", f"CLIENT#{ARTIST}"
        item.save()

    store_as_earlier()
    assert clients.list_artists(CLIENT, 10) == [ARTIST]
    confirm_visit(startsAt=NEXT_WEEK)
    assert clients.list_artists(CLIENT, 10) == [ARTIST]
    (item,) = list_stored("CLIENTS#")
    assert "listed_in" not in item
    store_as_earlier()
    consume("user.deleted", userId=CLIENT)
    assert list_stored("CLIENTS#") == list_stored("VISIT") == []
