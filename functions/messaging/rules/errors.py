"""Expected errors of messaging: one class per code."""

from datetime import datetime

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


class InvalidJoinCode(StateConflict):
    """The code is wrong, was used, or has expired."""

    code = "invalid_join_code"


class InvalidTicket(Unauthenticated):
    """The ticket was already used, or it has expired."""

    code = "invalid_ticket"


class LiveUnavailable(Unsupported):
    """This environment has no WebSocket; clients poll for messages instead."""

    code = "live_unavailable"


class MessageDeleted(StateConflict):
    """The message was deleted, so it cannot be edited, pinned or reacted to."""

    code = "message_deleted"


class NotAGuest(StateConflict):
    """The other member has an account."""

    code = "not_a_guest"


class NotConnected(Unauthenticated):
    """The connection is not known; the client must open a new WebSocket."""

    code = "not_connected"


class NotTheArtist(Forbidden):
    """The user of a quick action is not the artist of the conversation."""

    code = "not_the_artist"


class PersonGone(StateConflict):
    """The account of the other member was deleted."""

    code = "person_gone"


class NoAccount(StateConflict):
    """The reported person is a guest without an account, or their account was deleted."""

    code = "no_account"


class NotHideable(StateConflict):
    """What was reported is a whole conversation, which cannot be hidden."""

    code = "not_hideable"


class NotHidden(StateConflict):
    """The report hides nothing, or what it hid is shown again."""

    code = "not_hidden"


class MessageHidden(StateConflict):
    """An admin hides the message, so it cannot be edited."""

    code = "message_hidden"


class OwnContent(Forbidden):
    """The report is about the admin's own account or content. Another admin decides about it."""

    code = "own_content"


class ProtectedAccount(StateConflict):
    """The account is that of an admin, who cannot be suspended. Change their role first."""

    code = "protected_account"


class ReportClosed(StateConflict):
    """The report was decided or closed already."""

    code = "report_closed"


class ReplyWindowClosed(StateConflict):
    """The platform takes no reply to the guest now.

    Attributes:
        reason: `window_closed` after 24 hours, `agent_window_closed` after seven days, or
            `account_disconnected`.
        until: When the window closed; None where it is not the time that is wrong.
    """

    code = "reply_window_closed"

    def __init__(self, detail: str, *, reason: str, until: datetime | None = None) -> None:
        super().__init__(detail)
        self.reason = reason
        self.until = until


class TooLate(StateConflict):
    """The time for editing or deleting the message is over."""

    code = "too_late"


class TooManyEdits(StateConflict):
    """The message was edited as often as a message can be."""

    code = "too_many_edits"


class TooManyFrames(LimitExceeded):
    """The connection sent more frames than its rate limit allows."""

    code = "too_many_frames"


class TooManyLabels(StateConflict):
    """The user has as many labels as one can have."""

    code = "too_many_labels"


class AlreadySent(StateConflict):
    """The scheduled message was sent, or is being sent, so it cannot be changed any more."""

    code = "already_sent"


class AuthorBanned(Forbidden):
    """The author of a scheduled message is banned."""

    code = "author_banned"


class TooManyScheduled(StateConflict):
    """The user has as many scheduled messages as one can have."""

    code = "too_many_scheduled"


class TooManyPins(StateConflict):
    """The conversation has as many pinned messages as it can have."""

    code = "too_many_pins"


class TooManyReactions(StateConflict):
    """The message has as many different reactions as it can have."""

    code = "too_many_reactions"
