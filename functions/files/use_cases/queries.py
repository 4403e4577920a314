"""Queries: which files a caller can read, and the links to download them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from domain.errors import FieldError, InvalidFields, NotFound
from files.models import CleanContent, File, FileStatus, Thumbnail
from files.rules import file_names
from files.rules.file_types import FilePurpose
from files.schemas import (
    MAX_IDS,
    DownloadLink,
    FileEntry,
    FileList,
    FileSelection,
    FilesQuery,
    FileView,
    PublicFilesQuery,
    ThumbnailView,
)
from files.store import bucket, readers
from files.store import files as store
from shared.http import cursors
from shared.http.caller import Caller

DEFAULT_LIMIT = 20


def is_within_scope(caller: Caller, purpose: FilePurpose) -> bool:
    """Return whether a caller reaches files of a purpose: an assistant those of messages only."""
    return caller.acting_id is None or purpose is FilePurpose.MESSAGE


def get_own(caller: Caller, file_id: str) -> File:
    """Return the caller's own file in any status but removed.

    Raises:
        NotFound: There is no such file, or it is not the caller's.
    """
    file = store.find_file(file_id)
    if file is None or file.owner_id != caller.user_id or file.status is FileStatus.REMOVED:
        raise NotFound()
    if not is_within_scope(caller, file.purpose):
        raise NotFound()
    return file


def get(caller: Caller, file_id: str, now: datetime) -> FileView:
    """Return a file that is the caller's own, or a clean one that they can read.

    It takes two reads at most.

    Raises:
        NotFound: There is no such file, or the caller cannot read it.
    """
    file = store.find_file(file_id)
    if file is None or not _filter_readable(caller, [file]):
        raise NotFound()
    return present(file, now)


def list_files(caller: Caller, query: FilesQuery, now: datetime) -> FileList | FileSelection:
    """List the caller's files page by page, or the files with the given ids.

    Raises:
        InvalidFields: The ids are too many or combined with other parameters, or the cursor
            belongs to another list.
    """
    if query.ids is None:
        return _list_own(caller, query)
    combined = [name for name in ("purpose", "cursor", "limit") if getattr(query, name) is not None]
    if combined:
        message = "is not allowed together with ids"
        raise InvalidFields(*(FieldError(f"query.{name}", message) for name in combined))
    return _list_by_ids(caller, query.ids, now)


def list_public(query: PublicFilesQuery, now: datetime) -> FileSelection:
    """List those of the files that a portfolio shows to everybody, with one read.

    Raises:
        InvalidFields: The ids are too many.
    """
    public = readers.find_public(_split_ids(query.ids))
    clean = [file for file in public if file.status is FileStatus.CLEAN]
    return FileSelection([present(file, now) for file in clean])


def sign_public_picture(file_id: str) -> str:
    """Sign a link to the largest thumbnail of an image that a portfolio shows to everybody.

    Raises:
        NotFound: No portfolio shows such an image.
    """
    for file in readers.find_public([file_id]):
        if file.status is FileStatus.CLEAN and file.content and file.content.thumbnails:
            largest = max(file.content.thumbnails, key=lambda each: each.width * each.height)
            return _present_thumbnail(file, largest).url
    raise NotFound()


def present_entry(file: File) -> FileEntry:
    """Return a file as lists show it."""
    content = file.content
    return FileEntry(
        id=file.id,
        purpose=file.purpose,
        name=file.name,
        content_type=file.content_type,
        size=content.size if content else file.size,
        status=file.status,
        reason=file.reason,
        width=content.width if content else None,
        height=content.height if content else None,
        created_at=file.created_at,
        **_describe(file),
    )


def present(file: File, now: datetime) -> FileView:
    """Return a file as the API shows it, with links if it is clean."""
    content = file.content
    download = None
    if file.status is FileStatus.CLEAN:
        disposition = file_names.content_disposition(file.name)
        url = bucket.sign_download(bucket.clean_key(file.id), file.content_type, disposition)
        download = DownloadLink(url, bucket.get_download_expiry(now))
    thumbnails = content.thumbnails if content and download else ()
    return FileView(
        id=file.id,
        owner_id=file.owner_id,
        purpose=file.purpose,
        name=file.name,
        content_type=file.content_type,
        size=content.size if content else file.size,
        status=file.status,
        reason=file.reason,
        width=content.width if content else None,
        height=content.height if content else None,
        created_at=file.created_at,
        expires_at=file.upload_until if file.status is FileStatus.PENDING else None,
        download=download,
        thumbnails=[_present_thumbnail(file, thumbnail) for thumbnail in thumbnails],
        **_describe(file),
    )


def _describe(file: File) -> dict[str, Any]:
    """Return what is shown of a file in lists and alone: its description, and of its content."""
    content = file.content or CleanContent(0)
    return {
        "alt_text": file.alt_text,
        "duration_ms": content.duration_ms,
        "waveform": list(content.waveform),
        "blurhash": content.blurhash,
        "dominant_color": content.color,
        "animated": content.frames > 1,
        "frozen": content.frozen,
    }


def _list_own(caller: Caller, query: FilesQuery) -> FileList:
    purpose: FilePurpose | None = query.purpose
    scope = f"files {caller.user_id} {purpose}"
    after = str(cursors.decode(query.cursor, scope)) if query.cursor else None
    limit = DEFAULT_LIMIT if query.limit is None else query.limit
    files, last = store.list_files(caller.user_id, purpose, after, limit)
    next_cursor = cursors.encode(last, scope) if last else None
    return FileList([present_entry(file) for file in files], next_cursor)


def _list_by_ids(caller: Caller, ids: str, now: datetime) -> FileSelection:
    """Return those of the files that `get` would return, with two reads at most."""
    file_ids = _split_ids(ids)
    stored = {file.id: file for file in store.find_files(file_ids)}
    files = [stored[file_id] for file_id in file_ids if file_id in stored]
    return FileSelection([present(file, now) for file in _filter_readable(caller, files)])


def _present_thumbnail(file: File, thumbnail: Thumbnail) -> ThumbnailView:
    name = f"{file.name.rpartition('.')[0]}-{thumbnail.size}.webp"
    key = bucket.clean_key(file.id, thumbnail.size)
    url = bucket.sign_download(key, bucket.WEBP, file_names.content_disposition(name))
    return ThumbnailView(thumbnail.size, thumbnail.width, thumbnail.height, url)


def _split_ids(ids: str) -> list[str]:
    """Return the requested ids, each once."""
    # Ours are ASCII; as UTF-8, others could exceed the length of a key in DynamoDB.
    file_ids = [id_ for id_ in dict.fromkeys(ids.split(",")) if id_ and id_.isascii()]
    if len(file_ids) > MAX_IDS:
        raise InvalidFields(FieldError("query.ids", f"must have at most {MAX_IDS} ids"))
    return file_ids


def _filter_readable(caller: Caller, files: Sequence[File]) -> list[File]:
    """Return the caller's own files in any status but removed, and clean ones they can read."""
    others = [
        file
        for file in files
        if file.owner_id != caller.user_id and file.status is FileStatus.CLEAN
    ]
    files = [file for file in files if is_within_scope(caller, file.purpose)]
    readable = readers.find_readable(others, caller.user_id) if others else set()
    return [
        file
        for file in files
        if file.id in readable
        or (file.owner_id == caller.user_id and file.status is not FileStatus.REMOVED)
    ]
