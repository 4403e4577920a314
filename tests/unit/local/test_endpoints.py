"""What answers at an endpoint is found by its health checks."""

import json
from http.client import HTTPException

import pytest

from infra.local import endpoints, loopback
from infra.local.kinds import Kind
from infra.local.settings import StackError

URL = "http://127.0.0.1:4566"


@pytest.mark.parametrize(
    ("answered", "kind"),
    [
        # MiniStack answers the health check of LocalStack too.
        ({"_ministack", "_localstack"}, Kind.MINISTACK),
        ({"_localstack"}, Kind.LOCALSTACK),
    ],
)
def test_the_kind_is_asked_of_the_endpoint(
    answered: set[str], kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    def get(url: str, **_: float) -> tuple[int, bytes]:
        name = url.removeprefix(f"{URL}/").removesuffix("/health")
        return (200, json.dumps({"services": {}}).encode()) if name in answered else (404, b"{}")

    monkeypatch.setattr(loopback, "get", get)
    assert endpoints.find_kind(URL) is kind


@pytest.mark.parametrize("answer", [(500, b"{}"), (200, b"hello"), (200, b"[]")])
def test_another_server_is_refused(
    answer: tuple[int, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loopback, "get", lambda *_, **__: answer)
    with pytest.raises(StackError, match="Neither LocalStack nor MiniStack"):
        endpoints.find_kind(URL)


@pytest.mark.parametrize("error", [ConnectionRefusedError, HTTPException])
def test_silence_is_refused(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def get(_url: str, **_: float) -> tuple[int, bytes]:
        raise error

    monkeypatch.setattr(loopback, "get", get)
    with pytest.raises(StackError, match=URL):
        endpoints.find_kind(URL)
