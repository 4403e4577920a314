"""Open WebSockets, seen from the server: posting to them and closing them.

By API Gateway's management API (`@connections`). WEBSOCKET_URL is where clients connect to; where
an environment has no API Gateway v2 it is not set, and nobody can be reached.
"""

from functools import lru_cache
from typing import Any

import msgspec

from shared.platform.config import from_environment

# Whoever waits is a device that reads too slowly, and behind it everybody else's message.
CONNECT_TIMEOUT_SECONDS = 1
READ_TIMEOUT_SECONDS = 2


class ConnectionSettings(msgspec.Struct, frozen=True):
    """websocket_url: with its scheme on AWS; below `aws_endpoint_url`, a path, on a laptop."""

    websocket_url: str = ""
    aws_endpoint_url: str = ""


class Gone(Exception):
    """The connection is closed (410)."""


class NotPosted(Exception):
    """The connection could not be reached now; the message names the reason and nothing else."""


def url() -> str | None:
    """Where clients open a WebSocket; None where there is none to open."""
    return _base("ws", "wss")


def post(connection_id: str, text: str) -> None:
    """Send a text frame of at most 32 KB. Raises Gone, and NotPosted for what may pass."""
    _call("post_to_connection", ConnectionId=connection_id, Data=text.encode())


def close(connection_id: str) -> None:
    """Close the connection. Raises Gone where it is closed, and NotPosted for what may pass."""
    _call("delete_connection", ConnectionId=connection_id)


def _call(operation: str, **arguments: Any) -> None:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    endpoint = _base("http", "https")
    if endpoint is None:
        raise NotPosted("NoWebSocket")
    try:
        getattr(_client(endpoint), operation)(**arguments)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 410:
            raise Gone from error
        raise NotPosted(error.response["Error"]["Code"]) from error
    except BotoCoreError as error:
        raise NotPosted(type(error).__name__) from error


def _base(plain: str, encrypted: str) -> str | None:
    settings = from_environment(ConnectionSettings)
    given: str = settings.websocket_url
    if given.startswith("/"):
        endpoint: str = settings.aws_endpoint_url.replace("http", plain, 1)  # of https: wss
        return endpoint + given
    return given.replace("wss", encrypted, 1) if given else None


@lru_cache
def _client(endpoint: str) -> Any:
    import boto3  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415

    return boto3.client(
        "apigatewaymanagementapi",
        endpoint_url=endpoint,
        config=Config(
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            read_timeout=READ_TIMEOUT_SECONDS,
            retries={"mode": "standard", "max_attempts": 2},
            max_pool_connections=16,
        ),
    )
