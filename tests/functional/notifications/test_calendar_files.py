"""The calendar files of mails about accepted proposals and of reminders."""

from typing import Any

import pytest

from notifications.models import Invitation
from tests.functional.notifications import event_data
from tests.functional.notifications.event_data import ARTIST, CLIENT, proposal
from tests.functional.notifications.world import World

ACCEPTED = proposal(
    endsAt=["2026-10-22T11:00:00Z", "2026-10-29T12:00:00Z"],
    places=[
        {"location": "1 Main Street", "timeZone": "Europe/Berlin"},
        {"location": "2 Side Street", "timeZone": "Europe/Berlin"},
    ],
    recordVersion=2,
)


@pytest.fixture
def people(world: World) -> World:
    world.add_contact(ARTIST, name="Mara")
    world.add_contact(CLIENT, name="Ada")
    return world


def accept(people: World, **changes: Any) -> Invitation | None:
    people.consume("proposal.accepted", ACCEPTED | changes)
    return event_data.mail(people, ARTIST).invitation


def test_an_accepted_proposal_brings_all_sittings(people: World) -> None:
    invitation = accept(people)
    assert invitation is not None
    assert invitation.method == "PUBLISH"
    events = (invitation.event, *invitation.others)
    assert [event.uid for event in events] == ["apt_1@artist-booking", "apt_2@artist-booking"]
    assert [event.location for event in events] == ["1 Main Street", "2 Side Street"]
    assert {event.summary for event in events} == {'Back piece with "Ada"'}
    assert people.work("email") == 0
    (mail,) = people.messages("email", to="mara@example.com")
    assert "appointment.ics" in str(mail)


def test_one_sitting_is_a_request(people: World) -> None:
    one = {"startsAt": ["2026-10-22T08:00:00Z"], "endsAt": ["2026-10-22T11:00:00Z"]}
    invitation = accept(people, **one, places=[], appointmentIds=["apt_1"])
    assert invitation is not None
    assert (invitation.method, invitation.others) == ("REQUEST", ())


def test_an_event_from_before_it_had_ends_brings_no_file(people: World) -> None:
    assert accept(people, endsAt=[]) is None
