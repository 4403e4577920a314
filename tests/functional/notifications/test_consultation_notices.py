"""Notices of consultations: their texts and order."""

import pytest

from tests.functional.notifications.event_data import ARTIST, CLIENT, consultation, mail, notified
from tests.functional.notifications.world import World


@pytest.fixture
def people(world: World) -> World:
    """A world with an artist and a client."""
    world.add_contact(ARTIST, name="Mara Voss")
    world.add_contact(CLIENT, name="Ada Byron")
    return world


def test_the_artist_is_notified_of_client_and_subject(people: World) -> None:
    people.consume("consultation.requested", consultation(subject="A swallow\r\nBcc: all"))
    sent = mail(people, ARTIST)
    assert sent.subject == '"Ada Byron" asks you: the client\'s "A swallow Bcc: all"'


@pytest.mark.parametrize(
    ("type_", "changes", "outcome"),
    [
        ("declined", {"by": "artist", "status": "declined"}, "was declined"),
        ("expired", {"by": "artist", "status": "expired"}, "was not answered in time"),
        ("cancelled", {"by": "artist", "status": "cancelled"}, "was cancelled"),
    ],
)
def test_the_other_side_is_notified_of_the_outcome(
    people: World, type_: str, changes: dict[str, str], outcome: str
) -> None:
    data = consultation(recordVersion=2, reason="I do not tattoo hands.", **changes)
    people.consume(f"consultation.{type_}", data)
    sent = mail(people, CLIENT)
    assert sent.subject == f'A request {outcome}: your "A swallow"'
    assert '"I do not tattoo hands."' in sent.text


def test_an_ended_consultation_is_not_announced_any_more(people: World) -> None:
    people.consume("consultation.cancelled", consultation(status="cancelled", recordVersion=3))
    people.consume("consultation.nudged", consultation(by="system", recordVersion=2))
    people.consume("consultation.requested", consultation())
    assert notified(people) == [(ARTIST, "consultation-ended")]


def test_an_erased_subject_is_replaced(people: World) -> None:
    data = consultation(subject="", status="cancelled", by="system", recordVersion=4)
    people.consume("consultation.cancelled", data)
    assert mail(people, ARTIST).subject == "A request was cancelled: a consultation"
