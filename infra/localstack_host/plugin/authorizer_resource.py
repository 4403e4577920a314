"""AWS::ApiGateway::Authorizer, which LocalStack's CloudFormation lacks."""

import contextlib
from collections.abc import Mapping
from typing import Any, ClassVar

from localstack.services.cloudformation.resource_provider import (
    CloudFormationResourceProviderPlugin,
    OperationStatus,
    ProgressEvent,
    ResourceProvider,
)

from infra.localstack_host.plugin import authorizer_properties


class AuthorizerProvider(ResourceProvider):  # type: ignore[misc]  # LocalStack is not installed here
    """Creates, updates and deletes authorizers."""

    TYPE = authorizer_properties.TYPE
    SCHEMA: ClassVar[Mapping[str, Any]] = authorizer_properties.SCHEMA

    def create(self, request: Any) -> Any:
        """Create the authorizer."""
        model = request.desired_state
        arguments = authorizer_properties.arguments(model)
        created = request.aws_client_factory.apigateway.create_authorizer(**arguments)
        return _done({**model, "AuthorizerId": created["id"]})

    def read(self, request: Any) -> Any:
        """Return the authorizer as it is."""
        return _done(request.desired_state)

    def update(self, request: Any) -> Any:
        """Change the authorizer; the id stays."""
        previous = request.previous_state
        model = {**request.desired_state, "AuthorizerId": previous["AuthorizerId"]}
        operations = authorizer_properties.changes(previous, model)
        if operations:
            request.aws_client_factory.apigateway.update_authorizer(
                restApiId=model["RestApiId"],
                authorizerId=model["AuthorizerId"],
                patchOperations=operations,
            )
        return _done(model)

    def delete(self, request: Any) -> Any:
        """Delete the authorizer; with its API it is gone already."""
        model = request.desired_state
        client = request.aws_client_factory.apigateway
        with contextlib.suppress(client.exceptions.NotFoundException):
            client.delete_authorizer(
                restApiId=model["RestApiId"], authorizerId=model["AuthorizerId"]
            )
        return _done(model)


def _done(model: Any) -> Any:
    return ProgressEvent(status=OperationStatus.SUCCESS, resource_model=model)


class AuthorizerProviderPlugin(CloudFormationResourceProviderPlugin):  # type: ignore[misc]
    """Registration of the provider under the type."""

    name = authorizer_properties.TYPE

    def __init__(self) -> None:
        self.factory: type[AuthorizerProvider] | None = None

    def load(self) -> None:
        """Set the factory, which LocalStack looks for."""
        self.factory = AuthorizerProvider
