"""Settings: environment variables as typed values, secrets from Secrets Manager.

A feature names what it reads in a msgspec struct and asks for it once::

    class AuthSettings(msgspec.Struct, frozen=True):
        token_issuer: str

    settings = from_environment(AuthSettings)   # reads TOKEN_ISSUER
"""

import os
import time
from functools import lru_cache
from typing import TypeVar

import msgspec

from shared.platform import aws

Settings = TypeVar("Settings", bound=msgspec.Struct)

SECRET_MAX_AGE_SECONDS = 300
_secrets: dict[str, tuple[float, dict[str, str]]] = {}


class Common(msgspec.Struct, frozen=True):
    """What every function is told."""

    environment: str = "local"
    resource_prefix: str = "artist-booking-local"
    allowed_origins: str = "http://localhost:5173"
    anonymous_limit: int = 100
    user_limit: int = 1000
    domain_events_topic_arn: str = ""


@lru_cache
def from_environment(model: type[Settings]) -> Settings:
    """Return `model` filled from the upper-case environment variables of its fields' names.

    Raises msgspec.ValidationError naming the variable that is missing or of the wrong type.
    """
    fields = {field.name: field.name.upper() for field in msgspec.structs.fields(model)}
    values = {name: os.environ[key] for name, key in fields.items() if key in os.environ}
    return msgspec.convert(values, model, strict=False)


def resource_name(name: str) -> str:
    """The full name of one of our AWS resources: `auth` -> `artist-booking-dev-auth`."""
    return f"{from_environment(Common).resource_prefix}-{name}"


def path_name(group: str) -> str:
    """How a function group is called in paths and resources: `quick_actions` -> `quick-actions`."""
    return group.replace("_", "-")


def queue_url(queue: str) -> str:
    """The URL of the feature's queue, as CDK put it into the environment."""
    return os.environ["QUEUE_URL_" + queue.upper().replace("-", "_")]


def secret(name: str) -> dict[str, str]:
    """The key-value pairs of a secret, at most five minutes old. {} when it holds nothing yet."""
    read_at, values = _secrets.get(name, (float("-inf"), {}))
    if time.monotonic() - read_at > SECRET_MAX_AGE_SECONDS:
        answer = aws.client("secretsmanager").get_secret_value(SecretId=resource_name(name))
        values = msgspec.json.decode(answer["SecretString"], type=dict[str, str])
        _secrets[name] = (time.monotonic(), values)
    return values


def forget() -> None:
    """Drop everything cached, so that the next read sees the environment anew (tests)."""
    from_environment.cache_clear()
    _secrets.clear()
