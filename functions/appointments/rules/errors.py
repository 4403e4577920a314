"""Expected errors of appointments: one class per code."""

from domain.errors import StateConflict


class AlreadyStarted(StateConflict):
    """The appointment has started already."""

    code = "already_started"


class AlreadyWaiting(StateConflict):
    """You are on the list of this service already."""

    code = "already_waiting"


class CatalogueFull(StateConflict):
    """A catalogue holds at most {MAX_SERVICES} services."""

    code = "catalogue_full"


class HoldExpired(StateConflict):
    """This hold is over."""

    code = "hold_expired"


class NoDeposit(StateConflict):
    """There is no deposit for this appointment."""

    code = "no_deposit"


class NoSlots(StateConflict):
    """_nothing_free(number, first, target)."""

    code = "no_slots"


class NotHeld(StateConflict):
    """The artist holds {held(deposit)} of this deposit."""

    code = "not_held"


class NotMoved(StateConflict):
    """It takes place then already."""

    code = "not_moved"


class NotStarted(StateConflict):
    """The appointment has not started yet."""

    code = "not_started"


class PreviewOutdated(StateConflict):
    """Things have changed. {cost.explanation}."""

    code = "preview_outdated"


class PreviewRequired(StateConflict):
    """{cost.explanation} Ask with ?preview=true first."""

    code = "preview_required"


class ProposalExpired(StateConflict):
    """The time to answer this proposal is over."""

    code = "proposal_expired"


class ServiceGone(StateConflict):
    """This service is not offered any more; ask the artist."""

    code = "service_gone"


class SlotTaken(StateConflict):
    """Somebody was faster: this time is taken."""

    code = "slot_taken"


class SlotUnavailable(StateConflict):
    """This time is not offered."""

    code = "slot_unavailable"


class TooManyCalendars(StateConflict):
    """At most {MAX_CALENDARS} calendars can be added."""

    code = "too_many_calendars"


class TooManyWaits(StateConflict):
    """Nobody waits in more than {MAX_PLACES} lists."""

    code = "too_many_waits"


class WrongDepositState(StateConflict):
    """The deposit is {state(deposit)}."""

    code = "wrong_deposit_state"


class WrongStatus(StateConflict):
    """Not possible: the proposal is {proposal.status}."""

    code = "wrong_status"
