"""Imports of files: content that a feature fetched elsewhere, handed over to be inspected.

Files neither trusts the content nor the feature that fetched it: what is handed over waits below a
prefix of its own, counts against the quota of its owner, and is inspected like every upload. Nobody
can read it before.

The id of the file is derived from the owner and a key of the import, so that a repetition after a
crash replaces what the first run put, and makes no second file::

    file_id = file_imports.derive_file_id(artist_id, f"instagram {media_id}", created_at)
    fetched = file_imports.hand_over(Fetched(file_id, artist_id, purpose, name, type_), path)
    outbox.add(writes, OutboxItem, [new_event("social", file_id, fetched, now)])

`file.cleaned` or `file.rejected` of this id follows (docs/files.md, "Imports").
"""

import base64
from datetime import datetime
from enum import StrEnum
from hashlib import sha256 as new_sha256
from pathlib import Path

import msgspec

from domain.ids import derived_from, new_id
from shared.data.exports import ExportSettings
from shared.events.domain_events import EventData
from shared.platform import aws
from shared.platform.config import from_environment

PREFIX = "imports/"
MAX_BYTES = 100 * 1024 * 1024  # the largest file of all; files has a limit for each type


class ImportPurpose(StrEnum):
    """The purpose of an imported file: a part of the purposes of files."""

    CONSULTATION = "consultation"
    MESSAGE = "message"
    PORTFOLIO = "portfolio"


class Fetched(msgspec.Struct, frozen=True):
    """What is known about content that was fetched, apart from its bytes.

    Attributes:
        file_id: Id of the file, by `derive_file_id`.
        owner_id: Id of the user who will own the file.
        purpose: What the file is for, which decides its types, sizes and quota.
        name: Name of the file, for people.
        content_type: Media type as the server stated it; an inspection compares it with the bytes.
    """

    file_id: str
    owner_id: str
    purpose: ImportPurpose
    name: str
    content_type: str


class FileFetched(EventData, frozen=True):
    """Content was fetched from a provider; files inspects it and makes a file of it.

    Attributes:
        owner_id: Id of the user who will own the file.
        purpose: What the file is for.
        name: Name of the file, for people.
        content_type: Media type as the provider stated it.
        size: Size in bytes.
        sha256: SHA-256 in hexadecimal.
    """

    type = "social_file.fetched"

    file_id: str
    owner_id: str
    purpose: ImportPurpose
    name: str
    content_type: str
    size: int
    sha256: str


def derive_file_id(owner_id: str, import_key: str, at: datetime) -> str:
    """Return the id of the file that an import makes.

    Args:
        owner_id: Id of the user who will own the file.
        import_key: Key of the import, unique for its owner.
        at: When the import was ordered: ids sort by it. It must be the same at each repetition.
    """
    seed = new_sha256(f"file import {owner_id} {import_key}".encode()).digest()
    with derived_from(seed, at):
        return new_id("fil")


def import_key(file_id: str) -> str:
    """Return the key in the bucket of files below which content is handed over."""
    return PREFIX + file_id


def hand_over(fetched: Fetched, content: Path) -> FileFetched:
    """Put content where files takes it from, and return the event to publish.

    It can be repeated. Publish the event in the transaction that records that this is done.
    """
    digest = new_sha256()
    with content.open("rb") as file:
        while chunk := file.read(1024 * 1024):
            digest.update(chunk)
        size = file.tell()
        file.seek(0)
        aws.client("s3").put_object(
            Bucket=from_environment(ExportSettings).exports_bucket,
            Key=import_key(fetched.file_id),
            Body=file,
            ContentType=fetched.content_type,
            ChecksumSHA256=base64.b64encode(digest.digest()).decode(),
        )
    return FileFetched(**msgspec.structs.asdict(fetched), size=size, sha256=digest.hexdigest())
