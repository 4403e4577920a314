"""Errors of single DynamoDB writes."""

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from pynamodb.exceptions import UpdateError

from shared.data.dynamodb import is_condition_failure


@pytest.mark.parametrize(
    ("code", "failed"),
    [("ConditionalCheckFailedException", True), ("ProvisionedThroughputExceededException", False)],
)
def test_a_failed_condition_is_recognized(code: str, failed: bool) -> None:
    cause = ClientError({"Error": {"Code": code}}, "UpdateItem")
    assert is_condition_failure(UpdateError("failed", cause)) is failed


def test_a_timeout_is_not_a_failed_condition() -> None:
    cause = ReadTimeoutError(endpoint_url="http://127.0.0.1:4566")
    assert not is_condition_failure(UpdateError("failed", cause))
