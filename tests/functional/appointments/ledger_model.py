"""A model of an appointment's money for the state machine test: plain sums, without entries."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

AMOUNT = 5000  # of the deposit of the only service that asks for one, where its price is more
DUE_WITHIN = timedelta(hours=12)
DAY = timedelta(hours=24)
ASKED_FOR = {"requested", "proof_submitted", "rejected", "overdue"}
# The states that a deposit may be in when a state is recorded.
BEFORE = {
    "proof_submitted": ASKED_FOR - {"proof_submitted"},
    "confirmed": ASKED_FOR,
    "waived": ASKED_FOR,
    "rejected": {"proof_submitted"},
}


@dataclass
class ModelCharge:
    """A charge: what is open of it, and what paid it and was not returned."""

    action: str
    open: int
    paid: int = 0
    reversed: bool = False


@dataclass
class ModelLedger:
    """The money of an appointment.

    Attributes:
        publish: Called with the type of each event.
        state: State of the deposit; None without one.
        amount: Amount of the deposit.
        received: What the client paid altogether.
    """

    publish: Callable[[str], None]
    state: str | None = None
    amount: int = 0
    due_at: datetime | None = None
    remind_at: datetime | None = None
    received: int = 0
    held: int = 0
    returned: int = 0
    forfeited: int = 0
    charges: list[ModelCharge] = field(default_factory=list)

    @property
    def requested(self) -> int:
        return self.amount if self.state in ASKED_FOR else 0

    @property
    def due(self) -> int:
        return sum(charge.open for charge in self.charges)

    @property
    def paid(self) -> int:
        return sum(charge.paid for charge in self.charges)

    # ---- the deposit -----------------------------------------------------------------------

    def request(self, total: int, starts_at: datetime, now: datetime) -> None:
        """Request the deposit for a total, if there is anything to pay."""
        self.amount = min(AMOUNT, total)
        if self.amount == 0:
            return
        self.state = "requested"
        self.start_clock(starts_at, now)
        self.publish("deposit.requested")

    def start_clock(self, starts_at: datetime, now: datetime) -> None:
        if now < starts_at:
            self.due_at = min(now + DUE_WITHIN, starts_at)
            self.remind_at = _get_reminder(self.due_at, now)

    def stop_clock(self) -> None:
        self.due_at = self.remind_at = None

    def limit_clock(self, starts_at: datetime, now: datetime) -> None:
        if self.due_at is not None and starts_at < self.due_at:
            self.due_at = starts_at
            if self.remind_at is not None:
                self.remind_at = min(self.remind_at, _get_reminder(starts_at, now))

    def get_deadlines(self) -> list[datetime]:
        """Return the instants at which time alone changes something."""
        if self.state not in ("requested", "rejected"):
            return []
        return [at for at in (self.remind_at, self.due_at) if at is not None]

    def record(self, state: str) -> None:
        """Record a state of the deposit that no money but its own amount depends on."""
        self.state = state
        self.stop_clock()
        if state == "confirmed":
            self.held += self.amount
            self.received += self.amount
        self.publish(f"deposit.{state}")

    def become_overdue(self) -> None:
        self.state, self.remind_at = "overdue", None
        self.publish("deposit.overdue")

    def get_refundable(self) -> int:
        """Return what a refund without an amount returns; 0 or less for nothing."""
        return (self.held or self.forfeited) - min(self.due, self.held + self.forfeited)

    def refund(self) -> None:
        amount, settled = self.get_refundable(), min(self.due, self.held + self.forfeited)
        missing = max(0, amount + settled - self.held)
        if missing:
            self.reinstate(missing)
        self.settle_all(settled)
        self.state = "refunded"
        self.held -= amount
        self.returned += amount
        self.publish("deposit.refunded")

    def reinstate(self, amount: int) -> None:
        self.state = "reinstated"
        self.forfeited -= amount
        self.held += amount
        self.publish("deposit.reinstated")

    # ---- charges ---------------------------------------------------------------------------

    def apply_cost(self, action: str, *, forfeited: int, due: int, settled: int) -> None:
        """Apply what a change costs, in the order in which it is recorded."""
        if forfeited:
            self.state = "forfeited"
            self.held -= forfeited
            self.forfeited += forfeited
            self.publish("deposit.forfeited")
        self.settle_all(settled)
        if forfeited or due:
            self.charges.append(ModelCharge(action, due))

    def settle_all(self, most: int) -> None:
        """Settle open charges out of the deposit, oldest first."""
        for charge in self.charges:
            amount = min(most, charge.open)
            if amount:
                self.settle(charge, amount)
                most -= amount
        assert most == 0

    def settle(self, charge: ModelCharge, amount: int) -> None:
        self.state = "settled"
        self.held -= amount
        charge.open -= amount
        charge.paid += amount
        self.publish("deposit.settled")
        self.publish("charge.settled")

    def get_charge_refusal(self, number: int, how: str, amount: int | None) -> str | None:
        """Return the refusal of what the artist records for a charge."""
        if number > len(self.charges):
            return "not_found"
        charge = self.charges[number - 1]
        limit = charge.paid if how == "refund" else charge.open
        whole = limit if amount is None else amount
        if not 0 < whole <= limit:
            return "not_paid" if how == "refund" else "not_due"
        if how == "settle" and self.state is None:
            return "no_deposit"
        return "not_held" if how == "settle" and whole > self.held else None

    def change_charge(self, number: int, how: str, amount: int | None) -> None:
        charge = self.charges[number - 1]
        whole = amount or (charge.paid if how == "refund" else charge.open)
        if how == "settle":
            self.settle(charge, whole)
            return
        if how == "refund":
            charge.paid -= whole
            self.returned += whole
        else:
            charge.open -= whole
        if how == "pay":
            charge.paid += whole
            self.received += whole
        done = {"pay": "paid", "waive": "waived", "refund": "refunded"}
        self.publish(f"charge.{done[how]}")

    def get_no_show(self) -> ModelCharge | None:
        """Return the charge that a correction of a no-show reverses."""
        last = self.charges[-1] if self.charges else None
        return last if last and last.action == "no_show" and not last.reversed else None

    def correct(self) -> None:
        charge = self.get_no_show()
        if charge is not None:
            charge.open, charge.reversed = 0, True
            self.publish("charge.reversed")
            if self.forfeited:
                self.reinstate(self.forfeited)
        self.stop_clock()


def _get_reminder(due_at: datetime, now: datetime) -> datetime:
    return due_at - min(DAY, (due_at - now) / 2)
