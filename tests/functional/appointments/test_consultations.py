"""Consultations and their proposals over HTTP: the end of either ends the other, once."""

from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
import pytest
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from appointments import store
from tests.functional.appointments import people as table
from tests.functional.appointments.background import EventsWorker, consume, sweep
from tests.functional.appointments.people import (
    ARTIST,
    CLIENT,
    OTHER_ARTIST,
    OTHER_CLIENT,
    People,
    appointment,
)
from tests.support import threads
from tests.support.responses import error_fields, refused

PATH = "/v1/appointments/proposals"
CONSULTATION = "cns_01JD0000000000000000000EEE"
DATES = ["2026-03-10T08:00:00Z", "2026-03-17T08:00:00Z"]
OTHER_DATES = ["2026-03-11T08:00:00Z", "2026-03-18T08:00:00Z"]


def change(status: str, version: int = 1, by: str = "client", **fields: Any) -> None:
    """Consume an event of consultations: its consultation has this status now."""
    type_ = {"pending": "requested"}.get(status, status)
    data = {
        "consultationId": CONSULTATION,
        "artistId": ARTIST,
        "clientId": CLIENT,
        "status": status,
        "by": by,
        "recordVersion": version,
        **fields,
    }
    consume(f"consultation.{type_}", data)


def try_propose(people: People, service_id: str, dates: Any = DATES, **fields: Any) -> HTTPResponse:
    body = {"serviceId": service_id, "clientId": CLIENT, "startsAt": dates}
    return people.artist.post(PATH, json={**body, "consultationId": CONSULTATION, **fields})


def propose(people: People, service_id: str, dates: Any = DATES, **fields: Any) -> str:
    answer = try_propose(people, service_id, dates, **fields)
    assert answer.status_code == 201, answer.body
    proposal_id: str = answer.json_body["id"]
    return proposal_id


def accept(people: People, proposal_id: str) -> HTTPResponse:
    return people.client.post(f"{PATH}/{proposal_id}/accept")


def status(people: People, proposal_id: str) -> str:
    found: str = people.client.get(f"{PATH}/{proposal_id}").json_body["status"]
    return found


def list_events(type_: str) -> list[dict[str, Any]]:
    return [event.data for event in table.outbox() if event.type == type_]


# ---- sending -----------------------------------------------------------------------------------


def test_only_an_open_consultation_of_the_two_can_be_named(people: People) -> None:
    service_id = people.open_studio()
    before = table.everything()
    unknown = error_fields(try_propose(people, service_id))
    assert unknown.keys() == {"body.consultationId"}
    assert table.everything() == before
    change("pending", clientId=OTHER_CLIENT)
    assert error_fields(try_propose(people, service_id)) == unknown
    other, mine = CONSULTATION[:-1] + "F", CONSULTATION[:-1] + "G"
    change("pending", consultationId=other, artistId=OTHER_ARTIST)
    of_other_artist = try_propose(people, service_id, consultationId=other)
    assert error_fields(of_other_artist) == unknown
    change("pending", consultationId=mine)
    assert try_propose(people, service_id, consultationId=mine).status_code == 201


@pytest.mark.parametrize("ended", ["declined", "cancelled", "expired", "scheduled"])
def test_a_consultation_that_is_over_cannot_be_named(people: People, ended: str) -> None:
    service_id = people.open_studio()
    change("pending")
    change(ended, 2)
    change("pending")  # late
    assert refused(try_propose(people, service_id)) == (409, "consultation_ended")


def test_a_new_proposal_replaces_the_older_one_and_may_use_its_dates(people: People) -> None:
    service_id = people.open_studio()
    change("pending")
    first = propose(people, service_id)
    second = propose(people, service_id, [DATES[0], OTHER_DATES[1]])
    assert (status(people, first), status(people, second)) == ("withdrawn", "sent")
    assert set(table.entries()) == {f"{second}.1", f"{second}.2"}
    (withdrawn,) = list_events("proposal.withdrawn")
    assert (withdrawn["proposalId"], withdrawn["replacedBy"]) == (first, second)
    assert refused(accept(people, first)) == (409, "wrong_status")
    answer = accept(people, second)
    assert len(answer.json_body["appointmentIds"]) == 2
    assert refused(try_propose(people, service_id, OTHER_DATES)) == (409, "consultation_ended")


def test_proposals_sent_at_once_leave_one_open(people: People) -> None:
    service_id = people.open_studio()
    change("pending")
    people.artist.get(PATH)  # warms up clients and caches
    dates = iter([f"2026-04-{day:02}T08:00:00Z"] for day in range(1, 5))
    lock_free = [next(dates) for _ in range(4)]
    answers = threads.together(
        4, lambda: try_propose(people, service_id, lock_free.pop()).status_code
    )
    assert answers.count(201) >= 1
    sent = [item for item in people.client.get(PATH).json_body["items"] if item["status"] == "sent"]
    assert len(sent) == 1
    assert set(table.entries()) == {f"{sent[0]['id']}.1"}


# ---- accepting ---------------------------------------------------------------------------------


def create_two_open(people: People) -> tuple[str, str]:
    """Send two proposals and open both, as they could be before proposals were replaced."""
    service_id = people.open_studio(deposit={"type": "percent", "percent": 50})
    ids = [
        propose(people, service_id, dates, consultationId=None) for dates in (DATES, OTHER_DATES)
    ]
    for proposal_id in ids:
        proposal = store.find_proposal(proposal_id)
        assert proposal is not None
        proposal = msgspec.structs.replace(
            proposal, consultation_id=CONSULTATION, version=proposal.version + 1
        )
        store.commit(records=[proposal])
    return ids[0], ids[1]


@pytest.mark.parametrize("is_known", [True, False])
def test_accepting_one_withdraws_the_others(people: People, is_known: bool) -> None:
    first, second = create_two_open(people)
    if is_known:
        change("pending")
    assert len(accept(people, first).json_body["appointmentIds"]) == 2
    assert status(people, second) == "withdrawn"
    assert list_events("proposal.withdrawn")[0]["replacedBy"] == first
    assert {entry.kind.value for entry in table.entries().values()} == {"appointment"}
    assert len(list_events("deposit.requested")) == 1


def test_two_acceptances_race_and_one_wins(people: People) -> None:
    first, second = create_two_open(people)
    change("pending")
    people.client.get(PATH)
    ids = [first, second]
    codes = threads.together(2, lambda: accept(people, ids.pop()).status_code)
    assert sorted(codes) == [200, 409]
    assert len(list_events("appointment.confirmed")) == 2
    assert len(list_events("deposit.requested")) == 1


# ---- a consultation ends -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ended", "by", "expected"),
    [
        ("declined", "artist", "withdrawn"),
        ("cancelled", "client", "declined"),
        ("cancelled", "system", "withdrawn"),
        ("expired", "system", "withdrawn"),
    ],
)
def test_its_end_ends_the_open_proposal_once(
    people: People, ended: str, by: str, expected: str
) -> None:
    service_id = people.open_studio()
    change("pending")
    proposal_id = propose(people, service_id)
    for _ in range(2):
        change(ended, 3, by)
    assert status(people, proposal_id) == expected
    assert table.entries() == {}
    assert len(list_events(f"proposal.{expected}")) == 1
    assert refused(accept(people, proposal_id)) == (409, "wrong_status")


def test_an_event_that_comes_first_ends_proposals_from_before_the_copy(people: People) -> None:
    first, second = create_two_open(people)
    change("declined", 3, "artist")
    assert [status(people, proposal_id) for proposal_id in (first, second)] == ["withdrawn"] * 2
    assert table.entries() == {}


def test_a_proposal_that_is_still_open_cannot_be_accepted_after_the_end(people: People) -> None:
    first, _ = create_two_open(people)
    change("declined", 3, "artist", clientId=OTHER_CLIENT)  # ends none of them
    assert refused(accept(people, first)) == (409, "consultation_ended")


def test_bookings_accepted_just_before_the_end_are_cancelled(people: People) -> None:
    service_id = people.open_studio()
    change("pending")
    booked = accept(people, propose(people, service_id)).json_body["appointmentIds"]
    for _ in range(2):
        change("declined", 2, "artist")
    assert [appointment(id_).status.value for id_ in booked] == ["cancelled"] * 2
    assert [event["fee"] for event in list_events("appointment.cancelled")] == [0, 0]
    assert table.entries() == {}


def test_the_end_after_the_sittings_cancels_nothing(people: People) -> None:
    service_id = people.open_studio()
    change("pending")
    booked = accept(people, propose(people, service_id)).json_body["appointmentIds"]
    change("scheduled", 3, "system")
    change("cancelled", 4, "system")
    assert [appointment(id_).status.value for id_ in booked] == ["confirmed"] * 2


# ---- a proposal ends ---------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["decline", "withdraw", "expire"])
def test_its_end_settles_the_consultation_at_once(
    people: People, how: str, clock: TimeMachineFixture
) -> None:
    service_id = people.open_studio()
    change("pending")
    proposal_id = propose(people, service_id)
    if how == "expire":
        clock.shift(timedelta(hours=72))
        assert refused(try_propose(people, service_id, OTHER_DATES)) == (409, "consultation_ended")
        sweep()
    else:
        by = people.client if how == "decline" else people.artist
        assert by.post(f"{PATH}/{proposal_id}/{how}").status_code == 200
    assert refused(try_propose(people, service_id, OTHER_DATES)) == (409, "consultation_ended")
    change("cancelled", 3)
    EventsWorker().run()
    assert len([event for event in table.outbox() if event.type.startswith("proposal.")]) == 2


def test_a_deleted_account_ends_the_proposal_once(people: People) -> None:
    service_id = people.open_studio()
    change("pending")
    proposal_id = propose(people, service_id)
    consume("user.deleted", {"userId": CLIENT})
    change("cancelled", 3, "system")
    stored = store.find_proposal(proposal_id)
    assert stored is not None
    assert stored.status.value == "declined"
    ends = [partial(list_events, f"proposal.{how}")() for how in ("declined", "withdrawn")]
    assert [len(found) for found in ends] == [1, 0]
