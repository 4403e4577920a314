"""Headers, cookies and redirects of the monolith, as the client of the API gets them."""

import pytest

from gateway.rules import answers
from gateway.use_cases.monolith import read_headers

BASE = "http://monolith.internal:3000/api"


@pytest.mark.parametrize(
    ("location", "returned"),
    [
        ("/api/login?a=1", "/stage/login?a=1"),
        ("/api", "/stage"),
        ("http://monolith.internal:3000/api/login", "/stage/login"),
        ("/apis", "/apis"),
        ("/login", "/login"),
        ("next", "next"),
        ("?page=2", "?page=2"),
        ("//evil.example/api", "//evil.example/api"),
        ("http://monolith.internal:30001/api/x", "http://monolith.internal:30001/api/x"),
        (
            "http://monolith.internal:3000//evil.example",
            "http://monolith.internal:3000//evil.example",
        ),
        ("https://elsewhere.example/api/x", "https://elsewhere.example/api/x"),
    ],
)
def test_a_redirect_within_the_monolith_stays_behind_the_api(location: str, returned: str) -> None:
    assert answers.lead_back(location, BASE, "/stage") == returned


@pytest.mark.parametrize(
    ("location", "returned"),
    [("http://m:3000", "/api/"), ("http://m:3000/x", "/api/x"), ("/x", "/api/x")],
)
def test_a_monolith_without_a_base_path_is_below_the_stage(location: str, returned: str) -> None:
    assert answers.lead_back(location, "http://m:3000/", "/api") == returned


def test_a_redirect_below_the_base_path_leads_to_no_other_host() -> None:
    assert answers.lead_back("/api//evil.example/", BASE, "") == "/api//evil.example/"
    assert answers.lead_back("/api//evil.example/", BASE, "/stage") == "/stage//evil.example/"


@pytest.mark.parametrize(
    ("cookie", "adapted"),
    [
        ("sid=1; Path=/; HttpOnly", "sid=1; Path=/; HttpOnly"),
        ("sid=1; Domain=monolith.internal; Secure", "sid=1; Secure"),
        ("sid=1; Domain=.example.com", "sid=1; Domain=.example.com"),
        ("sid=1; domain=ample.com", "sid=1"),
        ("sid=1; path=/api/old", "sid=1; Path=/v/old"),
        ("sid=1; Path=/api", "sid=1; Path=/v/"),
        ("sid=1; Path=/apis", "sid=1; Path=/apis"),
        (
            "sid=a=b; Expires=Tue, 01 Dec 2026",
            "sid=a=b; Expires=Tue, 01 Dec 2026",
        ),
    ],
)
def test_a_cookie_is_one_that_a_browser_keeps_for_the_api(cookie: str, adapted: str) -> None:
    assert (
        answers.adapt_cookie(cookie, base_url=BASE, prefix="/v", host="api.example.com") == adapted
    )


@pytest.mark.parametrize(
    ("path", "proxy", "prefix"),
    [
        ("/api/old/page", "old/page", "/api"),
        ("/old/page", "old/page", ""),
        ("/api/old/", "old", "/api"),
        ("/base/api/a%20b", "a b", "/base/api"),
        ("/x", "old/page", ""),
    ],
)
def test_the_stage_is_what_stands_before_the_path(path: str, proxy: str, prefix: str) -> None:
    assert answers.find_prefix(path, proxy) == prefix


def test_repeated_headers_are_joined() -> None:
    multiple = {"Cookie": ["a=1", "b=2"], "X-Tag": ["1", "2"], "Accept": ["*/*"]}
    assert read_headers({"Cookie": "b=2", "Host": "h"}, multiple) == {
        "cookie": "a=1; b=2",
        "x-tag": "1, 2",
        "accept": "*/*",
        "host": "h",
    }
