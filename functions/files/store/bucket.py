"""S3 bucket of files.

    incoming/<fileId>              an upload: only the inspector can read it
    clean/<fileId>/original        a clean file: only the inspector can write it
    clean/<fileId>/<size>.webp     its thumbnails
    imports/<fileId>               content that another feature fetched; copied to `incoming/`
    exports/<exportId>/…           shares of an export, written by their features, and its archive

Keys are made of ids and contain nothing of a name. The bucket's policy decides who may do what; see
infra/stacks/files.py.
"""

import base64
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256 as new_sha256
from io import RawIOBase
from pathlib import Path
from typing import Any

import msgspec

from files.models import File, Removal, ThumbnailSize
from files.rules.file_types import split_size
from shared.data.exports import PREFIX
from shared.data.file_imports import import_key
from shared.platform import aws
from shared.platform.config import from_environment

INCOMING, CLEAN = "incoming/", "clean/"
WEBP = "image/webp"
DOWNLOAD_LIFETIME = timedelta(minutes=5)
ARCHIVE_DOWNLOAD_LIFETIME = timedelta(minutes=1)
PART_URL_LIFETIME = timedelta(hours=1)
MAX_LISTED_PARTS = 1000
CHUNK = 1024 * 1024
PART_BYTES = 8 * CHUNK  # of a multipart upload; S3 takes at least 5 MiB
ARCHIVE = "archive.zip"
_MISSING_CODES = {"404", "NoSuchKey", "NoSuchUpload", "NotFound"}
_REPLACED_CODES = {"412", "PreconditionFailed"}


class BucketSettings(msgspec.Struct, frozen=True):
    """The environment variables that name the bucket."""

    files_bucket: str = ""


class ObjectMissing(Exception):
    """The object or the multipart upload does not exist, or no longer exists."""


class ObjectReplaced(Exception):
    """The object is not the one with the expected ETag: it was written again."""


class StoredPart(msgspec.Struct, frozen=True):
    """A part of a multipart upload, as S3 stored it."""

    number: int
    size: int
    etag: str
    checksum: str


class DownloadedUpload(msgspec.Struct, frozen=True):
    """Size and SHA-256, in hexadecimal, of an upload that was read."""

    size: int
    sha256: str


def incoming_key(file_id: str) -> str:
    """Return the key that a file is uploaded to."""
    return INCOMING + file_id


def clean_key(file_id: str, thumbnail: ThumbnailSize | None = None) -> str:
    """Return the key of a clean file, or of one of its thumbnails."""
    return f"{CLEAN}{file_id}/{f'{thumbnail}.webp' if thumbnail else 'original'}"


# ---- uploads -----------------------------------------------------------------------------------


def sign_form(file: File, lifetime: timedelta) -> tuple[str, dict[str, str]]:
    """Return URL and fields of a form that S3 accepts only with this file's content."""
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
        ExpiresIn=int(lifetime.total_seconds()),
    )
    return form["url"], form["fields"]


def create_multipart_upload(file_id: str, content_type: str) -> str:
    """Create a multipart upload and return the id that S3 gave it."""
    answer = _s3().create_multipart_upload(
        Bucket=_bucket(),
        Key=incoming_key(file_id),
        ContentType=content_type,
        ChecksumAlgorithm="SHA256",
    )
    upload_id: str = answer["UploadId"]
    return upload_id


def sign_part(file: File, number: int, sha256: str) -> tuple[str, dict[str, str]]:
    """Return URL and headers of a PUT that S3 accepts only with this part's size and checksum."""
    checksum, size = _base64(sha256), split_size(file.size)[number - 1]
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
        ExpiresIn=int(PART_URL_LIFETIME.total_seconds()),
    )
    return url, {"content-length": str(size), "x-amz-checksum-sha256": checksum}


def list_parts(file: File) -> list[StoredPart]:
    """Return the parts that were uploaded, in order.

    Raises:
        ObjectMissing: The upload was completed or aborted.
    """
    with _translated_errors():
        answer = _s3().list_parts(
            Bucket=_bucket(),
            Key=incoming_key(file.id),
            UploadId=file.upload_id,
            MaxParts=MAX_LISTED_PARTS,
        )
    return [
        StoredPart(part["PartNumber"], part["Size"], part["ETag"], part.get("ChecksumSHA256", ""))
        for part in answer.get("Parts", [])
    ]


def complete_multipart_upload(file: File, parts: list[StoredPart]) -> None:
    """Make one object of the parts.

    Raises:
        ObjectMissing: The upload was completed or aborted.
    """
    with _translated_errors():
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


def abort_multipart_upload(file_id: str, upload_id: str) -> None:
    """Abort a multipart upload, if it is not over."""
    try:
        with _translated_errors():
            _s3().abort_multipart_upload(
                Bucket=_bucket(), Key=incoming_key(file_id), UploadId=upload_id
            )
    except ObjectMissing:
        pass


def copy_import(file_id: str) -> None:
    """Make an upload of what another feature put; S3 reports it like any other.

    Raises:
        ObjectMissing: Nothing was put, or it was deleted.
    """
    with _translated_errors():
        _s3().copy_object(
            Bucket=_bucket(),
            Key=incoming_key(file_id),
            CopySource={"Bucket": _bucket(), "Key": import_key(file_id)},
        )


# ---- inspection --------------------------------------------------------------------------------


def download_upload(
    file_id: str, etag: str | None, max_size: int, target: Path
) -> DownloadedUpload:
    """Read an upload once into `target`: what is inspected is what will be stored.

    The read stops once more than `max_size` bytes were read.

    Raises:
        ObjectMissing: There is no upload.
        ObjectReplaced: The upload has another ETag.
    """
    condition = {"IfMatch": f'"{etag}"'} if etag else {}
    with _translated_errors():
        answer = _s3().get_object(Bucket=_bucket(), Key=incoming_key(file_id), **condition)
    size, digest = 0, new_sha256()
    with answer["Body"] as body, target.open("wb") as file:
        while size <= max_size and (chunk := body.read(CHUNK)):
            size += len(chunk)
            digest.update(chunk)
            file.write(chunk)
    return DownloadedUpload(size, digest.hexdigest())


def save_clean(key: str, source: Path, content_type: str) -> None:
    """Store a clean file or thumbnail under this key, replacing any object there."""
    digest = new_sha256()
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


def sign_download(key: str, content_type: str, disposition: str) -> str:
    """Return a URL by which anyone can download the object for five minutes."""
    return _sign(key, content_type, disposition, DOWNLOAD_LIFETIME, "private, max-age=300")


def sign_archive_download(export_id: str, content_type: str, disposition: str) -> str:
    """Return a URL by which anyone can begin to download an archive within a minute."""
    key = archive_key(export_id)
    return _sign(key, content_type, disposition, ARCHIVE_DOWNLOAD_LIFETIME, "no-store")


def _sign(
    key: str, content_type: str, disposition: str, lifetime: timedelta, cache_control: str
) -> str:
    url: str = _s3().generate_presigned_url(
        "get_object",
        Params={
            "Bucket": _bucket(),
            "Key": key,
            "ResponseContentType": content_type,
            "ResponseContentDisposition": disposition,
            "ResponseCacheControl": cache_control,
        },
        ExpiresIn=int(lifetime.total_seconds()),
    )
    return url


def get_download_expiry(now: datetime) -> datetime:
    """Return the instant until which a URL that is signed now is valid."""
    return now + DOWNLOAD_LIFETIME


def delete_objects(removal: Removal) -> None:
    """Delete an upload and, where the removal says so, the clean file with its thumbnails.

    What an import was copied from goes with its upload. Objects that do not exist are ignored.

    Raises:
        RuntimeError: S3 did not delete all of them.
    """
    if removal.upload_id is not None:
        abort_multipart_upload(removal.file_id, removal.upload_id)
    keys = [incoming_key(removal.file_id), import_key(removal.file_id)]
    if removal.everything:
        keys += [clean_key(removal.file_id, size) for size in (None, *ThumbnailSize)]
    answer: Mapping[str, Any] = _s3().delete_objects(
        Bucket=_bucket(), Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True}
    )
    if answer.get("Errors"):
        count = len(answer["Errors"])
        raise RuntimeError(f"S3 did not delete {count} objects of {removal.file_id}.")


# ---- exports -----------------------------------------------------------------------------------


def archive_key(export_id: str) -> str:
    """Return the key of the archive of an export."""
    return f"{PREFIX}{export_id}/{ARCHIVE}"


def list_shares(export_id: str) -> list[str]:
    """List the names of the shares of an export that are there."""
    prefix = f"{PREFIX}{export_id}/"
    answer = _s3().list_objects_v2(Bucket=_bucket(), Prefix=prefix)
    names = [entry["Key"].removeprefix(prefix) for entry in answer.get("Contents", [])]
    return [name for name in names if name != ARCHIVE]


def read_share(export_id: str, name: str) -> Iterator[bytes]:
    """Yield the content of a share in chunks."""
    return _read(f"{PREFIX}{export_id}/{name}")


def read_clean(file_id: str) -> Iterator[bytes]:
    """Yield the content of a clean file in chunks."""
    return _read(clean_key(file_id))


def delete_shares(export_id: str, names: Iterable[str]) -> None:
    """Delete shares of an export."""
    for name in names:
        _s3().delete_object(Bucket=_bucket(), Key=f"{PREFIX}{export_id}/{name}")


def delete_archive(export_id: str) -> None:
    """Delete the archive of an export, if there is one."""
    _s3().delete_object(Bucket=_bucket(), Key=archive_key(export_id))


@contextmanager
def archive_writer(export_id: str) -> Iterator["ArchiveWriter"]:
    """Write the archive of an export as a stream; nothing is stored if the block fails."""
    writer = ArchiveWriter(archive_key(export_id))
    try:
        yield writer
        writer.complete()
    except BaseException:
        writer.abort()
        raise


class ArchiveWriter(RawIOBase):
    """A stream into an object: it holds one part of a multipart upload in memory at a time."""

    def __init__(self, key: str) -> None:
        self._target = {"Bucket": _bucket(), "Key": key}
        started = _s3().create_multipart_upload(**self._target, ContentType="application/zip")
        self._upload = {**self._target, "UploadId": started["UploadId"]}
        self._parts: list[dict[str, Any]] = []
        self._buffer = bytearray()

    def writable(self) -> bool:
        """Return True: it is for writing only."""
        return True

    def write(self, data: Any) -> int:
        """Take data, and send a part when there is enough."""
        self._buffer += data
        while len(self._buffer) >= PART_BYTES:
            self._send(bytes(self._buffer[:PART_BYTES]))
            del self._buffer[:PART_BYTES]
        return len(data)

    def complete(self) -> None:
        """Send the rest, and store the object."""
        self._send(bytes(self._buffer))
        parts = {"Parts": self._parts}
        _s3().complete_multipart_upload(**self._upload, MultipartUpload=parts)

    def abort(self) -> None:
        """Drop what was sent."""
        _s3().abort_multipart_upload(**self._upload)

    def _send(self, part: bytes) -> None:
        number = len(self._parts) + 1
        sent = _s3().upload_part(**self._upload, PartNumber=number, Body=part)
        self._parts.append({"PartNumber": number, "ETag": sent["ETag"]})


def _read(key: str) -> Iterator[bytes]:
    with _translated_errors():
        body = _s3().get_object(Bucket=_bucket(), Key=key)["Body"]
        yield from body.iter_chunks(CHUNK)


@contextmanager
def _translated_errors() -> Iterator[None]:
    """Turn the errors by which S3 reports a missing object into ObjectMissing or ObjectReplaced."""
    try:
        yield
    except Exception as error:
        code = getattr(error, "response", {}).get("Error", {}).get("Code", "")
        if code in _MISSING_CODES:
            raise ObjectMissing from error
        if code in _REPLACED_CODES:
            raise ObjectReplaced from error
        raise


def _base64(hexadecimal: str) -> str:
    return base64.b64encode(bytes.fromhex(hexadecimal)).decode()


def _bucket() -> str:
    name: str = from_environment(BucketSettings).files_bucket
    return name


def _s3() -> Any:
    return aws.client("s3")
