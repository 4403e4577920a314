"""Readiness: a feature says which of its dependencies does not answer."""

from collections.abc import Mapping
from contextlib import AbstractContextManager

from tests.support import aws_calls
from tests.support.gateway import ApiClient

Outages = dict[str, AbstractContextManager[object]]


def table_outage() -> Outages:
    """Return the outage of a feature that has a table only."""
    return {"dynamodb": aws_calls.failing("Query", ConnectionError("down"))}


def assert_outages_are_named(
    client: ApiClient, path: str, outages: Outages, states: Mapping[str, str] | None = None
) -> None:
    """Check the health route at `path` with all dependencies, and without each of them.

    Args:
        client: A client of the API.
        path: The route.
        outages: The outage of each dependency.
        states: What else readiness shows.
    """
    assert client.get(path).json_body == {"status": "ok", "checks": {}}
    ready = client.get(f"{path}?ready=1")
    assert ready.json_body == {
        "status": "ok",
        "checks": {**dict.fromkeys(outages, "ok"), **(states or {})},
    }
    for name, outage in outages.items():
        with outage:
            assert client.get(path).status_code == 200
            down = client.get(f"{path}?ready=1")
        assert (down.status_code, down.json_body["code"]) == (503, "not_ready"), name
        assert down.json_body["detail"] == f"Not answering: {name}."
