"""The peer of FastAPI with Mangum."""

import json
import os
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request
from mangum import Mangum

from tests.bench.peers import calls
from tests.bench.peers.models import Booking, Health, Page, Thing

app = FastAPI()


def require_caller(request: Request) -> str:
    user_id = calls.find_caller(request.scope["aws.event"])
    if user_id is None:
        raise HTTPException(401)
    return user_id


Caller = Annotated[str, Depends(require_caller)]


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
def get_thing(caller: Caller) -> Thing:
    calls.make()
    return Thing(id=caller, email="ada@example.com", role="client", createdAt=datetime.now(UTC))


@app.post("/v1/things", status_code=201)
def create_thing(caller: Caller, body: Booking) -> Thing:
    calls.make()
    return Thing(id=caller, email="ada@example.com", role="client", createdAt=body.startsAt)


if os.environ.get("BENCH_TOKENS"):
    from tests.bench.peers import tokens

    @app.get("/v1/things/token")
    def read_token(authorization: Annotated[str, Header()]) -> dict[str, Any]:
        calls.make()
        return tokens.verify(authorization.removeprefix("Bearer "))


_respond = Mangum(app, lifespan="off")


def handler(event: dict[str, Any], context: Any) -> Any:
    # A rate limit counts what is refused, too.
    response = _respond(event, context)
    if response["statusCode"] == 422:
        calls.make()
    print(json.dumps({"message": "request", "status": response["statusCode"]}))
    return response
