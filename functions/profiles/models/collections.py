"""What gathers around people and pages, as it is kept: works, boards, notes, reviews, vouchers.

Instants are UTC. `version` counts the changes of a record.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from profiles.models.pages import Currency
from shared.http.decoding import Input

# ---- portfolio and boards ----------------------------------------------------------------------


class State(StrEnum):
    """When a work was photographed: healed, or fresh from the chair."""

    HEALED = "healed"
    FRESH = "fresh"


class Work(Struct, frozen=True):
    """A work that an artist shows. `likes` is counted beside it, whatever its record says."""

    id: str
    artist_id: str
    file_id: str
    caption: str
    style: str | None
    state: State | None
    created_at: datetime
    likes: int = 0
    version: int = 1


class Saved(Struct, frozen=True):
    """A work on a board."""

    item_id: str
    saved_at: datetime


class Board(Struct, frozen=True):
    """Works that somebody collects for themselves, the first saved first."""

    id: str
    owner_id: str
    name: str
    created_at: datetime
    updated_at: datetime
    saved: tuple[Saved, ...] = ()
    version: int = 1


# ---- notes -------------------------------------------------------------------------------------


class Note(Struct, frozen=True):
    """What an artist notes down of a client. Nobody else ever sees it."""

    id: str
    artist_id: str
    client_id: str
    text: str
    created_at: datetime
    updated_at: datetime
    version: int = 1


# ---- reviews -----------------------------------------------------------------------------------


class Reply(Struct, frozen=True):
    """What the artist says to a review."""

    text: str
    at: datetime


class Review(Struct, frozen=True):
    """What a client says of a visit.

    Once the author's account is gone only the rating is left: no author, appointment, text, reply.
    """

    id: str
    artist_id: str
    author_id: str | None
    appointment_id: str | None
    rating: int
    text: str
    created_at: datetime
    edited_at: datetime | None = None
    reply: Reply | None = None
    version: int = 1


class Rating(Struct, frozen=True):
    """What all reviews of an artist add up to."""

    count: int = 0
    total: int = 0

    @property
    def average(self) -> float | None:
        """The mean rating to one decimal place; None without any review."""
        return round(self.total / self.count, 1) if self.count else None


# ---- vouchers ----------------------------------------------------------------------------------


class FixedValue(Input, frozen=True, tag="fixed", tag_field="type"):
    """So much off, in minor units of a currency (ISO 4217)."""

    amount: Annotated[int, Meta(ge=1, le=10**12)]
    currency: Currency


class PercentValue(Input, frozen=True, tag="percent", tag_field="type"):
    """So many percent off."""

    percent: Annotated[int, Meta(ge=1, le=100)]


Value = FixedValue | PercentValue


class Template(Struct, frozen=True):
    """What vouchers are issued of. Changing it changes none that was issued."""

    id: str
    artist_id: str
    name: str
    value: Value
    validity_days: int
    active: bool
    created_at: datetime
    version: int = 1


class VoucherStatus(StrEnum):
    """Where a voucher stands. Only `issued` is kept until it changes; `expired` is read off it."""

    ISSUED = "issued"
    REDEEMED = "redeemed"
    VOID = "void"
    EXPIRED = "expired"


class Voucher(Struct, frozen=True):
    """A promise with a code. holder_id: whom it was issued to, None for whoever has the code."""

    id: str
    artist_id: str
    template_id: str
    name: str
    value: Value
    code: str
    holder_id: str | None
    status: VoucherStatus
    issued_at: datetime
    expires_at: datetime
    redeemed_at: datetime | None = None
    appointment_id: str | None = None
    version: int = 1

    def status_at(self, now: datetime) -> VoucherStatus:
        """Where it stands at that instant."""
        if self.status is VoucherStatus.ISSUED and now >= self.expires_at:
            return VoucherStatus.EXPIRED
        return self.status
