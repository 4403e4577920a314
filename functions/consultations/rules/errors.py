"""Expected errors of consultations: one class per code."""

from domain.errors import Forbidden, StateConflict


class Blocked(Forbidden):
    """One of the two parties blocked the other."""

    code = "blocked"


class TooManyOpen(StateConflict):
    """The client already has the highest number of open requests to this artist."""

    code = "too_many_open"


class WrongStatus(StateConflict):
    """The status of the consultation does not allow this action."""

    code = "wrong_status"
