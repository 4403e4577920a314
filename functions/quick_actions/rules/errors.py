"""Expected errors of quick_actions: one class per code."""

from domain.errors import Gone, Invalid, StateConflict


class ActionDisabled(StateConflict):
    """This action is switched off."""

    code = "action_disabled"


class ExecutionIdReused(Invalid):
    """This executionId was used for something else."""

    code = "execution_id_reused"


class LinkExpired(Gone):
    """This link has ended."""

    code = "link_expired"


class LinkUsed(Gone):
    """This link was tapped before."""

    code = "link_used"


class LinkWithdrawn(Gone):
    """This is offered no more."""

    code = "link_withdrawn"


class MessageTooLong(StateConflict):
    """A message has at most {MAX_MESSAGE} characters."""

    code = "message_too_long"


class SystemAction(StateConflict):
    """An action of the system can only be hidden."""

    code = "system_action"


class TooManyActions(StateConflict):
    """At most {MAX_OWN} actions are your own."""

    code = "too_many_actions"


class TooManyOneTap(StateConflict):
    """Notifications offer at most {MAX_ONE_TAP} actions."""

    code = "too_many_one_tap"


class VariablesMissing(StateConflict):
    """Nothing is sent while a variable has no value; see errors."""

    code = "variables_missing"
