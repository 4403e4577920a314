"""boto3 clients: made on first use, once per container, always with timeouts."""

from functools import lru_cache
from typing import Any

CONNECT_TIMEOUT_SECONDS = 2
READ_TIMEOUT_SECONDS = 5
# Where a service needs more. S3 answers a put when it has all of it; forms and links are signed by
# Signature 4 only; checksums are those that we name.
_SERVICES: dict[str, dict[str, Any]] = {
    "s3": {
        "read_timeout": 20,
        "signature_version": "s3v4",
        "request_checksum_calculation": "when_required",
    }
}


@lru_cache
def client(service: str) -> Any:
    """The boto3 client of `service`. boto3 is imported here because not every path needs it."""
    import boto3  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415

    return boto3.client(
        service,  # type: ignore[call-overload]
        config=Config(
            **{
                "connect_timeout": CONNECT_TIMEOUT_SECONDS,
                "read_timeout": READ_TIMEOUT_SECONDS,
                "retries": {"mode": "standard", "max_attempts": 2},
                **_SERVICES.get(service, {}),
            }
        ),
    )
