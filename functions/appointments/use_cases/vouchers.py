"""Vouchers: copies of those that profiles issues, and every decision about their redemption."""

from collections.abc import Sequence
from datetime import datetime

from appointments import events, store
from appointments.events import ConsumedFixedValue, VoucherSaved
from appointments.models import Appointment, Voucher, VoucherState
from appointments.rules import vouchers
from domain import voucher_codes
from domain.vouchers import FixedVoucherValue, PercentVoucherValue, VoucherValue
from shared.data.conflicts import retry_on_conflict
from shared.events.domain_events import DomainEvent

# The state of a voucher that is new here, and the state that its artist asks for.
_STATES = {
    "issued": VoucherState.OPEN,
    "redeemed": VoucherState.REDEEMED,
    "void": VoucherState.VOID,
}
_CLOSED = {"redeem": VoucherState.REDEEMED, "void": VoucherState.VOID}


def find(artist_id: str, typed_code: str) -> Voucher | None:
    """Return the artist's voucher with a code as somebody typed it."""
    code = voucher_codes.parse_code(typed_code)
    return store.find_voucher(artist_id, voucher_codes.hash_code(code)) if code else None


def give_back(
    ended: Sequence[Appointment], now: datetime
) -> tuple[list[Voucher], list[DomainEvent]]:
    """Return the voucher of appointments that ended together and do not lose it, and its event.

    Both lists are empty where no voucher was redeemed, or where it is still bound to other
    sittings.
    """
    discounted = [appointment for appointment in ended if appointment.voucher is not None]
    if not discounted:
        return [], []
    first = discounted[0]
    assert first.voucher is not None
    before = store.find_voucher(first.artist_id, first.voucher.code_hash)
    if before is None or before.state is not VoucherState.REDEEMED:
        return [], []  # the artist's vouchers were erased
    voucher = vouchers.give_back(before, [appointment.id for appointment in discounted], now)
    is_open = voucher.state is VoucherState.OPEN
    return [voucher], [events.voucher_event(voucher, now)] if is_open else []


@retry_on_conflict
def save_copy(saved: VoucherSaved, now: datetime) -> None:
    """Store a voucher as profiles has it, and decide whether its artist redeems or voids it.

    A version is applied once: an event that comes again, or late, changes nothing.
    """
    known = store.find_voucher(saved.artist_id, saved.code_hash)
    if known is not None and known.record_version >= saved.record_version:
        return
    issued = Voucher(
        id=saved.voucher_id,
        artist_id=saved.artist_id,
        client_id=saved.client_id,
        name=saved.name,
        value=_get_value(saved),
        code_hash=saved.code_hash,
        expires_at=saved.expires_at,
        record_version=saved.record_version,
        state=_STATES[saved.status],
    )
    voucher = vouchers.update_copy(known, issued)
    if saved.closing is None or voucher.state is not VoucherState.OPEN:
        store.commit(records=[voucher])
        return
    state = _CLOSED[saved.closing.action]
    closed = vouchers.close(voucher, state, saved.closing.appointment_id, now)
    store.commit(records=[closed], events=[events.voucher_event(closed, now)])


def _get_value(saved: VoucherSaved) -> VoucherValue:
    if isinstance(saved.value, ConsumedFixedValue):
        return FixedVoucherValue(saved.value.amount, saved.value.currency)
    return PercentVoucherValue(saved.value.percent)
