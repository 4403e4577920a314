"""DynamoDB with pynamodb: names, timeouts, keys and calls that all tables share."""

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

# Cancellation reasons of TransactWriteItems: a condition failed, or another transaction was
# writing the same item.
_CONFLICTS = {"ConditionalCheckFailed", "TransactionConflict"}


class TableMeta:
    """The connection settings that every pynamodb `Meta` inherits."""

    connect_timeout_seconds = aws.CONNECT_TIMEOUT_SECONDS
    read_timeout_seconds = aws.READ_TIMEOUT_SECONDS
    max_retry_attempts = 2
    billing_mode = "PAY_PER_REQUEST"


def table_meta(table: str) -> Any:
    """Return the `Meta` of the models in a table: `auth` is `artist-booking-dev-auth`."""
    attributes = {
        "table_name": resource_name(table),
        "region": os.environ.get("AWS_REGION", "us-east-1"),
        "host": os.environ.get("AWS_ENDPOINT_URL"),
    }
    return type("Meta", (TableMeta,), attributes)


def index_meta(index: str) -> Any:
    """Return the `Meta` of an index that projects all attributes, such as `by-due`."""
    return type("Meta", (), {"index_name": index, "projection": AllProjection()})


class Item(Model):
    """An item of a feature's single table.

    Attributes:
        pk: Partition key.
        sk: Sort key.
        expires_at: Epoch seconds; DynamoDB's TTL attribute.
    """

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    expires_at = NumberAttribute(null=True)


ItemType = TypeVar("ItemType", bound=Item)


def find(model: type[ItemType], pk: str, sk: str) -> ItemType | None:
    """Return the item with these keys, read consistently; None if there is none."""
    try:
        return model.get(pk, sk, consistent_read=True)
    except model.DoesNotExist:
        return None


@contextmanager
def transaction(model: type[Item]) -> Iterator[TransactWrite]:
    """Run a transaction on the table of `model`: all writes of the `with` block happen, or none.

    Raises:
        WriteConflict: A condition failed, or another transaction was writing the same item.
        TransactWriteError: DynamoDB cancelled the transaction for another reason.
    """
    connection = _connection(model.Meta.region, model.Meta.host)
    try:
        with TransactWrite(connection=connection) as writes:
            yield writes
    except TransactWriteError as error:
        reasons = {reason.code for reason in error.cancellation_reasons if reason}
        if reasons & _CONFLICTS:
            raise WriteConflict from error
        raise


def is_condition_failure(error: PynamoDBException) -> bool:
    """Return whether a single write failed because its condition did not hold."""
    # pynamodb's cause_response_code fails for a timeout, which has no response.
    if not isinstance(error.cause, ClientError):
        return False
    return error.cause_response_code == "ConditionalCheckFailedException"


def sortable(instant: datetime) -> str:
    """Return an instant as text that sorts by time, truncated to seconds, for keys and indexes."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache
def _connection(region: str, host: str | None) -> Connection:
    # Once per container: creating one, with its botocore client, takes far longer than a call.
    return Connection(
        region=region,
        host=host,
        connect_timeout_seconds=TableMeta.connect_timeout_seconds,
        read_timeout_seconds=TableMeta.read_timeout_seconds,
        max_retry_attempts=TableMeta.max_retry_attempts,
    )
