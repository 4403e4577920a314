"""Rebuild: which functions it calls, and what it concludes from their responses."""

from collections.abc import Callable
from typing import Any

import pytest

from infra import features
from infra.local.settings import StackError
from infra.operate import rebuild
from shared.platform.config import path_name

ANN = {"userId": "usr_A", "name": "Ann", "avatar": "fil_1", "handle": "ann", "recordVersion": 3}
BEN = {"userId": "usr_B", "name": "Ben", "avatar": None, "handle": None, "recordVersion": 1}


EACH = {"files": 2, "appointments": 5, "social": 1}  # records of a person


class Environment(rebuild.Operator):
    """Environment whose functions respond with what a test gave them, in batches of one."""

    def __init__(self, **answers: list[dict[str, Any]]) -> None:
        self.answers = {
            "profiles-people": [ANN, BEN],
            "appointments-copies": [_named(ANN), _named(BEN)],
            "auth-copies": [_named(ANN), _named(BEN)],
            "consultations-copies": [_copy(ANN), _copy(BEN)],
            "quick-actions-copies": [_handled(ANN), _handled(BEN)],
            "social-copies": [_named(ANN), _named(BEN)],
            "messaging-copies": [_copy(ANN), _copy(BEN)],
            "notifications-copies": [_named(ANN), _named(BEN)],
            **{name.replace("_", "-"): given for name, given in answers.items()},
        }
        self.asked: list[str] = []
        self.published_again: Callable[[], None] = lambda: None

    def ask(self, function: str, **question: Any) -> dict[str, Any]:
        self.asked.append(function)
        if function == "profiles-rebuild":
            self.published_again()
            return {"people": 2, "differences": [], "next": None}
        if function == "messaging-rebuild":
            return {"conversations": 3, "messages": 7, "counters": 1, "next": None}
        if function == "messaging-republish":
            return {"conversations": 3}
        if function.endswith("-republish"):
            feature = function.removesuffix("-republish")
            return {feature: EACH[feature] * len(question["userIds"])}
        items: Any = self.answers[function]
        if "userIds" in question:
            return {"items": [one for one in items if one["userId"] in question["userIds"]]}
        place = question.get("next") or 0
        following = place + 1 if place + 1 < len(items) else None
        return {"items": items[place : place + 1], "next": following}


def _named(person: dict[str, Any]) -> dict[str, Any]:
    return {field: person[field] for field in ("userId", "name", "recordVersion")}


def _copy(person: dict[str, Any]) -> dict[str, Any]:
    return _named(person) | {"avatar": person["avatar"]}


def _handled(person: dict[str, Any]) -> dict[str, Any]:
    return _named(person) | {"handle": person["handle"]}


def differences(**answers: list[dict[str, Any]]) -> list[str]:
    return [str(one) for one in rebuild.compare(Environment(**answers))]


def test_every_feature_that_answers_for_its_copies_is_compared() -> None:
    answering = {
        path_name(group)
        for group, app in features.load_all().items()
        if "copies" in [function.name for function in app.pure_lambda_functions]
    }
    assert set(rebuild.KEEPERS) == answering


def test_copies_that_agree_differ_in_nothing() -> None:
    assert differences() == []


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "Eve", "'Eve' instead of 'Ann'"),
        ("avatar", None, "None instead of 'fil_1'"),
        ("handle", "eve", "'eve' instead of 'ann'"),
        ("recordVersion", 2, "2 instead of 3"),
    ],
)
@pytest.mark.parametrize("keeper", rebuild.KEEPERS)
def test_every_copied_field_that_differs_is_reported(
    keeper: Any, field: str, value: str | int | None, said: str
) -> None:
    wrong = [_named(ANN) | {field: value}, _named(BEN)]
    assert differences(**{f"{keeper}_copies": wrong}) == [
        f"{keeper}'s copy of usr_A, {field}: {said}",
    ]


@pytest.mark.parametrize("keeper", rebuild.KEEPERS)
def test_a_missing_copy_is_reported(keeper: Any) -> None:
    found = differences(**{f"{keeper}_copies": [_copy(ANN)]})
    assert found == [f"{keeper}'s copy of usr_B: None instead of 'Ben'"]


def test_a_copy_of_a_deleted_person_is_reported_unless_profiles_never_published_them() -> None:
    eve = {"userId": "usr_E", "name": "Eve", "recordVersion": 1}
    one_too_many = [_named(ANN), _named(BEN), eve]
    assert differences(notifications_copies=one_too_many) == [
        "notifications's copy of usr_E: 'Eve' instead of None"
    ]
    unknown = [_named(ANN), _named(BEN), eve | {"recordVersion": 0}]
    assert differences(notifications_copies=unknown) == []


def test_a_rebuild_waits_until_published_events_arrive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuild, "PAUSE_SECONDS", 0)
    environment = Environment(messaging_copies=[_copy(ANN) | {"name": "Eve"}, _copy(BEN)])
    real = environment.ask

    def arriving(function: str, **question: Any) -> dict[str, Any]:
        # The third time they are compared, after they were listed for their files.
        if environment.asked.count("profiles-people") == 8:
            copies: Any = environment.answers["messaging-copies"]
            copies[0] = _copy(ANN)
        return real(function, **question)

    environment.ask = arriving  # type: ignore[method-assign]
    lines = list(rebuild.rebuild(environment))
    assert lines == [
        "2 people, 0 differences repaired, every person published again",
        "7 messages found again by search, 1 counters of unread ones repaired",
        "3 conversations, 4 files, 10 appointments, 2 social accounts published again",
        f"the copies of {', '.join(rebuild.KEEPERS)} differ in nothing",
    ]


def test_a_lasting_difference_is_an_error_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuild, "PATIENCE_SECONDS", -1)
    environment = Environment(messaging_copies=[_copy(ANN) | {"name": "Eve"}, _copy(BEN)])
    with pytest.raises(StackError, match="usr_A, name: 'Eve' instead of 'Ann'"):
        list(rebuild.rebuild(environment))


def test_repairs_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = Environment()
    real = environment.ask

    def repairing(function: str, **question: Any) -> dict[str, Any]:
        if function != "profiles-rebuild":
            return real(function, **question)
        if question.get("next") is None:
            one = {"what": "likes of itm_1", "found": 2, "expected": 3}
            return {"people": 25, "differences": [one], "next": [3, "usr_A"]}
        assert question["next"] == [3, "usr_A"]
        return {"people": 1, "differences": [], "next": None}

    environment.ask = repairing  # type: ignore[method-assign]
    assert list(rebuild.rebuild(environment))[:2] == [
        "repaired: likes of itm_1: 2 instead of 3",
        "26 people, 1 differences repaired, every person published again",
    ]
