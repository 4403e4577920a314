"""Copies of clean files, updated by events of files."""

from collections.abc import Iterable
from datetime import datetime

from pynamodb.exceptions import PutError

from appointments.models import File
from appointments.store.people import MARK_KEPT_FOR
from appointments.store.table import FILE, RECORD, RecordItem
from shared.data.dynamodb import is_condition_failure


def find_owners(file_ids: Iterable[str]) -> dict[str, str]:
    """Return the owners of those of some files that are clean, by file."""
    keys = [(FILE + file_id, RECORD) for file_id in dict.fromkeys(file_ids)]
    items = RecordItem.batch_get(keys, consistent_read=True) if keys else ()
    return {file.id: file.owner_id for file in (item.decoded(File) for item in items)}


def save_file(file: File) -> None:
    """Save a copy of a clean file, unless a newer state is stored."""
    _save_newest(RecordItem.of(FILE + file.id, RECORD, file), file.record_version)


def remove_file(file_id: str, record_version: int, now: datetime) -> None:
    """Save that a file was removed, for as long as older events of it may arrive."""
    item = RecordItem.of(FILE + file_id, RECORD, File(file_id, "", record_version))
    item.expires_at = int((now + MARK_KEPT_FOR).timestamp())
    _save_newest(item, record_version)


def _save_newest(item: RecordItem, version: int) -> None:
    item.version = version
    try:
        item.save(condition=RecordItem.pk.does_not_exist() | (RecordItem.version <= version))
    except PutError as error:
        if not is_condition_failure(error):
            raise
