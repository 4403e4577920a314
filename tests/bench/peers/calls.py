"""The calls of one request of ours, made again by a peer, with clients that exist before it.

The environment says which: `BENCH_CALLS`, JSON of `[service, operation, parameters]` each, and
`BENCH_MONGO_URI` if documents are read too.
"""

import json
import os
import time
from contextlib import suppress
from typing import Any

import boto3
from botocore.exceptions import ClientError

_calls: list[tuple[str, str, dict[str, Any]]] = json.loads(os.environ.get("BENCH_CALLS", "[]"))
# As all peers do, and as our functions: the client of the rate limit even where there is none.
_clients: dict[str, Any] = {
    service: boto3.client(service)  # type: ignore[call-overload]
    for service in {"dynamodb"} | {service for service, _, _ in _calls}
}
_collection: Any = None
if "BENCH_MONGO_URI" in os.environ:
    from pymongo import MongoClient

    _collection = MongoClient[dict[str, Any]](os.environ["BENCH_MONGO_URI"])["bench"]["items"]


def make() -> None:
    """Make the calls."""
    for service, operation, parameters in _calls:
        with suppress(ClientError):  # a condition that does not hold is an answer, too
            getattr(_clients[service], operation)(**parameters)
    if _collection is not None:
        list(_collection.find({"userId": "usr_1"}).sort("_id", -1).limit(20))


def find_caller(event: dict[str, Any]) -> str | None:
    """Return the user that the authorizer found; None if the token has expired meanwhile."""
    authorizer = event["requestContext"].get("authorizer") or {}
    if float(authorizer.get("expiresAt", 0)) < time.time():
        return None
    user_id: str = authorizer["userId"]
    return user_id
