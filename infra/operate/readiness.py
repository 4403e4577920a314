"""Readiness of every feature, for operators: each is asked by invoking its function.

The routes answer the same, but count the address that asks, so that nobody can keep the features
busy with checking their dependencies.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra import features
from shared.platform.config import path_name

# Groups without a health route of a feature: the gateway answers for itself.
_WITHOUT = {"authorizer", "gateway"}
# The functions end earlier. Retries would hide what is wrong.
_CONFIG = Config(read_timeout=60, retries={"total_max_attempts": 1})
# A cold start needs a processor, of which a laptop has few.
_AT_ONCE = 4


@dataclass(frozen=True)
class State:
    """The state of a feature: ready, or what is wrong."""

    feature: str
    ready: bool
    detail: str

    def __str__(self) -> str:
        """Format the state as one line."""
        return f"{self.feature:16} {'ready' if self.ready else 'not ready'}  {self.detail}".rstrip()


def check(session: boto3.Session, prefix: str, alias: str = "") -> Iterator[State]:
    """Ask all features whether their dependencies answer; return their states in order.

    Args:
        session: Where the functions are.
        prefix: Prefix of their names.
        alias: Alias by which people reach them; empty where they have none.
    """
    names = [path_name(name) for name in features.names() if name not in _WITHOUT]
    client = session.client("lambda", config=_CONFIG)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(lambda name: _ask(client, prefix, name, alias), names)


def _ask(client: Any, prefix: str, feature: str, alias: str) -> State:
    try:
        response = client.invoke(
            FunctionName=f"{prefix}{feature}-api",
            Payload=json.dumps(_request(feature)).encode(),
            **({"Qualifier": alias} if alias else {}),
        )
        answer = json.loads(response["Payload"].read())
        body = json.loads(answer["body"])
    except (BotoCoreError, ClientError) as error:
        return State(feature, False, str(error))
    except (KeyError, TypeError, ValueError):
        return State(feature, False, "The function failed; see its log.")
    if answer["statusCode"] == 200:
        return State(feature, True, ", ".join(body["checks"]))
    return State(feature, False, body.get("detail", ""))


def _request(feature: str) -> dict[str, Any]:
    path = f"/v1/{feature}/health"
    return {
        "resource": path,
        "path": path,
        "httpMethod": "GET",
        "headers": {},
        "multiValueQueryStringParameters": {"ready": ["1"]},
        "pathParameters": None,
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
        "requestContext": {
            "resourcePath": path,
            "path": path,
            "httpMethod": "GET",
            # Each run is a caller of its own: operators may ask as often as they like.
            "identity": {"sourceIp": f"operator-{uuid4()}"},
        },
    }
