"""Verification of audit logs by the function that reads them."""

import json

import boto3

from infra.local.settings import StackError

FUNCTION = "auth-verify-audit"


def verify(session: boto3.Session, prefix: str, user_id: str) -> str:
    """Verify the audit log of an account, and return a line that describes it.

    Args:
        session: Session of the environment.
        prefix: Prefix of the names of its functions.
        user_id: The account, which may be deleted.

    Raises:
        StackError: The log is broken, or the function failed.
    """
    response = session.client("lambda").invoke(
        FunctionName=f"{prefix}{FUNCTION}", Payload=json.dumps({"userId": user_id}).encode()
    )
    answer = json.load(response["Payload"])
    if "FunctionError" in response:
        raise StackError(f"{FUNCTION} failed: {answer.get('errorMessage', answer)}")
    if answer["brokenAt"] is not None:
        raise StackError(
            f"{user_id}: entry {answer['brokenAt']} is changed or missing;"
            f" the {answer['count']} before it are valid"
        )
    return f"{user_id}: {answer['count']} entries from number {answer['first']} on, all valid"
