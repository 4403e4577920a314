"""Types that several requests share."""

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct
from msgspec.structs import asdict

from domain import types
from domain.types import FilledLine
from profiles.rules.ids import ULID
from shared.http.decoding import Input

# `$` alone would let a line break follow in Python: (?!\n) does not.
UserId = Annotated[types.UserId, Meta(pattern=rf"^usr_{ULID}$(?!\n)")]
ClientId = Annotated[types.ClientId, Meta(pattern=rf"^usr_{ULID}$(?!\n)")]
FileId = Annotated[types.FileId, Meta(pattern=rf"^fil_{ULID}$(?!\n)")]
AppointmentId = Annotated[types.AppointmentId, Meta(pattern=rf"^apt_{ULID}$(?!\n)")]
Cursor = Annotated[types.Cursor, Meta(max_length=1024)]
Limit = Annotated[
    int, Meta(ge=1, le=50, description="Largest number of items to return.", examples=[20])
]
Name = Annotated[FilledLine, Meta(max_length=100)]
HandleOrArtistId = Annotated[
    str,
    Meta(
        description="Handle of the artist, current or former, or their id.", examples=["maravoss"]
    ),
]

_ULID = "01JD2Z5Q0V8XKM3F7T9B4N6RWC"
PortfolioItemId = Annotated[
    str, Meta(description="Id of the portfolio item.", examples=[f"itm_{_ULID}_{_ULID}"])
]
AlbumId = Annotated[str, Meta(description="Id of the album.", examples=[f"alb_{_ULID}_{_ULID}"])]
BoardId = Annotated[str, Meta(description="Id of the board.", examples=[f"brd_{_ULID}"])]
NoteId = Annotated[str, Meta(description="Id of the note.", examples=[f"nte_{_ULID}"])]
ReviewId = Annotated[str, Meta(description="Id of the review.", examples=[f"rev_{_ULID}_{_ULID}"])]
VoucherTemplateId = Annotated[
    str, Meta(description="Id of the voucher template.", examples=[f"vct_{_ULID}"])
]
VoucherId = Annotated[str, Meta(description="Id of the voucher.", examples=[f"vch_{_ULID}"])]


class ListQuery(Input, frozen=True):
    """A page of a list."""

    cursor: Cursor | None = None
    limit: Limit = 20


def get_changes(request: Struct) -> dict[str, Any]:
    """Return the fields that a PATCH request sets."""
    return {name: value for name, value in asdict(request).items() if value is not UNSET}
