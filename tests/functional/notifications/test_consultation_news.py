"""What people are told of consultations, in which words, and what is too late to tell."""

import pytest

from tests.functional.notifications.bookings import ARTIST, CLIENT, consultation, mail, told
from tests.functional.notifications.world import World


@pytest.fixture
def people(world: World) -> World:
    """A world in which the artist and the client are known."""
    world.know(ARTIST, name="Mara Voss")
    world.know(CLIENT, name="Ada Byron")
    return world


def test_the_artist_reads_who_asks_what(people: World) -> None:
    people.hear("consultation.requested", consultation(subject="A swallow\r\nBcc: all"))
    sent = mail(people, ARTIST)
    assert sent.subject == "Ada Byron asks you: A swallow Bcc: all"


@pytest.mark.parametrize(
    ("type_", "changes", "what"),
    [
        ("declined", {"by": "artist", "status": "declined"}, "was declined"),
        ("expired", {"by": "artist", "status": "expired"}, "was not answered in time"),
        ("cancelled", {"by": "artist", "status": "cancelled"}, "was cancelled"),
    ],
)
def test_the_other_side_reads_what_became_of_it(
    people: World, type_: str, changes: dict[str, str], what: str
) -> None:
    data = consultation(recordVersion=2, reason="I do not tattoo hands.", **changes)
    people.hear(f"consultation.{type_}", data)
    sent = mail(people, CLIENT)
    assert sent.subject == f"A request {what}: A swallow"
    assert "I do not tattoo hands." in sent.text


def test_what_is_over_is_not_asked_for_any_more(people: World) -> None:
    people.hear("consultation.cancelled", consultation(status="cancelled", recordVersion=3))
    people.hear("consultation.nudged", consultation(by="system", recordVersion=2))
    people.hear("consultation.requested", consultation())
    assert told(people) == [(ARTIST, "consultation-ended")]


def test_erased_words_are_told_as_none(people: World) -> None:
    data = consultation(subject="", status="cancelled", by="system", recordVersion=4)
    people.hear("consultation.cancelled", data)
    assert mail(people, ARTIST).subject == "A request was cancelled: a consultation"
