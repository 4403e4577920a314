"""The row: own actions, those of the system, their order and their number."""

from typing import Any

import msgspec
import pytest

from quick_actions.app import app
from tests.functional.quick_actions.people import (
    ARTIST,
    HELLO,
    HOME,
    SYSTEM,
    THREAD,
    People,
    error_fields,
    everything,
    refused,
)
from tests.support.threads import together


def row(people: People) -> list[str]:
    items = people.artist.get(HOME).json_body["items"]
    assert [item["position"] for item in items] == list(range(1, len(items) + 1))
    return [item["id"] for item in items]


def test_everybody_has_those_of_the_system_and_adds_their_own(people: People) -> None:
    mine = people.has_added()
    assert row(people) == [*SYSTEM, mine]
    one = people.artist.get(f"{HOME}/{mine}").json_body
    marks = {"position": 5, "enabled": True, "oneTap": False, "system": False}
    assert one == {**HELLO, "id": mine, **marks}
    assert [item["id"] for item in people.other_artist.get(HOME).json_body["items"]] == SYSTEM


def test_every_unknown_variable_is_named_with_its_step(people: People) -> None:
    steps = ["{{client.age}} {{client.name}}", "{{ nope }}", "{{open"]
    answer = people.artist.post(HOME, json=HELLO | {"steps": steps})
    assert error_fields(answer) == {
        "body.steps[0]": "knows no variable {{client.age}}",
        "body.steps[1]": "knows no variable {{nope}}",
        "body.steps[2]": "has braces that enclose no variable",
    }
    assert row(people) == SYSTEM


@pytest.mark.parametrize(
    ("kind", "variable"),
    [
        ("find_availability", "next_slot"),
        ("deposit_info", "deposit"),
        ("policy", "cancellation"),
        ("price_list", "price_list"),
    ],
)
def test_an_action_says_what_its_kind_is_for(people: People, kind: str, variable: str) -> None:
    answer = people.artist.post(HOME, json=HELLO | {"kind": kind})
    assert "must use" in error_fields(answer)["body.steps"]
    people.has_added(kind=kind, steps=[f"{{{{{variable}}}}}"])


def test_it_is_changed_and_removed_and_the_order_has_no_gaps(people: People) -> None:
    first, second = people.has_added(), people.has_added(label="Second")
    order = [second, *reversed(SYSTEM), first]
    answer = people.artist.put(f"{HOME}/order", json={"ids": order})
    assert [item["id"] for item in answer.json_body["items"]] == order == row(people)
    changed = people.artist.patch(f"{HOME}/{second}", json={"label": "Other", "enabled": False})
    assert (changed.json_body["label"], changed.json_body["enabled"]) == ("Other", False)
    assert changed.json_body["steps"] == HELLO["steps"]
    assert people.artist.delete(f"{HOME}/{second}").status_code == 204
    assert row(people) == order[1:]
    assert refused(people.artist.delete(f"{HOME}/{second}")) == (404, "not_found")


def test_an_order_names_each_action_once(people: People) -> None:
    mine = people.has_added()
    answer = people.artist.put(f"{HOME}/order", json={"ids": [mine, mine, "qac_x", *SYSTEM[1:]]})
    assert error_fields(answer) == {
        "body.ids[1]": "is named twice",
        "body.ids[2]": "is no action",
        "body.ids": f"lacks {SYSTEM[0]}",
    }


def test_an_action_of_the_system_is_hidden_and_nothing_else(people: People) -> None:
    path = f"{HOME}/{SYSTEM[1]}"
    answer = people.artist.patch(path, json={"label": "x", "steps": ["y {{deposit}}"]})
    assert set(error_fields(answer)) == {"body.label", "body.steps"}
    assert refused(people.artist.delete(path)) == (409, "system_action")
    for enabled in (False, True):
        answer = people.artist.patch(path, json={"enabled": enabled})
        assert answer.json_body["enabled"] is enabled
        assert people.artist.get(path).json_body["enabled"] is enabled


def test_six_are_the_most_however_many_are_added_at_once(people: People) -> None:
    people.artist.get(HOME)
    people.has_added()

    def add() -> int:
        status: int = people.artist.post(HOME, json=HELLO).status_code
        return status

    answers = together(20, add)
    # 409 is too many, or too busy; never more than there is room for.
    assert answers.count(201) == 5
    assert set(answers) == {201, 409}
    assert len(row(people)) == 6 + len(SYSTEM)


# ---- access ------------------------------------------------------------------------------------

ONE = f"{HOME}/{{id}}"
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", HOME): dict(HELLO),
    ("PUT", f"{HOME}/order"): {"ids": SYSTEM},
    ("PATCH", ONE): {"label": "x"},
    ("POST", f"{ONE}/preview"): {"conversationId": THREAD},
    ("POST", f"{ONE}/executions"): {"conversationId": THREAD, "executionId": "tap-0001"},
}
WITH_BODY = sorted(route for route, operation in app.operations.items() if operation.body)
WITH_ID = sorted(route for route in app.operations if "{id}" in route[1])
HOPED_FOR = frozenset(
    {
        *("id", "status", "version", "pk", "sk", "system", "position", "own", "hidden", "role"),
        *("artistId", "ownerId", "userId", "createdAt", "usedAt", "linkId", "asked", "messages"),
        *("content", "texts", "isAdmin", "__proto__", "token", "expiresAt", "reason", "byLink"),
    }
)


def test_every_body_is_looked_at() -> None:
    assert set(BODIES) == set(WITH_BODY)


@pytest.mark.parametrize("route", WITH_BODY, ids=" ".join)
def test_other_fields_are_refused_by_name_and_change_nothing(people: People, route: Any) -> None:
    path = route[1].replace("{id}", people.has_added())
    before = everything()
    body = BODIES[route] | dict.fromkeys(HOPED_FOR, "x")
    answer = people.artist.request(route[0], path, json=body)
    assert answer.status_code == 422
    found = error_fields(answer)
    assert found == {f"body.{name}": "is unknown" for name in HOPED_FOR}
    assert [item for item in everything() if ARTIST in str(item)] == [
        item for item in before if ARTIST in str(item)
    ]
    assert everything() == before
    model = app.operations[route].body
    assert model is not None
    assert not {one.encode_name for one in msgspec.structs.fields(model)} & HOPED_FOR


@pytest.mark.parametrize("route", WITH_ID, ids=" ".join)
def test_only_its_artist_finds_it(people: People, route: tuple[str, str]) -> None:
    action_id = people.has_added()
    if "executions/{id}" in route[1]:
        people.executes(action_id)
        action_id = "tap-0001"
    path = route[1].replace("{id}", action_id)
    given = {"json": BODIES[route]} if app.operations[route].body else {}
    before = everything()
    assert refused(people.other_artist.request(route[0], path, **given)) == (404, "not_found")
    for other in (people.client, people.admin):
        assert refused(other.request(route[0], path, **given)) == (403, "forbidden")
    assert people.nobody.request(route[0], path, **given).status_code == 401
    assert everything() == before
    done = people.artist.request(route[0], path, **given)
    assert done.status_code == app.operations[route].status, done.body
