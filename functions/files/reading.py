"""Reading: who may see what of a file, and by which links."""

from datetime import datetime

from files import naming, objects, store
from files.records import File, Status, Thumbnail
from files.types import (
    MOST_PUBLIC,
    FileEntry,
    Files,
    FilesQuery,
    FileView,
    Link,
    PublicFiles,
    PublicQuery,
    ThumbnailView,
)
from shared import cursors
from shared.caller import Caller
from shared.problems import FieldError, not_found, unprocessable


def own(caller: Caller, file_id: str) -> File:
    """The caller's own file, whatever became of it. Raises a 404 Problem."""
    file = store.find_file(file_id)
    if file is None or file.owner_id != caller.user_id or file.status is Status.REMOVED:
        raise not_found()
    return file


def get(caller: Caller, file_id: str, now: datetime) -> FileView:
    """A file: the caller's own, or a clean one that they may read. Raises a 404 Problem.

    Two reads at most.
    """
    file = store.find_file(file_id)
    if file is None or not _may_see(caller, file):
        raise not_found()
    return view(file, now)


def list_own(caller: Caller, query: FilesQuery) -> Files:
    """One page of the caller's files: one query. Raises a 422 Problem for a foreign cursor."""
    scope = f"files {caller.user_id} {query.purpose}"
    after = str(cursors.decode(query.cursor, scope)) if query.cursor else None
    files, last = store.list_files(caller.user_id, query.purpose, after, query.limit)
    next_cursor = cursors.encode(last, scope) if last else None
    return Files([entry(file) for file in files], next_cursor)


def public(query: PublicQuery, now: datetime) -> PublicFiles:
    """Those of the files that a portfolio shows to everybody: one read."""
    ids = list(dict.fromkeys(query.ids.split(",")))
    if len(ids) > MOST_PUBLIC:
        raise unprocessable(FieldError("query.ids", f"at most {MOST_PUBLIC} ids"))
    wanted = [file_id for file_id in ids if file_id]
    shown = [file for file in store.find_public(wanted) if file.status is Status.CLEAN]
    return PublicFiles([view(file, now) for file in shown])


def entry(file: File) -> FileEntry:
    """The file as lists show it."""
    kept = file.kept
    return FileEntry(
        id=file.id,
        purpose=file.purpose,
        name=file.name,
        content_type=file.content_type,
        size=kept.size if kept else file.size,
        status=file.status,
        reason=file.reason,
        width=kept.width if kept else None,
        height=kept.height if kept else None,
        created_at=file.created_at,
    )


def view(file: File, now: datetime) -> FileView:
    """The file, with links where it is clean."""
    kept = file.kept
    link = None
    if file.status is Status.CLEAN:
        disposition = naming.attachment(file.name)
        url = objects.link(objects.clean_key(file.id), file.content_type, disposition)
        link = Link(url, objects.links_until(now))
    return FileView(
        id=file.id,
        owner_id=file.owner_id,
        purpose=file.purpose,
        name=file.name,
        content_type=file.content_type,
        size=kept.size if kept else file.size,
        status=file.status,
        reason=file.reason,
        width=kept.width if kept else None,
        height=kept.height if kept else None,
        created_at=file.created_at,
        expires_at=file.upload_until if file.status is Status.PENDING else None,
        download=link,
        thumbnails=[_thumbnail(file, each) for each in kept.thumbnails] if kept and link else [],
    )


def _thumbnail(file: File, thumbnail: Thumbnail) -> ThumbnailView:
    name = f"{file.name.rpartition('.')[0]}-{thumbnail.size}.webp"
    key = objects.clean_key(file.id, thumbnail.size)
    url = objects.link(key, objects.WEBP, naming.attachment(name))
    return ThumbnailView(thumbnail.size, thumbnail.width, thumbnail.height, url)


def _may_see(caller: Caller, file: File) -> bool:
    if file.owner_id == caller.user_id:
        return file.status is not Status.REMOVED
    return file.status is Status.CLEAN and store.may_read(file, caller.user_id)
