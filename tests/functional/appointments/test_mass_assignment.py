"""Promise 7: no route sets fields that its caller does not own, or touches other users' records.

A new route fails here until it has an entry in CASES.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from chalice.test import HTTPResponse

from appointments.app import app
from tests.functional.appointments.people import (
    BERLIN,
    CLIENT,
    SERVICE,
    People,
    everything,
    list_created,
    week,
)
from tests.support.gateway import ApiClient
from tests.support.responses import error_fields, refused

Route = tuple[str, str]
HOME = "/v1/appointments"
TOMORROW = "2026-03-03T10:00:00Z"
TEN, ELEVEN = "2026-03-12T10:00:00Z", "2026-03-12T11:00:00Z"

# Fields an attacker might try: those of records and responses, other spellings, JavaScript's.
PRIVILEGED_FIELDS = frozenset(
    {
        *("id", "status", "state", "mode", "version", "recordVersion", "sequence", "pk", "sk"),
        *("artistId", "artist_id", "clientId", "client_id", "ownerId", "userId", "role", "by"),
        *("price", "total", "amount", "fee", "due", "currency", "charges", "paid"),
        *("deposit", "depositPaid", "deposit_paid", "held", "entries", "bankDetails"),
        *("startsAt", "endsAt", "starts_at", "until", "expiresAt", "answerBy", "timeZone", "local"),
        *("terms", "policies", "policiesHash", "terms_hash", "reschedules", "project"),
        *("createdAt", "updatedAt", "created_at", "bookedBy", "closedBy", "walkInName"),
        *("service", "serviceName", "durationMinutes", "busyFrom", "kind", "offer", "holdId"),
        *("isAdmin", "__proto__", "constructor"),
    }
)


@dataclass(frozen=True)
class Act:
    """A permitted request, once its preconditions are met."""

    by: ApiClient
    path: str
    body: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """A route.

    Attributes:
        prepare: Creates its preconditions and returns a permitted request.
        own_fields: The privileged field names that its body does have.
    """

    prepare: Callable[[People], Act]
    own_fields: frozenset[str] = frozenset()


# ---- preconditions -----------------------------------------------------------------------------


def create_appointment(people: People, start: str = TEN, **service: Any) -> str:
    """Book an appointment of the client, and return its path."""
    appointment_id = people.book(people.open_studio(**service), start)["id"]
    return f"{HOME}/{appointment_id}"


def require_success(answer: HTTPResponse) -> dict[str, Any]:
    assert answer.status_code in (200, 201), answer.body
    body: dict[str, Any] = answer.json_body
    return body


def create_with_deposit(people: People, *steps: str) -> str:
    """Book an appointment, take its deposit through these steps, and return its path."""
    path = create_appointment(people, deposit={"type": "percent", "percent": 50})
    for step in steps:
        by = people.client if step == "proof" else people.artist
        require_success(
            by.post(f"{path}/deposit/{step}", json={"reference": "x"} if step == "proof" else {})
        )
    return path


def send_proposal(people: People, **service: Any) -> str:
    """Send a proposal of two sittings, and return its path."""
    body = {
        "serviceId": people.open_studio(sittings=2, **service),
        "clientId": CLIENT,
        "startsAt": [TEN, ELEVEN],
    }
    proposal = require_success(people.artist.post(f"{HOME}/proposals", json=body))
    return f"{HOME}/proposals/{proposal['id']}"


def prepare_transfer(people: People) -> Act:
    """Accept a project whose first sitting holds the deposit."""
    accepted = require_success(
        people.client.post(
            f"{send_proposal(people, deposit={'type': 'percent', 'percent': 50})}/accept"
        )
    )
    first, second = accepted["appointmentIds"]
    require_success(people.artist.post(f"{HOME}/{first}/deposit/confirm", json={}))
    return Act(people.artist, f"{HOME}/{first}/deposit/transfer", {"appointmentId": second})


def add_external_calendar(people: People) -> str:
    """Add an external calendar of the artist, and return its path."""
    return f"{HOME}/external-calendars/" + str(
        require_success(people.artist.post(f"{HOME}/external-calendars", json=CALENDAR))["id"]
    )


def add_schedule(people: People) -> str:
    """Add a guest spot of the artist, and return its path."""
    added = require_success(people.artist.post(f"{HOME}/schedules", json=GUEST_SPOT))
    return f"{HOME}/schedules/{added['id']}"


def join_waitlist(people: People) -> str:
    """Add the client to a waitlist, and return the path of the entry."""
    body = {
        "serviceId": people.open_studio(),
        "firstDate": "2026-03-12",
        "lastDate": "2026-03-13",
    }
    people.book(body["serviceId"], TEN, people.other_client)
    entry = require_success(people.client.post(f"{HOME}/waitlist", json=body))
    return f"{HOME}/waitlist/{entry['id']}"


def book_walk_in(people: People) -> str:
    """Book an appointment that takes place now, and return its path."""
    body = {"serviceId": people.open_studio(), "clientId": CLIENT}
    return f"{HOME}/{require_success(people.artist.post(f'{HOME}/walk-ins', json=body))['id']}"


def create_charge(people: People, *steps: str) -> str:
    """Charge the client for a late move, take the charge through these steps; return its path."""
    appointment_id = people.book(people.open_studio(), TOMORROW)["id"]
    moved = people.move(appointment_id, TEN)
    path = f"{HOME}/{moved['id']}/charges/{len(moved['charges'])}"
    for step in steps:
        require_success(people.artist.post(f"{path}/{step}", json=PAYMENT))
    return path


def complete(people: People) -> str:
    """Complete an appointment, and return its path."""
    path = book_walk_in(people)
    require_success(people.artist.post(f"{path}/complete"))
    return path


def create_hold(people: People) -> str:
    """Create a hold of the client, and return its path."""
    return f"{HOME}/holds/{require_success(people.try_hold(people.open_studio(), TEN))['id']}"


PAYMENT = {"source": "payment", "reason": "In cash"}
REASON = {"reason": "My mistake"}
BANK = {"accountName": "Mara", "iban": "DE89370400440532013000"}
CALENDAR = {"name": "Private", "url": "https://calendar.example.com/basic.ics"}
WEEK = {
    "timeZone": BERLIN,
    "weekly": week("09:00-17:00"),
    "overrides": [{"date": "2026-12-24", "windows": [{"start": "09:00", "end": "12:00"}]}],
    "timeOff": [{"startsAt": TEN, "endsAt": ELEVEN}],
}
GUEST_SPOT = {
    "name": "Guest spot",
    "location": "Rua da Rosa 12, Lisbon",
    "timeZone": "Europe/Lisbon",
    "weekly": week("10:00-12:00"),
    "firstDate": "2026-03-10",
    "lastDate": "2026-03-12",
}
OWN_SERVICE = frozenset({"price", "deposit", "durationMinutes", "mode"})
# What only the artist of a service may set, which test_quotes.py checks.
QUOTED = frozenset({"price", "durationMinutes"})
WHOLE_SERVICE = {**SERVICE, "deposit": {"type": "percent", "percent": 10}}

CASES: dict[Route, Case] = {
    ("POST", f"{HOME}/services"): Case(
        lambda people: Act(people.artist, f"{HOME}/services", WHOLE_SERVICE), OWN_SERVICE
    ),
    ("PUT", f"{HOME}/services/{{id}}"): Case(
        lambda people: Act(
            people.artist, f"{HOME}/services/{people.create_service()}", WHOLE_SERVICE
        ),
        OWN_SERVICE,
    ),
    ("DELETE", f"{HOME}/services/{{id}}"): Case(
        lambda people: Act(people.artist, f"{HOME}/services/{people.create_service()}")
    ),
    ("PUT", f"{HOME}/availability"): Case(
        lambda people: Act(people.artist, f"{HOME}/availability", WEEK), frozenset({"timeZone"})
    ),
    ("POST", f"{HOME}/schedules"): Case(
        lambda people: Act(people.artist, f"{HOME}/schedules", GUEST_SPOT), frozenset({"timeZone"})
    ),
    ("PUT", f"{HOME}/schedules/{{id}}"): Case(
        lambda people: Act(people.artist, add_schedule(people), GUEST_SPOT),
        frozenset({"timeZone"}),
    ),
    ("DELETE", f"{HOME}/schedules/{{id}}"): Case(
        lambda people: Act(people.artist, add_schedule(people))
    ),
    ("POST", f"{HOME}/holds"): Case(
        lambda people: Act(
            people.client, f"{HOME}/holds", {"serviceId": people.open_studio(), "startsAt": TEN}
        ),
        frozenset({"startsAt"}),
    ),
    ("DELETE", f"{HOME}/holds/{{id}}"): Case(
        lambda people: Act(people.client, create_hold(people))
    ),
    ("POST", HOME): Case(
        lambda people: Act(
            people.client, HOME, {"serviceId": people.open_studio(), "startsAt": TEN}
        ),
        QUOTED | {"startsAt", "clientId", "holdId"},
    ),
    ("POST", f"{HOME}/previews"): Case(
        lambda people: Act(
            people.client,
            f"{HOME}/previews",
            {
                "serviceId": people.open_studio(sittings=2),
                "sittings": [{"startsAt": TEN}, {"startsAt": ELEVEN}],
            },
        ),
        QUOTED | {"startsAt", "clientId", "holdId"},
    ),
    ("POST", f"{HOME}/walk-ins"): Case(
        lambda people: Act(people.artist, f"{HOME}/walk-ins", {"serviceId": people.open_studio()}),
        QUOTED | {"clientId"},
    ),
    ("GET", f"{HOME}/{{id}}"): Case(lambda people: Act(people.client, create_appointment(people))),
    ("GET", f"{HOME}/{{id}}/calendar.ics"): Case(
        lambda people: Act(people.client, f"{create_appointment(people)}/calendar.ics")
    ),
    ("GET", f"{HOME}/{{id}}/statement"): Case(
        lambda people: Act(people.artist, f"{create_appointment(people)}/statement")
    ),
    ("POST", f"{HOME}/{{id}}/confirm"): Case(
        lambda people: Act(people.artist, f"{create_appointment(people, mode='request')}/confirm")
    ),
    ("POST", f"{HOME}/{{id}}/decline"): Case(
        lambda people: Act(people.artist, f"{create_appointment(people, mode='request')}/decline")
    ),
    ("POST", f"{HOME}/{{id}}/cancel"): Case(
        lambda people: Act(people.client, f"{create_appointment(people)}/cancel"),
        frozenset({"version"}),
    ),
    ("POST", f"{HOME}/{{id}}/reschedule"): Case(
        lambda people: Act(
            people.client, f"{create_appointment(people)}/reschedule", {"startsAt": ELEVEN}
        ),
        frozenset({"startsAt", "version"}),
    ),
    ("POST", f"{HOME}/{{id}}/complete"): Case(
        lambda people: Act(people.artist, f"{book_walk_in(people)}/complete")
    ),
    ("POST", f"{HOME}/{{id}}/no-show"): Case(
        lambda people: Act(people.artist, f"{book_walk_in(people)}/no-show")
    ),
    ("POST", f"{HOME}/plans"): Case(
        lambda people: Act(
            people.artist,
            f"{HOME}/plans",
            {
                "serviceId": people.open_studio(),
                "clientId": CLIENT,
                "frequency": "single",
                "startsOn": "2026-03-12",
            },
        ),
        QUOTED | {"clientId"},
    ),
    ("POST", f"{HOME}/proposals"): Case(
        lambda people: Act(
            people.artist,
            f"{HOME}/proposals",
            {"serviceId": people.open_studio(), "clientId": CLIENT, "startsAt": [TEN]},
        ),
        QUOTED | {"clientId", "startsAt"},
    ),
    ("GET", f"{HOME}/proposals/{{id}}"): Case(
        lambda people: Act(people.client, send_proposal(people))
    ),
    ("POST", f"{HOME}/proposals/{{id}}/accept"): Case(
        lambda people: Act(people.client, f"{send_proposal(people)}/accept")
    ),
    ("POST", f"{HOME}/proposals/{{id}}/preview"): Case(
        lambda people: Act(people.client, f"{send_proposal(people)}/preview")
    ),
    ("POST", f"{HOME}/proposals/{{id}}/decline"): Case(
        lambda people: Act(people.client, f"{send_proposal(people)}/decline")
    ),
    ("POST", f"{HOME}/proposals/{{id}}/withdraw"): Case(
        lambda people: Act(people.artist, f"{send_proposal(people)}/withdraw")
    ),
    ("POST", f"{HOME}/{{id}}/deposit/proof"): Case(
        lambda people: Act(
            people.client,
            f"{create_with_deposit(people)}/deposit/proof",
            {"reference": "Paid today"},
        )
    ),
    ("POST", f"{HOME}/{{id}}/deposit/confirm"): Case(
        lambda people: Act(people.artist, f"{create_with_deposit(people, 'proof')}/deposit/confirm")
    ),
    ("POST", f"{HOME}/{{id}}/deposit/reject"): Case(
        lambda people: Act(people.artist, f"{create_with_deposit(people, 'proof')}/deposit/reject")
    ),
    ("POST", f"{HOME}/{{id}}/deposit/waive"): Case(
        lambda people: Act(people.artist, f"{create_with_deposit(people)}/deposit/waive", REASON)
    ),
    ("POST", f"{HOME}/{{id}}/charges/{{number}}/settle"): Case(
        lambda people: Act(people.artist, f"{create_charge(people)}/settle", PAYMENT),
        frozenset({"amount"}),
    ),
    ("POST", f"{HOME}/{{id}}/charges/{{number}}/waive"): Case(
        lambda people: Act(people.artist, f"{create_charge(people)}/waive", REASON),
        frozenset({"amount"}),
    ),
    ("POST", f"{HOME}/{{id}}/charges/{{number}}/refund"): Case(
        lambda people: Act(people.artist, f"{create_charge(people, 'settle')}/refund", REASON),
        frozenset({"amount"}),
    ),
    ("POST", f"{HOME}/{{id}}/correct"): Case(
        lambda people: Act(people.artist, f"{complete(people)}/correct", REASON)
    ),
    ("POST", f"{HOME}/{{id}}/deposit/refund"): Case(
        lambda people: Act(
            people.artist, f"{create_with_deposit(people, 'confirm')}/deposit/refund"
        ),
        frozenset({"amount"}),
    ),
    ("POST", f"{HOME}/{{id}}/deposit/transfer"): Case(prepare_transfer),
    ("PUT", f"{HOME}/bank-details"): Case(
        lambda people: Act(people.artist, f"{HOME}/bank-details", BANK)
    ),
    ("POST", f"{HOME}/waitlist"): Case(
        lambda people: Act(
            people.client,
            f"{HOME}/waitlist",
            {
                "serviceId": people.open_studio(),
                "firstDate": "2026-03-12",
                "lastDate": "2026-03-12",
            },
        )
    ),
    ("DELETE", f"{HOME}/waitlist/{{id}}"): Case(
        lambda people: Act(people.client, join_waitlist(people))
    ),
    ("POST", f"{HOME}/external-calendars"): Case(
        lambda people: Act(people.artist, f"{HOME}/external-calendars", CALENDAR)
    ),
    ("DELETE", f"{HOME}/external-calendars/{{id}}"): Case(
        lambda people: Act(people.artist, add_external_calendar(people))
    ),
}

# Services are public.
PUBLIC = {("GET", f"{HOME}/services/{{id}}")}
# Another person's hold looks like an expired one.
LOOKS_EXPIRED = {("DELETE", f"{HOME}/holds/{{id}}")}

WITH_BODY = sorted(route for route, operation in app.operations.items() if operation.body)
WITH_ID = sorted({route for route in app.operations if "{id}" in route[1]} - PUBLIC)
BODILESS = sorted(
    route for route in CASES if app.operations[route].body is None and route[0] != "GET"
)
WITH_QUERY = sorted(route for route, operation in app.operations.items() if operation.query)


def test_every_route_has_a_case() -> None:
    assert set(CASES) == set(WITH_BODY) | set(WITH_ID)


# ---- fields ------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", WITH_BODY, ids=" ".join)
def test_each_body_has_only_its_own_fields(route: Route) -> None:
    """A field that is added to a route has to be added here as well."""
    model = app.operations[route].body
    assert model is not None
    taken = {declared.encode_name for declared in msgspec.structs.fields(model)}
    assert taken & PRIVILEGED_FIELDS == CASES[route].own_fields


@pytest.mark.parametrize("route", WITH_BODY, ids=" ".join)
def test_unknown_fields_are_refused_by_name_and_change_nothing(
    people: People, route: Route
) -> None:
    act = CASES[route].prepare(people)
    unknown = PRIVILEGED_FIELDS - CASES[route].own_fields
    before = everything()
    for value in ("x", 1, True, None, TEN, {"amount": 1, "currency": "EUR"}):
        body = act.body | dict.fromkeys(unknown, value)
        fields = error_fields(act.by.request(route[0], act.path, json=body))
        assert fields == {f"body.{name}": "is unknown" for name in unknown}
    for body in with_unknown_nested_field(act.body):
        fields = error_fields(act.by.request(route[0], act.path, json=body))
        assert fields
    assert everything() == before
    assert_permitted(act, route)


def with_unknown_nested_field(body: Any) -> Iterator[Any]:
    """Yield the body with an unknown field in each of its nested objects in turn."""
    items = body.items() if isinstance(body, dict) else enumerate(body)
    for key, value in items:
        if isinstance(value, dict | list):
            changed = [
                *with_unknown_nested_field(value),
                *([value | {"surprise": 1}] if isinstance(value, dict) else []),
            ]
            for inner in changed:
                whole = dict(body) if isinstance(body, dict) else list(body)
                whole[key] = inner
                yield whole


@pytest.mark.parametrize("route", BODILESS, ids=" ".join)
def test_the_body_of_a_bodiless_route_is_ignored(people: People, route: Route) -> None:
    """The route does the same as without it."""
    act = CASES[route].prepare(people)
    body = dict.fromkeys(PRIVILEGED_FIELDS, "x") | {
        "status": "completed",
        "price": {"amount": 0, "currency": "EUR"},
        "clientId": "usr_01JD0000000000000000000XXX",
    }
    answer = act.by.request(route[0], act.path, json=body)
    assert answer.status_code == app.operations[route].status
    assert "01JD0000000000000000000XXX" not in str(everything())
    if answer.body:
        assert answer.json_body.get("price", SERVICE["price"]) == SERVICE["price"]
        status = {"complete": "completed", "no-show": "no_show", "accept": "accepted"}
        status |= {"confirm": "confirmed", "decline": "declined", "withdraw": "withdrawn"}
        assert answer.json_body["status"] == status[act.path.rpartition("/")[2]]


@pytest.mark.parametrize("route", WITH_QUERY, ids=" ".join)
def test_unknown_parameters_are_refused_by_name(people: People, route: Route) -> None:
    model = app.operations[route].query
    assert model is not None
    own = {declared.encode_name for declared in msgspec.structs.fields(model)}
    unknown = sorted(PRIVILEGED_FIELDS - own)
    path = route[1].replace("{id}", "apt_01JD0000000000000000000XXX")
    query = "&".join(f"{name}=x" for name in unknown)
    fields = error_fields(people.artist.request(route[0], f"{path}?{query}"))
    assert {f"query.{name}": "is unknown" for name in unknown}.items() <= fields.items()
    assert list_created() == []


# ---- ids ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", WITH_ID, ids=" ".join)
def test_a_stranger_finds_nothing_and_changes_nothing(people: People, route: Route) -> None:
    act = CASES[route].prepare(people)
    roles = app.operations[route].roles
    before = everything()
    for stranger, role in ((people.other_client, "client"), (people.other_artist, "artist")):
        answer = stranger.request(route[0], act.path, json=act.body)
        if roles and role not in roles:
            assert refused(answer) == (403, "forbidden")
        elif route in LOOKS_EXPIRED:
            assert refused(answer) == (409, "hold_expired")
        else:
            assert refused(answer) == (404, "not_found")
        absent = stranger.request(route[0], with_unknown_id(act.path), json=act.body)
        assert refused(absent) == refused(answer)
        assert absent.json_body["detail"] == answer.json_body["detail"]
    assert people.nobody.request(route[0], act.path, json=act.body).status_code == 401
    assert everything() == before
    assert_permitted(act, route)


def with_unknown_id(path: str) -> str:
    """Return the same path with the last letters of its id changed."""
    parts = path.split("/")
    longest = max(parts, key=len)
    return path.replace(longest, f"{longest[:-3]}ZZZ")


def assert_permitted(act: Act, route: Route) -> None:
    """Assert that the request succeeds, so that nothing else refused the others."""
    body: dict[str, Any] = {"json": act.body} if app.operations[route].body else {}
    answer = act.by.request(route[0], act.path, **body)
    assert answer.status_code == app.operations[route].status, answer.body
