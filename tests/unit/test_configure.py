"""Secrets: written from .env, made where they are ours, moved from where they were."""

import json
from typing import Any

import boto3
import pytest

from infra import configure

PREFIX = "artist-booking-dev"


@pytest.fixture
def ssm(aws: None) -> Any:
    return boto3.client("ssm", region_name="us-east-1")


@pytest.fixture
def secrets_manager(aws: None) -> Any:
    return boto3.client("secretsmanager", region_name="us-east-1")


def test_values_are_merged_and_encrypted(ssm: Any) -> None:
    assert configure.put(ssm, PREFIX, {"SMTP_HOST": "a", "SMTP_PORT": "25", "MONGO_URI": "m"}) == [
        f"{PREFIX}-smtp",
        f"{PREFIX}-mongo",
    ]
    assert configure.put(ssm, PREFIX, {"SMTP_HOST": "b", "MONGO_URI": "m"}) == [f"{PREFIX}-smtp"]
    assert configure.get(ssm, f"{PREFIX}-smtp") == {"SMTP_HOST": "b", "SMTP_PORT": "25"}
    stored = ssm.get_parameter(Name=f"{PREFIX}-smtp")["Parameter"]
    assert stored["Type"] == "SecureString"


def test_an_unknown_name_writes_nothing(ssm: Any) -> None:
    with pytest.raises(KeyError, match="SMPT_HOST belongs to no secret"):
        configure.put(ssm, PREFIX, {"MONGO_URI": "m", "SMPT_HOST": "a"})
    assert configure.get(ssm, f"{PREFIX}-mongo") == {}


def test_our_own_keys_are_made_once_and_differ(ssm: Any) -> None:
    assert configure.create_keys(ssm, PREFIX) == [
        f"{PREFIX}-cursors",
        f"{PREFIX}-quick-action-links",
    ]
    keys = [configure.get(ssm, f"{PREFIX}-{name}")["KEY"] for name in configure.KEYS]
    assert len(set(keys)) == 2
    assert all(len(key) == 48 for key in keys)
    assert configure.create_keys(ssm, PREFIX) == []
    assert [configure.get(ssm, f"{PREFIX}-{name}")["KEY"] for name in configure.KEYS] == keys


def test_what_secrets_manager_held_is_moved_once(ssm: Any, secrets_manager: Any) -> None:
    for name, held in {"cursors": {"KEY": "old"}, "smtp": {}, "twilio": {"TWILIO_X": "1"}}.items():
        secrets_manager.create_secret(Name=f"{PREFIX}-{name}", SecretString=json.dumps(held))
    configure.put(ssm, PREFIX, {"TWILIO_X": "2"})
    assert configure.move(ssm, secrets_manager, PREFIX) == [f"{PREFIX}-cursors"]
    assert configure.get(ssm, f"{PREFIX}-cursors") == {"KEY": "old"}
    assert configure.get(ssm, f"{PREFIX}-twilio") == {"TWILIO_X": "2"}
    assert configure.move(ssm, secrets_manager, PREFIX) == []
    assert configure.create_keys(ssm, PREFIX) == [f"{PREFIX}-quick-action-links"]
