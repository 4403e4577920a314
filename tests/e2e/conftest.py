"""Fixtures of the tests of the web example: one browser, and people in it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import web
from tests.support.api import eventually
from tests.support.browser import chromium, context, served_app
from tests.support.stack import RunningStack
from tests.support.web import Person, Studio


@pytest.fixture(scope="session")
def browser(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with served_app(stack, tmp_path_factory.mktemp("web")) as port, chromium(port) as started:
        yield started


@pytest.fixture(scope="module")
def studio(stack: RunningStack) -> Studio:
    return web.open_studio(stack)


@pytest.fixture
def client(stack: RunningStack) -> Person:
    return web.new_person(stack, "client")


@pytest.fixture
def opened(browser: Any) -> Iterator[Any]:
    """Return a function that opens a browser for a person; all are closed afterwards."""
    contexts = []

    def open_one(**settings: Any) -> Any:
        contexts.append(context(browser, **settings))
        return contexts[-1]

    yield open_one
    for each in contexts:
        each.close()


@pytest.fixture
def conversation(stack: RunningStack, studio: Studio, client: Person) -> str:
    """Return the id of the conversation of client and artist once it can be opened."""

    def opened() -> str | None:
        body = {"artistId": studio.artist.id}
        answer = client.api.post("/v1/messages/conversations", body)
        return str(answer.json()["id"]) if answer.ok else None

    return eventually(opened, "the conversation")
