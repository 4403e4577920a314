"""What is asked of vouchers, and answered."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from profiles.models.collections import Value, VoucherStatus
from profiles.schemas.common import ULID, Cursor, Limit, UserId
from profiles.schemas.portfolio import Name
from profiles.schemas.reviews import AppointmentId
from shared.http.decoding import Input, Output

Days = Annotated[int, Meta(ge=1, le=3650)]
TemplateId = Annotated[str, Meta(pattern=rf"^vct_{ULID}$(?!\n)")]
Code = Annotated[str, Meta(min_length=1, max_length=64)]


class TemplateRequest(Input, frozen=True):
    """What vouchers are issued of. `validityDays`: how long each is good from its issue on."""

    name: Name
    value: Value
    validity_days: Days = 365
    active: bool = True


class TemplateChanges(Input, frozen=True):
    """What of a template is another from now on; what is left out, and what was issued, stays."""

    name: Name | UnsetType = UNSET
    value: Value | UnsetType = UNSET
    validity_days: Days | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class VoucherRequest(Input, frozen=True):
    """Issue a voucher to a client of the artist's, or to whoever has the code."""

    template_id: TemplateId
    client_id: UserId | None = None


class RedeemRequest(Input, frozen=True):
    """Redeem a voucher by its code, however it is typed, for this appointment if one is given."""

    code: Code
    appointment_id: AppointmentId | None = None


class VouchersQuery(Input, frozen=True):
    """One page: what was `issued` by the caller as an artist, or is `held` by them.

    Without `side` an artist sees what they issued, everybody else what they hold.
    """

    side: Literal["issued", "held"] | None = None
    cursor: Cursor | None = None
    limit: Limit = 20


class TemplateView(Output, frozen=True):
    """What vouchers are issued of."""

    id: str
    name: str
    value: Value
    validity_days: int
    active: bool
    created_at: datetime


class Templates(Output, frozen=True):
    """The artist's templates, the newest first."""

    items: list[TemplateView]
    next_cursor: str | None


class VoucherView(Output, frozen=True):
    """A voucher as its artist and its holder see it. `value`: as it was at the issue.

    `clientId`: whom it was issued to, null for whoever has the code.
    """

    id: str
    artist_id: str
    template_id: str
    name: str
    value: Value
    code: str
    client_id: str | None
    status: VoucherStatus
    issued_at: datetime
    expires_at: datetime
    redeemed_at: datetime | None
    appointment_id: str | None


class Vouchers(Output, frozen=True):
    """Vouchers, the newest first."""

    items: list[VoucherView]
    next_cursor: str | None
