"""Quick actions: what an artist tapped is posted as theirs, all of it once, or none."""

from typing import Any

import pytest

from tests.functional.messaging.people import ARTIST, CLIENT, OTHER_ARTIST, PATH, World, ok

EXECUTED: dict[str, Any] = {
    "executionId": "tap-0001",
    "artistId": ARTIST,
    "clientId": CLIENT,
    "messages": [{"type": "text", "content": "Hi Cleo!"}, {"type": "text", "content": "Friday?"}],
}
OUTCOMES = ("quick_action.posted", "quick_action.refused")


def outcomes(world: World) -> list[tuple[str, str]]:
    told = world.published(*OUTCOMES)
    return [(event.type.partition(".")[2], event.data.get("reason", "")) for event in told]


def test_all_of_it_is_posted_once_as_the_artists(world: World) -> None:
    world.open()
    event = world.hear("quick_action.executed", EXECUTED | {"conversationId": world.cid})
    assert world.hear_again(event) == 0
    posted = [(one.sender_id, one.content, one.client_message_id) for one in world.messages()]
    assert posted == [
        (ARTIST, "Hi Cleo!", "qa:tap-0001:1"),
        (ARTIST, "Friday?", "qa:tap-0001:2"),
    ]
    told = world.published(*OUTCOMES)
    assert {event.type for event in told} == {"quick_action.posted"}
    assert len({event.id for event in told}) == 1
    assert told[0].data == {"executionId": "tap-0001", "artistId": ARTIST}


def test_nothing_is_posted_where_the_artist_may_not_write(world: World) -> None:
    world.open()
    ok(world.client.put(f"{PATH}/conversations/{world.cid}/block"))
    world.hear("quick_action.executed", EXECUTED | {"conversationId": world.cid})
    assert world.messages() == []
    assert outcomes(world) == [("refused", "blocked")]


@pytest.mark.parametrize("sender", [OTHER_ARTIST, CLIENT])
def test_nobody_but_the_conversations_artist_is_heard(world: World, sender: str) -> None:
    world.open()
    executed = EXECUTED | {"conversationId": world.cid, "artistId": sender}
    world.hear("quick_action.executed", executed)
    world.hear("quick_action.executed", EXECUTED | {"conversationId": "cnv_none"})
    assert world.messages() == []
    assert [kind for kind, _ in outcomes(world)] == ["refused", "refused"]


def test_one_blank_text_keeps_all_back(world: World) -> None:
    world.open()
    blank = [*EXECUTED["messages"], {"type": "text", "content": "\u200b"}]
    executed = EXECUTED | {"conversationId": world.cid, "messages": blank}
    world.hear("quick_action.executed", executed)
    assert world.messages() == []
    assert outcomes(world) == [("refused", "invalid_fields")]


def test_what_was_begun_is_brought_to_its_end(world: World) -> None:
    world.open()
    begun = EXECUTED | {"conversationId": world.cid, "messages": EXECUTED["messages"][:1]}
    world.hear("quick_action.executed", begun)
    ok(world.client.put(f"{PATH}/conversations/{world.cid}/block"))
    world.hear("quick_action.executed", EXECUTED | {"conversationId": world.cid})
    assert len(world.messages()) == 2
