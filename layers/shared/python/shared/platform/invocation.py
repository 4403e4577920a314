"""Asking the functions of other groups."""

from typing import Any

import msgspec

from shared.platform import aws
from shared.platform.config import resource_name


def invoke(function: str, event: dict[str, Any]) -> Any:
    """What `<group>-<handler>` answers to the event. Raises RuntimeError when it raised."""
    answer = aws.client("lambda").invoke(
        FunctionName=resource_name(function), Payload=msgspec.json.encode(event)
    )
    payload = msgspec.json.decode(answer["Payload"].read())
    if "FunctionError" in answer:
        raise RuntimeError(f"{function} raised")
    return payload


def authorize(authorization: str) -> dict[str, str] | None:
    """Who is calling with this Authorization header: the authorizer's context, None when refused.

    Only auth and the authorizer hold the keys, so a rotation concerns them alone.
    """
    token = {"type": "TOKEN", "authorizationToken": authorization, "methodArn": "internal/api"}
    verdict = invoke("authorizer-authorize", token)
    (statement,) = verdict["policyDocument"]["Statement"]
    if statement["Effect"] != "Allow":
        return None
    context: dict[str, str] = verdict["context"]
    return context
