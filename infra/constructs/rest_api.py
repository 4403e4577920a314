"""REST API: every route of every feature, made from the Chalice decorators.

Routes are API Gateway resources rather than an OpenAPI body, because MiniStack ignores parts of a
body. Functions are found by their names, so a feature's stack exports nothing.
"""

import json
from typing import Any

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack, Tags
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from chalice.app import Chalice, RouteEntry
from constructs import Construct

from infra import names
from infra.environments import Environment
from shared.http.problems import CONTENT_TYPE
from shared.platform.config import path_name

STAGE = "api"
BEARER = r"^[Bb]earer [-0-9a-zA-Z._~+/]+=*$"

# Errors that the gateway answers without a function: response type -> status, code, detail. Only
# our authorizer denies access, and only for a bad token, so ACCESS_DENIED is a 401; roles are the
# features'.
GATEWAY_PROBLEMS: dict[str, tuple[int, str, str]] = {
    "UNAUTHORIZED": (401, "unauthorized", "An access token is needed."),
    "ACCESS_DENIED": (401, "unauthorized", "The access token is not valid."),
    "INVALID_API_KEY": (403, "invalid_api_key", "A valid x-api-key is needed."),
    "MISSING_AUTHENTICATION_TOKEN": (404, "not_found", "There is no such path."),
    "RESOURCE_NOT_FOUND": (404, "not_found", "There is no such path."),
    "REQUEST_TOO_LARGE": (413, "body_too_large", "The body is too large."),
    "UNSUPPORTED_MEDIA_TYPE": (415, "unsupported_media_type", "Send application/json."),
    "THROTTLED": (429, "too_many_requests", "This application sends requests too fast."),
    "QUOTA_EXCEEDED": (429, "quota_exceeded", "This application used up its daily quota."),
    "INTEGRATION_TIMEOUT": (504, "timeout", "The feature took too long to answer."),
    "INTEGRATION_FAILURE": (502, "bad_gateway", "The feature did not answer."),
    "AUTHORIZER_FAILURE": (500, "internal_error", "Something went wrong on our side."),
    "AUTHORIZER_CONFIGURATION_ERROR": (500, "internal_error", "Something went wrong on our side."),
    "DEFAULT_4XX": (400, "bad_request", "The request cannot be served."),
    "DEFAULT_5XX": (500, "internal_error", "Something went wrong on our side."),
}
_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    413: "Request Entity Too Large",
    415: "Unsupported Media Type",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    504: "Gateway Timeout",
}
_EXTRA_HEADERS = {401: {"WWW-Authenticate": "'Bearer'"}, 429: {"Retry-After": "'1'"}}


class RestApi(Construct):
    """REST API with its authorizer, gateway responses, stage and usage plans."""

    def __init__(
        self, scope: Construct, apps: dict[str, Chalice], *, environment: Environment
    ) -> None:
        super().__init__(scope, "RestApi")
        self._environment = environment
        self.api = apigateway.RestApi(
            self,
            "Api",
            rest_api_name=environment.prefix,
            api_key_source_type=apigateway.ApiKeySourceType.HEADER,
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            cloud_watch_role=False,  # the foundation has the account's one
            deploy_options=self._stage_options(),
        )
        if environment.is_local:
            # MiniStack takes the id from this tag: the URL outlives a reset.
            Tags.of(self.api).add("ms-custom-id", "a271b00c")
        (declared,) = apps["authorizer"].builtin_auth_handlers
        self._authorizer = apigateway.TokenAuthorizer(
            self,
            "Authorizer",
            handler=self._function(f"authorizer-{declared.name}"),
            results_cache_ttl=Duration.seconds(declared.ttl_seconds or 0),
            validation_regex=BEARER,
        )
        for group, app in apps.items():
            if app.routes:
                self._add_routes(group, app)
        self._add_gateway_responses()
        self._add_usage_plans()
        CfnOutput(self, "RestApiId", value=self.api.rest_api_id).override_logical_id("RestApiId")
        CfnOutput(self, "ApiUrl", value=self.api.url.rstrip("/")).override_logical_id("ApiUrl")

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

    def _function(self, name: str) -> lambda_.IFunction:
        return lambda_.Function.from_function_attributes(
            self,
            name,
            function_arn=names.function_arn(self, self._environment, name),
            same_environment=True,
        )

    def _add_routes(self, group: str, app: Chalice) -> None:
        function_arn = names.function_arn(self, self._environment, f"{path_name(group)}-api")
        lambda_.CfnPermission(
            self,
            f"{group}-permission",
            action="lambda:InvokeFunction",
            function_name=function_arn,
            principal="apigateway.amazonaws.com",
            source_arn=self.api.arn_for_execute_api("*", "/*", "*"),
        )
        stack = Stack.of(self)
        integration = apigateway.Integration(
            type=apigateway.IntegrationType.AWS_PROXY,
            integration_http_method="POST",
            uri=(
                f"arn:{stack.partition}:apigateway:{stack.region}:lambda:path"
                f"/2015-03-31/functions/{function_arn}/invocations"
            ),
        )
        for path, methods in sorted(app.routes.items()):
            resource = self.api.root.resource_for_path(path)
            for method, route in sorted(methods.items()):
                resource.add_method(method, integration, **self._method_options(route))

    def _method_options(self, route: RouteEntry) -> dict[str, Any]:
        options: dict[str, Any] = {"api_key_required": bool(route.api_key_required)}
        if route.authorizer is not None:
            options["authorizer"] = self._authorizer
            options["authorization_type"] = apigateway.AuthorizationType.CUSTOM
        return options

    def _add_gateway_responses(self) -> None:
        for type_, (status, code, detail) in GATEWAY_PROBLEMS.items():
            body = {
                "type": f"urn:artist-booking:problem:{code}",
                "title": _TITLES[status],
                "status": status,
                "code": code,
                "detail": detail,
                "correlationId": "$context.requestId",
            }
            self.api.add_gateway_response(
                type_,
                type=apigateway.ResponseType.of(type_),
                status_code=str(status),
                response_headers={
                    "Content-Type": f"'{CONTENT_TYPE}'",
                    "Access-Control-Allow-Origin": self._allowed_origin(),
                    "Access-Control-Expose-Headers": "'retry-after, x-correlation-id'",
                    "Vary": "'origin'",
                    "Cache-Control": "'no-store'",
                    "x-correlation-id": "context.requestId",
                    **_EXTRA_HEADERS.get(status, {}),
                },
                templates={"application/json": json.dumps(body)},
            )

    def _allowed_origin(self) -> str:
        # A gateway response cannot choose among origins. With several it repeats the caller's: the
        # body says nothing but the status, and credentials are never allowed (docs/adr/0004).
        origins = self._environment.allowed_origins
        return f"'{origins[0]}'" if len(origins) == 1 else "method.request.header.Origin"

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
                ),
                api_stages=[
                    apigateway.UsagePlanPerApiStage(api=self.api, stage=self.api.deployment_stage)
                ],
            )
            key = self.api.add_api_key(
                f"{client}-key", api_key_name=f"{self._environment.prefix}-{client}"
            )
            plan.add_api_key(key)
