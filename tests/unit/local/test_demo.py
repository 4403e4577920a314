"""Demo data: made once, only where its features run, and by requests that can be repeated."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from infra.local.demo import artists, furnish, pictures
from infra.local.demo.furnish import _PARTS
from infra.local.demo.requests import Caller, Refused
from infra.local.demo.scenes import Cast
from infra.local.settings import Settings

USERS = {
    role: {"id": f"usr_{role}", "email": f"{role}@example.com"} for role in ("client", "artist")
}
LIMIT_BYTES = 1_500_000


class Session:
    """Functions that answer every request with the same status, and note what they were sent."""

    def __init__(self, *features: str, status: int = 200) -> None:
        self.names = [f"p-{feature}-api" for feature in features]
        self.status = status
        self.events: list[dict[str, Any]] = []

    def client(self, _: str) -> "Session":
        return self

    def get_paginator(self, _: str) -> "Session":
        return self

    def paginate(self) -> list[dict[str, Any]]:
        return [{"Functions": [{"FunctionName": name} for name in self.names]}]

    def invoke(self, **request: Any) -> dict[str, Any]:
        event = json.loads(request["Payload"])
        self.events.append(event)
        body = json.dumps({"code": "slot_taken"})
        answer = {"statusCode": self.status, "body": body, "id": "usr_other"}
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


EVERYTHING: Any = Session(*{need for part in _PARTS.values() for need in part.needs})


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    settings = Settings.load(environment={"LOCAL_DIR": str(tmp_path)})
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    monkeypatch.setattr(Settings, "prefix", lambda _: "p-")
    return settings


def caller(session: Session) -> Caller:
    return Caller(session, "p-", "usr_1", "a@example.com", "client")  # type: ignore[arg-type]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the parts that were made, which are only noted here."""
    names: list[str] = []

    def note(name: str) -> Callable[[Cast], None]:
        return lambda _: names.append(name)

    for name, part in list(_PARTS.items()):
        monkeypatch.setitem(_PARTS, name, part._replace(make=note(name)))
    return names


def test_a_part_is_made_once(settings: Settings, made: list[str]) -> None:
    assert list(furnish(settings, EVERYTHING, USERS)) == list(_PARTS) == made
    assert list(furnish(settings, EVERYTHING, USERS)) == []
    assert len(made) == len(_PARTS)


def test_what_was_interrupted_goes_on(settings: Settings, made: list[str]) -> None:
    first, *others = _PARTS
    assert next(furnish(settings, EVERYTHING, USERS)) == first
    assert list(furnish(settings, EVERYTHING, USERS)) == others
    assert made == [first, *others]


def test_features_that_were_left_out_get_nothing(settings: Settings) -> None:
    session: Any = Session("auth", "notifications")
    assert list(furnish(settings, session, USERS)) == []
    assert session.events == []


def test_the_same_request_has_the_same_key() -> None:
    session = Session()
    for body in ({"a": 1}, {"a": 1}, {"a": 2}):
        caller(session).send("POST", "/v1/appointments", body)
    first, again, other = (event["headers"]["idempotency-key"] for event in session.events)
    assert first == again != other


def test_a_time_that_is_taken_is_not_waited_for() -> None:
    with pytest.raises(Refused) as refused:
        caller(Session(status=409)).until("POST", "/v1/appointments", {})
    assert refused.value.is_taken


def test_every_picture_is_there_and_small() -> None:
    files = list(pictures.FOLDER.glob("*.webp"))
    assert sum(file.stat().st_size for file in files) < LIMIT_BYTES
    names = {file.stem for file in files}
    for artist in (artists.ARI, *artists.ARTISTS):
        assert {work.picture for work in artist.works} <= names
    for file in files:
        with Image.open(file) as picture:
            assert picture.format == "WEBP"
