"""Configuration: environment variables as typed settings, and secrets from Parameter Store.

A struct declares the variables that are read::

    class AuthSettings(msgspec.Struct, frozen=True):
        token_issuer: str

    settings = from_environment(AuthSettings)   # reads TOKEN_ISSUER
"""

import os
import time
from functools import lru_cache
from typing import TypeVar

import msgspec

from shared.platform import aws, outages

Settings = TypeVar("Settings", bound=msgspec.Struct)

SECRET_MAX_AGE_SECONDS = 300
_secrets: dict[str, tuple[float, dict[str, str]]] = {}


class Common(msgspec.Struct, frozen=True):
    """Settings of every function.

    Attributes:
        environment: Name of the environment.
        resource_prefix: Prefix of the names of AWS resources.
        allowed_origins: Origins whose pages may call the API, separated by commas. `:*` after a
            host is any port of it.
        domain_events_topic_arn: Topic that events are published to.
        powertools_service_name: Folder of the feature, which log lines and metrics name.
    """

    environment: str = "local"
    resource_prefix: str = "artist-booking-local"
    allowed_origins: str = "http://localhost:5173"
    domain_events_topic_arn: str = ""
    powertools_service_name: str = "unknown"


class Limits(msgspec.Struct, frozen=True):
    """Requests per window of `shared.http.rate_limits`.

    Per user, or per session for refreshing; all others per IP address.

    Attributes:
        user_limit: Signed-in requests.
        sign_in_limit: Registering, verifying an address and signing in.
        refresh_limit: Refreshing the access token of a session.
        public_read_limit: Reading public pages and lists.
        documents_limit: The description of the API, its page and the public keys.
        calendar_feeds_limit: Calendar feeds, which one server may fetch for many people.
        one_tap_limit: Links in mails that carry out an action.
        callbacks_limit: What providers report, and people reply, of messages: signed requests.
        unowned_limit: Paths that no feature declares.
        health_limit: Health, counted by each container for itself.
        readiness_limit: Health with `?ready=1`, which calls dependencies.
    """

    user_limit: int = 1000
    sign_in_limit: int = 100
    refresh_limit: int = 300
    public_read_limit: int = 3000
    documents_limit: int = 300
    calendar_feeds_limit: int = 1000
    one_tap_limit: int = 100
    callbacks_limit: int = 30_000
    unowned_limit: int = 100
    health_limit: int = 120
    readiness_limit: int = 20


@lru_cache
def from_environment(model: type[Settings]) -> Settings:
    """Return a struct filled from environment variables: `token_issuer` is `TOKEN_ISSUER`.

    Raises:
        msgspec.ValidationError: A variable is missing or has the wrong type.
    """
    fields = {field.name: field.name.upper() for field in msgspec.structs.fields(model)}
    values = {name: os.environ[key] for name, key in fields.items() if key in os.environ}
    return msgspec.convert(values, model, strict=False)


def resource_name(name: str) -> str:
    """Return the full name of an AWS resource: `auth` is `artist-booking-dev-auth`."""
    return f"{from_environment(Common).resource_prefix}-{name}"


def path_name(group: str) -> str:
    """Return the name of a feature in paths and resources: `quick_actions` is `quick-actions`."""
    return group.replace("_", "-")


def queue_url(queue: str) -> str:
    """Return the URL of a queue of the feature, which CDK puts into the environment."""
    return os.environ["QUEUE_URL_" + queue.upper().replace("-", "_")]


def secret(name: str) -> dict[str, str]:
    """Return the key-value pairs of a secret, cached for five minutes; {} if nobody has set it.

    While Parameter Store does not respond, they stay what they were.
    """
    known = _secrets.get(name)
    if known is None or time.monotonic() - known[0] > SECRET_MAX_AGE_SECONDS:
        try:
            values = _read_secret(resource_name(name))
        except Exception as error:
            if known is None or not outages.find(error):
                raise
            # Imported here because infra/ reads settings without logging.
            from shared.platform.logs import logger  # noqa: PLC0415

            logger.exception("secret not refreshed", secret=name)
            values = known[1]
        known = _secrets[name] = (time.monotonic(), values)
    return known[1]


def _read_secret(parameter: str) -> dict[str, str]:
    ssm = aws.client("ssm")
    try:
        response = ssm.get_parameter(Name=parameter, WithDecryption=True)
    except ssm.exceptions.ParameterNotFound:
        return {}
    return msgspec.json.decode(response["Parameter"]["Value"], type=dict[str, str])


def forget() -> None:
    """Clear the caches, so that tests can change the environment."""
    from_environment.cache_clear()
    _secrets.clear()
