"""Media of social accounts: where an imported picture comes from, and what became of its import.

Social imports media of an artist's accounts. Profiles and consultations show it, each in a record
of its own, and say by an event whether they took it.
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from domain.values import Value

MAX_CAPTION = 500  # of a portfolio item

ImportId = Annotated[
    str, Meta(description="Id of the import.", examples=["smi_01JD2Z5Q0V8XKM3F7T9B4N6RWC"])
]


class MediaProvider(StrEnum):
    """A provider whose media can be imported."""

    INSTAGRAM = "instagram"
    FACEBOOK = "facebook"


class MediaTarget(StrEnum):
    """Where media is imported to: the artist's portfolio, or one of their consultations."""

    PORTFOLIO = "portfolio"
    CONSULTATION = "consultation"


class ImportRefusal(StrEnum):
    """The reason why a picture was not taken, though its file is clean."""

    PORTFOLIO_FULL = "portfolio_full"
    CONSULTATION_CLOSED = "consultation_closed"
    CONSULTATION_FULL = "consultation_full"
    CONSULTATION_UNKNOWN = "consultation_unknown"


class MediaSource(Value, frozen=True):
    """Where an imported picture was published before.

    Attributes:
        provider: The provider. Example: instagram
        permalink: Its page there; null where the provider gives none.
            Example: https://www.instagram.com/p/C9xYzAbCdEf/
        removed_at_source: Whether it was removed there since. Example: false
    """

    provider: MediaProvider
    permalink: str | None
    removed_at_source: bool = False
