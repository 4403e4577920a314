"""Expected errors of messaging: one class per code."""

from domain.errors import (
    Forbidden,
    Invalid,
    LimitExceeded,
    StateConflict,
    Unauthenticated,
    Unsupported,
)


class ClientMessageIdReused(Invalid):
    """The `clientMessageId` was used for a message with another body."""

    code = "client_message_id_reused"


class InvalidTicket(Unauthenticated):
    """The ticket was already used, or it has expired."""

    code = "invalid_ticket"


class LiveUnavailable(Unsupported):
    """This environment has no WebSocket; clients poll for messages instead."""

    code = "live_unavailable"


class MessageDeleted(StateConflict):
    """The message was deleted, so it cannot be edited."""

    code = "message_deleted"


class NotConnected(Unauthenticated):
    """The connection is not known; the client must open a new WebSocket."""

    code = "not_connected"


class NotTheArtist(Forbidden):
    """The user of a quick action is not the artist of the conversation."""

    code = "not_the_artist"


class PersonGone(StateConflict):
    """The account of the other member was deleted."""

    code = "person_gone"


class TooLate(StateConflict):
    """The time for editing or deleting the message is over."""

    code = "too_late"


class TooManyFrames(LimitExceeded):
    """The connection sent more frames than its rate limit allows."""

    code = "too_many_frames"
