"""CloudFormation in memory: stacks whose deletion deletes their buckets, if these are empty."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import boto3
from botocore.exceptions import ClientError, WaiterError


class FakeCloudFormation:
    """What the commands ask of CloudFormation; moto's own needs packages that we do not have.

    Attributes:
        stacks: Template of each stack by its name.
        statuses: Status of a stack, where it is not CREATE_COMPLETE.
        resource_statuses: Status of a resource by its logical id, likewise.
        deleted: Names of deleted stacks, in order.
    """

    def __init__(self, s3: Any, stacks: Mapping[str, Mapping[str, Any]]) -> None:
        self._s3 = s3
        self.stacks = dict(stacks)
        self.statuses: dict[str, str] = {}
        self.resource_statuses: dict[str, str] = {}
        self.deleted: list[str] = []
        self._reasons: dict[str, str] = {}

    def describe_stacks(self, **options: Any) -> dict[str, Any]:
        """Return all stacks, or one."""
        names = [options["StackName"]] if options else sorted(self.stacks)
        if missing := set(names) - self.stacks.keys():
            message = f"Stack with id {missing} does not exist"
            raise ClientError(
                {"Error": {"Code": "ValidationError", "Message": message}}, "DescribeStacks"
            )
        outputs = {name: self.stacks[name].get("Outputs", {}) for name in names}
        return {
            "Stacks": [
                {
                    "StackName": name,
                    "StackId": name,
                    "Outputs": [
                        {"OutputKey": key, "OutputValue": value}
                        for key, value in outputs[name].items()
                    ],
                }
                for name in names
            ]
        }

    def list_stacks(self, **options: Any) -> dict[str, Any]:
        """Return the stacks in one of these statuses."""
        wanted = options["StackStatusFilter"]
        found = [name for name in self.stacks if self.statuses.get(name) in wanted]
        return {"StackSummaries": [{"StackName": name} for name in found]}

    def get_template(self, **options: Any) -> dict[str, Any]:
        """Return the template of a stack."""
        return {"TemplateBody": self.stacks[options["StackName"]]}

    def list_stack_resources(self, **options: Any) -> dict[str, Any]:
        """Return the resources of a stack."""
        resources = self.stacks[options["StackName"]]["Resources"]
        return {
            "StackResourceSummaries": [
                {
                    "LogicalResourceId": logical_id,
                    "PhysicalResourceId": resource["Name"],
                    "ResourceType": resource["Type"],
                    "ResourceStatus": self.resource_statuses.get(logical_id, "CREATE_COMPLETE"),
                }
                for logical_id, resource in resources.items()
            ]
        }

    def describe_stack_events(self, **options: Any) -> dict[str, Any]:
        """Return why a stack was not deleted."""
        return {
            "StackEvents": [
                {
                    "LogicalResourceId": logical_id,
                    "ResourceType": "AWS::S3::Bucket",
                    "ResourceStatus": "DELETE_FAILED",
                    "ResourceStatusReason": reason,
                }
                for logical_id, reason in self._reasons.items()
            ]
        }

    def delete_stack(self, **options: Any) -> None:
        """Delete a stack, unless a bucket is not empty."""
        name = options["StackName"]
        self._reasons = {}
        for logical_id, resource in self.stacks[name]["Resources"].items():
            if resource["Type"] == "AWS::S3::Bucket" and resource["DeletionPolicy"] == "Delete":
                try:
                    self._s3.delete_bucket(Bucket=resource["Name"])
                except self._s3.exceptions.NoSuchBucket:
                    pass
                except ClientError as error:
                    self._reasons[logical_id] = str(error)
        if not self._reasons:
            del self.stacks[name]
            self.deleted.append(name)

    def get_waiter(self, name: str) -> Any:
        """Return what waits for the deletion of a stack."""
        assert name == "stack_delete_complete"
        return SimpleNamespace(wait=self._wait)

    def get_paginator(self, name: str) -> Any:
        """Return an operation as pages, of which there is one."""
        return SimpleNamespace(paginate=lambda **options: [getattr(self, name)(**options)])

    def _wait(self, **options: Any) -> None:
        assert options["WaiterConfig"]["MaxAttempts"] > 0
        if options["StackName"] in self.stacks:
            raise WaiterError("stack_delete_complete", "DELETE_FAILED", {})


@dataclass
class Account:
    """AWS in memory, with these stacks, and clients of what moto lacks."""

    session: boto3.Session
    cloudformation: FakeCloudFormation
    others: Mapping[str, Any] = field(default_factory=dict)

    def client(self, name: str, **options: Any) -> Any:
        """Return a client."""
        if name == "cloudformation":
            return self.cloudformation
        if name in self.others:
            return self.others[name]
        return self.session.client(name, **options)  # type: ignore[call-overload]

    @property
    def as_session(self) -> boto3.Session:
        """The account as what the commands take."""
        return cast(boto3.Session, self)
