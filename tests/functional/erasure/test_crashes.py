"""Crashes: a request that was killed before its response was stored is repeated with its key."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from shared.data import idempotency_store
from shared.data.idempotency_store import IdempotencyRecord
from shared.http import idempotency
from shared.http.idempotency import StoredResponse
from shared.platform import sealing
from tests.functional.erasure.test_canary import Life
from tests.functional.erasure.world import World
from tests.support.gateway import ApiClient

# What these did, the repetition finds done: it gets the conflict that says so.
ACTIONS = {"publish", "decline", "cancel", "proof", "confirm", "complete"}


class Killed(BaseException):
    """The process was killed."""


class Repeated(msgspec.Struct, frozen=True):
    """The response that was lost, and that to the repetition."""

    path: str
    lost: StoredResponse
    status: int
    body: Any

    @property
    def is_action(self) -> bool:
        """Whether the request changed the state of a record."""
        return self.path.rpartition("/")[2] in ACTIONS

    @property
    def lost_body(self) -> Any:
        """The body that was lost."""
        return msgspec.json.decode(self.lost.body) if self.lost.body else None


class Crashes:
    """Kills the process of each keyed request once, when its response is stored, and repeats it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.repeated: list[Repeated] = []
        self._plain = b""
        self._killed: set[str] = set()
        self._seal, self._save = sealing.seal, idempotency_store.save_response
        self._request: Callable[..., Any] = ApiClient.request
        monkeypatch.setattr(idempotency, "seal", self._remember)
        monkeypatch.setattr(idempotency_store, "save_response", self._kill)

        def request(client: ApiClient, *args: str, **options: Any) -> Any:
            return self._repeat(client, *args, **options)

        monkeypatch.setattr(ApiClient, "request", request)

    def _remember(self, plain: bytes, key: bytes) -> bytes:
        self._plain = plain
        return self._seal(plain, key)

    def _kill(self, record: IdempotencyRecord, sealed: bytes) -> None:
        if record.id in self._killed:
            return self._save(record, sealed)
        self._killed.add(record.id)
        idempotency_store.abandon(record)  # as if its minute had passed
        raise Killed

    def _repeat(self, client: ApiClient, method: str, path: str, **options: Any) -> Any:
        try:
            return self._request(client, method, path, **options)
        except Killed:
            lost = msgspec.json.decode(self._plain, type=StoredResponse)
        answer = self._request(client, method, path, **options)
        repeated = Repeated(
            path, lost, answer.status_code, answer.json_body if answer.body else None
        )
        self.repeated.append(repeated)
        if answer.status_code < 300:
            return answer
        return SimpleNamespace(
            status_code=lost.status, body=lost.body, json_body=repeated.lost_body
        )


def test_what_a_killed_request_made_is_made_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashes = Crashes(monkeypatch)
    Life(world)
    made = [each for each in crashes.repeated if not each.is_action]
    assert len(made) >= 25
    different = [
        each
        for each in made
        if each.status >= 300 or each.body.get("id") != each.lost_body.get("id")
    ]
    assert different == []
    actions = [each for each in crashes.repeated if each.is_action]
    assert len(actions) >= 5
    assert {each.status for each in actions} <= {200, 404, 409}
