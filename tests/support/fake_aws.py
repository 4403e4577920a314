"""Resources of our stacks, made in moto under the names of the local environment."""

import copy
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from moto.backends import get_backend

from appointments.store import table as appointments
from auth.store import table as auth
from consultations.store import table as consultations
from files.store import table as files
from profiles.store import table as profiles
from social.store import table as social
from tests.support import moto_shortcuts

moto_shortcuts.take()

ACCOUNT, REGION = "123456789012", "us-east-1"  # moto's, and that of tests/conftest.py
PREFIX = "artist-booking-local"
QUEUES = f"https://sqs.{REGION}.amazonaws.com"
RECORD_TABLES = ("limits", "idempotency", "tombstones")
FEATURE_TABLES = (
    "gateway",
    "policies",
    "quick-actions",
)

# Where moto's backend of a service holds what we make in it.
HOLDERS = {"dynamodb": "tables", "kms": "keys", "ssm": "_parameters", "sns": "topics"}


@lru_cache
def client(service: str) -> Any:
    """Return a client for the tests themselves, made once for all of them.

    As in `shared.platform.aws`, calls of DynamoDB are not validated before moto does.
    """
    made: Any = boto3.client
    return made(service, config=Config(parameter_validation=service != "dynamodb"))


def create() -> dict[str, str]:
    """Put tables, keys, the topic and secrets into moto, which forgot those of the test before.

    They are made once, which takes longer than most tests, and are empty and unchanged each time.
    Returns the environment variables that name them.
    """
    variables, made = _made()
    for service, (former, resources) in made.items():
        backend = _backend(service)
        of_backend = getattr(backend, HOLDERS[service])
        if service == "dynamodb":
            of_backend.update(resources)
            for table in of_backend.values():
                table.items.clear()
        else:
            # They name the backend they are in, which is a new one.
            of_backend.update(copy.deepcopy(resources, {id(former): backend}))
    return dict(variables)


@lru_cache
def _made() -> tuple[dict[str, str], dict[str, Any]]:
    """Make everything; return the variables and, by service, moto's backend and its resources."""
    variables = _make()
    made: dict[str, Any] = {}
    for service, holder in HOLDERS.items():
        backend = _backend(service)
        resources = dict(getattr(backend, holder))
        if service != "dynamodb":
            resources = copy.deepcopy(resources, {id(backend): backend})
        made[service] = (backend, resources)
    return variables, made


def _backend(service: Any) -> Any:
    return get_backend(service)[ACCOUNT][REGION]


def _make() -> dict[str, str]:
    for name in FEATURE_TABLES:
        _table(name, "pk", "sk")
    for model in (
        appointments.RecordItem,
        auth.UserItem,
        consultations.RecordItem,
        files.RecordItem,
        profiles.RecordItem,
        social.RecordItem,
    ):
        model.create_table()  # the model knows its indexes
    for name in RECORD_TABLES:
        _table(name, "id")
    put_secret("cursors", {"KEY": "0123456789abcdef"})
    put_secret("quick-action-links", {"KEY": "fedcba9876543210"})
    put_secret("bounce-addresses", {"KEY": "0f1e2d3c4b5a6978"})
    put_secret("unsubscribe-links", {"KEY": "89abcdef01234567"})
    put_secret("api", {"API_URL": "https://api.artistbooking.example"})
    topic = client("sns").create_topic(Name=f"{PREFIX}-domain-events")
    return {
        "SIGNING_KEYS": _key("ECC_NIST_P256", "SIGN_VERIFY"),
        "REFRESH_KEY": _hmac_key(),
        "SOCIAL_KEY": _key("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"),
        "DOMAIN_EVENTS_TOPIC_ARN": topic["TopicArn"],
    }


def put_secret(name: str, values: Mapping[str, str]) -> None:
    """Set a secret, without a call of botocore: nearly every test sets some."""
    _backend("ssm").put_parameter(
        name=f"{PREFIX}-{name}",
        description="",
        value=json.dumps(values),
        parameter_type="SecureString",
        allowed_pattern="",
        keyid="alias/aws/ssm",
        overwrite=True,
        tags=[],
        data_type="text",
        tier=None,
        policies=None,
    )


def create_queue(name: str) -> str:
    """Create a queue, without a call of botocore, and return its URL."""
    address: str = _backend("sqs").create_queue(name).url(urlsplit(QUEUES))
    return address


def create_bucket(name: str) -> None:
    """Create a bucket, without a call of botocore."""
    get_backend("s3")[ACCOUNT]["aws"].create_bucket(name, REGION)


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
