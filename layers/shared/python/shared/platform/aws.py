"""boto3 clients: created on first use, once per container, always with timeouts."""

from functools import lru_cache
from typing import Any

CONNECT_TIMEOUT_SECONDS = 2
READ_TIMEOUT_SECONDS = 5
# Settings of single services. S3 responds to a put when it has received all of it. Signature 4 is
# needed to sign forms and links. Checksums are sent only where they are requested.
_SERVICES: dict[str, dict[str, Any]] = {
    "s3": {
        "read_timeout": 20,
        "signature_version": "s3v4",
        "request_checksum_calculation": "when_required",
    }
}


@lru_cache
def client(service: str) -> Any:
    """Return the boto3 client of a service.

    boto3 is imported here because importing it is slow and not every invocation needs it.
    """
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
