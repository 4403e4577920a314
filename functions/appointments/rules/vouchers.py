"""Vouchers: when one can be redeemed with a booking, and when a booking gives it back.

The record of a voucher is written in the version after the one that was read, together with what
redeems it. So of several bookings, and of a booking and the artist's redemption by hand, one wins.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import msgspec

from appointments.models import (
    AppliedVoucher,
    Appointment,
    AppointmentSide,
    Voucher,
    VoucherState,
)
from appointments.rules import costs
from domain import policy_terms
from domain.errors import FieldError, InvalidFields
from domain.money import Money
from domain.vouchers import (
    FixedVoucherValue,
    VoucherExpired,
    VoucherRedeemed,
    VoucherVoid,
    compute_discounts,
)

# A voucher that comes back when it has expired, or is about to, can be used for this long.
USABLE_AGAIN_FOR = timedelta(days=30)


def apply(
    voucher: Voucher | None,
    prices: Sequence[Money],
    *,
    client_id: str | None,
    field: str,
    now: datetime,
) -> tuple[AppliedVoucher, ...]:
    """Return what a voucher takes off each of the prices of a booking.

    Args:
        voucher: The artist's voucher with the code that was sent; None if there is none.
        prices: Price of each sitting, in one currency.
        client_id: Client of the booking; None for a walk-in without an account.
        field: Path of the field with the code.
        now: When it is redeemed.

    Raises:
        InvalidFields: The artist issued no such voucher to this client, it is in another currency,
            or there is nothing to discount.
        VoucherRedeemed: It was redeemed before.
        VoucherVoid: It was voided.
        VoucherExpired: It has expired.
    """
    if voucher is None or voucher.client_id not in (None, client_id):
        raise InvalidFields(FieldError(field, "is not a voucher of this artist for this client"))
    if voucher.state is VoucherState.REDEEMED:
        raise VoucherRedeemed("This voucher was already redeemed.")
    if voucher.state is VoucherState.VOID:
        raise VoucherVoid("This voucher is void.")
    if voucher.expires_at <= now:
        raise VoucherExpired("This voucher has expired.")
    currency = prices[0].currency
    if isinstance(voucher.value, FixedVoucherValue) and voucher.value.currency != currency:
        raise InvalidFields(FieldError(field, f"is not in {currency}"))
    discounts = compute_discounts(voucher.value, [price.amount for price in prices])
    if not any(discounts):
        raise InvalidFields(FieldError(field, "takes nothing off this price"))
    return tuple(
        AppliedVoucher(voucher.id, voucher.code_hash, voucher.name, discount)
        for discount in discounts
    )


def redeem(voucher: Voucher, appointments: Sequence[Appointment], now: datetime) -> Voucher:
    """Return the voucher as redeemed with the appointments whose price it lowers."""
    return msgspec.structs.replace(
        voucher,
        state=VoucherState.REDEEMED,
        appointment_ids=tuple(
            appointment.id for appointment in appointments if appointment.discount.amount
        ),
        changed_at=now,
        version=voucher.version + 1,
    )


def is_lost(
    appointment: Appointment, action: policy_terms.Action, side: AppointmentSide, now: datetime
) -> bool:
    """Return whether an action of one side loses the voucher of an appointment.

    A client who cancels so late that it costs something at the price before the discount loses it,
    and so does one who does not come. Otherwise it can be redeemed again.
    """
    if appointment.voucher is None:
        return False
    if action is policy_terms.Action.NO_SHOW:
        return True
    without = msgspec.structs.replace(appointment, price=appointment.list_price, deposit=None)
    return costs.evaluate(without, action, side, now).fee > 0


def give_back(voucher: Voucher, appointment_ids: Collection[str], now: datetime) -> Voucher:
    """Return the voucher after appointments ended that do not lose it.

    It can be redeemed again once all appointments that it was redeemed with have given it back.
    Then it is valid for 30 days at least.
    """
    others = tuple(name for name in voucher.appointment_ids if name not in appointment_ids)
    remaining = msgspec.structs.replace(
        voucher, appointment_ids=others, version=voucher.version + 1
    )
    if others or not voucher.appointment_ids:
        return remaining
    return msgspec.structs.replace(
        remaining,
        state=VoucherState.OPEN,
        expires_at=max(voucher.expires_at, now + USABLE_AGAIN_FOR),
        changed_at=now,
    )


def update_copy(known: Voucher | None, issued: Voucher) -> Voucher:
    """Return the copy of a voucher with what profiles says of it now.

    Args:
        known: The copy so far; None if there is none.
        issued: A newer version of the voucher, as profiles has it.
    """
    if known is None:
        return issued
    return msgspec.structs.replace(
        known,
        client_id=issued.client_id,
        record_version=issued.record_version,
        version=known.version + 1,
    )


def close(
    voucher: Voucher, state: VoucherState, appointment_id: str | None, now: datetime
) -> Voucher:
    """Return an open voucher as its artist redeemed or voided it by hand, in the same version."""
    return msgspec.structs.replace(
        voucher,
        state=state,
        appointment_ids=(appointment_id,) if appointment_id else (),
        changed_at=now,
    )
