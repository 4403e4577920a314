"""Accounts of AWS that environments are pinned to, and the check of the credentials at hand.

    ENV=prod python -m infra.accounts        check them (the first step of `make deploy`)
    ENV=prod python -m infra.accounts pin    pin the environment to their account (`make pin`)

infra/accounts.json names the account and the region of each environment. Whatever works on an
environment opens its session here, so credentials of another account are refused before anything
is read or changed (docs/adr/0077).
"""

import json
import os
import sys
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.environments import ENVIRONMENTS, PINS, Environment
from infra.local.settings import StackError


def find_environment(name: str) -> Environment:
    """Return an environment on AWS.

    Raises:
        StackError: There is none of this name. The local stack is none: what is meant for it would
            go into the account of the credentials at hand.
    """
    on_aws = {one.name: one for one in ENVIRONMENTS.values() if not one.is_local}
    if name not in on_aws:
        raise StackError(f"ENV={name} is no environment on AWS. Those are: {', '.join(on_aws)}.")
    return on_aws[name]


def open_session(environment: Environment) -> boto3.Session:
    """Return a session of the environment, in its region, once its credentials are checked.

    Raises:
        StackError: The environment is not pinned yet, there are no valid credentials, or they are
            of another account.
    """
    session, account = _identify(environment)
    if environment.account is None:
        raise StackError(
            f"ENV={environment.name} is not pinned to an account yet, and these credentials are of "
            f"account {account}. If that is right: make pin ENV={environment.name}, and commit "
            f"infra/{PINS.name}."
        )
    if account != environment.account:
        raise StackError(
            f"ENV={environment.name} is account {environment.account} (infra/{PINS.name}), but "
            f"these credentials are of account {account}. Nothing was touched."
        )
    return session


def pin(environment: Environment, region: str | None = None, path: Path = PINS) -> str:
    """Write the account of the credentials at hand into the file; return the account.

    Args:
        environment: The environment to pin.
        region: Its region, if it is another one than before.
        path: The file.

    Raises:
        StackError: The environment is pinned to another account or region already. It may live
            there: whoever moves it edits the file.
    """
    _, account = _identify(environment)
    pins = json.loads(path.read_text())
    wanted = {"account": account, "region": region or environment.region}
    held = pins.setdefault(environment.name, wanted)
    if held != wanted:
        raise StackError(
            f"ENV={environment.name} is pinned to account {held['account']} in {held['region']}; "
            f"edit infra/{path.name} if it moves."
        )
    path.write_text(json.dumps(pins, indent=2, sort_keys=True) + "\n")
    return account


def _identify(environment: Environment) -> tuple[boto3.Session, str]:
    """Return a session with the credentials at hand, and their account."""
    try:
        session = boto3.Session(region_name=environment.region)
        account = session.client("sts").get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise StackError(f"ENV={environment.name} needs credentials of AWS: {error}") from error
    return session, account


def main(arguments: list[str]) -> None:
    """Check the credentials for the environment that ENV names, or pin it."""
    try:
        environment = find_environment(os.environ.get("ENV", "dev"))
        if arguments == ["pin"]:
            account = pin(environment, os.environ.get("REGION"))
            print(f"{environment.name} is account {account}. Commit infra/{PINS.name}.")
        else:
            open_session(environment)
    except StackError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
