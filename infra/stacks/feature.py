"""Base of the stacks of features: function group, bundles, and common grants."""

from pathlib import Path
from typing import Any

from aws_cdk import Aws, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from chalice.app import Chalice
from constructs import Construct

from infra import bundling, names
from infra.constructs.alarms import Alarms
from infra.constructs.function_group import FunctionGroup
from infra.constructs.private_network import attach
from infra.constructs.rollout import Rollout
from infra.constructs.secrets import Secret
from infra.constructs.service_levels import ServiceLevelAlarms
from infra.environments import Environment
from infra.nag import accept
from infra.watched import API
from shared.data import clean_files, exports, file_imports, file_links


class FeatureStack(Stack):
    """Stack of one feature."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        environment: Environment,
        target: bundling.Target,
        apps: dict[str, Chalice],
        **options: Any,
    ) -> None:
        super().__init__(scope, name, **options)
        self.environment_ = environment
        self._target = target
        self._apps = apps
        self.alarms = Alarms(
            self,
            prefix=environment.prefix,
            topic_arn=names.topic_arn(self, environment, "alarms"),
        )
        failures = self.alarms.watch_feature(name)
        self._rollout = Rollout(self, environment, stop_on=failures) if environment.canary else None
        if name in environment.service_levels:
            ServiceLevelAlarms(
                self,
                prefix=environment.prefix,
                feature=name,
                level=environment.service_levels[name],
                topic_arn=names.topic_arn(self, environment, "alarms"),
            )
        # Each stack has its own version of the layer, so that it can be deployed alone.
        self._layer = lambda_.LayerVersion(
            self,
            "SharedLayer",
            layer_version_name=f"{environment.prefix}-{name}-shared",
            code=_code(target.folder / bundling.LAYER_NAME),
            compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
            compatible_architectures=[lambda_.Architecture.ARM_64],
        )

    def add_group(self, group: str, **options: Any) -> FunctionGroup:
        """Add the functions of a group; its API gets what FeatureApp needs."""
        functions = FunctionGroup(
            self,
            group,
            self._apps[group],
            environment=self.environment_,
            code=_code(bundling.function(group, self._target)),
            codes={
                bundle.removeprefix(f"{group}-"): _code(bundling.function(bundle, self._target))
                for bundle in bundling.list_bundles(group)[1:]
            },
            layer=self._layer,
            rollout=self._rollout,
            **options,
        )
        if API in functions.functions:
            self.grant_records(functions.functions[API], "limits", "idempotency")
        operations = getattr(self._apps[group], "operations", {}).values()
        if any(operation.writes_for_caller for operation in operations):
            self._grant_tombstones(functions)
        consumed = getattr(self._apps[group], "consumed", {}).values()
        if any("export.requested" in types for types in consumed):
            self._grant_export_share(functions)
        return functions

    def secret(self, name: str) -> Secret:
        """Return a secret by its name; infra/configure.py writes it."""
        return Secret(names.parameter_arn(self, self.environment_, name))

    def route_to_mongo(self, group: FunctionGroup) -> None:
        """Let functions reach MongoDB: in the private network, where there is one."""
        if self.environment_.private_mongo:
            group.each(lambda function: attach(function, self.environment_))

    def grant_publish(self, function: lambda_.Function) -> None:
        """Allow a function to publish domain events."""
        sns.Topic.from_topic_arn(
            self,
            f"{function.node.id}-topic",
            names.topic_arn(self, self.environment_, "domain-events"),
        ).grant_publish(function)

    def grant_file_imports(self, function: lambda_.Function) -> None:
        """Allow a function to hand content to files (`shared.data.file_imports`)."""
        self._grant_files(function, "s3:PutObject", f"{file_imports.PREFIX}*", "import")

    def grant_file_links(self, function: lambda_.Function) -> None:
        """Allow a function to sign links to clean files (`shared.data.file_links`)."""
        self._grant_files(function, "s3:GetObject", f"{file_links.PREFIX}*", "file")

    def grant_clean_files(self, function: lambda_.Function) -> None:
        """Allow a function to ask which files are clean (`shared.data.clean_files`).

        It reads the records of files, and of them these attributes only.
        """
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=["dynamodb:GetItem"],
                resources=[names.table_arn(self, self.environment_, clean_files.TABLE)],
                conditions={
                    "ForAllValues:StringLike": {
                        "dynamodb:LeadingKeys": [f"{clean_files.KEY_PREFIX}*"]
                    },
                    "ForAllValues:StringEquals": {
                        "dynamodb:Attributes": list(clean_files.ATTRIBUTES)
                    },
                    "StringEqualsIfExists": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
                },
            )
        )

    def _grant_export_share(self, functions: FunctionGroup) -> None:
        """Allow the worker to write its share of exports: that document, in any of them."""
        share = f"{exports.PREFIX}*/{functions.called}.json"
        self._grant_files(functions.functions["events-worker"], "s3:PutObject", share, "export")

    def _grant_files(self, function: lambda_.Function, action: str, keys: str, each: str) -> None:
        """Allow a function one action on objects of files' bucket, whose keys match a pattern."""
        bucket = names.bucket_name(self.environment_, "files")
        arn = f"arn:{Aws.PARTITION}:s3:::{bucket}/{keys}"
        function.add_to_role_policy(iam.PolicyStatement(actions=[action], resources=[arn]))
        accept(self, {f"IAM5[Resource::{arn}]": f"Each {each} has a key of its own."})

    def _grant_tombstones(self, functions: FunctionGroup) -> None:
        """Allow the functions that write for people to ask whether an account was deleted.

        Workers mark accounts too: an erasure begins with the mark.
        """
        for name in functions.writers:
            marks = name not in functions.public
            self.grant_tombstones(functions.functions[name], marks=marks)

    def grant_tombstones(self, function: lambda_.Function, *, marks: bool = False) -> None:
        """Allow a function to ask whether an account was deleted, and to mark it as deleted."""
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=[
                    "dynamodb:GetItem",
                    "dynamodb:BatchGetItem",
                    "dynamodb:ConditionCheckItem",
                    *(["dynamodb:PutItem"] if marks else []),
                ],
                resources=[names.table_arn(self, self.environment_, "tombstones")],
            )
        )

    def grant_records(self, function: lambda_.Function, *tables: str) -> None:
        """Allow a function to write to these tables of the foundation stack."""
        for name in tables:
            table = dynamodb.Table.from_table_arn(
                self,
                f"{function.node.path.replace('/', '-')}-{name}",
                names.table_arn(self, self.environment_, name),
            )
            table.grant(
                function,
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "dynamodb:DeleteItem",
                "dynamodb:DescribeTable",
            )


def _code(bundle: Path) -> lambda_.AssetCode:
    return lambda_.Code.from_asset(str(bundle), asset_hash=bundling.content_hash(bundle))
