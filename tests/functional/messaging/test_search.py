"""Search over all conversations of a person: what was written, and with whom."""

from typing import Any

from tests.functional.messaging.world import (
    ADMIN,
    ARTIST,
    CLIENT,
    OTHER_ARTIST,
    OTHER_CLIENT,
    PATH,
    World,
    contents,
    errors,
    ok,
)
from tests.support.gateway import ApiClient
from tests.support.mongo import COMMANDS


def search(person: ApiClient, q: str, rest: str = "") -> dict[str, Any]:
    """Return a page of what a person finds."""
    return ok(person.get(f"{PATH}/search?q={q}{rest}"))


def open_other(world: World) -> str:
    """Let another client open a conversation with the artist. Return its id."""
    world.introduce(OTHER_CLIENT, "client", "Odile Ørsted")
    other = world.as_user(OTHER_CLIENT, "client")
    return str(ok(other.post(f"{PATH}/conversations", json={"artistId": ARTIST}), 201)["id"])


def write(world: World, person: ApiClient, conversation_id: str, content: str) -> dict[str, Any]:
    """Send a message to a conversation, a second later than the one before."""
    world.later(seconds=1)
    own, world.cid = world.cid, conversation_id
    sent = world.send(person, content)
    world.cid = own
    return sent


def test_messages_of_all_conversations_are_found_by_their_members(world: World) -> None:
    own = world.open()
    other = open_other(world)
    write(world, world.client, own, "A rose on the arm")
    write(world, world.as_user(OTHER_CLIENT), other, "Roses and thorns")
    write(world, world.artist, own, "Which rose?")
    found = search(world.artist, "ROSE")
    assert contents(found) == ["Which rose?", "Roses and thorns", "A rose on the arm"]
    assert {each["conversationId"] for each in found["items"]} == {own, other}
    assert contents(search(world.client, "rose")) == ["Which rose?", "A rose on the arm"]
    assert contents(search(world.as_user(OTHER_ARTIST, "artist"), "rose")) == []
    assert search(world.as_user(ADMIN, "admin"), "rose") == {
        "conversations": [],
        "items": [],
        "nextCursor": None,
    }


def test_it_finds_what_is_not_delivered_yet_and_long_ago(world: World) -> None:
    own = world.open()
    write(world, world.client, own, "old needle")
    world.later(days=900)
    write(world, world.client, own, "hay")
    world.deliver()
    world.later(days=30)
    write(world, world.client, own, "new needle")
    assert contents(search(world.artist, "needle")) == ["new needle", "old needle"]


def test_pages_hold_each_message_once_though_many_are_of_one_moment(world: World) -> None:
    world.open()
    for number in range(7):
        world.send(world.client, f"needle {number}")
    seen, cursor = [], ""
    while True:
        page = search(world.artist, "needle", f"&limit=3{cursor}")
        seen += contents(page)
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert sorted(seen) == [f"needle {number}" for number in range(7)]


def test_the_rarer_word_leads(world: World) -> None:
    own = world.open()
    write(world, world.client, own, "appointment with an owl")
    world.later(hours=1)
    for _ in range(5):
        write(world, world.client, own, "appointment")
    world.deliver()
    COMMANDS.clear()
    assert contents(search(world.artist, "appointment%20owl")) == ["appointment with an owl"]
    assert COMMANDS.count("find") <= 6


def test_what_was_deleted_or_redacted_is_not_found(world: World) -> None:
    own = world.open()
    sent = write(world, world.client, own, "secret needle")
    ok(world.client.delete(world.path(f"/messages/{sent['id']}")), 204)
    assert contents(search(world.artist, "needle")) == []
    write(world, world.client, own, "other needle")
    world.consume("user.deleted", {"userId": CLIENT})
    assert contents(search(world.artist, "needle")) == []
    assert search(world.artist, "cleo")["conversations"] == []
    assert not any(document["words"] for document in world.database.messages.find())


def test_conversations_are_found_by_the_name_of_the_other_member(world: World) -> None:
    own = world.open()
    other = open_other(world)

    def find(person: ApiClient, q: str) -> list[str]:
        return [each["id"] for each in search(person, q)["conversations"]]

    assert find(world.artist, "cleo") == find(world.artist, "Client%20CL") == [own]
    assert find(world.artist, "orsted") == [other]
    assert find(world.artist, "ari") == find(world.artist, "cleo%20orsted") == []
    assert find(world.client, "artist") == [own]
    world.introduce(CLIENT, "client", "Clara", version=2)
    assert (find(world.artist, "cleo"), find(world.artist, "clara")) == ([], [own])


def test_names_come_with_the_first_page_only(world: World) -> None:
    world.open()
    for number in range(3):
        world.send(world.client, f"Cleo {number}")
    first = search(world.artist, "cleo", "&limit=2")
    assert (len(first["conversations"]), len(first["items"])) == (1, 2)
    rest = search(world.artist, "cleo", f"&limit=2&cursor={first['nextCursor']}")
    assert (rest["conversations"], len(rest["items"])) == ([], 1)


def test_a_query_needs_a_word_and_a_cursor_its_search(world: World) -> None:
    world.open()
    for number in range(3):
        world.send(world.client, f"needle {number}")
    cursor = search(world.artist, "needle", "&limit=1")["nextCursor"]
    for person, q in ((world.client, "needle"), (world.artist, "hay")):
        path = f"{PATH}/search?q={q}&cursor={cursor}"
        assert set(errors(person.get(path))) == {"query.cursor"}
    assert set(errors(world.artist.get(f"{PATH}/search?q=%20"))) == {"query.q"}
