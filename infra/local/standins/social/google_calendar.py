"""Part of Google's Calendar API v3: calendar list, events with sync tokens, channels, free/busy.

https://developers.google.com/workspace/calendar/api/v3/reference
https://developers.google.com/workspace/calendar/api/guides/sync
https://developers.google.com/workspace/calendar/api/guides/push
"""

from __future__ import annotations

import re
import uuid
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from infra.local.standins import base64url
from infra.local.standins.http import Request, Response, Route, json_response
from infra.local.standins.social import grants, recurrence
from infra.local.standins.social.errors import ProviderError
from infra.local.standins.social.faults import ProviderFaults
from infra.local.standins.social.google_state import Calendar, Channel, GoogleState
from infra.local.standins.social.kept import Clock, Kept
from infra.local.standins.social.outgoing import Delivery, Outgoing

Json = dict[str, Any]

_SCOPE = "https://www.googleapis.com/auth/calendar"
_READS = {_SCOPE, *(f"{_SCOPE}.{each}" for each in ("readonly", "events", "events.readonly"))}
_WRITES = {_SCOPE, f"{_SCOPE}.events", f"{_SCOPE}.events.owned"}
_LISTS = {_SCOPE, f"{_SCOPE}.readonly", f"{_SCOPE}.calendarlist.readonly"}
_FREE_BUSY = {*_READS, f"{_SCOPE}.freebusy"}
# Events: insert: base32hex in lower case, 5 to 1024 characters.
_EVENT_ID = re.compile(r"[a-v0-9]{5,1024}")
_INSTANCE_ID = re.compile(r"(.+)_(\d{8}(?:T\d{6}Z)?)")
_CHANNEL_ID = re.compile(r"[A-Za-z0-9\-_+/=]{1,64}")
_MAX_CHANNEL_SECONDS = 30 * 86400
_CHANNEL_SECONDS = 7 * 86400
_MAX_RESULTS = 2500
_MINUTE = 60
_UPDATED_MIN_DAYS = 28
_HORIZON = timedelta(days=730)
_NOT_WITH_SYNC_TOKEN = (
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "timeMin",
    "timeMax",
    "updatedMin",
)
_WRITERS = ("owner", "writer")


class _Cursor(msgspec.Struct, kw_only=True):
    """What a page token or sync token says: changes after one version, up to another."""

    calendar: str
    after: int
    upto: int | None = None
    last: int = 0
    is_full: bool = False


class GoogleCalendar:
    """Calendars of the people that signed in at the stand-in."""

    def __init__(
        self,
        state: Kept[GoogleState],
        clock: Clock,
        faults: ProviderFaults,
        outgoing: Outgoing,
        *,
        base: str,
    ) -> None:
        self._state = state
        self._clock = clock
        self._faults = faults
        self._outgoing = outgoing
        self._base = base
        self._calls: dict[str, deque[float]] = {}

    def routes(self) -> list[Route]:
        """Return the routes, below /google/calendar/v3."""
        api = "/google/calendar/v3"
        events = f"{api}/calendars/{{calendar}}/events"
        event = f"{events}/{{event}}"
        route = self._faults.route
        return [
            route("GET", f"{api}/users/me/calendarList", "calendars.list", self._list_calendars),
            route("GET", f"{api}/calendars/{{calendar}}", "calendars.get", self._get_calendar),
            route("POST", f"{api}/freeBusy", "freebusy", self._query_free_busy),
            route("POST", f"{api}/channels/stop", "channels.stop", self._stop),
            route("POST", f"{events}/watch", "events.watch", self._watch),
            route("GET", events, "events.list", self._list),
            route("POST", events, "events.insert", self._insert),
            route("GET", f"{event}/instances", "events.instances", self._list_instances),
            route("GET", event, "events.get", self._get),
            route("PATCH", event, "events.patch", self._patch),
            route("PUT", event, "events.update", self._update),
            route("DELETE", event, "events.delete", self._delete),
        ]

    def forget_calls(self) -> None:
        """Begin the minute of everybody's calls again."""
        self._calls.clear()

    # Who calls, and what they may.

    def _caller(self, state: GoogleState, request: Request, scopes: set[str]) -> str:
        token = grants.bearer_of(request)
        if not token:
            raise ProviderError("google.login_required")
        found = state.access_tokens.get(token)
        if found is None or found.is_revoked or found.until <= self._clock.now():
            raise ProviderError("google.token_expired")
        if not scopes & set(found.scopes):
            raise ProviderError("google.scope_missing")
        self._count(state, found.email)
        return found.email

    def _count(self, state: GoogleState, email: str) -> None:
        """Count a call. Raises ProviderError when a person's calls of a minute are used up.

        https://developers.google.com/workspace/calendar/api/guides/quota
        """
        now = self._clock.now()
        calls = self._calls.setdefault(email, deque())
        while calls and calls[0] <= now - _MINUTE:
            calls.popleft()
        if len(calls) >= state.calls_per_minute:
            raise ProviderError("google.user_rate_limit")
        calls.append(now)

    def _calendar(
        self, state: GoogleState, request: Request, scopes: set[str], *, writes: bool = False
    ) -> Calendar:
        email = self._caller(state, request, scopes)
        calendar = state.calendar(email, request.params["calendar"])
        if calendar is None:
            raise ProviderError("google.not_found")
        if writes and calendar.access_role not in _WRITERS:
            raise ProviderError("google.access_denied")
        return calendar

    # Calendars.

    def _list_calendars(self, request: Request) -> Response:
        with self._state.reading() as state:
            email = self._caller(state, request, _LISTS)
            items = [
                _calendar_entry(each) for each in state.calendars.values() if each.owner == email
            ]
        return json_response({"kind": "calendar#calendarList", "etag": '"1"', "items": items})

    def _get_calendar(self, request: Request) -> Response:
        with self._state.reading() as state:
            found = self._calendar(state, request, _LISTS)
            entry = {
                "kind": "calendar#calendar",
                "id": found.id,
                "summary": found.summary,
                "timeZone": found.time_zone,
            }
        return json_response(entry)

    # Reading events.

    def _list(self, request: Request) -> Response:
        query = request.query
        with self._state.reading() as state:
            calendar = self._calendar(state, request, _READS)
            cursor = _cursor(query, calendar)
            _check_filters(query, self._clock.now())
            upto = calendar.version if cursor.upto is None else cursor.upto
            size = min(_number(query, "maxResults", state.page_size), state.page_size)
            after = max(cursor.after, cursor.last)
            versions = sorted(
                (version, event_id)
                for event_id, version in calendar.versions.items()
                if after < version <= upto
            )
            events = [(version, calendar.events[each]) for version, each in versions]
            shown = [
                (version, each)
                for version, each in events
                if not cursor.is_full or _is_shown(each, query, calendar)
            ]
            items = [_resource(each, calendar) for _, each in shown[:size]]
            if query.get("singleEvents") == "true":
                items = self._single(shown[:size], query, calendar)
            page: Json = {
                "kind": "calendar#events",
                "etag": f'"p{upto}"',
                "summary": calendar.summary,
                "updated": _rfc3339(self._clock.now()),
                "timeZone": calendar.time_zone,
                "accessRole": calendar.access_role,
                "defaultReminders": [],
                "items": items,
            }
            if len(shown) > size:
                cursor = msgspec.structs.replace(cursor, upto=upto, last=shown[size - 1][0])
                page["nextPageToken"] = _encode(cursor)
            else:
                page["nextSyncToken"] = _encode(_Cursor(calendar=calendar.id, after=upto))
        return json_response(page)

    def _single(self, shown: list[tuple[int, Json]], query: Any, calendar: Calendar) -> list[Json]:
        since, until = self._range(query)
        items: list[Json] = []
        for _, event in shown:
            if "recurrence" in event and event["status"] != "cancelled":
                items += _instances(event, calendar, since, until)
            else:
                items.append(_resource(event, calendar))
        return items

    def _range(self, query: Any) -> tuple[datetime, datetime]:
        now = datetime.fromtimestamp(self._clock.now(), UTC)
        since = _instant(query, "timeMin") or now - _HORIZON
        return since, _instant(query, "timeMax") or since + _HORIZON

    def _list_instances(self, request: Request) -> Response:
        with self._state.reading() as state:
            calendar = self._calendar(state, request, _READS)
            event = calendar.events.get(request.params["event"])
            if event is None:
                raise ProviderError("google.not_found")
            since, until = self._range(request.query)
            items = _instances(event, calendar, since, until)
        return json_response({"kind": "calendar#events", "items": items})

    def _get(self, request: Request) -> Response:
        with self._state.reading() as state:
            calendar = self._calendar(state, request, _READS)
            return json_response(_resource(_find(calendar, request.params["event"]), calendar))

    def _query_free_busy(self, request: Request) -> Response:
        body = _json(request)
        since, until = _instant(body, "timeMin"), _instant(body, "timeMax")
        if since is None or until is None:
            raise ProviderError("google.required", "timeMin and timeMax")
        if until <= since:
            raise ProviderError("google.time_range_empty")
        answers: Json = {}
        with self._state.reading() as state:
            email = self._caller(state, request, _FREE_BUSY)
            for item in body.get("items", []):
                calendar = state.calendar(email, item["id"])
                if calendar is None:
                    error = {"domain": "global", "reason": "notFound"}
                    answers[item["id"]] = {"errors": [error], "busy": []}
                    continue
                spans = busy_spans(calendar, since, until)
                answers[item["id"]] = {
                    "busy": [{"start": _iso(start), "end": _iso(end)} for start, end in spans]
                }
        return json_response(
            {
                "kind": "calendar#freeBusy",
                "timeMin": body["timeMin"],
                "timeMax": body["timeMax"],
                "calendars": answers,
            }
        )

    # Writing events.

    def _insert(self, request: Request) -> Response:
        body = _json(request)
        event_id = body.get("id") or uuid.uuid4().hex
        if not isinstance(event_id, str) or not _EVENT_ID.fullmatch(event_id):
            raise ProviderError("google.invalid", "id")
        with self._state.changing() as state:
            calendar = self._calendar(state, request, _WRITES, writes=True)
            if event_id in calendar.events:
                raise ProviderError("google.duplicate")
            _check_event(body, calendar)
            created: Json = {"created": _rfc3339(self._clock.now()), "sequence": 0}
            event: Json = {**created, "status": "confirmed", **body, "id": event_id}
            self._put(state, calendar, event)
            return json_response(_resource(event, calendar))

    def _patch(self, request: Request) -> Response:
        return self._change(request, _merged)

    def _update(self, request: Request) -> Response:
        def replaced(event: Json, body: Json) -> Json:
            kept: Json = {
                name: event[name] for name in ("id", "created", "sequence") if name in event
            }
            return {"status": "confirmed", **body, **kept}

        return self._change(request, replaced)

    def _change(self, request: Request, change: Callable[[Json, Json], Json]) -> Response:
        body = _json(request)
        with self._state.changing() as state:
            calendar = self._calendar(state, request, _WRITES, writes=True)
            event = _find(calendar, request.params["event"])
            _check_etag(request, event, calendar)
            changed = change(event, body)
            changed["sequence"] = event.get("sequence", 0) + 1
            if changed.get("status") != "cancelled":
                _check_event(changed, calendar)
            self._put(state, calendar, changed)
            return json_response(_resource(changed, calendar))

    def _delete(self, request: Request) -> Response:
        with self._state.changing() as state:
            calendar = self._calendar(state, request, _WRITES, writes=True)
            event = _find(calendar, request.params["event"])
            if event["status"] == "cancelled":
                raise ProviderError("google.deleted")
            _check_etag(request, event, calendar)
            self._put(state, calendar, {**event, "status": "cancelled"})
        return Response(204)

    def _put(self, state: GoogleState, calendar: Calendar, event: Json) -> None:
        calendar.version += 1
        event["updated"] = _rfc3339(self._clock.now())
        calendar.events[event["id"]] = event
        calendar.versions[event["id"]] = calendar.version
        self._notify(state, calendar)

    # What people do in their calendar: for the control API.

    def put_event(self, email: str, calendar_id: str, event: Json) -> Json:
        """Create or replace an event as its owner does in the calendar's own app."""
        with self._state.changing() as state:
            state.person(email)
            calendar = state.calendar(email, calendar_id)
            if calendar is None:
                raise ProviderError("google.not_found")
            event_id = event.get("id") or uuid.uuid4().hex
            known = calendar.events.get(event_id, {})
            if not known and (found := _INSTANCE_ID.fullmatch(event_id)):
                known = _instance(calendar, found)
            changed: Json = {
                "created": _rfc3339(self._clock.now()),
                "sequence": known.get("sequence", -1) + 1,
                "status": "confirmed",
                **{name: known[name] for name in _KEPT_OF_INSTANCES if name in known},
                **event,
                "id": event_id,
            }
            if changed["status"] != "cancelled":
                _check_event(changed, calendar)
            self._put(state, calendar, changed)
            return _resource(changed, calendar)

    def delete_event(self, email: str, calendar_id: str, event_id: str) -> None:
        """Delete an event, or one instance of it, as its owner does."""
        with self._state.changing() as state:
            calendar = state.calendar(email, calendar_id)
            if calendar is None:
                raise ProviderError("google.not_found")
            event = _find(calendar, event_id)
            self._put(state, calendar, {**event, "status": "cancelled"})

    def busy(
        self, email: str, calendar_id: str, since: datetime, until: datetime, *, own: bool = False
    ) -> list[recurrence.Span]:
        """Return the merged busy spans; without `own`, what we wrote ourselves is left out."""
        with self._state.reading() as state:
            calendar = state.calendar(email, calendar_id)
            return [] if calendar is None else busy_spans(calendar, since, until, own=own)

    # Channels.

    def _watch(self, request: Request) -> Response:
        body = _json(request)
        for name in ("id", "type", "address"):
            if not body.get(name):
                raise ProviderError("google.required", name)
        if body["type"] not in ("web_hook", "webhook"):
            raise ProviderError("google.invalid", "type")
        if not _CHANNEL_ID.fullmatch(body["id"]) or len(body.get("token", "")) > 256:
            raise ProviderError("google.invalid", "id")
        # The stack on a laptop has no TLS.
        if not body["address"].startswith(("https://", "http://127.0.0.1:")):
            raise ProviderError("google.channel_not_https", body["address"])
        now = self._clock.now()
        with self._state.changing() as state:
            calendar = self._calendar(state, request, _READS)
            if body["id"] in state.channels:
                raise ProviderError("google.channel_not_unique", body["id"])
            ttl = float((body.get("params") or {}).get("ttl", _CHANNEL_SECONDS))
            wanted = float(body.get("expiration", (now + ttl) * 1000)) / 1000
            channel = Channel(
                id=body["id"],
                token=body.get("token", ""),
                address=body["address"],
                calendar_id=calendar.id,
                email=calendar.owner,
                resource_id=base64url.encode(calendar.id.encode())[:27],
                expiration=int(min(wanted, now + _MAX_CHANNEL_SECONDS) * 1000),
            )
            state.channels[channel.id] = channel
            self._send(channel, "sync")
        answer = {
            "kind": "api#channel",
            "id": channel.id,
            "resourceId": channel.resource_id,
            "resourceUri": self._uri(channel),
            "expiration": str(channel.expiration),
        }
        if channel.token:
            answer["token"] = channel.token
        return json_response(answer)

    def _stop(self, request: Request) -> Response:
        body = _json(request)
        with self._state.changing() as state:
            email = self._caller(state, request, _READS)
            channel = state.channels.get(body.get("id", ""))
            if (
                channel is None
                or channel.email != email
                or channel.resource_id != body.get("resourceId")
                or channel.expiration <= self._clock.milliseconds()
            ):
                raise ProviderError("google.channel_not_found", body.get("id", ""))
            del state.channels[channel.id]
        return Response(204)

    def _notify(self, state: GoogleState, calendar: Calendar) -> None:
        if state.is_quiet:
            return
        for channel in state.channels.values():
            is_open = channel.expiration > self._clock.milliseconds()
            if channel.calendar_id == calendar.id and is_open:
                self._send(channel, "exists")

    def _send(self, channel: Channel, state: str) -> None:
        # Message numbers grow, and are not consecutive; that of `sync` is 1.
        channel.number += 1 if state == "sync" else 7
        expires = datetime.fromtimestamp(channel.expiration / 1000, UTC)
        headers = {
            "X-Goog-Channel-ID": channel.id,
            "X-Goog-Channel-Expiration": format_datetime(expires, usegmt=True),
            "X-Goog-Resource-ID": channel.resource_id,
            "X-Goog-Resource-URI": self._uri(channel),
            "X-Goog-Resource-State": state,
            "X-Goog-Message-Number": str(channel.number),
            "User-Agent": "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)",
            "Content-Length": "0",
        }
        if channel.token:
            headers["X-Goog-Channel-Token"] = channel.token
        self._outgoing.add(
            Delivery(provider="google", url=channel.address, headers=headers, body="")
        )

    def _uri(self, channel: Channel) -> str:
        return f"{self._base}/calendar/v3/calendars/{channel.calendar_id}/events?alt=json"


_KEPT_OF_INSTANCES = ("created", "recurringEventId", "originalStartTime", "iCalUID")


def busy_spans(
    calendar: Calendar, since: datetime, until: datetime, *, own: bool = True
) -> list[recurrence.Span]:
    """Return when a calendar is busy, merged: neither free, cancelled nor declined events."""
    spans: list[recurrence.Span] = []
    for event in calendar.events.values():
        if event["status"] == "cancelled" or _is_orphan(event, calendar):
            continue
        if not own and _is_ours(event):
            continue
        for each in _instances(event, calendar, since, until) if "recurrence" in event else [event]:
            if _is_busy(each):
                spans.append(recurrence.span(each, calendar.time_zone))
    merged: list[recurrence.Span] = []
    clipped = [(max(start, since), min(end, until)) for start, end in spans]
    for start, end in sorted(each for each in clipped if each[0] < each[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _is_busy(event: Json) -> bool:
    declined = any(
        each.get("self") and each.get("responseStatus") == "declined"
        for each in event.get("attendees", [])
    )
    is_opaque = event.get("transparency", "opaque") == "opaque"
    return event["status"] != "cancelled" and is_opaque and not declined


def _is_orphan(event: Json, calendar: Calendar) -> bool:
    """Whether an event is the exception of a recurring one that is gone."""
    master = event.get("recurringEventId")
    return master is not None and calendar.events[master]["status"] == "cancelled"


def _is_ours(event: Json) -> bool:
    return "artistBooking" in event.get("extendedProperties", {}).get("private", {})


def _calendar_entry(calendar: Calendar) -> Json:
    entry = {
        "kind": "calendar#calendarListEntry",
        "etag": f'"{calendar.version}"',
        "id": calendar.id,
        "summary": calendar.summary,
        "timeZone": calendar.time_zone,
        "accessRole": calendar.access_role,
        "selected": True,
        "backgroundColor": "#9fe1e7",
    }
    return entry | ({"primary": True} if calendar.is_primary else {})


def _resource(event: Json, calendar: Calendar) -> Json:
    """Return an event as the API shows it; of a deleted one, only what is guaranteed."""
    version = calendar.versions.get(event["id"], 0)
    common = {"kind": "calendar#event", "etag": f'"{version}"', "id": event["id"]}
    if event["status"] == "cancelled":
        names = ("status", "recurringEventId", "originalStartTime", "extendedProperties", "updated")
        return common | {name: event[name] for name in names if name in event}
    return {
        "htmlLink": f"https://www.google.com/calendar/event?eid={event['id']}",
        "iCalUID": f"{event.get('recurringEventId', event['id'])}@google.com",
        "creator": {"email": calendar.owner, "self": True},
        "organizer": {"email": calendar.id, "self": True},
        "reminders": {"useDefault": True},
        "eventType": "default",
        **event,
        **common,
    }


def _instances(event: Json, calendar: Calendar, since: datetime, until: datetime) -> list[Json]:
    """Return the instances in a range, changed ones as they are now."""
    start, end = recurrence.span(event, calendar.time_zone)
    changed = {
        recurrence.moment(each["originalStartTime"], calendar.time_zone): each
        for each in calendar.events.values()
        if each.get("recurringEventId") == event["id"]
    }
    instances = []
    for instant in recurrence.starts(event, calendar.time_zone, since, until):
        if instant not in changed:
            made = _made_instance(event, calendar, instant, instant + (end - start))
            instances.append(_resource(made, calendar))
    # An exception may have been moved into the range from outside of it: it stands alone.
    return instances


def _made_instance(event: Json, calendar: Calendar, start: datetime, end: datetime) -> Json:
    is_day = "date" in event["start"]
    zone = event["start"].get("timeZone") or calendar.time_zone

    def written(instant: datetime) -> Json:
        local = instant.astimezone(ZoneInfo(zone))
        if is_day:
            return {"date": local.date().isoformat()}
        return {"dateTime": local.isoformat(), "timeZone": zone}

    kept = {name: value for name, value in event.items() if name != "recurrence"}
    stamp = f"{start.astimezone(ZoneInfo(zone)):%Y%m%d}" if is_day else f"{start:%Y%m%dT%H%M%SZ}"
    return kept | {
        "id": f"{event['id']}_{stamp}",
        "recurringEventId": event["id"],
        "originalStartTime": written(start),
        "start": written(start),
        "end": written(end),
    }


def _find(calendar: Calendar, event_id: str) -> Json:
    """Return an event, or an instance that is no exception yet. Raises ProviderError."""
    found = calendar.events.get(event_id)
    if found is not None:
        return found
    match = _INSTANCE_ID.fullmatch(event_id)
    if match is None:
        raise ProviderError("google.not_found")
    return _instance(calendar, match)


def _instance(calendar: Calendar, match: re.Match[str]) -> Json:
    event = calendar.events.get(match[1])
    if event is None or "recurrence" not in event or event["status"] == "cancelled":
        raise ProviderError("google.not_found")
    stamp = match[2]
    day = datetime.strptime(stamp[:8], "%Y%m%d").replace(tzinfo=UTC)
    around = (day - timedelta(days=2), day + timedelta(days=3))
    for each in _instances(event, calendar, *around):
        if each["id"].endswith(f"_{stamp}"):
            return {name: each[name] for name in each if name not in ("kind", "etag")}
    raise ProviderError("google.not_found")


def _merged(event: Json, body: Json) -> Json:
    """Return the event with a patch: null removes a field, and objects are merged."""
    changed = dict(event)
    for name, value in body.items():
        if value is None:
            changed.pop(name, None)
        elif isinstance(value, dict) and isinstance(changed.get(name), dict):
            changed[name] = _merged(changed[name], value)
        else:
            changed[name] = value
    return changed


def _check_event(event: Json, calendar: Calendar) -> None:
    for name in ("start", "end"):
        if not isinstance(event.get(name), dict):
            raise ProviderError("google.required", f"{name} time")
    if ("date" in event["start"]) != ("date" in event["end"]):
        raise ProviderError("google.invalid", "start and end times must either both be date")
    if (
        event.get("recurrence")
        and "dateTime" in event["start"]
        and not event["start"].get("timeZone")
    ):
        raise ProviderError("google.required", "time zone definition for start time")
    try:
        start, end = recurrence.span(event, calendar.time_zone)
    except (KeyError, ValueError):
        raise ProviderError("google.invalid", "start or end") from None
    if end <= start:
        raise ProviderError("google.time_range_empty")
    if event.get("recurrence"):
        try:
            recurrence.starts(event, calendar.time_zone, start, start + timedelta(days=1))
        except (KeyError, ValueError):
            raise ProviderError("google.invalid", "recurrence") from None


def _check_etag(request: Request, event: Json, calendar: Calendar) -> None:
    wanted = request.headers.get("If-Match")
    if wanted not in (None, "*", f'"{calendar.versions.get(event["id"], 0)}"'):
        raise ProviderError("google.precondition")


def _check_filters(query: Any, now: float) -> None:
    if "syncToken" in query:
        wrong = [name for name in _NOT_WITH_SYNC_TOKEN if name in query]
        if wrong:
            raise ProviderError("google.sync_token_with_filter", ", ".join(wrong))
    since, until = _instant(query, "timeMin"), _instant(query, "timeMax")
    if since is not None and until is not None and until <= since:
        raise ProviderError("google.time_range_empty")
    updated = _instant(query, "updatedMin")
    if updated is not None and now - updated.timestamp() > _UPDATED_MIN_DAYS * 86400:
        raise ProviderError("google.updated_min_too_long_ago")


def _is_shown(event: Json, query: Any, calendar: Calendar) -> bool:
    """Whether a full list has an event."""
    if event["status"] == "cancelled":
        # Cancelled instances are shown, as they are exceptions of an event that still is.
        master = calendar.events.get(event.get("recurringEventId", ""), {})
        is_exception = master.get("status", "cancelled") != "cancelled"
        shows_deleted: bool = query.get("showDeleted") == "true"
        shows_series: bool = query.get("singleEvents") != "true"
        return shows_deleted or (is_exception and shows_series)
    if _is_orphan(event, calendar):
        return False
    wanted_property = query.get("privateExtendedProperty")
    if wanted_property is not None:
        name, _, value = wanted_property.partition("=")
        if event.get("extendedProperties", {}).get("private", {}).get(name) != value:
            return False
    updated = _instant(query, "updatedMin")
    if updated is not None and datetime.fromisoformat(event["updated"]) < updated:
        return False
    if "recurrence" in event:
        return True
    start, end = recurrence.span(event, calendar.time_zone)
    since, until = _instant(query, "timeMin"), _instant(query, "timeMax")
    return (since is None or end > since) and (until is None or start < until)


def _cursor(query: Any, calendar: Calendar) -> _Cursor:
    text = query.get("pageToken") or query.get("syncToken")
    if not text:
        return _Cursor(calendar=calendar.id, after=0, is_full=True)
    name = "pageToken" if query.get("pageToken") else "syncToken"
    try:
        cursor = msgspec.json.decode(base64url.decode(text), type=_Cursor)
    except (msgspec.DecodeError, ValueError):
        raise ProviderError("google.invalid", name) from None
    if cursor.calendar != calendar.id:
        raise ProviderError("google.invalid", name)
    if not cursor.is_full and cursor.after < calendar.oldest:
        raise ProviderError("google.sync_token_expired")
    return cursor


def _encode(cursor: _Cursor) -> str:
    return base64url.encode(msgspec.json.encode(cursor))


def _number(query: Any, name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not text.isdecimal() or not 1 <= int(text) <= _MAX_RESULTS:
        raise ProviderError("google.invalid", name)
    return int(text)


def _instant(query: Any, name: str) -> datetime | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        parsed = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise ProviderError("google.invalid", name) from None
    if parsed.tzinfo is None:  # RFC 3339 asks for an offset
        raise ProviderError("google.invalid", name)
    return parsed.astimezone(UTC)


def _json(request: Request) -> Json:
    try:
        body = msgspec.json.decode(request.body, type=Json)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ProviderError("google.invalid", "body") from None
    return body


def _rfc3339(epoch_seconds: float) -> str:
    return (
        datetime.fromtimestamp(epoch_seconds, UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z")
    )


def _iso(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
