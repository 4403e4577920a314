"""The clients that an artist may write to."""

from typing import Any

import pytest

from notifications import consumers
from notifications.models import Channel, DeliveryStatus, EmailContent
from notifications.store import artist_clients, user_pairs
from shared.events.domain_events import DomainEvent
from tests.functional.notifications.event_data import ARTIST, CLIENT, appointment, proposal
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
    """A world with an artist and a client."""
    world.add_contact(ARTIST)
    world.add_contact(CLIENT)
    return world


def may_write(world: World, to: str = CLIENT, by: str = ARTIST) -> bool:
    """Check whether the artist's mail is accepted."""
    answer = world.as_user(by, "artist").post("/v1/notifications/email", json=MAIL | {"userId": to})
    assert answer.status_code in (202, 403)
    return answer.status_code == 202


@pytest.mark.parametrize(
    "events",
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
def test_a_client_who_booked_and_was_confirmed_can_be_written_to(
    people: World, events: list[tuple[str, dict[str, Any]]]
) -> None:
    assert not may_write(people)
    for type_, data in events:
        people.consume(type_, data)
    assert may_write(people)


@pytest.mark.parametrize(
    "events",
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
        # One appointment was booked by the client, another one was confirmed.
        [ANSWERED[0], ("appointment.confirmed", appointment(appointmentId="apt_2", by="artist"))],
        [("proposal.sent", proposal())],
        [("proposal.sent", proposal()), ("proposal.declined", proposal(recordVersion=2))],
        [("proposal.sent", proposal()), ("proposal.expired", proposal(recordVersion=2))],
        [(type_, data | {"artistId": "usr_other"}) for type_, data in DIRECT],
        [(type_, data | {"clientId": "usr_other"}) for type_, data in DIRECT],
    ],
)
def test_nobody_becomes_a_client_by_what_the_artist_does_alone(
    people: World, events: list[tuple[str, dict[str, Any]]]
) -> None:
    people.add_contact("usr_other")
    for type_, data in events:
        people.consume(type_, data)
    assert not may_write(people)


def test_a_walk_in_without_an_account_is_not_stored(people: World) -> None:
    for type_, data in DIRECT:
        people.consume(type_, data | {"clientId": None})
    assert people.database.acquaintances.count_documents({}) == 0


def test_an_artist_can_send_to_a_client_by_id_but_not_by_address(people: World) -> None:
    people.add_contact(CLIENT, phone=PHONE)
    people.subscribe(people.as_user(CLIENT), "ada")
    artist_clients.add(ARTIST, CLIENT)
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


def test_what_an_artist_writes_is_marked_as_theirs_in_every_channel(people: World) -> None:
    people.add_contact(CLIENT, phone=PHONE)
    people.add_contact(ARTIST, name='Artist Booking" http://evil.example/x')
    people.subscribe(people.as_user(CLIENT), "ada")
    artist_clients.add(ARTIST, CLIENT)
    mara = people.as_user(ARTIST, "artist")
    urgent = {"subject": "URGENT, see http://evil.example/x", "text": "Your account is locked."}
    people.post(mara, "send", urgent | {"userId": CLIENT})
    for channel in Channel:
        assert people.work(channel) == 0
    (mail,), (sms,), (push,) = (people.messages(channel) for channel in Channel)
    name = '"Artist Booking\' ..."'
    assert mail["subject"] == push["title"] == f"From {name}: URGENT, see ..."
    assert mail["text"].startswith(f"A message from {name}:\n\nYour account")
    assert sms["text"] == f"From {name}: Your account is locked."
    too_long = {"text": "x" * 1_600, "userId": CLIENT}
    assert people.errors(mara, "sms", too_long).keys() == {"body.text"}


def test_a_template_of_an_artist_is_marked_as_theirs(people: World) -> None:
    artist_clients.add(ARTIST, CLIENT)
    people.add_contact(ARTIST, name="Mara <Voss>")
    body = {"template": "welcome", "variables": {"name": "Ada"}, "userId": CLIENT}
    people.post(people.as_user(ARTIST, "artist"), "email", body)
    content = people.delivery().content
    assert isinstance(content, EmailContent)
    assert content.html
    assert "<main>\n<p>A message from &quot;Mara &lt;Voss&gt;&quot;:</p>" in content.html


def test_only_the_artist_can_send_to_the_client(people: World) -> None:
    artist_clients.add(ARTIST, CLIENT)
    assert may_write(people)
    assert not may_write(people, to=ARTIST, by=CLIENT)
    demoted = people.as_user(ARTIST, "client")
    people.post(demoted, "email", MAIL | {"userId": CLIENT}, 403)


def test_a_client_without_a_contact_yet_is_a_wrong_field(world: World) -> None:
    artist_clients.add(ARTIST, CLIENT)
    mara = world.as_user(ARTIST, "artist")
    assert world.errors(mara, "email", MAIL | {"userId": CLIENT}).keys() == {"body.userId"}


def test_a_client_is_stored_once(people: World) -> None:
    for number in range(3):
        for type_, data in DIRECT:
            people.consume(type_, data | {"appointmentId": f"apt_{number}"})
    people.consume("proposal.accepted", proposal(recordVersion=2))
    assert people.database.acquaintances.count_documents({}) == 1


@pytest.mark.parametrize("user_id", [ARTIST, CLIENT])
def test_the_client_is_deleted_when_one_of_the_two_is_erased(people: World, user_id: str) -> None:
    artist_clients.add(ARTIST, CLIENT)
    artist_clients.add("usr_other", "usr_somebody")
    people.consume("user.deleted", {"userId": user_id})
    ids = [document["_id"] for document in people.database.acquaintances.find()]
    assert ids == ["usr_other usr_somebody"]


@pytest.mark.parametrize("user_id", [ARTIST, CLIENT])
@pytest.mark.parametrize("events", [DIRECT, [("proposal.accepted", proposal(recordVersion=2))]])
def test_a_late_event_does_not_restore_an_erased_client(
    people: World, user_id: str, events: list[tuple[str, dict[str, Any]]]
) -> None:
    people.consume("user.deleted", {"userId": user_id})
    for type_, data in events:
        people.consume(type_, data)
    assert people.database.acquaintances.count_documents({}) == 0


def test_a_client_who_is_erased_at_the_same_moment_is_not_stored(
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
    build_id = user_pairs.build_id

    def build_id_during_erasure(artist_id: str, client_id: str) -> str:
        consumers.handle(event, people.now)
        return build_id(artist_id, client_id)

    monkeypatch.setattr(user_pairs, "build_id", build_id_during_erasure)
    artist_clients.add(ARTIST, CLIENT)
    assert people.database.acquaintances.count_documents({}) == 0


def test_the_check_costs_an_artist_two_reads_and_a_client_none(people: World) -> None:
    for role, commands in (("artist", ["find"]), ("client", [])):
        person = people.as_user("usr_eve", role)
        people.post(person, "email", MAIL | {"userId": CLIENT}, 403)
        COMMANDS.clear()
        people.post(person, "email", MAIL | {"userId": CLIENT}, 403)
        assert commands == COMMANDS
    artist_clients.add(ARTIST, CLIENT)
    COMMANDS.clear()
    people.post(people.as_user(ARTIST, "artist"), "email", MAIL | {"userId": CLIENT})
    # Whether the two know and do not block each other, both contacts, the artist's brand; the
    # version of the inbox, the entry and the delivery.
    assert COMMANDS == ["find", "find", "find", "find", "find", "update", "insert", "insert"]
    assert people.delivery().channel is Channel.EMAIL


def block(people: World, by: str, *, blocked: bool = True, version: int) -> None:
    """Consume that one of the two blocks the other, or no longer does."""
    change = {"artistId": ARTIST, "clientId": CLIENT, "conversationId": "cnv_1", "userId": by}
    people.consume(
        "conversation.block_changed", change | {"blocked": blocked, "recordVersion": version}
    )


@pytest.mark.parametrize("by", [ARTIST, CLIENT])
def test_nothing_is_sent_across_a_block(people: World, by: str) -> None:
    for type_, data in DIRECT:
        people.consume(type_, data)
    block(people, by, version=3)
    block(people, by, blocked=False, version=2)  # late
    artist = people.as_user(ARTIST, "artist")
    answer = artist.post("/v1/notifications/email", json=MAIL | {"userId": CLIENT})
    assert (answer.status_code, answer.json_body["code"]) == (403, "blocked")
    block(people, by, blocked=False, version=4)
    assert may_write(people)


def test_what_was_requested_before_a_block_is_not_sent_after_it(people: World) -> None:
    for type_, data in DIRECT:
        people.consume(type_, data)
    artist = people.as_user(ARTIST, "artist")
    id_ = people.post(artist, "email", MAIL | {"userId": CLIENT})["id"]
    block(people, CLIENT, version=1)
    assert people.work("email") == 0
    delivery = people.delivery(id_)
    assert (delivery.status, delivery.reason) == (DeliveryStatus.SUPPRESSED, "blocked")


def test_an_admin_reaches_everybody_across_blocks(people: World) -> None:
    block(people, CLIENT, version=1)
    admin = people.as_user(ARTIST, "admin")
    answer = admin.post("/v1/notifications/email", json=MAIL | {"userId": CLIENT})
    assert answer.status_code == 202
