"""Queries: pages in both directions, changes, search and export."""

import random
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from messaging.rules.search import Window
from messaging.use_cases import message_search, queries
from tests.functional.messaging.world import (
    CLIENT,
    OTHER_ARTIST,
    World,
    contents,
    errors,
    ok,
)
from tests.support.mongo import COMMANDS


@pytest.fixture
def active_world(world: World) -> World:
    """Return a world with a conversation of nine messages, `1` to `9`."""
    world.open()
    for number in range(1, 10):
        world.send(world.artist if number % 2 else world.client, str(number))
    return world


def join_contents(page: dict[str, Any]) -> str:
    """Return the content of all messages of a page as one text."""
    return "".join(contents(page))


def test_the_newest_page_comes_first_and_leads_back(active_world: World) -> None:
    page = active_world.page(active_world.client, "limit=4")
    assert (join_contents(page), page["nextCursor"]) == ("6789", None)
    assert (page["lastSequence"], page["revision"]) == (9, 9)
    older = active_world.page(active_world.client, f"limit=4&cursor={page['previousCursor']}")
    assert join_contents(older) == "2345"
    oldest = active_world.page(active_world.client, f"limit=4&cursor={older['previousCursor']}")
    assert (join_contents(oldest), oldest["previousCursor"]) == ("1", None)
    newer = active_world.page(active_world.client, f"limit=4&cursor={oldest['nextCursor']}")
    assert join_contents(newer) == "2345"


def test_pages_start_at_any_position(active_world: World) -> None:
    assert join_contents(active_world.page(active_world.client, "after=0&limit=3")) == "123"
    assert join_contents(active_world.page(active_world.client, "after=7")) == "89"
    assert join_contents(active_world.page(active_world.client, "before=3")) == "12"
    assert join_contents(active_world.page(active_world.client, "before=100&limit=2")) == "89"
    for nothing in ("after=9", "after=100", "before=1", "before=0"):
        page = active_world.page(active_world.client, nothing)
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


def test_catching_up_shows_what_was_edited_and_deleted(active_world: World) -> None:
    known = active_world.page(active_world.artist)["revision"]
    two, four = (active_world.messages()[index].id for index in (1, 3))
    ok(active_world.client.patch(active_world.path(f"/messages/{two}"), json={"content": "two"}))
    ok(active_world.client.delete(active_world.path(f"/messages/{four}")), 204)
    active_world.send(active_world.client, "10")
    page = active_world.page(active_world.artist, f"changedAfter={known}")
    assert contents(page) == ["two", None, "10"]
    assert [message["revision"] for message in page["items"]] == [10, 11, 12]
    assert [message["sequence"] for message in page["items"]] == [2, 4, 10]
    assert page["revision"] == 12
    assert active_world.page(active_world.artist, "changedAfter=12")["items"] == []
    assert contents(active_world.page(active_world.artist, f"after={known}")) == ["10"]


def catch_up(world: World, revision: int, limit: int) -> Iterator[dict[str, Any]]:
    """Yield what a device receives that has seen everything up to a revision."""
    query = f"changedAfter={revision}&limit={limit}"
    while True:
        page = world.page(world.artist, query)
        yield from page["items"]
        if page["nextCursor"] is None:
            return
        query = f"limit={limit}&cursor={page['nextCursor']}"


@pytest.mark.parametrize("seed", range(3))
def test_a_device_that_reconnects_ends_up_with_the_current_messages(
    world: World, seed: int
) -> None:
    """Messages are sent, edited and deleted while it is away, and between its pages."""
    chance = random.Random(seed)
    world.open()
    device: dict[str, dict[str, Any]] = {}
    revision = 0
    for _ in range(12):
        for _ in range(chance.randint(0, 5)):
            act(world, chance)
        for message in catch_up(world, revision, limit=2):
            device[str(message["id"])] = message
            revision = max(revision, int(str(message["revision"])))
            if chance.random() < 0.2:
                act(world, chance)
    for message in catch_up(world, revision, limit=2):
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


INVALID = [
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


def test_invalid_parameters_are_named(active_world: World) -> None:
    for query in INVALID:
        assert errors(active_world.client.get(active_world.path(f"/messages?{query}"))), query


def test_a_cursor_belongs_to_one_person_and_list(active_world: World) -> None:
    cursor = active_world.page(active_world.client, "limit=2")["previousCursor"]
    own = active_world.path(f"/messages?cursor={cursor}")
    assert active_world.client.get(own).status_code == 200
    assert "query.cursor" in errors(active_world.artist.get(own))
    assert "query.cursor" in errors(
        active_world.client.get(active_world.path(f"/export?cursor={cursor}"))
    )
    search = active_world.path(f"/search?q=1&cursor={cursor}")
    assert "query.cursor" in errors(active_world.client.get(search))
    assert "query" in errors(active_world.client.get(f"{own}&after=1"))


def test_every_page_costs_the_same(active_world: World) -> None:
    costs = []
    for query in ("limit=2", "after=0&limit=2", "before=9&limit=2", "changedAfter=0&limit=2"):
        COMMANDS.clear()
        active_world.page(active_world.client, query)
        costs.append(tuple(COMMANDS))
    assert set(costs) == {("find",) * 4}


# ---- search ------------------------------------------------------------------------------------


def search(world: World, q: str, rest: str = "") -> list[str]:
    return contents(ok(world.client.get(world.path(f"/search?q={q}{rest}"))))


def test_search_finds_words_without_case_and_accents(world: World) -> None:
    world.open()
    for text in ("Blüte am Arm", "BLUTE am bein", "nichts", "花の刺青"):
        world.send(world.client, text)
    world.send(world.artist, "Die Blüten bleiben")
    assert search(world, "bl%C3%BCte") == ["Die Blüten bleiben", "BLUTE am bein", "Blüte am Arm"]
    assert search(world, "am%20BLUTE") == ["BLUTE am bein", "Blüte am Arm"]
    assert search(world, "%E5%88%BA%E9%9D%92") == ["花の刺青"]
    assert search(world, ".*") == []
    assert search(world, "arm%20bein") == []


def test_search_finds_current_content_only(world: World) -> None:
    world.open()
    sent = world.send(world.client, "secret")
    path = world.path(f"/messages/{sent['id']}")
    ok(world.client.patch(path, json={"content": "public"}))
    assert (search(world, "secret"), search(world, "public")) == ([], ["public"])
    ok(world.client.delete(path), 204)
    assert search(world, "public") == []


def test_search_uses_every_word(world: World) -> None:
    """Not only the longest ones, which both messages hold."""
    world.open()
    common = "appointment consultation proposal deposit portfolio"
    world.send(world.client, f"{common} an")
    world.send(world.client, f"{common} so")
    assert search(world, f"{common}%20so".replace(" ", "%20")) == [f"{common} so"]


@pytest.mark.parametrize(
    ("written", "sought"),
    [
        ("tat\u00adtoo", "tattoo"),
        ("Łukasz and Ørsted", "lukasz orsted"),
        ("Große Straße", "STRASSE grosse"),
        ("\u0131ş\u0131k", "isik"),
        ("東京タトゥー", "京タ"),
        ("Donaudampfschifffahrtsgesellschaft", "donaudampfschifffahrt"),
    ],
)
def test_search_folds_both_sides_alike(world: World, written: str, sought: str) -> None:
    world.open()
    world.send(world.client, written)
    world.send(world.client, "Donaudampfschifffahrer")
    assert search(world, quote(sought)) == [written]


def test_search_finds_the_beginnings_of_words_only(world: World) -> None:
    world.open()
    world.send(world.client, "art, not a tart")
    assert search(world, "tar") == search(world, "not%20a") == ["art, not a tart"]
    assert search(world, "rt") == []


def test_search_looks_far_back_in_few_reads(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It continues from where its reads ended, even where they found nothing."""
    world.open()
    monkeypatch.setattr(message_search, "Window", lambda size=2, growth=2: Window(size, growth))
    monkeypatch.setattr(message_search, "MAX_READS", 1)
    for number in range(1, 9):
        world.send(world.client, "needle" if number in (2, 5) else f"hay {number}")
    pages, cursor = [], ""
    while True:
        page = ok(world.client.get(world.path(f"/search?q=needle{cursor}")))
        pages.append([message["sequence"] for message in page["items"]])
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert pages == [[], [5], [], [2]]


def test_words_that_never_meet_are_searched_in_bounded_pages(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.open()
    monkeypatch.setattr(message_search, "MAX_READS", 1)
    for _ in range(3):
        world.send(world.client, "left")
        world.send(world.client, "right")
    page = ok(world.client.get(world.path("/search?q=left%20right")))
    assert (page["items"], page["nextCursor"]) == ([], None)
    world.send(world.client, "right left")
    assert search(world, "left%20right") == ["right left"]


def test_catching_up_reads_no_more_than_its_page(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Revisions of messages that changed again are gaps, which it looks beyond."""
    world.open()
    sent = world.send(world.client, "0")
    for number in range(1, 12):
        path = world.path(f"/messages/{sent['id']}")
        ok(world.client.patch(path, json={"content": str(number)}))
    world.send(world.client, "next")
    page = world.page(world.artist, "changedAfter=0&limit=1")
    assert contents(page) == ["11"]
    monkeypatch.setattr(queries, "MAX_READS", 1)
    page = world.page(world.artist, "changedAfter=0&limit=1")
    assert contents(page) == []
    while not page["items"]:
        page = world.page(world.artist, f"limit=1&cursor={page['nextCursor']}")
    assert contents(page) == ["11"]
    last = world.page(world.artist, f"limit=5&cursor={page['nextCursor']}")
    assert (contents(last), last["nextCursor"]) == (["next"], None)


def test_search_has_pages(active_world: World) -> None:
    for number in range(5):
        active_world.send(active_world.client, f"needle {number}")
    first = ok(active_world.client.get(active_world.path("/search?q=needle&limit=2")))
    rest = search(active_world, "needle", f"&limit=9&cursor={first['nextCursor']}")
    assert contents(first) + rest == [f"needle {number}" for number in (4, 3, 2, 1, 0)]
    other = f"/search?q=hay&cursor={first['nextCursor']}"
    assert "query.cursor" in errors(active_world.client.get(active_world.path(other)))


def test_search_requires_a_word(active_world: World) -> None:
    for q in ("", "%20", "%CC%81", "x" * 101):
        assert set(errors(active_world.client.get(active_world.path(f"/search?q={q}")))) == {
            "query.q"
        }


# ---- export ------------------------------------------------------------------------------------


def test_an_export_is_complete(active_world: World) -> None:
    deleted = active_world.messages()[1].id
    ok(active_world.client.delete(active_world.path(f"/messages/{deleted}")), 204)
    items, cursor = [], ""
    while True:
        page = ok(active_world.client.get(active_world.path(f"/export?limit=4{cursor}")))
        items += page["items"]
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert [item["content"] for item in items] == ["1", None, *"3456789"]
    assert [person["name"] for person in page["people"]] == ["Ari Artist", "Cleo Client"]
    assert page["conversation"]["id"] == active_world.cid
    assert page["exportedAt"] == "2026-03-02T12:00:00Z"
    assert (
        active_world.as_user(OTHER_ARTIST, "artist").get(active_world.path("/export")).status_code
        == 404
    )
    assert CLIENT in {person["userId"] for person in page["people"]}
