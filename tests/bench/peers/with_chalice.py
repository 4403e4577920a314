"""The peer of plain Chalice with msgspec."""

import json
import os
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from chalice.app import Chalice, Response, UnauthorizedError

from tests.bench.peers import calls

app = Chalice(app_name="peer", configure_logs=False)


class Health(msgspec.Struct):
    status: str


class Booking(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    service_id: Annotated[str, msgspec.Meta(pattern=r"^svc_[0-9A-Z_]+$")]
    starts_at: datetime
    notes: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class Criteria(msgspec.Struct):
    text: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 20


class Thing(msgspec.Struct, rename="camel"):
    id: str
    email: str
    role: str
    created_at: datetime


class Page(msgspec.Struct, rename="camel"):
    items: list[Thing]
    next_cursor: str | None = None


def respond(body: Any, status: int = 200) -> Response:
    text = msgspec.json.encode(body).decode()
    return Response(text, {"content-type": "application/json"}, status)


def require_caller() -> str:
    assert app.current_request is not None
    user_id = calls.find_caller({"requestContext": app.current_request.context})
    if user_id is None:
        raise UnauthorizedError("expired")
    return user_id


@app.route("/v1/things/health")
def get_health() -> Response:
    return respond(Health("ok"))


@app.route("/v1/things")
def list_things() -> Response:
    assert app.current_request is not None
    sent: dict[str, str] = dict(app.current_request.query_params or {})
    msgspec.convert(sent, Criteria, strict=False)
    calls.make()
    return respond(Page([]))


@app.route("/v1/things/me")
def get_thing() -> Response:
    caller = require_caller()
    calls.make()
    return respond(Thing(caller, "ada@example.com", "client", datetime.now(UTC)))


@app.route("/v1/things", methods=["POST"])
def create_thing() -> Response:
    assert app.current_request is not None
    caller = require_caller()
    calls.make()
    try:
        body = msgspec.json.decode(app.current_request.raw_body, type=Booking)
    except msgspec.ValidationError as error:
        return respond({"message": str(error)}, 422)
    return respond(Thing(caller, "ada@example.com", "client", body.starts_at), 201)


if os.environ.get("BENCH_TOKENS"):
    from tests.bench.peers import tokens

    @app.route("/v1/things/token")
    def read_token() -> Response:
        assert app.current_request is not None
        authorization = app.current_request.headers["authorization"]
        calls.make()
        return respond(tokens.verify(authorization.removeprefix("Bearer ")))


def handler(event: dict[str, Any], context: Any) -> Any:
    response = app(event, context)
    print(json.dumps({"message": "request", "status": response["statusCode"]}))
    return response
