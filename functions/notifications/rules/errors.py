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


class SmsCapReached(StateConflict):
    """The SMS of this account have cost as much today as they may."""

    code = "sms_cap_reached"


class Unreachable(StateConflict):
    """No channel of the message leads to the recipient."""

    code = "unreachable"
