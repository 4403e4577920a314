"""What changing an appointment costs its client, by the policies frozen into it."""

from datetime import datetime
from hashlib import sha256

import msgspec

from appointments.models import Appointment, Charge, Money, Side, Status
from appointments.rules import deposit_ledger
from appointments.rules.errors import PreviewOutdated, PreviewRequired
from appointments.schemas import CostPreview
from domain import policy_terms
from domain.policy_terms import Action, Cost, Situation


def of(appointment: Appointment, action: Action, side: Side, now: datetime) -> Cost:
    """What it costs the client if this side does that now.

    The system's acts cost as little as the artist's, and what is not confirmed yet costs nothing.
    """
    deposit = appointment.deposit
    if appointment.status is Status.PENDING and side is Side.CLIENT:
        return _not_agreed_yet(appointment, action)
    situation = Situation(
        price=appointment.price.amount,
        currency=appointment.price.currency,
        starts_at=appointment.starts_at,
        deposit_held=deposit_ledger.held(deposit),
        deposit_refundable_until_hours=deposit.refundable_until_hours if deposit else None,
        reschedules=appointment.reschedules,
    )
    if side is Side.CLIENT or action is Action.NO_SHOW:
        return policy_terms.evaluate(appointment.terms, action, situation, now)
    return policy_terms.evaluate_by_artist(action, situation)


def _not_agreed_yet(appointment: Appointment, action: Action) -> Cost:
    returned = deposit_ledger.held(appointment.deposit) if action is Action.CANCEL else 0
    return Cost(
        fee=0,
        deposit_forfeited=0,
        deposit_returned=returned,
        due=0,
        currency=appointment.price.currency,
        clause=None,
        explanation="The artist has not confirmed it yet: this is free of charge.",
    )


def preview(appointment: Appointment, cost: Cost, starts_at: datetime | None = None) -> CostPreview:
    """The cost as it is shown before anything happens. starts_at: where it would be moved to."""
    return CostPreview(
        fee=Money(cost.fee, cost.currency),
        deposit_forfeited=Money(cost.deposit_forfeited, cost.currency),
        deposit_returned=Money(cost.deposit_returned, cost.currency),
        due=Money(cost.due, cost.currency),
        clause=cost.clause,
        explanation=cost.explanation,
        version=_version(appointment, cost, starts_at),
    )


def check_shown(
    appointment: Appointment, cost: Cost, shown: str | None, starts_at: datetime | None = None
) -> None:
    """Refuse a change whose cost is not the one that was shown.

    shown: the preview's `version`; a change that costs nothing needs none. Raises a 409 Problem.
    """
    if shown is None and cost.due == cost.deposit_forfeited == 0:
        return
    if shown is None:
        raise PreviewRequired(f"{cost.explanation} Ask with ?preview=true first.")
    if shown != _version(appointment, cost, starts_at):
        raise PreviewOutdated(f"Things have changed. {cost.explanation}")


def charge(action: Action, cost: Cost, now: datetime) -> tuple[Charge, ...]:
    """The cost as it is kept with the appointment; nothing where it was free."""
    if cost.due == cost.deposit_forfeited == 0:
        return ()
    return (
        Charge(
            action=action,
            fee=cost.fee,
            deposit_forfeited=cost.deposit_forfeited,
            due=cost.due,
            currency=cost.currency,
            explanation=cost.explanation,
            at=now,
            version_id=cost.clause.version_id if cost.clause else None,
        ),
    )


def _version(appointment: Appointment, cost: Cost, starts_at: datetime | None) -> str:
    """What is shown, in short: it differs when the appointment, its cost or the target does."""
    shown = msgspec.json.encode([appointment.id, appointment.version, cost, starts_at])
    return sha256(shown).hexdigest()[:32]
