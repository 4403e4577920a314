"""REST API: one API whose body is the definition of every route of every feature.

The number of CloudFormation resources does not grow with the routes (docs/adr/0020). Functions are
found by their names, so a feature's stack exports nothing.
"""

import json

from aws_cdk import CfnOutput, RemovalPolicy, Stack, Tags
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from chalice.app import Chalice
from constructs import Construct

from infra import names
from infra.constructs import api_definition
from infra.constructs.domains import RestDomain
from infra.constructs.removal import removal
from infra.constructs.web_acl import WebAcl
from infra.environments import Environment

STAGE = "api"


class RestApi(Construct):
    """REST API with its stage, permissions and usage plans."""

    def __init__(
        self, scope: Construct, apps: dict[str, Chalice], *, environment: Environment
    ) -> None:
        super().__init__(scope, "RestApi")
        self._environment = environment
        self.api = apigateway.SpecRestApi(
            self,
            "Api",
            rest_api_name=environment.prefix,
            api_definition=apigateway.ApiDefinition.from_inline(
                api_definition.define(
                    apps,
                    title=environment.prefix,
                    allowed_origins=environment.allowed_origins,
                    invocation=self._invocation,
                )
            ),
            # A merge would keep gateway responses and media types that the definition dropped.
            mode=apigateway.RestApiMode.OVERWRITE,
            # An import makes an edge-optimized API unless the parameter says otherwise.
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            parameters={"endpointConfigurationTypes": "REGIONAL"},
            cloud_watch_role=False,  # the foundation has the account's one
            deploy_options=self._stage_options(),
        )
        resource = self.api.node.default_child
        assert isinstance(resource, apigateway.CfnRestApi)
        # An API that was made of single resources is replaced: CloudFormation would delete those
        # resources after the import, out of the API that it had imported.
        resource.override_logical_id("RestApiOfDefinition")
        if environment.is_local:
            # MiniStack and LocalStack take the id from these tags: the URL outlives a reset, and a
            # deployment that has to make the API anew.
            for tag in ("ms-custom-id", "_custom_id_"):
                Tags.of(self.api).add(tag, "a271b00d")
        self._permit(api_definition.authorizer_of(apps).function, "authorizers/*")
        for group, app in apps.items():
            if app.routes:
                self._permit(api_definition.api_function(group), "*/*/*")
        self._add_usage_plans()
        if environment.web_acl:
            WebAcl(self, environment.web_acl, self.api.deployment_stage, environment.prefix)
        CfnOutput(self, "RestApiId", value=self.api.rest_api_id).override_logical_id("RestApiId")
        url = self.api.url.rstrip("/")
        if environment.domain:
            RestDomain(self, environment.domain, self.api, self.api.deployment_stage)
            url = f"https://{environment.domain.api}"
        CfnOutput(self, "ApiUrl", value=url).override_logical_id("ApiUrl")

    def _stage_options(self) -> apigateway.StageOptions:
        access_logs = logs.LogGroup(
            self,
            "AccessLogs",
            log_group_name=f"/aws/apigateway/{self._environment.prefix}",
            retention=names.retention(self._environment),
            removal_policy=RemovalPolicy.DESTROY,
        )
        return apigateway.StageOptions(
            stage_name=STAGE,
            throttling_rate_limit=500,
            throttling_burst_limit=1000,
            tracing_enabled=True,
            logging_level=apigateway.MethodLoggingLevel.ERROR,
            access_log_destination=apigateway.LogGroupLogDestination(access_logs),
            access_log_format=apigateway.AccessLogFormat.custom(
                json.dumps(
                    {
                        "requestId": "$context.requestId",
                        "route": "$context.resourcePath",
                        "method": "$context.httpMethod",
                        "status": "$context.status",
                        "milliseconds": "$context.responseLatency",
                        "apiKeyId": "$context.identity.apiKeyId",
                        "error": "$context.error.responseType",
                    }
                )
            ),
        )

    def _invocation(self, function: str) -> str:
        stack = Stack.of(self)
        return (
            f"arn:{stack.partition}:apigateway:{stack.region}:lambda:path/2015-03-31/functions/"
            f"{names.entry_arn(self, self._environment, function)}/invocations"
        )

    def _permit(self, function: str, source: str) -> None:
        """Allow a part of this API to invoke a function."""
        lambda_.CfnPermission(
            self,
            f"{function}-permission",
            action="lambda:InvokeFunction",
            function_name=names.entry_arn(self, self._environment, function),
            principal="apigateway.amazonaws.com",
            source_arn=Stack.of(self).format_arn(
                service="execute-api", resource=self.api.rest_api_id, resource_name=source
            ),
        )

    def _add_usage_plans(self) -> None:
        for client, limits in self._environment.usage_plans.items():
            plan = self.api.add_usage_plan(
                f"{client}-plan",
                name=f"{self._environment.prefix}-{client}",
                throttle=apigateway.ThrottleSettings(
                    rate_limit=limits.requests_per_second, burst_limit=limits.burst
                ),
                quota=apigateway.QuotaSettings(
                    limit=limits.requests_per_day, period=apigateway.Period.DAY
                )
                if limits.requests_per_day
                else None,
                api_stages=[
                    apigateway.UsagePlanPerApiStage(api=self.api, stage=self.api.deployment_stage)
                ],
            )
            key = self.api.add_api_key(
                f"{client}-key", api_key_name=f"{self._environment.prefix}-{client}"
            )
            # Its value is in the applications of others, who would need another one.
            key.apply_removal_policy(removal(retain=self._environment.retain_data))
            plan.add_api_key(key)
