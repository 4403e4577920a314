"""Invocation of other features' Lambda functions."""

from typing import Any

import msgspec

from shared.platform import aws
from shared.platform.config import resource_name
from shared.platform.outages import Outage

# Lambda names the class of an exception, and a timeout like this.
_OUTAGES = {Outage.__name__, "Sandbox.Timedout"}


def invoke(function: str, event: dict[str, Any]) -> Any:
    """Invoke the function `<feature>-<handler>` and return its result.

    Raises:
        Outage: The function met an outage, or did not end in time.
        RuntimeError: The function raised another exception.
    """
    response = aws.client("lambda").invoke(
        FunctionName=resource_name(function), Payload=msgspec.json.encode(event)
    )
    payload = msgspec.json.decode(response["Payload"].read())
    if "FunctionError" in response:
        if payload.get("errorType") in _OUTAGES:
            raise Outage(f"{function} does not answer.")
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
