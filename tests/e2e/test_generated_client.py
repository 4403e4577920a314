"""README's journey by a Python client that another project's generator made of our document."""

import importlib
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.openapi import client as generator
from tests.support.api import fresh_address
from tests.support.stack import RunningStack

PACKAGE = "artist_booking_client"


class GeneratedClient:
    """The generated package, calling the stack for nobody or for a signed-in person."""

    def __init__(self, stack: RunningStack, token: str = "") -> None:
        headers = {"x-api-key": stack.api_keys["web"], "x-forwarded-for": fresh_address()}
        self._options = {"base_url": stack.api_url, "headers": headers, "timeout": 60}
        self._token = token

    def call(self, operation: str, *path: str, **parameters: Any) -> Any:
        """Call an operation, named as in `auth.log_in`; return status and parsed response."""
        module = importlib.import_module(f"{PACKAGE}.api.{operation}")
        with self._open() as client:
            response = module.sync_detailed(*path, client=client, **parameters)
        return int(response.status_code), response.parsed

    def _open(self) -> Any:
        clients = importlib.import_module(f"{PACKAGE}.client")
        if not self._token:
            return clients.Client(raise_on_unexpected_status=True, **self._options)
        return clients.AuthenticatedClient(
            token=self._token, raise_on_unexpected_status=True, **self._options
        )


def model(name: str, **fields: Any) -> Any:
    return getattr(importlib.import_module(f"{PACKAGE}.models"), name)(**fields)


def model_value(enum: str, value: str) -> Any:
    return getattr(importlib.import_module(f"{PACKAGE}.models"), enum)(value)


@pytest.fixture(scope="module", autouse=True)
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("client")
    generator.generate(Path(folder) / PACKAGE)
    sys.path.insert(0, str(folder))
    yield
    sys.path.remove(str(folder))


def sign_in(stack: RunningStack, role: str) -> GeneratedClient:
    user = stack.user(role)
    body = model("LoginRequest", email=user["email"], password=user["password"])
    status, tokens = GeneratedClient(stack).call("auth.log_in", body=body)
    assert (status, tokens.user.email) == (200, user["email"])
    return GeneratedClient(stack, tokens.access_token)


def test_the_journey_of_the_readme(stack: RunningStack) -> None:
    anyone = sign_in(stack, "client")
    status, found = anyone.call("profiles.search_artists", city="berlin")
    artist_id = stack.user("artist")["id"]
    assert status == 200
    assert artist_id in [artist.user_id for artist in found.items]
    status, services = anyone.call("appointments.list_services", artist_id=artist_id)
    assert status == 200
    assert services.items[0].price.currency


def test_a_message_that_is_sent_twice_is_understood_both_times(stack: RunningStack) -> None:
    client = sign_in(stack, "client")
    other = model("OpenConversationRequest", artist_id=stack.user("artist")["id"])
    _, conversation = client.call("messaging.open_conversation", body=other)
    body = model(
        "SendMessageRequest",
        client_message_id=str(uuid.uuid4()),
        type_=model_value("SendMessageRequestType", "text"),
        content="Hello",
    )
    first, sent = client.call("messaging.send_message", conversation.id, body=body)
    second, again = client.call("messaging.send_message", conversation.id, body=body)
    assert (first, second) == (201, 200)
    assert sent.id == again.id


def test_an_error_is_understood(stack: RunningStack) -> None:
    body = model("LoginRequest", email="nobody@example.com", password="not-the-password")
    status, problem = GeneratedClient(stack).call("auth.log_in", body=body)
    assert (status, problem.code) == (401, "invalid_credentials")
