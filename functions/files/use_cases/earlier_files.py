"""Import of files from an earlier system.

Whoever imports has put their content below `imports/`. They are taken over and inspected like what
a feature fetched elsewhere.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from files.events import SocialFileFetched
from files.models import File
from files.rules.file_types import FilePurpose
from files.schemas import ImportedFile
from files.store import files as store
from files.use_cases import imports
from shared.data import tombstones
from shared.data.imported_rows import Kind, Reasons

DELETED = "The account of its owner was deleted here."


def find(rows: Sequence[ImportedFile]) -> Mapping[str, ImportedFile]:
    """Return those of the files that exist, whatever their inspection said."""
    given = {row.id: row for row in rows}
    return {file.id: _present(file, given[file.id]) for file in store.find_files(given)}


def check(rows: Sequence[ImportedFile], _now: datetime) -> Reasons:
    """Return why files cannot be taken over."""
    deleted = tombstones.find_deleted(*{row.owner_id for row in rows})
    return {row.id: DELETED for row in rows if row.owner_id in deleted}


def write(rows: Sequence[ImportedFile], now: datetime) -> Reasons:
    """Take files over and have them inspected."""
    for row in rows:
        imports.accept(_describe(row), row.created_at, now)
    return {}


def _describe(row: ImportedFile) -> SocialFileFetched:
    return SocialFileFetched(
        file_id=row.id,
        owner_id=row.owner_id,
        purpose=FilePurpose.PORTFOLIO,
        name=row.name,
        content_type=row.content_type,
        size=row.size,
        sha256=row.sha256,
    )


def _present(file: File, given: ImportedFile) -> ImportedFile:
    return ImportedFile(
        id=file.id,
        owner_id=file.owner_id,
        name=given.name,  # ours has the extension of its type
        content_type=file.content_type,
        size=file.size,
        sha256=file.sha256,
        created_at=file.created_at,
    )


KINDS = {"files": Kind(ImportedFile, find, write, check)}
