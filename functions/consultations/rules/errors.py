"""Expected errors of consultations: one class per code."""

from domain.errors import Forbidden, StateConflict, Unauthenticated


class Blocked(Forbidden):
    """Raised when one party blocked the other."""

    code = "blocked"


class SessionEnded(Unauthenticated):
    """Raised when the caller's account was deleted while their access token is still valid."""

    code = "session_ended"


class TooManyOpen(StateConflict):
    """Raised when the client has the highest number of open requests to one artist."""

    code = "too_many_open"


class WrongStatus(StateConflict):
    """Raised when the status of the consultation does not allow the action."""

    code = "wrong_status"
