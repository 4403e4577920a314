"""Promise 7: no route lets anybody set what is not theirs to set, or touch what is not theirs.

Every route is looked at: one that is added is refused here until it stands in CASES.
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
    error_fields,
    everything,
    refused,
    week,
)
from tests.support.gateway import ApiClient

Route = tuple[str, str]
HOME = "/v1/appointments"
TEN, ELEVEN = "2026-03-12T10:00:00Z", "2026-03-12T11:00:00Z"

# What somebody might hope to set: fields of records and answers, other spellings, JavaScript's own.
HOPED_FOR = frozenset(
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
    """What somebody rightly does by a route, once everything stands ready for it."""

    by: ApiClient
    path: str
    body: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One route: how it comes to be used, and which of the fields hoped for are its own."""

    ready: Callable[[People], Act]
    own: frozenset[str] = frozenset()


# ---- how each route comes to be used -----------------------------------------------------------


def booked(people: People, start: str = TEN, **service: Any) -> str:
    """The path of an appointment of the client's."""
    appointment_id = people.has_booked(people.studio(**service), start)["id"]
    return f"{HOME}/{appointment_id}"


def done(answer: HTTPResponse) -> dict[str, Any]:
    assert answer.status_code in (200, 201), answer.body
    body: dict[str, Any] = answer.json_body
    return body


def with_deposit(people: People, *steps: str) -> str:
    """The path of an appointment of which the deposit went through these steps."""
    path = booked(people, deposit={"percent": 50})
    for step in steps:
        by = people.client if step == "proof" else people.artist
        done(by.post(f"{path}/deposit/{step}", json={"reference": "x"} if step == "proof" else {}))
    return path


def proposed(people: People, **service: Any) -> str:
    """The path of a proposal of two sittings."""
    body = {
        "serviceId": people.studio(sittings=2, **service),
        "clientId": CLIENT,
        "startsAt": [TEN, ELEVEN],
    }
    return f"{HOME}/proposals/{done(people.artist.post(f'{HOME}/proposals', json=body))['id']}"


def transferable(people: People) -> Act:
    """A project whose first sitting has the deposit."""
    accepted = done(people.client.post(f"{proposed(people, deposit={'percent': 50})}/accept"))
    first, second = accepted["appointmentIds"]
    done(people.artist.post(f"{HOME}/{first}/deposit/confirm", json={}))
    return Act(people.artist, f"{HOME}/{first}/deposit/transfer", {"appointmentId": second})


def elsewhere(people: People) -> str:
    """The path of a calendar of the artist's that is kept elsewhere."""
    return f"{HOME}/external-calendars/" + str(
        done(people.artist.post(f"{HOME}/external-calendars", json=ELSEWHERE))["id"]
    )


def waiting(people: People) -> str:
    """The path of a place on the waitlist of the client's."""
    body = {
        "serviceId": people.studio(),
        "firstDate": "2026-03-12",
        "lastDate": "2026-03-13",
    }
    people.has_booked(body["serviceId"], TEN, people.other_client)
    return f"{HOME}/waitlist/{done(people.client.post(f'{HOME}/waitlist', json=body))['id']}"


def started(people: People) -> str:
    """The path of an appointment that takes place right now."""
    body = {"serviceId": people.studio(), "clientId": CLIENT}
    return f"{HOME}/{done(people.artist.post(f'{HOME}/walk-ins', json=body))['id']}"


def held(people: People) -> str:
    """The path of a hold of the client's."""
    return f"{HOME}/holds/{done(people.holds(people.studio(), TEN))['id']}"


BANK = {"accountName": "Mara", "iban": "DE89370400440532013000"}
ELSEWHERE = {"name": "Private", "url": "https://calendar.example.com/basic.ics"}
WEEK = {
    "timeZone": BERLIN,
    "weekly": week("09:00-17:00"),
    "overrides": [{"date": "2026-12-24", "windows": [{"start": "09:00", "end": "12:00"}]}],
    "timeOff": [{"startsAt": TEN, "endsAt": ELEVEN}],
}
OWN_SERVICE = frozenset({"price", "deposit", "durationMinutes", "mode"})
WHOLE_SERVICE = {**SERVICE, "deposit": {"percent": 10}}

CASES: dict[Route, Case] = {
    ("POST", f"{HOME}/services"): Case(
        lambda people: Act(people.artist, f"{HOME}/services", WHOLE_SERVICE), OWN_SERVICE
    ),
    ("PUT", f"{HOME}/services/{{id}}"): Case(
        lambda people: Act(people.artist, f"{HOME}/services/{people.offers()}", WHOLE_SERVICE),
        OWN_SERVICE,
    ),
    ("DELETE", f"{HOME}/services/{{id}}"): Case(
        lambda people: Act(people.artist, f"{HOME}/services/{people.offers()}")
    ),
    ("PUT", f"{HOME}/availability"): Case(
        lambda people: Act(people.artist, f"{HOME}/availability", WEEK), frozenset({"timeZone"})
    ),
    ("POST", f"{HOME}/holds"): Case(
        lambda people: Act(
            people.client, f"{HOME}/holds", {"serviceId": people.studio(), "startsAt": TEN}
        ),
        frozenset({"startsAt"}),
    ),
    ("DELETE", f"{HOME}/holds/{{id}}"): Case(lambda people: Act(people.client, held(people))),
    ("POST", HOME): Case(
        lambda people: Act(people.client, HOME, {"serviceId": people.studio(), "startsAt": TEN}),
        frozenset({"startsAt", "clientId", "holdId"}),
    ),
    ("POST", f"{HOME}/walk-ins"): Case(
        lambda people: Act(people.artist, f"{HOME}/walk-ins", {"serviceId": people.studio()}),
        frozenset({"clientId"}),
    ),
    ("GET", f"{HOME}/{{id}}"): Case(lambda people: Act(people.client, booked(people))),
    ("GET", f"{HOME}/{{id}}/calendar.ics"): Case(
        lambda people: Act(people.client, f"{booked(people)}/calendar.ics")
    ),
    ("POST", f"{HOME}/{{id}}/confirm"): Case(
        lambda people: Act(people.artist, f"{booked(people, mode='request')}/confirm")
    ),
    ("POST", f"{HOME}/{{id}}/decline"): Case(
        lambda people: Act(people.artist, f"{booked(people, mode='request')}/decline")
    ),
    ("POST", f"{HOME}/{{id}}/cancel"): Case(
        lambda people: Act(people.client, f"{booked(people)}/cancel"), frozenset({"version"})
    ),
    ("POST", f"{HOME}/{{id}}/reschedule"): Case(
        lambda people: Act(people.client, f"{booked(people)}/reschedule", {"startsAt": ELEVEN}),
        frozenset({"startsAt", "version"}),
    ),
    ("POST", f"{HOME}/{{id}}/complete"): Case(
        lambda people: Act(people.artist, f"{started(people)}/complete")
    ),
    ("POST", f"{HOME}/{{id}}/no-show"): Case(
        lambda people: Act(people.artist, f"{started(people)}/no-show")
    ),
    ("POST", f"{HOME}/plans"): Case(
        lambda people: Act(
            people.artist,
            f"{HOME}/plans",
            {
                "serviceId": people.studio(),
                "clientId": CLIENT,
                "frequency": "single",
                "startsOn": "2026-03-12",
            },
        ),
        frozenset({"clientId"}),
    ),
    ("POST", f"{HOME}/proposals"): Case(
        lambda people: Act(
            people.artist,
            f"{HOME}/proposals",
            {"serviceId": people.studio(), "clientId": CLIENT, "startsAt": [TEN]},
        ),
        frozenset({"clientId", "startsAt"}),
    ),
    ("GET", f"{HOME}/proposals/{{id}}"): Case(lambda people: Act(people.client, proposed(people))),
    ("POST", f"{HOME}/proposals/{{id}}/accept"): Case(
        lambda people: Act(people.client, f"{proposed(people)}/accept")
    ),
    ("POST", f"{HOME}/proposals/{{id}}/decline"): Case(
        lambda people: Act(people.client, f"{proposed(people)}/decline")
    ),
    ("POST", f"{HOME}/proposals/{{id}}/withdraw"): Case(
        lambda people: Act(people.artist, f"{proposed(people)}/withdraw")
    ),
    ("POST", f"{HOME}/{{id}}/deposit/proof"): Case(
        lambda people: Act(
            people.client, f"{with_deposit(people)}/deposit/proof", {"reference": "Paid today"}
        )
    ),
    ("POST", f"{HOME}/{{id}}/deposit/confirm"): Case(
        lambda people: Act(people.artist, f"{with_deposit(people, 'proof')}/deposit/confirm")
    ),
    ("POST", f"{HOME}/{{id}}/deposit/reject"): Case(
        lambda people: Act(people.artist, f"{with_deposit(people, 'proof')}/deposit/reject")
    ),
    ("POST", f"{HOME}/{{id}}/deposit/refund"): Case(
        lambda people: Act(people.artist, f"{with_deposit(people, 'confirm')}/deposit/refund"),
        frozenset({"amount"}),
    ),
    ("POST", f"{HOME}/{{id}}/deposit/transfer"): Case(transferable),
    ("PUT", f"{HOME}/bank-details"): Case(
        lambda people: Act(people.artist, f"{HOME}/bank-details", BANK)
    ),
    ("POST", f"{HOME}/waitlist"): Case(
        lambda people: Act(
            people.client,
            f"{HOME}/waitlist",
            {"serviceId": people.studio(), "firstDate": "2026-03-12", "lastDate": "2026-03-12"},
        )
    ),
    ("DELETE", f"{HOME}/waitlist/{{id}}"): Case(lambda people: Act(people.client, waiting(people))),
    ("POST", f"{HOME}/external-calendars"): Case(
        lambda people: Act(people.artist, f"{HOME}/external-calendars", ELSEWHERE)
    ),
    ("DELETE", f"{HOME}/external-calendars/{{id}}"): Case(
        lambda people: Act(people.artist, elsewhere(people))
    ),
}

# Everybody may read what an artist offers.
FOR_EVERYBODY = {("GET", f"{HOME}/services/{{id}}")}
# A hold of somebody else looks like one that is over, which has no record to be absent.
SEEMS_OVER = {("DELETE", f"{HOME}/holds/{{id}}")}

WITH_BODY = sorted(route for route, operation in app.operations.items() if operation.body)
WITH_ID = sorted({route for route in app.operations if "{id}" in route[1]} - FOR_EVERYBODY)
BODILESS = sorted(
    route for route in CASES if app.operations[route].body is None and route[0] != "GET"
)
WITH_QUERY = sorted(route for route, operation in app.operations.items() if operation.query)


def test_every_route_is_looked_at() -> None:
    assert set(CASES) == set(WITH_BODY) | set(WITH_ID)


# ---- fields ------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", WITH_BODY, ids=" ".join)
def test_only_its_own_fields_are_taken(route: Route) -> None:
    """So that a field which is added to a route has to be added here as well."""
    model = app.operations[route].body
    assert model is not None
    taken = {one.encode_name for one in msgspec.structs.fields(model)}
    assert taken & HOPED_FOR == CASES[route].own


@pytest.mark.parametrize("route", WITH_BODY, ids=" ".join)
def test_other_fields_are_refused_by_name_and_change_nothing(people: People, route: Route) -> None:
    act = CASES[route].ready(people)
    refused_ones = HOPED_FOR - CASES[route].own
    before = everything()
    for value in ("x", 1, True, None, TEN, {"amount": 1, "currency": "EUR"}):
        body = act.body | dict.fromkeys(refused_ones, value)
        fields = error_fields(act.by.request(route[0], act.path, json=body))
        assert fields == {f"body.{name}": "is unknown" for name in refused_ones}
    for body in with_a_stranger_inside(act.body):
        fields = error_fields(act.by.request(route[0], act.path, json=body))
        assert fields
    assert everything() == before
    done_as_it_should(act, route)


def with_a_stranger_inside(body: Any) -> Iterator[Any]:
    """The body with an unknown field in each of the objects inside it, one at a time."""
    items = body.items() if isinstance(body, dict) else enumerate(body)
    for key, value in items:
        if isinstance(value, dict | list):
            changed = [
                *with_a_stranger_inside(value),
                *([value | {"surprise": 1}] if isinstance(value, dict) else []),
            ]
            for inner in changed:
                whole = dict(body) if isinstance(body, dict) else list(body)
                whole[key] = inner
                yield whole


@pytest.mark.parametrize("route", BODILESS, ids=" ".join)
def test_a_body_that_nobody_asked_for_changes_nothing(people: People, route: Route) -> None:
    """What happens is what happens without it."""
    act = CASES[route].ready(people)
    hoped_for = dict.fromkeys(HOPED_FOR, "x") | {
        "status": "completed",
        "price": {"amount": 0, "currency": "EUR"},
        "clientId": "usr_01JD0000000000000000000XXX",
    }
    answer = act.by.request(route[0], act.path, json=hoped_for)
    assert answer.status_code == app.operations[route].status
    assert "01JD0000000000000000000XXX" not in str(everything())
    if answer.body:
        assert answer.json_body.get("price", SERVICE["price"]) == SERVICE["price"]
        status = {"complete": "completed", "no-show": "no_show", "accept": "accepted"}
        status |= {"confirm": "confirmed", "decline": "declined", "withdraw": "withdrawn"}
        assert answer.json_body["status"] == status[act.path.rpartition("/")[2]]


@pytest.mark.parametrize("route", WITH_QUERY, ids=" ".join)
def test_other_parameters_are_refused_by_name(people: People, route: Route) -> None:
    model = app.operations[route].query
    assert model is not None
    own = {one.encode_name for one in msgspec.structs.fields(model)}
    asked = sorted(HOPED_FOR - own)
    path = route[1].replace("{id}", "apt_01JD0000000000000000000XXX")
    query = "&".join(f"{name}=x" for name in asked)
    fields = error_fields(people.artist.request(route[0], f"{path}?{query}"))
    assert {f"query.{name}": "is unknown" for name in asked}.items() <= fields.items()
    assert everything() == []


# ---- ids ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", WITH_ID, ids=" ".join)
def test_a_stranger_finds_nothing_and_changes_nothing(people: People, route: Route) -> None:
    act = CASES[route].ready(people)
    roles = app.operations[route].roles
    before = everything()
    for stranger, role in ((people.other_client, "client"), (people.other_artist, "artist")):
        answer = stranger.request(route[0], act.path, json=act.body)
        if roles and role not in roles:
            assert refused(answer) == (403, "forbidden")
        elif route in SEEMS_OVER:
            assert refused(answer) == (409, "hold_expired")
        else:
            assert refused(answer) == (404, "not_found")
        never = stranger.request(route[0], with_an_id_that_never_was(act.path), json=act.body)
        assert refused(never) == refused(answer)
        assert never.json_body["detail"] == answer.json_body["detail"]
    assert people.nobody.request(route[0], act.path, json=act.body).status_code == 401
    assert everything() == before
    done_as_it_should(act, route)


def with_an_id_that_never_was(path: str) -> str:
    """The same path, the last letters of its id changed."""
    parts = path.split("/")
    longest = max(parts, key=len)
    return path.replace(longest, f"{longest[:-3]}ZZZ")


def done_as_it_should(act: Act, route: Route) -> None:
    """So that it was nothing else that kept the others out."""
    body: dict[str, Any] = {"json": act.body} if app.operations[route].body else {}
    answer = act.by.request(route[0], act.path, **body)
    assert answer.status_code == app.operations[route].status, answer.body
