"""Uploads: announcing a file, and sending it in one request or in parts."""

from datetime import datetime, timedelta

from domain.errors import FieldError, Forbidden, InvalidFields
from domain.ids import new_id
from files.models import File, Status
from files.rules import file_names
from files.rules.errors import NotInParts, PartsMissing, PersonGone, QuotaUsedUp, UploadOver
from files.rules.file_types import (
    ALLOWANCES,
    MIB,
    Purpose,
    is_multipart,
    largest_for,
    part_sizes,
    types_for,
)
from files.schemas import (
    ArrivedParts,
    FileEntry,
    Form,
    Part,
    Parts,
    PartsRequest,
    PartUrl,
    PartUrls,
    Upload,
    UploadRequest,
)
from files.store import bucket
from files.store import files as store
from files.use_cases import queries
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.http.caller import Caller, Role

FORM_GOOD_FOR = timedelta(hours=1)
PARTS_GOOD_FOR = timedelta(hours=24)
# S3 tells of an upload within seconds, as a rule; after this long nobody waits for it any more.
LOOK_AFTER = timedelta(minutes=15)


def announce(caller: Caller, request: UploadRequest, now: datetime) -> Upload:
    """Keep the file as pending, reserve room for it, and say how to send it.

    One read and one transaction, and one call of S3 for an upload in parts. Raises a 403 Problem
    where the purpose is not for the caller's role, a 422 one for a type or size that is not taken,
    and a 409 one where the quota is used up.
    """
    if request.purpose is Purpose.PORTFOLIO and caller.role is not Role.ARTIST:
        raise Forbidden("Only artists have a portfolio.")
    _check(request)
    file_id, in_parts = new_id("fil"), is_multipart(request.size)
    upload_until = now + (PARTS_GOOD_FOR if in_parts else FORM_GOOD_FOR)
    _check_room(caller.user_id, request)
    file = File(
        id=file_id,
        owner_id=caller.user_id,
        purpose=request.purpose,
        name=file_names.cleaned(request.name, request.content_type),
        content_type=request.content_type,
        size=request.size,
        sha256=request.sha256,
        status=Status.PENDING,
        created_at=now,
        upload_until=upload_until,
        reserved=request.size,
        due_at=upload_until + LOOK_AFTER,
        upload_id=bucket.begin_parts(file_id, request.content_type) if in_parts else None,
    )
    try:
        retry_on_conflict(lambda: _reserve(file, request))()
    except Exception:
        if file.upload_id is not None:
            bucket.abort_parts(file.id, file.upload_id)
        raise
    return Upload(file.id, file.status, upload_until, _way_to_send(file))


def part_urls(caller: Caller, file_id: str, request: PartsRequest, now: datetime) -> PartUrls:
    """Where to send these parts. Raises a 409 Problem where the upload is over."""
    file = _unfinished(caller, file_id, now)
    sizes = part_sizes(file.size)
    seen: set[int] = set()
    errors = []
    for position, claim in enumerate(request.parts):
        field = f"body.parts[{position}].number"
        if claim.number > len(sizes):
            errors.append(FieldError(field, f"this upload has {len(sizes)} parts"))
        elif claim.number in seen:
            errors.append(FieldError(field, "is named twice"))
        seen.add(claim.number)
    if errors:
        raise InvalidFields(*errors)
    urls = []
    for claim in request.parts:
        url, headers = bucket.part_url(file, claim.number, claim.sha256)
        urls.append(PartUrl(claim.number, sizes[claim.number - 1], url, headers))
    return PartUrls(urls, now + bucket.PART_LINK_GOOD_FOR)


def arrived_parts(caller: Caller, file_id: str, now: datetime) -> ArrivedParts:
    """How far an upload in parts is. Raises a 409 Problem where there is none any more."""
    file = _unfinished(caller, file_id, now)
    try:
        return _arrived(file, bucket.arrived_parts(file))
    except bucket.Absent:
        raise _over() from None


def complete(caller: Caller, file_id: str) -> FileEntry:
    """Make one file of the parts. Once it is one, completing it again changes nothing.

    Raises a 409 Problem while parts are missing.
    """
    file = queries.own(caller, file_id)
    if file.upload_id is None:
        raise NotInParts("This file is sent in one request.")
    if file.status is Status.PENDING:
        try:
            parts = bucket.arrived_parts(file)
            missing = _arrived(file, parts).missing
            if missing:
                listed = ", ".join(map(str, missing))
                raise PartsMissing(f"These parts did not arrive yet: {listed}.")
            bucket.complete_parts(file, parts)
        except bucket.Absent:
            pass  # completed before: S3 told, or will
    return queries.entry(file)


def _check(request: UploadRequest) -> None:
    taken = types_for(request.purpose)
    if request.content_type not in taken:
        raise InvalidFields(FieldError("body.contentType", f"must be one of {', '.join(taken)}"))
    largest = largest_for(request.purpose, request.content_type)
    if request.size > largest:
        raise InvalidFields(FieldError("body.size", f"at most {largest} bytes are taken"))


def _check_room(user_id: str, request: UploadRequest) -> None:
    usage, is_gone = store.find_room(user_id, request.purpose)
    if is_gone:
        raise PersonGone("This account was deleted.")
    allowance = ALLOWANCES[request.purpose]
    if usage.count >= allowance.count or usage.bytes + request.size > allowance.bytes:
        raise QuotaUsedUp(
            f"For {request.purpose} you may keep {allowance.count} files of "
            f"{_mib(allowance.bytes)} MiB in all; you have {usage.count} of {_mib(usage.bytes)} "
            f"MiB, and this one has {_mib(request.size)} MiB. Remove some first."
        )


def _mib(size: int) -> str:
    return f"{size / MIB:.1f}"


def _reserve(file: File, request: UploadRequest) -> None:
    try:
        store.announce(file, ALLOWANCES[file.purpose])
    except WriteConflict:
        _check_room(file.owner_id, request)  # either it is full by now, or others were at it
        raise


def _way_to_send(file: File) -> Form | Parts:
    if file.upload_id is None:
        return Form(*bucket.upload_form(file, FORM_GOOD_FOR))
    return Parts(_all_parts(file))


def _all_parts(file: File) -> list[Part]:
    return [Part(number, size) for number, size in enumerate(part_sizes(file.size), 1)]


def _arrived(file: File, parts: list[bucket.Arrived]) -> ArrivedParts:
    there = {Part(part.number, part.size) for part in parts}
    wanted = _all_parts(file)
    return ArrivedParts(
        [part for part in wanted if part in there],
        [part.number for part in wanted if part not in there],
    )


def _unfinished(caller: Caller, file_id: str, now: datetime) -> File:
    file = queries.own(caller, file_id)
    if file.upload_id is None:
        raise NotInParts("This file is sent in one request.")
    if file.status is not Status.PENDING or now >= file.upload_until:
        raise _over()
    return file


def _over() -> Exception:
    return UploadOver("This upload is over: completed, expired or given up.")
