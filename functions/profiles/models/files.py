"""Copies of files, which the feature of that name owns."""

from msgspec import Struct


class File(Struct, frozen=True):
    """A copy of a file that was found clean.

    Attributes:
        owner_id: Empty once the file was removed.
        alt_text: What it shows, in the words of its owner.
    """

    id: str
    owner_id: str
    content_type: str
    record_version: int
    alt_text: str | None = None
