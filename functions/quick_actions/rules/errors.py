"""Expected errors of quick_actions: one class per code."""

from domain.errors import Gone, Invalid, StateConflict


class ActionChanged(Gone):
    """The label or the texts of the quick action were changed after the button was shown."""

    code = "action_changed"


class ActionDisabled(StateConflict):
    """The quick action is disabled."""

    code = "action_disabled"


class ExecutionIdReused(Invalid):
    """The executionId was used for another request."""

    code = "execution_id_reused"


class LinkExpired(Gone):
    """The link has expired."""

    code = "link_expired"


class LinkUsed(Gone):
    """The link was used before."""

    code = "link_used"


class LinkWithdrawn(Gone):
    """The artist no longer offers this quick action in notifications."""

    code = "link_withdrawn"


class MessageTooLong(StateConflict):
    """A message is too long once its variables are replaced."""

    code = "message_too_long"


class PreviewOutdated(StateConflict):
    """The messages are no longer those that the preview showed."""

    code = "preview_outdated"


class SystemAction(StateConflict):
    """System actions cannot be deleted."""

    code = "system_action"


class TooManyActions(StateConflict):
    """The artist already has the highest number of own quick actions."""

    code = "too_many_actions"


class TooManyOneTap(StateConflict):
    """The artist already has the highest number of quick actions in notifications."""

    code = "too_many_one_tap"


class VariablesMissing(StateConflict):
    """A variable has no value, so nothing is sent; `errors` names each of them."""

    code = "variables_missing"
