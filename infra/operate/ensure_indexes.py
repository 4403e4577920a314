"""Indexes of the databases in MongoDB, created by the functions that know them.

It is the last step of every deployment. It changes nothing where nothing is missing.
"""

import json
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.config import Config

from infra.local.settings import StackError

FUNCTION = "-ensure-indexes"
COMPLETE = "all indexes are there"
# An index over many documents takes as long as the function may run; it must not be invoked twice.
# Nothing is sent meanwhile, and networks forget connections that are silent for minutes.
CONFIG = Config(read_timeout=910, retries={"max_attempts": 0}, tcp_keepalive=True)


def ensure_indexes(session: boto3.Session, prefix: str, *features: str) -> Iterator[str]:
    """Create what is missing, and yield a line for each feature with a database in MongoDB.

    Args:
        session: Session of the environment.
        prefix: Prefix of the names of its functions.
        *features: Restrict it to some features, which may have none; all unless given.

    Raises:
        StackError: A function failed.
    """
    client = session.client("lambda", config=CONFIG)
    pages = client.get_paginator("list_functions").paginate()
    functions = (function["FunctionName"] for page in pages for function in page["Functions"])
    for name in sorted(functions):
        found = name.removeprefix(prefix).removesuffix(FUNCTION)
        is_one = name == f"{prefix}{found}{FUNCTION}"
        if is_one and (not features or found in features):
            yield f"{found}: {_describe(_invoke(client, name))}"


def _describe(answer: dict[str, Any]) -> str:
    if not answer["is_configured"]:
        return "no MongoDB is configured yet; `make configure` creates its indexes"
    if answer["created"]:
        return f"created {', '.join(answer['created'])}"
    return COMPLETE


def _invoke(client: Any, name: str) -> dict[str, Any]:
    response = client.invoke(FunctionName=name, Payload=b"{}")
    answer: dict[str, Any] = json.load(response["Payload"])
    if "FunctionError" in response:
        raise StackError(f"{name} failed: {answer.get('errorMessage', answer)}")
    return answer
