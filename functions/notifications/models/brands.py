"""Brands: how an artist's mails look."""

import msgspec

from shared.data.mongodb import Record


class Brand(Record, frozen=True):
    """The brand of an artist, in the frame of the mails about their bookings and of their own.

    Attributes:
        id: Id of the artist.
        name: Name of their studio, above the mail.
        color: Background of the name, `#rrggbb`, on which white can be read.
        footer: Address or the like, below the mail.
    """

    id: str = msgspec.field(name="_id")
    name: str
    color: str
    footer: str | None = None
