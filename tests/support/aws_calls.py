"""Calls to AWS by boto3 and pynamodb: counted, listed, or made to fail.

The context managers can be nested: the inner one sees the calls first.
"""

import base64
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from botocore.client import BaseClient

from shared.platform import aws

REAL_CALL: Any = vars(BaseClient)["_make_api_call"]
Call = Callable[[Any, str, Any], Any]  # of a client: the operation and its parameters


def call_by_client(
    service: str, _version: str, operation: str, parameters: dict[str, Any]
) -> dict[str, Any]:
    """Make a signed call by a client instead, so that moto answers it and it is seen here."""
    response: dict[str, Any] = aws.client(service)._make_api_call(operation, parameters)
    return {
        name: base64.b64encode(value).decode() if isinstance(value, bytes) else value
        for name, value in response.items()
    }


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Count calls by `service:Operation`."""
    calls: Counter[str] = Counter()
    lock = threading.Lock()  # for what works in threads

    def counting(call: Call, client: Any, operation: str, parameters: Any) -> Any:
        with lock:
            calls[f"{client.meta.service_model.service_name}:{operation}"] += 1
        return call(client, operation, parameters)

    with each_by(counting):
        yield calls


@contextmanager
def listed() -> Iterator[list[str]]:
    """List the operations in the order of their calls."""
    operations: list[str] = []

    def listing(call: Call, client: Any, operation: str, parameters: Any) -> Any:
        operations.append(operation)
        return call(client, operation, parameters)

    with each_by(listing):
        yield operations


@contextmanager
def failing(
    operation: str, error: Exception, *, after: bool = False, times: float = float("inf")
) -> Iterator[None]:
    """Make every call of an operation raise, before AWS receives it or `after` it was carried out.

    times: How often; after that calls succeed.
    """
    failed: list[str] = []

    def breaking(call: Call, client: Any, called: str, parameters: Any) -> Any:
        if called != operation or len(failed) >= times:
            return call(client, called, parameters)
        failed.append(called)
        if after:
            call(client, called, parameters)
        raise error

    with each_by(breaking):
        yield


@contextmanager
def failing_at(
    position: int, error: BaseException, *, after: bool = False, dead: bool = False
) -> Iterator[None]:
    """Make the call at this position (from 0) raise, whatever it is; otherwise as `failing`.

    dead: Nothing is called from then on, as by a process that is gone.
    """
    called: list[str] = []

    def breaking(call: Call, client: Any, operation: str, parameters: Any) -> Any:
        here = len(called)
        called.append(operation)
        if here < position or (here > position and not dead):
            return call(client, operation, parameters)
        if here == position and after:
            call(client, operation, parameters)
        raise error

    with each_by(breaking):
        yield


@contextmanager
def each_by(handle: Callable[[Call, Any, str, Any], Any]) -> Iterator[None]:
    """Handle every call by a function, which is given the call, the client and its arguments."""
    call: Call = vars(BaseClient)["_make_api_call"]

    def handled(client: Any, operation: str, parameters: Any) -> Any:
        return handle(call, client, operation, parameters)

    with mock.patch.object(BaseClient, "_make_api_call", handled):
        yield
