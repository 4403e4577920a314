"""Smoke test of a deployment: a few requests over HTTP that need nobody to sign in.

The gateway's health, the readiness of every feature, the OpenAPI document, and a list of artists,
which goes through usage plan, function and table. It changes nothing.
"""

import http.client
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import ClientError

from infra import features
from infra.local.settings import Settings, StackError
from shared.platform.config import path_name

# Groups without a health route of a feature: the gateway answers for itself.
_WITHOUT = {"authorizer", "gateway"}
# The gateway ends a request after 29 seconds.
_TIMEOUT_SECONDS = 35.0
_LIST = "/v1/profiles/artists?limit=1"


@dataclass(frozen=True)
class Endpoint:
    """Where an API is, and the key of the web application."""

    url: str
    key: str


@dataclass(frozen=True)
class Answer:
    """The answer to one request: as it must be, or what is wrong."""

    path: str
    passed: bool
    detail: str

    def __str__(self) -> str:
        """Format the answer as one line."""
        return f"{'ok    ' if self.passed else 'FAILED'}  {self.path:40} {self.detail}"


def find(session: boto3.Session, prefix: str) -> Endpoint:
    """Find a deployed API and its key on AWS.

    Raises:
        StackError: The gateway is not deployed, or has no key.
    """
    cloudformation = session.client("cloudformation")
    try:
        (stack,) = cloudformation.describe_stacks(StackName=f"{prefix}gateway")["Stacks"]
    except ClientError as error:
        raise StackError(f"{prefix}gateway is not deployed: {error}") from error
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    name = f"{prefix}web"
    keys = session.client("apigateway").get_api_keys(nameQuery=name, includeValues=True)["items"]
    values = [key["value"] for key in keys if key["name"] == name]
    if not values:
        raise StackError(f"There is no API key {name}.")
    return Endpoint(outputs["ApiUrl"], values[0])


def find_local(settings: Settings) -> Endpoint:
    """Find the API of the stack on this machine.

    Raises:
        StackError: There is none.
    """
    description = settings.description()
    if "apiUrl" not in description:
        raise StackError("There is no stack yet. First: make up")
    return Endpoint(description["apiUrl"], description["apiKeys"]["web"])


def check(endpoint: Endpoint) -> Iterator[Answer]:
    """Send the requests, one after another, and yield their answers."""
    paths = ["/v1/health", *_readiness(), "/v1/openapi.json", _LIST]
    for path in paths:
        yield _ask(endpoint, path)


def _readiness() -> list[str]:
    names = [path_name(name) for name in features.names() if name not in _WITHOUT]
    return [f"/v1/{name}/health?ready=1" for name in names]


def _ask(endpoint: Endpoint, path: str) -> Answer:
    started = time.monotonic()
    try:
        status, body = _get(endpoint, path)
    except (OSError, http.client.HTTPException) as error:
        return Answer(path, False, f"no answer: {error}")
    took = f"{(time.monotonic() - started) * 1000:.0f} ms"
    if status != 200:
        return Answer(path, False, f"{status}: {body[:200].decode(errors='replace')}")
    try:
        is_object = isinstance(json.loads(body), dict)
    except ValueError:
        is_object = False
    return Answer(path, is_object, took if is_object else "200, but no JSON object")


def _get(endpoint: Endpoint, path: str) -> tuple[int, bytes]:
    parts = urlsplit(endpoint.url)
    is_tls = parts.scheme == "https"
    kind = http.client.HTTPSConnection if is_tls else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", f"{parts.path}{path}", headers={"x-api-key": endpoint.key})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
