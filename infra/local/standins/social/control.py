"""Control API of the social stand-ins (`/_control`): what people and providers would do.

Tests use it over HTTP on a running stack; in their own process they call the same methods.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec

from infra.local.standins.http import Problem, Request, Response, Route, convert, decode_json
from infra.local.standins.http import json_response as answer_json
from infra.local.standins.social import google_revocation
from infra.local.standins.social.errors import ERRORS, ProviderError, answered
from infra.local.standins.social.faults import ProviderFault, ProviderFaults
from infra.local.standins.social.google_calendar import GoogleCalendar
from infra.local.standins.social.google_state import Calendar, GoogleState
from infra.local.standins.social.kept import Clock, Kept
from infra.local.standins.social.meta_graph import MetaGraph
from infra.local.standins.social.meta_login import end_tokens
from infra.local.standins.social.meta_state import Account, MetaState, Platform
from infra.local.standins.social.meta_webhooks import MetaWebhooks
from infra.local.standins.social.outgoing import Outgoing

Json = dict[str, Any]


class _Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Body of a request of the control API."""


class Seconds(_Body, frozen=True):
    """Body of `POST /_control/clock`: by how much the stand-ins' time goes forward."""

    seconds: Annotated[float, msgspec.Meta(ge=0)]


class Hold(_Body, frozen=True):
    """Body of `PUT /_control/hold`: whether requests to the application wait."""

    hold: bool


class Webhook(_Body, frozen=True):
    """Body of `PUT /meta/_control/webhooks/{platform}`: the URL, and its verify token."""

    url: str
    verify_token: str


class RawWebhook(_Body, frozen=True):
    """Body of `POST /meta/_control/webhooks/{platform}`: any notification, signed with any secret.

    Attributes:
        body: The notification.
        secret: What it is signed with; by default the app's, so that the signature is right.
    """

    body: Json
    secret: str = ""


class Callbacks(_Body, frozen=True):
    """Body of `PUT /meta/_control/callbacks/{platform}`."""

    deauthorize: str
    data_deletion: str


class RedirectUris(_Body, frozen=True):
    """Body of `PUT /{provider}/_control/redirect-uris`: the ones that are registered."""

    uris: list[str]


class WrittenMessage(_Body, frozen=True):
    """Body of `POST /meta/_control/messages`: what somebody writes to an account.

    Attributes:
        platform: `instagram` or `facebook`.
        account: Handle of the account, or name of the page.
        sender: Name of who writes.
        text: Text.
        pictures: How many pictures are attached.
        attachments: Attachments as webhooks have them, instead of pictures.
        at: When, in milliseconds since the epoch; now by default.
        echo: Whether the owner writes to `sender` in the platform's own app instead.
    """

    platform: Platform
    account: str
    sender: str
    text: str | None = None
    pictures: Annotated[int, msgspec.Meta(ge=0, le=10)] = 0
    attachments: list[Json] | None = None
    at: int | None = None
    echo: bool = False


class Target(_Body, frozen=True):
    """Body that names an account."""

    platform: Platform
    account: str


class EndedTokens(_Body, frozen=True):
    """Body of `POST /meta/_control/tokens`: the error that an account's calls get from now on."""

    platform: Platform
    account: str
    error: str = "meta.token_expired"


class NewMedium(_Body, frozen=True):
    """Body of `POST /meta/_control/media`: fields of the Graph API, the missing ones made up."""

    platform: Platform
    account: str
    medium: Json = {}


class NewEvent(_Body, frozen=True):
    """Body of `POST /google/_control/events`: an event as the Calendar API writes it."""

    email: str
    event: Json
    calendar: str = "primary"


class BusyHour(_Body, frozen=True):
    """Body of `POST /google/_control/busy`: somebody is busy from then on."""

    email: str
    starts_at: datetime
    minutes: Annotated[int, msgspec.Meta(ge=1)] = 60
    calendar: str = "primary"
    summary: str = "Busy"


class NewCalendar(_Body, frozen=True):
    """Body of `POST /google/_control/calendars`."""

    email: str
    id: str
    summary: str
    time_zone: str = "Europe/Berlin"
    access_role: Literal["owner", "writer", "reader", "freeBusyReader"] = "owner"


class Who(_Body, frozen=True):
    """Body that names a person of Google."""

    email: str


class GoogleSettings(_Body, frozen=True):
    """Body of `PUT /google/_control/settings`.

    Attributes:
        quiet: Whether pushes are lost.
        page_size: At most how many events a page has.
        access_token_seconds: How long access tokens last from now on.
        calls_per_minute: How many calls each person has in a minute, before they are refused.
    """

    quiet: bool | None = None
    page_size: Annotated[int, msgspec.Meta(ge=1, le=2500)] | None = None
    access_token_seconds: Annotated[int, msgspec.Meta(ge=1)] | None = None
    calls_per_minute: Annotated[int, msgspec.Meta(ge=0)] | None = None


class PlatformPath(msgspec.Struct, frozen=True):
    """Path that names a platform."""

    platform: Platform


class MarkPath(msgspec.Struct, frozen=True):
    """Path that says what happened to a message."""

    mid: str
    what: Literal["delivered", "read", "deleted"]


class SharedControl:
    """Time, and requests to the application, of all social stand-ins."""

    def __init__(self, clock: Clock, outgoing: Outgoing) -> None:
        self._clock = clock
        self._outgoing = outgoing

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("POST", "/_control/clock", self._put_clock_forward),
            Route("DELETE", "/_control/clock", self._reset_clock),
            Route("GET", "/_control/errors", self._list_errors),
            Route("GET", "/_control/deliveries", self._list_deliveries),
            Route("DELETE", "/_control/deliveries", self._forget_deliveries),
            Route("POST", "/_control/deliveries/{id}", self._send_again),
            Route("PUT", "/_control/hold", self._hold),
        ]

    def _put_clock_forward(self, request: Request) -> Response:
        self._clock.put_forward(decode_json(request.body, Seconds).seconds)
        return answer_json({"now": self._clock.now()})

    def _reset_clock(self, _: Request) -> Response:
        self._clock.reset()
        return Response(204)

    def _list_errors(self, _: Request) -> Response:
        return answer_json({"errors": sorted(ERRORS), "answered": sorted(answered.names())})

    def _list_deliveries(self, _: Request) -> Response:
        return answer_json(self._outgoing.all())

    def _forget_deliveries(self, _: Request) -> Response:
        self._outgoing.take()
        return Response(204)

    def _send_again(self, request: Request) -> Response:
        delivery = self._outgoing.send_again(request.params["id"])
        if delivery is None:
            raise Problem(404, "There is no such delivery.")
        return answer_json(delivery)

    def _hold(self, request: Request) -> Response:
        self._outgoing.hold(decode_json(request.body, Hold).hold)
        return Response(204)


class FaultControl:
    """Faults of one stand-in."""

    def __init__(self, path: str, faults: ProviderFaults) -> None:
        self._path = path
        self._faults = faults

    def routes(self) -> list[Route]:
        """Return the routes."""
        path = f"{self._path}/_control/faults"
        return [
            Route("GET", path, self._list),
            Route("DELETE", path, self._clear),
            Route("PUT", f"{path}/{{operation}}", self._put),
        ]

    def _list(self, _: Request) -> Response:
        faults, operations = self._faults.all(), list(self._faults.operations())
        return answer_json({"faults": faults, "operations": operations})

    def _clear(self, _: Request) -> Response:
        self._faults.clear()
        return Response(204)

    def _put(self, request: Request) -> Response:
        fault = decode_json(request.body, ProviderFault)
        self._faults.put(request.params["operation"], fault)
        return Response(204)


class MetaControl:
    """What people do on Instagram and Facebook, and what Meta does to tokens."""

    def __init__(
        self,
        state: Kept[MetaState],
        clock: Clock,
        graph: MetaGraph,
        webhooks: MetaWebhooks,
    ) -> None:
        self._state = state
        self._clock = clock
        self._graph = graph
        self._webhooks = webhooks

    def routes(self) -> list[Route]:
        """Return the routes."""
        path = "/meta/_control"
        return [
            Route("GET", f"{path}/state", lambda _: answer_json(self.describe())),
            Route("DELETE", path, self._reset),
            Route("PUT", f"{path}/redirect-uris", self._put_redirect_uris),
            Route("PUT", f"{path}/webhooks/{{platform}}", self._put_webhook),
            Route("POST", f"{path}/webhooks/{{platform}}", self._post_webhook),
            Route("PUT", f"{path}/callbacks/{{platform}}", self._put_callbacks),
            Route("PUT", f"{path}/usage", self._put_usage),
            Route("POST", f"{path}/messages", self._write),
            Route("POST", f"{path}/messages/{{mid}}/{{what}}", self._mark),
            Route("PUT", f"{path}/blocks/{{platform}}/{{account}}/{{guest}}", self._block),
            Route("DELETE", f"{path}/blocks/{{platform}}/{{account}}/{{guest}}", self._unblock),
            Route("POST", f"{path}/files", self._add_file),
            Route("POST", f"{path}/media", self._add_medium),
            Route("DELETE", f"{path}/media/{{platform}}/{{account}}/{{id}}", self._remove_medium),
            Route("POST", f"{path}/tokens", self._end_tokens),
            Route("POST", f"{path}/deauthorize", self._deauthorize),
            Route("POST", f"{path}/data-deletion", self._delete_data),
        ]

    def describe(self) -> Json:
        """Return the state, without tokens, codes and bytes."""
        with self._state.reading() as state:
            described = msgspec.to_builtins(state)
            described["tokens"] = [
                {
                    "subject": each.subject,
                    "kind": each.kind,
                    "until": each.until,
                    "ended": each.ended,
                }
                for each in state.tokens.values()
            ]
            described["files"] = sorted(state.files)
            described["grants"] = len(state.grants)
        return dict(described)

    def _reset(self, _: Request) -> Response:
        self._state.reset()
        return Response(204)

    def _put_redirect_uris(self, request: Request) -> Response:
        with self._state.changing() as state:
            state.redirect_uris = decode_json(request.body, RedirectUris).uris
        return Response(204)

    def _put_webhook(self, request: Request) -> Response:
        platform = convert(request.params, PlatformPath, "path").platform
        webhook = decode_json(request.body, Webhook)
        self._webhooks.verify(webhook.url, webhook.verify_token)
        with self._state.changing() as state:
            state.webhooks[platform] = webhook.url
        return Response(204)

    def _post_webhook(self, request: Request) -> Response:
        platform = convert(request.params, PlatformPath, "path").platform
        raw = decode_json(request.body, RawWebhook)
        with self._state.reading() as state:
            return answer_json(self._webhooks.raw(state, platform, raw.body, raw.secret), 201)

    def _put_callbacks(self, request: Request) -> Response:
        platform = convert(request.params, PlatformPath, "path").platform
        callbacks = decode_json(request.body, Callbacks)
        with self._state.changing() as state:
            state.callbacks[f"{platform}.deauthorize"] = callbacks.deauthorize
            state.callbacks[f"{platform}.data_deletion"] = callbacks.data_deletion
        return Response(204)

    def _put_usage(self, request: Request) -> Response:
        with self._state.changing() as state:
            state.usage = decode_json(request.body, dict[str, int])
        return Response(204)

    def _write(self, request: Request) -> Response:
        written = decode_json(request.body, WrittenMessage)
        attachments = written.attachments
        if attachments is None:
            url = f"{self._graph.base}/cdn/picture-{self._clock.milliseconds()}"
            attachments = [
                {"type": "image", "payload": {"url": f"{url}-{index}.png"}}
                for index in range(written.pictures)
            ]
        message = self._graph.receive(
            written.platform,
            written.account,
            written.sender,
            text=written.text,
            attachments=attachments,
            at=written.at,
            echo=written.echo,
        )
        return answer_json(message, 201)

    def _mark(self, request: Request) -> Response:
        path = convert(request.params, MarkPath, "path")
        return answer_json(self._graph.mark(path.mid, path.what))

    def _block(self, request: Request) -> Response:
        return self._set_block(request, blocks=True)

    def _unblock(self, request: Request) -> Response:
        return self._set_block(request, blocks=False)

    def _set_block(self, request: Request, *, blocks: bool) -> Response:
        platform = convert(request.params, PlatformPath, "path").platform
        params = request.params
        self._graph.block(platform, params["account"], params["guest"], blocks=blocks)
        return Response(204)

    def _add_file(self, request: Request) -> Response:
        content_type = request.headers.get("Content-Type") or "application/octet-stream"
        return answer_json({"url": self._graph.add_file(request.body, content_type)}, 201)

    def _add_medium(self, request: Request) -> Response:
        new = decode_json(request.body, NewMedium)
        return answer_json(self._graph.add_medium(new.platform, new.account, new.medium), 201)

    def _remove_medium(self, request: Request) -> Response:
        platform = convert(request.params, PlatformPath, "path").platform
        self._graph.remove_medium(platform, request.params["account"], request.params["id"])
        return Response(204)

    def _end_tokens(self, request: Request) -> Response:
        ended = decode_json(request.body, EndedTokens)
        if ended.error not in ERRORS:
            raise Problem(422, "It is not in the table of errors.", field="body.error")
        with self._state.changing() as state:
            end_tokens(state, self._account(state, ended.platform, ended.account), ended.error)
        return Response(204)

    def _deauthorize(self, request: Request) -> Response:
        target = decode_json(request.body, Target)
        with self._state.changing() as state:
            account = self._account(state, target.platform, target.account)
            end_tokens(state, account, "meta.app_removed")
            account.fields = []
            return answer_json(
                self._webhooks.signed_request(
                    state, target.platform, "deauthorize", account.app_scoped_id
                ),
                201,
            )

    def _delete_data(self, request: Request) -> Response:
        target = decode_json(request.body, Target)
        with self._state.reading() as state:
            account = self._account(state, target.platform, target.account)
            return answer_json(
                self._webhooks.signed_request(
                    state, target.platform, "data_deletion", account.app_scoped_id
                ),
                201,
            )

    def _account(self, state: MetaState, platform: Platform, username: str) -> Account:
        account = state.find_account(platform, username)
        if account is None:
            raise Problem(404, f"No account {username} of {platform} has logged in.")
        return account


class GoogleControl:
    """What people do in their calendars, and what Google does to tokens."""

    def __init__(self, state: Kept[GoogleState], calendars: GoogleCalendar) -> None:
        self._state = state
        self._calendars = calendars

    def routes(self) -> list[Route]:
        """Return the routes."""
        path = "/google/_control"
        return [
            Route("GET", f"{path}/state", lambda _: answer_json(self.describe())),
            Route("DELETE", path, self._reset),
            Route("PUT", f"{path}/redirect-uris", self._put_redirect_uris),
            Route("PUT", f"{path}/settings", self._put_settings),
            Route("POST", f"{path}/calendars", self._add_calendar),
            Route("POST", f"{path}/events", self._put_event),
            Route("DELETE", f"{path}/events/{{email}}/{{calendar}}/{{event}}", self._delete_event),
            Route("POST", f"{path}/busy", self._make_busy),
            Route("GET", f"{path}/busy", self._list_busy),
            Route("POST", f"{path}/expire-sync-tokens", self._expire_sync_tokens),
            Route("POST", f"{path}/expire-access-tokens", self._expire_access_tokens),
            Route("POST", f"{path}/revoke", self._revoke),
        ]

    def describe(self) -> Json:
        """Return the state, without tokens and codes."""
        with self._state.reading() as state:
            described = msgspec.to_builtins(state)
            described["accessTokens"] = [
                {"email": each.email, "until": each.until, "isRevoked": each.is_revoked}
                for each in state.access_tokens.values()
            ]
            described["refreshTokens"] = [
                {"email": each.email, "isRevoked": each.is_revoked}
                for each in state.refresh_tokens.values()
            ]
            described["grants"] = len(state.grants)
            for channel in described["channels"].values():
                del channel["token"]
        del described["access_tokens"], described["refresh_tokens"]
        return dict(described)

    def expire_sync_tokens(self, email: str) -> None:
        """Let every sync token of a person's calendars be too old."""
        with self._state.changing() as state:
            for calendar in state.calendars.values():
                if calendar.owner == email.lower():
                    calendar.version += 1
                    calendar.oldest = calendar.version

    def _reset(self, _: Request) -> Response:
        self._state.reset()
        return Response(204)

    def _put_redirect_uris(self, request: Request) -> Response:
        with self._state.changing() as state:
            state.redirect_uris = decode_json(request.body, RedirectUris).uris
        return Response(204)

    def _put_settings(self, request: Request) -> Response:
        wanted = decode_json(request.body, GoogleSettings)
        with self._state.changing() as state:
            if wanted.quiet is not None:
                state.is_quiet = wanted.quiet
            if wanted.page_size is not None:
                state.page_size = wanted.page_size
            if wanted.access_token_seconds is not None:
                state.access_token_seconds = wanted.access_token_seconds
            if wanted.calls_per_minute is not None:
                state.calls_per_minute = wanted.calls_per_minute
        return Response(204)

    def _add_calendar(self, request: Request) -> Response:
        new = decode_json(request.body, NewCalendar)
        with self._state.changing() as state:
            person = state.person(new.email)
            state.calendars[new.id] = Calendar(
                id=new.id,
                owner=person.email,
                summary=new.summary,
                time_zone=new.time_zone,
                access_role=new.access_role,
            )
        return Response(204)

    def _put_event(self, request: Request) -> Response:
        new = decode_json(request.body, NewEvent)
        return self._put(new.email, new.calendar, new.event)

    def _make_busy(self, request: Request) -> Response:
        new = decode_json(request.body, BusyHour)
        if new.starts_at.tzinfo is None:
            raise Problem(422, "It needs an offset.", field="body.startsAt")
        ends = datetime.fromtimestamp(new.starts_at.timestamp() + new.minutes * 60, UTC)
        event = {
            "summary": new.summary,
            "start": {"dateTime": new.starts_at.isoformat()},
            "end": {"dateTime": ends.isoformat()},
        }
        return self._put(new.email, new.calendar, event)

    def _put(self, email: str, calendar: str, event: Json) -> Response:
        try:
            return answer_json(self._calendars.put_event(email.lower(), calendar, event), 201)
        except ProviderError as error:
            raise Problem(422, str(error), field="body.event") from None

    def _delete_event(self, request: Request) -> Response:
        params = request.params
        try:
            self._calendars.delete_event(
                params["email"].lower(), params["calendar"], params["event"]
            )
        except ProviderError as error:
            raise Problem(404, str(error)) from None
        return Response(204)

    def _list_busy(self, request: Request) -> Response:
        query = request.query
        since, until = (
            convert(query.get(name), datetime, f"query.{name}") for name in ("since", "until")
        )
        spans = self._calendars.busy(
            query.get("email", "").lower(), query.get("calendar", "primary"), since, until
        )
        return answer_json([{"startsAt": start, "endsAt": end} for start, end in spans])

    def _expire_sync_tokens(self, request: Request) -> Response:
        self.expire_sync_tokens(decode_json(request.body, Who).email)
        return Response(204)

    def _expire_access_tokens(self, request: Request) -> Response:
        email = decode_json(request.body, Who).email.lower()
        with self._state.changing() as state:
            for token in state.access_tokens.values():
                if token.email == email:
                    token.until = 0.0
        return Response(204)

    def _revoke(self, request: Request) -> Response:
        email = decode_json(request.body, Who).email.lower()
        with self._state.changing() as state:
            if email not in state.people:
                raise Problem(404, f"Nobody has the address {email}.")
            google_revocation.revoke(state, email)
        return Response(204)
