"""Errors of the Graph API: what each means for a message, and for its account.

https://developers.facebook.com/docs/messenger-platform/error-codes
https://developers.facebook.com/docs/graph-api/guides/error-handling
https://developers.facebook.com/docs/graph-api/overview/rate-limiting#error-codes
"""

from social.models.messages import FailureReason

_OUTSIDE_OF_WINDOW = {2018065, 2018108, 2018278, 2534022}
_NOT_RECEIVING = {1545041, 2018001, 2018027, 2534014}
# Of the token, of the app or its permissions: only connecting again helps.
_TOKEN_CODES = {102, 190}
_PERMISSION_CODES = {3, 10, *range(200, 300)}
_LIMIT_CODES = {4, 17, 32, 341, 613, *range(80000, 80015)}
_POLICY_CODES = {368}
_UNREACHABLE_CODES = {551}
_TEMPORARY_CODES = {1, 2, 1200}
_UNAUTHORIZED, _TOO_MANY, _SERVER_ERROR = 401, 429, 500


def classify(
    status: int, code: int | None, subcode: int | None, *, is_transient: bool = False
) -> FailureReason | None:
    """Return the reason of a refusal; None for a failure that may pass by another attempt.

    Args:
        status: Status of the answer.
        code: The error's `code`; None if the answer names none.
        subcode: The error's `error_subcode`.
        is_transient: The error's `is_transient`.
    """
    if subcode in _OUTSIDE_OF_WINDOW:
        return FailureReason.WINDOW_CLOSED
    if subcode in _NOT_RECEIVING or code in _UNREACHABLE_CODES | _POLICY_CODES:
        return FailureReason.BLOCKED_BY_PLATFORM
    if code in _LIMIT_CODES or status == _TOO_MANY:
        return FailureReason.RATE_LIMITED
    if is_transient or code in _TEMPORARY_CODES:
        return None
    if code in _TOKEN_CODES | _PERMISSION_CODES or status == _UNAUTHORIZED:
        return FailureReason.NEEDS_RECONNECT
    return None if status >= _SERVER_ERROR else FailureReason.REJECTED
