"""Uploads: announcing a file, and uploading it by a form or in parts."""

from datetime import datetime, timedelta
from functools import partial

from domain.errors import FieldError, Forbidden, InvalidFields
from domain.ids import new_id
from files.models import File, FileStatus
from files.rules import file_names
from files.rules.errors import (
    NotInParts,
    PartsMissing,
    QuotaUsedUp,
    UploadOver,
)
from files.rules.file_types import (
    MIB,
    QUOTAS,
    FilePurpose,
    get_max_size,
    is_multipart,
    list_types,
    split_size,
)
from files.schemas import (
    FileEntry,
    PartsRequest,
    PartUrl,
    PartUrlList,
    Upload,
    UploadedParts,
    UploadForm,
    UploadPart,
    UploadParts,
    UploadRequest,
)
from files.store import bucket
from files.store import files as store
from files.use_cases import queries
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.http.caller import Caller, Role
from shared.http.repetition import find_made

FORM_LIFETIME = timedelta(hours=1)
PARTS_LIFETIME = timedelta(hours=24)
# S3 normally reports an upload within seconds; after this long the upload counts as missing.
LATEST_NOTIFICATION = timedelta(minutes=15)


def create(caller: Caller, request: UploadRequest, now: datetime) -> Upload:
    """Create a pending file, count it against the caller's quota, and return how to upload it.

    It takes one read and one transaction, and one call of S3 for an upload in parts.

    Raises:
        Forbidden: The purpose is not for the caller's role, or not for an assistant.
        InvalidFields: The type or the size is not accepted for the purpose.
        QuotaUsedUp: The file would exceed the caller's quota.
        SessionEnded: The caller's account was deleted.
    """
    if request.purpose is FilePurpose.PORTFOLIO and caller.role is not Role.ARTIST:
        raise Forbidden("Only artists have a portfolio.")
    if not queries.is_within_scope(caller, request.purpose):
        raise Forbidden("Assistants upload files for messages only.")
    if made := find_made("fil", partial(queries.get_own, caller)):
        return Upload(made.id, made.status, made.upload_until, _present_upload(made))
    _require_accepted(request)
    file_id, in_parts = new_id("fil"), is_multipart(request.size)
    upload_until = now + (PARTS_LIFETIME if in_parts else FORM_LIFETIME)
    _require_quota(caller.user_id, request)
    file = File(
        id=file_id,
        owner_id=caller.user_id,
        purpose=request.purpose,
        name=file_names.clean_name(request.name, request.content_type),
        content_type=request.content_type,
        size=request.size,
        sha256=request.sha256,
        status=FileStatus.PENDING,
        created_at=now,
        upload_until=upload_until,
        reserved=request.size,
        due_at=upload_until + LATEST_NOTIFICATION,
        upload_id=bucket.create_multipart_upload(file_id, request.content_type)
        if in_parts
        else None,
    )
    try:
        _save(file, request)
    except Exception:
        if file.upload_id is not None:
            bucket.abort_multipart_upload(file.id, file.upload_id)
        raise
    return Upload(file.id, file.status, upload_until, _present_upload(file))


def create_part_urls(
    caller: Caller, file_id: str, request: PartsRequest, now: datetime
) -> PartUrlList:
    """Return where to send parts of the caller's upload.

    Raises:
        NotFound: There is no such file, or it is not the caller's.
        InvalidFields: The upload has no such part, or a part is named twice.
        NotInParts: The file is uploaded by a form.
        UploadOver: The upload is over.
    """
    file = _get_unfinished(caller, file_id, now)
    sizes = split_size(file.size)
    _require_parts(request, len(sizes))
    urls = []
    for part in request.parts:
        url, headers = bucket.sign_part(file, part.number, part.sha256)
        urls.append(PartUrl(part.number, sizes[part.number - 1], url, headers))
    return PartUrlList(urls, now + bucket.PART_URL_LIFETIME)


def list_parts(caller: Caller, file_id: str, now: datetime) -> UploadedParts:
    """Return which parts of the caller's upload are there, and which are missing.

    Raises:
        NotFound: There is no such file, or it is not the caller's.
        NotInParts: The file is uploaded by a form.
        UploadOver: The upload is over.
    """
    file = _get_unfinished(caller, file_id, now)
    try:
        return _present_parts(file, bucket.list_parts(file))
    except bucket.ObjectMissing:
        raise _upload_over() from None


def complete(caller: Caller, file_id: str) -> FileEntry:
    """Make one file of the parts; an upload that was completed before stays as it is.

    Raises:
        NotFound: There is no such file, or it is not the caller's.
        NotInParts: The file is uploaded by a form.
        PartsMissing: Parts are missing.
    """
    file = queries.get_own(caller, file_id)
    if file.upload_id is None:
        raise _not_in_parts()
    if file.status is FileStatus.PENDING:
        try:
            parts = bucket.list_parts(file)
            missing = _present_parts(file, parts).missing
            if missing:
                numbers = ", ".join(map(str, missing))
                raise PartsMissing(f"These parts are missing: {numbers}.")
            bucket.complete_multipart_upload(file, parts)
        except bucket.ObjectMissing:
            pass  # completed before: S3 has reported it, or will
    return queries.present_entry(file)


def _require_accepted(request: UploadRequest) -> None:
    types = list_types(request.purpose)
    if request.content_type not in types:
        raise InvalidFields(FieldError("body.contentType", f"must be one of {', '.join(types)}"))
    max_size = get_max_size(request.purpose, request.content_type)
    if request.size > max_size:
        raise InvalidFields(FieldError("body.size", f"must be at most {max_size}"))


def _require_quota(user_id: str, request: UploadRequest) -> None:
    usage = store.find_usage(user_id, request.purpose)
    quota = QUOTAS[request.purpose]
    if usage.count >= quota.count or usage.bytes + request.size > quota.bytes:
        raise QuotaUsedUp(
            f"For {request.purpose} you may keep {quota.count} files of "
            f"{_format_mib(quota.bytes)} MiB in all; you have {usage.count} of "
            f"{_format_mib(usage.bytes)} MiB, and this one has {_format_mib(request.size)} MiB. "
            "Remove some first."
        )


def _require_parts(request: PartsRequest, count: int) -> None:
    seen: set[int] = set()
    errors = []
    for position, part in enumerate(request.parts):
        field = f"body.parts[{position}].number"
        if part.number > count:
            errors.append(FieldError(field, f"must be at most {count}"))
        elif part.number in seen:
            errors.append(FieldError(field, "is given twice"))
        seen.add(part.number)
    if errors:
        raise InvalidFields(*errors)


def _format_mib(size: int) -> str:
    return f"{size / MIB:.1f}"


@retry_on_conflict
def _save(file: File, request: UploadRequest) -> None:
    try:
        store.create_file(file, QUOTAS[file.purpose])
    except WriteConflict:
        _require_quota(file.owner_id, request)  # used up, or changed, by another upload
        raise


def _present_upload(file: File) -> UploadForm | UploadParts:
    if file.upload_id is None:
        return UploadForm(*bucket.sign_form(file, FORM_LIFETIME))
    return UploadParts(_list_all_parts(file))


def _list_all_parts(file: File) -> list[UploadPart]:
    return [UploadPart(number, size) for number, size in enumerate(split_size(file.size), 1)]


def _present_parts(file: File, stored: list[bucket.StoredPart]) -> UploadedParts:
    uploaded = {UploadPart(part.number, part.size) for part in stored}
    parts = _list_all_parts(file)
    return UploadedParts(
        [part for part in parts if part in uploaded],
        [part.number for part in parts if part not in uploaded],
    )


def _get_unfinished(caller: Caller, file_id: str, now: datetime) -> File:
    file = queries.get_own(caller, file_id)
    if file.upload_id is None:
        raise _not_in_parts()
    if file.status is not FileStatus.PENDING or now >= file.upload_until:
        raise _upload_over()
    return file


def _not_in_parts() -> NotInParts:
    return NotInParts("This file is uploaded by a form, not in parts.")


def _upload_over() -> UploadOver:
    return UploadOver("This upload was completed, expired or cancelled.")
