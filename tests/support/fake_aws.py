"""Resources of our stacks, made in moto under the names of the local environment."""

import json
import threading
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from unittest import mock

import boto3
from moto.backends import get_backend
from moto.core.botocore_stubber import BotocoreStubber

from appointments.store import table as appointments
from consultations.store import table as consultations
from profiles.store import table as profiles

ACCOUNT, REGION = "123456789012", "us-east-1"  # moto's, and that of tests/conftest.py
PREFIX = "artist-booking-local"
RECORD_TABLES = ("limits", "idempotency")
FEATURE_TABLES = (
    "auth",
    "policies",
    "quick-actions",
)


_lock = threading.RLock()
_respond = BotocoreStubber.__call__


def _respond_alone(*args: Any, **kwargs: Any) -> Any:
    """Respond to one call at a time: moto's transactions are not safe when threads make them."""
    with _lock:
        return _respond(*args, **kwargs)


BotocoreStubber.__call__ = _respond_alone  # type: ignore[method-assign]


@lru_cache
def client(service: str) -> Any:
    """Return a client for the tests themselves, made once for all of them."""
    made: Any = boto3.client
    return made(service)


def create() -> dict[str, str]:
    """Create tables, keys, the topic and secrets; return the environment variables naming them."""
    _put_tables()
    put_secret("cursors", {"KEY": "0123456789abcdef"})
    put_secret("quick-action-links", {"KEY": "fedcba9876543210"})
    topic = client("sns").create_topic(Name=f"{PREFIX}-domain-events")
    return {
        "SIGNING_KEYS": _key("ECC_NIST_P256", "SIGN_VERIFY"),
        "REFRESH_KEY": _hmac_key(),
        "DOMAIN_EVENTS_TOPIC_ARN": topic["TopicArn"],
    }


def put_secret(name: str, values: Mapping[str, str]) -> None:
    """Set a secret."""
    client("ssm").put_parameter(
        Name=f"{PREFIX}-{name}", Type="SecureString", Value=json.dumps(values), Overwrite=True
    )


def _put_tables() -> None:
    """Put the tables into moto, which forgot them; building them takes longer than a test."""
    tables = get_backend("dynamodb")[ACCOUNT][REGION].tables
    tables.update(_empty_tables())
    for table in tables.values():
        table.items.clear()


@lru_cache
def _empty_tables() -> dict[str, Any]:
    for name in FEATURE_TABLES:
        _table(name, "pk", "sk")
    for with_indexes in (appointments, consultations, profiles):
        with_indexes.RecordItem.create_table()  # the model knows its indexes
    for name in RECORD_TABLES:
        _table(name, "id")
    return dict(get_backend("dynamodb")[ACCOUNT][REGION].tables)


def _table(name: str, *keys: str) -> None:
    client("dynamodb").create_table(
        TableName=f"{PREFIX}-{name}",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        KeySchema=[
            {"AttributeName": key, "KeyType": kind}
            for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
        ],
    )


def _key(spec: str, usage: str) -> str:
    key = client("kms").create_key(KeySpec=spec, KeyUsage=usage)
    arn: str = key["KeyMetadata"]["Arn"]
    return arn


def _hmac_key() -> str:
    # moto makes an RSA key for this one too, which nobody needs and takes longer than most tests.
    with mock.patch("moto.kms.models.generate_private_key", return_value=None):
        return _key("HMAC_256", "GENERATE_VERIFY_MAC")
