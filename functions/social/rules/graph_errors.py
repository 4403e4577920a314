"""Errors of the Graph API: the one table of what each means.

https://developers.facebook.com/docs/messenger-platform/error-codes
https://developers.facebook.com/docs/graph-api/guides/error-handling
https://developers.facebook.com/docs/graph-api/overview/rate-limiting#error-codes
"""

from enum import StrEnum, auto

_TOO_MANY, _SERVER_ERROR = 429, 500


class GraphError(StrEnum):
    """What an error of the Graph API means.

    Attributes:
        WINDOW_CLOSED: The guest wrote too long ago to be answered.
        NOT_RECEIVING: The guest, or a policy of the platform, takes no message.
        LIMITED: There were too many calls.
        TEMPORARY: The same call may succeed later.
        UNKNOWN: It may pass, as Meta says; it says the same of a wrong secret of the app.
        TOKEN_INVALID: The token expired or was revoked: only connecting again helps.
        UNAUTHORIZED: The call was not authorized, without a code that says why.
        NOT_PERMITTED: The token is valid, but does not permit this call or this object.
        MISSING: There is no such object, or no longer.
        REFUSED: Any other: the same call would be refused again.
    """

    WINDOW_CLOSED = auto()
    NOT_RECEIVING = auto()
    LIMITED = auto()
    TEMPORARY = auto()
    UNKNOWN = auto()
    TOKEN_INVALID = auto()
    UNAUTHORIZED = auto()
    NOT_PERMITTED = auto()
    MISSING = auto()
    REFUSED = auto()


_SUBCODES = {
    **dict.fromkeys((2018065, 2018108, 2018278, 2534022), GraphError.WINDOW_CLOSED),
    **dict.fromkeys((1545041, 2018001, 2018027, 2534014), GraphError.NOT_RECEIVING),
}
_CODES = {
    **dict.fromkeys((368, 551), GraphError.NOT_RECEIVING),
    **dict.fromkeys((4, 17, 32, 341, 613, *range(80000, 80015)), GraphError.LIMITED),
    **dict.fromkeys((2, 1200), GraphError.TEMPORARY),
    1: GraphError.UNKNOWN,
    **dict.fromkeys((102, 190), GraphError.TOKEN_INVALID),
    **dict.fromkeys((3, 10, *range(200, 300)), GraphError.NOT_PERMITTED),
    803: GraphError.MISSING,
}
_CODES_WITH_SUBCODES = {(100, 33): GraphError.MISSING}
_STATUSES = {401: GraphError.UNAUTHORIZED}
# Whatever else the answer says, these are what happened.
_CERTAIN = (GraphError.WINDOW_CLOSED, GraphError.NOT_RECEIVING, GraphError.LIMITED)


def classify(
    status: int, code: int | None, subcode: int | None, *, is_transient: bool = False
) -> GraphError:
    """Return what an error means.

    Args:
        status: Status of the answer.
        code: The error's `code`; None if the answer names none.
        subcode: The error's `error_subcode`.
        is_transient: The error's `is_transient`.
    """
    meaning = (
        _SUBCODES.get(subcode or 0)
        or _CODES_WITH_SUBCODES.get((code or 0, subcode or 0))
        or _CODES.get(code or 0)
        or _STATUSES.get(status)
    )
    if meaning in _CERTAIN:
        return meaning
    if status == _TOO_MANY:
        return GraphError.LIMITED
    if is_transient or (meaning is None and status >= _SERVER_ERROR):
        return GraphError.TEMPORARY
    return meaning or GraphError.REFUSED
