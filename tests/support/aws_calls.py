"""Counting the calls to AWS, by boto3 and pynamodb alike."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from botocore.client import BaseClient

REAL_CALL = BaseClient._make_api_call


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Count by `service:Operation` what is called inside."""
    calls: Counter[str] = Counter()

    def counting(client: Any, operation: str, parameters: Any) -> Any:
        calls[f"{client.meta.service_model.service_name}:{operation}"] += 1
        return REAL_CALL(client, operation, parameters)

    with mock.patch.object(BaseClient, "_make_api_call", counting):
        yield calls


@contextmanager
def failing(operation: str, error: Exception, *, after: bool = False) -> Iterator[None]:
    """Make every call of this operation raise, before AWS hears of it or `after` it did it."""

    def broken(client: Any, called: str, parameters: Any) -> Any:
        if called != operation:
            return REAL_CALL(client, called, parameters)
        if after:
            REAL_CALL(client, called, parameters)
        raise error

    with mock.patch.object(BaseClient, "_make_api_call", broken):
        yield
