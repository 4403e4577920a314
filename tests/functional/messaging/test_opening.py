"""Conversations: one per pair, between an artist and a client; and the list of them."""

from datetime import timedelta

import pytest

from messaging.store import conversations as conversation_store
from messaging.use_cases import conversations
from shared.http.caller import Role
from tests.functional.messaging.people import (
    ADMIN,
    ARTIST,
    CLIENT,
    NOON,
    OTHER_ARTIST,
    OTHER_CLIENT,
    PATH,
    World,
    code,
    errors,
    ok,
    user_id,
)
from tests.support.mongo import COMMANDS
from tests.support.threads import together

LIST = f"{PATH}/conversations"


def test_both_find_the_same_conversation(world: World) -> None:
    cid = world.open()
    again = ok(world.client.post(LIST, json={"artistId": ARTIST}), 200)
    theirs = ok(world.artist.post(LIST, json={"clientId": CLIENT}), 200)
    assert again["id"] == theirs["id"] == cid
    assert (again["other"]["name"], theirs["other"]["name"]) == ("Ari Artist", "Cleo Client")
    assert again["unread"] == again["lastSequence"] == again["readSequence"] == 0
    assert again["lastMessage"] is None
    assert again["canWrite"] is True
    world.deliver()
    (opened,) = world.published("conversation.opened")
    assert opened.data == {"conversationId": cid, "artistId": ARTIST, "clientId": CLIENT}


def test_twenty_at_once_open_one(world: World) -> None:
    world.know(ARTIST, "artist")
    world.know(CLIENT, "client")
    answers = together(20, lambda: world.client.post(LIST, json={"artistId": ARTIST}))
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert len({answer.json_body["id"] for answer in answers}) == 1
    assert world.database.conversations.count_documents({}) == 1
    world.deliver()
    assert len(world.published("conversation.opened")) == 1


NOBODY_TO_TALK_TO: list[tuple[str, dict[str, str], str]] = [
    ("client", {}, "body.artistId"),
    ("client", {"clientId": OTHER_CLIENT}, "body.clientId"),
    ("client", {"artistId": CLIENT}, "body.artistId"),  # a client, and oneself
    ("client", {"artistId": OTHER_CLIENT}, "body.artistId"),
    ("client", {"artistId": user_id("N")}, "body.artistId"),
    ("client", {"artistId": ADMIN}, "body.artistId"),
    ("client", {"artistId": "usr_1"}, "body.artistId"),
    ("client", {"artistId": ARTIST + "\n"}, "body.artistId"),
    ("artist", {"clientId": OTHER_ARTIST}, "body.clientId"),
    ("artist", {"artistId": OTHER_ARTIST}, "body.artistId"),
]


def test_only_an_artist_and_a_client_talk(world: World) -> None:
    for person, of in (
        *((ARTIST, "artist"), (OTHER_ARTIST, "artist")),
        *((CLIENT, "client"), (OTHER_CLIENT, "client"), (ADMIN, "admin")),
    ):
        world.know(person, of)
    for role, body, wrong in NOBODY_TO_TALK_TO:
        answer = getattr(world, role).post(LIST, json=body)
        assert wrong in errors(answer), body
    assert world.database.conversations.count_documents({}) == 0


def test_admins_have_no_conversations(world: World) -> None:
    world.open()
    admin = world.as_user(ADMIN, Role.ADMIN)
    assert code(admin.post(LIST, json={"artistId": ARTIST})) == (403, "forbidden")
    assert ok(admin.get(LIST)) == {"items": [], "nextCursor": None}
    assert ok(admin.get(f"{PATH}/unread")) == {"total": 0}


def test_a_blocked_pair_is_refused_and_still_reads(world: World) -> None:
    world.open()
    ok(world.client.put(world.path("/block")))
    assert code(world.client.post(LIST, json={"artistId": ARTIST})) == (403, "blocked")
    assert code(world.artist.post(LIST, json={"clientId": CLIENT})) == (403, "blocked")
    own, theirs = world.conversation(world.client), world.conversation(world.artist)
    assert (own["hasBlocked"], theirs["hasBlocked"]) == (True, False)
    assert own["canWrite"] is theirs["canWrite"] is False


def test_too_many_attempts_are_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversations, "OPENED", 2)
    world.open()
    assert world.client.post(LIST, json={"artistId": ARTIST}).status_code == 200
    assert world.client.post(LIST, json={"artistId": ARTIST}).status_code == 429


def thread(world: World, letter: str) -> str:
    """A conversation of the artist with one more client, who wrote once; the client's name."""
    person, name = user_id(letter), f"Client {letter}"
    world.know(person, "client", name)
    client = world.as_user(person)
    world.cid = ok(client.post(LIST, json={"artistId": ARTIST}), 201)["id"]
    world.send(client, f"from {letter}")
    return name


def test_the_list_is_by_last_activity_and_its_cursor_holds(world: World) -> None:
    world.know(ARTIST, "artist")
    names = []
    for letter in "EFGHJKN":
        names.append(thread(world, letter))
        if letter not in "GH":  # three at the same moment
            world.later(seconds=1)
    world.deliver()
    seen, cursor = [], ""
    while True:
        page = ok(world.artist.get(f"{LIST}?limit=2{cursor}"))
        seen += [each["other"]["name"] for each in page["items"]]
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert len(seen) == len(set(seen)) == 7
    at_once = slice(2, 5)
    assert seen[:2] + seen[5:] == [*names[:-3:-1], *names[1::-1]]
    assert set(seen[at_once]) == set(names[at_once])
    assert ok(world.artist.get(f"{PATH}/unread")) == {"total": 7}
    forged = [f"cursor={'A' * 40}", "cursor=%00", f"cursor={cursor[8:-2]}"]
    for query in forged:
        assert world.artist.get(f"{LIST}?{query}").status_code == 422
    other = world.as_user(OTHER_ARTIST, "artist")
    assert "query.cursor" in errors(other.get(f"{LIST}?{cursor[1:]}"))


def test_what_is_active_meanwhile_is_not_shown_twice(world: World) -> None:
    world.know(ARTIST, "artist")
    for letter in "EFGH":
        thread(world, letter)
        world.later(seconds=1)
    world.deliver()
    first = ok(world.artist.get(f"{LIST}?limit=2"))
    world.cid = first["items"][0]["id"]
    world.send(world.artist)
    world.deliver()
    second = ok(world.artist.get(f"{LIST}?limit=2&cursor={first['nextCursor']}"))
    ids = [each["id"] for page in (first, second) for each in page["items"]]
    assert len(ids) == len(set(ids)) == 4


def test_lists_and_unread_cost_the_same_however_many_messages(world: World) -> None:
    world.know(ARTIST, "artist")
    for letter in "EFG":
        thread(world, letter)
    world.deliver()

    def asked() -> list[str]:
        COMMANDS.clear()
        ok(world.artist.get(LIST))
        ok(world.artist.get(f"{PATH}/unread"))
        ok(world.artist.get(world.path()))
        return list(COMMANDS)

    before = asked()
    for _ in range(20):
        world.send(world.artist)
    world.deliver()
    assert before == asked() == ["find", "find", "aggregate", "find", "find"]


def test_a_conversation_that_was_not_told_of_is_told_by_the_sweeper(world: World) -> None:
    world.open()
    world.work("deliveries")
    world.published()
    world.database.conversations.update_one(
        {"_id": world.cid}, {"$set": {"unpublished": ["opened"], "dueAt": NOON}}
    )
    assert world.sweep() == 1
    world.deliver()
    (opened,) = world.published("conversation.opened")
    assert opened.id == f"evt_{world.cid}"
    assert world.kept().due_at is None
    assert world.sweep() == 0


def test_who_is_erased_in_the_very_moment_is_left_out(world: World) -> None:
    """The conversation is written after the tombstone: the erasure did not find it."""
    world.open()
    world.hear("user.deleted", {"userId": CLIENT})
    conversation, _ = conversations.of_pair(OTHER_ARTIST, CLIENT, world.now)
    kept = conversation_store.find(conversation.id)
    assert kept is not None
    assert kept.client.erased
    assert not kept.can_write


def test_instants_survive_the_cursor(world: World) -> None:
    world.know(ARTIST, "artist")
    world.now += timedelta(milliseconds=7)
    thread(world, "E")
    world.now += timedelta(milliseconds=1)
    thread(world, "F")
    world.deliver()
    first = ok(world.artist.get(f"{LIST}?limit=1"))
    second = ok(world.artist.get(f"{LIST}?limit=1&cursor={first['nextCursor']}"))
    names = [page["items"][0]["other"]["name"] for page in (first, second)]
    assert names == ["Client F", "Client E"]
