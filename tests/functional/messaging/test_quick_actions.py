"""Quick actions: all texts of an execution are posted once as the artist's, or none."""

from typing import Any

import pytest

from tests.functional.messaging.world import ARTIST, CLIENT, OTHER_ARTIST, PATH, World, ok

EXECUTED: dict[str, Any] = {
    "executionId": "tap-0001",
    "artistId": ARTIST,
    "clientId": CLIENT,
    "messages": [{"type": "text", "content": "Hi Cleo!"}, {"type": "text", "content": "Friday?"}],
}
OUTCOMES = ("quick_action.posted", "quick_action.refused")


def list_outcomes(world: World) -> list[tuple[str, str]]:
    published = world.published(*OUTCOMES)
    return [(event.type.partition(".")[2], event.data.get("reason", "")) for event in published]


def test_all_texts_are_posted_once_as_the_artists(world: World) -> None:
    world.open()
    event = world.consume("quick_action.executed", EXECUTED | {"conversationId": world.cid})
    assert world.redeliver(event) == 0
    posted = [(each.sender_id, each.content, each.client_message_id) for each in world.messages()]
    assert posted == [
        (ARTIST, "Hi Cleo!", "qa:tap-0001:1"),
        (ARTIST, "Friday?", "qa:tap-0001:2"),
    ]
    published = world.published(*OUTCOMES)
    assert {event.type for event in published} == {"quick_action.posted"}
    assert len({event.id for event in published}) == 1
    assert published[0].data == {"executionId": "tap-0001", "artistId": ARTIST}


def test_nothing_is_posted_where_the_artist_may_not_write(world: World) -> None:
    world.open()
    ok(world.client.put(f"{PATH}/conversations/{world.cid}/block"))
    world.consume("quick_action.executed", EXECUTED | {"conversationId": world.cid})
    assert world.messages() == []
    assert list_outcomes(world) == [("refused", "blocked")]


@pytest.mark.parametrize("sender", [OTHER_ARTIST, CLIENT])
def test_only_the_artist_of_the_conversation_may_post(world: World, sender: str) -> None:
    world.open()
    executed = EXECUTED | {"conversationId": world.cid, "artistId": sender}
    world.consume("quick_action.executed", executed)
    world.consume("quick_action.executed", EXECUTED | {"conversationId": "cnv_none"})
    assert world.messages() == []
    assert [kind for kind, _ in list_outcomes(world)] == ["refused", "refused"]


# A letter that becomes three in NFC makes a text of 4,002 characters.
@pytest.mark.parametrize("wrong", ["\u200b", 1_334 * "\ufb2c"], ids=["invisible", "too long"])
def test_one_wrong_text_refuses_all(world: World, wrong: str) -> None:
    world.open()
    blank = [*EXECUTED["messages"], {"type": "text", "content": wrong}]
    executed = EXECUTED | {"conversationId": world.cid, "messages": blank}
    world.consume("quick_action.executed", executed)
    assert world.messages() == []
    assert list_outcomes(world) == [("refused", "invalid_fields")]


def test_a_begun_execution_is_completed_despite_a_block(world: World) -> None:
    world.open()
    begun = EXECUTED | {"conversationId": world.cid, "messages": EXECUTED["messages"][:1]}
    world.consume("quick_action.executed", begun)
    ok(world.client.put(f"{PATH}/conversations/{world.cid}/block"))
    world.consume("quick_action.executed", EXECUTED | {"conversationId": world.cid})
    assert len(world.messages()) == 2
