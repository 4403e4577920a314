"""Clean files, asked of their owner's record where the copy of `file.cleaned` is not there yet.

Features keep copies of clean files, which an event brings them a moment after files answers that a
file is clean. Whoever then refers to the file at once would be refused, so a feature that does not
know a file asks here before it refuses it (docs/adr/0089)::

    file = store.find_file(file_id) or clean_files.find_one(file_id, caller.user_id)

What is asked for is three attributes of the record of files, which are of one transaction with its
status: a removed file is not clean from that moment. The copy follows with the event.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from shared.platform import aws
from shared.platform.config import resource_name

TABLE = "files"
KEY_PREFIX = "FILE#"
SORT_KEY = "RECORD"
# Files stores the type here for as long as the file is clean.
ATTRIBUTES = ("pk", "sk", "owner_id", "clean_type")


class CleanFile(msgspec.Struct, frozen=True):
    """A clean file, as much as other features may know of it.

    Attributes:
        content_type: Media type of the file.
    """

    id: str
    owner_id: str
    content_type: str


def find_one(file_id: str, owner_id: str) -> CleanFile | None:
    """Return a file if it is a clean one of this owner. One read."""
    return find([file_id], owner_id).get(file_id)


def find(file_ids: Iterable[str], owner_id: str) -> dict[str, CleanFile]:
    """Return those of some files that are clean ones of this owner, by their ids.

    One consistent read of each; none without ids.
    """
    # Ours are ASCII; as UTF-8, others could exceed the length of a key.
    asked = [file_id for file_id in dict.fromkeys(file_ids) if file_id and file_id.isascii()]
    files = filter(None, map(_read, asked))
    return {file.id: file for file in files if file.owner_id == owner_id}


def _read(file_id: str) -> CleanFile | None:
    # Without these attributes the read is not permitted. Of a batch, IAM's condition on them is
    # not evaluated alike everywhere.
    item: dict[str, Any] = (
        aws.client("dynamodb")
        .get_item(
            TableName=resource_name(TABLE),
            Key={"pk": {"S": KEY_PREFIX + file_id}, "sk": {"S": SORT_KEY}},
            ConsistentRead=True,
            ProjectionExpression=", ".join(ATTRIBUTES),
        )
        .get("Item", {})
    )
    if "owner_id" not in item or "clean_type" not in item:
        return None
    return CleanFile(file_id, item["owner_id"]["S"], item["clean_type"]["S"])
