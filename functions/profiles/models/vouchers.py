"""Vouchers, and the templates they are issued from."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct, field

from domain.vouchers import VoucherValue


class VoucherTemplate(Struct, frozen=True):
    """A template for vouchers. Changing it does not change issued vouchers."""

    id: str
    artist_id: str
    name: str
    value: VoucherValue
    validity_days: int
    active: bool
    created_at: datetime
    version: int = 1


class VoucherStatus(StrEnum):
    """The state of a voucher.

    `redeeming` and `voiding` follow the artist's request until it is decided, within seconds. They
    and `expired` are derived and never stored.
    """

    ISSUED = "issued"
    REDEEMING = "redeeming"
    REDEEMED = "redeemed"
    VOIDING = "voiding"
    VOID = "void"
    EXPIRED = "expired"


class VoucherAction(StrEnum):
    """What an artist can ask to do with a voucher."""

    REDEEM = "redeem"
    VOID = "void"


class VoucherClosing(Struct, frozen=True, rename="camel"):
    """The artist's request to redeem or void a voucher, which appointments decides.

    Attributes:
        appointment_id: Appointment it is to be redeemed for, if any.
        voucher_version: Version of the voucher with this request.
    """

    action: VoucherAction
    appointment_id: str | None
    voucher_version: int


_CLOSING_STATUS = {
    VoucherAction.REDEEM: VoucherStatus.REDEEMING,
    VoucherAction.VOID: VoucherStatus.VOIDING,
}


class Voucher(Struct, frozen=True):
    """An issued voucher.

    appointments decides whether it is redeemed or voided; this record follows its events.

    Attributes:
        code: Code in the form it is stored in, without separators.
        client_id: The client it was issued to; None if it belongs to anyone who has the code.
        closing: Request that is not decided yet.
        decision: Number of the newest decision that was applied.
    """

    id: str
    artist_id: str
    template_id: str
    name: str
    value: VoucherValue
    code: str
    client_id: str | None = field(name="holder_id")
    status: VoucherStatus
    issued_at: datetime
    expires_at: datetime
    redeemed_at: datetime | None = None
    appointment_id: str | None = None
    version: int = 1
    closing: VoucherClosing | None = None
    decision: int = 0

    def get_status(self, now: datetime) -> VoucherStatus:
        """Return the status at an instant, with requests and expiry taken into account."""
        if self.status is VoucherStatus.ISSUED and self.closing is not None:
            return _CLOSING_STATUS[self.closing.action]
        if self.status is VoucherStatus.ISSUED and now >= self.expires_at:
            return VoucherStatus.EXPIRED
        return self.status
