"""Budgets of signing in and refreshing: one Wi-Fi, many people."""

import pytest

from shared.platform import config
from tests.functional.auth.people import People
from tests.support.responses import refused

READERS = 4
VIEWS = 24  # of each


@pytest.fixture
def small_limits(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three refreshes of a session, and three sign-ins of an address."""
    monkeypatch.setenv("REFRESH_LIMIT", "3")
    monkeypatch.setenv("SIGN_IN_LIMIT", "3")
    config.forget()


def test_96_page_views_behind_one_wifi_sign_nobody_out(people: People) -> None:
    """A page that is loaded again has no access token, and refreshes."""
    emails = [f"reader{number}@example.com" for number in range(READERS)]
    tokens = [people.sign_up(email) for email in emails]
    for _ in range(VIEWS):
        for reader in range(READERS):
            assert people.client.get("/.well-known/jwks.json").status_code == 200
            answer = people.refresh(tokens[reader]["refreshToken"])
            assert answer.status_code == 200
            tokens[reader] = answer.json_body
    for email, latest in zip(emails, tokens, strict=True):
        assert people.signed_in(latest).get("/v1/auth/me").status_code == 200
        assert people.login(email).status_code == 200


@pytest.mark.usefixtures("small_limits")
def test_a_session_that_refreshes_too_often_hinders_only_itself(people: People) -> None:
    busy, other = people.sign_up(), people.login().json_body
    for _ in range(3):
        busy = people.refresh(busy["refreshToken"]).json_body
    answer = people.refresh(busy["refreshToken"])
    assert refused(answer) == (429, "too_many_requests")
    assert answer.headers["Retry-After"] == "900"
    elsewhere = people.from_elsewhere().refresh(busy["refreshToken"])
    assert refused(elsewhere) == (429, "too_many_requests")
    assert people.refresh(other["refreshToken"]).status_code == 200
    assert people.login().status_code == 200


@pytest.mark.usefixtures("small_limits")
def test_neither_reads_nor_refreshes_count_against_signing_in(people: People) -> None:
    tokens = people.sign_up()  # the first of three
    for _ in range(2):
        tokens = people.refresh(tokens["refreshToken"]).json_body
        assert people.client.get("/.well-known/jwks.json").status_code == 200
    assert [people.login().status_code for _ in range(3)] == [200, 200, 429]
    assert people.refresh(tokens["refreshToken"]).status_code == 200


def test_forged_tokens_count_against_their_address_only(people: People) -> None:
    tokens = people.sign_up()
    statuses = [people.refresh("forged").status_code for _ in range(101)]
    assert statuses == [401] * 100 + [429]
    assert people.refresh(tokens["refreshToken"]).status_code == 200
    assert people.from_elsewhere().refresh("forged").status_code == 401
