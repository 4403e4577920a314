"""Expected errors of consultations: one class per code."""

from domain.errors import StateConflict


class TooManyOpen(StateConflict):
    """The client already has the highest number of open requests to this artist."""

    code = "too_many_open"


class WrongStatus(StateConflict):
    """The status of the consultation does not allow this action."""

    code = "wrong_status"
