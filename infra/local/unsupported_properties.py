"""Properties that MiniStack's CloudFormation accepts in a template and silently drops.

They are set by separate calls after a deploy. They were found in its source (1.5.33,
services/cloudformation/provisioners.py) and measured. Every call states the wanted value, so
repeating it is harmless. They are for MiniStack alone: AWS sets these properties itself, and what
LocalStack leaves out is not closed behind its back.
"""

from collections.abc import Callable, Mapping
from typing import Any

import boto3

from infra.local.assembly import Stack


def close(session: boto3.Session, stack: Stack) -> None:
    """Apply the dropped properties of every resource of the deployed stack."""
    resources = {
        logical_id: resource
        for logical_id, resource in stack.template.get("Resources", {}).items()
        if resource["Type"] in _CLOSERS
    }
    if not resources:
        return
    cloudformation = session.client("cloudformation")
    deployed = cloudformation.describe_stack_resources(StackName=stack.name)["StackResources"]
    physical_ids = {item["LogicalResourceId"]: item["PhysicalResourceId"] for item in deployed}
    for logical_id, resource in resources.items():
        apply = _CLOSERS[resource["Type"]]
        apply(session, physical_ids[logical_id], resource.get("Properties", {}))


def _table(session: boto3.Session, name: str, properties: Mapping[str, Any]) -> None:
    dynamodb = session.client("dynamodb")
    time_to_live = properties.get("TimeToLiveSpecification")
    if time_to_live:
        live = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        if live.get("TimeToLiveStatus") != "ENABLED" or (
            live.get("AttributeName") != time_to_live["AttributeName"]
        ):
            dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=time_to_live)
    recovery = properties.get("PointInTimeRecoverySpecification")
    if recovery:
        dynamodb.update_continuous_backups(
            TableName=name,
            PointInTimeRecoverySpecification={
                "PointInTimeRecoveryEnabled": recovery["PointInTimeRecoveryEnabled"]
            },
        )


def _bucket(session: boto3.Session, name: str, properties: Mapping[str, Any]) -> None:
    lifecycle = properties.get("LifecycleConfiguration")
    if lifecycle:
        session.client("s3").put_bucket_lifecycle_configuration(
            Bucket=name,
            LifecycleConfiguration={"Rules": [_lifecycle_rule(r) for r in lifecycle["Rules"]]},
        )


def _lifecycle_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule as the S3 API spells it; CloudFormation flattens filter and expiration."""
    translated: dict[str, Any] = {
        "Status": rule["Status"],
        "Filter": {"Prefix": rule.get("Prefix", "")},
    }
    if "Id" in rule:
        translated["ID"] = rule["Id"]
    if "ExpirationInDays" in rule:
        translated["Expiration"] = {"Days": rule["ExpirationInDays"]}
    for name in ("AbortIncompleteMultipartUpload", "NoncurrentVersionExpiration"):
        if name in rule:
            translated[name] = rule[name]
    return translated


def _function(session: boto3.Session, name: str, properties: Mapping[str, Any]) -> None:
    reserved = properties.get("ReservedConcurrentExecutions")
    if reserved is not None:
        session.client("lambda").put_function_concurrency(
            FunctionName=name, ReservedConcurrentExecutions=reserved
        )


_CLOSERS: Mapping[str, Callable[[boto3.Session, str, Mapping[str, Any]], None]] = {
    "AWS::DynamoDB::Table": _table,
    "AWS::Lambda::Function": _function,
    "AWS::S3::Bucket": _bucket,
}
