"""Balance of an appointment: the sums of its ledger, which are its deposit's and its charges'.

Every entry moves an amount from one sum to another, so two equations always hold:

    received of the client = held + returned + forfeited + paid + transferred
    charged to the client  = due + paid + waived + reversed + returned of charges
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from appointments.models import (
    AppointmentCharge,
    ChargeEntryKind,
    Deposit,
    DepositState,
    LedgerEntry,
)

# The states in which a deposit is asked for: it is not paid yet, or not confirmed yet.
ASKED_FOR = frozenset(
    {
        DepositState.REQUESTED,
        DepositState.PROOF_SUBMITTED,
        DepositState.REJECTED,
        DepositState.OVERDUE,
    }
)


class Balance(msgspec.Struct, frozen=True):
    """The sums of a ledger, in minor units.

    Attributes:
        requested: Deposit that is asked for and not confirmed yet.
        held: Deposit that the artist holds.
        returned: What the client got back, of the deposit and of what they paid for charges.
        forfeited: Deposit that the client lost.
        paid: What paid charges, out of the deposit or not, and was not returned.
        transferred: Deposit that went to other sittings.
        due: What the client still owes for charges.
    """

    requested: int
    held: int
    returned: int
    forfeited: int
    paid: int
    transferred: int
    due: int


def compute(deposit: Deposit | None, charges: Sequence[AppointmentCharge]) -> Balance:
    """Compute the balance of a deposit and of the charges of its appointment."""
    entries = deposit.entries if deposit else ()
    of_deposit = _sum_by_state(entries)
    of_charges: Counter[ChargeEntryKind] = Counter()
    for charge in charges:
        of_charges.update(_sum_by_kind(charge))
    forfeited = of_deposit[DepositState.FORFEITED] - of_deposit[DepositState.REINSTATED]
    out = (DepositState.REFUNDED, DepositState.SETTLED, DepositState.TRANSFERRED)
    return Balance(
        requested=deposit.amount if deposit and entries[-1].state in ASKED_FOR else 0,
        held=of_deposit[DepositState.CONFIRMED] - forfeited - sum(of_deposit[one] for one in out),
        returned=of_deposit[DepositState.REFUNDED] + of_charges[ChargeEntryKind.REFUNDED],
        forfeited=forfeited,
        paid=sum(get_paid_amount(charge) for charge in charges),
        transferred=of_deposit[DepositState.TRANSFERRED],
        due=sum(get_open_amount(charge) for charge in charges),
    )


def get_open_amount(charge: AppointmentCharge) -> int:
    """Return what the client still owes of a charge.

    What was paid and then returned is not owed again.
    """
    amounts = _sum_by_kind(charge)
    return charge.due - amounts.total() + amounts[ChargeEntryKind.REFUNDED]


def get_paid_amount(charge: AppointmentCharge) -> int:
    """Return what paid a charge, out of the deposit or not, and was not returned."""
    amounts = _sum_by_kind(charge)
    paid = amounts[ChargeEntryKind.PAID] + amounts[ChargeEntryKind.SETTLED]
    return paid - amounts[ChargeEntryKind.REFUNDED]


def _sum_by_state(entries: Iterable[LedgerEntry]) -> Counter[DepositState]:
    amounts: Counter[DepositState] = Counter()
    for entry in entries:
        amounts[entry.state] += entry.amount
    return amounts


def _sum_by_kind(charge: AppointmentCharge) -> Counter[ChargeEntryKind]:
    amounts: Counter[ChargeEntryKind] = Counter()
    for entry in charge.entries:
        amounts[entry.kind] += entry.amount
    return amounts
