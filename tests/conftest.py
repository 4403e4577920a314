"""Fixtures of all tests: an environment without AWS, and AWS by moto where a test asks for it.

The variables are set before any feature is imported, as Lambda sets them before it loads a handler.
"""

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_REGION="us-east-1",
    AWS_DEFAULT_REGION="us-east-1",
    ENVIRONMENT="local",
    RESOURCE_PREFIX="artist-booking-local",
    ALLOWED_ORIGINS="http://localhost:5173",
    TOKEN_ISSUER="artist-booking-local",
    POWERTOOLS_SERVICE_NAME="tests",
)
os.environ.pop("AWS_ENDPOINT_URL", None)

import moto

from auth.store import imported_passwords, outbox_secret
from auth.use_cases import token_keys
from shared.http import access_tokens, ended_sessions, leases, rate_limits
from shared.platform import config, deadlines, signed_calls
from tests.support import (
    aws_calls,
    child_processes,
    fake_aws,
    portability,
    repeatable,  # noqa: F401  # the profile of all property tests
    scheduling,
)
from tests.support.api import Api, Inbox
from tests.support.fixtures import clock, logs  # noqa: F401  # fixtures of all tests
from tests.support.provider_errors import pytest_runtest_call  # noqa: F401  # checks the marks
from tests.support.stack import (
    RunningStack,
    described_settings,
    described_stack,
    pids,
    running_stack,
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what takes longest come first. Within that, pytest-randomly has shuffled the tests."""
    for item in items:
        if _needs_stack(item) and scheduling.folder_of(item.nodeid) not in scheduling.ON_THE_STACK:
            folders = ", ".join(scheduling.ON_THE_STACK)
            raise pytest.UsageError(f"{item.nodeid} needs the stack, so it belongs into {folders}.")
    items.sort(key=lambda item: scheduling.rank(item.nodeid))


def pytest_collection_finish() -> None:
    """Collect garbage less often, and never look at what is there already: it stays to the end.

    Looking at all modules and tests again and again takes a sixth of the tests' CPU.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _needs_stack(item: pytest.Item) -> bool:
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    return "stack" in getattr(item, "fixturenames", ()) and "stack" not in parameters


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test that needs what its stack lacks, with the reason of docs/portability.md."""
    for mark in item.iter_markers("needs"):
        reason = portability.why_missing(mark.args, portability.target_of_tests())
        if reason:
            pytest.skip(reason)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> scheduling.StackInOneProcess:
    """Let `-n` distribute the tests as tests/support/scheduling.py says."""
    return scheduling.StackInOneProcess(config, log)


@pytest.fixture(scope="session", autouse=True)
def _processes_end() -> Iterator[None]:
    """Fail when a process that a test started is left at the end.

    The stack that STACK describes stays, also what tests have restarted of it.
    """
    yield
    child_processes.stop_cdk()
    described = os.environ.get("STACK")
    staying = pids(described_settings(Path(described))) if described else set()
    assert child_processes.wait_until_none_runs(staying) == {}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Start AWS in memory, with the tables, keys, topic and secrets of our stacks."""
    # One boto3 session for all tests: making one takes longer than most tests.
    with moto.mock_aws(config={"core": {"reset_boto3_session": False}}):
        for name, value in fake_aws.create().items():
            monkeypatch.setenv(name, value)
        # A busy machine must not run into the deadline of a request. Tests of it set this clock.
        monkeypatch.setattr(deadlines, "time", SimpleNamespace(monotonic=lambda: 0.0))
        # Moto sees the calls of clients; tests/functional/shared/test_signed_calls.py is about
        # those without one.
        monkeypatch.setattr(signed_calls, "call", aws_calls.call_by_client)
        # Each limited request is one call, so that calls can be counted. tests/unit/shared and
        # tests/functional/shared/test_rate_limits.py are about the requests that need none.
        monkeypatch.setattr(leases, "UNSPENT", sys.maxsize)
        _forget()
        yield
    _forget()


def _forget() -> None:
    rate_limits.forget()
    access_tokens.forget()
    token_keys.forget()
    outbox_secret.cache_clear()
    imported_passwords.forget()
    ended_sessions.forget()
    config.forget()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """Run the whole stack on free ports, beside anything else that runs here.

    With STACK=.local/stack.json it is the running stack that this file describes.
    """
    if described := os.environ.get("STACK"):
        yield described_stack(Path(described))
        return
    with running_stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture
def api(stack: RunningStack) -> Api:
    """Return the web application, not signed in, at an address of its own."""
    return Api(stack.api_url, stack.api_keys["web"])


@pytest.fixture
def inbox(stack: RunningStack) -> Inbox:
    """Return the inbox, where email, SMS and push messages of the stack arrive."""
    return Inbox(stack.inbox_url)
