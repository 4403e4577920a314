"""Deployment of the stacks of a cloud assembly that differ from what the endpoint runs.

LocalStack gets the templates byte for byte, as AWS does. MiniStack, and it alone, gets them adapted
to what it understands, and afterwards the properties that it dropped.

What is deployed is read from the endpoint (GetTemplate) and recorded nowhere else, so the answer is
right even after a crash, a reset or an interrupted deploy. A template names its assets by the hash
of their content, so changed code is a changed template.
"""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import boto3
from botocore.exceptions import ClientError

from infra.local import assets, template_adaptation, unsupported_properties
from infra.local.assembly import Stack
from infra.local.kinds import Kind
from infra.local.progress import step
from infra.local.settings import SourceError

_DEADLINE_SECONDS = 300.0
_DELETION_SECONDS = 20.0
_FIRST_POLL_SECONDS = 0.02
_LONGEST_POLL_SECONDS = 1.0

_SUCCEEDED = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
# After a failed update the version before it still runs.
_DEPLOYED = _SUCCEEDED | {"UPDATE_ROLLBACK_COMPLETE"}
# A stack in one of these never had a working version: only deleting leads out.
_STILLBORN = {"CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"}

Outputs = dict[str, dict[str, str]]


def deploy(session: boto3.Session, stacks: Sequence[Stack], kind: Kind) -> Outputs:
    """Bring every stack to its template, in the given order; return the outputs by stack name.

    Args:
        session: Session of the endpoint.
        stacks: Stacks of an assembly.
        kind: What the endpoint is.

    Raises:
        SourceError: A stack failed or took longer than five minutes; it says what failed.
    """
    cloudformation = session.client("cloudformation")
    s3 = session.client("s3")
    outputs: Outputs = {}
    for stack in stacks:
        template = _template_for(kind, stack)
        if not _is_current(cloudformation, stack.name, json.loads(template)):
            with step(f"deploy {stack.name}"):
                assets.publish(s3, stack.assets)
                url = assets.stage_template(s3, stack.name, template)
                if kind is Kind.LOCALSTACK and _has_api(stack):
                    _delete_stack(cloudformation, stack.name)
                _deploy_stack(cloudformation, stack.name, url)
        if kind is Kind.MINISTACK:
            unsupported_properties.close(session, stack)
        outputs[stack.name] = _outputs(cloudformation, stack.name)
    return outputs


def deployed(session: boto3.Session) -> list[str]:
    """Return the names of the stacks that are deployed."""
    pages = session.client("cloudformation").get_paginator("describe_stacks").paginate()
    return [
        stack["StackName"]
        for page in pages
        for stack in page["Stacks"]
        if stack["StackStatus"] in _DEPLOYED
    ]


def _template_for(kind: Kind, stack: Stack) -> bytes:
    if kind is Kind.MINISTACK:
        return json.dumps(template_adaptation.adapt(stack.template)).encode()
    return stack.source


def _has_api(stack: Stack) -> bool:
    """Return whether it holds a REST API, which LocalStack makes and deletes but never updates.

    Measured with 2026.3.0: it goes on without the update, fails at the stage, loses the outputs,
    and reports UPDATE_COMPLETE.
    """
    resources = stack.template.get("Resources", {}).values()
    return any(resource["Type"] == "AWS::ApiGateway::RestApi" for resource in resources)


def _delete_stack(cloudformation: Any, name: str) -> None:
    """Delete a stack, if there is one.

    LocalStack says DELETE_FAILED of a stack while it still deletes resources, when it could not
    delete one of them, and DELETE_COMPLETE at the end. So that answer has to last.
    """
    if not _settled(cloudformation, name):
        return
    cloudformation.delete_stack(StackName=name)
    deadline = time.monotonic() + _DELETION_SECONDS
    while _settled(cloudformation, name) and time.monotonic() < deadline:
        time.sleep(_LONGEST_POLL_SECONDS)


def _is_current(cloudformation: Any, name: str, template: Mapping[str, Any]) -> bool:
    if _status(cloudformation, name) not in _DEPLOYED:
        return False
    if not set(template.get("Outputs", {})) <= set(_outputs(cloudformation, name)):
        return False
    live = cloudformation.get_template(StackName=name)["TemplateBody"]
    return bool(live == template)


def _deploy_stack(cloudformation: Any, name: str, template_url: str) -> None:
    status = _settled(cloudformation, name)
    if status in _STILLBORN:
        _delete_stack(cloudformation, name)
        status = _settled(cloudformation, name)
    known_events = {event["EventId"] for event in _events(cloudformation, name)}
    operation = cloudformation.update_stack if status else cloudformation.create_stack
    try:
        operation(
            StackName=name,
            TemplateURL=template_url,
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
    except ClientError as error:
        message = error.response["Error"]["Message"]
        if "No updates are to be performed" in message:
            return
        raise SourceError(
            f"{name} was refused: {message}\nIf it stays stuck, `make reset` starts afresh."
        ) from error
    status = _settled(cloudformation, name)
    if status not in _SUCCEEDED:
        events = _events(cloudformation, name)
        failures = [
            f"    {event['LogicalResourceId']} ({event['ResourceType']}): "
            f"{event.get('ResourceStatusReason', event['ResourceStatus'])}"
            for event in reversed(events)
            if event["EventId"] not in known_events and event["ResourceStatus"].endswith("_FAILED")
        ]
        raise SourceError("\n".join([f"{name} ended as {status}:", *failures]))


def _settled(cloudformation: Any, name: str) -> str | None:
    """Return the status once no operation runs, None when there is no stack."""
    deadline = time.monotonic() + _DEADLINE_SECONDS
    pause = _FIRST_POLL_SECONDS
    while True:
        status = _status(cloudformation, name)
        if status is None or not status.endswith("_IN_PROGRESS"):
            return status
        if time.monotonic() > deadline:
            raise SourceError(f"{name} is still {status} after {_DEADLINE_SECONDS:.0f} s.")
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_POLL_SECONDS)


def _status(cloudformation: Any, name: str) -> str | None:
    description = _describe(cloudformation, name)
    return None if description is None else str(description["StackStatus"])


def _outputs(cloudformation: Any, name: str) -> dict[str, str]:
    description = _describe(cloudformation, name) or {}
    return {output["OutputKey"]: output["OutputValue"] for output in description.get("Outputs", ())}


def _describe(cloudformation: Any, name: str) -> dict[str, Any] | None:
    try:
        description: dict[str, Any] = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        # The documented answer for a stack that does not exist (or was deleted).
        if "does not exist" in error.response["Error"]["Message"]:
            return None
        raise
    return None if description["StackStatus"] == "DELETE_COMPLETE" else description


def _events(cloudformation: Any, name: str) -> list[dict[str, Any]]:
    try:
        pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=name)
        return [event for page in pages for event in page["StackEvents"]]
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return []
        raise
