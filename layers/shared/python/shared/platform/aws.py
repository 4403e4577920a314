"""AWS clients: one session per process, one client per service, always with timeouts.

A call has at most MAX_ATTEMPTS attempts, with pauses of at most 1 and 2 seconds between them
(botocore's standard mode). Each is given up after the two timeouts, and begins only if that is
before the deadline of the request (`deadlines`).

Making a session and a client takes longer than most requests, and a session parses botocore's list
of all endpoints. So everybody shares them, pynamodb too, and functions make theirs while they are
imported (`prepare`): Lambda gives a starting container a whole CPU, whatever its memory.
"""

import os
import threading
from functools import lru_cache
from typing import Any

from shared.platform import deadlines

CONNECT_TIMEOUT_SECONDS = 2
READ_TIMEOUT_SECONDS = 5
MAX_ATTEMPTS = 3
STORAGE_READ_TIMEOUT_SECONDS = 20

# Settings of single services.
SERVICES: dict[str, dict[str, Any]] = {
    # pynamodb builds the parameters from typed models; validating them again takes longer than
    # anything else in a call.
    "dynamodb": {"parameter_validation": False},
    # The authorizer has little time, and KMS needs milliseconds.
    "kms": {"read_timeout": 3},
    # Signature 4 is needed to sign forms and links. Checksums are sent where they are requested.
    "s3": {
        "signature_version": "s3v4",
        "request_checksum_calculation": "when_required",
    },
    # A mail that was handed over without an answer may have been sent: it is not repeated here.
    "sesv2": {"read_timeout": 30, "retries": {"mode": "standard", "total_max_attempts": 1}},
}

# botocore's sessions are not thread-safe, its clients are.
_lock = threading.RLock()
_clients: dict[str, Any] = {}


def client(service: str) -> Any:
    """Return the client of a service, which is made once per process."""
    made = _clients.get(service)
    if made is None:
        with _lock:
            made = _clients.get(service)
            if made is None:
                made = _clients[service] = create_client(service, **_settings_of(service))
    return made


def prepare(*services: str) -> None:
    """Make the clients of services now, so that no request has to wait for it."""
    for service in services:
        client(service)


def create_client(service: str, endpoint_url: str | None = None, **settings: Any) -> Any:
    """Return a new client, for those who need other settings than `client` has.

    botocore is imported here because importing it is slow and not every function needs it. boto3
    would add nothing but its own import: its clients are botocore's.

    Args:
        service: Name of the service.
        endpoint_url: Address of the service, if it is not the usual one.
        **settings: Settings of botocore's `Config` in which the client differs from the others.
    """
    from botocore.config import Config  # noqa: PLC0415

    config = {
        "connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "read_timeout": READ_TIMEOUT_SECONDS,
        "retries": {"mode": "standard", "total_max_attempts": MAX_ATTEMPTS},
        **settings,
    }
    with _lock:
        made = _session().create_client(
            service,
            region_name=os.environ.get("AWS_REGION"),
            endpoint_url=endpoint_url,
            config=Config(**config),
        )
    longest = config["connect_timeout"] + config["read_timeout"]

    def require_time(**_: Any) -> None:
        deadlines.require(longest)

    made.meta.events.register_first("before-send.*.*", require_time)  # of every attempt
    return made


def is_worker() -> bool:
    """Return whether this process is a function of Lambda that serves no routes."""
    name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "")
    return name != "" and not name.endswith("-api")


def forget() -> None:
    """Drop the session and its clients, so that tests can change the environment."""
    with _lock:
        _session.cache_clear()
        _clients.clear()


def _settings_of(service: str) -> dict[str, Any]:
    settings = SERVICES.get(service, {})
    # S3 responds to a put when it has received all of it, and only workers put.
    if service == "s3" and is_worker():
        return settings | {"read_timeout": STORAGE_READ_TIMEOUT_SECONDS}
    return settings


@lru_cache
def _session() -> Any:
    import botocore.session  # noqa: PLC0415

    return botocore.session.get_session()
