"""Expected errors of the domain, each with a stable code for programs and a sentence for people.

Rules and use cases raise them, and know nothing of HTTP: `shared.http.problems` answers with the
status that belongs to the class. A feature lists its own in `rules/errors.py`, one class per code,
derived from the class here that says what kind of error it is.
"""

from collections.abc import Sequence
from typing import ClassVar

import msgspec


class FieldError(msgspec.Struct, frozen=True):
    """One wrong field: where it is and what is wrong with it.

    Attributes:
        field: Path of the field, starting with its source. Example: body.price.amount
        message: What is wrong with the value. Example: must be at least 0
    """

    field: str
    message: str


class DomainError(Exception):
    """Base of every expected error.

    Attributes:
        code: Stable name of the error, for programs.
        detail: A sentence for people.
        errors: The wrong fields, where there are any.
        retry_after_seconds: When the same request may succeed; None when it will not.
    """

    code: ClassVar[str]
    retry_after_seconds: ClassVar[int | None] = None

    def __init__(self, detail: str = "", errors: Sequence[FieldError] = ()) -> None:
        super().__init__(self.code, detail)
        self.detail = detail
        self.errors = errors


class Invalid(DomainError):
    """The request can be read but makes no sense."""


class InvalidFields(Invalid):
    """Some fields are wrong; `errors` names each of them."""

    code = "invalid_fields"

    def __init__(self, *errors: FieldError) -> None:
        super().__init__("Some fields are wrong; see errors.", errors)


class Unauthenticated(DomainError):
    """Who is calling is not established."""

    code = "unauthorized"


class Forbidden(DomainError):
    """The caller is known and is not allowed to do this."""

    code = "forbidden"


class NotFound(DomainError):
    """The record is absent or not the caller's, which must look the same."""

    code = "not_found"

    def __init__(self, detail: str = "There is nothing here for you.") -> None:
        super().__init__(detail)


class StateConflict(DomainError):
    """The current state of the record does not allow it."""


class Moved(DomainError):
    """The record has another address.

    Attributes:
        location: The address, relative to the one that was requested.
    """

    def __init__(self, location: str, detail: str = "") -> None:
        super().__init__(detail)
        self.location = location


class Gone(DomainError):
    """It was there once and is not any more."""


class LimitExceeded(DomainError):
    """The caller did this too often."""


class Unsupported(DomainError):
    """This environment does not offer it."""


class Unavailable(DomainError):
    """Something that is needed does not answer at the moment."""
