"""Conversations: one for each artist and client; lists of them."""

from datetime import timedelta

import pytest

from messaging.store import conversations as conversation_store
from messaging.use_cases import conversations
from shared.http.caller import Role
from tests.functional.messaging.world import (
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


def test_both_members_open_the_same_conversation(world: World) -> None:
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
    pair = {"conversationId": cid, "artistId": ARTIST, "clientId": CLIENT}
    assert opened.data == pair | {"openedBy": CLIENT}


def test_the_first_answer_of_the_client_is_published_once(world: World) -> None:
    world.introduce(ARTIST, "artist")
    world.introduce(CLIENT, "client")
    world.cid = ok(world.artist.post(LIST, json={"clientId": CLIENT}), 201)["id"]
    world.send(world.artist)
    world.deliver()
    (opened,) = world.published("conversation.opened", "conversation.answered")
    assert opened.data["openedBy"] == ARTIST
    world.send(world.client)
    world.send(world.artist)
    world.send(world.client)
    world.deliver()
    (answered,) = world.published("conversation.opened", "conversation.answered")
    assert (answered.type, answered.data) == (
        "conversation.answered",
        {"conversationId": world.cid, "artistId": ARTIST, "clientId": CLIENT},
    )


def test_a_client_who_opened_a_conversation_has_nothing_to_answer(world: World) -> None:
    world.open()
    world.send(world.client)
    world.send(world.artist)
    world.deliver()
    assert world.published("conversation.answered") == []


def test_twenty_concurrent_requests_open_one_conversation(world: World) -> None:
    world.introduce(ARTIST, "artist")
    world.introduce(CLIENT, "client")
    answers = together(20, lambda: world.client.post(LIST, json={"artistId": ARTIST}))
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert len({answer.json_body["id"] for answer in answers}) == 1
    assert world.database.conversations.count_documents({}) == 1
    world.deliver()
    assert len(world.published("conversation.opened")) == 1


INVALID_REQUESTS: list[tuple[str, dict[str, str], str]] = [
    ("client", {}, "body.artistId"),
    ("client", {"clientId": OTHER_CLIENT}, "body.clientId"),
    ("client", {"artistId": CLIENT}, "body.artistId"),  # a client, who is the caller
    ("client", {"artistId": OTHER_CLIENT}, "body.artistId"),
    ("client", {"artistId": user_id("N")}, "body.artistId"),
    ("client", {"artistId": ADMIN}, "body.artistId"),
    ("client", {"artistId": "usr_1"}, "body.artistId"),
    ("client", {"artistId": ARTIST + "\n"}, "body.artistId"),
    ("artist", {"clientId": OTHER_ARTIST}, "body.clientId"),
    ("artist", {"artistId": OTHER_ARTIST}, "body.artistId"),
]


def test_only_an_artist_and_a_client_have_a_conversation(world: World) -> None:
    for person, role in (
        *((ARTIST, "artist"), (OTHER_ARTIST, "artist")),
        *((CLIENT, "client"), (OTHER_CLIENT, "client"), (ADMIN, "admin")),
    ):
        world.introduce(person, role)
    for role, body, wrong in INVALID_REQUESTS:
        answer = getattr(world, role).post(LIST, json=body)
        assert wrong in errors(answer), body
    assert world.database.conversations.count_documents({}) == 0


def test_admins_have_no_conversations(world: World) -> None:
    world.open()
    admin = world.as_user(ADMIN, Role.ADMIN)
    assert code(admin.post(LIST, json={"artistId": ARTIST})) == (403, "forbidden")
    assert ok(admin.get(LIST)) == {"items": [], "nextCursor": None}
    assert ok(admin.get(f"{PATH}/unread")) == {"total": 0}


def test_a_blocked_pair_can_read_but_not_open(world: World) -> None:
    world.open()
    ok(world.client.put(world.path("/block")))
    assert code(world.client.post(LIST, json={"artistId": ARTIST})) == (403, "blocked")
    assert code(world.artist.post(LIST, json={"clientId": CLIENT})) == (403, "blocked")
    own, theirs = world.conversation(world.client), world.conversation(world.artist)
    assert (own["hasBlocked"], theirs["hasBlocked"]) == (True, False)
    assert own["canWrite"] is theirs["canWrite"] is False


def test_too_many_attempts_are_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversations, "OPENING_LIMIT", 2)
    world.open()
    assert world.client.post(LIST, json={"artistId": ARTIST}).status_code == 200
    assert world.client.post(LIST, json={"artistId": ARTIST}).status_code == 429


def add_conversation(world: World, letter: str) -> str:
    """Open a conversation of the artist with another client, who writes once.

    Returns the client's name.
    """
    person, name = user_id(letter), f"Client {letter}"
    world.introduce(person, "client", name)
    client = world.as_user(person)
    world.cid = ok(client.post(LIST, json={"artistId": ARTIST}), 201)["id"]
    world.send(client, f"from {letter}")
    return name


def test_the_list_is_ordered_by_activity_and_has_stable_pages(world: World) -> None:
    world.introduce(ARTIST, "artist")
    names = []
    for letter in "EFGHJKN":
        names.append(add_conversation(world, letter))
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


def test_activity_while_reading_the_list_shows_nothing_twice(world: World) -> None:
    world.introduce(ARTIST, "artist")
    for letter in "EFGH":
        add_conversation(world, letter)
        world.later(seconds=1)
    world.deliver()
    first = ok(world.artist.get(f"{LIST}?limit=2"))
    world.cid = first["items"][0]["id"]
    world.send(world.artist)
    world.deliver()
    second = ok(world.artist.get(f"{LIST}?limit=2&cursor={first['nextCursor']}"))
    ids = [each["id"] for page in (first, second) for each in page["items"]]
    assert len(ids) == len(set(ids)) == 4


def test_lists_and_unread_counts_cost_the_same_for_any_number_of_messages(world: World) -> None:
    world.introduce(ARTIST, "artist")
    for letter in "EFG":
        add_conversation(world, letter)
    world.deliver()

    def count_commands() -> list[str]:
        COMMANDS.clear()
        ok(world.artist.get(LIST))
        ok(world.artist.get(f"{PATH}/unread"))
        ok(world.artist.get(world.path()))
        return list(COMMANDS)

    count_commands()  # the first total of a user is counted
    before = count_commands()
    for _ in range(20):
        world.send(world.artist)
    world.deliver()
    assert before == count_commands() == ["find"] * 5


def test_the_sweeper_publishes_an_unpublished_opening(world: World) -> None:
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
    assert world.stored().due_at is None
    assert world.sweep() == 0


def test_a_member_erased_during_the_opening_is_marked(world: World) -> None:
    """The conversation is stored after the tombstone, so the erasure did not find it."""
    world.open()
    world.consume("user.deleted", {"userId": CLIENT})
    conversation, _ = conversations.open_for_pair(OTHER_ARTIST, CLIENT, CLIENT, world.now)
    stored = conversation_store.find(conversation.id)
    assert stored is not None
    assert stored.client.erased
    assert not stored.can_write


def test_cursors_keep_milliseconds(world: World) -> None:
    world.introduce(ARTIST, "artist")
    world.now += timedelta(milliseconds=7)
    add_conversation(world, "E")
    world.now += timedelta(milliseconds=1)
    add_conversation(world, "F")
    world.deliver()
    first = ok(world.artist.get(f"{LIST}?limit=1"))
    second = ok(world.artist.get(f"{LIST}?limit=1&cursor={first['nextCursor']}"))
    names = [page["items"][0]["other"]["name"] for page in (first, second)]
    assert names == ["Client F", "Client E"]
