"""Artists' pages: what is on them, and how they are changed."""

import pytest

from profiles.store import artist_pages as store
from tests.functional.profiles.people import (
    ARTIST,
    CLIENT,
    OWN_PAGE,
    People,
    edit_page,
    error_fields,
    everything,
    get_public_page,
    outbox,
    refused,
    update_page,
)
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


def test_an_artist_has_a_page_from_the_first_moment(people: People) -> None:
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
        "rating": {"count": 0, "average": None},
    }
    assert (own["listed"], own["version"], own["formerHandles"]) == (False, 0, [])
    assert everything() == []
    people.register(ARTIST)
    assert people.artist.get(OWN_PAGE).json_body["page"]["name"] == "Mara Voss"


def test_a_page_can_be_edited_before_its_artist_was_heard_of(people: People) -> None:
    update_page(people.artist, bio="Early.")
    people.register(ARTIST)
    assert (get_public_page()["bio"], get_public_page()["name"]) == ("Early.", "Mara Voss")


def test_everything_can_be_said_at_once(people: People) -> None:
    people.register(ARTIST)
    own = update_page(people.artist, **FULL)
    said = {name: value for name, value in FULL.items() if name not in NOT_ON_THE_PAGE}
    assert {name: own["page"][name] for name in said} == said
    assert (own["listed"], own["version"]) == (True, 1)


def test_what_is_left_out_stays_and_null_takes_away(people: People) -> None:
    people.register(ARTIST)
    update_page(people.artist, **FULL)
    own = update_page(people.artist, coordinates=None, timeZone=None, priceFloor=None, bio="")
    left = {**FULL, "coordinates": None, "timeZone": None, "priceFloor": None, "bio": ""}
    assert {name: own["page"].get(name) for name in left if name != "listed"} == {
        name: value for name, value in left.items() if name != "listed"
    }


def test_text_is_kept_without_space_around_and_lists_without_repetition(people: People) -> None:
    own = update_page(people.artist, bio="  hi ", styles=["a", "b", "a"], tags=[" x ", "x"])
    page = own["page"]
    assert (page["bio"], page["styles"], page["tags"]) == ("hi", ["a", "b"], ["x"])


LONG = "x" * 201


NONSENSE = [
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
    ({"privacy": {"bio": "friends"}}, "body.privacy[...]"),
    ({"privacy": {"name": "private"}}, "body.privacy"),
    ({"listed": True}, "body.listed"),
    ({"handle": None}, "body.handle"),
    ({"handle": "admin"}, "body.handle"),
    ({"version": -1}, "body.version"),
]


def test_nonsense_is_refused_by_name_and_changes_nothing(people: People) -> None:
    people.register(ARTIST)
    before = everything()
    for fields, wrong in NONSENSE:
        (named,) = error_fields(edit_page(people.artist, **fields))
        assert named.startswith(wrong), fields
    assert everything() == before


def test_a_version_is_needed(people: People) -> None:
    assert "body.version" in error_fields(people.artist.patch(OWN_PAGE, json={"bio": "x"}))


def test_a_page_is_changed_only_as_it_was_read(people: People) -> None:
    people.register(ARTIST)
    version = people.artist.get(OWN_PAGE).json_body["version"]
    first = people.artist.patch(OWN_PAGE, json={"version": version, "bio": "First."})
    late = people.artist.patch(OWN_PAGE, json={"version": version, "bio": "Second."})
    assert first.json_body["version"] == version + 1
    assert refused(late) == (409, "changed_meanwhile")
    assert get_public_page()["bio"] == "First."


def test_of_many_who_change_what_they_read_one_wins(people: People) -> None:
    people.register(ARTIST)
    version = people.artist.get(OWN_PAGE).json_body["version"]
    body = {"version": version, "bio": "Mine."}
    people.artist.patch(OWN_PAGE, json={"version": version + 9})  # its decoder is made once
    answers = together(8, lambda: people.artist.patch(OWN_PAGE, json=body).status_code)
    assert sorted(answers) == [200] + [409] * 7
    assert people.artist.get(OWN_PAGE).json_body["version"] == version + 1


def test_what_others_tell_of_is_no_change_of_the_artists(people: People) -> None:
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


def test_nobody_but_artists_has_a_page(people: People) -> None:
    people.register()
    assert people.client.get(OWN_PAGE).status_code == 403
    assert people.client.patch(OWN_PAGE, json={"version": 0}).status_code == 403
    assert people.nobody.get(f"/v1/profiles/artists/{CLIENT}").status_code == 404
    assert people.artist.get(f"/v1/profiles/users/{CLIENT}/page").status_code == 404


@pytest.mark.parametrize(
    "name", ["nobody.here", "usr_01JD0000000000000000000ZZZ", "x" * 400, "%00"]
)
def test_who_is_not_there_is_not_found(people: People, name: str) -> None:
    assert people.nobody.get(f"/v1/profiles/artists/{name}").status_code == 404


def test_only_a_change_of_the_handle_is_told_to_others(people: People) -> None:
    people.register(ARTIST)
    update_page(people.artist, bio="Hi.", booksOpen=False)
    update_page(people.artist, handle="mara")
    data = [event.data for event in outbox("user.profile.updated")]
    assert [(one["handle"], one["recordVersion"]) for one in data] == [(None, 1), ("mara", 2)]


def test_index_and_page_never_differ_by_a_crash(people: People) -> None:
    """They are one transaction: what searches find is what the page says, or neither changed."""
    people.register(ARTIST)
    update_page(people.artist, **FULL)
    page = store.find_page(ARTIST)
    found = {item["pk"]["S"] for item in everything() if item["pk"]["S"].startswith("SEARCH#")}
    assert found == {f"SEARCH#{key}" for key in page.search_keys}
