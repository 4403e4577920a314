"""Exports: one archive of what all features store about a user, with the user's own files.

The features write their shares into the bucket. As soon as all are there, the sweeper streams them
and the files into a zip, part by part, and publishes that it is ready. Only its owner gets links to
it, after a recent proof of who they are; it is deleted after a week.
"""

import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from domain.errors import NotFound
from files import events
from files.models import Export, File, FileStatus
from files.schemas import DownloadLink, ExportStatus, ExportView
from files.store import bucket
from files.store import exports as store
from files.store import files as file_store
from shared.data import exports as shares
from shared.data import tombstones
from shared.data.conflicts import retry_on_conflict
from shared.events.domain_events import DomainEvent, decode_data, new_event
from shared.http.caller import Caller
from shared.platform.logs import logger

KEPT_FOR = timedelta(days=7)
LOOKED_AT_EVERY = timedelta(minutes=1)
# Shares that are not there by then never come: their messages are dead letters.
GIVEN_UP_AFTER = timedelta(days=3)
# What a run of the sweeper can stream. Files beyond it are listed with their paths instead.
MAX_CONTENT_BYTES = 100 * 1024 * 1024
PAGE_SIZE = 50
ARCHIVE_TYPE = "application/zip"
DISPOSITION = 'attachment; filename="artist-booking.zip"'


def begin(event: DomainEvent, now: datetime) -> None:
    """Write the share of files, and wait for those of the others."""
    requested = decode_data(event, shares.ExportRequested)
    shares.write_share(event, "files", gather)
    store.add_export(Export(requested.export_id, requested.user_id, event.time, now))


def gather(user_id: str) -> dict[str, object]:
    """Return what is stored about a user's files, and where the largest ones can be downloaded."""
    included, left_out = _choose(user_id)
    return {
        "files": [_describe(file) for file in included],
        "tooLarge": [_describe(file) | {"path": f"/v1/files/{file.id}"} for file in left_out],
    }


@retry_on_conflict
def get(caller: Caller, export_id: str, now: datetime) -> ExportView:
    """Return an export of the caller, with a link for one minute once it is ready.

    Each link is published, and stands in the audit log of the account.

    Raises:
        NotFound: The caller has no such export, or no longer.
        StepUpRequired: It is ready, and they did not prove within the last ten minutes who they
            are.
        Busy: It was deleted at the same moment.
    """
    export = store.find_export(caller.user_id, export_id)
    if export is None:
        raise NotFound("There is no such export.")
    if export.ready_at is None:
        return ExportView(export_id, ExportStatus.BUILDING, None)
    caller.require_fresh(now)
    data = events.ExportDownloaded(export_id, export.user_id, caller.session_id)
    store.publish(export, new_event("files", export_id, data, now))
    url = bucket.sign_archive_download(export_id, ARCHIVE_TYPE, DISPOSITION)
    link = DownloadLink(url, now + bucket.ARCHIVE_DOWNLOAD_LIFETIME)
    return ExportView(export_id, ExportStatus.READY, link)


def build(export: Export, now: datetime) -> None:
    """Make the archive if all shares are there; otherwise look again in a minute."""
    if tombstones.is_deleted(export.user_id):
        delete(export)
        return
    present = set(bucket.list_shares(export.export_id))
    missing = {name for name in shares.FEATURES if f"{name}.json" not in present}
    if missing:
        if now < export.requested_at + GIVEN_UP_AFTER:
            store.wait(export, now + LOOKED_AT_EVERY)
            return
        logger.error("export incomplete", export_id=export.export_id, missing=sorted(missing))
    _write_archive(export, present)
    ready = msgspec.structs.replace(export, ready_at=now)
    data = events.ExportReady(export.export_id, export.user_id)
    event = new_event("files", export.export_id, data, now)
    store.complete(ready, now + KEPT_FOR, [event])
    bucket.delete_shares(export.export_id, present)


def delete(export: Export) -> None:
    """Delete an export with all that was made for it."""
    bucket.delete_shares(export.export_id, bucket.list_shares(export.export_id))
    bucket.delete_archive(export.export_id)
    store.delete(export)


def _write_archive(export: Export, present: set[str]) -> None:
    included, _ = _choose(export.user_id)
    with (
        bucket.archive_writer(export.export_id) as stream,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name in sorted(present):
            with archive.open(name, "w") as entry:
                for chunk in bucket.read_share(export.export_id, name):
                    entry.write(chunk)
        for file in included:
            # Its content is compressed already. The id keeps files of one name apart.
            info = zipfile.ZipInfo(f"files/{file.id}-{file.name}")
            with archive.open(info, "w", force_zip64=True) as entry:
                for chunk in bucket.read_clean(file.id):
                    entry.write(chunk)


def _choose(user_id: str) -> tuple[list[File], list[File]]:
    """Return the clean files of a user that fit into the archive, and the others."""
    included: list[File] = []
    left_out: list[File] = []
    room = MAX_CONTENT_BYTES
    for file in _list_clean(user_id):
        size = file.content.size if file.content else 0
        if size <= room:
            room -= size
            included.append(file)
        else:
            left_out.append(file)
    return included, left_out


def _list_clean(user_id: str) -> Iterator[File]:
    after: str | None = None
    while True:
        page, after = file_store.list_files(user_id, None, after, PAGE_SIZE)
        yield from (file for file in page if file.status is FileStatus.CLEAN)
        if after is None:
            return


def _describe(file: File) -> dict[str, object]:
    return {
        "id": file.id,
        "name": file.name,
        "purpose": file.purpose,
        "contentType": file.content_type,
        "size": file.content.size if file.content else 0,
        "altText": file.alt_text,
    }
