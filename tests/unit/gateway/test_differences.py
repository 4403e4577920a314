"""Differences of two answers, and what a report may show of them."""

from typing import Any

import pytest

from gateway.rules import differences
from gateway.rules.differences import Difference, Terms

TERMS = Terms(
    same=("name",), ignored=frozenset({"id", "createdAt"}), shown=frozenset({"status", "paid"})
)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ({"a": 1}, {"a": 1}),
        ({"id": 7, "a": None}, {"id": "apt_1", "a": None}),
        ({"at": "2030-01-31T09:30:00.000Z"}, {"at": "2030-01-31T10:30:00+01:00"}),
        ([{"name": "a"}, {"name": "b"}], [{"name": "b"}, {"name": "a"}]),
        ([1, 2], [2, 1]),
    ],
)
def test_what_means_the_same_is_equal(theirs: Any, ours: Any) -> None:
    assert differences.compare(theirs, ours, TERMS) == []


@pytest.mark.parametrize(
    ("theirs", "ours", "found"),
    [
        ({"a": 1}, {"a": 2}, [("a", "number", "number")]),
        ({"a": 1}, {"a": True}, [("a", "number", "true")]),
        ({"a": 1}, {}, [("a", "number", "missing")]),
        ({}, {"a": None}, [("a", "missing", "null")]),
        ({"a": {"b": []}}, {"a": {"b": "x"}}, [("a.b", "list of 0", "text of 1")]),
        ([{"name": "a", "x": 1}], [{"name": "a", "x": {}}], [("[].x", "number", "object")]),
        ([{"name": "a"}], [], [("[]", "object", "missing")]),
        ([], [{"name": "a"}], [("[]", "missing", "object")]),
        ({"status": "pending"}, {"status": "confirmed"}, [("status", "pending", "confirmed")]),
        ({"at": "2030-01-31T09:30Z"}, {"at": "soon"}, [("at", "instant", "text of 4")]),
        ({}, [], [("body", "object", "list of 0")]),
    ],
)
def test_each_field_that_differs_is_named(
    theirs: Any, ours: Any, found: list[tuple[str, str, str]]
) -> None:
    assert differences.compare(theirs, ours, TERMS) == [Difference(*each) for each in found]


def test_a_report_shows_no_value_that_a_person_wrote() -> None:
    theirs = {
        "name": "Mara Voss",
        "status": "Mara Voss",
        "paid": "mara@example.com",
        "Mara Voss": 1,
        "list": ["Mara"],
        "deep": {"phone": 49151},
    }
    shown = str(differences.compare(theirs, {"list": []}, TERMS))
    assert not any(part in shown for part in ("Mara", "Voss", "mara", "49151"))


def test_a_comparison_ends() -> None:
    found = differences.compare(list(range(1000)), [], TERMS)
    assert len(found) == differences.MAX_DIFFERENCES
