"""Whom an artist may write to: clients who agreed to work with them, and nobody else."""

from typing import Any

import pytest

from notifications import consumers
from notifications.models import Channel
from notifications.store import relations
from shared.events.domain_events import DomainEvent
from tests.functional.notifications.bookings import ARTIST, CLIENT, appointment, proposal
from tests.functional.notifications.world import World
from tests.support.mongo import COMMANDS

MAIL = {"subject": "Hello", "text": "There."}
PHONE = "+61491570156"
DIRECT = [("appointment.created", appointment()), ("appointment.confirmed", appointment())]
ANSWERED = [
    ("appointment.created", appointment(status="pending")),
    ("appointment.confirmed", appointment(by="artist", recordVersion=2)),
]


@pytest.fixture
def people(world: World) -> World:
    """A world in which the artist and the client are known."""
    world.know(ARTIST)
    world.know(CLIENT)
    return world


def may_write(world: World, to: str = CLIENT, by: str = ARTIST) -> bool:
    """Whether the artist's mail is accepted."""
    answer = world.as_user(by, "artist").post("/v1/notifications/email", json=MAIL | {"userId": to})
    assert answer.status_code in (202, 403)
    return answer.status_code == 202


@pytest.mark.parametrize(
    "facts",
    [
        DIRECT,
        DIRECT[::-1],
        ANSWERED,
        ANSWERED[::-1],
        [ANSWERED[0], ("appointment.rescheduled", appointment(recordVersion=3)), ANSWERED[1]],
        [("appointment.cancelled", appointment(recordVersion=3)), *DIRECT],
        [("proposal.accepted", proposal(recordVersion=2))],
    ],
    ids=[
        *("direct", "direct, reversed", "answered", "answered, reversed"),
        *("moved meanwhile", "cancelled already", "proposal"),
    ],
)
def test_an_artist_works_with_a_client_who_agreed(
    people: World, facts: list[tuple[str, dict[str, Any]]]
) -> None:
    assert not may_write(people)
    for type_, data in facts:
        people.hear(type_, data)
    assert may_write(people)


@pytest.mark.parametrize(
    "facts",
    [
        [],
        DIRECT[:1],
        DIRECT[1:],
        ANSWERED[:1],
        ANSWERED[1:],
        [(type_, data | {"by": "artist"}) for type_, data in DIRECT],
        [(type_, data | {"by": "system"}) for type_, data in DIRECT],
        [
            ("appointment.created", appointment(by="artist", status="pending")),
            ("appointment.confirmed", appointment(by="artist", recordVersion=2)),
            ("appointment.rescheduled", appointment(by="client", recordVersion=3)),
        ],
        [ANSWERED[0], ("appointment.declined", appointment(by="artist", recordVersion=2))],
        [ANSWERED[0], ("appointment.expired", appointment(by="system", recordVersion=2))],
        # The one was booked by the client, the other was agreed.
        [ANSWERED[0], ("appointment.confirmed", appointment(appointmentId="apt_2", by="artist"))],
        [("proposal.sent", proposal())],
        [("proposal.sent", proposal()), ("proposal.declined", proposal(recordVersion=2))],
        [("proposal.sent", proposal()), ("proposal.expired", proposal(recordVersion=2))],
        [(type_, data | {"artistId": "usr_other"}) for type_, data in DIRECT],
        [(type_, data | {"clientId": "usr_other"}) for type_, data in DIRECT],
    ],
)
def test_an_artist_alone_gets_to_know_nobody(
    people: World, facts: list[tuple[str, dict[str, Any]]]
) -> None:
    for type_, data in facts:
        people.hear(type_, data)
    assert not may_write(people)


def test_somebody_without_account_is_nobody_to_know(people: World) -> None:
    for type_, data in DIRECT:
        people.hear(type_, data | {"clientId": None})
    assert people.database.acquaintances.count_documents({}) == 0


def test_an_artist_reaches_a_client_by_every_route_but_not_by_address(people: World) -> None:
    people.know(CLIENT, phone=PHONE)
    people.subscribe(people.as_user(CLIENT), "ada")
    relations.acquaint(ARTIST, CLIENT)
    mara = people.as_user(ARTIST, "artist")
    for path, body in [
        ("email", MAIL),
        ("sms", {"text": "Hi"}),
        ("push", {"title": "Hi", "body": "Hi"}),
        ("send", {"text": "Hi"}),
    ]:
        people.post(mara, path, body | {"userId": CLIENT})
    people.post(mara, "email", MAIL | {"to": "ada@example.com"}, 403)
    people.post(mara, "sms", {"text": "Hi", "to": PHONE}, 403)
    assert {delivery.recipient_id for delivery in people.deliveries()} == {CLIENT}
    assert {delivery.requester_id for delivery in people.deliveries()} == {ARTIST}
    sent = mara.get(f"/v1/notifications/{people.deliveries()[0].notification_id}").json_body
    assert sent["deliveries"][0]["to"] == "a…@example.com"


def test_it_goes_one_way_and_for_artists_only(people: World) -> None:
    relations.acquaint(ARTIST, CLIENT)
    assert may_write(people)
    assert not may_write(people, to=ARTIST, by=CLIENT)
    demoted = people.as_user(ARTIST, "client")
    people.post(demoted, "email", MAIL | {"userId": CLIENT}, 403)


def test_a_client_who_is_not_known_by_an_address_yet_is_named(world: World) -> None:
    relations.acquaint(ARTIST, CLIENT)
    mara = world.as_user(ARTIST, "artist")
    assert world.errors(mara, "email", MAIL | {"userId": CLIENT}).keys() == {"body.userId"}


def test_it_is_kept_once(people: World) -> None:
    for number in range(3):
        for type_, data in DIRECT:
            people.hear(type_, data | {"appointmentId": f"apt_{number}"})
    people.hear("proposal.accepted", proposal(recordVersion=2))
    assert people.database.acquaintances.count_documents({}) == 1


@pytest.mark.parametrize("user_id", [ARTIST, CLIENT])
def test_it_goes_with_either_of_them(people: World, user_id: str) -> None:
    relations.acquaint(ARTIST, CLIENT)
    relations.acquaint("usr_other", "usr_somebody")
    people.hear("user.deleted", {"userId": user_id})
    kept = [document["_id"] for document in people.database.acquaintances.find()]
    assert kept == ["usr_other usr_somebody"]


@pytest.mark.parametrize("user_id", [ARTIST, CLIENT])
@pytest.mark.parametrize("facts", [DIRECT, [("proposal.accepted", proposal(recordVersion=2))]])
def test_a_late_event_does_not_bring_it_back(
    people: World, user_id: str, facts: list[tuple[str, dict[str, Any]]]
) -> None:
    people.hear("user.deleted", {"userId": user_id})
    for type_, data in facts:
        people.hear(type_, data)
    assert people.database.acquaintances.count_documents({}) == 0


def test_who_is_erased_at_that_very_moment_is_not_kept(
    people: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = DomainEvent(
        id="evt_deleted",
        source="/artist-booking/auth",
        type="user.deleted",
        subject=CLIENT,
        time=people.now,
        data={"userId": CLIENT},
    )
    pair_id = relations._pair_id

    def erased_meanwhile(artist_id: str, client_id: str) -> str:
        consumers.handle(event, people.now)
        return pair_id(artist_id, client_id)

    monkeypatch.setattr(relations, "_pair_id", erased_meanwhile)
    relations.acquaint(ARTIST, CLIENT)
    assert people.database.acquaintances.count_documents({}) == 0


def test_asking_costs_an_artist_one_read_and_a_client_none(people: World) -> None:
    for role, commands in (("artist", ["find"]), ("client", [])):
        person = people.as_user("usr_eve", role)
        people.post(person, "email", MAIL | {"userId": CLIENT}, 403)
        COMMANDS.clear()
        people.post(person, "email", MAIL | {"userId": CLIENT}, 403)
        assert commands == COMMANDS
    relations.acquaint(ARTIST, CLIENT)
    COMMANDS.clear()
    people.post(people.as_user(ARTIST, "artist"), "email", MAIL | {"userId": CLIENT})
    assert COMMANDS == ["find", "find", "insert", "insert"]
    assert people.delivery().channel is Channel.EMAIL
