"""Changes of a consultation by its parties, by time, and by events of other features."""

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
from consultations.models import OPEN_STATUSES, ConsultationStatus
from consultations.rules.transitions import TRANSITIONS
from shared.platform import clock as shared_clock
from tests.functional.consultations.people import (
    ARTIST,
    CLIENT,
    MONDAY,
    OTHER_ARTIST,
    OTHER_CLIENT,
    People,
    are_counts_consistent,
    count_published,
    end_sitting,
    outbox,
    proposal_data,
    publish,
    send_message,
    status,
    stored,
    sweep,
)
from tests.support import moto_items
from tests.support.responses import refused
from tests.support.threads import together

NO = {"reason": "I do not tattoo hands."}


# ---- viewing -----------------------------------------------------------------------------------


def test_viewed_at_is_set_by_the_artists_first_view(
    people: People, clock: TimeMachineFixture
) -> None:
    path = people.create_consultation()
    assert people.client.get(path).json_body["viewedAt"] is None
    clock.shift(60)
    seen = people.artist.get(path).json_body
    clock.shift(60)
    assert people.artist.get(path).json_body["viewedAt"] == seen["viewedAt"]
    assert people.client.get(path).json_body["viewedAt"] == "2026-03-02T08:01:00Z"
    assert seen["status"] == "pending"
    assert count_published()["viewed"] == 1


def test_many_concurrent_views_are_recorded_once(people: People) -> None:
    people.artist.get(people.create_consultation())  # warms up clients and caches
    path = people.create_consultation()
    answers = together(8, lambda: people.artist.get(path))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json_body["viewedAt"] for answer in answers}) == 1
    assert count_published()["viewed"] == 2


def test_viewed_at_is_not_set_once_it_is_over(people: People) -> None:
    path = people.create_consultation()
    people.client.post(f"{path}/cancel", json={})
    assert people.artist.get(path).json_body["viewedAt"] is None


# ---- responding --------------------------------------------------------------------------------


def test_the_artists_first_message_responds(people: People, clock: TimeMachineFixture) -> None:
    paths = [people.create_consultation(), people.create_consultation()]
    other = people.create_consultation(people.other_client)
    clock.shift(60)
    send_message(CLIENT)
    card = {"artistId": ARTIST, "clientId": CLIENT, "senderId": None}
    publish("message.created", card | {"createdAt": MONDAY + timedelta(days=1)})
    send_message(ARTIST, OTHER_ARTIST)
    send_message(ARTIST, client=OTHER_ARTIST)
    assert {status(path) for path in (*paths, other)} == {"pending"}
    send_message(ARTIST)
    send_message(ARTIST)
    assert [status(path) for path in (*paths, other)] == ["responded", "responded", "pending"]
    assert stored(paths[0]).responded_at == MONDAY + timedelta(minutes=1)
    assert count_published()["responded"] == 2
    assert people.client.get(paths[0]).json_body["expiresAt"] is None


def test_a_message_from_before_the_request_is_no_response(
    people: People, clock: TimeMachineFixture
) -> None:
    before = shared_clock.now()
    clock.shift(1)
    path = people.create_consultation()
    send_message(ARTIST, at=before)
    assert status(path) == "pending"


def test_the_artist_declines_with_a_reason(people: People) -> None:
    path = people.create_consultation()
    assert people.artist.post(f"{path}/decline", json={}).status_code == 422
    assert people.artist.post(f"{path}/decline", json={"reason": " "}).status_code == 422
    answer = people.artist.post(f"{path}/decline", json=NO)
    assert answer.json_body["status"] == "declined"
    seen = people.client.get(path).json_body
    assert (seen["reason"], seen["closedBy"]) == (NO["reason"], "artist")
    (event,) = outbox("consultation.declined")
    assert (event.data["reason"], event.data["by"]) == (NO["reason"], "artist")
    assert refused(people.artist.post(f"{path}/decline", json=NO)) == (409, "wrong_status")


def test_the_client_cancels(people: People) -> None:
    path = people.create_consultation()
    send_message(ARTIST)
    assert people.client.post(f"{path}/cancel", json={}).json_body["status"] == "cancelled"
    assert outbox("consultation.cancelled")[0].data["by"] == "client"


def test_each_side_has_its_own_actions(people: People) -> None:
    path = people.create_consultation()
    assert refused(people.client.post(f"{path}/decline", json=NO)) == (403, "forbidden")
    assert refused(people.artist.post(f"{path}/cancel", json={})) == (403, "forbidden")
    assert refused(people.client.get(f"{path}/proposal-draft")) == (403, "forbidden")
    assert status(path) == "pending"


# ---- archiving ---------------------------------------------------------------------------------


def test_each_side_archives_for_itself(people: People) -> None:
    path = people.create_consultation()
    assert refused(people.artist.post(f"{path}/archive")) == (409, "wrong_status")
    people.artist.post(f"{path}/decline", json=NO)
    for _ in range(2):
        assert people.artist.post(f"{path}/archive").json_body["archived"] is True
    seen = people.client.get(path).json_body
    assert (seen["archived"], seen["status"]) == (False, "declined")
    (event,) = outbox("consultation.archived")
    assert (event.data["by"], event.data["status"]) == ("artist", "declined")
    people.client.post(f"{path}/archive")
    assert count_published()["archived"] == 2
    assert are_counts_consistent()


# ---- proposals and sittings --------------------------------------------------------------------


def publish_sent(path: str) -> Callable[[], Any]:
    return lambda: publish("proposal.sent", proposal_data(path))


def publish_accepted(path: str) -> Callable[[], Any]:
    return lambda: publish("proposal.accepted", proposal_data(path))


def test_a_proposal_responds_and_its_acceptance_schedules(people: People) -> None:
    path = people.create_consultation()
    publish_sent(path)()
    assert (status(path), stored(path).proposal_id) == ("responded", "prp_1")
    publish_accepted(path)()
    seen = people.client.get(path).json_body
    assert (seen["status"], seen["proposalId"]) == ("scheduled", "prp_1")
    assert seen["appointmentIds"] == ["apt_1", "apt_2"]
    answer = people.client.post(f"{path}/cancel", json={})
    assert refused(answer) == (409, "wrong_status")
    assert "appointments can be cancelled" in answer.json_body["detail"]
    end_sitting("completed", "apt_1")
    assert status(path) == "scheduled"
    end_sitting("cancelled", "apt_2")
    assert status(path) == "completed"
    assert count_published() == {"requested": 1, "responded": 1, "scheduled": 1, "completed": 1}
    assert are_counts_consistent()


def test_events_in_any_order_lead_to_the_same_end(people: People) -> None:
    endings = itertools.cycle([("completed", "completed"), ("no_show", "cancelled")])
    for order, (first, expected) in zip(itertools.permutations(range(4)), endings, strict=False):
        moto_items.clear("consultations")
        people.publish_accounts()
        path = people.create_consultation()
        events: list[Callable[[], Any]] = [
            publish_sent(path),
            publish_accepted(path),
            partial(end_sitting, first, "apt_1"),
            partial(end_sitting, "no_show", "apt_2"),
        ]
        for position in order:
            events[position]()
        assert status(path) == expected, order
        before = stored(path)
        for publish_again in events:
            publish_again()
        assert stored(path) == before, order
        assert count_published()["scheduled"] == count_published()[expected] == 1


def test_the_newest_proposal_is_linked_until_one_is_accepted(people: People) -> None:
    path = people.create_consultation()
    send_message(ARTIST)
    for proposal_id in ("prp_1", "prp_2", "prp_1"):
        publish("proposal.sent", proposal_data(path, proposal_id))
    assert (status(path), stored(path).proposal_id) == ("responded", "prp_2")
    assert count_published()["responded"] == 1
    publish("proposal.accepted", proposal_data(path, "prp_1"))  # the client accepts the older one
    assert (status(path), stored(path).proposal_id) == ("scheduled", "prp_1")
    publish("proposal.accepted", proposal_data(path, "prp_2", appointmentIds=["apt_3"]))
    end_sitting("completed", "apt_3", "prp_2")
    assert (status(path), stored(path).proposal_id) == ("scheduled", "prp_1")


ENDINGS = {
    "declined": ("cancelled", "client"),
    "withdrawn": ("declined", "artist"),
    "expired": ("expired", "system"),
}


@pytest.mark.parametrize("mistake", ["completed", "no_show"])
def test_a_consultation_follows_the_correction_of_an_outcome(people: People, mistake: str) -> None:
    path = people.create_consultation()
    publish_accepted(path)()
    end_sitting("no_show", "apt_1")
    end_sitting(mistake, "apt_2")
    assert status(path) == ("completed" if mistake == "completed" else "cancelled")
    people.client.post(f"{path}/archive")
    end_sitting("corrected", "apt_2", version=3)
    shown = people.client.get(path).json_body
    assert (shown["status"], stored(path).closed_by, stored(path).archived_by) == (
        *("scheduled", None),
        (),
    )
    (event,) = outbox("consultation.reopened")
    assert (event.data["status"], event.data["by"]) == ("scheduled", "system")
    end_sitting("corrected", "apt_2", version=3)
    end_sitting("completed", "apt_2", version=4)
    assert (status(path), count_published()["reopened"]) == ("completed", 1)
    assert are_counts_consistent()


def test_corrections_in_any_order_lead_to_the_same_end(people: People) -> None:
    for order in itertools.permutations(range(4)):
        moto_items.clear("consultations")
        people.publish_accounts()
        path = people.create_consultation()
        data = proposal_data(path, appointmentIds=["apt_1"])
        acts: list[Callable[[], Any]] = [
            partial(publish, "proposal.accepted", data),
            partial(end_sitting, "completed", "apt_1", version=2),
            partial(end_sitting, "corrected", "apt_1", version=3),
            partial(end_sitting, "no_show", "apt_1", version=4),
        ]
        for position in order:
            acts[position]()
        assert status(path) == "cancelled", order
        assert are_counts_consistent()


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("sent_first", [True, False])
def test_the_end_of_its_proposal_ends_the_consultation_once(
    people: People, ending: str, sent_first: bool
) -> None:
    path = people.create_consultation()
    end = partial(publish, f"proposal.{ending}", proposal_data(path))
    for act in (publish_sent(path), end) if sent_first else (end, publish_sent(path)):
        act()
    expected, by = ENDINGS[ending]
    assert (status(path), stored(path).closed_by) == (expected, by)
    assert stored(path).proposal_id == "prp_1"
    before = stored(path)
    end()
    publish_sent(path)()
    assert stored(path) == before
    assert count_published()[expected] == 1
    assert are_counts_consistent()


def test_a_proposal_that_was_replaced_ends_nothing(people: People) -> None:
    path = people.create_consultation()
    publish_sent(path)()
    replaced = proposal_data(path, replacedBy="prp_2")
    publish("proposal.withdrawn", replaced)
    publish("proposal.sent", proposal_data(path, "prp_2"))
    publish("proposal.withdrawn", replaced)
    assert (status(path), stored(path).proposal_id) == ("responded", "prp_2")
    publish("proposal.expired", proposal_data(path))  # older, and from before it was replaced
    assert status(path) == "responded"
    publish("proposal.declined", proposal_data(path, "prp_2"))
    assert status(path) == "cancelled"


def test_a_declined_consultation_is_not_declined_again_by_its_proposal(people: People) -> None:
    path = people.create_consultation()
    publish_sent(path)()
    people.artist.post(f"{path}/decline", json=NO)
    publish("proposal.withdrawn", proposal_data(path))
    assert (status(path), stored(path).reason) == ("declined", NO["reason"])
    assert count_published()["declined"] == 1


@pytest.mark.parametrize("stranger", [{"artistId": OTHER_ARTIST}, {"clientId": OTHER_CLIENT}])
def test_a_proposal_of_other_parties_changes_nothing(
    people: People, stranger: dict[str, Any]
) -> None:
    path = people.create_consultation()
    for type_ in ("proposal.sent", "proposal.accepted", "proposal.declined"):
        publish(type_, proposal_data(path, **stranger))
    assert status(path) == "pending"


def test_proposals_without_a_consultation_change_nothing(people: People) -> None:
    path = people.create_consultation()
    data = {"proposalId": "prp_1", "artistId": ARTIST, "clientId": CLIENT}
    for more in ({}, {"consultationId": None}, {"consultationId": "cns_none"}):
        publish("proposal.sent", data | more)
        publish("proposal.accepted", {**data, **more, "appointmentIds": ["apt_1"]})
    end_sitting("completed", "apt_1")
    end_sitting("completed", "apt_9", None)
    assert status(path) == "pending"


# ---- late events -------------------------------------------------------------------------------


def create_ended(people: People, how: str, clock: TimeMachineFixture) -> str:
    path = people.create_consultation()
    match how:
        case "declined":
            people.artist.post(f"{path}/decline", json=NO)
        case "cancelled":
            people.client.post(f"{path}/cancel", json={})
        case "expired":
            clock.shift(timedelta(days=14))
            sweep()
        case "completed":
            publish_accepted(path)()
            end_sitting("completed", "apt_1")
            end_sitting("completed", "apt_2")
    assert status(path) == how
    return path


@pytest.mark.parametrize("how", ["declined", "cancelled", "expired", "completed"])
def test_late_events_never_reopen_a_consultation(
    people: People, clock: TimeMachineFixture, how: str
) -> None:
    path = create_ended(people, how, clock)
    before = stored(path)
    send_message(ARTIST)
    publish("proposal.sent", proposal_data(path, "prp_9"))
    publish("proposal.accepted", proposal_data(path, "prp_9", appointmentIds=["apt_9"]))
    end_sitting("completed", "apt_9", "prp_9")
    end_sitting("cancelled", "apt_1")
    clock.shift(timedelta(days=30))
    sweep()
    assert stored(path) == before
    assert refused(people.client.post(f"{path}/cancel", json={}))[0] == 409
    assert refused(people.artist.post(f"{path}/decline", json=NO))[0] == 409
    assert refused(people.artist.get(f"{path}/proposal-draft"))[0] == 409
    assert stored(path) == before


# ---- races -------------------------------------------------------------------------------------


def by_turns(*acts: Callable[[], Any]) -> Callable[[], Any]:
    """Return a function that performs these actions in turn."""
    turns = itertools.cycle(acts)

    def act() -> Any:
        return next(turns)()

    return act


def test_concurrent_declines_and_cancellations_end_it_once(people: People) -> None:
    other = people.create_consultation(people.other_client)
    people.artist.get(other)  # warms up clients and caches
    for _ in range(3):
        path = people.create_consultation()
        together(
            6,
            by_turns(
                partial(people.client.post, f"{path}/cancel", json={}),
                partial(people.artist.post, f"{path}/decline", json=NO),
            ),
        )
        assert status(path) in ("cancelled", "declined")
    assert count_published()["cancelled"] + count_published()["declined"] == 3
    assert are_counts_consistent()


def test_concurrent_responses_and_cancellations_follow_the_table(people: People) -> None:
    send_message(ARTIST)
    for _ in range(4):
        path = people.create_consultation()
        cancel = partial(people.client.post, f"{path}/cancel", json={})
        together(6, by_turns(partial(send_message, ARTIST), cancel))
        assert status(path) == "cancelled"  # the client can cancel in either status
    assert count_published()["cancelled"] == 4
    assert count_published()["responded"] <= 4
    assert are_counts_consistent()


# ---- random histories --------------------------------------------------------------------------

ACTS: dict[str, Callable[[People, str, TimeMachineFixture], Any]] = {
    "artist views": lambda people, path, _: people.artist.get(path),
    "client views": lambda people, path, _: people.client.get(path),
    "decline": lambda people, path, _: people.artist.post(f"{path}/decline", json=NO),
    "cancel": lambda people, path, _: people.client.post(f"{path}/cancel", json={}),
    "artist archives": lambda people, path, _: people.artist.post(f"{path}/archive"),
    "client archives": lambda people, path, _: people.client.post(f"{path}/archive"),
    "artist writes": lambda _, path, __: send_message(ARTIST),
    "client writes": lambda _, path, __: send_message(CLIENT),
    "sent": lambda _, path, __: publish_sent(path)(),
    "accepted": lambda _, path, __: publish_accepted(path)(),
    "expired": lambda _, path, __: publish("proposal.expired", proposal_data(path, "prp_2")),
    "first sitting ends": lambda _, path, __: end_sitting("completed", "apt_1"),
    "second sitting ends": lambda _, path, __: end_sitting("no_show", "apt_2"),
    "days pass": lambda _, path, clock: clock.shift(timedelta(days=4)),
    "sweep": lambda *_: sweep(),
    "client deletes account": lambda *_: publish("user.deleted", {"userId": CLIENT}),
    "artist deletes account": lambda *_: publish("user.deleted", {"userId": ARTIST}),
}
STEPS = {(before, after) for (before, _, _), after in TRANSITIONS.items()}


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.sampled_from(sorted(ACTS)), min_size=4, max_size=12))
def test_random_histories_follow_the_table(
    people: People, clock: TimeMachineFixture, acts: list[str]
) -> None:
    moto_items.clear("consultations")
    moto_items.clear("limits")
    clock.move_to(MONDAY, tick=False)
    people.publish_accounts()
    path = people.create_consultation()
    last = stored(path)
    for act in acts:
        ACTS[act](people, path, clock)
        now = stored(path)
        if now != last:
            # The consultation of a deleted account is cancelled first and then erased, and one
            # whose sittings were over before is completed as soon as it is scheduled.
            assert now.version > last.version
            reachable = {last.status}
            for _ in range(now.version - last.version):
                reachable |= {after for before, after in STEPS if before in reachable}
            assert now.status in reachable, act
            last = now
        assert are_counts_consistent(), act
    published_statuses = [event.data["status"] for event in outbox()]
    assert (
        len(
            set(published_statuses)
            - {status.value for status in OPEN_STATUSES | {ConsultationStatus.SCHEDULED}}
        )
        <= 1
    )
