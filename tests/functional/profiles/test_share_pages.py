"""Share pages: what link previews, search engines and people read of an artist."""

import json
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from chalice.test import HTTPResponse

from tests.functional.profiles.activity import FILE, OTHER_FILE, clean, create_item, create_review
from tests.functional.profiles.people import (
    ARTIST,
    SERVICE,
    People,
    consume,
    service_saved,
    try_consume,
    update_page,
)
from tests.support.fake_aws import put_secret

HANDLE = "mara.voss"
API = "https://api.artistbooking.example"
WEB = "https://app.artistbooking.example"
URL = f"{API}/v1/profiles/artists/{HANDLE}/share"
BOOKING = f"{WEB}/artists/{HANDLE}?service={SERVICE}"
HOSTILE = "</script><script>alert(1)</script>\"'&<!-- \u2028"


class Parsed(HTMLParser):
    """The metadata, links, text and structured data of a page; every element by its name."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.meta: dict[str, str] = {}
        self.links: dict[str, str] = {}
        self.elements: list[str] = []
        self.canonical: str | None = None
        self.text = ""
        self._data = ""
        self._href: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        attributes = dict(attrs)
        self.elements.append(tag)
        assert not any(name.startswith("on") or name == "style" for name in attributes)
        if tag == "meta" and "content" in attributes:
            name = attributes.get("property") or attributes["name"]
            assert name not in self.meta
            self.meta[name] = attributes["content"]
        if tag == "link" and attributes["rel"] == "canonical":
            self.canonical = attributes["href"]
        if tag == "a":
            self._href = attributes["href"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._href = None

    def handle_data(self, data: str) -> None:
        if self.elements[-1:] == ["script"] and data.strip().startswith("{"):
            self._data = data
        elif self._href:
            self.links[data] = self._href
        else:
            self.text += data

    @property
    def structured(self) -> Any:
        """The structured data."""
        return json.loads(self._data)


@pytest.fixture(autouse=True)
def web_app(monkeypatch: pytest.MonkeyPatch) -> None:
    """Configure the address of the web application."""
    monkeypatch.setenv("WEB_APP_URL", f"{WEB}/")


@pytest.fixture
def listed(people: People) -> People:
    """The users; the artist has a page that searches find, and a service."""
    people.register()
    update_page(
        people.artist,
        handle=HANDLE,
        listed=True,
        businessName="Voss Ink",
        bio="Fine lines\nsince 2011.",
        styles=["fine-line"],
        city="Berlin",
        address="Hauptstrasse 1",
        coordinates={"lat": 52.51234, "lon": 13.39876},
        socials={"instagram": "https://instagram.com/mara.voss"},
    )
    assert try_consume(service_saved(sittings=2))
    return people


def get(handle: str = HANDLE, **headers: str) -> HTTPResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return People.nobody.get(f"/v1/profiles/artists/{handle}/share", headers=named)


def read(handle: str = HANDLE) -> Parsed:
    answer = get(handle)
    assert answer.status_code == 200, answer.body
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Parsed(answer.body.decode())


def test_a_link_preview_finds_title_text_and_address(listed: People) -> None:
    page = read()
    assert page.canonical == URL
    assert (
        page.meta.items()
        >= {
            "og:type": "website",
            "og:title": "Voss Ink",
            "og:description": "Fine lines since 2011.",
            "og:url": URL,
            "twitter:card": "summary",
            "twitter:title": "Voss Ink",
            "description": "Fine lines since 2011.",
        }.items()
    )
    assert "og:image" not in page.meta


def test_the_picture_is_the_newest_image_of_the_portfolio_at_an_address_that_stays(
    listed: People,
) -> None:
    create_item(listed.artist)
    clean(ARTIST, OTHER_FILE, content_type="video/mp4")
    body = {"fileId": OTHER_FILE}
    assert listed.artist.post("/v1/profiles/me/portfolio", json=body).status_code == 201
    page = read()
    picture = f"{API}/v1/files/public/{FILE}/picture"
    assert page.meta["og:image"] == page.meta["twitter:image"] == picture
    assert page.structured["image"] == [{"@type": "ImageObject", "contentUrl": picture}]
    assert page.meta["twitter:card"] == "summary_large_image"
    assert page.meta["og:image:alt"] == "Voss Ink"
    described: dict[str, Any] = {
        "contentType": "image/jpeg",
        "altText": "A <swallow>\nin black",
        "recordVersion": 3,
    }
    consume("file.cleaned", fileId=FILE, ownerId=ARTIST, **described)
    alt = read().meta
    assert alt["og:image:alt"] == alt["twitter:image:alt"] == "A <swallow> in black"
    consume("file.removed", fileId=FILE, ownerId=ARTIST, recordVersion=4)
    assert "og:image" not in read().meta


def test_all_pictures_of_the_first_items_are_shown_in_order(listed: People) -> None:
    clean(ARTIST, FILE, OTHER_FILE)
    path = "/v1/profiles/me/portfolio"
    body = {"fileIds": [OTHER_FILE, FILE], "caption": "Peonies <1>"}
    assert listed.artist.post(path, json=body).status_code == 201
    page = read()
    urls = [f"{API}/v1/files/public/{file}/picture" for file in (OTHER_FILE, FILE)]
    assert [image["contentUrl"] for image in page.structured["image"]] == urls
    assert {image["caption"] for image in page.structured["image"]} == {"Peonies <1>"}
    assert page.links["Peonies <1>"] in urls


def test_people_get_a_link_to_the_artist_and_one_that_books_each_service(listed: People) -> None:
    page = read()
    assert page.links == {
        "See works, reviews and free times": f"{WEB}/artists/{HANDLE}",
        "Book Fine line tattoo": BOOKING,
    }
    assert "360.00 EUR · 120 minutes · 2 sittings" in page.text
    assert page.text.count("Voss Ink") == 2  # the title and the heading
    assert "with Mara Voss" in page.text


def test_search_engines_read_a_business_with_offers_that_can_be_reserved(listed: People) -> None:
    def action(url: str, name: str) -> dict[str, Any]:
        platforms = ("DesktopWebPlatform", "MobileWebPlatform")
        return {
            "@type": "ReserveAction",
            "target": {
                "@type": "EntryPoint",
                "urlTemplate": url,
                "actionPlatform": [f"https://schema.org/{name}" for name in platforms],
            },
            "result": {"@type": "Reservation", "name": name},
        }

    create_review(listed.client)
    assert read().structured == {
        "@context": "https://schema.org",
        "@type": "TattooParlor",
        "@id": URL,
        "name": "Voss Ink",
        "description": "Fine lines since 2011.",
        "url": URL,
        "sameAs": [f"{WEB}/artists/{HANDLE}", "https://instagram.com/mara.voss"],
        "keywords": "fine-line",
        "employee": {"@type": "Person", "name": "Mara Voss"},
        # Without the street: it is shown to clients only.
        "address": {"@type": "PostalAddress", "addressLocality": "Berlin"},
        "geo": {"@type": "GeoCoordinates", "latitude": 52.51, "longitude": 13.4},
        "aggregateRating": {
            "@type": "AggregateRating",
            "ratingValue": 5.0,
            "reviewCount": 1,
            "bestRating": 5,
            "worstRating": 1,
        },
        "makesOffer": [
            {
                "@type": "Offer",
                "itemOffered": {"@type": "Service", "name": "Fine line tattoo"},
                "price": "360.00",
                "priceCurrency": "EUR",
                "url": BOOKING,
                "potentialAction": action(BOOKING, "Fine line tattoo"),
            }
        ],
        "potentialAction": action(f"{WEB}/artists/{HANDLE}", "Voss Ink"),
    }


def test_who_does_not_tattoo_is_a_local_business(listed: People) -> None:
    assert try_consume(service_saved(name="Bridal make-up", version=2))
    assert read().structured["@type"] == "LocalBusiness"
    update_page(listed.artist, tags=["Tätowierungen"])
    assert read().structured["@type"] == "TattooParlor"


def test_closed_books_offer_nothing_to_reserve(listed: People) -> None:
    update_page(listed.artist, booksOpen=False)
    page = read()
    assert list(page.links) == ["See works, reviews and free times"]
    assert "The books are closed at the moment." in page.text
    assert "ReserveAction" not in json.dumps(page.structured)
    assert page.structured["makesOffer"][0]["price"] == "360.00"


def test_nothing_that_an_artist_writes_becomes_markup(listed: People) -> None:
    usual = read().elements
    update_page(listed.artist, businessName=HOSTILE.strip(), bio=HOSTILE, tags=["<b>"])
    assert try_consume(service_saved(name=HOSTILE, version=2, sittings=2))
    answer = get()
    page = Parsed(answer.body.decode())
    assert page.elements == usual
    assert page.structured["name"] == page.meta["og:title"] == HOSTILE.strip()
    assert page.structured["makesOffer"][0]["itemOffered"]["name"] == HOSTILE
    assert answer.body.decode().lower().count("<script") == 1
    assert "alert(1)" in unescape(page.text)


def test_the_page_loads_and_runs_nothing(listed: People) -> None:
    answer = get()
    policy = answer.headers["content-security-policy"]
    assert policy.startswith(
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "style-src 'sha256-"
    )
    assert "unsafe" not in policy
    assert "set-cookie" not in answer.headers


def test_caches_ask_whether_the_page_changed(listed: People) -> None:
    first = get()
    assert first.headers["cache-control"] == "public, max-age=300"
    etag = first.headers["etag"]
    for known in (etag, f'"other", W/{etag}', "*"):
        again = get(if_none_match=known)
        assert (again.status_code, again.body, again.headers["etag"]) == (304, b"", etag)
        assert again.headers["cache-control"] == "public, max-age=300"
    update_page(listed.artist, city="Lisbon")
    changed = get(if_none_match=etag)
    assert changed.status_code == 200
    assert changed.headers["etag"] != etag


@pytest.mark.parametrize("asked", ["Mara-Voss", "former", ARTIST])
def test_other_names_of_the_artist_move_permanently(listed: People, asked: str) -> None:
    update_page(listed.artist, handle="former")
    update_page(listed.artist, handle=HANDLE)
    answer = get(asked)
    assert answer.status_code == 301
    assert answer.headers["location"] == f"../{HANDLE}/share"
    # Not for ever: the artist may choose the former handle again.
    assert answer.headers["cache-control"] == "public, max-age=300"


def require_missing(*handles: str) -> None:
    for handle in handles:
        answer = get(handle)
        assert answer.status_code == 404, handle
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        page = Parsed(answer.body.decode())
        assert page.meta["robots"] == "noindex"
        assert "There is no artist at this address." in page.text
        assert "Voss" not in answer.body.decode()


def test_an_artist_who_is_not_listed_has_no_share_page(listed: People) -> None:
    update_page(listed.artist, handle="other.name", listed=False)
    require_missing("other.name", HANDLE, ARTIST, "nobody", "x" * 500, "%3Cscript%3E")


def test_a_banned_artist_has_no_share_page(listed: People) -> None:
    consume("user.banned", userId=ARTIST, role="artist", banned=True, recordVersion=1)
    require_missing(HANDLE, ARTIST)


def test_a_deleted_artist_has_no_share_page(listed: People) -> None:
    consume("user.deleted", userId=ARTIST)
    require_missing(HANDLE, ARTIST)


def test_the_page_is_in_the_language_of_the_artist(listed: People) -> None:
    update_page(listed.artist, languages=["fr", "de-AT", "en"])
    answer = get().body.decode()
    assert '<html lang="de">' in answer
    page = Parsed(answer)
    assert "Fine line tattoo buchen" in page.links
    assert page.meta["og:locale"] == "de_DE"


def test_without_addresses_the_page_has_no_links(
    listed: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WEB_APP_URL")
    put_secret("api", {})
    page = read()
    assert (page.canonical, page.links) == (None, {})
    assert "og:url" not in page.meta
    assert "ReserveAction" not in json.dumps(page.structured)
