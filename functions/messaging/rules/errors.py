"""Expected errors of messaging: one class per code."""

from domain.errors import (
    Forbidden,
    Invalid,
    LimitExceeded,
    StateConflict,
    Unauthenticated,
    Unsupported,
)


class Blocked(Forbidden):
    """One of you blocked the other."""

    code = "blocked"


class ClientMessageIdReused(Invalid):
    """This clientMessageId was used for another message."""

    code = "client_message_id_reused"


class InvalidTicket(Unauthenticated):
    """The ticket was used, or is out of date."""

    code = "invalid_ticket"


class LiveUnavailable(Unsupported):
    """Nothing is live here: ask for messages with `after=`."""

    code = "live_unavailable"


class MessageDeleted(StateConflict):
    """The message is deleted."""

    code = "message_deleted"


class NotConnected(Unauthenticated):
    """Open a new WebSocket."""

    code = "not_connected"


class NotTheArtist(Forbidden):
    """not_the_artist."""

    code = "not_the_artist"


class PersonGone(StateConflict):
    """The other's account was deleted."""

    code = "person_gone"


class SessionEnded(Unauthenticated):
    """Sign in again."""

    code = "session_ended"


class TokenExpired(Unauthenticated):
    """The access token has expired."""

    code = "token_expired"


class TooLate(StateConflict):
    """A message can be edited for 15 minutes."""

    code = "too_late"


class TooManyFrames(LimitExceeded):
    """At most {FRAMES_IN_WINDOW} frames in {WINDOW.seconds} seconds."""

    code = "too_many_frames"
