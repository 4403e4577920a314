"""Follows: private, ended and prevented by blocks; feeds, and announcements of opened books."""

from datetime import timedelta
from typing import Any

import pytest
from time_machine import TimeMachineFixture

from profiles.models.follows import Follow
from profiles.models.portfolio import PortfolioOrder
from profiles.store import follows as store
from profiles.store import portfolio as portfolio_store
from profiles.store.table import RecordItem
from profiles.use_cases import follows
from shared.data.record_items import json_of
from shared.http.caller import Role
from shared.platform import clock
from tests.functional.profiles.activity import (
    HOME,
    build_query,
    consume_own_events,
    create_item,
    list_all,
    list_stored,
    ok,
)
from tests.functional.profiles.people import (
    ADMIN,
    ARTIST,
    CLIENT,
    OTHER_ARTIST,
    OTHER_CLIENT,
    People,
    consume,
    get_public_page,
    outbox,
    update_page,
)
from tests.support import aws_calls
from tests.support.gateway import ApiClient
from tests.support.responses import refused
from tests.support.threads import together

FEED, FOLLOWS = f"{HOME}/feed", f"{HOME}/follows"


@pytest.fixture(autouse=True)
def registered(people: People) -> None:
    people.register()


def path(artist_id: str = ARTIST) -> str:
    return f"{HOME}/users/{artist_id}/follow"


def block(by: str, *, blocked: bool = True, version: int = 1) -> None:
    consume(
        "conversation.block_changed",
        conversationId="cnv_1",
        artistId=ARTIST,
        clientId=CLIENT,
        userId=by,
        blocked=blocked,
        recordVersion=version,
    )


def test_following_is_idempotent_and_counted_on_the_page(people: People) -> None:
    for _ in range(2):
        view = ok(people.client.put(path()))
        assert view == {"artistId": ARTIST, "following": True, "followers": 1}
    ok(people.other_client.put(path()))
    assert get_public_page(ARTIST)["followers"] == 2
    for _ in range(2):
        assert ok(people.client.delete(path()))["following"] is False
    assert ok(people.client.get(path())) == {
        "artistId": ARTIST,
        "following": False,
        "followers": 1,
    }
    assert get_public_page(ARTIST)["followers"] == 1


def test_concurrent_follows_count_once(people: People) -> None:
    people.client.get(path())
    together(4, lambda: people.client.put(path()))
    assert get_public_page(ARTIST)["followers"] == 1


def test_who_follows_is_private(people: People) -> None:
    ok(people.client.put(path()))
    for reader in (people.artist, people.other_client, people.admin):
        assert ok(reader.get(FOLLOWS))["items"] == []
    seen = str(people.artist.get("/v1/profiles/me/page").json_body) + str(get_public_page(ARTIST))
    assert CLIENT not in seen
    assert refused(people.nobody.get(FOLLOWS)) == (401, "unauthorized")


def test_the_own_list_has_those_followed_last_first(
    people: People, clock: TimeMachineFixture
) -> None:
    update_page(people.artist, handle="mara", booksOpen=False)
    ok(people.client.put(path(OTHER_ARTIST)))
    clock.shift(timedelta(seconds=1))
    ok(people.client.put(path()))
    listed = list_all(people.client, FOLLOWS, limit=1)
    assert [each["artistId"] for each in listed] == [ARTIST, OTHER_ARTIST]
    first = listed[0]
    assert (first["handle"], first["name"], first["booksOpen"]) == ("mara", "Mara Voss", False)
    consume("user.banned", userId=ARTIST, role="artist", banned=True, recordVersion=9)
    assert [each["artistId"] for each in list_all(people.client, FOLLOWS)] == [OTHER_ARTIST]


def test_nobody_follows_themselves_a_client_or_nobody(people: People) -> None:
    assert refused(people.artist.put(path())) == (409, "own_page")
    for unknown in (CLIENT, ADMIN, "usr_01JD0000000000000000000ZZZ"):
        assert refused(people.other_client.put(path(unknown))) == (404, "not_found")


@pytest.mark.parametrize("by", [ARTIST, CLIENT])
def test_a_block_ends_and_prevents_a_follow(people: People, by: str) -> None:
    ok(people.client.put(path()))
    ok(people.other_client.put(path()))
    block(by)
    assert ok(people.client.get(path())) == {
        "artistId": ARTIST,
        "following": False,
        "followers": 1,
    }
    assert refused(people.client.put(path())) == (403, "blocked")
    block(by, blocked=False, version=2)
    ok(people.client.put(path()))


def test_the_number_of_follows_is_limited(people: People, monkeypatch: Any) -> None:
    monkeypatch.setattr(follows, "MAX_FOLLOWS", 1)
    ok(people.client.put(path()))
    assert refused(people.client.put(path(OTHER_ARTIST))) == (409, "too_many_follows")
    ok(people.client.delete(path()))
    ok(people.client.put(path(OTHER_ARTIST)))


# ---- feed --------------------------------------------------------------------------------------


def test_the_feed_has_the_new_items_of_followed_artists(
    people: People, clock: TimeMachineFixture
) -> None:
    ids = []
    for artist in (people.artist, people.other_artist) * 2:
        ids.append(create_item(artist))
        clock.shift(timedelta(seconds=1))
    assert ok(people.client.get(FEED)) == {"items": [], "nextCursor": None}
    ok(people.client.put(path()))
    ok(people.client.put(path(OTHER_ARTIST)))
    seen = list_all(people.client, FEED, limit=3)
    assert [each["item"]["id"] for each in seen] == ids[::-1]
    assert [each["artist"]["name"] for each in seen[:2]] == ["Ink Ivan", "Mara Voss"]
    ok(people.artist.delete(f"{HOME}/me/portfolio/{ids[2]}"))
    ok(people.client.delete(path(OTHER_ARTIST)))
    assert [each["item"]["id"] for each in list_all(people.client, FEED)] == [ids[0]]
    consume("user.banned", userId=ARTIST, role="artist", banned=True, recordVersion=9)
    assert list_all(people.client, FEED) == []


def test_a_feed_of_the_most_follows_is_read_with_six_calls(people: People) -> None:
    number = follows.MAX_FOLLOWS
    artists = [f"usr_01JD00000000000000000{each:05}" for each in range(number)]
    with RecordItem.batch_write() as batch:
        for artist_id in artists:
            follow = Follow(artist_id, CLIENT, clock.now())
            batch.save(RecordItem.of(f"PERSON#{CLIENT}", store.FOLLOW + artist_id, follow))
    keys = tuple(f"01JD000000000000000000{each:04}" for each in range(20))
    kept = json_of(PortfolioOrder(recent=keys))
    with portfolio_store.OrderItem.batch_write() as orders:
        for artist_id in artists:
            place = f"PORTFOLIO#{artist_id}", "WORKS"
            orders.save(portfolio_store.OrderItem(*place, order=kept))
    cursor = ok(people.client.get(f"{FEED}?limit=50"))["nextCursor"]
    with aws_calls.counted() as calls:
        ok(people.client.get(f"{FEED}?" + build_query(limit=50, cursor=cursor)))
    assert calls == {"dynamodb:UpdateItem": 1, "dynamodb:Query": 1, "dynamodb:BatchGetItem": 4}


# ---- announcements -----------------------------------------------------------------------------


def list_notified() -> list[str]:
    return [event.data["followerId"] for event in outbox("follow.books_opened")]


def test_followers_are_told_once_a_day_that_books_open(
    people: People, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follows, "NOTIFIED_AT_ONCE", 1)
    update_page(people.artist, handle="mara", booksOpen=False)
    ok(people.client.put(path()))
    ok(people.other_client.put(path()))
    update_page(people.artist, bio="Still closed.")
    assert outbox("artist.books_opened") == []
    update_page(people.artist, booksOpen=True)
    for _ in range(2):  # an event may come twice
        consume_own_events()
    assert list_notified() == [CLIENT, OTHER_CLIENT]
    data = outbox("follow.books_opened")[0].data
    assert (data["artistName"], data["handle"]) == ("Mara Voss", "mara")
    for hours, number in ((1, 2), (24, 4)):
        clock.shift(timedelta(hours=hours))
        update_page(people.artist, booksOpen=False)
        update_page(people.artist, booksOpen=True)
        consume_own_events()
        assert len(list_notified()) == number


def test_an_announcement_that_was_cut_off_goes_on(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follows, "NOTIFIED_AT_ONCE", 1)
    update_page(people.artist, booksOpen=False)
    for follower in (people.client, people.other_client):
        ok(follower.put(path()))
    update_page(people.artist, booksOpen=True)
    announce = follows._announce
    with monkeypatch.context() as cut:
        cut.setattr(follows, "_announce", lambda *args: announce(*args) or True)
        consume_own_events()
    assert list_notified() == [CLIENT]
    consume_own_events()
    assert list_notified() == [CLIENT, OTHER_CLIENT]


def test_closed_books_are_not_announced(people: People) -> None:
    ok(people.client.put(path()))
    update_page(people.artist, booksOpen=False)
    update_page(people.artist, booksOpen=True)
    update_page(people.artist, booksOpen=False)
    consume_own_events()
    assert list_notified() == []


# ---- erasure -----------------------------------------------------------------------------------


def test_follows_are_erased_on_both_sides(people: People) -> None:
    ok(people.client.put(path()))
    ok(people.other_client.put(path()))
    ok(people.other_client.put(path(OTHER_ARTIST)))
    consume("user.deleted", userId=CLIENT)
    assert get_public_page(ARTIST)["followers"] == 1
    consume("user.deleted", userId=ARTIST)
    assert list_stored("FOLLOWERS#" + ARTIST) == []
    listed = list_all(people.other_client, FOLLOWS)
    assert [each["artistId"] for each in listed] == [OTHER_ARTIST]
    late: ApiClient = people.nobody.as_user(CLIENT, Role.CLIENT)
    assert refused(late.put(path(OTHER_ARTIST))) == (401, "session_ended")
