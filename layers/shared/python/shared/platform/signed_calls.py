"""Signed calls: a call of an AWS service in its JSON protocol, without a client.

Making botocore's session and a client takes longer than the rest of the authorizer's first answer,
and the authorizer makes a single call in its life. The signature, the connection and the errors are
botocore's here too; attempts, timeouts and deadlines are those of `aws`.
"""

import json
import os
import random
import time
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from importlib import import_module
from typing import Any, NamedTuple

from shared.platform import aws, deadlines, outages

# Versions of the JSON protocol, from the services' models.
CONTENT_TYPES = {
    "dynamodb": "application/x-amz-json-1.0",
    "kms": "application/x-amz-json-1.1",
}
OK = 200


def prepare() -> None:
    """Import now what a call needs, so that no request has to wait for it."""
    import_module("botocore.auth")


def call(service: str, version: str, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Call an operation and return its response, in which bytes are base64.

    Credentials and region are those of the function, in Lambda's environment variables.

    Args:
        service: Name of the service, as in its address.
        version: Version of its JSON protocol: what the header X-Amz-Target begins with.
        operation: Name of the operation.
        parameters: Its parameters.

    Raises:
        ClientError: The service refused the call.
        HTTPClientError: The service was not reached, or did not respond in time.
        DeadlineExceeded: Too little time is left for an attempt.
    """
    attempt = 1
    while True:
        deadlines.require(aws.CONNECT_TIMEOUT_SECONDS + _get_read_timeout(service))
        try:
            return _attempt(service, version, operation, parameters)
        except Exception as error:
            if attempt == aws.MAX_ATTEMPTS or outages.find(error) is None:
                raise
        time.sleep(random.uniform(0, attempt))  # noqa: S311
        attempt += 1


def sign(
    service: str, method: str, url: str, body: bytes, headers: Mapping[str, str]
) -> dict[str, str]:
    """Return the headers of a request to a service that is called by its own address.

    Args:
        service: Name that its requests are signed for.
        method: The method.
        url: The URL.
        body: The body, whose checksum is signed too.
        headers: Other headers, which are signed as well.
    """
    # Imported here because importing botocore is slow and not every function needs it.
    from botocore.auth import SigV4Auth  # noqa: PLC0415
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415

    checksum = sha256(body).hexdigest()
    request = AWSRequest(
        method=method, url=url, data=body, headers={**headers, "X-Amz-Content-SHA256": checksum}
    )
    credentials: Any = _get_credentials()
    SigV4Auth(credentials, service, os.environ["AWS_REGION"]).add_auth(request)
    return dict(request.headers.items())


def _attempt(
    service: str, version: str, operation: str, parameters: dict[str, Any]
) -> dict[str, Any]:
    # Imported here because importing botocore is slow and not every function needs it.
    from botocore.auth import SigV4Auth  # noqa: PLC0415
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415
    from botocore.exceptions import ClientError  # noqa: PLC0415

    region = os.environ["AWS_REGION"]
    request = AWSRequest(
        method="POST",
        url=_get_endpoint(service, region),
        headers={"Content-Type": CONTENT_TYPES[service], "X-Amz-Target": f"{version}.{operation}"},
        data=json.dumps(parameters),
    )
    credentials: Any = _get_credentials()
    SigV4Auth(credentials, service, region).add_auth(request)
    response = _connections(service).send(request.prepare())
    try:
        body = json.loads(response.content)
    except ValueError:
        body = {}
    if response.status_code == OK:
        return dict(body)
    refusal: Any = {
        "Error": {
            "Code": str(body.get("__type", response.status_code)).rpartition("#")[2],
            "Message": str(body.get("message", body.get("Message", ""))),
        },
        "ResponseMetadata": {"HTTPStatusCode": response.status_code},
    }
    raise ClientError(refusal, operation)


class _Credentials(NamedTuple):
    """What botocore signs with. Its own class comes with all the ways to find credentials."""

    access_key: str
    secret_key: str
    token: str | None


def _get_credentials() -> _Credentials:
    return _Credentials(
        os.environ["AWS_ACCESS_KEY_ID"],
        os.environ["AWS_SECRET_ACCESS_KEY"],
        os.environ.get("AWS_SESSION_TOKEN"),
    )


def _get_endpoint(service: str, region: str) -> str:
    of_service = os.environ.get(f"AWS_ENDPOINT_URL_{service.upper()}")
    configured = of_service or os.environ.get("AWS_ENDPOINT_URL")
    return (configured or f"https://{service}.{region}.amazonaws.com").rstrip("/") + "/"


def _get_read_timeout(service: str) -> int:
    seconds: int = aws.SERVICES.get(service, {}).get("read_timeout", aws.READ_TIMEOUT_SECONDS)
    return seconds


@lru_cache
def _connections(service: str) -> Any:
    """Return botocore's connections to a service, which are kept open between attempts."""
    from botocore.httpsession import URLLib3Session  # noqa: PLC0415

    timeouts: Any = (aws.CONNECT_TIMEOUT_SECONDS, _get_read_timeout(service))
    return URLLib3Session(timeout=timeouts)
