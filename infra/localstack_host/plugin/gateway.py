"""What LocalStack's REST APIs leave out: authorizers, usage plans, gateway responses.

LocalStack calls its handlers one after the other; ours join them as it starts.
"""

import functools
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from localstack.aws.connect import connect_to
from localstack.http import Response
from localstack.runtime import hooks
from localstack.services.apigateway.next_gen.execute_api import gateway_response as errors
from localstack.services.apigateway.next_gen.execute_api import handlers
from localstack.services.apigateway.next_gen.execute_api.handlers import gateway_exception
from localstack.services.apigateway.next_gen.execute_api.moto_helpers import (
    get_usage_plan_keys,
    get_usage_plans,
)
from localstack.services.apigateway.resource_providers import aws_apigateway_restapi
from moto.apigateway.models import UsagePlan
from rolo.gateway import CompositeHandler

from infra.localstack_host.plugin import gateway_responses, identities
from infra.localstack_host.plugin.limits import Quotas, Throttle, quota_of, rate_of
from infra.localstack_host.plugin.policies import DEFAULT_TTL_SECONDS, Answers, Decision, decide


class Authorizers:
    """Handler that asks the TOKEN or REQUEST authorizer of a method."""

    def __init__(self) -> None:
        self._answers = Answers(time.monotonic)

    def __call__(self, _chain: Any, context: Any, _response: Any) -> None:
        """Let the request pass, or raise the gateway's error."""
        method = context.resource_method or {}
        if (method.get("authorizationType") or "NONE").upper() != "CUSTOM":
            return
        authorizers = context.deployment.rest_api.authorizers or {}
        authorizer = authorizers.get(method.get("authorizerId"))
        if not authorizer:
            raise errors.AuthorizerConfigurationError
        answer = self._ask(authorizer, context)
        decision = decide(answer.get("policyDocument") or {}, _method_arn(context))
        if decision is not Decision.ALLOWED:
            explicit = " with an explicit deny" if decision is Decision.DENIED else ""
            raise errors.AccessDeniedError(
                f"User is not authorized to access this resource{explicit}"
            )
        variables = context.context_variables
        values = {name: _text(value) for name, value in (answer.get("context") or {}).items()}
        variables["authorizer"] = {**values, "principalId": answer["principalId"]}
        if answer.get("usageIdentifierKey"):
            # Where the key is looked for, if the API takes it from the authorizer.
            variables["identity"]["apiKey"] = answer["usageIdentifierKey"]

    def _ask(self, authorizer: Mapping[str, Any], context: Any) -> Mapping[str, Any]:
        request = context.invocation_request
        sources = identities.Request(
            headers=request["headers"],
            query=request["query_string_parameters"] or {},
            context=context.context_variables,
            stage_variables=context.stage_variables or {},
        )
        found = identities.values(authorizer.get("identitySource") or "", sources)
        ttl = int(authorizer.get("authorizerResultTtlInSeconds", DEFAULT_TTL_SECONDS))
        is_token = authorizer["type"] == "TOKEN"
        if not all(found) and (is_token or ttl):
            raise errors.UnauthorizedError("Unauthorized")
        event = {"type": authorizer["type"], "methodArn": _method_arn(context)}
        if is_token:
            event["authorizationToken"] = str(found[0])
        else:
            event |= {
                "resource": context.resource["path"],
                "path": request["path"],
                "httpMethod": str(request["http_method"]),
                "headers": dict(request["headers"]),
                "queryStringParameters": request["query_string_parameters"],
                "pathParameters": request["path_parameters"],
                "stageVariables": context.stage_variables or {},
                "requestContext": context.context_variables,
            }
        key = (context.api_id, context.stage, authorizer["id"], tuple(found))
        # Without an identity there is nothing that an answer could be kept for.
        return self._answers.get(
            key, ttl if found else 0, lambda: _invoke(authorizer["authorizerUri"], event)
        )


class UsagePlans:
    """Handler that enforces rates and quotas, after LocalStack has found the API key."""

    def __init__(self) -> None:
        self._throttle = Throttle(time.monotonic)
        self._quotas = Quotas(lambda: datetime.now(UTC))

    def __call__(self, _chain: Any, context: Any, _response: Any) -> None:
        """Let the request pass, or raise the gateway's error."""
        path = context.resource["path"] if context.resource else ""
        method = f"{path}/{context.invocation_request['http_method']}"
        self._check_stage(context, method)
        key_id = (context.context_variables.get("identity") or {}).get("apiKeyId")
        if key_id:
            self._check_plans(context, method, key_id)

    def _check_stage(self, context: Any, method: str) -> None:
        settings = (context.stage_configuration or {}).get("methodSettings") or {}
        name = method.lstrip("/").replace("/", "~1")
        chosen = settings.get(name) or settings.get("*/*") or {}
        rate = rate_of(chosen, "throttlingRateLimit", "throttlingBurstLimit")
        # Each method has the stage's rate for itself.
        if rate and not self._throttle.admits((context.api_id, context.stage, method), rate):
            raise errors.ThrottledError("Too Many Requests")

    def _check_plans(self, context: Any, method: str, key_id: str) -> None:
        where = {"account_id": context.account_id, "region_name": context.region}
        for plan in get_usage_plans(**where):
            stage = _stage_of(plan, context)
            keys = get_usage_plan_keys(usage_plan_id=plan["id"], **where)
            if stage is None or key_id not in {key["id"] for key in keys}:
                continue
            own = (stage.get("throttle") or {}).get(method)
            rate = rate_of(own or plan.get("throttle") or {}, "rateLimit", "burstLimit")
            bucket = (plan["id"], key_id, method if own else "")
            if rate and not self._throttle.admits(bucket, rate):
                raise errors.ThrottledError("Too Many Requests")
            quota = quota_of(plan)
            if quota and not self._quotas.admits((plan["id"], key_id), quota):
                raise errors.QuotaExceededError("Limit Exceeded")
            return


@hooks.on_infra_start()  # type: ignore[untyped-decorator]
def complete() -> None:
    """Put our handlers between LocalStack's."""
    handlers.preprocess_request.handlers.append(Authorizers())
    # LocalStack reads this attribute when the first API is created.
    keys = CompositeHandler()
    keys.handlers.extend([handlers.api_key_validation_handler, UsagePlans()])
    handlers.api_key_validation_handler = keys
    _complete_rest_apis()
    _take_fractions_of_rates()
    _render_gateway_responses()


def _complete_rest_apis() -> None:
    """Let CloudFormation keep what it drops: the source of API keys, and gateway responses."""
    provider = aws_apigateway_restapi.ApiGatewayRestApiProvider
    create = provider.create

    @functools.wraps(create)
    def create_whole(self: Any, request: Any) -> Any:
        properties = request.desired_state
        source = properties.get("ApiKeySourceType")
        responses = gateway_responses.declared(properties.get("Body") or {})
        event = create(self, request)
        api_id = event.resource_model["RestApiId"]
        client = request.aws_client_factory.apigateway
        if source:
            client.update_rest_api(
                restApiId=api_id,
                patchOperations=[{"op": "replace", "path": "/apiKeySource", "value": source}],
            )
        for response in responses:
            client.put_gateway_response(restApiId=api_id, **response)
        return event

    provider.create = create_whole


def _take_fractions_of_rates() -> None:
    """Let the rate of a usage plan be changed to a fraction, which moto takes for an error."""
    change = UsagePlan.apply_patch_operations

    @functools.wraps(change)
    def change_with_fractions(self: Any, patch_operations: list[dict[str, Any]]) -> None:
        path = "/throttle/rateLimit"
        change(self, [one for one in patch_operations if one["path"] != path])
        for one in patch_operations:
            if one["path"] == path:
                self.throttle["rateLimit"] = float(one["value"])

    UsagePlan.apply_patch_operations = change_with_fractions  # type: ignore[method-assign]


def _render_gateway_responses() -> None:
    """Let gateway responses have the bodies and headers of the template, not the status alone."""
    handler = gateway_exception.GatewayExceptionHandler
    create = handler.create_exception_response

    @functools.wraps(create)
    def create_from_template(self: Any, exception: Any, context: Any) -> Any:
        response: Response = create(self, exception, context)
        own = context.deployment.rest_api.gateway_responses
        chosen = errors.get_gateway_response_or_default(exception.type, own)
        variables = context.context_variables
        for content_type, template in (chosen.get("responseTemplates") or {}).items():
            if own:
                response.data = gateway_responses.body(template, variables)
                response.headers["Content-Type"] = content_type
            break
        parameters = chosen.get("responseParameters") or {}
        sent = (context.invocation_request or {}).get("headers") or {}
        response.headers.update(gateway_responses.headers(parameters, variables, sent))
        return response

    handler.create_exception_response = create_from_template


def _method_arn(context: Any) -> str:
    request = context.invocation_request
    return (
        f"arn:aws:execute-api:{context.region}:{context.account_id}:{context.api_id}/"
        f"{context.stage}/{request['http_method']}{request['path']}"
    )


def _invoke(uri: str, event: Mapping[str, Any]) -> Mapping[str, Any]:
    function = uri.split("functions/", 1)[1].removesuffix("/invocations")
    client = connect_to(region_name=function.split(":")[3]).lambda_
    client = client.request_metadata(source_arn=event["methodArn"], service_principal="apigateway")
    result = client.invoke(FunctionName=function, Payload=json.dumps(event, default=str))
    payload = json.loads(result["Payload"].read() or b"null")
    if result.get("FunctionError"):
        if isinstance(payload, Mapping) and payload.get("errorMessage") == "Unauthorized":
            raise errors.UnauthorizedError("Unauthorized")
        raise errors.AuthorizerFailureError
    if not isinstance(payload, Mapping) or not payload.get("principalId"):
        raise errors.AuthorizerConfigurationError
    return payload


def _stage_of(plan: Mapping[str, Any], context: Any) -> Mapping[str, Any] | None:
    stages: list[Mapping[str, Any]] = plan.get("apiStages") or []
    wanted = (context.api_id, context.stage)
    return next((one for one in stages if (one["apiId"], one["stage"]) == wanted), None)


def _text(value: Any) -> str:
    # API Gateway hands on strings, and spells a boolean as JSON does.
    return str(value).lower() if isinstance(value, bool) else str(value)
