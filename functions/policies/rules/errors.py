"""Expected errors of policies, one class per code."""

from domain.errors import StateConflict, Unauthenticated


class SessionEnded(Unauthenticated):
    """Raised when the caller's account was deleted while their access token is still valid."""

    code = "session_ended"


class TextChanged(StateConflict):
    """Raised when an acceptance carries the hash of another text than the version's."""

    code = "text_changed"


class TooManyPolicies(StateConflict):
    """Raised when an artist who has the maximum number of policies publishes another one."""

    code = "too_many_policies"
