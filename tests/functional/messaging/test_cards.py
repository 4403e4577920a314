"""Cards: posted by events only, once each; deposit instructions."""

from typing import Any

import pytest

from messaging import consumers
from messaging.models import Message
from tests.functional.messaging.faults import Crash, failing_at
from tests.functional.messaging.world import (
    ARTIST,
    CLIENT,
    OTHER_ARTIST,
    OTHER_CLIENT,
    PATH,
    World,
    card,
    errors,
    event_of,
    ok,
)
from tests.support.threads import together

PAIR = {"artistId": ARTIST, "clientId": CLIENT}
CARDS: dict[str, tuple[dict[str, Any], str, tuple[str, str]]] = {
    "consultation.requested": (
        {"consultationId": "cns_1", **PAIR, "subject": "A fox", "files": ["fil_1"]},
        "consultation",
        ("consultation", "cns_1"),
    ),
    "proposal.sent": ({"proposalId": "prp_1", **PAIR}, "proposal", ("proposal", "prp_1")),
    "deposit.requested": (
        {"appointmentId": "apt_1", **PAIR, "amount": 9000, "currency": "EUR"},
        "deposit_request",
        ("appointment", "apt_1"),
    ),
    "policy.accepted": (
        {"acceptanceId": "acc_1", "artistId": ARTIST, "userId": CLIENT, "number": 1},
        "policy",
        ("policy_acceptance", "acc_1"),
    ),
    "appointment.confirmed": (
        {"appointmentId": "apt_1", **PAIR, "location": "Here 1"},
        "appointment_confirmed",
        ("appointment", "apt_1"),
    ),
}
DEPOSIT = CARDS["deposit.requested"][0]


@pytest.fixture
def known(world: World) -> World:
    """Return a world in which the artist and the client are known and have no conversation."""
    world.introduce(ARTIST, "artist", "Ari Artist")
    world.introduce(CLIENT, "client", "Cleo Client")
    return world


def select_conversation(world: World) -> None:
    """Make the only conversation the one of the world."""
    (found,) = world.database.conversations.find({})
    world.cid = found["_id"]


def cards(world: World) -> list[Message]:
    select_conversation(world)
    return world.messages()


@pytest.mark.parametrize("type_", CARDS)
def test_an_event_posts_its_card_once(known: World, type_: str) -> None:
    data, kind, (refer_kind, refer_id) = CARDS[type_]
    event = known.consume(type_, data)
    known.redeliver(event)
    known.consume(type_, data)  # published again, under another event id
    (posted,) = cards(known)
    assert posted.type == kind
    assert posted.refer is not None
    assert (posted.refer.kind, posted.refer.id) == (refer_kind, refer_id)
    assert posted.sender_id is posted.author_id is posted.client_message_id is None
    assert posted.content == ""  # the state of the record stays with its feature
    shown = known.page(known.client)["items"][0]
    assert shown["refer"] == {"kind": refer_kind, "id": refer_id}
    assert shown["senderId"] is None


@pytest.mark.parametrize("by", ["artist", "client"])
def test_no_card_is_posted_across_a_block(world: World, by: str) -> None:
    world.open()
    world.send(world.client)
    instructions = {"sendDepositInstructions": True, "depositInstructions": "By transfer."}
    ok(world.artist.put(f"{PATH}/settings", json=instructions))
    ok(getattr(world, by).put(world.path("/block")))
    for type_, (data, _, _) in CARDS.items():
        world.consume(type_, data)
    assert len(world.messages()) == 1
    assert getattr(world, by).delete(world.path("/block")).status_code == 204
    world.consume("proposal.sent", {"proposalId": "prp_2", **PAIR})
    assert [message.type.value for message in world.messages()] == ["text", "proposal"]


@pytest.mark.parametrize("type_", CARDS)
def test_a_card_opens_a_conversation_for_the_client_who_acted(known: World, type_: str) -> None:
    """What only clients do is theirs; who asked for a booking or a proposal, no card says."""
    known.consume(type_, CARDS[type_][0])
    known.deliver()
    (opened,) = known.published("conversation.opened")
    acted = type_ in {"consultation.requested", "policy.accepted"}
    assert opened.data["openedBy"] == (CLIENT if acted else None)


def test_all_cards_of_a_booking_share_one_conversation(known: World) -> None:
    for type_, (data, _, _) in CARDS.items():
        known.consume(type_, data)
    assert [each.type.value for each in cards(known)] == [kind for _, kind, _ in CARDS.values()]
    known.deliver()
    assert len(known.published("conversation.opened")) == 1


def test_a_card_is_addressed_to_both_members(known: World) -> None:
    known.consume("proposal.sent", CARDS["proposal.sent"][0])
    select_conversation(known)
    known.deliver()
    (created,) = known.published("message.created")
    assert created.data["senderId"] is None
    assert created.data["senderName"] == ""
    assert created.data["type"] == "proposal"
    assert {each["userId"] for each in created.data["recipients"]} == {ARTIST, CLIENT}
    assert known.conversation(known.artist)["unread"] == 1
    assert known.conversation(known.client)["unread"] == 1


def test_concurrent_repetitions_of_an_event_post_one_card(known: World) -> None:
    event = event_of("proposal.sent", CARDS["proposal.sent"][0], known.now)
    together(8, lambda: consumers.handle(event, known.now))
    assert len(cards(known)) == 1


@pytest.mark.parametrize("type_", ["deposit.requested", "appointment.confirmed"])
def test_a_walk_in_without_an_account_gets_no_card(known: World, type_: str) -> None:
    known.consume(type_, CARDS[type_][0] | {"clientId": None})
    assert known.database.conversations.count_documents({}) == 0


def test_roles_without_conversations_get_no_card(known: World) -> None:
    known.introduce(OTHER_ARTIST, "artist")
    known.introduce(OTHER_CLIENT, "admin")
    for client in (OTHER_ARTIST, OTHER_CLIENT):
        known.consume("proposal.sent", CARDS["proposal.sent"][0] | {"clientId": client})
    assert known.database.conversations.count_documents({}) == 0


def test_a_card_waits_until_both_people_are_known(world: World) -> None:
    world.introduce(ARTIST, "artist")
    event = event_of("proposal.sent", CARDS["proposal.sent"][0], world.now)
    assert world.redeliver(event) == 1
    assert world.database.conversations.count_documents({}) == 0
    world.consume("user.profile.updated", card(CLIENT, "client", "Cleo", 1))
    assert world.redeliver(event) == 0
    assert len(cards(world)) == 1


@pytest.mark.parametrize("position", range(2))
@pytest.mark.parametrize("after", [False, True], ids=["before it", "after it"])
def test_a_crash_between_writes_loses_and_repeats_nothing(
    known: World, position: int, after: bool
) -> None:
    event = event_of("proposal.sent", CARDS["proposal.sent"][0], known.now)
    with failing_at(position, Crash(), after=after), pytest.raises(Crash):
        known.redeliver(event)
    known.later(minutes=10)  # until SQS delivers it again
    known.work("events")
    known.redeliver(event)
    assert [each.sequence for each in cards(known)] == [1]
    known.later(seconds=61)
    known.sweep()
    known.deliver()
    event_ids = {each.id for each in known.published()}
    assert event_ids == {f"evt_{known.cid}", f"evt_{known.messages()[0].id}"}


# ---- deposit instructions ----------------------------------------------------------------------


def set_instructions(
    world: World, instructions: str = "Please write your name on it.", **fields: Any
) -> None:
    body = {"sendDepositInstructions": True, "depositInstructions": instructions} | fields
    ok(world.artist.put(f"{PATH}/settings", json=body))


def test_instructions_follow_a_deposit_request_once(known: World) -> None:
    set_instructions(known, " Please write your name on it. ")
    for _ in "ab":
        known.consume("deposit.requested", DEPOSIT)
    request, instructions = cards(known)
    assert (request.type.value, instructions.type.value) == ("deposit_request", "system")
    assert instructions.content == "Please write your name on it."
    assert instructions.refer == request.refer
    assert instructions.sender_id is None
    assert instructions.author_id == ARTIST


def test_no_instructions_are_sent_by_default(known: World) -> None:
    settings = ok(known.artist.get(f"{PATH}/settings"))
    assert settings == {"sendDepositInstructions": False, "depositInstructions": ""}
    known.consume("deposit.requested", DEPOSIT)
    assert len(cards(known)) == 1
    set_instructions(known, sendDepositInstructions=False)
    known.consume("deposit.requested", DEPOSIT | {"appointmentId": "apt_2"})
    assert len(cards(known)) == 2
    set_instructions(known)
    known.consume("deposit.requested", DEPOSIT | {"appointmentId": "apt_3"})
    assert len(cards(known)) == 4


def test_settings_belong_to_one_artist(known: World) -> None:
    set_instructions(known, "Mine")
    other = known.as_user(OTHER_ARTIST, "artist")
    assert ok(other.get(f"{PATH}/settings"))["depositInstructions"] == ""
    for method in ("get", "put"):
        options = {"json": {"sendDepositInstructions": False}} if method == "put" else {}
        assert getattr(known.client, method)(f"{PATH}/settings", **options).status_code == 403
    wrong = {"sendDepositInstructions": True, "depositInstructions": " \u0000"}
    assert set(errors(known.artist.put(f"{PATH}/settings", json=wrong))) == {
        "body.depositInstructions"
    }


def test_a_crash_between_card_and_instructions_is_recovered(known: World) -> None:
    set_instructions(known)
    event = event_of("deposit.requested", DEPOSIT, known.now)
    with failing_at(3, Crash()) as tried, pytest.raises(Crash):
        known.redeliver(event)
    # The conversation, the names in it, the card, the instructions.
    assert tried == ["insert_one", "update_one", "insert_one", "insert_one"]
    known.later(minutes=10)
    known.work("events")
    known.redeliver(event)
    assert [each.type.value for each in cards(known)] == ["deposit_request", "system"]
