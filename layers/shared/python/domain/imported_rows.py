"""Rows of an earlier system, in the terms of the features that import them."""

from msgspec import Struct


class ImportedRow(Struct, frozen=True, rename="camel"):
    """Base of the rows of a feature; all of them have an id.

    Attributes:
        id: Id of the record, which is derived from that of the earlier system.
    """

    id: str
