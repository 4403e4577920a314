"""DynamoDB and its streams by moto: PROVIDER_OVERRIDE_DYNAMODB=moto and …DYNAMODBSTREAMS=moto.

LocalStack's own provider downloads DynamoDB Local and runs it on Java.
"""

from typing import Any

from localstack.aws.api.dynamodb import DynamodbApi
from localstack.aws.api.dynamodbstreams import DynamodbstreamsApi
from localstack.runtime import hooks
from localstack.services.moto import MotoFallbackDispatcher
from localstack.services.plugins import Service, aws_provider

from infra.localstack_host.plugin import transactions


@aws_provider(api="dynamodb", name="moto")  # type: ignore[untyped-decorator]
def dynamodb() -> Any:
    """Return the service of tables."""
    return Service.for_provider(DynamodbApi(), dispatch_table_factory=MotoFallbackDispatcher)


@aws_provider(api="dynamodbstreams", name="moto")  # type: ignore[untyped-decorator]
def dynamodb_streams() -> Any:
    """Return the service of streams."""
    return Service.for_provider(DynamodbstreamsApi(), dispatch_table_factory=MotoFallbackDispatcher)


@hooks.on_infra_start()  # type: ignore[untyped-decorator]
def isolate_transactions() -> None:
    """Let a transaction be all or nothing."""
    for patch in transactions.patches():
        setattr(patch.owner, patch.name, patch.value)
