"""CalDAV server with one user, whose calendars tests and developers change behind our back.

It answers below /caldav, and at /.well-known/caldav (RFC 6764, 5). Strict where servers are: it
refuses a request without a login, without a depth, or with a sync token that is not known any more,
and a write whose precondition does not hold or whose object is none that a calendar takes.

- WebDAV: PROPFIND, PUT, DELETE, preconditions (RFC 4918); current-user-principal (RFC 5397)
- CalDAV: calendar-query with a time range, calendar-multiget (RFC 4791)
- sync-collection with tokens, and a limit of results (RFC 6578)

`/_control/caldav/…` makes events, moves and deletes them, forgets sync tokens, and injects faults.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote
from xml.parsers import expat
from xml.sax.saxutils import escape

import icalendar
import msgspec

from infra.local.standins.http import (
    ConnectionDropped,
    Problem,
    Request,
    Response,
    Route,
    decode_json,
    json_response,
)

USER, PASSWORD = "mara", "app-password"
HOME = f"/caldav/calendars/{USER}/"
PRINCIPAL = f"/caldav/principals/{USER}/"
_DAV, _CALDAV = "DAV:", "urn:ietf:params:xml:ns:caldav"
_COLLECTION = "/caldav/calendars/{user}/{calendar}/"
_OBJECT = _COLLECTION + "{name}"
_MULTISTATUS = {"Content-Type": 'application/xml; charset="utf-8"', "DAV": "1, 3, calendar-access"}
_TOKEN = "https://caldav.standin.example/sync/"  # noqa: S105

# Every error that it answers: status -> what for. A test exercises each of them.
ERRORS = {
    "no_login": 401,
    "read_only": 403,
    "invalid_sync_token": 403,
    "not_found": 404,
    "no_depth": 400,
    "malformed_xml": 400,
    "precondition_failed": 412,
    "not_a_calendar_object": 403,
    "uid_conflict": 403,
    "too_many_results": 507,
}


@dataclass
class _Object:
    text: str
    uid: str

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.text.encode()).hexdigest()[:16]}"'


@dataclass
class _Calendar:
    """A calendar, and the changes of it since the oldest sync token that is still known."""

    name: str
    is_read_only: bool = False
    components: tuple[str, ...] = ("VEVENT",)
    objects: dict[str, _Object] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)
    forgotten: int = 0  # changes before this number are not known any more


class Fault(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A fault of the next `count` requests.

    Attributes:
        method: Only requests of this method.
        status: What is answered instead.
        headers: Headers of that answer, such as Retry-After.
        drop: `before` or `after` the request is carried out the connection is closed.
        count: How many requests it hits.
    """

    method: str | None = None
    status: int | None = None
    headers: dict[str, str] = {}
    drop: str | None = None
    count: int = 1


class _EventRequest(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    calendar: str
    name: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    summary: str = "Private"
    text: str | None = None


class CalDav:
    """The server. Its user is `mara`, with the password `app-password`."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.calendars = {
            "work": _Calendar("Work"),
            "private": _Calendar("Private & family"),
            "holidays": _Calendar("Holidays", is_read_only=True),
            "tasks": _Calendar("Tasks", components=("VTODO",)),
        }
        self.faults: list[Fault] = []
        self.requests: list[tuple[str, str]] = []
        self.page = 0  # most results of a sync; 0 for no limit

    # ---- for tests and developers

    def put(self, calendar: str, name: str, text: str) -> None:
        """Store an object, as another program of the user would."""
        with self._lock:
            found = self.calendars[calendar]
            found.objects[name] = _Object(text, _read_uid(text))
            found.changes.append(name)

    def put_event(
        self,
        calendar: str,
        name: str,
        starts_at: datetime | date,
        ends_at: datetime | date,
        summary: str = "Private",
    ) -> None:
        """Store an event from an instant, or a day, to another one."""
        component = icalendar.Event()
        component.add("uid", name.removesuffix(".ics"))
        component.add("dtstamp", datetime(2026, 1, 1, tzinfo=UTC))
        component.add("dtstart", starts_at)
        component.add("dtend", ends_at)
        component.add("summary", summary)
        self.put(calendar, name, _wrap(component))

    def move(self, calendar: str, name: str, by: timedelta) -> None:
        """Move an event, as its user does by dragging it. What else it has stays."""
        parsed = icalendar.Calendar.from_ical(self.calendars[calendar].objects[name].text)
        for component in parsed.walk("VEVENT"):
            for key in ("DTSTART", "DTEND"):
                component[key] = icalendar.vDDDTypes(component.decoded(key) + by)
        self.put(calendar, name, parsed.to_ical().decode())

    def delete(self, calendar: str, name: str) -> None:
        """Delete an object, as its user would."""
        with self._lock:
            found = self.calendars[calendar]
            del found.objects[name]
            found.changes.append(name)

    def forget_tokens(self) -> None:
        """Forget the history: every sync token that was given becomes invalid."""
        for calendar in self.calendars.values():
            calendar.changes.append("")
            calendar.forgotten = len(calendar.changes)

    def routes(self) -> list[Route]:
        """Return the paths of the server and of its control."""
        handlers: list[tuple[str, str, Callable[[Request], Response]]] = [
            ("PROPFIND", "/caldav/", self._find_root),
            ("PROPFIND", "/caldav/principals/{user}/", self._find_principal),
            ("PROPFIND", "/caldav/calendars/{user}/", self._find_home),
            ("PROPFIND", _COLLECTION, self._find_collection),
            ("REPORT", _COLLECTION, self._report),
            ("GET", _OBJECT, self._get),
            ("PUT", _OBJECT, self._put),
            ("DELETE", _OBJECT, self._delete),
        ]
        return [
            *(
                Route(method, "/.well-known/caldav", _redirect)
                for method in ("GET", "PROPFIND", "OPTIONS")
            ),
            *(
                Route(method, path, self._guard(method, path, handler))
                for method, path, handler in handlers
            ),
            Route("GET", "/_control/caldav", self._show),
            Route("POST", "/_control/caldav/events", self._control_event),
            Route("POST", "/_control/caldav/deletions", self._control_deletion),
            Route("POST", "/_control/caldav/faults", self._control_fault),
            Route("POST", "/_control/caldav/forgotten-tokens", self._control_tokens),
        ]

    # ---- every request

    def _guard(
        self, method: str, path: str, handler: Callable[[Request], Response]
    ) -> Callable[[Request], Response]:
        def guarded(request: Request) -> Response:
            with self._lock:
                self.requests.append((method, path.format(**request.params)))
                fault = self._take_fault(method)
                if fault is not None and fault.status is not None:
                    return Response(fault.status, b"", fault.headers)
                if fault is not None and fault.drop == "before":
                    raise ConnectionDropped
                response = self._carry_out(method, request, handler)
                if fault is not None and fault.drop == "after":
                    raise ConnectionDropped
                return response

        return guarded

    def _carry_out(
        self, method: str, request: Request, handler: Callable[[Request], Response]
    ) -> Response:
        if not _is_allowed(request.headers.get("Authorization", "")):
            return _refuse("no_login", headers={"WWW-Authenticate": 'Basic realm="Calendars"'})
        if request.params.get("user", USER) != USER:
            return _refuse("not_found")
        calendar = request.params.get("calendar")
        if calendar is not None and calendar not in self.calendars:
            return _refuse("not_found")
        if method in ("PROPFIND", "REPORT") and request.headers.get("Depth") not in ("0", "1"):
            return _refuse("no_depth")
        return handler(request)

    def _take_fault(self, method: str) -> Fault | None:
        for number, fault in enumerate(self.faults):
            if fault.method in (None, method):
                if fault.count == 1:
                    del self.faults[number]
                else:
                    self.faults[number] = msgspec.structs.replace(fault, count=fault.count - 1)
                return fault
        return None

    # ---- properties

    def _find_root(self, request: Request) -> Response:
        href = f"<D:href>{PRINCIPAL}</D:href>"
        return _find(request, "/caldav/", {"current-user-principal": href})

    def _find_principal(self, request: Request) -> Response:
        properties = {"calendar-home-set": f"<D:href>{HOME}</D:href>", "displayname": "Mara"}
        return _find(request, PRINCIPAL, properties)

    def _find_home(self, request: Request) -> Response:
        wanted = _read_wanted(request)
        if wanted is None:
            return _refuse("malformed_xml")
        found = [_describe(HOME, {"resourcetype": "<D:collection/>"}, wanted)]
        if request.headers["Depth"] == "1":
            for key, calendar in self.calendars.items():
                found.append(_describe(f"{HOME}{key}/", self._list_properties(calendar), wanted))
        return _multistatus(*found)

    def _find_collection(self, request: Request) -> Response:
        calendar = self.calendars[request.params["calendar"]]
        return _find(
            request, f"{HOME}{request.params['calendar']}/", self._list_properties(calendar)
        )

    def _list_properties(self, calendar: _Calendar) -> dict[str, str]:
        writing = "" if calendar.is_read_only else "<D:privilege><D:write/></D:privilege>"
        components = "".join(f'<C:comp name="{name}"/>' for name in calendar.components)
        return {
            "resourcetype": "<D:collection/><C:calendar/>",
            "displayname": escape(calendar.name),
            "supported-calendar-component-set": components,
            "current-user-privilege-set": f"<D:privilege><D:read/></D:privilege>{writing}",
            "sync-token": _write_token(calendar),
        }

    # ---- reports

    def _report(self, request: Request) -> Response:
        try:
            root = _parse(request.body)
        except expat.ExpatError:
            return _refuse("malformed_xml")
        key = request.params["calendar"]
        calendar = self.calendars[key]
        match root.name:
            case "calendar-query":
                return _multistatus(*self._query(key, calendar, root))
            case "calendar-multiget":
                return _multistatus(*self._multiget(key, calendar, root))
            case "sync-collection":
                return self._sync(key, calendar, root)
        return _refuse("malformed_xml")

    def _query(self, key: str, calendar: _Calendar, root: _Node) -> Iterator[str]:
        ranges = [node for node in root.walk() if node.name == "time-range"]
        start, end = (_read_instant(ranges[0], name) for name in ("start", "end"))
        for name, stored in calendar.objects.items():
            if _overlaps(stored.text, start, end):
                yield _show_object(f"{HOME}{key}/{quote(name)}", stored, with_data=True)

    def _multiget(self, key: str, calendar: _Calendar, root: _Node) -> Iterator[str]:
        for node in root.walk():
            if node.name == "href":
                name = unquote(node.text.strip().rpartition("/")[2])
                href = f"{HOME}{key}/{quote(name)}"
                stored = calendar.objects.get(name)
                yield _gone(href) if stored is None else _show_object(href, stored, with_data=True)

    def _sync(self, key: str, calendar: _Calendar, root: _Node) -> Response:
        token = next(node.text.strip() for node in root.walk() if node.name == "sync-token")
        since = _read_token(token)
        if token and (since is None or not calendar.forgotten <= since <= len(calendar.changes)):
            return _refuse("invalid_sync_token", precondition="<D:valid-sync-token/>")
        if token:
            listed = list(enumerate(calendar.changes[since:], (since or 0) + 1))
        else:
            listed = [(len(calendar.changes), name) for name in calendar.objects]
        is_cut = bool(token) and 0 < self.page < len(listed)
        if is_cut:
            listed = listed[: self.page]
        reached = listed[-1][0] if listed else len(calendar.changes)
        changed = dict.fromkeys(name for _, name in listed if name)
        with_data = any(node.name == "calendar-data" for node in root.walk())
        parts = []
        for name in changed:
            stored, href = calendar.objects.get(name), f"{HOME}{key}/{quote(name)}"
            gone = _gone(href)
            parts.append(
                gone if stored is None else _show_object(href, stored, with_data=with_data)
            )
        if is_cut:  # RFC 6578, 3.6
            parts.append(
                f"<D:response><D:href>{HOME}{key}/</D:href>"
                f"<D:status>HTTP/1.1 {ERRORS['too_many_results']} Insufficient Storage</D:status>"
                "<D:error><D:number-of-matches-within-limits/></D:error></D:response>"
            )
        parts.append(f"<D:sync-token>{_TOKEN}{reached}</D:sync-token>")
        return _multistatus(*parts)

    # ---- objects

    def _get(self, request: Request) -> Response:
        stored = self.calendars[request.params["calendar"]].objects.get(request.params["name"])
        if stored is None:
            return _refuse("not_found")
        headers = {"Content-Type": "text/calendar; charset=utf-8", "ETag": stored.etag}
        return Response(200, stored.text.encode(), headers)

    def _put(self, request: Request) -> Response:
        calendar, name = self.calendars[request.params["calendar"]], request.params["name"]
        stored = calendar.objects.get(name)
        if calendar.is_read_only:
            return _refuse("read_only", precondition="<D:need-privileges/>")
        if not _holds(request, stored):
            return _refuse("precondition_failed")
        try:
            text = request.body.decode()
            uid = _read_uid(text)
        except ValueError:
            uid = ""
        if not uid or request.headers.get_content_type() != "text/calendar":
            return _refuse(
                "not_a_calendar_object", precondition="<C:valid-calendar-object-resource/>"
            )
        others = {other.uid for key, other in calendar.objects.items() if key != name}
        if uid in others:
            return _refuse("uid_conflict", precondition="<C:no-uid-conflict/>")
        self.put(request.params["calendar"], name, text)
        headers = {"ETag": calendar.objects[name].etag}
        return Response(204 if stored else 201, b"", headers)

    def _delete(self, request: Request) -> Response:
        calendar, name = self.calendars[request.params["calendar"]], request.params["name"]
        stored = calendar.objects.get(name)
        if calendar.is_read_only:
            return _refuse("read_only", precondition="<D:need-privileges/>")
        if stored is None:
            return _refuse("not_found")
        if not _holds(request, stored):
            return _refuse("precondition_failed")
        self.delete(request.params["calendar"], name)
        return Response(204)

    # ---- control

    def _show(self, _request: Request) -> Response:
        with self._lock:
            return json_response(
                {
                    key: {name: stored.text for name, stored in calendar.objects.items()}
                    for key, calendar in self.calendars.items()
                }
            )

    def _control_event(self, request: Request) -> Response:
        wanted = decode_json(request.body, _EventRequest)
        if wanted.calendar not in self.calendars:
            raise Problem(422, "There is no such calendar.", field="body.calendar")
        if wanted.text is not None:
            self.put(wanted.calendar, wanted.name, wanted.text)
        elif wanted.starts_at is not None and wanted.ends_at is not None:
            times = wanted.starts_at.astimezone(UTC), wanted.ends_at.astimezone(UTC)
            self.put_event(wanted.calendar, wanted.name, *times, wanted.summary)
        else:
            raise Problem(422, "An event needs a text, or startsAt and endsAt.", field="body")
        return Response(204)

    def _control_deletion(self, request: Request) -> Response:
        wanted = decode_json(request.body, _EventRequest)
        if wanted.name not in self.calendars.get(wanted.calendar, _Calendar("")).objects:
            raise Problem(422, "There is no such event.", field="body.name")
        self.delete(wanted.calendar, wanted.name)
        return Response(204)

    def _control_fault(self, request: Request) -> Response:
        self.faults.append(decode_json(request.body, Fault))
        return Response(204)

    def _control_tokens(self, _request: Request) -> Response:
        self.forget_tokens()
        return Response(204)


# ---- XML -----------------------------------------------------------------------------------------


@dataclass
class _Node:
    name: str
    attributes: Mapping[str, str]
    children: list[_Node] = field(default_factory=list)
    text: str = ""

    def walk(self) -> Iterator[_Node]:
        yield self
        for child in self.children:
            yield from child.walk()


def _parse(body: bytes) -> _Node:
    """Parse a document. Names are those without their namespaces, which are checked."""
    top = _Node("", {})
    nodes = [top]
    parser = expat.ParserCreate(namespace_separator=" ")

    def start(name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        known = namespace in (_DAV, _CALDAV)
        node = _Node(local if known else f"unknown-{local}", attributes)
        nodes[-1].children.append(node)
        nodes.append(node)

    def add_text(text: str) -> None:
        nodes[-1].text += text

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _name: nodes.pop()
    parser.CharacterDataHandler = add_text
    parser.Parse(body, True)
    return top.children[0]


def _read_wanted(request: Request) -> list[str] | None:
    try:
        root = _parse(request.body)
    except expat.ExpatError:
        return None
    return [node.name for prop in root.children if prop.name == "prop" for node in prop.children]


def _find(request: Request, href: str, properties: Mapping[str, str]) -> Response:
    wanted = _read_wanted(request)
    if wanted is None:
        return _refuse("malformed_xml")
    return _multistatus(_describe(href, properties, wanted))


def _describe(href: str, properties: Mapping[str, str], wanted: list[str]) -> str:
    """Return a response with the wanted properties: those that are there, and the others as 404."""
    there = [name for name in wanted if name in properties]
    missing = [name for name in wanted if name not in properties]
    parts = [f"<D:response><D:href>{href}</D:href>"]
    if there:
        parts.append(
            _write_propstat("".join(_write(name, properties[name]) for name in there), "200 OK")
        )
    if missing:
        parts.append(
            _write_propstat("".join(_write(name, "") for name in missing), "404 Not Found")
        )
    return "".join([*parts, "</D:response>"])


def _write(name: str, value: str) -> str:
    prefix = "C" if name.startswith(("calendar-", "supported-calendar")) else "D"
    return f"<{prefix}:{name}>{value}</{prefix}:{name}>"


def _write_propstat(properties: str, status: str) -> str:
    parts = f"<D:prop>{properties}</D:prop><D:status>HTTP/1.1 {status}</D:status>"
    return f"<D:propstat>{parts}</D:propstat>"


def _show_object(href: str, stored: _Object, *, with_data: bool) -> str:
    data = f"<C:calendar-data>{escape(stored.text)}</C:calendar-data>" if with_data else ""
    etag = f"<D:getetag>{escape(stored.etag)}</D:getetag>"
    return (
        f"<D:response><D:href>{href}</D:href>{_write_propstat(etag + data, '200 OK')}</D:response>"
    )


def _gone(href: str) -> str:
    status = "<D:status>HTTP/1.1 404 Not Found</D:status>"
    return f"<D:response><D:href>{href}</D:href>{status}</D:response>"


def _multistatus(*parts: str) -> Response:
    body = (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<D:multistatus xmlns:D="{_DAV}" xmlns:C="{_CALDAV}">{"".join(parts)}</D:multistatus>'
    )
    return Response(207, body.encode(), _MULTISTATUS)


def _refuse(
    error: str, *, precondition: str = "", headers: Mapping[str, str] | None = None
) -> Response:
    body = f'<D:error xmlns:D="{_DAV}" xmlns:C="{_CALDAV}">{precondition}</D:error>'
    return Response(ERRORS[error], body.encode(), {**_MULTISTATUS, **(headers or {})})


# ---- requests and objects ------------------------------------------------------------------------


def _redirect(_request: Request) -> Response:
    return Response(301, b"", {"Location": "/caldav/"})


def _is_allowed(authorization: str) -> bool:
    scheme, _, credentials = authorization.partition(" ")
    try:
        return scheme == "Basic" and base64.b64decode(credentials) == f"{USER}:{PASSWORD}".encode()
    except binascii.Error:
        return False


def _holds(request: Request, stored: _Object | None) -> bool:
    """Return whether the preconditions of a write hold (RFC 9110, 13.1)."""
    match, none_match = request.headers.get("If-Match"), request.headers.get("If-None-Match")
    if match is not None and (stored is None or stored.etag != match):
        return False
    return not (none_match == "*" and stored is not None)


def _write_token(calendar: _Calendar) -> str:
    return f"{_TOKEN}{len(calendar.changes)}"


def _read_token(token: str) -> int | None:
    number = token.removeprefix(_TOKEN)
    return int(number) if number.isdecimal() and token.startswith(_TOKEN) else None


def _read_instant(node: _Node, name: str) -> datetime:
    text = node.attributes.get(name, "19700101T000000Z" if name == "start" else "99991231T000000Z")
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _read_uid(text: str) -> str:
    """Return the one UID of an object. Raises ValueError: it is none that a calendar takes."""
    parsed = icalendar.Calendar.from_ical(text)
    uids = {str(event.get("UID", "")) for event in parsed.walk("VEVENT")}
    if len(uids) != 1 or "" in uids or "METHOD" in parsed:  # RFC 4791, 4.1
        raise ValueError("not a calendar object")
    return uids.pop()


def _overlaps(text: str, start: datetime, end: datetime) -> bool:
    """Return whether an event may take place in a time; one that repeats may always."""
    for event in icalendar.Calendar.from_ical(text).walk("VEVENT"):
        first = _to_instant(event.decoded("DTSTART"))
        last = (
            _to_instant(event.decoded("DTEND")) if "DTEND" in event else first + timedelta(days=1)
        )
        if "RRULE" in event or "RDATE" in event or (first < end and start < last):
            return True
    return False


def _to_instant(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    return datetime(value.year, value.month, value.day, tzinfo=UTC)


def _wrap(component: icalendar.Event) -> str:
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//caldav stand-in//EN")
    calendar.add("version", "2.0")
    calendar.add_component(component)
    text: str = calendar.to_ical().decode()
    return text
