"""Expected errors of policies: one class per code."""

from domain.errors import StateConflict, Unauthenticated


class SessionEnded(Unauthenticated):
    """The account was deleted."""

    code = "session_ended"


class TextChanged(StateConflict):
    """This is not the text of the version; read it again."""

    code = "text_changed"


class TooManyPolicies(StateConflict):
    """At most {MAX_SUBJECTS} policies are kept."""

    code = "too_many_policies"
