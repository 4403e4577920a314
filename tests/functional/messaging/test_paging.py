"""Reading a conversation: in both directions, what changed, search and export."""

import random
from collections.abc import Iterator

import pytest

from messaging.use_cases import queries
from tests.functional.messaging.people import (
    CLIENT,
    OTHER_ARTIST,
    World,
    contents,
    errors,
    ok,
)
from tests.support.mongo import COMMANDS


@pytest.fixture
def thread(world: World) -> World:
    """A conversation of nine messages, `1` to `9`."""
    world.open()
    for number in range(1, 10):
        world.send(world.artist if number % 2 else world.client, str(number))
    return world


def said(page: dict[str, object]) -> str:
    """What the messages of a page say, in one word."""
    return "".join(contents(page))


def test_the_newest_page_comes_first_and_leads_back(thread: World) -> None:
    page = thread.page(thread.client, "limit=4")
    assert (said(page), page["nextCursor"]) == ("6789", None)
    assert (page["lastSequence"], page["revision"]) == (9, 9)
    older = thread.page(thread.client, f"limit=4&cursor={page['previousCursor']}")
    assert said(older) == "2345"
    oldest = thread.page(thread.client, f"limit=4&cursor={older['previousCursor']}")
    assert (said(oldest), oldest["previousCursor"]) == ("1", None)
    newer = thread.page(thread.client, f"limit=4&cursor={oldest['nextCursor']}")
    assert said(newer) == "2345"


def test_from_the_start_and_from_any_place(thread: World) -> None:
    assert said(thread.page(thread.client, "after=0&limit=3")) == "123"
    assert said(thread.page(thread.client, "after=7")) == "89"
    assert said(thread.page(thread.client, "before=3")) == "12"
    assert said(thread.page(thread.client, "before=100&limit=2")) == "89"
    for nothing in ("after=9", "after=100", "before=1", "before=0"):
        page = thread.page(thread.client, nothing)
        assert (page["items"], page["nextCursor"], page["previousCursor"]) == ([], None, None)


def test_an_empty_conversation_has_one_empty_page(world: World) -> None:
    world.open()
    for query in ("", "after=0", "changedAfter=0"):
        page = world.page(world.client, query)
        assert page == {
            "items": [],
            "nextCursor": None,
            "previousCursor": None,
            "lastSequence": 0,
            "revision": 0,
        }


def test_catching_up_shows_what_was_edited_and_deleted(thread: World) -> None:
    known = thread.page(thread.artist)["revision"]
    two, four = (thread.messages()[index].id for index in (1, 3))
    ok(thread.client.patch(thread.path(f"/messages/{two}"), json={"content": "two"}))
    ok(thread.client.delete(thread.path(f"/messages/{four}")), 204)
    thread.send(thread.client, "10")
    page = thread.page(thread.artist, f"changedAfter={known}")
    assert contents(page) == ["two", None, "10"]
    assert [message["revision"] for message in page["items"]] == [10, 11, 12]
    assert [message["sequence"] for message in page["items"]] == [2, 4, 10]
    assert page["revision"] == 12
    assert thread.page(thread.artist, "changedAfter=12")["items"] == []
    assert contents(thread.page(thread.artist, f"after={known}")) == ["10"]


def caught_up(world: World, revision: int, limit: int) -> Iterator[dict[str, object]]:
    """What a device sees that knows everything up to this revision, page after page."""
    query = f"changedAfter={revision}&limit={limit}"
    while True:
        page = world.page(world.artist, query)
        yield from page["items"]
        if page["nextCursor"] is None:
            return
        query = f"limit={limit}&cursor={page['nextCursor']}"


@pytest.mark.parametrize("seed", range(3))
def test_a_device_that_comes_and_goes_sees_what_is(world: World, seed: int) -> None:
    """Whatever is sent, edited and deleted while it is away, and between its pages."""
    chance = random.Random(seed)
    world.open()
    device: dict[str, dict[str, object]] = {}
    revision = 0
    for _ in range(12):
        for _ in range(chance.randint(0, 5)):
            act(world, chance)
        for message in caught_up(world, revision, limit=2):
            device[str(message["id"])] = message
            revision = max(revision, int(str(message["revision"])))
            if chance.random() < 0.2:
                act(world, chance)
    for message in caught_up(world, revision, limit=2):
        device[str(message["id"])] = message
    truth = world.page(world.artist, "after=0&limit=100")["items"]
    assert sorted(device.values(), key=lambda each: int(str(each["sequence"]))) == truth


def act(world: World, chance: random.Random) -> None:
    """Send, edit or delete something."""
    own = [message for message in world.messages() if message.deleted_at is None]
    kind = chance.choice(["send", "send", "edit", "delete"])
    if kind == "send" or not own:
        world.send(world.client, f"{chance.random()}")
        return
    path = world.path(f"/messages/{chance.choice(own).id}")
    if kind == "edit":
        ok(world.client.patch(path, json={"content": f"{chance.random()}"}))
    else:
        ok(world.client.delete(path), 204)


NONSENSE = [
    "after=1&before=3",
    "after=1&changedAfter=1",
    "after=-1",
    "before=x",
    "limit=0",
    "limit=101",
    "after=99999999999999999999",
    "cursor=nonsense",
    "surprise=1",
    "sequence=1",
]


def test_nonsense_is_named(thread: World) -> None:
    for query in NONSENSE:
        assert errors(thread.client.get(thread.path(f"/messages?{query}"))), query


def test_a_cursor_is_of_one_person_and_list(thread: World) -> None:
    cursor = thread.page(thread.client, "limit=2")["previousCursor"]
    own = thread.path(f"/messages?cursor={cursor}")
    assert thread.client.get(own).status_code == 200
    assert "query.cursor" in errors(thread.artist.get(own))
    assert "query.cursor" in errors(thread.client.get(thread.path(f"/export?cursor={cursor}")))
    search = thread.path(f"/search?q=1&cursor={cursor}")
    assert "query.cursor" in errors(thread.client.get(search))
    assert "query" in errors(thread.client.get(f"{own}&after=1"))


def test_every_page_costs_the_same(thread: World) -> None:
    costs = []
    for query in ("limit=2", "after=0&limit=2", "before=9&limit=2", "changedAfter=0&limit=2"):
        COMMANDS.clear()
        thread.page(thread.client, query)
        costs.append(tuple(COMMANDS))
    assert set(costs) == {("find",) * 4}


# ---- search ------------------------------------------------------------------------------------


def searched(world: World, q: str, rest: str = "") -> list[str]:
    return contents(ok(world.client.get(world.path(f"/search?q={q}{rest}"))))


def test_search_finds_words_without_case_and_accents(world: World) -> None:
    world.open()
    for text in ("Blüte am Arm", "BLUTE am bein", "nichts", "花の刺青"):
        world.send(world.client, text)
    world.send(world.artist, "Die Blüten bleiben")
    assert searched(world, "bl%C3%BCte") == ["Die Blüten bleiben", "BLUTE am bein", "Blüte am Arm"]
    assert searched(world, "am%20BLUTE") == ["BLUTE am bein", "Blüte am Arm"]
    assert searched(world, "%E5%88%BA%E9%9D%92") == ["花の刺青"]
    assert searched(world, ".*") == []
    assert searched(world, "arm%20bein") == []


def test_search_does_not_find_what_is_deleted_and_finds_what_is_edited(world: World) -> None:
    world.open()
    sent = world.send(world.client, "secret")
    path = world.path(f"/messages/{sent['id']}")
    ok(world.client.patch(path, json={"content": "public"}))
    assert (searched(world, "secret"), searched(world, "public")) == ([], ["public"])
    ok(world.client.delete(path), 204)
    assert searched(world, "public") == []


def test_search_looks_at_a_bounded_part_and_goes_on(
    thread: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "WINDOW", 4)
    thread.send(thread.client, "needle 10")
    for number in range(11, 17):
        thread.send(thread.client, f"hay {number}")
    pages, cursor = [], ""
    while True:
        page = ok(thread.client.get(thread.path(f"/search?q=needle{cursor}")))
        pages.append(contents(page))
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert pages == [[], ["needle 10"], [], []]


def test_search_pages_by_its_limit(thread: World) -> None:
    for number in range(5):
        thread.send(thread.client, f"needle {number}")
    first = ok(thread.client.get(thread.path("/search?q=needle&limit=2")))
    rest = searched(thread, "needle", f"&limit=9&cursor={first['nextCursor']}")
    assert contents(first) + rest == [f"needle {number}" for number in (4, 3, 2, 1, 0)]
    other = f"/search?q=hay&cursor={first['nextCursor']}"
    assert "query.cursor" in errors(thread.client.get(thread.path(other)))


def test_search_wants_a_word(thread: World) -> None:
    for q in ("", "%20", "%CC%81", "x" * 101):
        assert set(errors(thread.client.get(thread.path(f"/search?q={q}")))) == {"query.q"}


# ---- export ------------------------------------------------------------------------------------


def test_an_export_is_whole(thread: World) -> None:
    deleted = thread.messages()[1].id
    ok(thread.client.delete(thread.path(f"/messages/{deleted}")), 204)
    items, cursor = [], ""
    while True:
        page = ok(thread.client.get(thread.path(f"/export?limit=4{cursor}")))
        items += page["items"]
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert [item["content"] for item in items] == ["1", None, *"3456789"]
    assert [person["name"] for person in page["people"]] == ["Ari Artist", "Cleo Client"]
    assert page["conversation"]["id"] == thread.cid
    assert page["exportedAt"] == "2026-03-02T12:00:00Z"
    assert thread.as_user(OTHER_ARTIST, "artist").get(thread.path("/export")).status_code == 404
    assert CLIENT in {person["userId"] for person in page["people"]}
