"""Artists' pages: fields, changes and conflicts."""

from typing import Any

import pytest
from msgspec.structs import replace

from profiles.models.artist_pages import ArtistPage
from profiles.rules import search_entries, search_segments
from profiles.store import artist_pages as store
from profiles.store import search
from profiles.use_cases import page_changes, search_index
from shared.platform.clock import now
from tests.functional.profiles.people import (
    ARTIST,
    CLIENT,
    OWN_PAGE,
    People,
    edit_page,
    everything,
    get_public_page,
    outbox,
    update_page,
)
from tests.support import aws_calls
from tests.support.responses import error_fields, refused
from tests.support.threads import together

FULL = {
    "handle": "mara.voss",
    "businessName": "Voss Ink",
    "bio": "Fine lines since 2011.",
    "styles": ["fine-line", "blackwork"],
    "tags": ["Botanical", "small"],
    "address": "Hauptstrasse 1, Berlin",
    "city": "Berlin",
    "coordinates": {"lat": 52.51234, "lon": 13.39876},
    "timeZone": "Europe/Berlin",
    "languages": ["de", "en-GB"],
    "priceFloor": {"amount": 15000, "currency": "EUR"},
    "booksOpen": False,
    "listed": True,
    "socials": {"instagram": "https://instagram.com/mara.voss"},
}
NOT_ON_THE_PAGE = {"listed"}


def test_an_artist_has_a_page_from_the_start(people: People) -> None:
    own = people.artist.get(OWN_PAGE).json_body
    assert own["page"] == {
        "artistId": ARTIST,
        "handle": None,
        "name": "",
        "avatar": None,
        "businessName": "",
        "bio": "",
        "styles": [],
        "tags": [],
        "address": "",
        "city": "",
        "coordinates": None,
        "timeZone": None,
        "languages": [],
        "priceFloor": None,
        "booksOpen": True,
        "socials": {},
        "services": [],
        "fromPrices": [],
        "guestSpots": [],
        "rating": {"count": 0, "average": None},
        "followers": 0,
        "responseTime": None,
    }
    assert (own["listed"], own["version"], own["formerHandles"]) == (False, 0, [])
    assert everything() == []
    people.register(ARTIST)
    assert people.artist.get(OWN_PAGE).json_body["page"]["name"] == "Mara Voss"


def test_a_page_can_be_edited_before_the_user_event_arrives(people: People) -> None:
    update_page(people.artist, bio="Early.")
    people.register(ARTIST)
    assert (get_public_page()["bio"], get_public_page()["name"]) == ("Early.", "Mara Voss")


def test_all_fields_can_be_set_at_once(people: People) -> None:
    people.register(ARTIST)
    own = update_page(people.artist, **FULL)
    expected = {name: value for name, value in FULL.items() if name not in NOT_ON_THE_PAGE}
    assert {name: own["page"][name] for name in expected} == expected
    assert (own["listed"], own["version"]) == (True, 1)


def test_omitted_fields_stay_and_null_removes(people: People) -> None:
    people.register(ARTIST)
    update_page(people.artist, **FULL)
    own = update_page(people.artist, coordinates=None, timeZone=None, priceFloor=None, bio="")
    left = {**FULL, "coordinates": None, "timeZone": None, "priceFloor": None, "bio": ""}
    assert {name: own["page"].get(name) for name in left if name != "listed"} == {
        name: value for name, value in left.items() if name != "listed"
    }


def test_text_is_stripped_and_lists_are_deduplicated(people: People) -> None:
    own = update_page(people.artist, bio="  hi ", styles=["a", "b", "a"], tags=[" x ", "x"])
    page = own["page"]
    assert (page["bio"], page["styles"], page["tags"]) == ("hi", ["a", "b"], ["x"])


LONG = "x" * 201


INVALID: list[tuple[dict[str, Any], str]] = [
    ({"bio": "x" * 501}, "body.bio"),
    ({"bio": None}, "body.bio"),
    ({"businessName": "x" * 101}, "body.businessName"),
    ({"address": LONG}, "body.address"),
    ({"city": "x" * 81}, "body.city"),
    ({"styles": ["x"] * 9}, "body.styles"),
    ({"styles": ["Fine Line"]}, "body.styles[0]"),
    ({"styles": ["a\n"]}, "body.styles[0]"),
    ({"tags": ["x"] * 11}, "body.tags"),
    ({"tags": [" "]}, "body.tags[0]"),
    ({"coordinates": {"lat": 90.1, "lon": 0}}, "body.coordinates.lat"),
    ({"coordinates": {"lat": 0, "lon": -181}}, "body.coordinates.lon"),
    ({"coordinates": {"lat": 0}}, "body.coordinates.lon"),
    ({"timeZone": "Berlin"}, "body.timeZone"),
    ({"timeZone": "../etc/passwd"}, "body.timeZone"),
    ({"languages": ["german"]}, "body.languages[0]"),
    ({"languages": ["de\n"]}, "body.languages[0]"),
    ({"priceFloor": {"amount": -1, "currency": "EUR"}}, "body.priceFloor.amount"),
    ({"priceFloor": {"amount": 1, "currency": "eur"}}, "body.priceFloor.currency"),
    ({"socials": {"website": "javascript:alert(1)"}}, "body.socials.website"),
    ({"socials": {"website": "http://voss.example"}}, "body.socials.website"),
    ({"socials": {"website": "https://nowhere"}}, "body.socials.website"),
    ({"socials": {"myspace": "https://a.example"}}, "body.socials.myspace"),
    ({"socials": {"website": "https://mara:secret@voss.example"}}, "body.socials.website"),
    ({"socials": {"website": "https://www.instagram.com@voss.example/"}}, "body.socials.website"),
    ({"socials": {"instagram": "https://voss.example/mara"}}, "body.socials.instagram"),
    ({"socials": {"instagram": "https://www.instagram.com/"}}, "body.socials.instagram"),
    ({"socials": {"facebook": "https://l.facebook.com/l.php?u=x"}}, "body.socials.facebook"),
    ({"priceFloor": {"amount": 1, "currency": "XTS"}}, "body.priceFloor.currency"),
    ({"businessName": "\u0410rtist B\u043eoking Support"}, "body.businessName"),
    ({"handle": "support-team"}, "body.handle"),
    ({"privacy": {"bio": "friends"}}, "body.privacy[...]"),
    ({"privacy": {"name": "private"}}, "body.privacy"),
    ({"listed": True}, "body.listed"),
    ({"handle": None}, "body.handle"),
    ({"handle": "admin"}, "body.handle"),
    ({"version": -1}, "body.version"),
]


def test_invalid_fields_are_named_and_nothing_changes(people: People) -> None:
    people.register(ARTIST)
    before = everything()
    for fields, wrong in INVALID:
        (named,) = error_fields(edit_page(people.artist, **fields))
        assert named.startswith(wrong), fields
    assert everything() == before


def test_a_version_is_required(people: People) -> None:
    assert "body.version" in error_fields(people.artist.patch(OWN_PAGE, json={"bio": "x"}))


def test_a_change_of_an_outdated_version_is_refused(people: People) -> None:
    people.register(ARTIST)
    version = people.artist.get(OWN_PAGE).json_body["version"]
    first = people.artist.patch(OWN_PAGE, json={"version": version, "bio": "First."})
    late = people.artist.patch(OWN_PAGE, json={"version": version, "bio": "Second."})
    assert first.json_body["version"] == version + 1
    assert refused(late) == (409, "changed_meanwhile")
    assert get_public_page()["bio"] == "First."


def test_one_of_many_concurrent_changes_succeeds(people: People) -> None:
    people.register(ARTIST)
    version = people.artist.get(OWN_PAGE).json_body["version"]
    body = {"version": version, "bio": "Mine."}
    # The decoder is created once, and not concurrently.
    people.artist.patch(OWN_PAGE, json={"version": version + 9})
    answers = together(8, lambda: people.artist.patch(OWN_PAGE, json=body).status_code)
    assert sorted(answers) == [200] + [409] * 7
    assert people.artist.get(OWN_PAGE).json_body["version"] == version + 1


def test_consumed_events_do_not_change_the_version(people: People) -> None:
    people.register(ARTIST)
    version = people.artist.get(OWN_PAGE).json_body["version"]
    people.artist.patch("/v1/profiles/me", json={"name": "Mara V."})
    answer = people.artist.patch(OWN_PAGE, json={"version": version, "bio": "Hi."})
    assert answer.status_code == 200


def test_books_open_and_close(people: People) -> None:
    people.register(ARTIST)
    assert get_public_page()["booksOpen"] is True
    update_page(people.artist, booksOpen=False)
    assert get_public_page()["booksOpen"] is False


def test_only_artists_have_a_page(people: People) -> None:
    people.register()
    assert people.client.get(OWN_PAGE).status_code == 403
    assert people.client.patch(OWN_PAGE, json={"version": 0}).status_code == 403
    assert people.nobody.get(f"/v1/profiles/artists/{CLIENT}").status_code == 404
    assert people.artist.get(f"/v1/profiles/users/{CLIENT}/page").status_code == 404


@pytest.mark.parametrize(
    "name", ["nobody.here", "usr_01JD0000000000000000000ZZZ", "x" * 400, "%00"]
)
def test_unknown_artists_are_not_found(people: People, name: str) -> None:
    assert people.nobody.get(f"/v1/profiles/artists/{name}").status_code == 404


def test_only_changes_of_the_handle_and_of_open_books_are_published(people: People) -> None:
    people.register(ARTIST)
    update_page(people.artist, bio="Hi.", booksOpen=True)
    update_page(people.artist, handle="mara")
    update_page(people.artist, bio="Ho.", booksOpen=False)
    update_page(people.artist, handle="voss", booksOpen=True)
    people.artist.patch("/v1/profiles/me", json={"name": "Mara V."})
    data = [event.data for event in outbox("user.profile.updated")]
    assert [(event["handle"], event["booksOpen"], event["recordVersion"]) for event in data] == [
        (None, True, 1),
        ("mara", True, 2),
        ("mara", False, 3),
        ("voss", True, 4),
        ("voss", True, 5),
    ]


def test_a_crash_leaves_page_and_search_consistent(people: People) -> None:
    """They are written in one transaction: both change, or neither."""
    people.register(ARTIST)
    update_page(people.artist, **FULL)
    before = everything()
    crash = RuntimeError("crash")
    with aws_calls.failing("TransactWriteItems", crash), pytest.raises(RuntimeError):
        page_changes.save(store.find_page(ARTIST) or ArtistPage(ARTIST), ArtistPage(ARTIST), now())
    assert everything() == before
    page = store.find_page(ARTIST)
    assert page is not None
    entry = search_entries.build_entry(page)
    assert entry is not None
    found = search_index.find_indexed(ARTIST)
    assert found is not None
    assert found.digest == search_segments.get_digest(entry)
    assert search.find_entries([ARTIST]) == {ARTIST: replace(entry, words=())}
