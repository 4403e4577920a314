"""WebSocket API of a feature, made from the declarations in `app.sockets`.

    @app.sockets.on_connect      -> $connect
    @app.sockets.on_disconnect   -> $disconnect
    app.sockets.on_frames        -> $default: every frame, whatever its action

The function group makes the functions. This construct adds their routes, the URL, and the
permission to post to the connections of this API and no other.
"""

import json
from collections.abc import Iterable

from aws_cdk import CfnOutput, RemovalPolicy, Stack, Tags
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk.aws_apigatewayv2_integrations import WebSocketLambdaIntegration
from chalice.app import Chalice
from constructs import Construct

from infra import names
from infra.constructs.domains import WebSocketDomain
from infra.constructs.function_group import FunctionGroup
from infra.environments import Environment
from shared.platform.config import path_name

STAGE = "live"


class WebSocketApi(Construct):
    """WebSocket API with its stage."""

    def __init__(
        self,
        scope: Construct,
        group: FunctionGroup,
        app: Chalice,
        *,
        environment: Environment,
        posting: Iterable[str],
    ) -> None:
        """Create the API of the group's app.

        Args:
            scope: Stack that holds the API.
            group: Functions of the feature.
            app: Chalice app with the decorators.
            environment: Environment that is deployed.
            posting: Functions that post to connected devices.
        """
        super().__init__(scope, "WebSocketApi")
        self._environment = environment
        functions = {
            route: group.entry(path_name(handler.name))
            for route, handler in app.websocket_handlers.items()
        }
        self.api = apigateway.WebSocketApi(
            self,
            "Api",
            api_name=f"{environment.prefix}-live",
            connect_route_options=_route("connect", functions["$connect"]),
            disconnect_route_options=_route("disconnect", functions["$disconnect"]),
            default_route_options=_route("frame", functions["$default"], answers=True),
        )
        if environment.is_local:
            # MiniStack takes the id from this tag: the URL outlives a reset.
            Tags.of(self.api).add("ms-custom-id", "a271b00d")
        stage = apigateway.WebSocketStage(
            self,
            "Stage",
            web_socket_api=self.api,
            stage_name=STAGE,
            auto_deploy=True,
            throttle=apigateway.ThrottleSettings(rate_limit=500, burst_limit=1000),
        )
        self._log(stage)
        for name in posting:
            function = group.functions[name]
            stage.grant_management_api_access(function)
            function.add_environment("WEBSOCKET_URL", self._url())
            if environment.domain:
                function.add_environment("WEBSOCKET_DOMAIN", environment.domain.live)
        if environment.domain:
            WebSocketDomain(self, environment.domain, self.api, stage)
        CfnOutput(self, "WebSocketApiId", value=self.api.api_id).override_logical_id(
            "WebSocketApiId"
        )
        url = f"wss://{environment.domain.live}" if environment.domain else self._url()
        CfnOutput(self, "WebSocketUrl", value=url).override_logical_id("WebSocketUrl")

    def _url(self) -> str:
        if self._environment.is_local:
            # Below the endpoint, which the functions know (shared.live.connections).
            return f"/_aws/execute-api/{self.api.api_id}/{STAGE}"
        stack = Stack.of(self)
        host = f"{self.api.api_id}.execute-api.{stack.region}.{stack.url_suffix}"
        return f"wss://{host}/{STAGE}"

    def _log(self, stage: apigateway.WebSocketStage) -> None:
        group = logs.LogGroup(
            self,
            "AccessLogs",
            log_group_name=f"/aws/apigateway/{self._environment.prefix}-live",
            retention=names.retention(self._environment),
            removal_policy=RemovalPolicy.DESTROY,
        )
        # Neither query string nor headers: they hold tickets and tokens.
        entry = {
            "requestId": "$context.requestId",
            "connectionId": "$context.connectionId",
            "event": "$context.eventType",
            "status": "$context.status",
            "error": "$context.error.message",
        }
        resource = stage.node.default_child
        assert isinstance(resource, apigateway.CfnStage)
        resource.access_log_settings = apigateway.CfnStage.AccessLogSettingsProperty(
            destination_arn=group.log_group_arn, format=json.dumps(entry)
        )
        resource.add_property_override("DefaultRouteSettings.LoggingLevel", "ERROR")


def _route(
    name: str, function: lambda_.IFunction, *, answers: bool = False
) -> apigateway.WebSocketRouteOptions:
    """Add a route; `answers` says whether the function's result goes back on the socket."""
    return apigateway.WebSocketRouteOptions(
        integration=WebSocketLambdaIntegration(name, function), return_response=answers
    )
