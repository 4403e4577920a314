"""Reading: who may see what of a file, and by which links."""

from collections.abc import Sequence
from datetime import datetime

from domain.errors import FieldError, InvalidFields, NotFound
from files.models import File, Status, Thumbnail
from files.rules import file_names
from files.schemas import (
    MOST_AT_ONCE,
    FileEntry,
    Files,
    FilesQuery,
    FileView,
    Link,
    SomeFiles,
    SomeQuery,
    ThumbnailView,
)
from files.store import bucket
from files.store import files as store
from shared.http import cursors
from shared.http.caller import Caller


def own(caller: Caller, file_id: str) -> File:
    """The caller's own file, whatever became of it. Raises a 404 Problem."""
    file = store.find_file(file_id)
    if file is None or file.owner_id != caller.user_id or file.status is Status.REMOVED:
        raise NotFound()
    return file


def get(caller: Caller, file_id: str, now: datetime) -> FileView:
    """A file: the caller's own, or a clean one that they may read. Raises a 404 Problem.

    Two reads at most.
    """
    file = store.find_file(file_id)
    if file is None or not _seen(caller, [file]):
        raise NotFound()
    return view(file, now)


def some(caller: Caller, query: SomeQuery, now: datetime) -> SomeFiles:
    """Those of the files that the caller may see, as by `get`: two reads at most."""
    ids = _ids(query)
    found = {file.id: file for file in store.find_files(ids)}
    there = [found[file_id] for file_id in ids if file_id in found]
    return SomeFiles([view(file, now) for file in _seen(caller, there)])


def list_own(caller: Caller, query: FilesQuery) -> Files:
    """One page of the caller's files: one query. Raises a 422 Problem for a foreign cursor."""
    scope = f"files {caller.user_id} {query.purpose}"
    after = str(cursors.decode(query.cursor, scope)) if query.cursor else None
    files, last = store.list_files(caller.user_id, query.purpose, after, query.limit)
    next_cursor = cursors.encode(last, scope) if last else None
    return Files([entry(file) for file in files], next_cursor)


def public(query: SomeQuery, now: datetime) -> SomeFiles:
    """Those of the files that a portfolio shows to everybody: one read."""
    shown = [file for file in store.find_public(_ids(query)) if file.status is Status.CLEAN]
    return SomeFiles([view(file, now) for file in shown])


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
        disposition = file_names.attachment(file.name)
        url = bucket.link(bucket.clean_key(file.id), file.content_type, disposition)
        link = Link(url, bucket.links_until(now))
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
    key = bucket.clean_key(file.id, thumbnail.size)
    url = bucket.link(key, bucket.WEBP, file_names.attachment(name))
    return ThumbnailView(thumbnail.size, thumbnail.width, thumbnail.height, url)


def _ids(query: SomeQuery) -> list[str]:
    """The ids asked for, each once. Raises a 422 Problem for too many."""
    # Ours are ASCII; of others so many characters may be more bytes than DynamoDB looks for.
    ids = [each for each in dict.fromkeys(query.ids.split(",")) if each and each.isascii()]
    if len(ids) > MOST_AT_ONCE:
        raise InvalidFields(FieldError("query.ids", f"must have at most {MOST_AT_ONCE} ids"))
    return ids


def _seen(caller: Caller, files: Sequence[File]) -> list[File]:
    """Those that the caller may see: their own, whatever became of them, and others' clean ones."""
    others = [
        file for file in files if file.owner_id != caller.user_id and file.status is Status.CLEAN
    ]
    given = store.readable(others, caller.user_id) if others else set()
    return [
        file
        for file in files
        if file.id in given
        or (file.owner_id == caller.user_id and file.status is not Status.REMOVED)
    ]
