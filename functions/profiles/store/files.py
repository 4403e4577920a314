"""Copies of clean files, updated by events of files."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from pynamodb.exceptions import PutError

from profiles.models.files import File
from profiles.store.table import RECORD, RecordItem
from shared.data.dynamodb import is_condition_failure

FILE = "FILE#"
REMOVED_KEPT_FOR = timedelta(days=90)  # longer than an event can be delayed


def find_file(file_id: str) -> File | None:
    """Return the copy of a file, read consistently; None if it was never found clean."""
    return RecordItem.read(FILE + file_id, RECORD, File)


def find_files(file_ids: Iterable[str]) -> dict[str, File]:
    """Return the copies of up to 100 files, of those that were found clean, by id."""
    keys = [(FILE + file_id, RECORD) for file_id in dict.fromkeys(file_ids)]
    items = RecordItem.batch_get(keys, consistent_read=True) if keys else ()
    files = [item.decoded(File) for item in items]
    return {file.id: file for file in files}


def save_file(file: File) -> None:
    """Save a copy of a clean file, unless a newer state is stored."""
    _save_newest(RecordItem.of(FILE + file.id, RECORD, file), file.record_version)


def remove_file(file_id: str, record_version: int, now: datetime) -> None:
    """Save that a file was removed, for as long as older events of it may arrive."""
    item = RecordItem.of(FILE + file_id, RECORD, File(file_id, "", "", record_version))
    item.expires_at = int((now + REMOVED_KEPT_FOR).timestamp())
    _save_newest(item, record_version)


def _save_newest(item: RecordItem, version: int) -> None:
    item.version = version
    try:
        item.save(condition=RecordItem.pk.does_not_exist() | (RecordItem.version <= version))
    except PutError as error:
        if not is_condition_failure(error):
            raise
