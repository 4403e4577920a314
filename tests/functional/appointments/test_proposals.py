"""Proposals over HTTP: dates for a whole project, kept free, and booked all together or not."""

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from appointments import store
from appointments.app import app
from appointments.models import AppointmentSide, CalendarEntryKind, ProposalStatus
from appointments.use_cases import proposals
from domain.errors import DomainError
from shared.data.conflicts import WriteConflict
from shared.http.caller import Caller, Role
from shared.http.problems import from_error
from tests.functional.appointments import people as table
from tests.functional.appointments.people import (
    ARTIST,
    CLIENT,
    MONDAY,
    People,
    error_fields,
    refused,
)
from tests.support import aws_calls, threads
from tests.support.gateway import ApiClient, client_for

PATH = "/v1/appointments/proposals"
DATES = ["2026-03-10T08:00:00Z", "2026-03-17T08:00:00Z", "2026-03-24T08:00:00Z"]
THREE_DAYS = timedelta(hours=72)
DOWN = ClientError({"Error": {"Code": "InternalServerError"}}, "TransactWriteItems")
MILLISECOND = timedelta(milliseconds=1)


def proposes(people: People, service_id: str, by: Any = None, **fields: Any) -> HTTPResponse:
    """The artist, unless it is somebody else, proposes DATES."""
    body = {"serviceId": service_id, "clientId": CLIENT, "startsAt": DATES, **fields}
    return (by or people.artist).post(PATH, json=body)


def proposed(people: People, service_id: str | None = None, **fields: Any) -> dict[str, Any]:
    """As `proposes`, of a service with a deposit, and it went well; returns the proposal."""
    of = service_id or people.studio(deposit={"percent": 25})
    answer = proposes(people, of, **fields)
    assert answer.status_code == 201, answer.body
    proposal: dict[str, Any] = answer.json_body
    return proposal


def answers(by: ApiClient, action: str, proposal_id: str) -> HTTPResponse:
    return by.post(f"{PATH}/{proposal_id}/{action}")


def as_client() -> Caller:
    return Caller(CLIENT, "client@example.com", Role.CLIENT, "ses_1")


def stored(proposal_id: str) -> Any:
    found = store.find_proposal(proposal_id)
    assert found is not None
    return found


# ---- proposing ---------------------------------------------------------------------------------


def test_a_proposal_says_all_that_it_promises(people: People) -> None:
    service_id = people.studio(deposit={"percent": 25}, location="Berlin")
    proposal = proposed(people, service_id, message="As we said")
    policies = proposal.pop("policies")
    assert {policy["kind"] for policy in policies} >= {"deposit", "reschedule", "cancellation"}
    assert len(proposal.pop("policiesHash")) == 64
    assert proposal.pop("id").startswith("prp_")
    assert proposal == {
        "artistId": ARTIST,
        "clientId": CLIENT,
        "service": {
            "id": service_id,
            "name": "Fine line tattoo",
            "location": "Berlin",
            "durationMinutes": 60,
            "bufferBeforeMinutes": 0,
            "bufferAfterMinutes": 0,
            "mode": "direct",
        },
        "price": {"amount": 12000, "currency": "EUR"},
        "total": {"amount": 36000, "currency": "EUR"},
        "deposit": {"amount": 9000, "currency": "EUR"},
        "sittings": [{"startsAt": date, "endsAt": date.replace("T08", "T09")} for date in DATES],
        "timeZone": "Europe/Berlin",
        "message": "As we said",
        "consultationId": None,
        "status": "sent",
        "appointmentIds": [],
        "createdAt": "2026-03-02T08:00:00Z",
        "expiresAt": "2026-03-05T08:00:00Z",
        "version": 1,
    }


def test_its_dates_are_kept_free_for_its_life_and_told(people: People) -> None:
    service_id = people.studio(bufferBeforeMinutes=30)
    before = table.outbox()
    proposal = proposed(people, service_id, startsAt=DATES[::-1])
    entries = table.entries()
    assert set(entries) == {f"{proposal['id']}.{number}" for number in (1, 2, 3)}
    for number, date in enumerate(DATES, 1):
        entry = entries[f"{proposal['id']}.{number}"]
        starts_at = datetime.fromisoformat(date)
        assert (entry.kind, entry.owner_id) == (CalendarEntryKind.PROPOSAL, CLIENT)
        assert (entry.starts_at, entry.until) == (starts_at, MONDAY + THREE_DAYS)
        assert entry.busy_from == starts_at - timedelta(minutes=30)
    for by in (people.client, people.other_client, people.artist):
        assert refused(people.books(service_id, DATES[1], by, **for_client(people, by))) == (
            409,
            "slot_taken",
        )
    (fact,) = table.told_since(before)
    assert (fact.type, fact.subject) == ("proposal.sent", proposal["id"])
    assert fact.data == {
        "proposalId": proposal["id"],
        "artistId": ARTIST,
        "clientId": CLIENT,
        "serviceId": service_id,
        "serviceName": "Fine line tattoo",
        "startsAt": DATES,
        "timeZone": "Europe/Berlin",
        "total": {"amount": 36000, "currency": "EUR"},
        "expiresAt": "2026-03-05T08:00:00Z",
        "consultationId": None,
        "recordVersion": 1,
    }


def for_client(people: People, by: ApiClient) -> dict[str, Any]:
    return {"clientId": CLIENT} if by is people.artist else {}


def test_it_ends_when_its_first_sitting_would_start(people: People) -> None:
    proposal = proposed(people, expiresInHours=30 * 24)
    assert proposal["expiresAt"] == DATES[0]


def test_an_artist_proposes_outside_of_hours_notice_and_horizon(people: People) -> None:
    service_id = people.studio(minimumNoticeMinutes=1440, bookingHorizonDays=1, dailyLimit=1)
    dates = ["2026-03-02T08:01:00Z", "2026-03-02T23:17:00Z", "2027-12-24T03:00:00Z"]
    assert proposes(people, service_id, startsAt=dates).status_code == 201


@pytest.mark.parametrize(
    ("taken", "buffer"), [(DATES[0], 0), (DATES[2], 0), ("2026-03-17T09:00:00Z", 15)]
)
def test_all_its_dates_are_free_or_nothing_is_proposed(
    people: People, taken: Any, buffer: int
) -> None:
    people.studio()
    people.has_booked(people.offers(), taken)
    before = table.everything()
    service_id = people.offers(bufferAfterMinutes=buffer)
    before = table.everything()
    assert refused(proposes(people, service_id)) == (409, "slot_taken")
    assert table.everything() == before


@pytest.mark.parametrize(
    "second", ["2026-03-10T08:00:00Z", "2026-03-10T08:59:00Z", "2026-03-10T09:44:00Z"]
)
def test_sittings_that_overlap_each_other_are_refused(people: People, second: str) -> None:
    service_id = people.studio(bufferBeforeMinutes=15, bufferAfterMinutes=30)
    before = table.everything()
    for dates in ([DATES[0], second], [second, DATES[0]]):
        answer = proposes(people, service_id, startsAt=dates)
        assert error_fields(answer).keys() == {"body.startsAt"}
    assert table.everything() == before
    apart = proposes(people, service_id, startsAt=[DATES[0], "2026-03-10T09:45:00Z"])
    assert apart.status_code == 201


def test_what_has_passed_is_not_proposed(people: People) -> None:
    service_id = people.studio()
    for past in ("2026-03-02T08:00:00Z", "2026-02-01T08:00:00Z"):
        answer = proposes(people, service_id, startsAt=[past, *DATES])
        assert refused(answer) == (409, "slot_unavailable")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("clientId", ARTIST),
        ("clientId", "usr_1"),
        ("serviceId", "svc_1"),
        ("startsAt", []),
        ("startsAt", DATES * 5),
        ("startsAt", ["2026-03-10T08:00:30Z"]),
        ("startsAt", ["2026-03-10T08:00:00"]),
        ("startsAt", ["0001-01-01T00:00:00Z"]),
        ("startsAt", ["9999-12-31T23:59:00Z"]),
        ("startsAt", ["0001-01-01T00:00:00+14:00"]),
        ("expiresInHours", 0),
        ("expiresInHours", 30 * 24 + 1),
        ("price", {"amount": 1, "currency": "EUR"}),
        ("deposit", None),
        ("status", "accepted"),
        ("sittings", 2),
    ],
)
def test_what_cannot_be_proposed_is_refused_by_its_field(
    people: People, field: str, value: Any
) -> None:
    answer = proposes(people, people.studio(), **{field: value})
    assert {name.partition("[")[0] for name in error_fields(answer)} == {f"body.{field}"}


def test_what_amounts_cannot_say_is_refused(people: People) -> None:
    service_id = people.studio(price={"amount": 10**12, "currency": "IRR"})
    assert error_fields(proposes(people, service_id)).keys() == {"body.startsAt"}
    assert proposes(people, service_id, startsAt=DATES[:1]).status_code == 201


def test_only_artists_propose_and_only_their_own_services(people: People) -> None:
    service_id = people.studio()
    assert refused(proposes(people, service_id, people.client)) == (403, "forbidden")
    other = proposes(people, service_id, people.other_artist)
    assert refused(other) == (404, "not_found")
    people.artist.delete(f"/v1/appointments/services/{service_id}")
    assert refused(proposes(people, service_id)) == (404, "not_found")
    assert table.entries() == {}


# ---- accepting ---------------------------------------------------------------------------------


def test_an_accepted_project_is_booked_whole(people: People) -> None:
    service_id = people.studio(deposit={"percent": 25}, bufferAfterMinutes=30)
    proposal = proposed(people, service_id)
    before = table.outbox()
    accepted = answers(people.client, "accept", proposal["id"]).json_body
    ids = accepted["appointmentIds"]
    assert (accepted["status"], accepted["version"], len(set(ids))) == ("accepted", 2, 3)
    assert people.artist.get(f"{PATH}/{proposal['id']}").json_body == accepted

    entries = table.entries()
    assert set(entries) == set(ids)
    for number, (appointment_id, date) in enumerate(zip(ids, DATES, strict=True), 1):
        entry = entries[appointment_id]
        assert (entry.kind, entry.until) == (CalendarEntryKind.APPOINTMENT, None)
        assert entry.busy_until - entry.starts_at == timedelta(minutes=90)
        sitting = people.client.get(f"/v1/appointments/{appointment_id}").json_body
        assert (sitting["status"], sitting["startsAt"]) == ("confirmed", date)
        assert sitting["project"] == {
            "proposalId": proposal["id"],
            "sitting": number,
            "sittings": 3,
        }
        assert sitting["price"] == proposal["price"]
        assert sitting["service"] == proposal["service"]
        assert sitting["policies"] == proposal["policies"]
        assert sitting["policiesHash"] == proposal["policiesHash"]
        assert (sitting["bookedBy"], sitting["answerBy"]) == ("client", None)

    told = table.told_since(before)
    assert sorted(event.type for event in told) == [
        *["appointment.confirmed"] * 3,
        *["appointment.created"] * 3,
        "deposit.requested",
        "proposal.accepted",
    ]
    (fact,) = [event for event in told if event.type == "proposal.accepted"]
    assert (fact.subject, fact.data["recordVersion"]) == (proposal["id"], 2)
    assert fact.data["appointmentIds"] == ids
    created = [event.data for event in told if event.type == "appointment.created"]
    assert {data["appointmentId"] for data in created} == set(ids)
    assert {(data["proposalId"], data["by"], data["status"]) for data in created} == {
        (proposal["id"], "client", "confirmed")
    }


def test_the_deposit_of_the_whole_is_asked_for_with_the_first_sitting(
    people: People, clock: TimeMachineFixture
) -> None:
    proposal = proposed(people)
    clock.shift(timedelta(hours=1))
    first, *others = answers(people.client, "accept", proposal["id"]).json_body["appointmentIds"]
    deposit = people.client.get(f"/v1/appointments/{first}").json_body["deposit"]
    assert (deposit["amount"], deposit["state"], deposit["held"]) == (9000, "requested", 0)
    (entry,) = deposit["entries"]
    assert (entry["by"], entry["at"]) == ("artist", "2026-03-02T09:00:00Z")
    for other in others:
        assert people.client.get(f"/v1/appointments/{other}").json_body["deposit"] is None
    (fact,) = table.outbox("deposit.requested")
    assert (fact.data["appointmentId"], fact.data["amount"]) == (first, 9000)


def test_what_was_proposed_holds_whatever_becomes_of_the_service(people: People) -> None:
    service_id = people.studio(deposit={"percent": 25})
    proposal = proposed(people, service_id)
    dearer = {
        **table.SERVICE,
        "name": "Another",
        "price": {"amount": 99000, "currency": "USD"},
        "durationMinutes": 240,
        "deposit": {"percent": 100},
    }
    people.artist.put(f"/v1/appointments/services/{service_id}", json=dearer)
    people.artist.delete(f"/v1/appointments/services/{service_id}")
    people.opens("20:00-21:00", zone="Asia/Tokyo")
    accepted = answers(people.client, "accept", proposal["id"]).json_body
    first = people.client.get(f"/v1/appointments/{accepted['appointmentIds'][0]}").json_body
    for field in ("price", "service", "policiesHash", "timeZone"):
        assert first[field] == proposal[field]
    assert first["endsAt"] == proposal["sittings"][0]["endsAt"]
    assert first["deposit"]["amount"] == 9000


def test_a_request_mode_service_is_confirmed_too_as_its_artist_proposed_it(people: People) -> None:
    proposal = proposed(people, people.studio(mode="request"))
    (first, *_) = answers(people.client, "accept", proposal["id"]).json_body["appointmentIds"]
    assert table.appointment(first).status == "confirmed"


def test_accepting_is_two_reads_and_one_transaction(people: People) -> None:
    proposal = proposed(people)
    people.client.get(PATH)  # opens the window of the client's limit
    with aws_calls.counted() as calls:
        answers(people.client, "accept", proposal["id"])
    assert calls == {
        "dynamodb:UpdateItem": 1,  # the limit's count
        "dynamodb:GetItem": 1,
        "dynamodb:Query": 1,
        "dynamodb:TransactWriteItems": 1,
    }


@pytest.mark.parametrize("action", ["accept", "decline", "withdraw"])
def test_an_answer_that_fails_leaves_the_proposal_as_it_was(people: People, action: str) -> None:
    proposal = proposed(people)
    by = people.artist if action == "withdraw" else people.client
    before = table.everything()
    with aws_calls.failing("TransactWriteItems", DOWN):
        assert answers(by, action, proposal["id"]).status_code == 500
    assert table.everything() == before
    assert answers(by, action, proposal["id"]).status_code == 200


def test_the_longest_project_fits_into_one_transaction(people: People) -> None:
    """Twelve sittings, each of them with its buffers over four days that no other touches."""
    people.opens()
    service_id = people.offers(
        durationMinutes=24 * 60,
        bufferBeforeMinutes=24 * 60,
        bufferAfterMinutes=24 * 60,
        deposit={"fixed": 5000},
    )
    first = datetime(2026, 3, 10, 12, tzinfo=UTC)
    dates = [f"{first + timedelta(days=5 * number):%FT%TZ}" for number in range(12)]
    sizes = []

    def counting(client: Any, operation: str, parameters: Any) -> Any:
        if operation == "TransactWriteItems":
            sizes.append(len(parameters["TransactItems"]))
        return aws_calls.REAL_CALL(client, operation, parameters)

    with mock.patch.object(BaseClient, "_make_api_call", counting):
        proposal = proposed(people, service_id, startsAt=dates, expiresInHours=24)
        accepted = answers(people.client, "accept", proposal["id"])
    assert len(accepted.json_body["appointmentIds"]) == 12
    # 48 days; then the proposal and its event; then 13 records and 2 x 12 + 2 events.
    assert sizes == [48 + 2, 48 + 13 + 26]
    assert max(sizes) <= 100  # what DynamoDB takes


# ---- never a second longer ---------------------------------------------------------------------


@pytest.mark.parametrize("action", ["accept", "decline", "withdraw"])
def test_an_answer_counts_until_the_very_instant_it_ends(
    people: People, clock: TimeMachineFixture, action: str
) -> None:
    by = people.artist if action == "withdraw" else people.client
    first = proposed(people)
    second = proposed(people, people.offers(), startsAt=["2026-03-11T08:00:00Z"])
    clock.shift(THREE_DAYS - MILLISECOND)
    assert answers(by, action, first["id"]).status_code == 200
    clock.shift(MILLISECOND)
    before = table.everything()
    assert refused(answers(by, action, second["id"])) == (409, "proposal_expired")
    assert table.everything() == before


def test_its_dates_are_everybodys_from_the_very_instant_it_ends(
    people: People, clock: TimeMachineFixture
) -> None:
    service_id = people.studio()
    proposal = proposed(people, service_id)
    clock.shift(THREE_DAYS - MILLISECOND)
    assert refused(people.books(service_id, DATES[1])) == (409, "slot_taken")
    clock.shift(MILLISECOND)
    assert people.books(service_id, DATES[1], people.other_client).status_code == 201
    assert refused(answers(people.client, "accept", proposal["id"])) == (409, "proposal_expired")


def test_who_came_in_time_by_a_slow_clock_takes_nothing_from_anybody(
    people: People, clock: TimeMachineFixture
) -> None:
    """Whoever booked a date by a clock that was ahead has it; then all sittings are off."""
    service_id = people.studio()
    proposal = proposed(people, service_id)
    clock.shift(THREE_DAYS)
    winner = people.has_booked(service_id, DATES[1], people.other_client)
    before = table.everything()
    with pytest.raises(DomainError) as problem:
        proposals.accept(as_client(), proposal["id"], MONDAY + THREE_DAYS - MILLISECOND)
    assert (from_error(problem.value).status, problem.value.code) == (409, "slot_taken")
    assert table.everything() == before
    assert winner["id"] in table.entries()


def test_who_came_in_time_gets_what_was_swept_but_is_still_free(
    people: People, clock: TimeMachineFixture
) -> None:
    service_id = people.studio()
    proposal = proposed(people, service_id)
    clock.shift(THREE_DAYS)
    people.has_booked(service_id, "2026-03-17T12:00:00Z", people.other_client)
    assert f"{proposal['id']}.2" not in table.entries()
    accepted = proposals.accept(as_client(), proposal["id"], MONDAY + THREE_DAYS - MILLISECOND)
    assert set(accepted.appointment_ids) < set(table.entries())
    assert len(accepted.appointment_ids) == 3


def test_a_proposal_nobody_answered_expires(people: People, clock: TimeMachineFixture) -> None:
    service_id = people.studio()
    proposal = proposed(people, service_id)
    before = table.outbox()
    proposals.expire(stored(proposal["id"]), MONDAY + THREE_DAYS)
    assert stored(proposal["id"]).status is ProposalStatus.EXPIRED
    assert table.entries() == {}
    (fact,) = table.told_since(before)
    assert (fact.type, fact.data["recordVersion"]) == ("proposal.expired", 2)
    # The clock still says that there is time: what has expired by another's stays so.
    for action in ("accept", "decline"):
        answer = answers(people.client, action, proposal["id"])
        assert refused(answer) == (409, "proposal_expired")


def test_a_proposal_does_not_expire_early_or_twice(people: People) -> None:
    proposal = proposed(people)
    before = table.everything()
    proposals.expire(stored(proposal["id"]), MONDAY + THREE_DAYS - MILLISECOND)
    assert table.everything() == before
    proposals.expire(stored(proposal["id"]), MONDAY + THREE_DAYS)
    before = table.everything()
    proposals.expire(stored(proposal["id"]), MONDAY + THREE_DAYS)
    assert table.everything() == before


def test_a_proposal_that_was_answered_meanwhile_does_not_expire(people: People) -> None:
    proposal = proposed(people)
    found_by_sweeper = stored(proposal["id"])
    answers(people.client, "accept", proposal["id"])
    before = table.everything()
    with pytest.raises(WriteConflict):
        proposals.expire(found_by_sweeper, MONDAY + THREE_DAYS)
    proposals.expire(stored(proposal["id"]), MONDAY + THREE_DAYS)
    assert table.everything() == before


def test_what_was_swept_from_the_calendar_already_expires_as_well(
    people: People, clock: TimeMachineFixture
) -> None:
    service_id = people.studio()
    proposal = proposed(people, service_id)
    clock.shift(THREE_DAYS)
    booked = {people.has_booked(service_id, date, people.other_client)["id"] for date in DATES[:2]}
    proposals.expire(stored(proposal["id"]), MONDAY + THREE_DAYS)
    assert set(table.entries()) == booked


def test_an_open_proposal_is_found_when_its_time_is_over(people: People) -> None:
    proposal = proposed(people)
    assert store.list_due_records(MONDAY + THREE_DAYS - timedelta(seconds=1), 10) == []
    (due,) = store.list_due_records(MONDAY + THREE_DAYS, 10)
    assert store.decode_due(due) == stored(proposal["id"])
    answers(people.client, "accept", proposal["id"])
    assert store.list_due_records(MONDAY + THREE_DAYS, 10) == []


# ---- other ends --------------------------------------------------------------------------------


@pytest.mark.parametrize(("action", "status"), [("decline", "declined"), ("withdraw", "withdrawn")])
def test_what_is_not_taken_is_free_again_and_told(people: People, action: str, status: str) -> None:
    service_id = people.studio()
    proposal = proposed(people, service_id)
    before = table.outbox()
    by = people.artist if action == "withdraw" else people.client
    ended = answers(by, action, proposal["id"])
    assert ended.json_body == {**proposal, "status": status, "version": 2}
    assert table.entries() == {}
    (fact,) = table.told_since(before)
    assert (fact.type, fact.subject) == (f"proposal.{status}", proposal["id"])
    assert (fact.data["startsAt"], fact.data["recordVersion"]) == (DATES, 2)
    for date in DATES:
        assert people.books(service_id, date).status_code == 201


@pytest.mark.parametrize("end", ["accept", "decline", "withdraw"])
@pytest.mark.parametrize("action", ["accept", "decline", "withdraw"])
def test_a_proposal_ends_once(people: People, end: str, action: str) -> None:
    proposal = proposed(people)
    side = {"accept": people.client, "decline": people.client, "withdraw": people.artist}
    assert answers(side[end], end, proposal["id"]).status_code == 200
    before = table.everything()
    assert refused(answers(side[action], action, proposal["id"])) == (409, "wrong_status")
    assert table.everything() == before


@pytest.mark.parametrize("action", ["accept", "decline", "withdraw"])
def test_the_wrong_side_may_not_and_strangers_see_nothing(people: People, action: str) -> None:
    proposal = proposed(people)
    before = table.everything()
    wrong = people.client if action == "withdraw" else people.artist
    assert refused(answers(wrong, action, proposal["id"])) == (403, "forbidden")
    for stranger in (people.other_client, people.other_artist):
        assert refused(answers(stranger, action, proposal["id"])) == (404, "not_found")
    nowhere = answers(people.client, action, "prp_01JD0000000000000000000000")
    assert refused(nowhere) == (404, "not_found")
    assert table.everything() == before


@pytest.mark.parametrize(
    ("side", "status"),
    [(AppointmentSide.ARTIST, "withdrawn"), (AppointmentSide.CLIENT, "declined")],
)
def test_where_an_account_is_gone_its_side_ends_what_is_open(
    people: People, side: Any, status: str
) -> None:
    proposal = proposed(people)
    before = table.outbox()
    for _ in range(2):
        proposals.end_for_erasure(side, stored(proposal["id"]), MONDAY)
    assert stored(proposal["id"]).status == status
    assert table.entries() == {}
    assert [event.type for event in table.told_since(before)] == [f"proposal.{status}"]


# ---- at once -----------------------------------------------------------------------------------


def test_a_project_is_booked_once_however_often_it_is_accepted_at_once(people: People) -> None:
    proposal = proposed(people)
    client = client_for(app).as_user(CLIENT)
    got = threads.together(8, lambda: answers(client, "accept", proposal["id"]))
    assert sorted(answer.status_code for answer in got) == [200, *[409] * 7]
    assert len(table.entries()) == 3
    assert len(table.outbox("appointment.created")) == 3


def test_taken_and_taken_back_at_once_one_of_them_is_so(people: People) -> None:
    proposal = proposed(people)
    client = client_for(app).as_user(CLIENT)
    artist = client_for(app).as_user(ARTIST, Role.ARTIST)
    turns = iter([(client, "accept"), (artist, "withdraw")] * 4)
    got = threads.together(8, lambda: answers(*next(turns), proposal["id"]))
    assert sorted(answer.status_code for answer in got) == [200, *[409] * 7]
    is_booked = stored(proposal["id"]).status is ProposalStatus.ACCEPTED
    assert len(table.entries()) == (3 if is_booked else 0)


def test_proposed_and_booked_at_once_one_of_them_has_the_time(people: People) -> None:
    service_id = people.studio()
    artist = client_for(app).as_user(ARTIST, Role.ARTIST)
    client = client_for(app).as_user(CLIENT)
    turns = iter([True, False] * 4)

    def race() -> HTTPResponse:
        if next(turns):
            return proposes(people, service_id, artist)
        return people.books(service_id, DATES[1], client)

    got = threads.together(8, race)
    assert sorted(answer.status_code for answer in got) == [201, *[409] * 7]
    assert {refused(answer)[1] for answer in got if answer.status_code == 409} == {"slot_taken"}
    assert len(table.entries()) in {1, 3}


# ---- reading -----------------------------------------------------------------------------------


def listed(by: ApiClient, query: str = "") -> list[str]:
    answer = by.get(f"{PATH}{query}")
    assert answer.status_code == 200, answer.body
    return [proposal["id"] for proposal in answer.json_body["items"]]


def test_a_proposal_is_read_by_its_two_and_nobody_else(people: People) -> None:
    proposal = proposed(people)
    for by in (people.artist, people.client):
        assert by.get(f"{PATH}/{proposal['id']}").json_body == proposal
    for stranger in (people.other_client, people.other_artist):
        assert refused(stranger.get(f"{PATH}/{proposal['id']}")) == (404, "not_found")
        assert listed(stranger) == []


def test_proposals_are_listed_by_role_oldest_first(
    people: People, clock: TimeMachineFixture
) -> None:
    service_id = people.studio()
    ids = []
    for day in ("10", "11", "12"):
        proposal = proposed(people, service_id, startsAt=[f"2026-03-{day}T08:00:00Z"])
        ids.append(proposal["id"])
        clock.shift(timedelta(minutes=1))
    answers(people.client, "decline", ids[0])
    assert listed(people.artist) == listed(people.client) == ids
    assert listed(people.client, "?role=artist") == listed(people.artist, "?role=client") == []


def test_an_artist_is_also_the_client_of_others(people: People) -> None:
    people.opens(by=people.other_artist)
    service_id = people.offers(people.other_artist)
    answer = proposes(people, service_id, people.other_artist, clientId=ARTIST)
    assert listed(people.artist, "?role=client") == [answer.json_body["id"]]
    accepted = answers(people.artist, "accept", answer.json_body["id"])
    assert accepted.json_body["status"] == "accepted"


def test_a_list_goes_on_where_its_cursor_says_and_only_there(
    people: People, clock: TimeMachineFixture
) -> None:
    service_id = people.studio()
    ids = []
    for day in ("10", "11", "12"):
        proposal = proposed(people, service_id, startsAt=[f"2026-03-{day}T08:00:00Z"])
        ids.append(proposal["id"])
        clock.shift(timedelta(minutes=1))
    page = people.artist.get(f"{PATH}?limit=2").json_body
    assert [proposal["id"] for proposal in page["items"]] == ids[:2]
    cursor = page["nextCursor"]
    assert listed(people.artist, f"?limit=2&cursor={cursor}") == ids[2:]
    for answer in (
        people.client.get(f"{PATH}?cursor={cursor}"),
        people.artist.get(f"{PATH}?role=client&cursor={cursor}"),
        people.artist.get(f"/v1/appointments?cursor={cursor}"),
        people.artist.get(f"{PATH}?cursor=x{cursor}"),
    ):
        assert error_fields(answer).keys() == {"query.cursor"}
