"""Provider settings, written to Secrets Manager, where the functions read them.

    ENV=dev python -m infra.configure [FILE]     read a .env file, by default `.env`

The names are those of the guide (SMTP_HOST, TWILIO_ACCOUNT_SID, VAPID_PUBLIC_KEY, …). A secret is
written only if the file names one of its keys; keys that the file does not name keep their values.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3

from infra.environments import ENVIRONMENTS

# Secret name -> the beginnings of the names it holds.
SECRETS = {
    "mongo": ("MONGO_",),
    "messaging-mongo": ("MESSAGING_MONGO_",),
    "smtp": ("SMTP_",),
    "twilio": ("TWILIO_",),
    "vapid": ("VAPID_",),
}


def put(secrets_manager: Any, prefix: str, values: Mapping[str, str]) -> list[str]:
    """Merge the values into their secrets and return the names of the secrets written.

    Raises:
        KeyError: A value belongs to no secret; nothing is written then.
    """
    grouped: dict[str, dict[str, str]] = {}
    for key, value in values.items():
        grouped.setdefault(_secret_of(key), {})[key] = value
    written = []
    for name, ours in grouped.items():
        secret_id = f"{prefix}-{name}"
        held = json.loads(secrets_manager.get_secret_value(SecretId=secret_id)["SecretString"])
        merged = held | ours
        if merged != held:
            secrets_manager.put_secret_value(SecretId=secret_id, SecretString=json.dumps(merged))
            written.append(secret_id)
    return written


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


def main() -> None:
    """Configure the environment that ENV names."""
    environment = ENVIRONMENTS[os.environ.get("ENV", "dev")]
    path = Path(sys.argv[1] if len(sys.argv) > 1 else ".env")
    client = boto3.client("secretsmanager", region_name=environment.region)
    for name in put(client, environment.prefix, read(path)):
        print(f"wrote {name}")


if __name__ == "__main__":
    main()
