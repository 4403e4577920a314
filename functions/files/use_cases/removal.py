"""Removing files. First the record says so, in one transaction; the sweeper removes the objects."""

from datetime import datetime
from functools import partial

import msgspec

from domain.errors import NotFound
from files.events import FileRemoved
from files.models import File, Removal, Status
from files.store import bucket
from files.store import files as store
from shared.data.conflicts import retry_on_conflict
from shared.events.domain_events import new_event
from shared.http.caller import Caller


@retry_on_conflict
def remove(caller: Caller, file_id: str, now: datetime) -> None:
    """Remove the caller's own file, or give its upload up; once it is gone, that is fine.

    Raises a 404 Problem for what is not, and was not, the caller's.
    """
    file = store.find_file(file_id)
    if file is None or file.owner_id != caller.user_id:
        raise NotFound()
    take_out(file, now)


def remove_for_erasure(file_id: str, now: datetime) -> None:
    """Remove a file of somebody whose account is gone."""
    retry_on_conflict(partial(_take_out, file_id, now))()


def take_out(file: File, now: datetime) -> None:
    """Let the file be gone: nobody reads it any more, and what it reserved is given back.

    An inspection under way may still write objects, so they are removed after its lease.
    """
    if file.status is Status.REMOVED:
        return
    busy_until = file.due_at if file.status is Status.INSPECTING else None
    gone = msgspec.structs.replace(
        file,
        status=Status.REMOVED,
        name="",
        sha256="",
        reserved=0,
        kept=None,
        due_at=None,
        decided_at=now,
        version=file.version + 1,
    )
    removal = Removal(file.id, True, max(now, busy_until or now), file.upload_id)
    told = FileRemoved(file.id, file.owner_id, gone.version)
    was_clean = file.status is Status.CLEAN
    events = [new_event("files", file.id, told, now)] if was_clean else []
    store.commit(file, gone, removal=removal, events=events)


def carry_out(removal: Removal) -> None:
    """Remove the objects, and who may read them. Whoever dies in it is followed by the next."""
    bucket.remove(removal)
    if removal.everything:
        store.forget_readers(removal.file_id)
    store.end_removal(removal)


def _take_out(file_id: str, now: datetime) -> None:
    file = store.find_file(file_id)
    if file is not None:
        take_out(file, now)
