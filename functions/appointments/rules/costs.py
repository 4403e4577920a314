"""Cost of changing an appointment, by the policies that were agreed when it was booked."""

from datetime import datetime
from hashlib import sha256

import msgspec

from appointments.models import Appointment, AppointmentCharge, AppointmentSide, AppointmentStatus
from appointments.rules import balances, deposit_ledger
from appointments.rules.errors import PreviewOutdated, PreviewRequired
from appointments.schemas import CostPreview
from domain import policy_terms
from domain.money import Money
from domain.policy_terms import Cost, Situation


def evaluate(
    appointment: Appointment, action: policy_terms.Action, side: AppointmentSide, now: datetime
) -> Cost:
    """Compute what an action of one side costs the client now.

    Actions of the system cost as little as those of the artist. Before the artist has confirmed
    an appointment, its client may change it for free.
    """
    deposit = appointment.deposit
    if appointment.status is AppointmentStatus.PENDING and side is AppointmentSide.CLIENT:
        return _free_of_charge(appointment, action)
    situation = Situation(
        price=appointment.price.amount,
        currency=appointment.price.currency,
        starts_at=appointment.starts_at,
        deposit_held=deposit_ledger.get_held_amount(deposit),
        deposit_refundable_until_hours=deposit.refundable_until_hours if deposit else None,
        reschedules=appointment.reschedules,
        charges_open=_get_open_charges(appointment),
    )
    if side is AppointmentSide.CLIENT or action is policy_terms.Action.NO_SHOW:
        return policy_terms.evaluate(appointment.terms, action, situation, now)
    return policy_terms.evaluate_by_artist(action, situation)


def _free_of_charge(appointment: Appointment, action: policy_terms.Action) -> Cost:
    is_cancelled = action is policy_terms.Action.CANCEL
    held = deposit_ledger.get_held_amount(appointment.deposit) if is_cancelled else 0
    settled = min(held, _get_open_charges(appointment))
    return Cost(
        fee=0,
        deposit_forfeited=0,
        deposit_returned=held - settled,
        due=0,
        charges_settled=settled,
        currency=appointment.price.currency,
        clause=None,
        explanation="The artist has not confirmed it yet: this is free of charge.",
    )


def _get_open_charges(appointment: Appointment) -> int:
    return balances.compute(appointment.deposit, appointment.charges).due


def create_preview(
    appointment: Appointment,
    cost: Cost,
    starts_at: datetime | None = None,
    *,
    voucher_lost: bool = False,
) -> CostPreview:
    """Return the cost as it is shown before a change.

    Args:
        appointment: The appointment to be changed.
        cost: What the change costs.
        starts_at: New start, for a move.
        voucher_lost: Whether the change loses the voucher of the appointment.
    """
    return CostPreview(
        fee=Money(cost.fee, cost.currency),
        deposit_forfeited=Money(cost.deposit_forfeited, cost.currency),
        deposit_returned=Money(cost.deposit_returned, cost.currency),
        due=Money(cost.due, cost.currency),
        charges_settled=Money(cost.charges_settled, cost.currency),
        voucher_lost=voucher_lost,
        clause=cost.clause,
        explanation=cost.explanation,
        version=_compute_version(appointment, cost, starts_at, voucher_lost),
    )


def require_previewed(
    appointment: Appointment,
    cost: Cost,
    preview_version: str | None,
    starts_at: datetime | None = None,
    *,
    voucher_lost: bool = False,
) -> None:
    """Check that the cost of a change is the one that the caller was shown.

    A change that costs nothing, and loses no voucher, needs no preview.

    Raises:
        PreviewRequired: The change costs something and no preview is named.
        PreviewOutdated: The preview showed another cost.
    """
    if preview_version is None and cost.due == cost.deposit_forfeited == 0 and not voucher_lost:
        return
    loss = " The voucher is lost." if voucher_lost else ""
    if preview_version is None:
        raise PreviewRequired(f"{cost.explanation}{loss} Ask with ?preview=true first.")
    if preview_version != _compute_version(appointment, cost, starts_at, voucher_lost):
        raise PreviewOutdated(f"The cost has changed. {cost.explanation}{loss}")


def create_charges(
    action: policy_terms.Action, cost: Cost, now: datetime
) -> tuple[AppointmentCharge, ...]:
    """Return the charge to store with the appointment; none for a change that was free."""
    if cost.due == cost.deposit_forfeited == 0:
        return ()
    return (
        AppointmentCharge(
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


def _compute_version(
    appointment: Appointment, cost: Cost, starts_at: datetime | None, voucher_lost: bool
) -> str:
    """Hash what a preview shows: it differs when the appointment, its cost or the start does."""
    shown = [appointment.id, appointment.version, cost, starts_at, voucher_lost]
    content = msgspec.json.encode(shown)
    return sha256(content).hexdigest()[:32]
