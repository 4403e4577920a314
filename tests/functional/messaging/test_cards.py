"""Cards: made by events only, once each, and they refer; instructions for deposits."""

from typing import Any

import pytest

from messaging import consumers
from messaging.models import Message
from tests.functional.messaging.faults import Crash, failing_at
from tests.functional.messaging.people import (
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
CARDS = {
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
    """A world in which the artist and the client are known and have no conversation."""
    world.know(ARTIST, "artist", "Ari Artist")
    world.know(CLIENT, "client", "Cleo Client")
    return world


def find(world: World) -> None:
    """Let the world be about the only conversation."""
    (found,) = world.database.conversations.find({})
    world.cid = found["_id"]


def cards(world: World) -> list[Message]:
    find(world)
    return world.messages()


@pytest.mark.parametrize("type_", CARDS)
def test_an_event_posts_its_card_once(known: World, type_: str) -> None:
    data, kind, (refer_kind, refer_id) = CARDS[type_]
    event = known.hear(type_, data)
    known.hear_again(event)
    known.hear(type_, data)  # told anew, under another event's id
    (posted,) = cards(known)
    assert posted.type == kind
    assert posted.refer is not None
    assert (posted.refer.kind, posted.refer.id) == (refer_kind, refer_id)
    assert posted.sender_id is posted.author_id is posted.client_message_id is None
    assert posted.content == ""  # nothing of the record's state, which lives elsewhere
    shown = known.page(known.client)["items"][0]
    assert shown["refer"] == {"kind": refer_kind, "id": refer_id}
    assert shown["senderId"] is None


def test_all_cards_of_a_booking_are_in_one_conversation(known: World) -> None:
    for type_, (data, _, _) in CARDS.items():
        known.hear(type_, data)
    assert [each.type.value for each in cards(known)] == [kind for _, kind, _ in CARDS.values()]
    known.deliver()
    assert len(known.published("conversation.opened")) == 1


def test_a_card_is_for_both(known: World) -> None:
    known.hear("proposal.sent", CARDS["proposal.sent"][0])
    find(known)
    known.deliver()
    (created,) = known.published("message.created")
    assert created.data["senderId"] is None
    assert created.data["senderName"] == ""
    assert created.data["type"] == "proposal"
    assert {each["userId"] for each in created.data["recipients"]} == {ARTIST, CLIENT}
    assert known.conversation(known.artist)["unread"] == 1
    assert known.conversation(known.client)["unread"] == 1


def test_the_same_card_at_once_is_one(known: World) -> None:
    event = event_of("proposal.sent", CARDS["proposal.sent"][0], known.now)
    together(8, lambda: consumers.handle(event, known.now))
    assert len(cards(known)) == 1


@pytest.mark.parametrize("type_", ["deposit.requested", "appointment.confirmed"])
def test_a_walk_in_without_account_has_no_card(known: World, type_: str) -> None:
    known.hear(type_, CARDS[type_][0] | {"clientId": None})
    assert known.database.conversations.count_documents({}) == 0


def test_people_without_conversations_have_no_card(known: World) -> None:
    known.know(OTHER_ARTIST, "artist")
    known.know(OTHER_CLIENT, "admin")
    for client in (OTHER_ARTIST, OTHER_CLIENT):
        known.hear("proposal.sent", CARDS["proposal.sent"][0] | {"clientId": client})
    assert known.database.conversations.count_documents({}) == 0


def test_a_card_waits_for_whoever_is_not_known_yet(world: World) -> None:
    world.know(ARTIST, "artist")
    event = event_of("proposal.sent", CARDS["proposal.sent"][0], world.now)
    assert world.hear_again(event) == 1
    assert world.database.conversations.count_documents({}) == 0
    world.hear("user.profile.updated", card(CLIENT, "client", "Cleo", 1))
    assert world.hear_again(event) == 0
    assert len(cards(world)) == 1


def test_a_block_does_not_hide_business(known: World) -> None:
    known.open()
    ok(known.client.put(known.path("/block")))
    known.hear("appointment.confirmed", CARDS["appointment.confirmed"][0])
    assert len(cards(known)) == 1


@pytest.mark.parametrize("position", range(2))
@pytest.mark.parametrize("after", [False, True], ids=["before it", "after it"])
def test_a_crash_between_the_writes_is_made_up_for(
    known: World, position: int, after: bool
) -> None:
    event = event_of("proposal.sent", CARDS["proposal.sent"][0], known.now)
    with failing_at(position, Crash(), after=after), pytest.raises(Crash):
        known.hear_again(event)
    known.later(minutes=10)  # until SQS gives it again
    known.work("events")
    known.hear_again(event)
    assert [each.sequence for each in cards(known)] == [1]
    known.later(seconds=61)
    known.sweep()
    known.deliver()
    told = {each.id for each in known.published()}
    assert told == {f"evt_{known.cid}", f"evt_{known.messages()[0].id}"}


# ---- instructions for deposits -----------------------------------------------------------------


def instruct(world: World, words: str = "Please write your name on it.", **fields: Any) -> None:
    body = {"sendDepositInstructions": True, "depositInstructions": words} | fields
    ok(world.artist.put(f"{PATH}/settings", json=body))


def test_the_artists_words_follow_a_request_once(known: World) -> None:
    instruct(known, " Please write\u0000 your name on it. ")
    for _ in "ab":
        known.hear("deposit.requested", DEPOSIT)
    request, words = cards(known)
    assert (request.type.value, words.type.value) == ("deposit_request", "system")
    assert words.content == "Please write your name on it."
    assert words.refer == request.refer
    assert words.sender_id is None
    assert words.author_id == ARTIST


def test_nothing_follows_until_the_artist_wants_it(known: World) -> None:
    settings = ok(known.artist.get(f"{PATH}/settings"))
    assert settings == {"sendDepositInstructions": False, "depositInstructions": ""}
    known.hear("deposit.requested", DEPOSIT)
    assert len(cards(known)) == 1
    instruct(known, sendDepositInstructions=False)
    known.hear("deposit.requested", DEPOSIT | {"appointmentId": "apt_2"})
    assert len(cards(known)) == 2
    instruct(known)
    known.hear("deposit.requested", DEPOSIT | {"appointmentId": "apt_3"})
    assert len(cards(known)) == 4


def test_settings_are_the_artists_own(known: World) -> None:
    instruct(known, "Mine")
    other = known.as_user(OTHER_ARTIST, "artist")
    assert ok(other.get(f"{PATH}/settings"))["depositInstructions"] == ""
    for method in ("get", "put"):
        options = {"json": {"sendDepositInstructions": False}} if method == "put" else {}
        assert getattr(known.client, method)(f"{PATH}/settings", **options).status_code == 403
    wrong = {"sendDepositInstructions": True, "depositInstructions": " \u0000"}
    assert set(errors(known.artist.put(f"{PATH}/settings", json=wrong))) == {
        "body.depositInstructions"
    }


def test_a_crash_between_card_and_words_is_made_up_for(known: World) -> None:
    instruct(known)
    event = event_of("deposit.requested", DEPOSIT, known.now)
    with failing_at(2, Crash()) as tried, pytest.raises(Crash):
        known.hear_again(event)
    assert tried == ["insert_one"] * 3  # the conversation, the card, the words
    known.later(minutes=10)
    known.work("events")
    known.hear_again(event)
    assert [each.type.value for each in cards(known)] == ["deposit_request", "system"]
