"""Failed creations: stacks that never worked, cleared so that a deployment can be repeated.

    ENV=prod python -m infra.failed_creations    `make deploy` does it

When a stack cannot be created, CloudFormation deletes what it had created of it, retained resources
too (`RetainExceptOnCreate`). Production's tables are protected from deletion, though: they stay,
the stack ends as ROLLBACK_FAILED, and the next creation would find their names taken. A table that
such a stack left behind is deleted here if it is empty, which one that was ever used is not.
"""

import os
import sys
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.exceptions import ClientError

from infra.accounts import find_environment, open_session
from infra.local.settings import StackError
from infra.stack_deletion import delete_stacks

_FAILED = ("ROLLBACK_FAILED", "CREATE_FAILED")
_TABLE = "AWS::DynamoDB::Table"
_PERIOD_SECONDS = 5.0


def clear(
    session: boto3.Session, prefix: str, period_seconds: float = _PERIOD_SECONDS
) -> Iterator[str]:
    """Delete stacks whose creation failed, with their empty tables; yield a line for each.

    Args:
        session: Session of the environment.
        prefix: Prefix of the names of its stacks.
        period_seconds: How often to ask whether a deletion is done.

    Raises:
        StackError: A table has items, or a stack cannot be deleted.
    """
    cloudformation: Any = session.client("cloudformation")
    pages = cloudformation.get_paginator("list_stacks").paginate(StackStatusFilter=list(_FAILED))
    names = {stack["StackName"] for page in pages for stack in page["StackSummaries"]}
    for name in sorted(name for name in names if name.startswith(prefix)):
        for table in _left_tables(cloudformation, name):
            _delete_table(session.client("dynamodb"), name, table, period_seconds)
            yield f"deleted the empty table {table}, which the creation of {name} had left behind"
        delete_stacks(cloudformation, [name], period_seconds)
        yield f"deleted {name}, whose creation had failed"


def _left_tables(cloudformation: Any, stack: str) -> list[str]:
    """Return the tables that the stack created and could not delete again.

    A table that was there before the stack has another status (CREATE_FAILED: its name was taken).
    """
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    return [
        resource["PhysicalResourceId"]
        for page in pages
        for resource in page["StackResourceSummaries"]
        if resource["ResourceType"] == _TABLE and resource["ResourceStatus"] == "DELETE_FAILED"
    ]


def _delete_table(dynamodb: Any, stack: str, table: str, period_seconds: float) -> None:
    if dynamodb.scan(TableName=table, Limit=1)["Items"]:
        raise StackError(
            f"{table} has items, although {stack} was never created. Look at them, and delete "
            "or import the table by hand."
        )
    dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
    dynamodb.delete_table(TableName=table)
    waiter = dynamodb.get_waiter("table_not_exists")
    waiter.wait(TableName=table, WaiterConfig={"Delay": period_seconds, "MaxAttempts": 60})


def main() -> None:
    """Clear the failed creations of the environment that ENV names."""
    try:
        environment = find_environment(os.environ.get("ENV", "dev"))
        for line in clear(open_session(environment), f"{environment.prefix}-"):
            print(line, flush=True)
    except (StackError, ClientError) as error:
        # A workflow's role may look for failed creations and not clear them.
        sys.exit(str(error))


if __name__ == "__main__":
    main()
