"""Requests and responses for vouchers and their templates."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from domain import types
from domain.vouchers import VoucherValue
from profiles.models.vouchers import VoucherStatus
from profiles.rules.ids import ULID
from profiles.schemas.common import (
    AppointmentId,
    ClientId,
    Cursor,
    Limit,
    Name,
    VoucherId,
    VoucherTemplateId,
)
from shared.http.decoding import Input, Output

ValidityDays = Annotated[
    int,
    Meta(
        ge=1,
        le=3650,
        description="Number of days a voucher is valid after it was issued.",
        examples=[365],
    ),
]


class CreateVoucherTemplateRequest(Input, frozen=True):
    """A template to issue vouchers from.

    Attributes:
        name: Name of the vouchers. Example: Gift voucher
        value: Value of the vouchers.
        active: Whether vouchers can be issued from the template.
    """

    name: Name
    value: VoucherValue
    validity_days: ValidityDays = 365
    active: bool = True


class UpdateVoucherTemplateRequest(Input, frozen=True):
    """Changes of a template. Omitted fields and issued vouchers stay as they are.

    Attributes:
        name: Name of the vouchers. Example: Gift voucher
        value: Value of the vouchers.
        validity_days: Number of days a voucher is valid after it was issued. Example: 365
        active: Whether vouchers can be issued from the template.
    """

    name: Name | UnsetType = UNSET
    value: VoucherValue | UnsetType = UNSET
    validity_days: ValidityDays | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class IssueVoucherRequest(Input, frozen=True):
    """A voucher to issue.

    Attributes:
        template_id: Id of the template to issue it from.
        client_id: Client to issue it to; without one it belongs to anyone who has the code.
    """

    template_id: Annotated[VoucherTemplateId, Meta(pattern=rf"^vct_{ULID}$(?!\n)")]
    client_id: ClientId | None = None


class RedeemVoucherRequest(Input, frozen=True):
    """A voucher to redeem.

    Attributes:
        code: Code of the voucher, in any case and grouping. Example: 7K3M-0QXR-52VW-9ABC
        appointment_id: Appointment it is redeemed for, if any.
    """

    code: Annotated[str, Meta(min_length=1, max_length=64)]
    appointment_id: AppointmentId | None = None


class VouchersQuery(Input, frozen=True):
    """A page of the caller's vouchers.

    Attributes:
        side: `issued` by the caller as artist, or `held` by the caller. By default artists get the
            vouchers they issued, everybody else those they hold.
    """

    side: Literal["issued", "held"] | None = None
    cursor: Cursor | None = None
    limit: Limit = 20


class VoucherTemplateView(Output, frozen=True):
    """A template for vouchers.

    Attributes:
        name: Name of the vouchers. Example: Gift voucher
        value: Value of the vouchers.
        active: Whether vouchers can be issued from the template.
        created_at: When the template was created.
    """

    id: VoucherTemplateId
    name: str
    value: VoucherValue
    validity_days: ValidityDays
    active: bool
    created_at: types.Instant


class VoucherTemplateList(Output, frozen=True):
    """The artist's templates, newest first.

    Attributes:
        items: Templates.
    """

    items: list[VoucherTemplateView]
    next_cursor: types.NextCursor


class VoucherView(Output, frozen=True):
    """A voucher, as its artist and its holder see it.

    Attributes:
        template_id: Id of the template it was issued from.
        name: Name of the voucher. Example: Gift voucher
        value: Value at the time of issue.
        code: Code to redeem it with. Example: 7K3M-0QXR-52VW-9ABC
        client_id: Client it was issued to; null if it belongs to anyone who has the code.
        status: State of the voucher.
        issued_at: When the voucher was issued.
        expires_at: When the voucher stops being valid.
        redeemed_at: When the voucher was redeemed.
        appointment_id: Appointment it was redeemed for, if any.
    """

    id: VoucherId
    artist_id: types.ArtistId
    template_id: VoucherTemplateId
    name: str
    value: VoucherValue
    code: str
    client_id: types.ClientId | None
    status: VoucherStatus
    issued_at: types.Instant
    expires_at: types.Instant
    redeemed_at: types.Instant | None
    appointment_id: types.AppointmentId | None


class VoucherList(Output, frozen=True):
    """Vouchers, newest first.

    Attributes:
        items: Vouchers.
    """

    items: list[VoucherView]
    next_cursor: types.NextCursor
