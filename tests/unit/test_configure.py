"""Secrets: written from .env, made where they are ours, moved from where they were."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.core.models import DEFAULT_ACCOUNT_ID

from infra import configure
from infra.application import REGION
from infra.environments import ENVIRONMENTS

PREFIX = "artist-booking-dev"
OF_AWS = "https://a1b2.execute-api.us-east-1.amazonaws.com"


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
        f"{PREFIX}-unsubscribe-links",
        f"{PREFIX}-bounce-addresses",
    ]
    keys = [configure.get(ssm, f"{PREFIX}-{name}")["KEY"] for name in configure.KEYS]
    assert len(set(keys)) == 4
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
    assert configure.create_keys(ssm, PREFIX) == [
        f"{PREFIX}-quick-action-links",
        f"{PREFIX}-unsubscribe-links",
        f"{PREFIX}-bounce-addresses",
    ]


def test_a_secret_that_is_marked_for_deletion_is_not_moved(ssm: Any, secrets_manager: Any) -> None:
    name = f"{PREFIX}-smtp"
    secrets_manager.create_secret(Name=name, SecretString=json.dumps({"SMTP_HOST": "a"}))
    secrets_manager.delete_secret(SecretId=name, RecoveryWindowInDays=30)
    assert configure.move(ssm, secrets_manager, PREFIX) == []


def test_a_file_that_names_a_part_of_a_moved_secret_keeps_the_rest(
    ssm: Any, secrets_manager: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = {"SMTP_HOST": "a", "SMTP_PORT": "25"}
    secrets_manager.create_secret(Name=f"{PREFIX}-smtp", SecretString=json.dumps(held))
    (tmp_path / "part.env").write_text("SMTP_HOST=b")
    monkeypatch.setenv("ENV", "dev")
    pinned = replace(ENVIRONMENTS["dev"], account=DEFAULT_ACCOUNT_ID, region=REGION)
    monkeypatch.setitem(ENVIRONMENTS, "dev", pinned)
    monkeypatch.setattr(sys, "argv", ["configure", str(tmp_path / "part.env")])
    configure.main()
    assert configure.get(ssm, f"{PREFIX}-smtp") == {"SMTP_HOST": "b", "SMTP_PORT": "25"}


@pytest.mark.parametrize("name", ["local", "prdo"])
def test_only_environments_on_aws_are_configured(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENV", name)
    with pytest.raises(SystemExit, match=f"ENV={name} is no environment on AWS"):
        configure.main()


def test_what_each_channel_lacks_is_described(ssm: Any) -> None:
    guide = {"SMTP_HOST": "a", "SMTP_PORT": "587", "SMTP_USER": "you@example.com"}
    configure.put(ssm, PREFIX, guide | {"TWILIO_ACCOUNT_SID": "AC1", "VAPID_PUBLIC_KEY": "k"})
    assert configure.describe_channels(ssm, PREFIX) == [
        "email: configured",
        "sms: not configured, missing TWILIO_AUTH_TOKEN, TWILIO_PHONE_NUMBER",
        "push: not configured, missing VAPID_PRIVATE_KEY",
    ]


class CloudFormation:
    """CloudFormation with a gateway at an address, or without a gateway."""

    def __init__(self, api_url: str | None) -> None:
        self._api_url = api_url

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803
        if self._api_url is None:
            message = f"Stack {StackName} does not exist"
            raise ClientError(
                {"Error": {"Code": "ValidationError", "Message": message}}, "DescribeStacks"
            )
        return {"Stacks": [{"Outputs": [{"OutputKey": "ApiUrl", "OutputValue": self._api_url}]}]}


@pytest.mark.parametrize(
    ("held", "deployed", "kept"),
    [
        ("", f"{OF_AWS}/api", f"{OF_AWS}/api"),
        # A domain is an option that is added later; an environment that was destroyed comes back.
        (f"{OF_AWS}/api", "https://api.example.com", "https://api.example.com"),
        ("https://gone.execute-api.us-east-1.amazonaws.com/api", f"{OF_AWS}/api", f"{OF_AWS}/api"),
        ("https://configured.example.com", f"{OF_AWS}/api", "https://configured.example.com"),
        # The foundation is deployed first.
        ("", None, None),
    ],
)
def test_the_address_of_the_deployed_api_is_remembered(
    ssm: Any, held: str, deployed: str | None, kept: str | None
) -> None:
    if held:
        configure.put(ssm, PREFIX, {"API_URL": held})
    configure.remember_api_url(ssm, CloudFormation(deployed), PREFIX)
    assert configure.get(ssm, f"{PREFIX}-api").get("API_URL") == kept
    assert not configure.remember_api_url(ssm, CloudFormation(deployed), PREFIX)


def test_a_domain_that_is_changed_or_given_up_is_not_linked_to_any_more(ssm: Any) -> None:
    for address in ("https://api.example.com", "https://api.example.org", f"{OF_AWS}/api"):
        assert configure.remember_api_url(ssm, CloudFormation(address), PREFIX)
        assert configure.get(ssm, f"{PREFIX}-api")["API_URL"] == address
    configure.put(ssm, PREFIX, {"API_URL": "https://configured.example.com"})
    assert not configure.remember_api_url(ssm, CloudFormation(f"{OF_AWS}/api"), PREFIX)
