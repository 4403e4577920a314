"""files' bucket, and the only module that talks to it.

    incoming/<fileId>              what was uploaded: nobody but the inspector can read it
    clean/<fileId>/original        what was found clean: nobody but the inspector can write it
    clean/<fileId>/<size>.webp     its thumbnails

Keys are ours and hold nothing of a name. The bucket's policy says who may what; see
infra/stacks/files.py.
"""

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256 as sha256_of
from pathlib import Path
from typing import Any

import msgspec

from files.models import File, Removal, ThumbnailSize
from files.rules.file_types import part_sizes
from shared.platform import aws
from shared.platform.config import from_environment

INCOMING, CLEAN = "incoming/", "clean/"
WEBP = "image/webp"
LINK_GOOD_FOR = timedelta(minutes=5)
PART_LINK_GOOD_FOR = timedelta(hours=1)
MOST_LISTED = 1000
CHUNK = 1024 * 1024
_GONE = {"404", "NoSuchKey", "NoSuchUpload", "NotFound"}
_OTHER = {"412", "PreconditionFailed"}


class Bucket(msgspec.Struct, frozen=True):
    """Where the bytes are."""

    files_bucket: str = ""


class Absent(Exception):
    """There is no such object, or not any more."""


class Replaced(Exception):
    """The object is not the one that was told of: it was written again."""


class Arrived(msgspec.Struct, frozen=True):
    """A part that arrived, as S3 knows it."""

    number: int
    size: int
    etag: str
    checksum: str


class Fetched(msgspec.Struct, frozen=True):
    """What was read of an upload: its size and its SHA-256 in hexadecimal."""

    size: int
    sha256: str


def incoming_key(file_id: str) -> str:
    """Where a file is uploaded to."""
    return INCOMING + file_id


def clean_key(file_id: str, thumbnail: ThumbnailSize | None = None) -> str:
    """Where a clean file, or a thumbnail of it, is kept."""
    return f"{CLEAN}{file_id}/{f'{thumbnail}.webp' if thumbnail else 'original'}"


# ---- uploads -----------------------------------------------------------------------------------


def upload_form(file: File, good_for: timedelta) -> tuple[str, dict[str, str]]:
    """URL and fields of a POST that S3 takes only with this key, type, size and checksum."""
    fields = {
        "Content-Type": file.content_type,
        "x-amz-checksum-algorithm": "SHA256",
        "x-amz-checksum-sha256": _base64(file.sha256),
    }
    form = _s3().generate_presigned_post(
        Bucket=_bucket(),
        Key=incoming_key(file.id),
        Fields=fields,
        Conditions=[
            *({name: value} for name, value in fields.items()),
            ["content-length-range", file.size, file.size],
        ],
        ExpiresIn=int(good_for.total_seconds()),
    )
    return form["url"], form["fields"]


def begin_parts(file_id: str, content_type: str) -> str:
    """Begin an upload in parts; S3's id of it."""
    answer = _s3().create_multipart_upload(
        Bucket=_bucket(),
        Key=incoming_key(file_id),
        ContentType=content_type,
        ChecksumAlgorithm="SHA256",
    )
    upload_id: str = answer["UploadId"]
    return upload_id


def part_url(file: File, number: int, sha256: str) -> tuple[str, dict[str, str]]:
    """URL and headers of a PUT that S3 takes only with this part's size and checksum."""
    checksum, size = _base64(sha256), part_sizes(file.size)[number - 1]
    url = _s3().generate_presigned_url(
        "upload_part",
        Params={
            "Bucket": _bucket(),
            "Key": incoming_key(file.id),
            "UploadId": file.upload_id,
            "PartNumber": number,
            "ContentLength": size,
            "ChecksumSHA256": checksum,
        },
        ExpiresIn=int(PART_LINK_GOOD_FOR.total_seconds()),
    )
    return url, {"content-length": str(size), "x-amz-checksum-sha256": checksum}


def arrived_parts(file: File) -> list[Arrived]:
    """The parts that arrived, in order. Raises Absent when the upload is over."""
    with _absent():
        answer = _s3().list_parts(
            Bucket=_bucket(),
            Key=incoming_key(file.id),
            UploadId=file.upload_id,
            MaxParts=MOST_LISTED,
        )
    return [
        Arrived(part["PartNumber"], part["Size"], part["ETag"], part.get("ChecksumSHA256", ""))
        for part in answer.get("Parts", [])
    ]


def complete_parts(file: File, parts: list[Arrived]) -> None:
    """Make one object of the parts. Raises Absent when the upload is over."""
    with _absent():
        _s3().complete_multipart_upload(
            Bucket=_bucket(),
            Key=incoming_key(file.id),
            UploadId=file.upload_id,
            MultipartUpload={
                "Parts": [
                    {"PartNumber": part.number, "ETag": part.etag}
                    | ({"ChecksumSHA256": part.checksum} if part.checksum else {})
                    for part in parts
                ]
            },
        )


def abort_parts(file_id: str, upload_id: str) -> None:
    """Give an upload in parts up; one that is over is fine."""
    try:
        with _absent():
            _s3().abort_multipart_upload(
                Bucket=_bucket(), Key=incoming_key(file_id), UploadId=upload_id
            )
    except Absent:
        pass


# ---- inspection --------------------------------------------------------------------------------


def fetch(file_id: str, etag: str | None, most: int, target: Path) -> Fetched:
    """Read an upload once, into `target`: what is inspected is what is kept.

    Stops after `most` bytes and one. Raises Absent where there is none, and Replaced where it is
    not the one of this ETag.
    """
    condition = {"IfMatch": f'"{etag}"'} if etag else {}
    with _absent():
        answer = _s3().get_object(Bucket=_bucket(), Key=incoming_key(file_id), **condition)
    size, digest = 0, sha256_of()
    with answer["Body"] as body, target.open("wb") as file:
        while size <= most and (chunk := body.read(CHUNK)):
            size += len(chunk)
            digest.update(chunk)
            file.write(chunk)
    return Fetched(size, digest.hexdigest())


def keep(key: str, source: Path, content_type: str) -> None:
    """Keep a file that was found clean under this key, whatever was there."""
    digest = sha256_of()
    with source.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
        file.seek(0)
        _s3().put_object(
            Bucket=_bucket(),
            Key=key,
            Body=file,
            ContentType=content_type,
            ChecksumSHA256=base64.b64encode(digest.digest()).decode(),
        )


# ---- downloads and removal ---------------------------------------------------------------------


def link(key: str, content_type: str, disposition: str) -> str:
    """A URL by which whoever has it reads this object, as this type, for five minutes."""
    url: str = _s3().generate_presigned_url(
        "get_object",
        Params={
            "Bucket": _bucket(),
            "Key": key,
            "ResponseContentType": content_type,
            "ResponseContentDisposition": disposition,
            "ResponseCacheControl": "private, max-age=300",
        },
        ExpiresIn=int(LINK_GOOD_FOR.total_seconds()),
    )
    return url


def links_until(now: datetime) -> datetime:
    """Until when a link made now is good."""
    return now + LINK_GOOD_FOR


def remove(removal: Removal) -> None:
    """Remove the upload and, where everything must go, all that was kept of it.

    What is gone already is fine. Raises RuntimeError when S3 left any of it.
    """
    if removal.upload_id is not None:
        abort_parts(removal.file_id, removal.upload_id)
    keys = [incoming_key(removal.file_id)]
    if removal.everything:
        kept = [None, *ThumbnailSize]
        keys += [clean_key(removal.file_id, each) for each in kept]
    answer: Mapping[str, Any] = _s3().delete_objects(
        Bucket=_bucket(), Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True}
    )
    if answer.get("Errors"):
        raise RuntimeError(f"S3 left {len(answer['Errors'])} objects of {removal.file_id}")


@contextmanager
def _absent() -> Iterator[None]:
    """Turn S3's ways of saying that something is not there into Absent, or Replaced."""
    try:
        yield
    except Exception as error:
        code = getattr(error, "response", {}).get("Error", {}).get("Code", "")
        if code in _GONE:
            raise Absent from error
        if code in _OTHER:
            raise Replaced from error
        raise


def _base64(hexadecimal: str) -> str:
    return base64.b64encode(bytes.fromhex(hexadecimal)).decode()


def _bucket() -> str:
    name: str = from_environment(Bucket).files_bucket
    return name


def _s3() -> Any:
    return aws.client("s3")
