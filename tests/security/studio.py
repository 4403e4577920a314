"""One of every record, made over HTTP: those of an artist and of a client, for others to reach for.

Requests are those of the OpenAPI document: its examples, with the ids of these records in place of
ids of the same kind. A route that needs another request has it in `REQUESTS`.
"""

import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from infra import openapi
from tests.e2e.test_booking import Person, contact, free_starts, new_person, new_service
from tests.e2e.test_consultations import request_consultation
from tests.e2e.test_files import announce, new_file
from tests.functional.files import samples
from tests.support import social
from tests.support.api import Api, eventually
from tests.support.stack import RunningStack

Route = tuple[str, str]
Make = Callable[..., Any]
PASSWORD, NEW_PASSWORD = "a-long-secret", "another-long-secret"
SECRET = "Canary 7f3a"  # in every private text of the owners
DOCUMENT = openapi.document()
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ID = re.compile(r"\b([a-z]{3})_[0-9A-HJKMNP-TV-Z]{26}[0-9A-Za-z_]*")

# Bodies of routes whose example another rule of the use case refuses, whoever sends it.
BODIES: dict[Route, Any] = {
    ("DELETE", "/v1/auth/me"): {"password": NEW_PASSWORD},
    ("PUT", "/v1/auth/password"): {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD},
    ("POST", "/v1/appointments"): {"serviceId": "svc", "startsAt": "next"},
    ("POST", "/v1/appointments/previews"): {"serviceId": "svc", "startsAt": "next"},
    ("POST", "/v1/appointments/proposals"): {
        "serviceId": "svc",
        "clientId": "client",
        "startsAt": ["next"],
    },
    ("POST", "/v1/appointments/proposals/{id}/accept"): {},
    ("POST", "/v1/appointments/proposals/{id}/preview"): {},
    ("POST", "/v1/appointments/walk-ins"): {"serviceId": "svc", "name": "Ada"},
    ("POST", "/v1/appointments/{id}/cancel"): {"reason": "A cold."},
    ("POST", "/v1/appointments/{id}/deposit/proof"): {"reference": "ADA LOVELACE"},
    ("POST", "/v1/appointments/{id}/reschedule"): {"startsAt": "next"},
    ("POST", "/v1/consultations"): {
        "artistId": "artist",
        "subject": "A swallow",
        "description": "As before.",
    },
    ("PUT", "/v1/consultations/intake"): {"questions": []},
    ("POST", "/v1/messages/conversations"): {"artistId": "artist"},
    ("POST", "/v1/messages/conversations/{id}/messages"): {
        "clientMessageId": "matrix-1",
        "type": "text",
        "content": "Hello",
    },
    ("PUT", "/v1/messages/conversations/{id}/delivered"): {"sequence": 1},
    ("PUT", "/v1/messages/conversations/{id}/read"): {"sequence": 1},
    ("PUT", "/v1/messages/conversations/{id}/draft"): {
        "content": SECRET,
        "editedAt": "2026-01-01T00:00:00Z",
    },
    ("PUT", "/v1/policies/drafts/{kind}"): {
        "text": "From 18 on.",
        "rules": {"type": "age", "minimumAge": 18},
    },
    ("PUT", "/v1/admin/users/{id}/role"): {"role": "artist", "reason": "Registered by mistake."},
    ("PATCH", "/v1/profiles/me"): {"name": "Robin"},
    ("POST", "/v1/profiles/reports"): {
        "kind": "page",
        "subjectId": "usr_01JD2Z5Q0V8XKM3F7T9B4N6RWC",
        "reason": "spam",
    },
    ("POST", "/v1/notifications/templates"): {
        "name": "care",
        "kind": "aftercare",
        "variables": [],
        "bodies": {"email": {"subject": "Care", "text": "Keep it dry."}},
    },
    ("POST", "/v1/notifications/templates/preview"): {
        "variables": [],
        "bodies": {"sms": {"text": "Keep it dry."}},
    },
    ("POST", "/v1/notifications/templates/{id}/test"): {},
    ("POST", "/v1/quick-actions/{id}/executions"): {
        "conversationId": "cnv",
        "executionId": str(uuid.UUID(int=1)),
    },
    ("POST", "/v1/policies/drafts/{kind}/publish"): {"version": "rev_01JD2Z5Q0V8XKM3F7T9B4N6RWC"},
    ("POST", "/v1/quick-actions/{id}/preview"): {"conversationId": "cnv"},
    ("PUT", "/v1/social/accounts/{id}/calendars"): {"read": [], "write": None},
}
# Path parameters that are no ids of records.
PARAMETERS = {
    "name": "swagger-ui.css",
    "kind": "age",
    "file": "guessed.ics",
    "token": "guessed",
    "number": "1",
    "provider": "standin",
}


@dataclass
class Studio:
    """The owners, and their records by the prefix of the id.

    Attributes:
        ids: Id of a record by its prefix, such as `apt`; `usr` is the artist.
        of_routes: Ids by what precedes them in a path, such as `/v1/notifications/inbox`, or by
            what is around them, such as `/v1/appointments/*/confirm`.
        starts: Free times of the artist. Every request for one takes another.
    """

    artist: Person
    client: Person
    ids: dict[str, str] = field(default_factory=dict)
    of_routes: dict[str, str] = field(default_factory=dict)
    starts: list[str] = field(default_factory=list)

    def path(self, route: Route) -> str:
        """Return the path and required query of a request for records of the owners."""
        method, template = route
        parameters = DOCUMENT["paths"][template][method.lower()].get("parameters", [])
        path, query = template, []
        for parameter in parameters:
            if "$ref" in parameter:
                continue
            name = parameter["name"]
            if parameter["in"] == "path":
                path = path.replace(f"{{{name}}}", quote(self._parameter(template, parameter)))
            elif parameter["in"] == "query" and parameter.get("required"):
                value = self._value(name, _example(parameter))
                query.append(f"{name}={quote(str(value))}")
        return path + ("?" + "&".join(query) if query else "")

    def body(self, route: Route) -> Any:
        """Return the body of a request; None where the route takes none."""
        method, template = route
        content = DOCUMENT["paths"][template][method.lower()].get("requestBody", {})
        if not content:
            return None
        example = BODIES.get(route, content["content"]["application/json"].get("example", {}))
        return self._replace(example)

    def _parameter(self, template: str, parameter: dict[str, Any]) -> str:
        name = parameter["name"]
        before, _, after = template.partition("/{" + name + "}")
        known = self.of_routes.get(f"{before}/*{after}") or self.of_routes.get(before)
        known = known or PARAMETERS.get(name)
        return known or str(self._value(name, _example(parameter)))

    def _replace(self, value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: self._replace(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._replace(inner, name) for inner in value]
        return self._value(name, value)

    def _value(self, name: str, value: Any) -> Any:
        if name == "startsAt" and value is not None:
            return self.starts.pop()
        if name == "startsOn":
            return self.starts[0][:10]
        if not isinstance(value, str):
            return value
        if name == "artistId":
            return self.artist.id
        if name == "clientId":
            return self.client.id
        return self.ids.get(value) or _ID.sub(lambda id_: self.ids.get(id_[1], id_[0]), value)


def _example(parameter: dict[str, Any]) -> Any:
    schema = parameter.get("schema", {})
    found = parameter.get("example", (schema.get("examples") or ["none"])[0])
    return ",".join(found) if isinstance(found, list) else found


def open_studio(stack: RunningStack) -> Studio:
    """Make the owners and their records."""
    artist, client = new_person(stack, "artist"), new_person(stack, "client")
    studio = Studio(artist, client, {"usr": artist.id})
    made = studio.ids
    contact(client, artist)

    def make(who: Person, path: str, body: Any = None, method: str = "POST") -> Any:
        # On a busy machine a 503 may follow what was done: the key makes it one record.
        key = uuid.uuid4().hex
        answer = who.api.call(method, path, body, idempotency_key=key)
        if answer.status_code == 503:
            answer = who.api.call(method, path, body, idempotency_key=key)
        assert answer.ok, f"{method} {path}: {answer.text}"
        return answer.json() if answer.content else None

    def soon(who: Person, path: str, body: Any = None) -> Any:
        """Make a record as soon as its feature knows both of them."""

        def attempt() -> Any:
            answer = who.api.post(path, body)
            return answer.json() if answer.ok else None

        return eventually(attempt, path)

    hours = {"weekly": {day: [{"start": "00:00", "end": "24:00"}] for day in _DAYS}}
    always = BODIES["PUT", "/v1/appointments/availability"] = {"timeZone": "Europe/Rome"} | hours
    make(artist, "/v1/appointments/availability", always, "PUT")
    made["svc"] = new_service(artist, minimumNoticeMinutes=0)
    for days in range(10, 16):
        studio.starts += free_starts(client.api, artist, made["svc"], days)[::3]
    booking = {"serviceId": made["svc"], "startsAt": studio.starts.pop(), "notes": SECRET}
    made["apt"] = make(client, "/v1/appointments", booking)["id"]
    _make_appointments(studio, make)
    hold = {"serviceId": made["svc"], "startsAt": studio.starts.pop()}
    made["hld"] = make(client, "/v1/appointments/holds", hold)["id"]
    proposal = {"serviceId": made["svc"], "clientId": client.id, "startsAt": [studio.starts.pop()]}
    proposed = soon(artist, "/v1/appointments/proposals", proposal | {"message": SECRET})
    studio.of_routes["/v1/appointments/proposals"] = proposed["id"]
    for ending in ("decline", "withdraw"):
        proposal["startsAt"] = [studio.starts.pop()]
        another = make(artist, "/v1/appointments/proposals", proposal)["id"]
        studio.of_routes[f"/v1/appointments/proposals/*/{ending}"] = another
    studio.of_routes["/v1/appointments/proposals/*/preview"] = another
    # A service that nobody books: a booking ends the wait of its client.
    wish = {"serviceId": new_service(artist), "firstDate": _days_ahead(9)}
    wish["lastDate"] = wish["firstDate"]
    studio.of_routes["/v1/appointments/waitlist"] = make(client, "/v1/appointments/waitlist", wish)[
        "id"
    ]
    spot = {"name": "Guest spot", "timeZone": "Europe/Rome", "location": "Rome"} | hours
    dates = {"firstDate": _days_ahead(30), "lastDate": _days_ahead(33)}
    spot = BODIES["PUT", "/v1/appointments/schedules/{id}"] = spot | dates
    later = {"firstDate": _days_ahead(40), "lastDate": _days_ahead(43)}
    BODIES["POST", "/v1/appointments/schedules"] = spot | later
    studio.of_routes["/v1/appointments/schedules"] = make(
        artist, "/v1/appointments/schedules", spot
    )["id"]
    account = {"accountName": SECRET, "iban": "DE89370400440532013000"}
    make(artist, "/v1/appointments/bank-details", account, "PUT")
    calendar = {"name": SECRET, "url": "https://calendar.example.com/private.ics"}
    watched = artist.api.post("/v1/appointments/external-calendars", calendar)
    if watched.ok:
        studio.of_routes["/v1/appointments/external-calendars"] = watched.json()["id"]

    made["cns"] = request_consultation(client, artist, description=SECRET)["id"]
    studio.of_routes["/v1/consultations"] = made["cns"]
    (conversation,) = client.api.get("/v1/messages/conversations").json()["items"]
    made["cnv"] = conversation["id"]
    text = {"clientMessageId": uuid.uuid4().hex, "type": "text", "content": SECRET}
    made["msg"] = make(client, f"/v1/messages/conversations/{made['cnv']}/messages", text)["id"]
    soonest = {"sendAt": f"{_days_ahead(20)}T09:00:00Z"}
    for use in ("", "/send"):
        later = text | soonest | {"clientMessageId": uuid.uuid4().hex}
        waiting = make(client, f"/v1/messages/conversations/{made['cnv']}/scheduled", later)
        studio.of_routes[f"/v1/messages/scheduled{'/*' if use else ''}{use}"] = waiting["id"]
    BODIES["POST", "/v1/messages/conversations/{id}/scheduled"] = soonest | {
        "clientMessageId": "matrix-2",
        "type": "text",
        "content": "Later",
    }
    BODIES["PATCH", "/v1/messages/scheduled/{id}"] = {"content": "Better"}
    made["lbl"] = "lbl_01JD2Z5Q0V8XKM3F7T9B4N6RWC"  # each has a label of this id
    for person in (artist, client):
        label = {"name": SECRET, "color": "red"}
        make(person, f"/v1/messages/labels/{made['lbl']}", label, "PUT")
    made["fil"] = new_file(artist.api, samples.image(), purpose="portfolio")
    film = {"name": "v.mp4", "contentType": "video/mp4", "size": 11 * 1024 * 1024}
    private = announce(client.api, b"", **film, sha256="0" * 64)
    studio.of_routes["/v1/files"] = private["id"]
    action = {"label": SECRET, "kind": "send_text", "steps": [SECRET]}
    made["qac"] = make(artist, "/v1/quick-actions", action)["id"]
    studio.of_routes["/v1/quick-actions"] = made["qac"]
    execution = {"conversationId": made["cnv"], "executionId": str(uuid.uuid4())}
    soon(artist, f"/v1/quick-actions/{made['qac']}/executions", execution)
    studio.of_routes["/v1/quick-actions/executions"] = execution["executionId"]

    connected = _connect(artist)
    studio.of_routes["/v1/social/accounts"] = connected
    for step in ("callback", "connect"):
        studio.of_routes[f"/v1/social/accounts/*/{step}"] = "google"

    draft = {"text": SECRET, "rules": {"type": "age", "minimumAge": 18}}
    saved = make(artist, "/v1/policies/drafts/age", draft, "PUT")
    published = make(artist, "/v1/policies/drafts/age/publish", {"version": saved["version"]})
    made["pol"] = published["versionId"]
    version = client.api.get(f"/v1/policies/versions/{made['pol']}").json()
    BODIES["POST", "/v1/policies/{id}/acceptances"] = {
        "textHash": version["textHash"],
        "signature": "Ada Lovelace",
    }
    studio.of_routes["/v1/policies/versions"] = studio.of_routes["/v1/policies"] = made["pol"]
    make(artist, "/v1/policies/drafts/age", draft | {"text": f"{SECRET}!"}, "PUT")

    # Whom admins act on is none of the owners.
    studio.of_routes["/v1/admin/users"] = stack.new_person("client")["id"]
    invitation = {"email": client.email, "scopes": ["messages"]}
    assistance = make(artist, "/v1/auth/assistants", invitation)["id"]
    make(client, f"/v1/auth/assistants/{assistance}/accept")
    for agreed in ("accept", "session"):
        studio.of_routes[f"/v1/auth/assistants/*/{agreed}"] = assistance
    invited = make(artist, "/v1/auth/assistants", invitation | {"email": "noa@example.org"})
    studio.of_routes["/v1/auth/assistants"] = invited["id"]

    sign_in(stack, client.email)
    listed = client.api.get("/v1/auth/sessions").json()["items"]
    (studio.of_routes["/v1/auth/sessions"],) = (
        session["id"] for session in listed if not session["current"]
    )
    # Not sent before all have asked for it, so that it can be cancelled.
    later = {"sendAt": f"{_days_ahead(20)}T09:00:00Z"}
    mail = {"subject": SECRET, "text": SECRET}
    sent = make(client, "/v1/notifications/email", mail | later)
    studio.of_routes["/v1/notifications"] = sent["id"]
    make(client, "/v1/notifications/email", mail)
    entries = client.api.get("/v1/notifications/inbox").json()["items"]
    studio.of_routes["/v1/notifications/inbox"] = entries[0]["id"]
    studio.of_routes["/v1/notifications/inbox/*/snooze"] = entries[1]["id"]
    snoozed = {"until": f"{_days_ahead(2)}T09:00:00Z"}
    BODIES["PUT", "/v1/notifications/inbox/{id}/snooze"] = snoozed

    template = BODIES["POST", "/v1/notifications/templates"]
    made["tpl"] = make(artist, "/v1/notifications/templates", template)["id"]
    studio.of_routes["/v1/notifications/templates"] = made["tpl"]
    another = make(artist, "/v1/notifications/templates", template | {"name": "after"})["id"]
    studio.of_routes["/v1/notifications/templates/*/rollback"] = another
    make(artist, "/v1/notifications/brand", {"name": SECRET, "color": "#0f766e"}, "PUT")

    example = DOCUMENT["paths"]["/v1/profiles/me/portfolio"]["post"]["requestBody"]
    item = example["content"]["application/json"]["example"] | {"fileId": made["fil"]}
    shown = soon(artist, "/v1/profiles/me/portfolio", item)["id"]
    for place in ("/v1/profiles/me/portfolio", "/v1/profiles/portfolio"):
        studio.of_routes[place] = shown
    make(client, f"/v1/profiles/users/{artist.id}/follow", method="PUT")
    BODIES["PATCH", "/v1/profiles/me/portfolio/{id}"] = {"fileIds": [made["fil"]], "pair": None}
    BODIES["PATCH", "/v1/profiles/reviews/{id}"] = {"rating": 4, "pictures": []}
    BODIES["PUT", "/v1/profiles/me/portfolio/order"] = {"itemIds": [shown]}
    album = make(artist, "/v1/profiles/me/albums", {"name": SECRET, "itemIds": [shown]})["id"]
    studio.of_routes["/v1/profiles/me/albums"] = album
    studio.of_routes["/v1/profiles/artists/{handle}/albums"] = album
    BODIES["POST", "/v1/profiles/me/albums"] = {"name": "Florals"}
    BODIES["PATCH", "/v1/profiles/me/albums/{id}"] = {"name": SECRET}
    BODIES["PUT", "/v1/profiles/me/albums/order"] = {"albumIds": [album]}
    board = make(client, "/v1/profiles/boards", {"name": SECRET})["id"]
    studio.of_routes["/v1/profiles/boards"] = board
    studio.of_routes["/v1/profiles/boards/{id}/items"] = shown
    studio.of_routes["/v1/profiles/clients"] = client.id
    note = soon(artist, f"/v1/profiles/clients/{client.id}/notes", {"text": SECRET})
    studio.of_routes["/v1/profiles/clients/{id}/notes"] = note["id"]
    template = {"name": SECRET, "value": {"type": "percent", "percent": 10}}
    made["vct"] = make(artist, "/v1/profiles/voucher-templates", template)["id"]
    studio.of_routes["/v1/profiles/voucher-templates"] = made["vct"]
    voucher = {"templateId": made["vct"], "clientId": client.id}
    issued = soon(artist, "/v1/profiles/vouchers", voucher)
    studio.of_routes["/v1/profiles/vouchers"] = issued["id"]
    redemption = {"code": issued["code"], "appointmentId": made["apt"]}
    BODIES["POST", "/v1/profiles/vouchers/redeem"] = redemption
    opinion = {"appointmentId": made["done"], "rating": 5, "text": "Calm."}
    review = soon(client, "/v1/profiles/reviews", opinion)["id"]
    studio.of_routes["/v1/profiles/reviews"] = review
    page = artist.api.get("/v1/profiles/me/page").json()
    BODIES["PATCH", "/v1/profiles/me/page"] = {"version": page["version"], "city": "Rome"}
    studio.of_routes["/v1/profiles/artists"] = page.get("handle") or artist.id
    studio.of_routes["/v1/profiles/users"] = artist.id
    return studio


def _connect(artist: Person) -> str:
    """Connect an account of the stand-in of Google, and return its id."""
    home = "/v1/social/accounts"
    begun = artist.api.post(f"{home}/google/connect")
    assert begun.ok, begun.text
    answer = social.allow(begun.json()["authorizeUrl"], email=artist.email, name=SECRET)
    page = artist.api.get(f"{home}/google/callback?{urlencode(answer)}")
    assert page.ok, page.text
    (account,) = artist.api.get(home).json()["items"]
    return str(account["id"])


def sign_in(stack: RunningStack, email: str, password: str = PASSWORD) -> Api:
    """Return the API of a person, in a session of its own."""
    return Api(stack.api_url, stack.api_keys["web"]).signed_in(email, password)


def _make_appointments(studio: Studio, make: Make) -> None:
    """Make appointments in the states in which their routes succeed."""
    artist, client, home = studio.artist, studio.client, "/v1/appointments"

    def book(service_id: str, start: str) -> str:
        booked = make(client, home, {"serviceId": service_id, "startsAt": start})
        return str(booked["id"])

    asked_first = new_service(artist, mode="request")
    for answer in ("confirm", "decline"):
        studio.of_routes[f"{home}/*/{answer}"] = book(asked_first, studio.starts.pop())
    with_deposit = new_service(artist, deposit={"type": "percent", "percent": 50})
    for action in ("confirm", "proof", "refund", "reject", "transfer", "waive"):
        owed = book(with_deposit, studio.starts.pop())
        studio.of_routes[f"{home}/*/deposit/{action}"] = owed
    late = book(studio.ids["svc"], free_starts(client.api, artist, studio.ids["svc"], 1)[0])
    preview = make(client, f"{home}/{late}/cancel?preview=true")
    make(client, f"{home}/{late}/cancel", {"version": preview["version"]})
    for action in ("refund", "settle", "waive"):
        studio.of_routes[f"{home}/*/charges/{{number}}/{action}"] = late
    walk_in = {"serviceId": studio.ids["svc"], "clientId": client.id}
    done = make(artist, f"{home}/walk-ins", walk_in)["id"]
    make(artist, f"{home}/{done}/complete")
    studio.of_routes[f"{home}/*/correct"] = done
    studio.ids["done"] = done


def _days_ahead(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def is_private(text: str) -> bool:
    """Return whether the body of a response contains a private text of the owners."""
    return SECRET in text or json.dumps(SECRET)[1:-1] in text
