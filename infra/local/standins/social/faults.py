"""Faults that tests inject into the operations of a social stand-in."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Annotated

import msgspec

from infra.local.standins.http import ConnectionDropped, Problem, Request, Response, Route
from infra.local.standins.social.errors import ERRORS, Provider, ProviderError

ALL = "all"


class ProviderFault(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"
):
    """Fault of the next `count` calls of an operation; without a count, of all of them.

    Attributes:
        error: Name of an error in the table, such as `google.rate_limit`: answered instead.
        retry_after: Seconds, sent as the Retry-After header beside the error.
        drop: Whether the connection ends without an answer, and nothing was done.
        lose_answer: Whether the call is done, and the connection then ends without an answer.
        garbage: Whether the answer is a success that is not JSON.
        delay_seconds: How long the answer takes.
        skip: How many calls pass before the first that is hit.
        count: How many calls it hits.
    """

    error: str | None = None
    retry_after: Annotated[int, msgspec.Meta(ge=0)] | None = None
    drop: bool = False
    lose_answer: bool = False
    garbage: bool = False
    delay_seconds: Annotated[float, msgspec.Meta(ge=0, le=300)] = 0.0
    skip: Annotated[int, msgspec.Meta(ge=0)] = 0
    count: Annotated[int, msgspec.Meta(ge=1)] | None = None

    def __post_init__(self) -> None:
        """Refuse a fault that does nothing or contradicts itself (ValueError)."""
        effects = [self.error is not None, self.drop, self.lose_answer, self.garbage]
        if sum(effects) > 1:
            raise ValueError("Only one of error, drop, loseAnswer and garbage is possible")
        if not any(effects) and not self.delay_seconds:
            raise ValueError("One of error, drop, loseAnswer, garbage, delaySeconds is required")
        if self.error is not None and self.error not in ERRORS:
            raise ValueError(f"{self.error} is not in the table of errors")
        if self.retry_after is not None and self.error is None:
            raise ValueError("retryAfter needs an error")


class ProviderFaults:
    """Faults in force, at most one per operation. A restart ends them."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._operations: set[str] = set()
        self._lock = threading.Lock()
        self._faults: dict[str, ProviderFault] = {}
        self.calls: list[str] = []

    def put(self, operation: str, fault: ProviderFault) -> None:
        """Replace the fault of an operation. Raises Problem 422 for an unknown one."""
        if operation not in self._operations | {ALL}:
            known = ", ".join(sorted(self._operations))
            raise Problem(422, f"Operations are {ALL} and {known}.", field="path.operation")
        if fault.error is not None and not fault.error.startswith(f"{self._provider}."):
            raise Problem(422, f"An error of {self._provider} is needed.", field="body.error")
        with self._lock:
            self._faults[operation] = fault

    def clear(self) -> None:
        """End every fault, and forget the calls."""
        with self._lock:
            self._faults.clear()
            self.calls.clear()

    def all(self) -> dict[str, ProviderFault]:
        """Return the faults in force, each with the count that is left."""
        with self._lock:
            return dict(self._faults)

    def route(
        self, method: str, path: str, operation: str, handler: Callable[[Request], Response]
    ) -> Route:
        """Return a route whose handler suffers faults, and answers errors as the provider."""
        self._operations.add(operation)

        def answer(request: Request) -> Response:
            fault = self._take(operation)
            try:
                if fault is None:
                    return handler(request)
                return self._suffer(fault, handler, request)
            except ProviderError as error:
                return error.response()

        return Route(method, path, answer)

    def operations(self) -> Iterable[str]:
        """Return the names of the operations."""
        return sorted(self._operations)

    def _suffer(
        self, fault: ProviderFault, handler: Callable[[Request], Response], request: Request
    ) -> Response:
        time.sleep(fault.delay_seconds)
        if fault.drop:
            raise ConnectionDropped
        if fault.error is not None:
            after = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            raise ProviderError(fault.error, "injected", headers=after)
        if fault.garbage:
            html = {"Content-Type": "text/html; charset=utf-8"}
            return Response(200, b"<html>Sorry, something went wrong.</html>", html)
        response = handler(request)
        if fault.lose_answer:
            raise ConnectionDropped
        return response

    def _take(self, operation: str) -> ProviderFault | None:
        with self._lock:
            self.calls.append(operation)
            key = operation if operation in self._faults else ALL
            fault = self._faults.get(key)
            if fault is None:
                return None
            if fault.skip:
                self._faults[key] = msgspec.structs.replace(fault, skip=fault.skip - 1)
                return None
            if fault.count == 1:
                del self._faults[key]
            elif fault.count is not None:
                self._faults[key] = msgspec.structs.replace(fault, count=fault.count - 1)
            return fault
