"""Backups: `make backup` writes an environment's tables, databases and list of objects to files.

A backup is a folder with a manifest: for each table and collection the number of records, a
checksum over their content in any order, and the SHA-256 of its file, which is JSON lines,
compressed. On AWS an on-demand backup of each table is ordered as well, which restores faster; a
point in time is restored from the tables' own recovery (docs/runbook.md). Of S3 only the list of
objects is kept: their content is not copied.

The files hold personal data and hashes of passwords: they are readable by their owner only.
"""

import base64
import gzip
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
from bson import json_util
from pymongo import MongoClient
from pymongo.database import Database

from infra.configure import get
from infra.local.settings import StackError

MANIFEST = "manifest.json"
# Records that live for minutes: counters of requests, and answers to repeated ones.
PASSING = ("limits", "idempotency")
# Secret and variable with the address of each database.
DATABASES = {
    "messaging": ("messaging-mongo", "MESSAGING_MONGO_URI"),
    "notifications": ("mongo", "MONGO_URI"),
}
_MODULUS = 2**256

Connect = Callable[[str], MongoClient[dict[str, Any]]]


@dataclass(frozen=True)
class Content:
    """What a table or a collection holds.

    Attributes:
        count: Number of records.
        checksum: Sum of the SHA-256 of all records modulo 2^256, in hexadecimal: the same in any
            order.
    """

    count: int
    checksum: str


class Checksum:
    """Computes the content of records, one at a time."""

    def __init__(self) -> None:
        self._count, self._sum = 0, 0

    def add(self, text: str) -> None:
        """Add the canonical text of a record."""
        digest = hashlib.sha256(text.encode()).digest()
        self._count, self._sum = self._count + 1, (self._sum + int.from_bytes(digest)) % _MODULUS

    @property
    def content(self) -> Content:
        """The content of the records so far."""
        return Content(self._count, f"{self._sum:064x}")


@dataclass(frozen=True)
class Source:
    """What is backed up.

    Attributes:
        session: Session of the environment.
        prefix: Prefix of the names of its resources.
        connect: Returns the client of a MongoDB server.
    """

    session: boto3.Session
    prefix: str
    connect: Connect = MongoClient

    def list_tables(self) -> list[str]:
        """List the tables, without the prefix, except those of passing records."""
        pages = self.session.client("dynamodb").get_paginator("list_tables").paginate()
        names = [name for page in pages for name in page["TableNames"]]
        own = (name.removeprefix(self.prefix) for name in names if name.startswith(self.prefix))
        return sorted(name for name in own if name not in PASSING and "drill-" not in name)

    def open_databases(self) -> Iterator[tuple[str, Database[dict[str, Any]]]]:
        """Yield the databases by name, as far as their servers are configured."""
        ssm = self.session.client("ssm")
        for name, (secret, variable) in DATABASES.items():
            uri = get(ssm, f"{self.prefix}{secret}").get(variable)
            if uri:
                with self.connect(uri) as client:
                    yield name, client[name]


def back_up(source: Source, folder: Path, now: datetime, *, on_demand: bool) -> Iterator[str]:
    """Write a backup into a new folder, and yield lines about it.

    Args:
        source: What is backed up.
        folder: The folder.
        now: The current instant.
        on_demand: Whether an on-demand backup of each table is ordered too, as on AWS.

    Raises:
        StackError: The folder exists, or there are no tables.
    """
    tables = source.list_tables()
    if not tables:
        raise StackError(f"There are no tables whose names begin with {source.prefix}.")
    try:
        folder.mkdir(parents=True, mode=0o700)
    except FileExistsError as error:
        raise StackError(f"{folder} exists.") from error
    manifest: dict[str, Any] = {
        "startedAt": now.isoformat(), "tables": {}, "databases": {}, "buckets": {}, "onDemand": {}
    }  # fmt: skip
    client = source.session.client("dynamodb")
    for table in tables:
        full_name = source.prefix + table
        if on_demand:
            ordered = client.create_backup(
                TableName=full_name, BackupName=f"{full_name}-{now:%Y%m%dT%H%M%SZ}"
            )
            manifest["onDemand"][table] = ordered["BackupDetails"]["BackupArn"]
        path = folder / f"table-{table}.jsonl.gz"
        entry = _write(path, map(encode_item, scan(client, full_name)))
        manifest["tables"][table] = entry | {"schema": describe(client, full_name)}
        yield f"table {table}: {entry['count']} items"
    for name, database in source.open_databases():
        for collection in sorted(database.list_collection_names()):
            path = folder / f"database-{name}-{collection}.jsonl.gz"
            entry = _write(path, map(encode_document, database[collection].find()))
            manifest["databases"].setdefault(name, {})[collection] = entry
            yield f"database {name}, {collection}: {entry['count']} documents"
    for bucket in _list_buckets(source):
        path = folder / f"bucket-{bucket}.jsonl.gz"
        manifest["buckets"][bucket] = _write(path, _list_objects(source, bucket))
        yield f"bucket {bucket}: {manifest['buckets'][bucket]['count']} objects listed, not copied"
    text = json.dumps(manifest, indent=2, sort_keys=True)
    _open_private(folder / MANIFEST, text.encode())
    yield f"{folder / MANIFEST}: SHA-256 {hashlib.sha256(text.encode()).hexdigest()}"


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a backup, whose files are as they were written.

    Raises:
        StackError: There is none, or a file is missing or changed.
    """
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError) as error:
        raise StackError(f"{folder} has no manifest of a backup: {error}") from error
    collections = [
        each for database in manifest["databases"].values() for each in database.values()
    ]
    for entry in (*manifest["tables"].values(), *collections, *manifest["buckets"].values()):
        path = folder / entry["file"]
        if not path.is_file() or _hash_file(path) != entry["sha256"]:
            raise StackError(f"{path} is missing or changed since the backup.")
    return manifest


def read_lines(path: Path) -> Iterator[str]:
    """Yield the records of a file of a backup, one at a time."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield line.rstrip("\n")


def measure(texts: Iterable[str]) -> Content:
    """Return the content of records."""
    checksum = Checksum()
    for text in texts:
        checksum.add(text)
    return checksum.content


def scan(client: Any, table: str) -> Iterator[Mapping[str, Any]]:
    """Yield the items of a table, in DynamoDB's own JSON, read consistently."""
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    for page in pages:
        yield from page["Items"]


def describe(client: Any, table: str) -> dict[str, Any]:
    """Return what a table like this one is created with."""
    found = client.describe_table(TableName=table)["Table"]
    schema = {
        "KeySchema": found["KeySchema"],
        "AttributeDefinitions": found["AttributeDefinitions"],
        "BillingMode": "PAY_PER_REQUEST",
    }
    indexes = [
        {name: index[name] for name in ("IndexName", "KeySchema", "Projection")}
        for index in found.get("GlobalSecondaryIndexes", [])
    ]
    return schema | ({"GlobalSecondaryIndexes": indexes} if indexes else {})


def encode_item(item: Mapping[str, Any]) -> str:
    """Return the canonical JSON of an item; binary values are in Base64."""
    return json.dumps(_to_json(item), sort_keys=True, ensure_ascii=False)


def decode_item(text: str) -> dict[str, Any]:
    """Return the item of a line."""
    item: dict[str, Any] = _from_json(json.loads(text))
    return item


def encode_document(document: Mapping[str, Any]) -> str:
    """Return the canonical extended JSON (v2) of a document."""
    text = json_util.dumps(document, json_options=json_util.CANONICAL_JSON_OPTIONS)
    return json.dumps(json.loads(text), sort_keys=True, ensure_ascii=False)


def decode_document(text: str) -> dict[str, Any]:
    """Return the document of a line."""
    document: dict[str, Any] = json_util.loads(text, json_options=json_util.CANONICAL_JSON_OPTIONS)
    return document


def _to_json(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        return {
            name: sorted(map(_to_json, member)) if name in ("SS", "NS", "BS") else _to_json(member)
            for name, member in value.items()
        }
    return [_to_json(member) for member in value] if isinstance(value, list) else value


def _from_json(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _decode_value(value) for name, value in item.items()}


def _decode_value(value: Mapping[str, Any]) -> dict[str, Any]:
    ((kind, content),) = value.items()
    match kind:
        case "B":
            return {kind: base64.b64decode(content)}
        case "BS":
            return {kind: [base64.b64decode(member) for member in content]}
        case "M":
            return {kind: _from_json(content)}
        case "L":
            return {kind: [_decode_value(member) for member in content]}
    return {kind: content}


def _write(path: Path, texts: Iterable[str]) -> dict[str, Any]:
    checksum = Checksum()
    _open_private(path, b"")
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for text in texts:
            file.write(text + "\n")
            checksum.add(text)
    content = checksum.content
    return {
        "file": path.name,
        "count": content.count,
        "checksum": content.checksum,
        "sha256": _hash_file(path),
    }


def _open_private(path: Path, content: bytes) -> None:
    with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)


def _hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _list_buckets(source: Source) -> list[str]:
    names = [each["Name"] for each in source.session.client("s3").list_buckets()["Buckets"]]
    return sorted(name for name in names if name.startswith(source.prefix))


def _list_objects(source: Source, bucket: str) -> Iterator[str]:
    pages = source.session.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket)
    for page in pages:
        for entry in page.get("Contents", []):
            shown = {"key": entry["Key"], "size": entry["Size"], "etag": entry["ETag"]}
            yield json.dumps(shown, sort_keys=True, ensure_ascii=False)
