"""Proposals over HTTP: dates of a project, reserved together and booked all or none."""

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
from appointments.models import (
    Appointment,
    AppointmentSide,
    CalendarEntryKind,
    ProposalStatus,
)
from appointments.schemas import AcceptProposalRequest, ProposalView
from appointments.use_cases import proposals
from domain.errors import DomainError
from shared.data.conflicts import WriteConflict
from shared.http.caller import Caller, Role
from shared.http.problems import from_error
from tests.functional.appointments import people as table
from tests.functional.appointments.people import ARTIST, CLIENT, MONDAY, People
from tests.support import aws_calls, relations, threads
from tests.support.gateway import ApiClient, client_for
from tests.support.responses import error_fields, refused

PATH = "/v1/appointments/proposals"
DATES = ["2026-03-10T08:00:00Z", "2026-03-17T08:00:00Z", "2026-03-24T08:00:00Z"]
THREE_DAYS = timedelta(hours=72)
DOWN = ClientError({"Error": {"Code": "InternalServerError"}}, "TransactWriteItems")
MILLISECOND = timedelta(milliseconds=1)


def try_propose(people: People, service_id: str, by: Any = None, **fields: Any) -> HTTPResponse:
    """Propose DATES, as the artist unless `by` says otherwise."""
    body = {"serviceId": service_id, "clientId": CLIENT, "startsAt": DATES, **fields}
    return (by or people.artist).post(PATH, json=body)


def propose(people: People, service_id: str | None = None, **fields: Any) -> dict[str, Any]:
    """Propose like `try_propose`, by default a service with a deposit, and return the proposal."""
    offered = service_id or people.open_studio(deposit={"type": "percent", "percent": 25})
    answer = try_propose(people, offered, **fields)
    assert answer.status_code == 201, answer.body
    proposal: dict[str, Any] = answer.json_body
    return proposal


def act_on(by: ApiClient, action: str, proposal_id: str) -> HTTPResponse:
    return by.post(f"{PATH}/{proposal_id}/{action}")


def accept_at(proposal: dict[str, Any], now: datetime) -> ProposalView:
    """Accept a proposal as its client, on a server with this time."""
    client = Caller(CLIENT, "client@example.com", Role.CLIENT, "ses_1")
    return proposals.accept(client, proposal["id"], AcceptProposalRequest(), now)


def get_stored(proposal_id: str) -> Any:
    proposal = store.find_proposal(proposal_id)
    assert proposal is not None
    return proposal


# ---- proposing ---------------------------------------------------------------------------------


def test_a_proposal_states_its_terms(people: People) -> None:
    service_id = people.open_studio(deposit={"type": "percent", "percent": 25}, location="Berlin")
    proposal = propose(people, service_id, message="As we said")
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
        "sittings": [
            {
                "startsAt": date,
                "endsAt": date.replace("T08", "T09"),
                "location": "Berlin",
                "timeZone": "Europe/Berlin",
                "price": {"amount": 12000, "currency": "EUR"},
            }
            for date in DATES
        ],
        "timeZone": "Europe/Berlin",
        "message": "As we said",
        "consultationId": None,
        "status": "sent",
        "appointmentIds": [],
        "createdAt": "2026-03-02T08:00:00Z",
        "expiresAt": "2026-03-05T08:00:00Z",
        "version": 1,
    }


def test_sending_a_proposal_reserves_its_dates_and_publishes_an_event(people: People) -> None:
    service_id = people.open_studio(bufferBeforeMinutes=30)
    before = table.outbox()
    proposal = propose(people, service_id, startsAt=DATES[::-1])
    entries = table.entries()
    assert set(entries) == {f"{proposal['id']}.{number}" for number in (1, 2, 3)}
    for number, date in enumerate(DATES, 1):
        entry = entries[f"{proposal['id']}.{number}"]
        starts_at = datetime.fromisoformat(date)
        assert (entry.kind, entry.owner_id) == (CalendarEntryKind.PROPOSAL, CLIENT)
        assert (entry.starts_at, entry.until) == (starts_at, MONDAY + THREE_DAYS)
        assert entry.busy_from == starts_at - timedelta(minutes=30)
    for by in (people.client, people.other_client, people.artist):
        assert refused(
            people.try_book(service_id, DATES[1], by, **get_client_field(people, by))
        ) == (
            409,
            "slot_taken",
        )
    (event,) = table.list_events_since(before)
    assert (event.type, event.subject) == ("proposal.sent", proposal["id"])
    assert event.data == {
        "proposalId": proposal["id"],
        "artistId": ARTIST,
        "clientId": CLIENT,
        "serviceId": service_id,
        "serviceName": "Fine line tattoo",
        "startsAt": DATES,
        "places": [{"location": "", "timeZone": "Europe/Berlin"}] * 3,
        "timeZone": "Europe/Berlin",
        "total": {"amount": 36000, "currency": "EUR"},
        "expiresAt": "2026-03-05T08:00:00Z",
        "consultationId": None,
        "recordVersion": 1,
    }


def get_client_field(people: People, by: ApiClient) -> dict[str, Any]:
    return {"clientId": CLIENT} if by is people.artist else {}


def test_a_proposal_expires_no_later_than_its_first_sitting(people: People) -> None:
    proposal = propose(people, expiresInHours=30 * 24)
    assert proposal["expiresAt"] == DATES[0]


def test_an_artist_may_propose_outside_hours_notice_and_horizon(people: People) -> None:
    service_id = people.open_studio(minimumNoticeMinutes=1440, bookingHorizonDays=1, dailyLimit=1)
    dates = ["2026-03-02T08:01:00Z", "2026-03-02T23:17:00Z", "2027-12-24T03:00:00Z"]
    assert try_propose(people, service_id, startsAt=dates).status_code == 201


@pytest.mark.parametrize(
    ("taken", "buffer"), [(DATES[0], 0), (DATES[2], 0), ("2026-03-17T09:00:00Z", 15)]
)
def test_a_proposal_with_a_taken_date_is_refused(people: People, taken: Any, buffer: int) -> None:
    people.open_studio()
    people.book(people.create_service(), taken)
    before = table.everything()
    service_id = people.create_service(bufferAfterMinutes=buffer)
    before = table.everything()
    assert refused(try_propose(people, service_id)) == (409, "slot_taken")
    assert table.everything() == before


@pytest.mark.parametrize(
    "second", ["2026-03-10T08:00:00Z", "2026-03-10T08:59:00Z", "2026-03-10T09:44:00Z"]
)
def test_overlapping_sittings_are_refused(people: People, second: str) -> None:
    service_id = people.open_studio(bufferBeforeMinutes=15, bufferAfterMinutes=30)
    before = table.everything()
    for dates in ([DATES[0], second], [second, DATES[0]]):
        answer = try_propose(people, service_id, startsAt=dates)
        assert error_fields(answer).keys() == {"body.startsAt"}
    assert table.everything() == before
    apart = try_propose(people, service_id, startsAt=[DATES[0], "2026-03-10T09:45:00Z"])
    assert apart.status_code == 201


def test_past_dates_are_refused(people: People) -> None:
    service_id = people.open_studio()
    for past in ("2026-03-02T08:00:00Z", "2026-02-01T08:00:00Z"):
        answer = try_propose(people, service_id, startsAt=[past, *DATES])
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
        ("durationMinutes", 4),
        ("durationMinutes", 1441),
        ("price", 120),
        ("deposit", None),
        ("status", "accepted"),
        ("sittings", 2),
    ],
)
def test_an_invalid_field_is_named(people: People, field: str, value: Any) -> None:
    answer = try_propose(people, people.open_studio(), **{field: value})
    assert {name.partition("[")[0] for name in error_fields(answer)} == {f"body.{field}"}


def test_a_total_beyond_the_limit_is_refused(people: People) -> None:
    service_id = people.open_studio(price={"amount": 10**12, "currency": "IRR"})
    assert error_fields(try_propose(people, service_id)).keys() == {"body.startsAt"}
    assert try_propose(people, service_id, startsAt=DATES[:1]).status_code == 201


def test_only_artists_propose_and_only_their_own_services(people: People) -> None:
    service_id = people.open_studio()
    assert refused(try_propose(people, service_id, people.client)) == (403, "forbidden")
    other = try_propose(people, service_id, people.other_artist)
    assert refused(other) == (404, "not_found")
    people.artist.delete(f"/v1/appointments/services/{service_id}")
    assert refused(try_propose(people, service_id)) == (404, "not_found")
    assert table.entries() == {}


# ---- accepting ---------------------------------------------------------------------------------


def test_accepting_a_proposal_books_every_sitting(people: People) -> None:
    service_id = people.open_studio(
        deposit={"type": "percent", "percent": 25}, bufferAfterMinutes=30
    )
    proposal = propose(people, service_id)
    before = table.outbox()
    accepted = act_on(people.client, "accept", proposal["id"]).json_body
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
            "appointmentIds": ids,
            "total": {"amount": 36000, "currency": "EUR"},
        }
        assert sitting["total"] == proposal["total"]
        assert sitting["price"] == proposal["price"]
        assert sitting["service"] == proposal["service"]
        assert sitting["policies"] == proposal["policies"]
        assert sitting["policiesHash"] == proposal["policiesHash"]
        assert (sitting["bookedBy"], sitting["answerBy"]) == ("client", None)

    published = table.list_events_since(before)
    assert sorted(event.type for event in published) == [
        *["appointment.confirmed"] * 3,
        *["appointment.created"] * 3,
        "deposit.requested",
        "proposal.accepted",
    ]
    (event,) = [event for event in published if event.type == "proposal.accepted"]
    assert (event.subject, event.data["recordVersion"]) == (proposal["id"], 2)
    assert event.data["appointmentIds"] == ids
    created = [event.data for event in published if event.type == "appointment.created"]
    assert {data["appointmentId"] for data in created} == set(ids)
    assert {(data["proposalId"], data["by"], data["status"]) for data in created} == {
        (proposal["id"], "client", "confirmed")
    }


def test_the_first_sitting_requests_the_deposit_of_the_whole_project(
    people: People, clock: TimeMachineFixture
) -> None:
    proposal = propose(people)
    clock.shift(timedelta(hours=1))
    first, *others = act_on(people.client, "accept", proposal["id"]).json_body["appointmentIds"]
    deposit = people.client.get(f"/v1/appointments/{first}").json_body["deposit"]
    assert (deposit["amount"], deposit["state"], deposit["held"]) == (9000, "requested", 0)
    (entry,) = deposit["entries"]
    assert (entry["by"], entry["at"]) == ("artist", "2026-03-02T09:00:00Z")
    for other in others:
        assert people.client.get(f"/v1/appointments/{other}").json_body["deposit"] is None
    (event,) = table.outbox("deposit.requested")
    assert (event.data["appointmentId"], event.data["amount"]) == (first, 9000)


def test_a_proposal_keeps_its_terms_when_the_service_changes(people: People) -> None:
    service_id = people.open_studio(deposit={"type": "percent", "percent": 25})
    proposal = propose(people, service_id)
    dearer = {
        **table.SERVICE,
        "name": "Another",
        "price": {"amount": 99000, "currency": "USD"},
        "durationMinutes": 240,
        "deposit": {"type": "percent", "percent": 100},
    }
    people.artist.put(f"/v1/appointments/services/{service_id}", json=dearer)
    people.artist.delete(f"/v1/appointments/services/{service_id}")
    people.set_hours("20:00-21:00", zone="Asia/Tokyo")
    accepted = act_on(people.client, "accept", proposal["id"]).json_body
    first = people.client.get(f"/v1/appointments/{accepted['appointmentIds'][0]}").json_body
    for field in ("price", "service", "policiesHash", "timeZone"):
        assert first[field] == proposal[field]
    assert first["endsAt"] == proposal["sittings"][0]["endsAt"]
    assert first["deposit"]["amount"] == 9000


def test_accepted_sittings_of_a_request_service_are_confirmed(people: People) -> None:
    proposal = propose(people, people.open_studio(mode="request"))
    (first, *_) = act_on(people.client, "accept", proposal["id"]).json_body["appointmentIds"]
    assert table.appointment(first).status == "confirmed"


def test_accepting_is_a_few_reads_and_one_transaction(people: People) -> None:
    proposal = propose(people)
    people.client.get(PATH)  # opens the client's rate limit window
    with aws_calls.counted() as calls:
        act_on(people.client, "accept", proposal["id"])
    assert calls == {
        "dynamodb:UpdateItem": 1,  # the rate limit's count
        # The proposal, whether the client's account was deleted, and whether the artist is banned.
        "dynamodb:GetItem": 3,
        "dynamodb:BatchGetItem": 2,  # consent, and the days of the sittings
        "dynamodb:TransactWriteItems": 1,
    }


@pytest.mark.parametrize("action", ["accept", "decline", "withdraw"])
def test_a_failed_action_leaves_the_proposal_unchanged(people: People, action: str) -> None:
    proposal = propose(people)
    by = people.artist if action == "withdraw" else people.client
    before = table.everything()
    with aws_calls.failing("TransactWriteItems", DOWN):
        assert act_on(by, action, proposal["id"]).status_code == 503
    assert table.everything() == before
    assert act_on(by, action, proposal["id"]).status_code == 200


def test_the_longest_project_fits_into_one_transaction(people: People) -> None:
    """Each of twelve sittings with its buffers covers four days that no other one touches."""
    people.set_hours()
    service_id = people.create_service(
        durationMinutes=24 * 60,
        bufferBeforeMinutes=24 * 60,
        bufferAfterMinutes=24 * 60,
        deposit={"type": "fixed", "amount": 5000},
    )
    first = datetime(2026, 3, 10, 12, tzinfo=UTC)
    dates = [f"{first + timedelta(days=5 * number):%FT%TZ}" for number in range(12)]
    sizes = []

    def record_size(client: Any, operation: str, parameters: Any) -> Any:
        if operation == "TransactWriteItems":
            sizes.append(len(parameters["TransactItems"]))
        return aws_calls.REAL_CALL(client, operation, parameters)

    with mock.patch.object(BaseClient, "_make_api_call", record_size):
        proposal = propose(people, service_id, startsAt=dates, expiresInHours=24)
        accepted = act_on(people.client, "accept", proposal["id"])
    assert len(accepted.json_body["appointmentIds"]) == 12
    # 48 days; then the proposal and its event; then 13 records and an item for the events of each
    # sitting, one for its deposit and one for the acceptance.
    assert sizes == [48 + 2, 48 + 13 + 12 + 2]
    assert max(sizes) <= 100  # the limit of DynamoDB


# ---- expiry ------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["accept", "decline", "withdraw"])
def test_a_proposal_can_be_acted_on_until_exactly_its_expiry(
    people: People, clock: TimeMachineFixture, action: str
) -> None:
    by = people.artist if action == "withdraw" else people.client
    first = propose(people)
    second = propose(people, people.create_service(), startsAt=["2026-03-11T08:00:00Z"])
    clock.shift(THREE_DAYS - MILLISECOND)
    assert act_on(by, action, first["id"]).status_code == 200
    clock.shift(MILLISECOND)
    before = table.everything()
    assert refused(act_on(by, action, second["id"])) == (409, "proposal_expired")
    assert table.everything() == before


def test_the_dates_are_free_at_exactly_the_expiry(
    people: People, clock: TimeMachineFixture
) -> None:
    service_id = people.open_studio()
    proposal = propose(people, service_id)
    clock.shift(THREE_DAYS - MILLISECOND)
    assert refused(people.try_book(service_id, DATES[1])) == (409, "slot_taken")
    clock.shift(MILLISECOND)
    assert people.try_book(service_id, DATES[1], people.other_client).status_code == 201
    assert refused(act_on(people.client, "accept", proposal["id"])) == (409, "proposal_expired")


def test_accepting_by_a_slow_clock_does_not_take_a_booked_date(
    people: People, clock: TimeMachineFixture
) -> None:
    """A client with a faster clock has booked one of the dates; then no sitting is booked."""
    service_id = people.open_studio()
    proposal = propose(people, service_id)
    clock.shift(THREE_DAYS)
    winner = people.book(service_id, DATES[1], people.other_client)
    before = table.everything()
    with pytest.raises(DomainError) as problem:
        accept_at(proposal, MONDAY + THREE_DAYS - MILLISECOND)
    assert (from_error(problem.value).status, problem.value.code) == (409, "slot_taken")
    assert table.everything() == before
    assert winner["id"] in table.entries()


def test_accepting_by_a_slow_clock_books_dates_that_are_still_free(
    people: People, clock: TimeMachineFixture
) -> None:
    service_id = people.open_studio()
    proposal = propose(people, service_id)
    clock.shift(THREE_DAYS)
    people.book(service_id, "2026-03-17T12:00:00Z", people.other_client)
    assert f"{proposal['id']}.2" not in table.entries()
    accepted = accept_at(proposal, MONDAY + THREE_DAYS - MILLISECOND)
    assert set(accepted.appointment_ids) < set(table.entries())
    assert len(accepted.appointment_ids) == 3


def test_an_unanswered_proposal_expires(people: People, clock: TimeMachineFixture) -> None:
    service_id = people.open_studio()
    proposal = propose(people, service_id)
    before = table.outbox()
    proposals.expire(get_stored(proposal["id"]), MONDAY + THREE_DAYS)
    assert get_stored(proposal["id"]).status is ProposalStatus.EXPIRED
    assert table.entries() == {}
    (event,) = table.list_events_since(before)
    assert (event.type, event.data["recordVersion"]) == ("proposal.expired", 2)
    # By this clock there is time left, but what expired by another clock stays expired.
    for action in ("accept", "decline"):
        answer = act_on(people.client, action, proposal["id"])
        assert refused(answer) == (409, "proposal_expired")


def test_a_proposal_does_not_expire_early_or_twice(people: People) -> None:
    proposal = propose(people)
    before = table.everything()
    proposals.expire(get_stored(proposal["id"]), MONDAY + THREE_DAYS - MILLISECOND)
    assert table.everything() == before
    proposals.expire(get_stored(proposal["id"]), MONDAY + THREE_DAYS)
    before = table.everything()
    proposals.expire(get_stored(proposal["id"]), MONDAY + THREE_DAYS)
    assert table.everything() == before


def test_an_accepted_proposal_does_not_expire(people: People) -> None:
    proposal = propose(people)
    found_by_sweeper = get_stored(proposal["id"])
    act_on(people.client, "accept", proposal["id"])
    before = table.everything()
    with pytest.raises(WriteConflict):
        proposals.expire(found_by_sweeper, MONDAY + THREE_DAYS)
    proposals.expire(get_stored(proposal["id"]), MONDAY + THREE_DAYS)
    assert table.everything() == before


def test_a_proposal_without_calendar_entries_expires_as_well(
    people: People, clock: TimeMachineFixture
) -> None:
    service_id = people.open_studio()
    proposal = propose(people, service_id)
    clock.shift(THREE_DAYS)
    booked = {people.book(service_id, date, people.other_client)["id"] for date in DATES[:2]}
    proposals.expire(get_stored(proposal["id"]), MONDAY + THREE_DAYS)
    assert set(table.entries()) == booked


def test_an_open_proposal_is_due_at_its_expiry(people: People) -> None:
    proposal = propose(people)
    assert store.list_due_records(MONDAY + THREE_DAYS - timedelta(seconds=1), 10) == []
    (due,) = store.list_due_records(MONDAY + THREE_DAYS, 10)
    assert store.decode_due(due) == get_stored(proposal["id"])
    act_on(people.client, "accept", proposal["id"])
    (deposit_due,) = store.list_due_records(MONDAY + THREE_DAYS, 10)
    assert isinstance(store.decode_due(deposit_due), Appointment)


# ---- ending ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("action", "status"), [("decline", "declined"), ("withdraw", "withdrawn")])
def test_ending_a_proposal_frees_its_dates_and_publishes_an_event(
    people: People, action: str, status: str
) -> None:
    service_id = people.open_studio()
    proposal = propose(people, service_id)
    before = table.outbox()
    by = people.artist if action == "withdraw" else people.client
    ended = act_on(by, action, proposal["id"])
    assert ended.json_body == {**proposal, "status": status, "version": 2}
    assert table.entries() == {}
    (event,) = table.list_events_since(before)
    assert (event.type, event.subject) == (f"proposal.{status}", proposal["id"])
    assert (event.data["startsAt"], event.data["recordVersion"]) == (DATES, 2)
    for date in DATES:
        assert people.try_book(service_id, date).status_code == 201


@pytest.mark.parametrize("end", ["accept", "decline", "withdraw"])
@pytest.mark.parametrize("action", ["accept", "decline", "withdraw"])
def test_a_proposal_ends_once(people: People, end: str, action: str) -> None:
    proposal = propose(people)
    side = {"accept": people.client, "decline": people.client, "withdraw": people.artist}
    assert act_on(side[end], end, proposal["id"]).status_code == 200
    before = table.everything()
    assert refused(act_on(side[action], action, proposal["id"])) == (409, "wrong_status")
    assert table.everything() == before


@pytest.mark.parametrize("action", ["accept", "decline", "withdraw"])
def test_the_other_side_is_forbidden_and_strangers_find_nothing(
    people: People, action: str
) -> None:
    proposal = propose(people)
    before = table.everything()
    wrong = people.client if action == "withdraw" else people.artist
    assert refused(act_on(wrong, action, proposal["id"])) == (403, "forbidden")
    for stranger in (people.other_client, people.other_artist):
        assert refused(act_on(stranger, action, proposal["id"])) == (404, "not_found")
    nowhere = act_on(people.client, action, "prp_01JD0000000000000000000000")
    assert refused(nowhere) == (404, "not_found")
    assert table.everything() == before


@pytest.mark.parametrize(
    ("side", "status"),
    [(AppointmentSide.ARTIST, "withdrawn"), (AppointmentSide.CLIENT, "declined")],
)
def test_erasing_an_account_ends_its_open_proposals(people: People, side: Any, status: str) -> None:
    proposal = propose(people)
    before = table.outbox()
    for _ in range(2):
        proposals.end_for_erasure(side, get_stored(proposal["id"]), MONDAY)
    assert get_stored(proposal["id"]).status == status
    assert table.entries() == {}
    assert [event.type for event in table.list_events_since(before)] == [f"proposal.{status}"]


# ---- concurrency -------------------------------------------------------------------------------


def test_concurrent_acceptances_book_a_project_once(people: People) -> None:
    proposal = propose(people)
    client = client_for(app).as_user(CLIENT)
    answers = threads.together(8, lambda: act_on(client, "accept", proposal["id"]))
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 7]
    assert len(table.entries()) == 3
    assert len(table.outbox("appointment.created")) == 3


def test_one_of_concurrent_accept_and_withdraw_succeeds(people: People) -> None:
    proposal = propose(people)
    client = client_for(app).as_user(CLIENT)
    artist = client_for(app).as_user(ARTIST, Role.ARTIST)
    turns = iter([(client, "accept"), (artist, "withdraw")] * 4)
    answers = threads.together(8, lambda: act_on(*next(turns), proposal["id"]))
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 7]
    is_booked = get_stored(proposal["id"]).status is ProposalStatus.ACCEPTED
    assert len(table.entries()) == (3 if is_booked else 0)


def test_one_of_concurrent_proposal_and_booking_gets_the_time(people: People) -> None:
    service_id = people.open_studio()
    artist = client_for(app).as_user(ARTIST, Role.ARTIST)
    client = client_for(app).as_user(CLIENT)
    turns = iter([True, False] * 4)

    def race() -> HTTPResponse:
        if next(turns):
            return try_propose(people, service_id, artist)
        return people.try_book(service_id, DATES[1], client)

    answers = threads.together(8, race)
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 7]
    assert {refused(answer)[1] for answer in answers if answer.status_code == 409} == {"slot_taken"}
    assert len(table.entries()) in {1, 3}


# ---- reading -----------------------------------------------------------------------------------


def list_ids(by: ApiClient, query: str = "") -> list[str]:
    answer = by.get(f"{PATH}{query}")
    assert answer.status_code == 200, answer.body
    return [proposal["id"] for proposal in answer.json_body["items"]]


def test_only_its_artist_and_client_read_a_proposal(people: People) -> None:
    proposal = propose(people)
    for by in (people.artist, people.client):
        assert by.get(f"{PATH}/{proposal['id']}").json_body == proposal
    for stranger in (people.other_client, people.other_artist):
        assert refused(stranger.get(f"{PATH}/{proposal['id']}")) == (404, "not_found")
        assert list_ids(stranger) == []


def test_proposals_are_listed_by_role_oldest_first(
    people: People, clock: TimeMachineFixture
) -> None:
    service_id = people.open_studio()
    ids = []
    for day in ("10", "11", "12"):
        proposal = propose(people, service_id, startsAt=[f"2026-03-{day}T08:00:00Z"])
        ids.append(proposal["id"])
        clock.shift(timedelta(minutes=1))
    act_on(people.client, "decline", ids[0])
    assert list_ids(people.artist) == list_ids(people.client) == ids
    assert list_ids(people.client, "?role=artist") == list_ids(people.artist, "?role=client") == []


def test_an_artist_is_no_client_to_propose_to(people: People) -> None:
    people.set_hours(by=people.other_artist)
    service_id = people.create_service(people.other_artist)
    relations.verify(ARTIST, Role.ARTIST)
    answer = try_propose(people, service_id, people.other_artist, clientId=ARTIST)
    assert refused(answer) == (403, "no_relation")
    assert list_ids(people.artist, "?role=client") == []


def test_a_cursor_continues_its_own_list_only(people: People, clock: TimeMachineFixture) -> None:
    service_id = people.open_studio()
    ids = []
    for day in ("10", "11", "12"):
        proposal = propose(people, service_id, startsAt=[f"2026-03-{day}T08:00:00Z"])
        ids.append(proposal["id"])
        clock.shift(timedelta(minutes=1))
    page = people.artist.get(f"{PATH}?limit=2").json_body
    assert [proposal["id"] for proposal in page["items"]] == ids[:2]
    cursor = page["nextCursor"]
    assert list_ids(people.artist, f"?limit=2&cursor={cursor}") == ids[2:]
    for answer in (
        people.client.get(f"{PATH}?cursor={cursor}"),
        people.artist.get(f"{PATH}?role=client&cursor={cursor}"),
        people.artist.get(f"/v1/appointments?cursor={cursor}"),
        people.artist.get(f"{PATH}?cursor=x{cursor}"),
    ):
        assert error_fields(answer).keys() == {"query.cursor"}
