"""Invocation of other features' Lambda functions."""

from typing import Any

import msgspec

from shared.platform import aws
from shared.platform.config import resource_name


def invoke(function: str, event: dict[str, Any]) -> Any:
    """Invoke the function `<feature>-<handler>` and return its result.

    Raises:
        RuntimeError: The function raised an exception.
    """
    response = aws.client("lambda").invoke(
        FunctionName=resource_name(function), Payload=msgspec.json.encode(event)
    )
    payload = msgspec.json.decode(response["Payload"].read())
    if "FunctionError" in response:
        raise RuntimeError(f"{function} raised an exception.")
    return payload


def authorize(authorization: str) -> dict[str, str] | None:
    """Return the authorizer's context for an Authorization header; None if it is refused.

    Only auth and the authorizer know the keys, so a key rotation affects no other function.
    """
    event = {"type": "TOKEN", "authorizationToken": authorization, "methodArn": "internal/api"}
    policy = invoke("authorizer-authorize", event)
    (statement,) = policy["policyDocument"]["Statement"]
    if statement["Effect"] != "Allow":
        return None
    context: dict[str, str] = policy["context"]
    return context
