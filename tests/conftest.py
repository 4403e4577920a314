"""What every test stands on: an environment without AWS, and AWS by moto where a test asks for it.

The variables are set before any feature is imported, as Lambda sets them before it loads a handler.
"""

import os
from collections.abc import Iterator

import pytest

os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_REGION="us-east-1",
    AWS_DEFAULT_REGION="us-east-1",
    ENVIRONMENT="local",
    RESOURCE_PREFIX="artist-booking-local",
    ALLOWED_ORIGINS="http://localhost:5173",
    TOKEN_ISSUER="artist-booking-local",
    POWERTOOLS_SERVICE_NAME="tests",
    POWERTOOLS_METRICS_NAMESPACE="ArtistBooking",
)
os.environ.pop("AWS_ENDPOINT_URL", None)

import moto  # noqa: E402

from shared import aws as shared_aws  # noqa: E402
from shared import config, tokens  # noqa: E402
from tests.support import fake_aws  # noqa: E402


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """AWS in memory, with the tables, keys, topic and secrets that our stacks create."""
    with moto.mock_aws():
        for name, value in fake_aws.create().items():
            monkeypatch.setenv(name, value)
        _forget()
        yield
    _forget()


def _forget() -> None:
    shared_aws.client.cache_clear()
    tokens.public_keys.cache_clear()
    config.forget()
