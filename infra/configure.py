"""Secrets, written to Parameter Store, where the functions read them.

    ENV=dev python -m infra.configure [FILE]     read a .env file, by default `.env`
    ENV=dev python -m infra.configure --keys     make the keys that are missing (`make deploy` does)
    ENV=dev python -m infra.configure --api-url  remember the address of the API, unless the file
                                                 named API_URL (`make deploy` does)

A secret is a SecureString with key-value pairs as JSON. CloudFormation cannot create one, and
Secrets Manager charges for each, used or not (docs/adr/0024). The names in the file are those of
the guide (SMTP_HOST, TWILIO_ACCOUNT_SID, VAPID_PUBLIC_KEY, …). A secret is written only if the file
names one of its keys; keys that the file does not name keep their values. It ends with what each
channel of notifications still lacks; SMTP_FROM and VAPID_EMAIL follow from SMTP_USER, where that is
an address, or from OPERATOR_EMAIL.
"""

import json
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra.accounts import find_environment, open_session
from infra.local.settings import StackError
from shared.platform import provider_settings

# Secret name -> the beginnings of the names it holds.
SECRETS = {
    "mongo": ("MONGO_",),
    "messaging-mongo": ("MESSAGING_MONGO_",),
    "smtp": ("SMTP_", "SMTP2_", "SES_", "MAIL_", "OPERATOR_"),
    "twilio": ("TWILIO_", "VONAGE_", "SMS_"),
    "vapid": ("VAPID_",),
    "identity-providers": ("IDP_",),
    "social-providers": ("SOCIAL_",),
    "api": ("API_",),
}
# Secrets with a key of our own: of the cursors of lists, of links in notifications, and of the
# addresses that mails come back to.
KEYS = ("cursors", "quick-action-links", "unsubscribe-links", "bounce-addresses")
_KEY_BYTES = 36
# The address of the API that was deployed last, as it was remembered.
_REMEMBERED = "API_URL_DEPLOYED"
# In every address that API Gateway gives an API.
_API_GATEWAY = ".execute-api."


def put(ssm: Any, prefix: str, values: Mapping[str, str]) -> list[str]:
    """Merge the values into their secrets and return the names of the secrets written.

    Raises:
        KeyError: A value belongs to no secret; nothing is written then.
    """
    grouped: dict[str, dict[str, str]] = {}
    for key, value in values.items():
        grouped.setdefault(_secret_of(key), {})[key] = value
    written = []
    for name, ours in grouped.items():
        parameter = f"{prefix}-{name}"
        held = get(ssm, parameter)
        merged = held | ours
        if merged != held:
            _write(ssm, parameter, json.dumps(merged), overwrite=True)
            written.append(parameter)
    return written


def get(ssm: Any, parameter: str) -> dict[str, str]:
    """Return the key-value pairs of a secret; {} if there is none."""
    try:
        answer = ssm.get_parameter(Name=parameter, WithDecryption=True)
    except ssm.exceptions.ParameterNotFound:
        return {}
    values: dict[str, str] = json.loads(answer["Parameter"]["Value"])
    return values


def describe_channels(ssm: Any, prefix: str) -> list[str]:
    """Describe what each channel of notifications lacks, a line for each."""
    lines = []
    for channel in provider_settings.REQUIRED:
        missing = provider_settings.list_missing(channel, lambda name: get(ssm, f"{prefix}-{name}"))
        state = f"not configured, missing {', '.join(missing)}" if missing else "configured"
        lines.append(f"{channel}: {state}")
    return lines


def create_keys(ssm: Any, prefix: str) -> list[str]:
    """Make the keys of our own that are missing, and return the names of their secrets."""
    created = []
    for name in KEYS:
        parameter = f"{prefix}-{name}"
        if not get(ssm, parameter):
            value = {"KEY": secrets.token_urlsafe(_KEY_BYTES)}
            _write(ssm, parameter, json.dumps(value), overwrite=False)
            created.append(parameter)
    return created


def move(ssm: Any, secrets_manager: Any, prefix: str) -> list[str]:
    """Copy what version 0.2 kept in Secrets Manager, where Parameter Store has nothing yet.

    Returns:
        Names of the secrets that were copied.
    """
    moved = []
    for name in (*SECRETS, *KEYS):
        parameter = f"{prefix}-{name}"
        if get(ssm, parameter):
            continue
        try:
            text = secrets_manager.get_secret_value(SecretId=parameter)["SecretString"]
        except (
            secrets_manager.exceptions.ResourceNotFoundException,
            secrets_manager.exceptions.InvalidRequestException,  # it is marked for deletion
        ):
            continue
        if json.loads(text):
            _write(ssm, parameter, text, overwrite=False)
            moved.append(parameter)
    return moved


def remember_api_url(ssm: Any, cloudformation: Any, prefix: str) -> bool:
    """Keep the address of the deployed API, unless one is configured, such as a domain of ours.

    Mails link to it (docs/adr/0057-preferences.md). What was remembered, and any address of API
    Gateway, gives way to the API that is deployed now, or to its domain. Nothing is written while
    there is no gateway, as when the foundation is deployed first.
    """
    values = get(ssm, f"{prefix}-api")
    held = values.get("API_URL", "")
    if held and held != values.get(_REMEMBERED) and _API_GATEWAY not in held:
        return False
    try:
        (stack,) = cloudformation.describe_stacks(StackName=f"{prefix}-gateway")["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":  # there is no such stack
            return False
        raise
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    deployed = outputs["ApiUrl"]
    return bool(put(ssm, prefix, {"API_URL": deployed, _REMEMBERED: deployed}))


def read(path: Path) -> dict[str, str]:
    """Read the `NAME=value` lines of a .env file, without comments and outer quotes."""
    pairs = (
        line.partition("=")
        for line in path.read_text().splitlines()
        if line.strip() and not line.lstrip().startswith("#")
    )
    return {name.strip(): value.strip().strip("'\"") for name, _, value in pairs}


def _secret_of(key: str) -> str:
    for name, beginnings in SECRETS.items():
        if key.startswith(beginnings):
            return name
    raise KeyError(f"{key} belongs to no secret; known are {', '.join(SECRETS)}")


def _write(ssm: Any, parameter: str, text: str, *, overwrite: bool) -> None:
    # Encrypted with the account's own key of Parameter Store, which costs nothing.
    ssm.put_parameter(Name=parameter, Type="SecureString", Value=text, Overwrite=overwrite)


def main() -> None:
    """Configure the environment that ENV names."""
    try:
        environment = find_environment(os.environ.get("ENV", "dev"))
        session = open_session(environment)
    except StackError as error:
        sys.exit(str(error))
    ssm = session.client("ssm")
    # Before anything is merged, so that a file that names a part of a secret keeps the rest.
    for name in move(ssm, session.client("secretsmanager"), environment.prefix):
        print(f"moved {name} from Secrets Manager")
    if sys.argv[1:] == ["--keys"]:
        for name in create_keys(ssm, environment.prefix):
            print(f"made {name}")
        return
    if sys.argv[1:] == ["--api-url"]:
        if remember_api_url(ssm, session.client("cloudformation"), environment.prefix):
            print("wrote the address of the API, which mails link to")
        return
    path = Path(sys.argv[1] if len(sys.argv) > 1 else ".env")
    for name in put(ssm, environment.prefix, read(path)):
        print(f"wrote {name}")
    for line in describe_channels(ssm, environment.prefix):
        print(line)


if __name__ == "__main__":
    main()
