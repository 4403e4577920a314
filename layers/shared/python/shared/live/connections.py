"""Open WebSocket connections: sending to them and closing them.

Uses API Gateway's management API (`@connections`). Clients connect to WEBSOCKET_URL. An environment
without API Gateway v2 leaves it unset, and no client can be reached.
"""

from functools import lru_cache
from typing import Any

import msgspec

from shared.platform import aws
from shared.platform.config import from_environment
from shared.platform.deadlines import DeadlineExceeded

# A device that reads slowly must not delay the messages of others.
CONNECT_TIMEOUT_SECONDS = 1
READ_TIMEOUT_SECONDS = 2


class ConnectionSettings(msgspec.Struct, frozen=True):
    """Settings of WebSocket connections.

    Attributes:
        websocket_url: A URL on AWS; a path below `aws_endpoint_url` in the local stack.
        websocket_domain: Our own domain of it for clients, if there is one.
        aws_endpoint_url: Endpoint of the local stack.
    """

    websocket_url: str = ""
    websocket_domain: str = ""
    aws_endpoint_url: str = ""


class Gone(Exception):
    """The connection was closed (410)."""


class NotPosted(Exception):
    """The connection cannot be reached at the moment. The message is a code of the reason."""


def url() -> str | None:
    """Return the URL to which clients open a WebSocket; None if there is none."""
    domain = from_environment(ConnectionSettings).websocket_domain
    return f"wss://{domain}" if domain else _build_url("ws", "wss")


def post(connection_id: str, text: str) -> None:
    """Send a text frame of at most 32 KiB.

    Raises:
        Gone: The connection was closed.
        NotPosted: The connection cannot be reached at the moment.
    """
    _call("post_to_connection", ConnectionId=connection_id, Data=text.encode())


def close(connection_id: str) -> None:
    """Close a connection.

    Raises:
        Gone: The connection was closed already.
        NotPosted: The connection cannot be reached at the moment.
    """
    _call("delete_connection", ConnectionId=connection_id)


def _call(operation: str, **arguments: Any) -> None:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    endpoint = _build_url("http", "https")
    if endpoint is None:
        raise NotPosted("NoWebSocket")
    try:
        getattr(_client(endpoint), operation)(**arguments)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 410:
            raise Gone from error
        raise NotPosted(error.response["Error"]["Code"]) from error
    except (BotoCoreError, DeadlineExceeded) as error:
        raise NotPosted(type(error).__name__) from error


def _build_url(plain: str, encrypted: str) -> str | None:
    settings = from_environment(ConnectionSettings)
    configured: str = settings.websocket_url
    if configured.startswith("/"):
        endpoint: str = settings.aws_endpoint_url.replace("http", plain, 1)  # https becomes wss
        return endpoint + configured
    return configured.replace("wss", encrypted, 1) if configured else None


@lru_cache
def _client(endpoint: str) -> Any:
    return aws.create_client(
        "apigatewaymanagementapi",
        endpoint_url=endpoint,
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS,
        max_pool_connections=16,
    )
