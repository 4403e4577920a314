"""Expected errors, each with a stable code for programs and a message for people.

Rules and use cases raise them without knowing HTTP: `shared.http.problems` maps the classes to
statuses. The errors of a feature are in its `rules/errors.py`, one class per code, derived from the
class below that says what kind of error it is.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

import msgspec


class FieldError(msgspec.Struct, frozen=True):
    """A wrong field.

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
        detail: Message for people.
        errors: The wrong fields, if there are any.
        retry_after_seconds: Seconds after which the same request may succeed; None if it will not.
        accepts: Ways to make the same request succeed, where there are several.
        reason: Code of the reason, where one error has several.
        until: When what was refused was last possible, or will be possible again.
    """

    code: ClassVar[str]
    retry_after_seconds: int | None = None
    accepts: Sequence[str] = ()
    reason: str = ""
    until: datetime | None = None

    def __init__(self, detail: str = "", errors: Sequence[FieldError] = ()) -> None:
        super().__init__(self.code, detail)
        self.detail = detail
        self.errors = errors


class Invalid(DomainError):
    """The request is well-formed but not valid."""


class InvalidFields(Invalid):
    """Some fields are missing, unknown or wrong; `errors` names each of them."""

    code = "invalid_fields"

    def __init__(self, *errors: FieldError) -> None:
        super().__init__("Some fields are wrong; see errors.", errors)


class Unauthenticated(DomainError):
    """The caller is not authenticated."""

    code = "unauthorized"


class SessionEnded(Unauthenticated):
    """The caller signed out, or their account was deleted while their access token was valid."""

    code = "session_ended"


class Forbidden(DomainError):
    """The caller is not allowed to do this."""

    code = "forbidden"


class Blocked(Forbidden):
    """One of the two people blocks the other, or the platform one of them: nothing begins."""

    code = "blocked"


class NotFound(DomainError):
    """There is no such record, or the caller may not know that there is."""

    code = "not_found"

    def __init__(
        self, detail: str = "There is no such record, or you have no access to it."
    ) -> None:
        super().__init__(detail)


class StateConflict(DomainError):
    """The current state of a record does not allow this."""


class BooksClosed(StateConflict):
    """The artist takes no new bookings, holds and consultations at present."""

    code = "books_closed"


class GuestConversation(StateConflict):
    """The other member of the conversation is a guest without an account, for whom this is not."""

    code = "guest_conversation"


class Moved(DomainError):
    """The record has another address.

    Attributes:
        location: The address, relative to the one that was requested.
    """

    def __init__(self, location: str, detail: str = "") -> None:
        super().__init__(detail)
        self.location = location


class Gone(DomainError):
    """The record existed and is no longer available."""


class LimitExceeded(DomainError):
    """The caller has done this too often."""


class Unsupported(DomainError):
    """This environment does not support this."""


class Unavailable(DomainError):
    """Something that is needed does not respond at the moment."""
