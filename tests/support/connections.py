"""Connections of `driven` programs, whose many threads share one client."""

from shared.platform import aws

# A container on Lambda serves one request at a time, so the usual ten are enough for it.
MANY = 256


def allow_many() -> None:
    """Let each thread keep a connection to DynamoDB. Call this before the first request."""
    aws.SERVICES["dynamodb"]["max_pool_connections"] = MANY
