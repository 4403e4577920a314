"""The brand of an artist's mails."""

from typing import Annotated

from msgspec import Meta

from domain.types import FilledLine
from shared.http.decoding import Input, Output

Color = Annotated[
    str,
    Meta(
        pattern=r"^#[0-9A-Fa-f]{6}$",
        description="Colour behind the name, which is white: their contrast must be 4.5 or more.",
        examples=["#0f766e"],
    ),
]
BrandName = Annotated[
    FilledLine,
    Meta(max_length=80, description="Name above the mails.", examples=["Studio Voss"]),
]
Footer = Annotated[
    str,
    Meta(
        max_length=300,
        description="Lines below the mails, such as the address of the studio.",
        examples=["Studio Voss, 1 Main Street, Sydney"],
    ),
]


class BrandRequest(Input, frozen=True, kw_only=True):
    """How an artist's mails look."""

    name: BrandName
    color: Color
    footer: Footer | None = None


class BrandDetails(Output, frozen=True):
    """How an artist's mails look; null where they look like ours."""

    name: BrandName | None
    color: Color | None
    footer: Footer | None
