"""Actions of a record share one resource of API Gateway, and a function finds the route."""

from typing import Any

import pytest

from shared.http import actions

FILES = ["/v1/files", "/v1/files/{id}", "/v1/files/{id}/parts", "/v1/files/{id}/complete"]
SHARED = "/v1/files/{id}/{action}"


def request(action: str, resource: str = SHARED) -> dict[str, Any]:
    """Build what API Gateway sends of a request."""
    return {
        "resource": resource,
        "pathParameters": {"id": "fil_1", "action": action},
        "requestContext": {"resourcePath": resource, "httpMethod": "POST"},
    }


def test_the_last_segments_below_a_record_are_one_resource() -> None:
    assert actions.share(FILES) == {
        "/v1/files/{id}/parts": SHARED,
        "/v1/files/{id}/complete": SHARED,
    }


@pytest.mark.parametrize(
    ("guarded", "others"),
    [
        (["/v1/files/{id}/parts"], []),  # one alone is one resource
        (["/v1/files/parts", "/v1/files/complete"], []),  # below no record
        (["/v1/files/{id}/parts"], ["/v1/files/{id}/complete"]),  # the guards differ
        (["/v1/files/{id}/parts", "/v1/files/{id}/complete/now"], []),  # others are below it
        # A resource has one child that is a parameter.
        ([*FILES, "/v1/files/{id}/{part}"], []),
        ([*FILES, "/v1/files/{id}/{part}/hash"], []),
        ([*FILES], ["/v1/files/{id}/{part}/hash"]),
    ],
)
def test_others_stay_as_they_are(guarded: list[str], others: list[str]) -> None:
    assert actions.share(guarded, others) == {}


def test_a_request_is_one_of_the_path_that_it_names() -> None:
    resolved = actions.resolve(request("parts"))
    assert resolved == {
        "resource": "/v1/files/{id}/parts",
        "pathParameters": {"id": "fil_1"},
        "requestContext": {"resourcePath": "/v1/files/{id}/parts", "httpMethod": "POST"},
    }


@pytest.mark.parametrize("action", ["", "{id}", "parts/{part}", "messages/{message}/pin", "a\nb"])
def test_only_a_segment_names_a_path(action: str) -> None:
    resolved = actions.resolve(request(action))
    assert resolved is not None
    assert resolved["requestContext"]["resourcePath"] == "/v1/files/{id}/"


def test_a_request_of_another_resource_is_left_alone() -> None:
    assert actions.resolve(request("parts", "/v1/files/{id}/parts")) is None
    assert actions.resolve({"Records": []}) is None
