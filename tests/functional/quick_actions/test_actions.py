"""Actions: own and system ones, their order and their number, and who has access."""

from typing import Any

import msgspec
import pytest

from quick_actions.app import app
from tests.functional.quick_actions.people import (
    ARTIST,
    CONVERSATION,
    HELLO,
    HOME,
    SYSTEM,
    People,
    everything,
)
from tests.support.responses import error_fields, refused
from tests.support.threads import together


def list_ids(people: People) -> list[str]:
    items = people.artist.get(HOME).json_body["items"]
    assert [item["position"] for item in items] == list(range(1, len(items) + 1))
    return [item["id"] for item in items]


def test_artists_have_system_actions_and_add_their_own(people: People) -> None:
    mine = people.create_action()
    assert list_ids(people) == [*SYSTEM, mine]
    action = people.artist.get(f"{HOME}/{mine}").json_body
    defaults = {"position": 5, "enabled": True, "oneTap": False, "system": False}
    assert action == {**HELLO, "id": mine, **defaults}
    assert [item["id"] for item in people.other_artist.get(HOME).json_body["items"]] == SYSTEM


def test_every_unknown_variable_is_named_with_its_step(people: People) -> None:
    steps = ["{{client.age}} {{client.name}}", "{{ nope }}", "{{open"]
    answer = people.artist.post(HOME, json=HELLO | {"steps": steps})
    assert error_fields(answer) == {
        "body.steps[0]": "uses the unknown variable {{client.age}}",
        "body.steps[1]": "uses the unknown variable {{nope}}",
        "body.steps[2]": "has braces that enclose no variable",
    }
    assert list_ids(people) == SYSTEM


@pytest.mark.parametrize(
    ("kind", "variable"),
    [
        ("find_availability", "next_slot"),
        ("deposit_info", "deposit"),
        ("policy", "cancellation"),
        ("price_list", "price_list"),
    ],
)
def test_an_action_uses_the_variable_of_its_kind(people: People, kind: str, variable: str) -> None:
    answer = people.artist.post(HOME, json=HELLO | {"kind": kind})
    assert "must use" in error_fields(answer)["body.steps"]
    people.create_action(kind=kind, steps=[f"{{{{{variable}}}}}"])


def test_the_order_has_no_gaps_after_changes_and_deletions(people: People) -> None:
    first, second = people.create_action(), people.create_action(label="Second")
    order = [second, *reversed(SYSTEM), first]
    answer = people.artist.put(f"{HOME}/order", json={"ids": order})
    assert [item["id"] for item in answer.json_body["items"]] == order == list_ids(people)
    changed = people.artist.patch(f"{HOME}/{second}", json={"label": "Other", "enabled": False})
    assert (changed.json_body["label"], changed.json_body["enabled"]) == ("Other", False)
    assert changed.json_body["steps"] == HELLO["steps"]
    assert people.artist.delete(f"{HOME}/{second}").status_code == 204
    assert list_ids(people) == order[1:]
    assert refused(people.artist.delete(f"{HOME}/{second}")) == (404, "not_found")


def test_an_order_names_each_action_once(people: People) -> None:
    mine = people.create_action()
    answer = people.artist.put(f"{HOME}/order", json={"ids": [mine, mine, "qac_x", *SYSTEM[1:]]})
    assert error_fields(answer) == {
        "body.ids[1]": "is named twice",
        "body.ids[2]": "is not an action of yours",
        "body.ids": f"lacks {SYSTEM[0]}",
    }


def test_a_system_action_can_only_be_disabled(people: People) -> None:
    path = f"{HOME}/{SYSTEM[1]}"
    answer = people.artist.patch(path, json={"label": "x", "steps": ["y {{deposit}}"]})
    assert set(error_fields(answer)) == {"body.label", "body.steps"}
    assert refused(people.artist.delete(path)) == (409, "system_action")
    for enabled in (False, True):
        answer = people.artist.patch(path, json={"enabled": enabled})
        assert answer.json_body["enabled"] is enabled
        assert people.artist.get(path).json_body["enabled"] is enabled


def test_at_most_six_actions_are_created_concurrently(people: People) -> None:
    people.artist.get(HOME)
    people.create_action()

    def add() -> int:
        status: int = people.artist.post(HOME, json=HELLO).status_code
        return status

    answers = together(20, add)
    # 409 is too_many_actions or busy.
    assert answers.count(201) == 5
    assert set(answers) == {201, 409}
    assert len(list_ids(people)) == 6 + len(SYSTEM)


# ---- access ------------------------------------------------------------------------------------

ONE = f"{HOME}/{{id}}"
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", HOME): dict(HELLO),
    ("PUT", f"{HOME}/order"): {"ids": SYSTEM},
    ("PATCH", ONE): {"label": "x"},
    ("POST", f"{ONE}/preview"): {"conversationId": CONVERSATION},
    ("POST", f"{ONE}/executions"): {"conversationId": CONVERSATION, "executionId": "tap-0001"},
}
WITH_BODY = sorted(route for route, operation in app.operations.items() if operation.body)
WITH_ID = sorted(route for route in app.operations if "{id}" in route[1])
UNDECLARED = frozenset(
    {
        *("id", "status", "version", "pk", "sk", "system", "position", "own", "hidden", "role"),
        *("artistId", "ownerId", "userId", "createdAt", "usedAt", "linkId", "messages"),
        *("content", "texts", "isAdmin", "__proto__", "token", "expiresAt", "reason", "byLink"),
        "fingerprint",
    }
)


def test_every_body_is_covered() -> None:
    assert set(BODIES) == set(WITH_BODY)


@pytest.mark.parametrize("route", WITH_BODY, ids=" ".join)
def test_undeclared_fields_are_refused_by_name_and_change_nothing(
    people: People, route: Any
) -> None:
    path = route[1].replace("{id}", people.create_action())
    before = everything()
    body = BODIES[route] | dict.fromkeys(UNDECLARED, "x")
    answer = people.artist.request(route[0], path, json=body)
    assert answer.status_code == 422
    fields = error_fields(answer)
    assert fields == {f"body.{name}": "is unknown" for name in UNDECLARED}
    assert [item for item in everything() if ARTIST in str(item)] == [
        item for item in before if ARTIST in str(item)
    ]
    assert everything() == before
    model = app.operations[route].body
    assert model is not None
    assert not {field.encode_name for field in msgspec.structs.fields(model)} & UNDECLARED


@pytest.mark.parametrize("route", WITH_ID, ids=" ".join)
def test_only_the_artist_finds_their_records(people: People, route: tuple[str, str]) -> None:
    action_id = people.create_action()
    if "executions/{id}" in route[1]:
        people.execute(action_id)
        action_id = "tap-0001"
    path = route[1].replace("{id}", action_id)
    options: dict[str, Any] = {"json": BODIES[route]} if app.operations[route].body else {}
    before = everything()
    assert refused(people.other_artist.request(route[0], path, **options)) == (404, "not_found")
    for other in (people.client, people.admin):
        assert refused(other.request(route[0], path, **options)) == (403, "forbidden")
    assert people.nobody.request(route[0], path, **options).status_code == 401
    assert everything() == before
    done = people.artist.request(route[0], path, **options)
    assert done.status_code == app.operations[route].status, done.body
