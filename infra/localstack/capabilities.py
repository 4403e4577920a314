"""What an edition of LocalStack can take of a deployment."""

import os
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from infra.local.settings import StackError

TOKEN = "LOCALSTACK_AUTH_TOKEN"  # noqa: S105 - the name of a variable
_REFUSAL = (
    "LocalStack's image needs {token}: it does not start without one, and the editions that do run "
    "neither Lambda authorizers nor throttling, so the API would be incomplete. Set it, or use "
    "MiniStack's image: make up-localstack KIND=ministack"
)


def require_token(environment: Mapping[str, str] = os.environ) -> None:
    """Refuse to start LocalStack's container where it would end at once.

    Raises:
        StackError: No token is set.
    """
    if not environment.get(TOKEN):
        raise StackError(_REFUSAL.format(token=TOKEN))


def require_authorizers(health: Mapping[str, Any]) -> None:
    """Refuse a container that would run the API without its authorizer.

    Args:
        health: What LocalStack's health check answers.

    Raises:
        StackError: It is the edition without a licence.
    """
    if health.get("edition") == "community":
        raise StackError(_REFUSAL.format(token=TOKEN))


def has_websockets(api_gateway_v2: Any) -> bool:
    """Ask the endpoint whether it offers API Gateway v2; clients poll where it does not."""
    try:
        api_gateway_v2.get_apis(MaxResults="1")
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 501:
            return False
        raise
    return True
