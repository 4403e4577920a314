"""The stand-ins of Meta, Google and Google's token revocation, reached over HTTP."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
import requests

from infra.local.standins import base64url
from infra.local.standins.server import Standins, running_standins
from infra.local.standins.social import google_oauth, meta_login
from infra.local.standins.social.errors import ERRORS
from infra.local.standins.social.faults import ProviderFault
from infra.local.standins.social.meta_state import Platform
from infra.local.standins.social.network import SocialNetworks
from infra.local.standins.social.outgoing import Delivery
from tests.support.social import VERIFIER, allow, authorize_url, decide

Json = dict[str, Any]

TIMEOUT = 10
REDIRECT = "https://api.artistbooking.example/v1/social/accounts/google/callback"
CALENDAR = "https://www.googleapis.com/auth/calendar"
GOOGLE_SCOPES = f"openid email {CALENDAR}"
INSTAGRAM_SCOPES = "instagram_business_basic,instagram_business_manage_messages"
FACEBOOK_SCOPES = "pages_show_list,pages_messaging,pages_manage_metadata,pages_read_engagement"
ARTIST = "ari@example.com"
DAY = 86400


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standins]:
    with running_standins(tmp_path_factory.mktemp("standins")) as standins:
        yield standins


@pytest.fixture
def social(running: Standins) -> SocialNetworks:
    """Nobody and nothing at the stand-ins."""
    running.clear()
    return running.social


@pytest.fixture
def web(running: Standins, social: SocialNetworks) -> "Web":
    return Web(running.inbox_url)


class Web:
    """Calls of the stand-ins."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.session = requests.Session()

    def call(self, method: str, path: str, token: str = "", **options: Any) -> requests.Response:
        headers = options.pop("headers", {})
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return self.session.request(
            method, f"{self.origin}{path}", headers=headers, timeout=TIMEOUT, **options
        )

    # Google.

    def google_page(self, **query: str) -> str:
        defaults = {
            "client_id": google_oauth.CLIENT_ID,
            "redirect_uri": REDIRECT,
            "scope": GOOGLE_SCOPES,
            "nonce": "nonce-1",
            "access_type": "offline",
        }
        return authorize_url(f"{self.origin}/google/o/oauth2/v2/auth", **{**defaults, **query})

    def google_exchange(self, a_code: str, /, **changes: str) -> requests.Response:
        form = {
            "client_id": google_oauth.CLIENT_ID,
            "client_secret": google_oauth.CLIENT_SECRET,
            "grant_type": "authorization_code",
            "code": a_code,
            "redirect_uri": REDIRECT,
            "code_verifier": VERIFIER,
            **changes,
        }
        return self.call("POST", "/google/token", data=form)

    def google(self, **query: str) -> Json:
        code = allow(self.google_page(**query), email=ARTIST)["code"]
        answer = self.google_exchange(code)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def events(self, token: str, **query: Any) -> Json:
        path = "/google/calendar/v3/calendars/primary/events"
        answer = self.call("GET", path, token, params=query)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    # Meta.

    def instagram_page(self, **query: str) -> str:
        defaults = {
            "client_id": meta_login.INSTAGRAM_APP_ID,
            "redirect_uri": REDIRECT,
            "scope": INSTAGRAM_SCOPES,
        }
        url = f"{self.origin}/meta/instagram/oauth/authorize"
        return authorize_url(url, **{**defaults, **query})

    def instagram_exchange(self, a_code: str, /, **changes: str) -> requests.Response:
        form = {
            "client_id": meta_login.INSTAGRAM_APP_ID,
            "client_secret": meta_login.INSTAGRAM_APP_SECRET,
            "grant_type": "authorization_code",
            "code": a_code,
            "redirect_uri": REDIRECT,
            "code_verifier": VERIFIER,
            **changes,
        }
        return self.call("POST", "/meta/instagram-api/oauth/access_token", data=form)

    def instagram(self, **query: str) -> str:
        """Log in, and return a long-lived token."""
        code = allow(self.instagram_page(**query), username="ari.ink")["code"]
        short = self.instagram_exchange(code).json()["data"][0]["access_token"]
        return str(self.lengthen(short).json()["access_token"])

    def lengthen(self, token: str, /, **changes: str) -> requests.Response:
        query = {
            "grant_type": "ig_exchange_token",
            "client_secret": meta_login.INSTAGRAM_APP_SECRET,
            "access_token": token,
            **changes,
        }
        return self.call("GET", "/meta/instagram-graph/access_token", params=query)

    def facebook_page(self, **query: str) -> str:
        defaults = {
            "client_id": meta_login.FACEBOOK_APP_ID,
            "redirect_uri": REDIRECT,
            "scope": FACEBOOK_SCOPES,
        }
        url = f"{self.origin}/meta/facebook/v23.0/dialog/oauth"
        return authorize_url(url, **{**defaults, **query})

    def facebook_exchange(self, a_code: str, /, **changes: str) -> requests.Response:
        form = {
            "client_id": meta_login.FACEBOOK_APP_ID,
            "client_secret": meta_login.FACEBOOK_APP_SECRET,
            "code": a_code,
            "redirect_uri": REDIRECT,
            "code_verifier": VERIFIER,
            **changes,
        }
        return self.call("POST", "/meta/graph/v23.0/oauth/access_token", data=form)

    def page_token(self) -> str:
        code = allow(self.facebook_page(), email=ARTIST, page="Ari Ink")["code"]
        token = self.facebook_exchange(code).json()["access_token"]
        (page,) = self.graph("me/accounts", token, fields="id,name,access_token").json()["data"]
        return str(page["access_token"])

    def graph(self, path: str, token: str, method: str = "GET", **query: Any) -> requests.Response:
        host = "instagram-graph" if token.startswith("IGAA") else "graph"
        body = query.pop("body", None)
        path = f"/meta/{host}/v23.0/{path}"
        return self.call(method, path, token, params=query, json=body)

    def send(self, token: str, guest: str, **message: Any) -> requests.Response:
        names = [name for name in ("tag", "messaging_type") if name in message]
        changes: Json = {name: message.pop(name) for name in names}
        content: Json = message or {"text": "Hello"}
        body: Json = {"recipient": {"id": guest}, "message": content, **changes}
        return self.graph("me/messages", token, "POST", body=body)


def google_error(answer: requests.Response) -> tuple[int, str]:
    (error,) = answer.json()["error"]["errors"]
    return answer.status_code, error["reason"]


def graph_error(answer: requests.Response) -> tuple[int, int, int | None]:
    error = answer.json()["error"]
    assert error["type"] == "OAuthException"
    return answer.status_code, error["code"], error.get("error_subcode")


def hour(start: str, **details: Any) -> Json:
    begins = datetime.fromisoformat(start)
    ends = begins + timedelta(hours=1)
    return {
        "summary": "Dentist",
        "start": {"dateTime": begins.isoformat()},
        "end": {"dateTime": ends.isoformat()},
        **details,
    }


EVENTS = "/google/calendar/v3/calendars/primary/events"


class TestGoogleSignIn:
    def test_a_code_becomes_tokens_and_a_signed_id_token(self, web: Web) -> None:
        tokens = web.google()
        keys = web.call("GET", "/google/oauth2/v3/certs").json()["keys"]
        claims = jwt.decode(
            tokens["id_token"],
            jwt.PyJWK(keys[0]),
            ["RS256"],
            audience=google_oauth.CLIENT_ID,
            issuer=f"{web.origin}/google",
        )
        assert (claims["email"], claims["nonce"]) == (ARTIST, "nonce-1")
        assert tokens["refresh_token"]
        profile = web.call("GET", "/google/oauth2/v3/userinfo", tokens["access_token"]).json()
        assert profile["sub"] == claims["sub"]

    def test_a_refresh_token_comes_with_the_first_consent_only(self, web: Web) -> None:
        assert "refresh_token" in web.google()
        assert "refresh_token" not in web.google()
        assert "refresh_token" in web.google(prompt="consent")

    def test_a_person_may_untick_scopes_or_deny(self, web: Web) -> None:
        page = web.google_page()
        granted = allow(page, without=[CALENDAR], email=ARTIST)
        assert granted["scope"] == "openid email"
        denied = allow(page, email=ARTIST, decision="deny")
        assert denied == {"state": "state-1", "error": "access_denied"}

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            pytest.param(
                {"client_id": "other"},
                401,
                marks=pytest.mark.provider_errors("google.dialog_unknown_client"),
            ),
            pytest.param(
                {"redirect_uri": "https://elsewhere.example/"},
                400,
                marks=pytest.mark.provider_errors("google.dialog_redirect_uri"),
            ),
            pytest.param(
                {"code_challenge": ""},
                400,
                marks=pytest.mark.provider_errors("google.dialog_invalid_request"),
            ),
            pytest.param(
                {"scope": "openid everything"},
                400,
                marks=pytest.mark.provider_errors("google.dialog_invalid_scope"),
            ),
        ],
    )
    def test_the_page_refuses_what_google_refuses(
        self, web: Web, social: SocialNetworks, query: dict[str, str], status: int
    ) -> None:
        body = {"uris": [REDIRECT]}
        web.call("PUT", "/google/_control/redirect-uris", json=body).raise_for_status()
        answer = requests.get(web.google_page(**query), timeout=TIMEOUT)
        assert answer.status_code == status

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            pytest.param(
                {"client_secret": "wrong"},
                (401, "invalid_client"),
                marks=pytest.mark.provider_errors("google.invalid_client"),
            ),
            pytest.param(
                {"code": "4/unknown"},
                (400, "invalid_grant"),
                marks=pytest.mark.provider_errors("google.code_invalid"),
            ),
            pytest.param(
                {"redirect_uri": "https://elsewhere.example/"},
                (400, "redirect_uri_mismatch"),
                marks=pytest.mark.provider_errors("google.redirect_uri"),
            ),
            pytest.param(
                {"code_verifier": ""},
                (400, "invalid_grant"),
                marks=pytest.mark.provider_errors("google.verifier_missing"),
            ),
            pytest.param(
                {"code_verifier": "w" * 64},
                (400, "invalid_grant"),
                marks=pytest.mark.provider_errors("google.verifier_wrong"),
            ),
            pytest.param(
                {"grant_type": "password"},
                (400, "unsupported_grant_type"),
                marks=pytest.mark.provider_errors("google.grant_type"),
            ),
            pytest.param(
                {"code": ""},
                (400, "invalid_request"),
                marks=pytest.mark.provider_errors("google.missing_parameter"),
            ),
        ],
    )
    def test_the_exchange_refuses_what_google_refuses(
        self, web: Web, changes: dict[str, str], expected: tuple[int, str]
    ) -> None:
        code = allow(web.google_page(), email=ARTIST)["code"]
        answer = web.google_exchange(code, **changes)
        assert (answer.status_code, answer.json()["error"]) == expected

    @pytest.mark.provider_errors("google.code_used")
    def test_codes_work_once_and_for_ten_minutes(self, web: Web, social: SocialNetworks) -> None:
        code = allow(web.google_page(), email=ARTIST)["code"]
        assert web.google_exchange(code).status_code == 200
        assert web.google_exchange(code).json()["error"] == "invalid_grant"
        late = allow(web.google_page(), email=ARTIST)["code"]
        social.clock.put_forward(google_oauth.CODE_SECONDS)
        assert web.google_exchange(late).json()["error"] == "invalid_grant"

    @pytest.mark.provider_errors("google.token_expired", "google.token_unavailable")
    def test_access_tokens_expire_and_are_refreshed(self, web: Web, social: SocialNetworks) -> None:
        tokens = web.google()
        social.clock.put_forward(3600)
        answer = web.call("GET", EVENTS, tokens["access_token"])
        assert google_error(answer) == (401, "authError")
        form = {
            "client_id": google_oauth.CLIENT_ID,
            "client_secret": google_oauth.CLIENT_SECRET,
            "grant_type": "refresh_token",
            "refresh_token": tokens["refresh_token"],
        }
        social.google_faults.put("token", ProviderFault(error="google.token_unavailable", count=1))
        assert web.call("POST", "/google/token", data=form).status_code == 503
        fresh = web.call("POST", "/google/token", data=form).json()
        assert web.events(fresh["access_token"])["items"] == []

    @pytest.mark.provider_errors(
        "google-revocation.invalid_token",
        "google-revocation.unavailable",
        "google.refresh_token_revoked",
    )
    def test_revocation_ends_every_token_of_the_consent(
        self, web: Web, social: SocialNetworks
    ) -> None:
        tokens = web.google()
        path, form = "/google-revocation/revoke", {"token": tokens["refresh_token"]}
        fault = ProviderFault(error="google-revocation.unavailable", count=1)
        social.revocation_faults.put("revoke", fault)
        assert web.call("POST", path, data=form).status_code == 503
        assert web.call("POST", path, data=form).status_code == 200
        again = web.call("POST", path, data=form)
        assert (again.status_code, again.json()["error"]) == (400, "invalid_token")
        assert web.call("GET", EVENTS, tokens["access_token"]).status_code == 401
        refresh = web.google_exchange("", grant_type="refresh_token", **_refresh(tokens))
        assert refresh.json()["error_description"] == "Token has been expired or revoked."


def _refresh(tokens: Json) -> dict[str, str]:
    return {"refresh_token": tokens["refresh_token"]}


class TestGoogleCalendar:
    def test_a_full_list_has_pages_and_then_only_changes(
        self, web: Web, social: SocialNetworks
    ) -> None:
        token = web.google()["access_token"]
        with social.google.changing() as state:
            state.page_size = 2
        for number in range(3):
            event = hour(f"2026-03-0{number + 1}T09:00:00+00:00", id=f"event{number}")
            social.calendars.put_event(ARTIST, "primary", event)
        first = web.events(token)
        assert [each["id"] for each in first["items"]] == ["event0", "event1"]
        assert "nextSyncToken" not in first
        second = web.events(token, pageToken=first["nextPageToken"])
        assert [each["id"] for each in second["items"]] == ["event2"]
        sync = second["nextSyncToken"]
        assert web.events(token, syncToken=sync)["items"] == []
        social.calendars.delete_event(ARTIST, "primary", "event1")
        (gone,) = web.events(token, syncToken=sync)["items"]
        assert (gone["id"], gone["status"]) == ("event1", "cancelled")

    def test_a_change_between_two_pages_is_in_the_next_sync(
        self, web: Web, social: SocialNetworks
    ) -> None:
        token = web.google()["access_token"]
        with social.google.changing() as state:
            state.page_size = 1
        for name in ("first", "other"):
            event = hour("2026-03-01T09:00:00+00:00", id=name.replace("s", "a"))
            social.calendars.put_event(ARTIST, "primary", event)
        first = web.events(token)
        changed = hour("2026-03-02T09:00:00+00:00", id="firat")
        social.calendars.put_event(ARTIST, "primary", changed)
        second = web.events(token, pageToken=first["nextPageToken"])
        (later,) = web.events(token, syncToken=second["nextSyncToken"])["items"]
        assert later["start"] == changed["start"]

    @pytest.mark.provider_errors("google.sync_token_expired")
    def test_old_sync_tokens_ask_for_a_full_sync(self, web: Web, social: SocialNetworks) -> None:
        token = web.google()["access_token"]
        sync = web.events(token)["nextSyncToken"]
        social.google_control.expire_sync_tokens(ARTIST)
        answer = web.call("GET", EVENTS, token, params={"syncToken": sync})
        assert google_error(answer) == (410, "fullSyncRequired")
        assert web.events(token, syncToken=web.events(token)["nextSyncToken"])["items"] == []

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            pytest.param(
                {"syncToken": "x", "timeMin": "2026-01-01T00:00:00Z"},
                (400, "invalid"),
                marks=pytest.mark.provider_errors("google.invalid"),
            ),
            pytest.param(
                {"timeMin": "2026-01-02T00:00:00Z", "timeMax": "2026-01-01T00:00:00Z"},
                (400, "timeRangeEmpty"),
                marks=pytest.mark.provider_errors("google.time_range_empty"),
            ),
            pytest.param(
                {"updatedMin": "2020-01-01T00:00:00Z"},
                (410, "updatedMinTooLongAgo"),
                marks=pytest.mark.provider_errors("google.updated_min_too_long_ago"),
            ),
        ],
    )
    def test_wrong_queries_are_refused(
        self, web: Web, query: dict[str, str], expected: tuple[int, str]
    ) -> None:
        token = web.google()["access_token"]
        assert google_error(web.call("GET", EVENTS, token, params=query)) == expected

    @pytest.mark.provider_errors("google.sync_token_with_filter")
    def test_a_sync_token_allows_no_filter(self, web: Web) -> None:
        token = web.google()["access_token"]
        query = {"syncToken": web.events(token)["nextSyncToken"], "q": "dentist"}
        assert google_error(web.call("GET", EVENTS, token, params=query)) == (400, "invalid")

    @pytest.mark.provider_errors("google.duplicate", "google.precondition", "google.deleted")
    def test_events_are_written_once_and_only_as_they_were_read(self, web: Web) -> None:
        token = web.google()["access_token"]
        event = hour("2026-03-01T09:00:00+00:00", id="apt0001")
        event["extendedProperties"] = {"private": {"artistBooking": "apt_1"}}
        made = web.call("POST", EVENTS, token, json=event)
        assert made.status_code == 200
        twice = web.call("POST", EVENTS, token, json=event)
        assert google_error(twice) == (409, "duplicate")
        path, change = f"{EVENTS}/apt0001", {"summary": "Booked"}
        etag = {"If-Match": made.json()["etag"]}
        changed = web.call("PATCH", path, token, json=change, headers={**etag})
        assert (changed.status_code, changed.json()["summary"]) == (200, "Booked")
        assert changed.json()["extendedProperties"] == event["extendedProperties"]
        late = web.call("PATCH", path, token, json=change, headers={**etag})
        assert google_error(late) == (412, "conditionNotMet")
        assert web.call("DELETE", path, token).status_code == 204
        assert google_error(web.call("DELETE", path, token)) == (410, "deleted")

    @pytest.mark.provider_errors("google.required", "google.not_found")
    def test_incomplete_and_unknown_events_are_refused(self, web: Web) -> None:
        token = web.google()["access_token"]
        answer = web.call("POST", EVENTS, token, json={"summary": "No time"})
        assert google_error(answer) == (400, "required")
        assert google_error(web.call("GET", f"{EVENTS}/unknown", token)) == (404, "notFound")

    @pytest.mark.provider_errors(
        "google.login_required", "google.scope_missing", "google.access_denied"
    )
    def test_calls_need_a_token_with_the_scope_and_the_role(
        self, web: Web, social: SocialNetworks
    ) -> None:
        assert google_error(web.call("GET", EVENTS)) == (401, "required")
        reads = web.google(scope=f"{CALENDAR}.events.readonly")["access_token"]
        event = hour("2026-03-01T09:00:00+00:00")
        refused = web.call("POST", EVENTS, reads, json=event)
        assert google_error(refused) == (403, "insufficientPermissions")
        calendar = {"email": ARTIST, "id": "shared", "summary": "Team", "accessRole": "reader"}
        web.call("POST", "/google/_control/calendars", json=calendar).raise_for_status()
        token = web.google()["access_token"]
        path = "/google/calendar/v3/calendars/shared/events"
        assert google_error(web.call("POST", path, token, json=event)) == (
            403,
            "requiredAccessLevel",
        )
        listed = web.call("GET", "/google/calendar/v3/users/me/calendarList", token).json()
        roles = {each["id"]: each["accessRole"] for each in listed["items"]}
        assert roles == {ARTIST: "owner", "shared": "reader"}

    def test_recurring_events_are_busy_by_their_exceptions(
        self, web: Web, social: SocialNetworks
    ) -> None:
        token = web.google()["access_token"]
        weekly = hour("2026-03-23T09:00:00+01:00", id="weekly00")
        for name in ("start", "end"):
            weekly[name]["timeZone"] = "Europe/Berlin"
        weekly["recurrence"] = ["RRULE:FREQ=WEEKLY;COUNT=4"]
        social.calendars.put_event(ARTIST, "primary", weekly)
        # The clocks change on 29 March: the second is at 07:00 UTC.
        second, third = "weekly00_20260330T070000Z", "weekly00_20260406T070000Z"
        web.call("DELETE", f"{EVENTS}/{second}", token).raise_for_status()
        moved = hour("2026-04-07T12:00:00+00:00")
        web.call("PATCH", f"{EVENTS}/{third}", token, json=moved).raise_for_status()
        query = {
            "timeMin": "2026-03-01T00:00:00Z",
            "timeMax": "2026-05-01T00:00:00Z",
            "items": [{"id": "primary"}],
        }
        answer = web.call("POST", "/google/calendar/v3/freeBusy", token, json=query).json()
        assert answer["calendars"]["primary"]["busy"] == [
            {"start": "2026-03-23T08:00:00Z", "end": "2026-03-23T09:00:00Z"},
            {"start": "2026-04-07T12:00:00Z", "end": "2026-04-07T13:00:00Z"},
            {"start": "2026-04-13T07:00:00Z", "end": "2026-04-13T08:00:00Z"},
        ]
        listed = web.events(token)["items"]
        assert [each["id"] for each in listed] == ["weekly00", second, third]

    def test_free_declined_and_our_own_events_are_not_busy(
        self, web: Web, social: SocialNetworks
    ) -> None:
        web.google()
        at = "2026-03-01T09:00:00+00:00"
        declined = [{"email": ARTIST, "self": True, "responseStatus": "declined"}]
        ours = {"private": {"artistBooking": "apt_1"}}
        for details in (
            {"transparency": "transparent"},
            {"attendees": declined},
            {"extendedProperties": ours},
        ):
            social.calendars.put_event(ARTIST, "primary", hour(at, **details))
        since, until = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
        assert social.calendars.busy(ARTIST, "primary", since, until) == []
        assert len(social.calendars.busy(ARTIST, "primary", since, until, own=True)) == 1


ADDRESS = "https://api.artistbooking.example/v1/social/webhooks/google"


class TestGoogleChannels:
    def watch(self, web: Web, token: str, **changes: Any) -> requests.Response:
        body = {"id": "channel-1", "type": "web_hook", "address": ADDRESS, "token": "secret"}
        return web.call("POST", f"{EVENTS}/watch", token, json={**body, **changes})

    def test_a_channel_says_sync_and_then_every_change(
        self, web: Web, social: SocialNetworks
    ) -> None:
        token = web.google()["access_token"]
        made = self.watch(web, token).json()
        assert int(made["expiration"]) > social.clock.milliseconds()
        web.call("POST", EVENTS, token, json=hour("2026-03-01T09:00:00+00:00"))
        sync, exists = social.outgoing.take()
        for delivery, state in ((sync, "sync"), (exists, "exists")):
            assert delivery.headers["X-Goog-Resource-State"] == state
            assert delivery.headers["X-Goog-Channel-Token"] == "secret"
            assert delivery.headers["X-Goog-Resource-ID"] == made["resourceId"]
            assert (delivery.url, delivery.body) == (ADDRESS, "")
        numbers = [int(each.headers["X-Goog-Message-Number"]) for each in (sync, exists)]
        assert numbers == sorted(numbers)

    @pytest.mark.provider_errors(
        "google.channel_not_unique", "google.channel_not_https", "google.channel_not_found"
    )
    def test_channels_are_unique_https_and_stopped_by_both_ids(
        self, web: Web, social: SocialNetworks
    ) -> None:
        token = web.google()["access_token"]
        http = self.watch(web, token, address="http://api.artistbooking.example/")
        assert google_error(http) == (400, "push.webhookUrlNotHttps")
        made = self.watch(web, token).json()
        assert google_error(self.watch(web, token)) == (400, "channelIdNotUnique")
        stop = "/google/calendar/v3/channels/stop"
        wrong = web.call("POST", stop, token, json={"id": made["id"], "resourceId": "other"})
        assert google_error(wrong) == (404, "notFound")
        body = {"id": made["id"], "resourceId": made["resourceId"]}
        assert web.call("POST", stop, token, json=body).status_code == 204
        social.outgoing.take()
        web.call("POST", EVENTS, token, json=hour("2026-03-01T09:00:00+00:00"))
        assert social.outgoing.take() == []

    def test_expired_channels_and_lost_pushes_are_silent(
        self, web: Web, social: SocialNetworks
    ) -> None:
        web.google()
        token = web.google()["access_token"]
        self.watch(web, token)
        social.outgoing.take()
        web.call("PUT", "/google/_control/settings", json={"quiet": True}).raise_for_status()
        social.calendars.put_event(ARTIST, "primary", hour("2026-03-01T09:00:00+00:00"))
        assert social.outgoing.take() == []
        web.call("PUT", "/google/_control/settings", json={"quiet": False}).raise_for_status()
        social.clock.put_forward(8 * DAY)
        social.calendars.put_event(ARTIST, "primary", hour("2026-03-01T09:00:00+00:00"))
        assert social.outgoing.take() == []


class TestInstagramLogin:
    def test_a_code_becomes_a_token_for_60_days(self, web: Web, social: SocialNetworks) -> None:
        token = web.instagram()
        fields = "user_id,username,name,account_type,profile_picture_url"
        profile = web.graph("me", token, fields=fields).json()
        assert (profile["username"], profile["account_type"]) == ("ari.ink", "BUSINESS")
        assert requests.get(profile["profile_picture_url"], timeout=TIMEOUT).content[1:4] == b"PNG"
        social.clock.put_forward(59 * DAY)
        query = {"grant_type": "ig_refresh_token", "access_token": token}
        path = "/meta/instagram-graph/refresh_access_token"
        fresh = web.call("GET", path, params=query).json()
        assert (fresh["token_type"], fresh["expires_in"]) == ("bearer", 60 * DAY)
        social.clock.put_forward(2 * DAY)
        assert web.graph("me", fresh["access_token"]).status_code == 200

    @pytest.mark.provider_errors("meta.token_expired", "meta.token_too_young")
    def test_tokens_expire_and_are_refreshed_after_a_day_at_the_earliest(
        self, web: Web, social: SocialNetworks
    ) -> None:
        token = web.instagram()
        path = "/meta/instagram-graph/refresh_access_token"
        query = {"grant_type": "ig_refresh_token", "access_token": token}
        assert graph_error(web.call("GET", path, params=query))[:2] == (400, 10)
        social.clock.put_forward(60 * DAY)
        assert graph_error(web.graph("me", token)) == (401, 190, 463)
        assert graph_error(web.call("GET", path, params=query)) == (401, 190, 463)

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            pytest.param(
                {"client_id": "1"},
                400,
                marks=pytest.mark.provider_errors("meta.dialog_unknown_app"),
            ),
            pytest.param(
                {"redirect_uri": "https://elsewhere.example/"},
                400,
                marks=pytest.mark.provider_errors("meta.dialog_redirect_uri"),
            ),
            pytest.param(
                {"code_challenge_method": "plain"},
                400,
                marks=pytest.mark.provider_errors("meta.dialog_invalid_request"),
            ),
            pytest.param(
                {"scope": "instagram_basic"},
                400,
                marks=pytest.mark.provider_errors("meta.dialog_invalid_scope"),
            ),
        ],
    )
    def test_the_page_refuses_what_meta_refuses(
        self, web: Web, query: dict[str, str], status: int
    ) -> None:
        body = {"uris": [REDIRECT]}
        web.call("PUT", "/meta/_control/redirect-uris", json=body).raise_for_status()
        assert requests.get(web.instagram_page(**query), timeout=TIMEOUT).status_code == status

    @pytest.mark.provider_errors("meta.dialog_not_professional")
    def test_personal_accounts_cannot_log_in(self, web: Web) -> None:
        answer = decide(web.instagram_page(), username="private", professional="false")
        assert answer.status_code == 403
        denied = allow(web.instagram_page(), username="ari.ink", decision="deny")
        assert (denied["error"], denied["error_reason"]) == ("access_denied", "user_denied")

    @pytest.mark.parametrize(
        "changes",
        [
            pytest.param(
                {"client_secret": "wrong"},
                marks=pytest.mark.provider_errors("meta.instagram_invalid_client"),
            ),
            pytest.param(
                {"code": "unknown"},
                marks=pytest.mark.provider_errors("meta.instagram_code_invalid"),
            ),
            pytest.param(
                {"redirect_uri": "https://elsewhere.example/"},
                marks=pytest.mark.provider_errors("meta.instagram_redirect_uri"),
            ),
            pytest.param(
                {"code_verifier": ""},
                marks=pytest.mark.provider_errors("meta.instagram_verifier"),
            ),
            pytest.param(
                {"grant_type": "password"},
                marks=pytest.mark.provider_errors("meta.instagram_grant_type"),
            ),
        ],
    )
    def test_the_exchange_refuses_what_meta_refuses(
        self, web: Web, changes: dict[str, str]
    ) -> None:
        code = allow(web.instagram_page(), username="ari.ink")["code"]
        answer = web.instagram_exchange(code, **changes)
        assert (answer.status_code, answer.json()["error_type"]) == (400, "OAuthException")

    @pytest.mark.provider_errors("meta.instagram_code_invalid", "meta.instagram_code_expired")
    def test_codes_work_once_and_for_an_hour(self, web: Web, social: SocialNetworks) -> None:
        code = allow(web.instagram_page(), username="ari.ink")["code"]
        assert web.instagram_exchange(code).status_code == 200
        assert web.instagram_exchange(code).status_code == 400
        late = allow(web.instagram_page(), username="ari.ink")["code"]
        social.clock.put_forward(3600)
        assert web.instagram_exchange(late).status_code == 400

    @pytest.mark.provider_errors("meta.grant_type", "meta.invalid_client", "meta.token_invalid")
    def test_long_lived_tokens_need_the_secret(self, web: Web) -> None:
        token = web.instagram()
        assert graph_error(web.lengthen(token, grant_type="other"))[:2] == (400, 100)
        assert graph_error(web.lengthen(token, client_secret="wrong"))[:2] == (400, 1)
        assert graph_error(web.lengthen("unknown"))[:2] == (401, 190)


class TestFacebookLogin:
    def test_a_page_has_a_token_of_its_own(self, web: Web) -> None:
        token = web.page_token()
        page = web.graph("me", token, fields="id,name,picture").json()
        assert page["name"] == "Ari Ink"
        assert "access_token" not in page

    def test_a_token_can_be_looked_up_and_made_long(self, web: Web, social: SocialNetworks) -> None:
        code = allow(web.facebook_page(), email=ARTIST, page="Ari Ink")["code"]
        short = web.facebook_exchange(code).json()["access_token"]
        long = web.facebook_exchange(
            "", grant_type="fb_exchange_token", fb_exchange_token=short
        ).json()
        assert long["expires_in"] == 60 * DAY
        app = f"{meta_login.FACEBOOK_APP_ID}|{meta_login.FACEBOOK_APP_SECRET}"
        query = {"input_token": long["access_token"], "access_token": app}
        path = "/meta/graph/v23.0/debug_token"
        assert web.call("GET", path, params=query).json()["data"]["is_valid"] is True
        social.clock.put_forward(60 * DAY)
        assert web.call("GET", path, params=query).json()["data"]["is_valid"] is False

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            pytest.param(
                {"client_id": "1"},
                (400, 101, None),
                marks=pytest.mark.provider_errors("meta.unknown_app"),
            ),
            pytest.param(
                {"code": "unknown"},
                (400, 100, 36009),
                marks=pytest.mark.provider_errors("meta.code_used"),
            ),
            pytest.param(
                {"redirect_uri": "https://elsewhere.example/"},
                (400, 100, 36008),
                marks=pytest.mark.provider_errors("meta.redirect_uri"),
            ),
            pytest.param(
                {"code_verifier": ""},
                (400, 100, None),
                marks=pytest.mark.provider_errors("meta.verifier"),
            ),
        ],
    )
    def test_the_exchange_refuses_what_meta_refuses(
        self, web: Web, changes: dict[str, str], expected: tuple[int, int, int | None]
    ) -> None:
        code = allow(web.facebook_page(), email=ARTIST, page="Ari Ink")["code"]
        assert graph_error(web.facebook_exchange(code, **changes)) == expected

    @pytest.mark.provider_errors("meta.code_expired")
    def test_codes_expire_after_ten_minutes(self, web: Web, social: SocialNetworks) -> None:
        code = allow(web.facebook_page(), email=ARTIST, page="Ari Ink")["code"]
        social.clock.put_forward(600)
        assert graph_error(web.facebook_exchange(code)) == (400, 100, 36007)

    @pytest.mark.provider_errors(
        "meta.app_removed", "meta.token_missing", "meta.token_password_changed"
    )
    def test_removed_permissions_and_changed_passwords_end_tokens(self, web: Web) -> None:
        token = web.page_token()
        assert web.graph("me/permissions", token, "DELETE").json() == {"success": True}
        assert graph_error(web.graph("me", token)) == (401, 190, 458)
        assert graph_error(web.graph("me", "")) == (400, 2500, None)
        again = web.page_token()
        error = "meta.token_password_changed"
        body = {"platform": "facebook", "account": "Ari Ink", "error": error}
        web.call("POST", "/meta/_control/tokens", json=body).raise_for_status()
        assert graph_error(web.graph("me", again)) == (401, 190, 460)


FIELDS = {"subscribed_fields": "messages,messaging_seen,message_deliveries,message_reads"}


class TestMessages:
    def test_a_message_arrives_signed_and_is_answered(
        self, web: Web, social: SocialNetworks
    ) -> None:
        token = web.instagram()
        web.graph("me/subscribed_apps", token, "POST", **FIELDS).raise_for_status()
        body = {
            "platform": "instagram",
            "account": "ari.ink",
            "sender": "Noa Ba\u00e9z",
            "text": "Hi \U0001f44b http://a.example/b",
            "pictures": 1,
        }
        written = web.call("POST", "/meta/_control/messages", json=body).json()
        (delivery,) = social.outgoing.take()
        assert _is_signed(delivery, meta_login.INSTAGRAM_APP_SECRET)
        assert delivery.body.isascii()
        (entry,) = json.loads(delivery.body)["entry"]
        (event,) = entry["messaging"]
        assert event["message"]["text"] == body["text"]
        assert event["message"]["mid"] == written["mid"]
        (attachment,) = event["message"]["attachments"]
        assert requests.get(attachment["payload"]["url"], timeout=TIMEOUT).status_code == 200
        guest = event["sender"]["id"]
        profile = web.graph(guest, token, fields="name,username,profile_pic").json()
        assert profile["name"] == body["sender"]
        sent = web.send(token, guest, text="Hello").json()
        assert sent["recipient_id"] == guest
        (echo,) = social.outgoing.take()
        message = json.loads(echo.body)["entry"][0]["messaging"][0]["message"]
        assert (message["is_echo"], message["mid"]) == (True, sent["message_id"])
        (thread,) = web.graph("me/conversations", token, platform="instagram").json()["data"]
        messages = web.graph(f"{thread['id']}/messages", token).json()["data"]
        assert [each["message"] for each in messages] == ["Hello", body["text"]]

    def test_states_of_messages_are_posted_as_each_platform_does(
        self, web: Web, social: SocialNetworks
    ) -> None:
        token = web.page_token()
        web.graph("me/subscribed_apps", token, "POST", **FIELDS).raise_for_status()
        guest = social.graph.receive("facebook", "Ari Ink", "Noa", text="Hi").guest
        mid = web.send(token, guest).json()["message_id"]
        social.outgoing.take()
        for what in ("delivered", "read"):
            web.call("POST", f"/meta/_control/messages/{mid}/{what}").raise_for_status()
        bodies = [json.loads(each.body) for each in social.outgoing.take()]
        delivered, read = (each["entry"][0]["messaging"][0] for each in bodies)
        assert delivered["delivery"]["mids"] == [mid]
        assert read["read"]["watermark"] >= delivered["delivery"]["watermark"]
        assert {each["object"] for each in bodies} == {"page"}

    def test_nothing_is_posted_before_the_app_subscribed(
        self, web: Web, social: SocialNetworks
    ) -> None:
        web.instagram()
        social.graph.receive("instagram", "ari.ink", "Noa", text="Hi")
        assert social.outgoing.take() == []

    @pytest.mark.provider_errors("meta.instagram_window_closed", "meta.window_closed")
    def test_the_window_is_24_hours_and_seven_days_for_people(
        self, web: Web, social: SocialNetworks
    ) -> None:
        accounts: list[tuple[str, Platform, str]] = [
            (web.instagram(), "instagram", "ari.ink"),
            (web.page_token(), "facebook", "Ari Ink"),
        ]
        for token, platform, name in accounts:
            social.clock.reset()
            guest = social.graph.receive(platform, name, "Noa", text="Hi").guest
            social.clock.put_forward(DAY - 60)
            assert web.send(token, guest).status_code == 200
            social.clock.put_forward(120)
            assert graph_error(web.send(token, guest))[:2] == (400, 10)
            assert web.send(token, guest, text="Hi", tag="HUMAN_AGENT").status_code == 200
            social.clock.put_forward(6 * DAY)
            late = web.send(token, guest, text="Hi", tag="HUMAN_AGENT")
            assert graph_error(late)[:2] == (400, 10)

    @pytest.mark.provider_errors(
        "meta.recipient_unknown",
        "meta.recipient_unavailable",
        "meta.text_too_long",
        "meta.attachment_failed",
        "meta.invalid_parameter",
    )
    def test_messages_that_cannot_be_sent_are_refused(
        self, web: Web, social: SocialNetworks
    ) -> None:
        token = web.instagram()
        guest = social.graph.receive("instagram", "ari.ink", "Noa", text="Hi").guest
        assert graph_error(web.send(token, "1")) == (400, 100, 2018001)
        assert graph_error(web.send(token, guest, text="\u00e9" * 501)) == (400, 100, 2534029)
        attachment = {"type": "image", "payload": {"url": "ftp://a.example/a.jpg"}}
        assert graph_error(web.send(token, guest, attachment=attachment)) == (400, 100, 2018047)
        assert graph_error(web.send(token, guest, text="Hi", tag="OTHER"))[:2] == (400, 100)
        social.graph.block("instagram", "ari.ink", "Noa", blocks=True)
        assert graph_error(web.send(token, guest)) == (400, 551, 1545041)

    @pytest.mark.provider_errors("meta.permission_missing")
    def test_messages_need_the_permission(self, web: Web, social: SocialNetworks) -> None:
        token = web.instagram(scope="instagram_business_basic")
        guest = social.graph.receive("instagram", "ari.ink", "Noa", text="Hi").guest
        assert graph_error(web.send(token, guest)) == (403, 200, None)

    @pytest.mark.provider_errors("meta.signature")
    def test_a_wrong_signature_of_a_call_is_refused(self, web: Web) -> None:
        token = web.instagram()
        secret = meta_login.INSTAGRAM_APP_SECRET.encode()
        right = hmac.new(secret, token.encode(), hashlib.sha256).hexdigest()
        assert web.graph("me", token, appsecret_proof=right).status_code == 200
        wrong = web.graph("me", token, appsecret_proof="0" * 64)
        assert graph_error(wrong) == (400, 100, None)

    def test_any_notification_can_be_posted_with_any_signature(
        self, web: Web, social: SocialNetworks
    ) -> None:
        path = "/meta/_control/webhooks/instagram"
        for secret in ("", "wrong"):
            body = {"body": {"object": "instagram", "entry": []}, "secret": secret}
            web.call("POST", path, json=body).raise_for_status()
        right, wrong = social.outgoing.take()
        assert _is_signed(right, meta_login.INSTAGRAM_APP_SECRET)
        assert not _is_signed(wrong, meta_login.INSTAGRAM_APP_SECRET)

    def test_callbacks_are_signed_requests(self, web: Web, social: SocialNetworks) -> None:
        token = web.instagram()
        body = {"platform": "instagram", "account": "ari.ink"}
        made = web.call("POST", "/meta/_control/deauthorize", json=body).json()
        signed = parse_qs(made["body"])["signed_request"][0]
        signature, _, payload = signed.partition(".")
        secret = meta_login.INSTAGRAM_APP_SECRET.encode()
        digest = hmac.new(secret, payload.encode(), hashlib.sha256).digest()
        assert signature == base64url.encode(digest)
        assert web.graph("me", token).status_code == 401


def _is_signed(delivery: Delivery, secret: str) -> bool:
    digest = hmac.new(secret.encode(), delivery.body.encode(), hashlib.sha256).hexdigest()
    return delivery.headers["X-Hub-Signature-256"] == f"sha256={digest}"


class TestMedia:
    def test_media_are_listed_by_pages_with_their_children(
        self, web: Web, social: SocialNetworks
    ) -> None:
        token = web.instagram()
        for number in range(3):
            social.graph.add_medium("instagram", "ari.ink", {"caption": f"Rose {number} #ink"})
        children = [{}, {"media_type": "VIDEO"}]
        album = {"media_type": "CAROUSEL_ALBUM", "children": children}
        made = social.graph.add_medium("instagram", "ari.ink", album)
        fields = "id,caption,media_type,media_url,children{id,media_type,media_url,thumbnail_url}"
        first = web.graph("me/media", token, fields=fields, limit=2).json()
        assert [each.get("caption") for each in first["data"]] == [None, "Rose 2 #ink"]
        kinds = [each["media_type"] for each in first["data"][0]["children"]["data"]]
        assert kinds == ["IMAGE", "VIDEO"]
        assert "next" in first["paging"]
        second = requests.get(first["paging"]["next"], timeout=TIMEOUT).json()
        assert [each["caption"] for each in second["data"]] == ["Rose 1 #ink", "Rose 0 #ink"]
        assert "next" not in second["paging"]
        listed = web.graph(f"{made['id']}/children", token, fields="id,media_type").json()["data"]
        assert [each["media_type"] for each in listed] == kinds

    @pytest.mark.provider_errors("meta.object_missing", "meta.unknown_field", "meta.invalid_cursor")
    def test_removed_media_and_wrong_questions_are_refused(
        self, web: Web, social: SocialNetworks
    ) -> None:
        token = web.instagram()
        medium = social.graph.add_medium("instagram", "ari.ink", {})
        fields = {"fields": "id,permalink"}
        found = web.graph("", token, ids=medium["id"], **fields).json()
        assert list(found) == [medium["id"]]
        assert graph_error(web.graph("me/media", token, fields="price"))[:2] == (400, 100)
        assert graph_error(web.graph("me/media", token, after="x"))[:2] == (400, 100)
        social.graph.remove_medium("instagram", "ari.ink", medium["id"])
        assert graph_error(web.graph(medium["id"], token, **fields)) == (400, 100, 33)

    def test_bytes_of_a_test_are_on_the_cdn(self, web: Web) -> None:
        path, headers = "/meta/_control/files", {"Content-Type": "image/jpeg"}
        url = web.call("POST", path, data=b"\xff\xd8\xff", headers=headers).json()["url"]
        answer = requests.get(url, timeout=TIMEOUT)
        assert (answer.headers["Content-Type"], answer.content) == ("image/jpeg", b"\xff\xd8\xff")
        gone = requests.get(f"{web.origin}/meta/cdn/unknown.jpeg", timeout=TIMEOUT)
        assert gone.status_code == 403


class TestFaults:
    @pytest.mark.parametrize(
        ("error", "headers"),
        [
            pytest.param(
                "meta.app_rate_limit",
                {"X-App-Usage"},
                marks=pytest.mark.provider_errors("meta.app_rate_limit"),
            ),
            pytest.param(
                "meta.account_rate_limit",
                {"X-Business-Use-Case-Usage"},
                marks=pytest.mark.provider_errors("meta.account_rate_limit"),
            ),
            pytest.param(
                "meta.business_rate_limit",
                {"X-Business-Use-Case-Usage"},
                marks=pytest.mark.provider_errors("meta.business_rate_limit"),
            ),
            pytest.param(
                "meta.too_many_requests",
                {"Retry-After", "X-Business-Use-Case-Usage"},
                marks=pytest.mark.provider_errors("meta.too_many_requests"),
            ),
            pytest.param(
                "meta.policy_block", set(), marks=pytest.mark.provider_errors("meta.policy_block")
            ),
            pytest.param("meta.unknown", set(), marks=pytest.mark.provider_errors("meta.unknown")),
            pytest.param(
                "meta.temporary", set(), marks=pytest.mark.provider_errors("meta.temporary")
            ),
        ],
    )
    def test_meta_limits_and_fails_as_told(
        self, web: Web, social: SocialNetworks, error: str, headers: set[str]
    ) -> None:
        token = web.instagram()
        fault = {"error": error, "count": 1}
        web.call("PUT", "/meta/_control/faults/node", json=fault).raise_for_status()
        answer = web.graph("me", token)
        table = ERRORS[error]
        assert graph_error(answer) == (table.status, table.code, table.subcode)
        assert headers <= set(answer.headers)
        assert web.graph("me", token).status_code == 200

    @pytest.mark.parametrize(
        "error",
        [
            pytest.param(
                "google.user_rate_limit",
                marks=pytest.mark.provider_errors("google.user_rate_limit"),
            ),
            pytest.param(
                "google.rate_limit", marks=pytest.mark.provider_errors("google.rate_limit")
            ),
            pytest.param("google.quota", marks=pytest.mark.provider_errors("google.quota")),
            pytest.param(
                "google.too_many_requests",
                marks=pytest.mark.provider_errors("google.too_many_requests"),
            ),
            pytest.param(
                "google.backend_error", marks=pytest.mark.provider_errors("google.backend_error")
            ),
            pytest.param(
                "google.unavailable", marks=pytest.mark.provider_errors("google.unavailable")
            ),
        ],
    )
    def test_google_limits_and_fails_as_told(
        self, web: Web, social: SocialNetworks, error: str
    ) -> None:
        token = web.google()["access_token"]
        fault = {"error": error, "count": 1, "skip": 1}
        web.call("PUT", "/google/_control/faults/events.list", json=fault).raise_for_status()
        web.events(token)
        answer = web.call("GET", EVENTS, token)
        table = ERRORS[error]
        assert google_error(answer) == (table.status, table.reason)
        assert (answer.headers.get("Retry-After") == "30") == (table.status == 429)
        web.events(token)

    @pytest.mark.provider_errors("google.user_rate_limit")
    def test_the_calls_of_a_minute_are_limited(self, web: Web, social: SocialNetworks) -> None:
        token = web.google()["access_token"]
        settings = {"callsPerMinute": 2}
        web.call("PUT", "/google/_control/settings", json=settings).raise_for_status()
        web.events(token)
        web.events(token)
        assert google_error(web.call("GET", EVENTS, token)) == (403, "userRateLimitExceeded")
        social.clock.put_forward(60)
        web.events(token)

    @pytest.mark.provider_errors("meta.business_rate_limit", "meta.account_rate_limit")
    def test_calls_are_refused_while_all_usage_is_used_up(self, web: Web) -> None:
        tokens = web.instagram(), web.page_token()
        usage = {"call_count": 100, "estimated_time_to_regain_access": 7}
        web.call("PUT", "/meta/_control/usage", json=usage).raise_for_status()
        for token, code in zip(tokens, (80002, 613), strict=True):
            answer = web.graph("me", token)
            assert graph_error(answer)[:2] == (400, code)
            (entry,) = json.loads(answer.headers["X-Business-Use-Case-Usage"]).values()
            assert entry[0]["estimated_time_to_regain_access"] == 7
        web.call("PUT", "/meta/_control/usage", json={"call_count": 99}).raise_for_status()
        assert json.loads(web.graph("me", tokens[0]).headers["X-App-Usage"])["call_count"] == 99

    def test_an_answer_can_be_lost_after_the_work_was_done(
        self, web: Web, social: SocialNetworks
    ) -> None:
        token = web.google()["access_token"]
        social.google_faults.put("events.insert", ProviderFault(lose_answer=True, count=1))
        event = hour("2026-03-01T09:00:00+00:00", id="apt0001")
        with pytest.raises(requests.ConnectionError):
            web.call("POST", EVENTS, token, json=event)
        assert [each["id"] for each in web.events(token)["items"]] == ["apt0001"]
        social.google_faults.put("events.insert", ProviderFault(drop=True, count=1))
        with pytest.raises(requests.ConnectionError):
            web.call("POST", EVENTS, token, json={**event, "id": "apt0002"})
        assert len(web.events(token)["items"]) == 1
        social.google_faults.put("all", ProviderFault(garbage=True, count=1))
        assert b"went wrong" in web.call("GET", EVENTS, token).content

    def test_unknown_operations_and_foreign_errors_are_refused(self, web: Web) -> None:
        path = "/google/_control/faults"
        fault = {"error": "google.rate_limit"}
        assert web.call("PUT", f"{path}/tokens", json=fault).status_code == 422
        foreign = web.call("PUT", f"{path}/token", json={"error": "meta.unknown"})
        assert foreign.status_code == 422
        for body in ({}, {"error": "google.other"}, {"drop": True, "garbage": True}):
            assert web.call("PUT", f"{path}/token", json=body).status_code == 422


class TestState:
    def test_the_page_shows_accounts_and_calendars_without_tokens(
        self, web: Web, social: SocialNetworks
    ) -> None:
        tokens = [web.instagram(), web.page_token()]
        google = web.google()
        tokens += [google["access_token"], google["refresh_token"]]
        state = web.call("GET", "/social").text
        assert "ari.ink" in state
        assert ARTIST in state
        assert not [each for each in tokens if each in state]

    def test_accounts_survive_a_restart(self, tmp_path: Any) -> None:
        with running_standins(tmp_path) as first:
            first.social.calendars.put_event(ARTIST, "primary", hour("2026-03-01T09:00:00+00:00"))
        with running_standins(tmp_path) as second:
            since, until = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
            assert len(second.social.calendars.busy(ARTIST, "primary", since, until)) == 1
