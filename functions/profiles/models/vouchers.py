"""Vouchers, and the templates they are issued from."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct, field

from domain.money import MAX_AMOUNT, Currency
from domain.values import StrictValue


class FixedVoucherValue(StrictValue, frozen=True, tag="fixed", tag_field="type"):
    """A fixed amount off.

    Attributes:
        amount: Amount in minor units of the currency. Example: 5000
    """

    amount: Annotated[int, Meta(ge=1, le=MAX_AMOUNT)]
    currency: Currency


class PercentVoucherValue(StrictValue, frozen=True, tag="percent", tag_field="type"):
    """A percentage off.

    Attributes:
        percent: Percentage of the price. Example: 20
    """

    percent: Annotated[int, Meta(ge=1, le=100)]


VoucherValue = FixedVoucherValue | PercentVoucherValue


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
    """The state of a voucher. `expired` is derived from `expiresAt` and never stored."""

    ISSUED = "issued"
    REDEEMED = "redeemed"
    VOID = "void"
    EXPIRED = "expired"


class Voucher(Struct, frozen=True):
    """An issued voucher.

    Attributes:
        code: Code in the form it is stored in, without separators.
        client_id: The client it was issued to; None if it belongs to anyone who has the code.
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

    def get_status(self, now: datetime) -> VoucherStatus:
        """Return the status at an instant, with expiry taken into account."""
        if self.status is VoucherStatus.ISSUED and now >= self.expires_at:
            return VoucherStatus.EXPIRED
        return self.status
