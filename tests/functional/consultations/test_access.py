"""Access to consultations, and the fields that each route accepts."""

from typing import Any

import msgspec
import pytest

from consultations.app import app
from tests.functional.consultations.people import ARTIST, HOME, REQUEST, People, everything
from tests.support.responses import error_fields, refused

Route = tuple[str, str]
ONE = f"{HOME}/{{id}}"
# An allowed caller of each route, and a valid body.
ALLOWED: dict[Route, tuple[str, dict[str, Any]]] = {
    ("POST", HOME): ("client", dict(REQUEST)),
    ("PUT", f"{HOME}/intake"): ("artist", {"questions": []}),
    ("POST", f"{ONE}/decline"): ("artist", {"reason": "No."}),
    ("POST", f"{ONE}/cancel"): ("client", {}),
    ("POST", f"{ONE}/archive"): ("client", {}),
    ("GET", ONE): ("artist", {}),
    ("GET", f"{ONE}/proposal-draft"): ("artist", {}),
}
WITH_BODY = sorted(route for route, operation in app.operations.items() if operation.body)
WITH_ID = sorted(route for route in app.operations if "{id}" in route[1])
WITH_QUERY = sorted(route for route, operation in app.operations.items() if operation.query)
DECLARED = {
    ("POST", HOME): {"artistId", "serviceId", "files"},
    ("GET", f"{HOME}/intake"): {"artistId"},
}
UNDECLARED = frozenset(
    {
        *("id", "status", "state", "version", "recordVersion", "pk", "sk", "folder", "archived"),
        *("artistId", "artist_id", "clientId", "client_id", "ownerId", "userId", "role", "by"),
        *("viewedAt", "respondedAt", "createdAt", "updatedAt", "expiresAt", "nudgedAt"),
        *("closedBy", "archivedBy", "erased", "proposalId", "appointmentIds", "serviceId", "files"),
        *("details", "request", "counts", "listedAs", "due", "isAdmin", "__proto__", "constructor"),
    }
)


def path_of(people: People, route: Route) -> str:
    if "{id}" not in route[1]:
        return route[1]
    path = people.create_consultation()
    if route[1].endswith("archive"):
        people.client.post(f"{path}/cancel", json={})
    return route[1].replace(ONE, path)


def test_every_route_is_covered() -> None:
    assert set(ALLOWED) == set(WITH_BODY) | set(WITH_ID)


@pytest.mark.parametrize("route", WITH_ID, ids=" ".join)
def test_a_stranger_finds_nothing_and_changes_nothing(people: People, route: Route) -> None:
    by, body = ALLOWED[route]
    path = path_of(people, route)
    options: dict[str, Any] = {"json": body} if app.operations[route].body else {}
    before = everything()
    for stranger in (people.other_client, people.other_artist, people.admin):
        answer = stranger.request(route[0], path, **options)
        never = stranger.request(route[0], path.replace(path.split("/")[3], "cns_none"), **options)
        assert refused(answer) == refused(never) == (404, "not_found")
        assert answer.json_body["detail"] == never.json_body["detail"]
    assert people.nobody.request(route[0], path, **options).status_code == 401
    assert everything() == before
    done = getattr(people, by).request(route[0], path, **options)
    assert done.status_code == app.operations[route].status, done.body


@pytest.mark.parametrize("route", WITH_BODY, ids=" ".join)
def test_undeclared_fields_are_refused_by_name_and_change_nothing(
    people: People, route: Route
) -> None:
    by, body = ALLOWED[route]
    path = path_of(people, route)
    model = app.operations[route].body
    assert model is not None
    own = {field.encode_name for field in msgspec.structs.fields(model)} & UNDECLARED
    assert own == DECLARED.get(route, set())
    before = everything()
    for value in ("x", 1, True, None, {"a": 1}):
        sent = body | dict.fromkeys(UNDECLARED - own, value)
        fields = error_fields(getattr(people, by).request(route[0], path, json=sent))
        assert fields == {f"body.{name}": "is unknown" for name in UNDECLARED - own}
    assert everything() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("budget", {"currency": "EUR", "minimum": 1, "paid": True}),
        ("preferredWindows", [{"firstDate": "2026-04-01", "lastDate": "2026-04-01", "x": 1}]),
        ("ageConfirmation", {"versionId": "x", "basis": "of_age", "confirmedBy": "artist"}),
        ("intake", {"version": 1, "answers": {}, "questions": []}),
    ],
)
def test_undeclared_nested_fields_are_refused(people: People, field: str, value: Any) -> None:
    fields = error_fields(people.send_request(**{field: value}))
    assert all(name.startswith(f"body.{field}") for name in fields)


@pytest.mark.parametrize("route", WITH_QUERY, ids=" ".join)
def test_undeclared_parameters_are_refused_by_name(people: People, route: Route) -> None:
    model = app.operations[route].query
    assert model is not None
    undeclared = sorted(UNDECLARED - {field.encode_name for field in msgspec.structs.fields(model)})
    query = "&".join(f"{name}=x" for name in undeclared) + f"&artistId={ARTIST}"
    fields = error_fields(people.artist.request(route[0], f"{route[1]}?{query}"))
    assert {f"query.{name}": "is unknown" for name in undeclared}.items() <= fields.items()


def test_only_artists_can_save_an_intake_form(people: People) -> None:
    for other in (people.client, people.admin):
        answer = other.put(f"{HOME}/intake", json={"questions": []})
        assert refused(answer) == (403, "forbidden")


@pytest.mark.parametrize("route", [("POST", f"{ONE}/archive")], ids=" ".join)
def test_an_unexpected_body_changes_nothing(people: People, route: Route) -> None:
    path = path_of(people, route)
    answer = people.client.post(path, json={"status": "completed", "by": "artist"})
    assert (answer.json_body["status"], answer.json_body["archived"]) == ("cancelled", True)
    assert people.artist.get(path.removesuffix("/archive")).json_body["archived"] is False
