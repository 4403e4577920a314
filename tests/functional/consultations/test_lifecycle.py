"""What becomes of a consultation: by the two, by time, and by what other features tell."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from time_machine import TimeMachineFixture

import tests.support.repeatable  # noqa: F401
from consultations.models import OPEN, Status
from consultations.rules.transitions import TRANSITIONS
from shared.platform import clock as shared_clock
from tests.functional.consultations.people import (
    ARTIST,
    CLIENT,
    MONDAY,
    OTHER_ARTIST,
    OTHER_CLIENT,
    People,
    counts_are_right,
    hear,
    kept,
    outbox,
    over,
    proposal,
    refused,
    status,
    sweep,
    told,
    writes,
)
from tests.support import kept as in_memory
from tests.support.threads import together

NO = {"reason": "I do not tattoo hands."}


# ---- opening -----------------------------------------------------------------------------------


def test_the_artist_opens_it_once(people: People, clock: TimeMachineFixture) -> None:
    path = people.has_asked()
    assert people.client.get(path).json_body["viewedAt"] is None
    clock.shift(60)
    seen = people.artist.get(path).json_body
    clock.shift(60)
    assert people.artist.get(path).json_body["viewedAt"] == seen["viewedAt"]
    assert people.client.get(path).json_body["viewedAt"] == "2026-03-02T08:01:00Z"
    assert seen["status"] == "pending"
    assert told()["viewed"] == 1


def test_it_is_opened_once_in_many_threads(people: People) -> None:
    people.artist.get(people.has_asked())  # makes what is made once
    path = people.has_asked()
    answers = together(8, lambda: people.artist.get(path))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json_body["viewedAt"] for answer in answers}) == 1
    assert told()["viewed"] == 2


def test_what_is_over_is_not_opened_any_more(people: People) -> None:
    path = people.has_asked()
    people.client.post(f"{path}/cancel", json={})
    assert people.artist.get(path).json_body["viewedAt"] is None


# ---- answering ---------------------------------------------------------------------------------


def test_the_artists_first_message_answers(people: People, clock: TimeMachineFixture) -> None:
    paths = [people.has_asked(), people.has_asked()]
    other = people.has_asked(people.other_client)
    clock.shift(60)
    writes(CLIENT)
    card = {"artistId": ARTIST, "clientId": CLIENT, "senderId": None}
    hear("message.created", card | {"createdAt": MONDAY + timedelta(days=1)})
    writes(ARTIST, OTHER_ARTIST)
    writes(ARTIST, client=OTHER_ARTIST)
    assert {status(path) for path in (*paths, other)} == {"pending"}
    writes(ARTIST)
    writes(ARTIST)
    assert [status(path) for path in (*paths, other)] == ["responded", "responded", "pending"]
    assert kept(paths[0]).responded_at == MONDAY + timedelta(minutes=1)
    assert told()["responded"] == 2
    assert people.client.get(paths[0]).json_body["expiresAt"] is None


def test_what_was_written_before_it_was_asked_is_no_answer(
    people: People, clock: TimeMachineFixture
) -> None:
    before = shared_clock.now()
    clock.shift(1)
    path = people.has_asked()
    writes(ARTIST, at=before)
    assert status(path) == "pending"


def test_the_artist_declines_with_a_reason(people: People) -> None:
    path = people.has_asked()
    assert people.artist.post(f"{path}/decline", json={}).status_code == 422
    assert people.artist.post(f"{path}/decline", json={"reason": " "}).status_code == 422
    answer = people.artist.post(f"{path}/decline", json=NO)
    assert answer.json_body["status"] == "declined"
    seen = people.client.get(path).json_body
    assert (seen["reason"], seen["closedBy"]) == (NO["reason"], "artist")
    (fact,) = outbox("consultation.declined")
    assert (fact.data["reason"], fact.data["by"]) == (NO["reason"], "artist")
    assert refused(people.artist.post(f"{path}/decline", json=NO)) == (409, "wrong_status")


def test_the_client_takes_it_back(people: People) -> None:
    path = people.has_asked()
    writes(ARTIST)
    assert people.client.post(f"{path}/cancel", json={}).json_body["status"] == "cancelled"
    assert outbox("consultation.cancelled")[0].data["by"] == "client"


def test_each_side_has_its_own_ways(people: People) -> None:
    path = people.has_asked()
    assert refused(people.client.post(f"{path}/decline", json=NO)) == (403, "forbidden")
    assert refused(people.artist.post(f"{path}/cancel", json={})) == (403, "forbidden")
    assert refused(people.client.get(f"{path}/proposal-draft")) == (403, "forbidden")
    assert status(path) == "pending"


# ---- putting away ------------------------------------------------------------------------------


def test_what_is_over_is_put_away_for_oneself(people: People) -> None:
    path = people.has_asked()
    assert refused(people.artist.post(f"{path}/archive")) == (409, "wrong_status")
    people.artist.post(f"{path}/decline", json=NO)
    for _ in range(2):
        assert people.artist.post(f"{path}/archive").json_body["archived"] is True
    seen = people.client.get(path).json_body
    assert (seen["archived"], seen["status"]) == (False, "declined")
    (fact,) = outbox("consultation.archived")
    assert (fact.data["by"], fact.data["status"]) == ("artist", "declined")
    people.client.post(f"{path}/archive")
    assert told()["archived"] == 2
    assert counts_are_right()


# ---- proposals and sittings --------------------------------------------------------------------


def sent(path: str) -> Callable[[], Any]:
    return lambda: hear("proposal.sent", proposal(path))


def accepted(path: str) -> Callable[[], Any]:
    return lambda: hear("proposal.accepted", proposal(path))


def test_a_proposal_answers_and_its_acceptance_schedules(people: People) -> None:
    path = people.has_asked()
    sent(path)()
    assert (status(path), kept(path).proposal_id) == ("responded", "prp_1")
    accepted(path)()
    seen = people.client.get(path).json_body
    assert (seen["status"], seen["proposalId"]) == ("scheduled", "prp_1")
    assert seen["appointmentIds"] == ["apt_1", "apt_2"]
    answer = people.client.post(f"{path}/cancel", json={})
    assert refused(answer) == (409, "wrong_status")
    assert "appointments can be cancelled" in answer.json_body["detail"]
    over("completed", "apt_1")
    assert status(path) == "scheduled"
    over("cancelled", "apt_2")
    assert status(path) == "completed"
    assert told() == {"requested": 1, "responded": 1, "scheduled": 1, "completed": 1}
    assert counts_are_right()


def test_in_whatever_order_it_is_heard_it_ends_alike(people: People) -> None:
    endings = itertools.cycle([("completed", "completed"), ("no_show", "cancelled")])
    for order, (first, expected) in zip(itertools.permutations(range(4)), endings, strict=False):
        in_memory.clear("consultations")
        people.are_known()
        path = people.has_asked()
        facts = [
            sent(path),
            accepted(path),
            partial(over, first, "apt_1"),
            partial(over, "no_show", "apt_2"),
        ]
        for position in order:
            facts[position]()
        assert status(path) == expected, order
        before = kept(path)
        for fact in facts:  # and all of it once more
            fact()
        assert kept(path) == before, order
        assert told()["scheduled"] == told()[expected] == 1


def test_an_answered_one_remembers_its_newest_proposal(people: People) -> None:
    path = people.has_asked()
    writes(ARTIST)
    for proposal_id in ("prp_1", "prp_2", "prp_1"):
        hear("proposal.sent", proposal(path, proposal_id))
    assert (status(path), kept(path).proposal_id) == ("responded", "prp_2")
    assert told()["responded"] == 1
    hear("proposal.accepted", proposal(path, "prp_1"))  # the client takes the older one
    assert (status(path), kept(path).proposal_id) == ("scheduled", "prp_1")
    hear("proposal.accepted", proposal(path, "prp_2", appointmentIds=["apt_3"]))
    over("completed", "apt_3", "prp_2")
    assert (status(path), kept(path).proposal_id) == ("scheduled", "prp_1")


@pytest.mark.parametrize("stranger", [{"artistId": OTHER_ARTIST}, {"clientId": OTHER_CLIENT}])
def test_nobody_moves_a_consultation_of_others_by_naming_it(
    people: People, stranger: dict[str, Any]
) -> None:
    path = people.has_asked()
    for type_ in ("proposal.sent", "proposal.accepted"):
        hear(type_, proposal(path, **stranger))
    assert status(path) == "pending"


def test_proposals_without_consultation_are_nothing_to_us(people: People) -> None:
    path = people.has_asked()
    data = {"proposalId": "prp_1", "artistId": ARTIST, "clientId": CLIENT}
    for more in ({}, {"consultationId": None}, {"consultationId": "cns_none"}):
        hear("proposal.sent", data | more)
        hear("proposal.accepted", {**data, **more, "appointmentIds": ["apt_1"]})
    over("completed", "apt_1")
    over("completed", "apt_9", None)
    assert status(path) == "pending"


# ---- late events -------------------------------------------------------------------------------


def ended(people: People, how: str, clock: TimeMachineFixture) -> str:
    path = people.has_asked()
    match how:
        case "declined":
            people.artist.post(f"{path}/decline", json=NO)
        case "cancelled":
            people.client.post(f"{path}/cancel", json={})
        case "expired":
            clock.shift(timedelta(days=14))
            sweep()
        case "completed":
            accepted(path)()
            over("completed", "apt_1")
            over("completed", "apt_2")
    assert status(path) == how
    return path


@pytest.mark.parametrize("how", ["declined", "cancelled", "expired", "completed"])
def test_late_events_never_revive(people: People, clock: TimeMachineFixture, how: str) -> None:
    path = ended(people, how, clock)
    before = kept(path)
    writes(ARTIST)
    hear("proposal.sent", proposal(path, "prp_9"))
    hear("proposal.accepted", proposal(path, "prp_9", appointmentIds=["apt_9"]))
    over("completed", "apt_9", "prp_9")
    over("cancelled", "apt_1")
    clock.shift(timedelta(days=30))
    sweep()
    assert kept(path) == before
    assert refused(people.client.post(f"{path}/cancel", json={}))[0] == 409
    assert refused(people.artist.post(f"{path}/decline", json=NO))[0] == 409
    assert refused(people.artist.get(f"{path}/proposal-draft"))[0] == 409
    assert kept(path) == before


# ---- races -------------------------------------------------------------------------------------


def by_turns(*acts: Callable[[], Any]) -> Callable[[], Any]:
    """Does one of these after the other, each thread another."""
    turns = itertools.cycle(acts)

    def act() -> Any:
        return next(turns)()

    return act


def test_declining_and_taking_back_at_once_ends_it_once(people: People) -> None:
    people.artist.get(people.has_asked(people.other_client))  # makes what is made once
    for _ in range(3):
        path = people.has_asked()
        together(
            6,
            by_turns(
                partial(people.client.post, f"{path}/cancel", json={}),
                partial(people.artist.post, f"{path}/decline", json=NO),
            ),
        )
        assert status(path) in ("cancelled", "declined")
    assert told()["cancelled"] + told()["declined"] == 3
    assert counts_are_right()


def test_answering_and_taking_back_at_once_goes_by_the_table(people: People) -> None:
    writes(ARTIST)
    for _ in range(4):
        path = people.has_asked()
        cancel = partial(people.client.post, f"{path}/cancel", json={})
        together(6, by_turns(partial(writes, ARTIST), cancel))
        assert status(path) == "cancelled"  # from either status the client takes it back
    assert told()["cancelled"] == 4
    assert told()["responded"] <= 4
    assert counts_are_right()


# ---- random histories --------------------------------------------------------------------------

ACTS: dict[str, Callable[[People, str, TimeMachineFixture], Any]] = {
    "open": lambda people, path, _: people.artist.get(path),
    "look": lambda people, path, _: people.client.get(path),
    "decline": lambda people, path, _: people.artist.post(f"{path}/decline", json=NO),
    "cancel": lambda people, path, _: people.client.post(f"{path}/cancel", json={}),
    "artist archives": lambda people, path, _: people.artist.post(f"{path}/archive"),
    "client archives": lambda people, path, _: people.client.post(f"{path}/archive"),
    "artist writes": lambda _, path, __: writes(ARTIST),
    "client writes": lambda _, path, __: writes(CLIENT),
    "sent": lambda _, path, __: sent(path)(),
    "accepted": lambda _, path, __: accepted(path)(),
    "first over": lambda _, path, __: over("completed", "apt_1"),
    "second over": lambda _, path, __: over("no_show", "apt_2"),
    "days pass": lambda _, path, clock: clock.shift(timedelta(days=4)),
    "sweep": lambda *_: sweep(),
    "client deletes": lambda *_: hear("user.deleted", {"userId": CLIENT}),
    "artist deletes": lambda *_: hear("user.deleted", {"userId": ARTIST}),
}
STEPS = {(before, then) for (before, _, _), then in TRANSITIONS.items()}


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.sampled_from(sorted(ACTS)), min_size=4, max_size=12))
def test_whatever_happens_goes_by_the_table(
    people: People, clock: TimeMachineFixture, acts: list[str]
) -> None:
    in_memory.clear("consultations")
    in_memory.clear("limits")
    clock.move_to(MONDAY, tick=False)
    people.are_known()
    path = people.has_asked()
    last = kept(path)
    for act in acts:
        ACTS[act](people, path, clock)
        now = kept(path)
        if now != last:
            # A deleted account's consultation is cancelled first and then erased.
            assert now.status == last.status or (last.status, now.status) in STEPS, act
            assert now.version > last.version
            last = now
        assert counts_are_right(), act
    told_statuses = [event.data["status"] for event in outbox()]
    assert len(set(told_statuses) - {one.value for one in OPEN | {Status.SCHEDULED}}) <= 1
