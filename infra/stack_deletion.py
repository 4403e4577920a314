"""Deletion of CloudFormation stacks, with the reasons of what cannot be deleted."""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import WaiterError

from infra.local.settings import StackError

_STACK = "AWS::CloudFormation::Stack"
_HOUR_SECONDS = 3600


def delete_stacks(cloudformation: Any, names: Sequence[str], period_seconds: float) -> None:
    """Delete stacks at the same time and wait until they are gone.

    Args:
        cloudformation: Client of CloudFormation.
        names: Names of stacks that exist.
        period_seconds: How often to ask whether one is gone.

    Raises:
        StackError: A resource cannot be deleted; it says which and why.
    """
    # The id finds a stack that is deleted, the name does not.
    ids = {
        name: cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
        for name in names
    }
    for name in names:
        cloudformation.delete_stack(StackName=name)
    waiter = cloudformation.get_waiter("stack_delete_complete")
    attempts = int(_HOUR_SECONDS / max(period_seconds, 1))
    for name, stack_id in ids.items():
        try:
            waiter.wait(
                StackName=stack_id, WaiterConfig={"Delay": period_seconds, "MaxAttempts": attempts}
            )
        except WaiterError as error:
            reasons = _reasons(cloudformation, stack_id)
            raise StackError("\n".join([f"{name} could not be deleted:", *reasons])) from error


def _reasons(cloudformation: Any, stack_id: str) -> list[str]:
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack_id)
    return [
        f"    {event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
        for page in pages
        for event in page["StackEvents"]
        if event["ResourceStatus"] == "DELETE_FAILED" and event["ResourceType"] != _STACK
    ]
