"""Deletion of a whole environment on AWS: `make destroy ENV=dev`.

    ENV=dev python -m infra.destroy [--dry-run]

The gateway goes first, the foundation last. Buckets are emptied of all versions, because
CloudFormation deletes empty ones only. An environment that keeps its data is refused
(`retain_data` in infra/environments.py), and what a template retains is neither emptied nor deleted
in any other. It ends with what stays.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import boto3

from infra.accounts import find_environment, open_session
from infra.environments import Environment
from infra.local.settings import StackError
from infra.stack_deletion import delete_stacks

_BUCKET = "AWS::S3::Bucket"
_KEY = "AWS::KMS::Key"
_RETAINED = ("Retain", "RetainExceptOnCreate")
_PERIOD_SECONDS = 5.0
# S3 writes access logs hours later, so a bucket of logs may have filled again.
_ATTEMPTS = 3


@dataclass(frozen=True)
class Resource:
    """A resource of a stack.

    Attributes:
        stack: Name of its stack.
        type: Its type in CloudFormation.
        name: Its physical id.
        is_retained: Whether it outlives its stack.
    """

    stack: str
    type: str
    name: str
    is_retained: bool


def destroy(
    session: boto3.Session,
    environment: Environment,
    *,
    dry_run: bool = False,
    period_seconds: float = _PERIOD_SECONDS,
) -> Iterator[str]:
    """Delete all stacks of an environment; yield what is deleted, and then what stays.

    Args:
        session: Session of the environment.
        environment: An environment that does not keep its data.
        dry_run: Whether to say it only.
        period_seconds: How often to ask whether a stack is gone.

    Raises:
        StackError: The environment keeps its data, or something cannot be deleted.
    """
    if environment.retain_data:
        raise StackError(
            f"ENV={environment.name} keeps its data (retain_data in infra/environments.py) and is "
            "not destroyed by a command."
        )
    cloudformation: Any = session.client("cloudformation")
    prefix = f"{environment.prefix}-"
    groups = _in_order(_stacks(cloudformation, prefix), prefix)
    resources = [one for names in groups for name in names for one in _read(cloudformation, name)]
    verb = "would delete" if dry_run else "deleted"
    for names in groups:
        buckets = [
            one.name
            for one in resources
            if one.stack in names and one.type == _BUCKET and not one.is_retained
        ]
        if not dry_run:
            _delete(session, names, buckets, period_seconds)
        for bucket in buckets:
            yield f"{verb} the bucket {bucket} with all versions of its objects"
        for name in names:
            yield f"{verb} {name}"
    yield from _describe_rest(session, prefix, resources)


def empty(s3: Any, bucket: str) -> None:
    """Delete all versions of all objects in a bucket, and unfinished uploads."""
    # Its own deletions would be logged, into a bucket that is to be deleted too.
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={})
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        versions = [
            {"Key": version["Key"], "VersionId": version["VersionId"]}
            for kind in ("Versions", "DeleteMarkers")
            for version in page.get(kind, [])
        ]
        if versions:
            answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": versions, "Quiet": True})
            for error in answer.get("Errors", []):
                raise StackError(f"{bucket}/{error['Key']}: {error['Message']}")
    for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
        for upload in page.get("Uploads", []):
            s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])


def _delete(
    session: boto3.Session, names: Sequence[str], buckets: Sequence[str], period_seconds: float
) -> None:
    cloudformation: Any = session.client("cloudformation")
    for attempt in range(1, _ATTEMPTS + 1):
        left = [name for name in names if name in _stacks(cloudformation, name)]
        if not left:
            return
        existing = _existing(session, buckets)
        for bucket in existing:
            empty(session.client("s3"), bucket)
        try:
            delete_stacks(cloudformation, left, period_seconds)
        except StackError:
            if attempt == _ATTEMPTS or not existing:
                raise


def _existing(session: boto3.Session, buckets: Sequence[str]) -> list[str]:
    if not buckets:
        return []
    there = {bucket["Name"] for bucket in session.client("s3").list_buckets()["Buckets"]}
    return [bucket for bucket in buckets if bucket in there]


def _stacks(cloudformation: Any, prefix: str) -> list[str]:
    pages = cloudformation.get_paginator("describe_stacks").paginate()
    names = [stack["StackName"] for page in pages for stack in page["Stacks"]]
    return sorted(name for name in names if name.startswith(prefix))


def _in_order(names: Sequence[str], prefix: str) -> list[list[str]]:
    """Return the stacks in groups that are deleted one after another."""
    first, last = f"{prefix}gateway", f"{prefix}foundation"
    between = [name for name in names if name not in (first, last)]
    groups = [[first] if first in names else [], between, [last] if last in names else []]
    return [group for group in groups if group]


def _read(cloudformation: Any, stack: str) -> list[Resource]:
    template = cloudformation.get_template(StackName=stack)["TemplateBody"]
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    return [
        Resource(
            stack,
            one["ResourceType"],
            one["PhysicalResourceId"],
            template["Resources"].get(one["LogicalResourceId"], {}).get("DeletionPolicy")
            in _RETAINED,
        )
        for page in pages
        for one in page["StackResourceSummaries"]
        if one.get("PhysicalResourceId")
    ]


def _describe_rest(
    session: boto3.Session, prefix: str, resources: Sequence[Resource]
) -> Iterator[str]:
    for one in resources:
        if one.is_retained:
            yield f"stays: {one.type} {one.name}, which {one.stack} retains"
    if keys := sum(one.type == _KEY and not one.is_retained for one in resources):
        yield f"stays for 30 days: {keys} KMS keys, pending deletion"
    pages = (
        session.client("ssm")
        .get_paginator("describe_parameters")
        .paginate(ParameterFilters=[{"Key": "Name", "Option": "BeginsWith", "Values": [prefix]}])
    )
    for page in pages:
        for parameter in page["Parameters"]:
            yield f"stays: secret {parameter['Name']} in Parameter Store"
    yield "stays: the databases in MongoDB, and the bootstrap stack of the CDK"


def main(arguments: list[str]) -> None:
    """Destroy the environment that ENV names."""
    parser = argparse.ArgumentParser(prog="python -m infra.destroy", description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="say what it would delete")
    options = parser.parse_args(arguments)
    try:
        environment = find_environment(os.environ.get("ENV", "dev"))
        session = open_session(environment)
        for line in destroy(session, environment, dry_run=options.dry_run):
            print(line, flush=True)
    except StackError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
