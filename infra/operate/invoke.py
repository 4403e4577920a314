"""Invocation of one function with an event from a file."""

import base64
import json
from pathlib import Path

import boto3

from infra.local.settings import StackError


def invoke(session: boto3.Session, function_name: str, event_file: Path) -> bool:
    """Invoke the function, print its response and the end of its log; return whether it succeeded.

    Raises:
        StackError: The file is missing or not JSON, or there is no such function.
    """
    try:
        event = json.loads(event_file.read_text())
    except (OSError, json.JSONDecodeError) as error:
        raise StackError(f"{event_file} cannot be read as an event: {error}") from error
    client = session.client("lambda")
    try:
        answer = client.invoke(
            FunctionName=function_name, Payload=json.dumps(event).encode(), LogType="Tail"
        )
    except client.exceptions.ResourceNotFoundException as error:
        raise StackError(f"There is no function {function_name}.") from error
    payload = answer["Payload"].read()
    print(json.dumps(json.loads(payload or b"null"), indent=2, ensure_ascii=False))
    log = base64.b64decode(answer.get("LogResult", "")).decode(errors="replace").strip()
    if log:
        print(f"\n--- log of {function_name} ---\n{log}")
    return "FunctionError" not in answer
