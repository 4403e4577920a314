"""Domain errors of notifications, one class per code."""

from domain.errors import StateConflict


class AlreadySent(StateConflict):
    """The notification was sent already, or is being sent."""

    code = "already_sent"


class TemplateChanged(StateConflict):
    """Another request saved the same template at the same moment."""

    code = "template_changed"


class TooManyTemplates(StateConflict):
    """The owner has as many templates as are allowed."""

    code = "too_many_templates"


class ChannelNotConfigured(StateConflict):
    """This environment has no provider for the channels of the message."""

    code = "channel_not_configured"


class Unreachable(StateConflict):
    """No channel of the message leads to the recipient."""

    code = "unreachable"
