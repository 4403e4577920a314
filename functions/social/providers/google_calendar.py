"""Google Calendar, API version 3, behind the protocol of calendars.

Synchronization: https://developers.google.com/workspace/calendar/api/guides/sync
Push notifications: https://developers.google.com/workspace/calendar/api/guides/push
Errors: https://developers.google.com/workspace/calendar/api/guides/errors
"""

import contextlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from shared.platform import clock, retry_after
from shared.platform.outside_calls import Answer
from social.models import ProviderId
from social.models.calendars import OwnEvent
from social.providers import calls, configuration
from social.providers.calendars import (
    Channel,
    EventChanged,
    EventGone,
    ListedCalendar,
    OpenChannel,
    Page,
    SyncTokenRefused,
    WrittenEvent,
)
from social.providers.failures import (
    ProviderFailed,
    ProviderRefused,
    RateLimited,
    TokenRefused,
)
from social.providers.google_events import (
    ARTIST_PROPERTY,
    OWN_PROPERTY,
    GoogleEvent,
    read,
    read_own,
)

API_URL = "https://www.googleapis.com/calendar/v3"
NOTIFICATIONS_PATH = "/v1/social/google-calendar/notifications"
PAGE_EVENTS = 1000
MAX_PAGES = 50
# What everything is read from on. Google's guide does so, too: an occurrence that was moved into
# the past from a longer distance would block its first time, which is rare enough.
FULL_READING = timedelta(days=366)

_WRITABLE = {"owner", "writer"}
_LIMITS = {
    "rateLimitExceeded",
    "userRateLimitExceeded",
    "quotaExceeded",
    "dailyLimitExceeded",
    "dailyLimitExceededUnreg",
}
# The calendar has no channels, or we have no address that Google may call.
_NO_CHANNEL = {
    "pushNotSupportedForRequestedResource",
    "push.webhookUrlNotHttps",
    "push.webhookUrlUnauthorized",
    "push.webhookUrlNoHostOrAddress",
}
_FIELDS = (
    "nextPageToken,nextSyncToken,timeZone,items(id,etag,status,start,end,recurrence,"
    "recurringEventId,originalStartTime,transparency,eventType,attendees(self,responseStatus),"
    "extendedProperties/private)"
)
Model = TypeVar("Model")


class _Calendar(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    id: str
    summary: str = ""
    summary_override: str = ""
    time_zone: str = ""
    primary: bool = False
    access_role: str = "reader"
    deleted: bool = False


class _Calendars(msgspec.Struct, frozen=True, rename="camel"):
    items: list[_Calendar] = []
    next_page_token: str | None = None


class _Events(msgspec.Struct, frozen=True, rename="camel"):
    items: list[GoogleEvent] = []
    time_zone: str = ""
    next_page_token: str | None = None
    next_sync_token: str | None = None


class _OpenChannel(msgspec.Struct, frozen=True, rename="camel"):
    resource_id: str
    expiration: int | str | None = None


class _Error(msgspec.Struct, frozen=True):
    reason: str = ""


class _Errors(msgspec.Struct, frozen=True):
    errors: list[_Error] = []


class _Refusal(msgspec.Struct, frozen=True):
    error: _Errors


class GoogleCalendar:
    """The calendars of Google accounts. See `Calendar` for what its methods do."""

    def list_calendars(self, token: str) -> list[ListedCalendar]:
        """List the calendars of the account, the main one first."""
        found: list[_Calendar] = []
        query: dict[str, str] = {"maxResults": "250"}
        for _ in range(MAX_PAGES):
            answer = _send("GET", "/users/me/calendarList", token, query=query)
            part = _decode(answer, _Calendars)
            found += [each for each in part.items if not each.deleted]
            if not part.next_page_token:
                break
            query["pageToken"] = part.next_page_token
        listed = [
            ListedCalendar(
                key=each.id,
                name=each.summary_override or each.summary,
                time_zone=each.time_zone,
                is_primary=each.primary,
                can_write=each.access_role in _WRITABLE,
            )
            for each in found
        ]
        return sorted(listed, key=lambda each: (not each.is_primary, each.name, each.key))

    def read(
        self, token: str, calendar: str, sync_token: str | None, since: datetime
    ) -> Iterator[Page]:
        """Read a calendar part by part, or what changed in it."""
        query = {"maxResults": str(PAGE_EVENTS), "maxAttendees": "1", "fields": _FIELDS}
        if sync_token is None:
            query["timeMin"] = _to_text(since - FULL_READING)
        else:
            query["syncToken"] = sync_token
        for _ in range(MAX_PAGES):
            answer = _send("GET", f"{_path(calendar)}/events", token, query=query)
            part = _decode(answer, _Events)
            yield _build_page(part)
            if part.next_page_token is None:
                return
            query["pageToken"] = part.next_page_token
        raise ProviderFailed("too many pages")

    def watch(self, token: str, calendar: str, channel: Channel) -> OpenChannel | None:
        """Open a channel; None where there is none for this calendar."""
        seconds = max(1, int((channel.expires_at - clock.now()).total_seconds()))
        body = {
            "id": channel.id,
            "type": "web_hook",
            "address": configuration.api_url() + NOTIFICATIONS_PATH,
            "token": channel.token,
            "params": {"ttl": str(seconds)},
        }
        try:
            answer = _send("POST", f"{_path(calendar)}/events/watch", token, json=body)
        except ProviderRefused as error:
            if error.code in _NO_CHANNEL:
                return None
            raise
        opened = _decode(answer, _OpenChannel)
        expires_at = channel.expires_at
        if opened.expiration is not None:
            expires_at = datetime.fromtimestamp(int(opened.expiration) / 1000, UTC)
        return OpenChannel(resource_id=opened.resource_id, expires_at=expires_at)

    def stop(self, token: str, channel_id: str, resource_id: str) -> None:
        """Close a channel, if it is open."""
        body = {"id": channel_id, "resourceId": resource_id}
        with contextlib.suppress(EventGone):
            _send("POST", "/channels/stop", token, json=body, is_repeatable=True)

    def find(self, token: str, calendar: str, key: str) -> OwnEvent | None:
        """Return what is there of an event of ours; None if there never was one."""
        try:
            answer = _send("GET", _event_path(calendar, key), token)
        except EventGone:
            return None
        return read_own(_decode(answer, GoogleEvent), "")

    def insert(self, token: str, calendar: str, event: WrittenEvent) -> str:
        """Write an event, and return its etag."""
        body = {"id": event.key, **_build_body(event)}
        answer = _send("POST", f"{_path(calendar)}/events", token, json=body, is_repeatable=True)
        return _decode(answer, GoogleEvent).etag

    def replace(self, token: str, calendar: str, event: WrittenEvent, etag: str | None) -> str:
        """Write the next version of an event, and return its etag."""
        answer = _send(
            "PATCH",
            _event_path(calendar, event.key),
            token,
            json={"status": "confirmed", **_build_body(event)},
            headers=_build_condition(etag),
        )
        return _decode(answer, GoogleEvent).etag

    def delete(self, token: str, calendar: str, key: str, etag: str | None) -> None:
        """Delete an event, if it is there."""
        with contextlib.suppress(EventGone):
            _send("DELETE", _event_path(calendar, key), token, headers=_build_condition(etag))


def _build_page(part: _Events) -> Page:
    entries, removed = [], []
    for event in part.items:
        entry = read(event, part.time_zone)
        if entry is None:
            removed.append(event.id)
        else:
            entries.append(entry)
    return Page(
        entries=entries,
        removed=removed,
        sync_token=part.next_sync_token,
        time_zone=part.time_zone,
    )


def _build_body(event: WrittenEvent) -> dict[str, Any]:
    private = {OWN_PROPERTY: event.appointment_id}
    if event.artist_id:
        private[ARTIST_PROPERTY] = event.artist_id
    body: dict[str, Any] = {
        "summary": event.title,
        "description": event.description,
        "start": {"dateTime": _to_text(event.starts_at), "timeZone": event.time_zone},
        "end": {"dateTime": _to_text(event.ends_at), "timeZone": event.time_zone},
        "extendedProperties": {"private": private},
    }
    if event.url:
        body["source"] = {"title": event.title, "url": event.url}
    return body


def _build_condition(etag: str | None) -> dict[str, str]:
    return {"If-Match": etag} if etag else {}


def _path(calendar: str) -> str:
    return f"/calendars/{quote(calendar, safe='')}"


def _event_path(calendar: str, key: str) -> str:
    return f"{_path(calendar)}/events/{quote(key, safe='')}"


def _to_text(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _send(
    method: str,
    path: str,
    token: str,
    *,
    query: Mapping[str, str] | None = None,
    json: object | None = None,
    headers: Mapping[str, str] | None = None,
    is_repeatable: bool | None = None,
) -> Answer:
    """Send a request and return the answer of a success.

    Raises what the calls of `Calendar` raise.
    """
    settings = configuration.read(ProviderId.GOOGLE, {"api_url": API_URL})
    answer = calls.send(
        method,
        settings.api_url.rstrip("/") + path,
        token=token,
        query=query,
        json=json,
        headers=headers,
        is_repeatable=is_repeatable,
    )
    if answer.status < 300:
        return answer
    reason = _read_reason(answer.body)
    match answer.status:
        case 401 if reason not in _NO_CHANNEL:
            raise TokenRefused(reason)
        case 404:
            raise EventGone(reason)
        case 410 if query is not None and "syncToken" in query:
            raise SyncTokenRefused(reason)
        case 410:
            raise EventGone(reason)
        case 409 | 412:
            raise EventChanged(reason)
        case 429:
            raise RateLimited(reason, _find_end(answer))
        case 403 if reason in _LIMITS:
            raise RateLimited(reason, _find_end(answer))
    raise ProviderRefused(f"status {answer.status}", status=answer.status, code=reason)


def _find_end(answer: Answer) -> datetime | None:
    """Return until when calls are refused, as far as the answer says."""
    now = clock.now()
    seconds = retry_after.parse(answer.headers.get("retry-after"), now)
    return now + timedelta(seconds=seconds) if seconds else None


def _read_reason(body: bytes) -> str:
    """Return Google's word for an error; empty if there is none."""
    try:
        errors = msgspec.json.decode(body, type=_Refusal).error.errors
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""
    reason = errors[0].reason if errors else ""
    return reason if reason.isascii() and reason.isprintable() and len(reason) <= 64 else ""


def _decode(answer: Answer, model: type[Model]) -> Model:
    try:
        return msgspec.json.decode(answer.body, type=model)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise ProviderFailed("an answer is not as specified") from None
