"""Expected errors of appointments: one class per code."""

from domain.errors import Forbidden, StateConflict


class AlreadyStarted(StateConflict):
    """A client cancels or moves an appointment that has already started."""

    code = "already_started"


class AlreadyWaiting(StateConflict):
    """The client is already on the waitlist of the service."""

    code = "already_waiting"


class CatalogueFull(StateConflict):
    """The artist already has the greatest allowed number of services."""

    code = "catalogue_full"


class ConsultationEnded(StateConflict):
    """A proposal is sent or accepted for a consultation that is no longer open."""

    code = "consultation_ended"


class ChargePaid(StateConflict):
    """A no-show is corrected although it was paid for: the payment is returned first."""

    code = "charge_paid"


class CorrectionTooLate(StateConflict):
    """An outcome is corrected more than fourteen days after it was recorded."""

    code = "correction_too_late"


class HoldExpired(StateConflict):
    """The hold has expired, was released or booked, or is not the caller's."""

    code = "hold_expired"


class NoDeposit(StateConflict):
    """No deposit was asked for with the appointment."""

    code = "no_deposit"


class NoRelation(Forbidden):
    """An artist names as client a user who has not asked the artist for anything."""

    code = "no_relation"


class NoSlots(StateConflict):
    """No slot is free for one of the sittings of a plan."""

    code = "no_slots"


class NotDue(StateConflict):
    """More of a charge would be paid, settled or waived than is open."""

    code = "not_due"


class NotHeld(StateConflict):
    """More of a deposit would be returned, forfeited, settled or transferred than there is."""

    code = "not_held"


class NotMoved(StateConflict):
    """An appointment is moved to the time it already has."""

    code = "not_moved"


class NotPaid(StateConflict):
    """More would be returned than the client paid for a charge."""

    code = "not_paid"


class NotStarted(StateConflict):
    """An appointment is completed, or reported as a no-show, before it starts."""

    code = "not_started"


class PreviewOutdated(StateConflict):
    """The cost of a change is no longer the one that its preview showed."""

    code = "preview_outdated"


class PreviewRequired(StateConflict):
    """A change that costs something is requested without the version of its preview."""

    code = "preview_required"


class ProposalExpired(StateConflict):
    """A proposal is answered or withdrawn after its deadline."""

    code = "proposal_expired"


class ServiceGone(StateConflict):
    """A client moves an appointment whose service was deleted."""

    code = "service_gone"


class SittingsRequired(StateConflict):
    """A booking has other sittings than its service takes, or one of several."""

    code = "sittings_required"


class SlotTaken(StateConflict):
    """The time overlaps something else in the artist's calendar."""

    code = "slot_taken"


class SlotUnavailable(StateConflict):
    """The time has passed, or is not offered to clients."""

    code = "slot_unavailable"


class TooManyCalendars(StateConflict):
    """The artist already has the greatest allowed number of external calendars."""

    code = "too_many_calendars"


class TooManySchedules(StateConflict):
    """The artist already has the greatest allowed number of schedules."""

    code = "too_many_schedules"


class TooManyWaits(StateConflict):
    """The client is already on the greatest allowed number of waitlists."""

    code = "too_many_waits"


class WrongDepositState(StateConflict):
    """The state of the deposit does not allow the next entry of its ledger."""

    code = "wrong_deposit_state"


class WrongStatus(StateConflict):
    """The status of the appointment or proposal does not allow the action."""

    code = "wrong_status"
