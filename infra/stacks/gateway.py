"""Gateway: the REST API in front of all features, and the function behind its edges."""

from typing import Any

from aws_cdk import aws_iam as iam
from chalice.app import Chalice
from constructs import Construct

from infra import names
from infra.constructs.rest_api import RestApi
from infra.stacks.feature import FeatureStack
from shared.platform.config import path_name


class GatewayStack(FeatureStack):
    """REST API of all features; deployed last, because it names their functions."""

    def __init__(self, scope: Construct, *, apps: dict[str, Chalice], **options: Any) -> None:
        super().__init__(scope, "gateway", apps=apps, **options)
        environment = self.environment_
        group = self.add_group(
            "gateway",
            variables={"MONOLITH_URL": environment.monolith_url},
        )
        features = [f"{name}-api" for name in apps if name not in ("authorizer", "gateway")]
        group.functions["api"].add_to_role_policy(
            iam.PolicyStatement(
                actions=["lambda:InvokeFunction"],
                resources=[
                    names.function_arn(self, environment, path_name(name))
                    for name in sorted([*features, "authorizer-authorize"])
                ],
            )
        )
        # The API refers to functions by name, so CloudFormation does not see this dependency.
        RestApi(self, apps, environment=environment).node.add_dependency(group)
