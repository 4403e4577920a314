"""Asking the other groups' functions."""

from typing import Any

import msgspec

from shared import aws
from shared.config import resource_name


def ask(function: str, event: dict[str, Any]) -> Any:
    """What `<group>-<handler>` answers to the event. Raises RuntimeError when it raised."""
    answer = aws.client("lambda").invoke(
        FunctionName=resource_name(function), Payload=msgspec.json.encode(event)
    )
    payload = msgspec.json.decode(answer["Payload"].read())
    if "FunctionError" in answer:
        raise RuntimeError(f"{function} raised")
    return payload
