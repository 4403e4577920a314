"""Expected errors of policies, one class per code."""

from domain.errors import StateConflict, Unauthenticated


class SessionEnded(Unauthenticated):
    """The caller's account was deleted; their access token is valid for a few more minutes."""

    code = "session_ended"


class TextChanged(StateConflict):
    """The hash is not that of the version's text: another text was shown."""

    code = "text_changed"


class TooManyPolicies(StateConflict):
    """The artist already has the maximum number of policies."""

    code = "too_many_policies"
