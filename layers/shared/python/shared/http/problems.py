"""Problem details (RFC 9457): the body of error responses.

Rules and use cases raise a `DomainError`, the HTTP layer a `Problem`. Any other exception is an
outage of something we depend on, which becomes a 503, or a bug, which becomes a 500. Both reveal
nothing internal.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus

import msgspec

from domain.errors import (
    DomainError,
    FieldError,
    Forbidden,
    Gone,
    Invalid,
    LimitExceeded,
    Moved,
    NotFound,
    StateConflict,
    Unauthenticated,
    Unavailable,
    Unsupported,
)

CONTENT_TYPE = "application/problem+json"

STATUSES: dict[type[DomainError], int] = {
    Moved: 308,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    StateConflict: 409,
    Gone: 410,
    Invalid: 422,
    LimitExceeded: 429,
    Unsupported: 501,
    Unavailable: 503,
}


class ProblemDetails(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """The body of every error response (RFC 9457).

    Attributes:
        type: URI that identifies the kind of error.
            Example: urn:artist-booking:problem:invalid_fields
        title: Phrase of the HTTP status. Example: Unprocessable Entity
        status: HTTP status. Example: 422
        code: Stable name of the error, for programs. Example: invalid_fields
        detail: What went wrong, for people. Example: Some fields are wrong; see errors.
        correlation_id: Identifies the request in our logs. Example: cor_01JD2Z5Q0V8XKM3F7T9B4N6RWC
        errors: The wrong fields, if there are any.
        accepts: Ways to make the same request succeed, where there are several. Example: ["code"]
        reason: Code of the reason, where one error has several. Example: window_closed
        until: When what was refused was last possible, or will be possible again.
            Example: 2030-01-31T09:30:00Z
    """

    type: str
    title: str
    status: int
    code: str
    detail: str = ""
    correlation_id: str = ""
    errors: Sequence[FieldError] = ()
    accepts: Sequence[str] = ()
    reason: str = ""
    until: datetime | None = None


class Problem(Exception):
    """An error response.

    Attributes:
        status: HTTP status.
        code: Stable name of the error, for programs.
        detail: A sentence for people.
        errors: The wrong fields, if there are any.
        headers: Headers of the response.
        accepts: Ways to make the same request succeed, where there are several.
        reason: Code of the reason, where one error has several.
        until: When what was refused was last possible, or will be possible again.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        accepts: Sequence[str] = (),
        reason: str = "",
        until: datetime | None = None,
    ) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}
        self.accepts = accepts
        self.reason = reason
        self.until = until

    def details(self, correlation_id: str) -> ProblemDetails:
        """Return the body of the error response."""
        return ProblemDetails(
            type=f"urn:artist-booking:problem:{self.code}",
            title=HTTPStatus(self.status).phrase,
            status=self.status,
            code=self.code,
            detail=self.detail,
            correlation_id=correlation_id,
            errors=self.errors,
            accepts=self.accepts,
            reason=self.reason,
            until=self.until,
        )


def method_not_allowed(allowed: Sequence[str]) -> Problem:
    """Return the problem of a path that does not allow a method, with those that it allows."""
    methods = ", ".join(allowed)
    detail = f"This path allows {methods}."
    return Problem(405, "method_not_allowed", detail, headers={"Allow": methods})


class DependencyDown(Unavailable):
    """Something that is needed does not respond at the moment, or not fast enough."""

    code = "unavailable"
    retry_after_seconds = 5


def status_of(error: type[DomainError]) -> int:
    """Return the HTTP status of an error class: that of the nearest base class listed above."""
    return next(STATUSES[base] for base in error.__mro__ if base in STATUSES)


def from_error(error: DomainError | Problem) -> Problem:
    """Return the problem that answers an expected error."""
    if isinstance(error, Problem):
        return error
    status = status_of(type(error))
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if isinstance(error, Moved):
        headers["Location"] = error.location
    if error.retry_after_seconds is not None:
        headers["Retry-After"] = str(error.retry_after_seconds)
    return Problem(
        status,
        error.code,
        error.detail,
        errors=error.errors,
        headers=headers,
        accepts=error.accepts,
        reason=error.reason,
        until=error.until,
    )
