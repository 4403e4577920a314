"""Removal of files: the record first, in one transaction; the sweeper deletes the objects."""

from datetime import datetime

import msgspec

from domain.errors import NotFound
from files.events import FileRemoved
from files.models import File, FileStatus, Removal
from files.store import bucket, readers, removals
from files.store import files as store
from shared.data.conflicts import retry_on_conflict
from shared.events.domain_events import new_event
from shared.http.caller import Caller


@retry_on_conflict
def remove(caller: Caller, file_id: str, now: datetime) -> None:
    """Remove the caller's own file, or cancel its upload; a removed file stays removed.

    Raises:
        NotFound: There is no such file, or it is not the caller's.
    """
    file = store.find_file(file_id)
    if file is None or file.owner_id != caller.user_id:
        raise NotFound()
    mark_removed(file, now)


@retry_on_conflict
def remove_for_erasure(file_id: str, now: datetime) -> None:
    """Remove a file of a deleted account."""
    file = store.find_file(file_id)
    if file is not None:
        mark_removed(file, now)


def mark_removed(file: File, now: datetime) -> None:
    """Mark a file as removed, return its reserved bytes, and order the removal of its objects.

    An inspection that is running may still write objects, so they are removed after its lease.

    Raises:
        WriteConflict: The file changed in the meantime.
    """
    if file.status is FileStatus.REMOVED:
        return
    leased_until = file.due_at if file.status is FileStatus.INSPECTING else None
    removed = msgspec.structs.replace(
        file,
        status=FileStatus.REMOVED,
        name="",
        sha256="",
        reserved=0,
        content=None,
        alt_text=None,
        due_at=None,
        decided_at=now,
        version=file.version + 1,
    )
    removal = Removal(file.id, True, max(now, leased_until or now), file.upload_id)
    events = []
    if file.status is FileStatus.CLEAN:
        data = FileRemoved(file.id, file.owner_id, removed.version)
        events.append(new_event("files", file.id, data, now))
    store.commit(file, removed, removal=removal, events=events)


def carry_out(removal: Removal) -> None:
    """Delete the objects of a removal, and the readers of the file; it can be repeated."""
    bucket.delete_objects(removal)
    if removal.everything:
        readers.delete_readers(removal.file_id)
    removals.end_removal(removal)
