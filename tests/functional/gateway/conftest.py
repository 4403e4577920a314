"""The gateway's function with the documents that its bundle ships."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway import documents
from gateway.app import app
from infra import bundling
from tests.support import captured_logs
from tests.support.captured_logs import Logs
from tests.support.gateway import ApiClient, client_for


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
    cached = (documents.openapi, documents.asset, documents._paths, documents._routes)
    for function in cached:
        function.cache_clear()
    yield client_for(app)
    for function in cached:
        function.cache_clear()


@pytest.fixture
def logs() -> Iterator[Logs]:
    """What is logged during the test."""
    with captured_logs.captured() as collected:
        yield collected
