"""Erasures in the table: deleted accounts, and the data of their users."""

from files.models import Erasure
from files.rules.file_types import FilePurpose
from files.store.table import DUE, ERASURE, FILE, READER, READS, RECORD, USAGE, USER, RecordItem


def save_erasure(erasure: Erasure) -> None:
    """Save an erasure; until it has ended, the user cannot upload files."""
    item = RecordItem.of(ERASURE + erasure.user_id, RECORD, erasure)
    item.schedule(DUE, erasure.user_id, erasure.due_at)
    item.save()


def end_erasure(user_id: str) -> None:
    """Delete an erasure that left nothing to do."""
    RecordItem(ERASURE + user_id, RECORD).delete()


def delete_user_records(user_id: str) -> None:
    """Delete a user's avatar and the files shared with them, but not their usage."""
    items = RecordItem.query(USER + user_id, consistent_read=True)
    with RecordItem.batch_write() as batch:
        for item in items:
            if item.sk.startswith(READS):
                batch.delete(RecordItem(FILE + item.sk.removeprefix(READS), READER + user_id))
            if not item.sk.startswith(USAGE):  # removals of their files still update it
                batch.delete(RecordItem(item.pk, item.sk))


def delete_usage(user_id: str) -> None:
    """Delete a user's usage, once they have no files any more."""
    for purpose in FilePurpose:
        RecordItem(USER + user_id, USAGE + purpose).delete()
