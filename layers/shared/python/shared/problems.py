"""Errors a caller can act on: RFC 9457 problem details.

Use cases raise a Problem; FeatureApp answers with it. Everything else that is raised is a bug or
an outage and becomes a 500 without internals in the body.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

import msgspec

CONTENT_TYPE = "application/problem+json"


class FieldError(msgspec.Struct, frozen=True):
    """One wrong field: where (`body.price.amount`, `query.limit`) and what is wrong with it."""

    field: str
    message: str


class ProblemDetails(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """The body of every error answer (RFC 9457), with a stable `code` for programs."""

    type: str
    title: str
    status: int
    code: str
    detail: str = ""
    correlation_id: str = ""
    errors: Sequence[FieldError] = ()


class Problem(Exception):
    """An expected error: HTTP status, stable code, and a sentence for people."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}

    def details(self, correlation_id: str) -> ProblemDetails:
        """The answer's body."""
        return ProblemDetails(
            type=f"urn:artist-booking:problem:{self.code}",
            title=HTTPStatus(self.status).phrase,
            status=self.status,
            code=self.code,
            detail=self.detail,
            correlation_id=correlation_id,
            errors=self.errors,
        )


def bad_request(code: str, detail: str) -> Problem:
    """400: the request could not be read at all."""
    return Problem(400, code, detail)


def unauthorized(code: str, detail: str) -> Problem:
    """401: who is calling is not established."""
    return Problem(401, code, detail, headers={"WWW-Authenticate": "Bearer"})


def forbidden(detail: str) -> Problem:
    """403: known, and not allowed."""
    return Problem(403, "forbidden", detail)


def not_found(detail: str = "There is nothing here for you.") -> Problem:
    """404: absent, or not the caller's, which must look the same."""
    return Problem(404, "not_found", detail)


def conflict(code: str, detail: str) -> Problem:
    """409: the state does not allow it."""
    return Problem(409, code, detail)


def unprocessable(*errors: FieldError) -> Problem:
    """422: readable, but these fields are wrong."""
    return Problem(422, "invalid_fields", "Some fields are wrong; see errors.", errors=errors)
