"""Clean files, asked of their owner's record where the copy of `file.cleaned` is not there yet.

Features keep copies of clean files, which an event brings them a moment after files answers that a
file is clean. Whoever then refers to the file at once would be refused, so a feature that does not
know a file asks here before it refuses it (docs/adr/0089)::

    file = store.find_file(file_id) or clean_files.find_one(file_id, caller.user_id)

What is asked for is three attributes of the record of files, which are of one transaction with its
status: a removed file is not clean from that moment. The copy follows with the event.
"""

import random
import time
from collections.abc import Iterable
from typing import Any

import msgspec

from shared.platform import aws
from shared.platform.config import resource_name
from shared.platform.outages import Outage

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

    One consistent read; none without ids. At most a hundred ids.
    """
    # Ours are ASCII; as UTF-8, others could exceed the length of a key.
    asked = [file_id for file_id in dict.fromkeys(file_ids) if file_id and file_id.isascii()]
    items = _read(asked)
    files = [
        CleanFile(
            item["pk"]["S"].removeprefix(KEY_PREFIX),
            item["owner_id"]["S"],
            item["clean_type"]["S"],
        )
        for item in items
        if "owner_id" in item and "clean_type" in item
    ]
    return {file.id: file for file in files if file.owner_id == owner_id}


def _read(file_ids: Iterable[str]) -> list[dict[str, Any]]:
    name = resource_name(TABLE)
    keys: list[dict[str, Any]] = [
        {"pk": {"S": KEY_PREFIX + file_id}, "sk": {"S": SORT_KEY}} for file_id in file_ids
    ]
    items: list[dict[str, Any]] = []
    for attempt in range(aws.MAX_ATTEMPTS):
        if not keys:
            return items
        # Without these attributes the read is not permitted.
        request = {
            "Keys": keys,
            "ConsistentRead": True,
            "ProjectionExpression": ", ".join(ATTRIBUTES),
        }
        answer = aws.client("dynamodb").batch_get_item(RequestItems={name: request})
        items += answer["Responses"].get(name, [])
        keys = answer.get("UnprocessedKeys", {}).get(name, {}).get("Keys", [])
        if keys:
            time.sleep(random.uniform(0, 0.1 * 2**attempt))  # noqa: S311
    if keys:
        raise Outage("DynamoDB left keys of a batch unprocessed.")
    return items
