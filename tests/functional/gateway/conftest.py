"""The gateway's function with the documents that its bundle ships."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from authorizer.app import authorize
from gateway.app import app
from gateway.use_cases import documents
from infra import bundling
from shared.platform import aws as shared_aws
from tests.support import captured_logs
from tests.support.captured_logs import Logs
from tests.support.gateway import ApiClient, client_for

Answer = Callable[[dict[str, Any]], Any]


@dataclass(frozen=True)
class Elsewhere(bundling.Target):
    """A target that is built where tests may write, beside a running stack."""

    root: Path = Path()

    @property
    def folder(self) -> Path:
        return self.root


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The gateway's bundle as the local stack gets it: code and documents, no dependencies."""
    target = Elsewhere("tests", None, tmp_path_factory.mktemp("bundles"))
    return bundling.function("gateway", target)


@pytest.fixture
def client(aws: None, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiClient]:
    """Nobody in particular, in front of the gateway's function."""
    monkeypatch.setattr(documents, "SHIPPED", bundle / "gateway" / "shipped")
    cached = (
        documents.get_openapi,
        documents.get_docs_file,
        documents._load_paths,
        documents._list_routes,
    )
    for function in cached:
        function.cache_clear()
    yield client_for(app)
    for function in cached:
        function.cache_clear()


class Functions:
    """The other groups' functions: the authorizer is ours, the others answer what a test says."""

    def __init__(self) -> None:
        self.asked: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, Answer] = {"authorizer-authorize": lambda e: authorize(e, None)}

    def invoke(self, **call: Any) -> dict[str, Any]:
        name = call["FunctionName"].removeprefix("artist-booking-local-")
        self.asked[name] = json.loads(call["Payload"])
        answer = self.answers.get(name, lambda _: {"statusCode": 200})(self.asked[name])
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


@pytest.fixture
def functions(client: ApiClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Functions]:
    """What the gateway's function asks, instead of Lambda."""
    fake, real = Functions(), shared_aws.client
    with monkeypatch.context() as patched:
        patched.setattr(
            shared_aws, "client", lambda service: fake if service == "lambda" else real(service)
        )
        yield fake


@pytest.fixture
def logs() -> Iterator[Logs]:
    """What is logged during the test."""
    with captured_logs.captured() as collected:
        yield collected
