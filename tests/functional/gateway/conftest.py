"""Fixtures of the gateway's tests: its function with the documents that its bundle ships."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from authorizer.app import authorize
from gateway.app import app
from gateway.use_cases import documents, switches
from infra import bundling
from shared.platform import aws as shared_aws
from shared.platform import invocation
from tests.functional.appointments.conftest import (  # fixtures of old paths
    calendars_queue,  # noqa: F401
    people,  # noqa: F401
)
from tests.support.gateway import ApiClient, client_for

Answer = Callable[[dict[str, Any]], Any]


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The gateway's bundle for the local stack: code and documents, no dependencies."""
    folder = tmp_path_factory.mktemp("bundles")  # so that a running stack is not disturbed
    return bundling.function("gateway", replace(bundling.LOCAL, parent=folder))


@pytest.fixture
def client(aws: None, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiClient]:
    """An anonymous client of the gateway."""
    monkeypatch.setattr(documents, "SHIPPED", bundle / "gateway" / "shipped")
    cached = (
        documents.get_openapi,
        documents.get_docs_file,
        documents._load_paths,
        documents._list_routes,
    )
    for function in cached:
        function.cache_clear()
    switches.cache.forget()
    yield client_for(app)
    for function in cached:
        function.cache_clear()


def _authorize(event: dict[str, Any]) -> Any:
    return authorize(event, None)


def _succeed(_: dict[str, Any]) -> Any:
    return {"statusCode": 200}


class Functions:
    """Functions of other features: the real authorizer, and fakes that answer what a test sets."""

    def __init__(self) -> None:
        self.invocations: dict[str, dict[str, Any]] = {}
        self.later: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, Answer] = {"authorizer-authorize": _authorize}

    def invoke(self, **call: Any) -> dict[str, Any]:
        name = call["FunctionName"].removeprefix("artist-booking-local-")
        event = json.loads(call["Payload"])
        if call.get("InvocationType") == "Event":
            self.later.append((name, event))
            return {}
        self.invocations[name] = event
        answer = self.answers.get(name, _succeed)(event)
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}

    def patient(self) -> "Functions":
        """Stand in for the client that waits longer."""
        return self

    def brief(self) -> "Functions":
        """Stand in for the client whose caller does not wait."""
        return self


@pytest.fixture
def functions(client: ApiClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Functions]:
    """The functions that the gateway invokes, in place of Lambda."""
    fake, real = Functions(), shared_aws.client
    with monkeypatch.context() as patched:
        patched.setattr(
            shared_aws, "client", lambda service: fake if service == "lambda" else real(service)
        )
        patched.setattr(invocation, "clients", fake)
        yield fake
