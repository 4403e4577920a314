"""What an error of a single write says."""

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from pynamodb.exceptions import UpdateError

from shared.data.dynamodb import is_condition_failure


@pytest.mark.parametrize(
    ("code", "refused"),
    [("ConditionalCheckFailedException", True), ("ProvisionedThroughputExceededException", False)],
)
def test_a_write_is_refused_when_its_condition_does_not_hold(code: str, refused: bool) -> None:
    cause = ClientError({"Error": {"Code": code}}, "UpdateItem")
    assert is_condition_failure(UpdateError("failed", cause)) is refused


def test_a_timeout_is_no_refusal() -> None:
    cause = ReadTimeoutError(endpoint_url="http://127.0.0.1:4566")
    assert not is_condition_failure(UpdateError("failed", cause))
