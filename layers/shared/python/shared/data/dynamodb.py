"""DynamoDB by pynamodb: the names, timeouts, keys and calls that all tables share."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

from botocore.exceptions import ClientError
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.exceptions import PynamoDBException, TransactWriteError
from pynamodb.indexes import AllProjection
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from shared.data.conflicts import WriteConflict
from shared.platform import aws
from shared.platform.config import resource_name

# TransactWriteItems' reasons when a condition did not hold, or another transaction was at it.
_LOST = {"ConditionalCheckFailed", "TransactionConflict"}


class TableMeta:
    """The connection settings every pynamodb `Meta` inherits."""

    connect_timeout_seconds = aws.CONNECT_TIMEOUT_SECONDS
    read_timeout_seconds = aws.READ_TIMEOUT_SECONDS
    max_retry_attempts = 2
    billing_mode = "PAY_PER_REQUEST"


def table_meta(table: str) -> Any:
    """The `Meta` of the models that live in `table`, e.g. `auth` -> `artist-booking-dev-auth`."""
    attributes = {
        "table_name": resource_name(table),
        "region": os.environ.get("AWS_REGION", "us-east-1"),
        "host": os.environ.get("AWS_ENDPOINT_URL"),
    }
    return type("Meta", (TableMeta,), attributes)


def index_meta(index: str) -> Any:
    """The `Meta` of an index that holds whole items, e.g. `by-due`."""
    return type("Meta", (), {"index_name": index, "projection": AllProjection()})


class Item(Model):
    """One item of a feature's single table: a partition key, a sort key, and when it expires."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    expires_at = NumberAttribute(null=True)  # epoch seconds; DynamoDB's TTL attribute


Kind = TypeVar("Kind", bound=Item)


def find(model: type[Kind], pk: str, sk: str) -> Kind | None:
    """The item with these keys, read consistently."""
    try:
        return model.get(pk, sk, consistent_read=True)
    except model.DoesNotExist:
        return None


@contextmanager
def transaction(model: type[Item]) -> Iterator[TransactWrite]:
    """A transaction on the table of `model`, to use in a `with`: all its writes happen or none.

    Leaving the `with` raises Conflict where somebody else was first, and pynamodb's
    TransactWriteError where DynamoDB cancelled it for another reason.
    """
    connection = _connection(model.Meta.region, model.Meta.host)
    try:
        with TransactWrite(connection=connection) as writes:
            yield writes
    except TransactWriteError as error:
        reasons = {reason.code for reason in error.cancellation_reasons if reason}
        if reasons & _LOST:
            raise WriteConflict from error
        raise


def is_condition_failure(error: PynamoDBException) -> bool:
    """Whether a single write failed because its condition does not hold."""
    # pynamodb's cause_response_code stumbles over a timeout, which has no response.
    if not isinstance(error.cause, ClientError):
        return False
    return error.cause_response_code == "ConditionalCheckFailedException"


def sortable(instant: datetime) -> str:
    """The instant as text that sorts by time, cut to seconds, for keys and indexes."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache
def _connection(region: str, host: str | None) -> Connection:
    # Once per container: making one, with its own botocore client, takes far longer than a call.
    return Connection(
        region=region,
        host=host,
        connect_timeout_seconds=TableMeta.connect_timeout_seconds,
        read_timeout_seconds=TableMeta.read_timeout_seconds,
        max_retry_attempts=TableMeta.max_retry_attempts,
    )
