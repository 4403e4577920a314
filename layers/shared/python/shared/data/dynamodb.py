"""DynamoDB with pynamodb: names, timeouts, keys and calls that all tables share."""

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from botocore.exceptions import ClientError
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection, TableConnection
from pynamodb.exceptions import (
    PutError,
    PynamoDBException,
    TransactGetError,
    TransactWriteError,
)
from pynamodb.indexes import AllProjection
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from shared.data.conflicts import WriteConflict
from shared.platform import aws, outages
from shared.platform.config import resource_name
from shared.platform.outages import Outage

# Cancellation reasons of TransactWriteItems: a condition failed, or another transaction was
# writing the same item.
_CONFLICTS = {"ConditionalCheckFailed", "TransactionConflict"}


class TableMeta:
    """The settings that every pynamodb `Meta` inherits. Those of the client are in `aws`."""

    # How often `batch_write` sends what DynamoDB did not process.
    max_retry_attempts = aws.MAX_ATTEMPTS
    billing_mode = "PAY_PER_REQUEST"


def table_meta(table: str) -> Any:
    """Return the `Meta` of the models in a table: `auth` is `artist-booking-dev-auth`."""
    attributes = {
        "table_name": resource_name(table),
        "region": os.environ.get("AWS_REGION", "us-east-1"),
    }
    return type("Meta", (TableMeta,), attributes)


def index_meta(index: str) -> Any:
    """Return the `Meta` of an index that projects all attributes, such as `by-due`."""
    return type("Meta", (), {"index_name": index, "projection": AllProjection()})


class SharedClient(Connection):
    """A connection of pynamodb whose client is that of the process.

    pynamodb would make a session and a client for each model, and another for transactions.
    """

    @property
    def client(self) -> Any:
        """The client of the process."""
        return aws.client("dynamodb")


class Table(Model):
    """Base of all models."""

    @classmethod
    def _get_connection(cls) -> TableConnection:
        found = super()._get_connection()
        if not isinstance(found.connection, SharedClient):
            shared = SharedClient(region=cls.Meta.region)
            shared.add_meta_table(found.get_meta_table())
            found.connection = shared
        return found

    @classmethod
    def _batch_get_page(
        cls, keys_to_get: Any, consistent_read: Any, attributes_to_get: Any
    ) -> tuple[list[Any], None]:
        """Return a page of `batch_get`, with what DynamoDB did not process at first.

        pynamodb would ask for it again at once and for ever.
        """
        found: list[Any] = []
        for attempt in range(aws.MAX_ATTEMPTS):
            page, keys_to_get = super()._batch_get_page(  # type: ignore[no-untyped-call]  # pynamodb's own
                keys_to_get, consistent_read, attributes_to_get
            )
            found += page
            if not keys_to_get:
                return found, None
            time.sleep(random.uniform(0, 0.1 * 2**attempt))  # noqa: S311
        raise Outage("DynamoDB left keys of a batch unprocessed.")


class Item(Table):
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
    try:
        with TransactWrite(connection=model._get_connection().connection) as writes:
            yield writes
    except TransactWriteError as error:
        reasons = {reason.code for reason in error.cancellation_reasons if reason}
        if reasons & _CONFLICTS:
            raise WriteConflict from error
        raise


@outages.recognize
def _is_outage(error: BaseException) -> bool:
    """Recognize what pynamodb raises without a cause, or with reasons that say more."""
    if isinstance(error, (TransactWriteError, TransactGetError)):
        reasons = {reason.code for reason in error.cancellation_reasons if reason}
        return bool(reasons & outages.TEMPORARY_CODES)
    # `batch_write` gave up sending what DynamoDB did not process.
    return isinstance(error, PutError) and error.cause is None


def is_condition_failure(error: PynamoDBException) -> bool:
    """Return whether a single write failed because its condition did not hold."""
    return _code_of(error) == "ConditionalCheckFailedException"


def is_conflict(error: PynamoDBException) -> bool:
    """Return whether a single write failed for its condition, or for a transaction on its item."""
    return is_condition_failure(error) or _code_of(error) == "TransactionConflictException"


def _code_of(error: PynamoDBException) -> str | None:
    # pynamodb's cause_response_code fails for a timeout, which has no response.
    return error.cause_response_code if isinstance(error.cause, ClientError) else None


def sortable(instant: datetime) -> str:
    """Return an instant as text that sorts by time, truncated to seconds, for keys and indexes."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
