"""Invocation of other features' Lambda functions."""

from functools import lru_cache
from typing import Any

import msgspec

from shared.platform import aws
from shared.platform.config import from_environment, resource_name
from shared.platform.outages import Outage

# Lambda names the class of an exception, and a timeout like this.
_OUTAGES = {Outage.__name__, "Sandbox.Timedout"}
UNAUTHORIZED = "Unauthorized"
LONGEST_SECONDS = 12  # of what is left of a request when a feature is invoked for it
_ONE_ATTEMPT = {"mode": "standard", "total_max_attempts": 1}


class Unauthorized(Exception):
    """The authorizer refuses a token without a policy that API Gateway would cache.

    API Gateway knows it by its message, and answers UNAUTHORIZED ("Output from an API Gateway
    Lambda authorizer", AWS).
    """

    def __init__(self) -> None:
        super().__init__(UNAUTHORIZED)


class InvocationSettings(msgspec.Struct, frozen=True):
    """Settings of invocations.

    Attributes:
        function_alias: Alias by which public functions are invoked; empty where they have none.
    """

    function_alias: str = ""


def invoke(function: str, event: dict[str, Any]) -> Any:
    """Invoke the public function `<feature>-<handler>` and return its result.

    It may run more than once, when its answer does not arrive in time.

    Raises:
        Outage: The function met an outage, or did not end in time.
        Unauthorized: The authorizer refused the token.
        RuntimeError: The function raised another exception.
    """
    return _invoke(aws.client("lambda"), function, event)


def invoke_once(function: str, event: dict[str, Any]) -> Any:
    """Invoke the public function of a feature's routes: it may take long, and does not run twice.

    Raises:
        Outage: The function met an outage, or did not end in time; it may still be running.
        RuntimeError: The function raised an exception.
    """
    return _invoke(clients.patient(), function, event)


def hand_over(function: str, event: dict[str, Any]) -> None:
    """Have a function run later, within a second and a half and without a second attempt.

    Raises:
        Exception: Lambda did not take the event.
    """
    clients.brief().invoke(
        FunctionName=resource_name(function),
        InvocationType="Event",
        Payload=msgspec.json.encode(event),
    )


class _Clients:
    """Clients of Lambda that wait longer, or shorter, than others."""

    @lru_cache  # noqa: B019  # there is one of them
    def patient(self) -> Any:
        """Return the client that waits for a feature as long as a request may take."""
        return aws.create_client("lambda", read_timeout=LONGEST_SECONDS, retries=_ONE_ATTEMPT)

    @lru_cache  # noqa: B019  # there is one of them
    def brief(self) -> Any:
        """Return the client whose caller must not wait."""
        return aws.create_client(
            "lambda", connect_timeout=0.5, read_timeout=1, retries=_ONE_ATTEMPT
        )


clients = _Clients()


def _invoke(client: Any, function: str, event: dict[str, Any]) -> Any:
    alias = from_environment(InvocationSettings).function_alias
    response = client.invoke(
        FunctionName=resource_name(function),
        Payload=msgspec.json.encode(event),
        **({"Qualifier": alias} if alias else {}),
    )
    payload = msgspec.json.decode(response["Payload"].read())
    if "FunctionError" in response:
        if payload.get("errorType") in _OUTAGES:
            raise Outage(f"{function} does not answer.")
        if payload.get("errorMessage") == UNAUTHORIZED:
            raise Unauthorized
        raise RuntimeError(f"{function} raised an exception.")
    return payload


def authorize(authorization: str, *, scope: str | None = None) -> dict[str, str] | None:
    """Return the authorizer's context for an Authorization header; None if it is refused.

    The token of an assistant is refused, unless it has the scope of what is asked for.

    Only auth and the authorizer know the keys, so a key rotation affects no other function.
    """
    event = {"type": "TOKEN", "authorizationToken": authorization, "methodArn": "internal/api"}
    try:
        policy = invoke("authorizer-authorize", event)
    except Unauthorized:
        return None
    (statement,) = policy["policyDocument"]["Statement"]
    if statement["Effect"] != "Allow":
        return None
    context: dict[str, str] = policy["context"]
    if "actingId" in context and scope not in context.get("scope", "").split():
        return None
    return context
