"""What answers at an endpoint of this machine, by its health check."""

import http.client
import json

from infra.local import loopback
from infra.local.kinds import Kind
from infra.local.settings import StackError


def find_kind(endpoint: str) -> Kind:
    """Ask an endpoint what it is. MiniStack answers LocalStack's health check too.

    Raises:
        StackError: Nothing answers there, or it is neither.
    """
    if is_healthy(endpoint, Kind.MINISTACK):
        return Kind.MINISTACK
    if is_healthy(endpoint, Kind.LOCALSTACK):
        return Kind.LOCALSTACK
    raise StackError(f"Neither LocalStack nor MiniStack answers at {endpoint}.")


def is_healthy(endpoint: str, kind: Kind) -> bool:
    """Return whether an endpoint of this kind answers."""
    return read_health(endpoint, kind) is not None


def read_health(endpoint: str, kind: Kind) -> dict[str, object] | None:
    """Return what the health check of a kind answers; None when it does not."""
    try:
        status, body = loopback.get(f"{endpoint}/_{kind}/health", timeout=5)
        health = json.loads(body)
    except (OSError, ValueError, http.client.HTTPException):
        return None
    return health if status == 200 and isinstance(health, dict) else None
