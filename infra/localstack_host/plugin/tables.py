"""DynamoDB and its streams by moto: PROVIDER_OVERRIDE_DYNAMODB=moto and …DYNAMODBSTREAMS=moto.

LocalStack's own provider downloads DynamoDB Local and runs it on Java.
"""

from typing import Any

from localstack.aws.api.dynamodb import DynamodbApi
from localstack.aws.api.dynamodbstreams import DynamodbstreamsApi
from localstack.services.moto import MotoFallbackDispatcher
from localstack.services.plugins import Service, aws_provider


@aws_provider(api="dynamodb", name="moto")  # type: ignore[untyped-decorator]
def dynamodb() -> Any:
    """Return the service of tables."""
    return Service.for_provider(DynamodbApi(), dispatch_table_factory=MotoFallbackDispatcher)


@aws_provider(api="dynamodbstreams", name="moto")  # type: ignore[untyped-decorator]
def dynamodb_streams() -> Any:
    """Return the service of streams."""
    return Service.for_provider(DynamodbstreamsApi(), dispatch_table_factory=MotoFallbackDispatcher)
