"""Tombstones: marks of deleted accounts, which every feature asks before it writes for a person.

auth writes a tombstone in the transaction that deletes the account. From then on no request, frame
or one-tap link of that person is carried out anywhere, although their access token is valid for
some more minutes, and no late event brings anything about them back:

- `shared.http.request` asks before every route that writes for a signed-in caller, and
  `shared.live.websockets` before every frame.
- Transactions that must not pass an erasure require it (`shared.data.tombstone_items`).
- Event handlers that store copies ask `find_deleted`.

Nothing is left of the account in a tombstone but its id.
"""

import random
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from shared.platform import aws
from shared.platform.config import resource_name
from shared.platform.outages import Outage

TABLE = "tombstones"
# Longer than any token is valid and any event can be delayed: dead letters are redriven within
# days, or never.
KEPT_FOR = timedelta(days=90)


def is_deleted(user_id: str, *, consistent: bool = True) -> bool:
    """Return whether an account was deleted. One read.

    A request reads eventually consistently: what it writes within that moment after the deletion is
    erased, because erasures begin with an event that arrives later.
    """
    return has_mark(user_id, consistent=consistent)


def find_deleted(*user_ids: str) -> set[str]:
    """Return which of these accounts were deleted; at most a hundred ids. One consistent read."""
    return find_marks(dict.fromkeys(filter(None, user_ids)), consistent=True)


def has_mark(key: str, *, consistent: bool) -> bool:
    """Return whether the table has an item of this key. One read."""
    answer = aws.client("dynamodb").get_item(
        TableName=resource_name(TABLE), Key={"id": {"S": key}}, ConsistentRead=consistent
    )
    return "Item" in answer


def find_marks(wanted: Iterable[str], *, consistent: bool) -> set[str]:
    """Return of which of these keys the table has items; at most a hundred keys. One read."""
    keys: list[dict[str, Any]] = [{"id": {"S": key}} for key in wanted]
    found: set[str] = set()
    for attempt in range(aws.MAX_ATTEMPTS):
        if not keys:
            return found
        name = resource_name(TABLE)
        answer = aws.client("dynamodb").batch_get_item(
            RequestItems={name: {"Keys": keys, "ConsistentRead": consistent}}
        )
        found |= {item["id"]["S"] for item in answer["Responses"].get(name, [])}
        keys = answer.get("UnprocessedKeys", {}).get(name, {}).get("Keys", [])
        if keys:
            time.sleep(random.uniform(0, 0.1 * 2**attempt))  # noqa: S311
    if keys:
        raise Outage("DynamoDB left keys of a batch unprocessed.")
    return found


def mark_deleted(user_id: str, now: datetime) -> None:
    """Mark an account as deleted; harmless if it is.

    Erasures begin with it, for accounts that were deleted when there were no tombstones yet.
    """
    aws.client("dynamodb").put_item(
        TableName=resource_name(TABLE),
        Item={"id": {"S": user_id}, "expires_at": {"N": str(expiry_of(now))}},
    )


def expiry_of(now: datetime) -> int:
    """Return the epoch second at which a tombstone of this moment expires."""
    return int((now + KEPT_FOR).timestamp())
