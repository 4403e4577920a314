"""What counts as an outage of something we depend on, and what is a bug of our own."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore import exceptions as aws_errors
from botocore.exceptions import ClientError
from pymongo import errors as mongo_errors
from pynamodb.exceptions import (
    CancellationReason,
    GetError,
    PutError,
    TransactWriteError,
    UpdateError,
    VerboseClientError,
)

import shared.data.dynamodb
import shared.data.mongodb  # noqa: F401  # both recognize outages of their library
from shared.platform import outages
from shared.platform.deadlines import DeadlineExceeded
from shared.platform.outages import Outage

URL = "https://kms.example"


def aws_error(code: str, status: int = 400) -> ClientError:
    response: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "Operation")


def cancelled(*codes: str) -> TransactWriteError:
    """Return what pynamodb raises for a transaction that was cancelled for these reasons."""
    cause = VerboseClientError(
        {"Error": {"Code": "TransactionCanceledException"}},
        "TransactWriteItems",
        {},
        cancellation_reasons=[CancellationReason(code) for code in codes],
    )
    return TransactWriteError("Failed to write transaction items", cause)


OUTAGES: dict[str, BaseException] = {
    "throttled table": aws_error("ProvisionedThroughputExceededException"),
    "throttled account": aws_error("RequestLimitExceeded"),
    "throttled key": aws_error("ThrottlingException"),
    "throttled queue": aws_error("RequestThrottled", 403),
    "throttled topic": aws_error("Throttled", 429),
    "throttled bucket": aws_error("SlowDown", 503),
    "throttled function": aws_error("TooManyRequestsException", 429),
    "item in a transaction": aws_error("TransactionConflictException"),
    "write of an item in a transaction": UpdateError(
        "failed", aws_error("TransactionConflictException")
    ),
    "items in another transaction": cancelled("None", "TransactionConflict"),
    "transaction running": aws_error("TransactionInProgressException"),
    "internal error": aws_error("InternalServerError", 500),
    "unnamed server error": aws_error("502", 502),
    "gateway timeout": aws_error("", 504),
    "unavailable": aws_error("ServiceUnavailable", 503),
    "no connection": aws_errors.EndpointConnectionError(endpoint_url=URL),
    "connect timeout": aws_errors.ConnectTimeoutError(endpoint_url=URL),
    "read timeout": aws_errors.ReadTimeoutError(endpoint_url=URL),
    "connection closed": aws_errors.ConnectionClosedError(endpoint_url=URL),
    "TLS fails": aws_errors.SSLError(endpoint_url=URL, error=OSError("handshake")),
    "body breaks off": aws_errors.IncompleteReadError(actual_bytes=1, expected_bytes=2),
    "body does not come": aws_errors.ResponseStreamingError(error="reset"),
    "throttled read of pynamodb": GetError("failed", aws_error("ThrottlingException")),
    "timeout of pynamodb": UpdateError("failed", aws_errors.ReadTimeoutError(endpoint_url=URL)),
    "throttled transaction": cancelled("None", "ThrottlingError"),
    "transaction beyond its capacity": cancelled("ProvisionedThroughputExceeded"),
    "unprocessed writes": PutError("Failed to batch write items: max_retry_attempts exceeded"),
    "mongo reconnects": mongo_errors.AutoReconnect("closed"),
    "mongo times out": mongo_errors.NetworkTimeout("timed out"),
    "mongo cannot be found": mongo_errors.ServerSelectionTimeoutError("refused"),
    "mongo elects": mongo_errors.NotPrimaryError("not primary"),
    "mongo is too slow": mongo_errors.ExecutionTimeout("too long", 50),
    "mongo does not confirm": mongo_errors.WTimeoutError("waiting"),
    "mongo has no connection free": mongo_errors.WaitQueueTimeoutError("full"),
    "mongo is overloaded": mongo_errors.PyMongoError("busy", ["SystemOverloadedError"]),
    "deadline": DeadlineExceeded("too late"),
    "our own": Outage("SQS could not take them."),
}

BUGS: dict[str, BaseException] = {
    "invalid parameter": aws_error("ValidationException"),
    "denied": aws_error("AccessDeniedException"),
    "no such table": aws_error("ResourceNotFoundException"),
    "condition failed": aws_error("ConditionalCheckFailedException"),
    "disabled key": aws_error("DisabledException", 409),
    "not implemented": aws_error("NotImplemented", 501),
    "wrong type of parameter": aws_errors.ParamValidationError(report="x"),
    "no credentials": aws_errors.NoCredentialsError(),
    "no region": aws_errors.NoRegionError(),
    "invalid write of pynamodb": PutError("failed", aws_error("ValidationException")),
    "invalid transaction": cancelled("ValidationError"),
    "mongo refuses a duplicate": mongo_errors.DuplicateKeyError("duplicate"),
    "mongo does not understand": mongo_errors.OperationFailure("unknown operator", 2),
    "mongo denies": mongo_errors.OperationFailure("not authorized", 13),
    "bug": KeyError("artist"),
}


@pytest.mark.parametrize("error", OUTAGES.values(), ids=OUTAGES)
def test_an_outage_is_recognized(error: BaseException) -> None:
    assert outages.find(error) is not None


@pytest.mark.parametrize("error", BUGS.values(), ids=BUGS)
def test_a_bug_is_no_outage(error: BaseException) -> None:
    assert outages.find(error) is None


def raised(raising: Callable[[], None]) -> BaseException:
    with pytest.raises(RuntimeError) as caught:
        raising()
    return caught.value


def test_an_outage_is_found_behind_the_error_that_it_caused() -> None:
    timeout = aws_errors.ReadTimeoutError(endpoint_url=URL)

    def fail() -> None:
        raise RuntimeError from timeout

    assert outages.find(raised(fail)) is timeout


def test_a_bug_while_an_outage_is_handled_is_a_bug() -> None:
    def fail() -> None:
        try:
            raise aws_errors.ReadTimeoutError(endpoint_url=URL)
        except aws_errors.ReadTimeoutError:
            raise RuntimeError  # noqa: B904

    assert outages.find(raised(fail)) is None


def test_causes_that_go_round_in_circles_end() -> None:
    one, other = RuntimeError(), RuntimeError()
    one.__cause__, other.__cause__ = other, one
    assert outages.find(one) is None
