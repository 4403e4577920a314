"""Expected errors of consultations: one class per code."""

from domain.errors import Forbidden, StateConflict, Unauthenticated


class Blocked(Forbidden):
    """One of you blocked the other."""

    code = "blocked"


class SessionEnded(Unauthenticated):
    """The account was deleted."""

    code = "session_ended"


class TooManyOpen(StateConflict):
    """At most {store.MAX_OPEN} requests to one artist are open at a time."""

    code = "too_many_open"


class WrongStatus(StateConflict):
    """Not possible: the consultation is {consultation.status}."""

    code = "wrong_status"
