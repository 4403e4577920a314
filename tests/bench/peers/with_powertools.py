"""The peer of Powertools for AWS Lambda: its resolver, validation and logger."""

import os
from datetime import UTC, datetime
from typing import Annotated, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.exceptions import UnauthorizedError
from aws_lambda_powertools.event_handler.openapi.params import Query

from tests.bench.peers import calls
from tests.bench.peers.models import Booking, Health, Page, Thing

app = APIGatewayRestResolver(enable_validation=True)
logger = Logger()


def require_caller() -> str:
    user_id = calls.find_caller(app.current_event.raw_event)
    if user_id is None:
        raise UnauthorizedError("expired")
    return user_id


@app.get("/v1/things/health")
def get_health() -> Health:
    return Health(status="ok")


@app.get("/v1/things")
def list_things(
    text: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 20,
) -> Page:
    calls.make()
    return Page(items=[])


@app.get("/v1/things/me")
def get_thing() -> Thing:
    caller = require_caller()
    calls.make()
    return Thing(id=caller, email="ada@example.com", role="client", createdAt=datetime.now(UTC))


@app.post("/v1/things")
def create_thing(body: Booking) -> tuple[Thing, int]:
    caller = require_caller()
    calls.make()
    thing = Thing(id=caller, email="ada@example.com", role="client", createdAt=body.startsAt)
    return thing, 201


if os.environ.get("BENCH_TOKENS"):
    from tests.bench.peers import tokens

    @app.get("/v1/things/token")
    def read_token() -> dict[str, Any]:
        authorization = app.current_event.headers["authorization"]
        calls.make()
        return tokens.verify(authorization.removeprefix("Bearer "))


def handler(event: dict[str, Any], context: Any) -> Any:
    # A rate limit counts what is refused, too.
    response = app.resolve(event, context)
    if response["statusCode"] == 422:
        calls.make()
    logger.info("request", status=response["statusCode"])
    return response
