"""Pages of artists who are banned, or whose role an admin changed."""

from typing import Any

import pytest

from tests.functional.profiles.people import ARTIST, CLIENT, People, consume, outbox
from tests.support.responses import refused

HANDLE = "mara.voss"


@pytest.fixture
def listed(people: People) -> People:
    """The users; the artist has a page that searches find."""
    people.register()
    page = {"version": 0, "handle": HANDLE, "listed": True}
    assert people.artist.patch("/v1/profiles/me/page", json=page).status_code == 200
    return people


def change(type_: str, version: int, *, banned: bool, role: str = "artist") -> None:
    consume(f"user.{type_}", userId=ARTIST, role=role, banned=banned, recordVersion=version)


def last_published() -> dict[str, Any]:
    events = [e for e in outbox("user.profile.updated") if e.data["userId"] == ARTIST]
    return max((event.data for event in events), key=lambda data: data["recordVersion"])


def find(people: People) -> list[str]:
    items = people.nobody.get("/v1/profiles/artists").json_body["items"]
    return [item["artistId"] for item in items]


def test_the_page_of_a_banned_artist_is_hidden_and_their_books_are_closed(listed: People) -> None:
    assert find(listed) == [ARTIST]
    change("banned", 1, banned=True)
    assert find(listed) == []
    page = f"/v1/profiles/artists/{HANDLE}"
    for path in (page, f"{page}/portfolio", f"{page}/reviews", f"/v1/profiles/artists/{ARTIST}"):
        assert refused(listed.nobody.get(path)) == (404, "not_found"), path
    as_user = f"/v1/profiles/users/{ARTIST}/page"
    assert refused(listed.client.get(as_user)) == (404, "not_found")
    assert listed.admin.get(as_user).status_code == 200
    # Those who had to do with the artist still see who it was.
    assert listed.client.get(f"/v1/profiles/users/{ARTIST}").json_body["name"] == "Mara Voss"
    published = last_published()
    assert (published["booksOpen"], published["role"]) == (False, "artist")


def test_the_page_is_shown_again_when_the_ban_is_lifted(listed: People) -> None:
    change("banned", 1, banned=True)
    change("unbanned", 2, banned=False)
    assert find(listed) == [ARTIST]
    assert listed.nobody.get(f"/v1/profiles/artists/{HANDLE}/portfolio").status_code == 200
    assert last_published()["booksOpen"] is True


def test_of_events_in_the_wrong_order_the_newest_counts(listed: People) -> None:
    change("unbanned", 2, banned=False)
    change("banned", 1, banned=True)
    assert find(listed) == [ARTIST]


def test_a_former_artist_has_no_page_and_takes_no_bookings(listed: People) -> None:
    change("role_changed", 1, banned=False, role="client")
    assert find(listed) == []
    published = last_published()
    assert (published["booksOpen"], published["role"]) == (False, "client")
    change("role_changed", 2, banned=False)
    assert find(listed) == [ARTIST]
    assert (last_published()["booksOpen"], last_published()["role"]) == (True, "artist")


def test_an_event_about_a_client_changes_their_role_only(people: People) -> None:
    people.register(CLIENT)
    consume("user.role_changed", userId=CLIENT, role="artist", banned=False, recordVersion=1)
    assert people.client.get("/v1/profiles/me").json_body["role"] == "artist"


def test_the_event_may_arrive_before_the_user_is_known(people: People) -> None:
    change("banned", 1, banned=True)
    people.register(ARTIST)
    assert refused(people.nobody.get(f"/v1/profiles/artists/{ARTIST}")) == (404, "not_found")
    assert last_published()["booksOpen"] is False
