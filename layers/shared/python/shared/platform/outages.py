"""Outages: failures of something we depend on, as opposed to errors of our own.

A dependency that is throttled, slow or away makes the same request succeed later; a wrong parameter
or a missing permission does not. Only the first is an outage.
"""

from collections.abc import Callable, Iterator

# Errors that say: later. The retryable errors of the services that we call; see "Error handling
# with DynamoDB" and the common errors of KMS, SQS, SNS, S3, Lambda and Secrets Manager.
TEMPORARY_CODES = {
    "DependencyTimeoutException",
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "InternalServiceError",
    "KMSInternalException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceeded",  # a reason of a cancelled transaction
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "SlowDown",
    "Throttled",
    "ThrottledException",
    "Throttling",
    "ThrottlingError",  # a reason of a cancelled transaction
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionConflict",  # a reason of a cancelled transaction
    "TransactionConflictException",
    "TransactionInProgressException",
}
TEMPORARY_STATUSES = {429, 500, 502, 503, 504}

Recognizer = Callable[[BaseException], bool]


class Outage(Exception):
    """Something we depend on does not do its work at the moment."""


def find(error: BaseException) -> BaseException | None:
    """Return the outage that caused an error, or None if the error is our own."""
    for cause in _chain(error):
        if any(is_outage(cause) for is_outage in _recognizers):
            return cause
    return None


def recognize(is_outage: Recognizer) -> Recognizer:
    """Add a function that recognizes the outages of another library. Use it as a decorator."""
    _recognizers.append(is_outage)
    return is_outage


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and its stated causes. What was merely being handled is none of them."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        # pynamodb keeps the cause in an attribute.
        current = current.__cause__ or getattr(current, "cause", None)


def _is_own(error: BaseException) -> bool:
    return isinstance(error, Outage)


def _is_of_aws(error: BaseException) -> bool:
    # Imported here because importing botocore is slow; this runs when something failed.
    from botocore import exceptions  # noqa: PLC0415

    if isinstance(error, exceptions.ClientError):
        code = error.response.get("Error", {}).get("Code", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return code in TEMPORARY_CODES or status in TEMPORARY_STATUSES
    # No connection, no response in time, or one that broke off. SSLError is a ConnectionError.
    return isinstance(
        error,
        (
            exceptions.ConnectionError,
            exceptions.HTTPClientError,
            exceptions.IncompleteReadError,
            exceptions.ResponseStreamingError,
        ),
    )


_recognizers: list[Recognizer] = [_is_own, _is_of_aws]
