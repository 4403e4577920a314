"""Portfolios of an earlier system, as an operator's command imports them."""

from domain.imported_rows import ImportedRow
from domain.types import ArtistId, Instant
from profiles.schemas.common import FileId
from profiles.schemas.portfolio import Caption, StyleName


class ImportedPortfolioItem(ImportedRow, frozen=True, rename="camel"):
    """A work in a portfolio.

    Attributes:
        file_id: Id of the image's file, which was imported before.
        style: Style of the work, if it has one.
    """

    artist_id: ArtistId
    file_id: FileId
    created_at: Instant
    caption: Caption = ""
    style: StyleName | None = None
