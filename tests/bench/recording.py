"""Requests that are measured, and the AWS calls that each makes, recorded once with moto."""

import json
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import timedelta
from importlib import import_module
from io import StringIO
from typing import Any
from unittest import mock

import moto
import msgspec
from botocore.awsrequest import AWSPreparedRequest
from moto.core.botocore_stubber import BotocoreStubber

from auth.schemas import LoginRequest, ProvisionRequest, Tokens
from auth.use_cases import password_sign_in, registration, token_keys
from domain.devices import Device
from messaging import store as messaging
from notifications import store as notifications
from shared.http import access_tokens, ended_sessions, rate_limits
from shared.http.caller import Role
from shared.platform import aws, clock, config, signed_calls
from tests.bench.standins import Exchange
from tests.support import artists, aws_calls, fake_aws
from tests.support.gateway import NEVER

Event = dict[str, Any]
USER = "usr_01JD2Z5Q0V8XKM3F7T9B4N6RWC"


class Case(msgspec.Struct, frozen=True):
    """A request to a function of ours, and the like of it to a peer.

    Attributes:
        name: What the row is called.
        handler: Our handler.
        event: What our handler receives.
        peer_event: What the peers receive.
        status: Status of both answers.
        environment: Variables of the function.
        exchanges: AWS calls of our function with their responses.
        reads_documents: Whether it reads MongoDB, too.
        reads_tokens: Whether it verifies a token.
    """

    name: str
    handler: str
    event: Event
    peer_event: Event
    status: int | None
    environment: dict[str, str]
    exchanges: list[Exchange]
    reads_documents: bool = False
    reads_tokens: bool = False


def api_event(
    method: str,
    resource: str,
    *,
    query: dict[str, str] | None = None,
    body: Any = None,
    user: str | None = USER,
    session: str = "ses_1",
    headers: dict[str, str] | None = None,
) -> Event:
    """Return what API Gateway sends for a request."""
    sent = {"host": "api", "content-type": "application/json", "accept": "*/*", **(headers or {})}
    context: dict[str, Any] = {
        "resourcePath": resource, "httpMethod": method, "path": f"/api{resource}",
        "requestId": "11111111-2222-3333-4444-555555555555", "stage": "api",
        "identity": {"sourceIp": "198.51.100.7"},
    }  # fmt: skip
    if user:
        context["authorizer"] = {
            "userId": user, "email": "ada@example.com", "role": "client", "sessionId": session,
            "expiresAt": str(NEVER),
        }  # fmt: skip
    return {
        "resource": resource, "path": resource, "httpMethod": method, "requestContext": context,
        "headers": sent, "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": {k: [v] for k, v in query.items()} if query else None,
        "pathParameters": None, "stageVariables": None, "isBase64Encoded": False,
        "body": None if body is None else json.dumps(body),
    }  # fmt: skip


def record(mongo_uri: str) -> Generator[Case, None, None]:
    """Prepare data, send each request once, and yield it with the calls it made."""
    with moto.mock_aws():
        environment = fake_aws.create()
        for name, key in (("mongo", "MONGO_URI"), ("messaging-mongo", "MESSAGING_MONGO_URI")):
            fake_aws.put_secret(name, {key: mongo_uri})
        by_client = mock.patch.object(signed_calls, "call", aws_calls.call_by_client)
        with mock.patch.dict("os.environ", environment), by_client:
            try:
                for case in _cases(environment):
                    _forget()  # as in a container that starts
                    with _recorded(case.exchanges), redirect_stdout(StringIO()):
                        answer = _handler(case.handler)(case.event, None)
                    if answer.get("statusCode") != case.status:
                        raise AssertionError(f"{case.name}: {answer}")
                    yield case
            finally:
                _forget()


def _cases(environment: dict[str, str]) -> Iterator[Case]:
    now = clock.now()
    messaging.ensure_indexes()
    notifications.ensure_indexes()
    # Opens the windows of rate limits, as they are for most requests.
    for group, event in (
        ("profiles", api_event("GET", "/v1/profiles/artists", user=None)),
        ("profiles", api_event("GET", "/v1/profiles/boards")),
        ("appointments", api_event("POST", "/v1/appointments", body={})),
    ):
        _handler(f"{group}.app.app")(event, None)
    health = api_event("GET", "/v1/things/health", user=None)
    listed = api_event("GET", "/v1/things", query={"limit": "20"}, user=None)
    wrong = {"serviceId": 1, "startsAt": "soon", "notes": "x"}
    refused = api_event("POST", "/v1/things", body=wrong)

    def case(name: str, group: str, event: Event, like: Event, status: int, **fields: Any) -> Case:
        return Case(name, f"{group}.app.app", event, like, status, environment, [], **fields)

    yield case(
        "appointments: GET health", "appointments",
        api_event("GET", "/v1/appointments/health", user=None), health, 200,
    )  # fmt: skip
    yield case(
        "appointments: POST, refused with 422", "appointments",
        api_event("POST", "/v1/appointments", body=wrong), refused, 422,
    )  # fmt: skip
    yield case(
        "profiles: search", "profiles",
        api_event("GET", "/v1/profiles/artists", query={"text": "fine line"}, user=None),
        listed, 200,
    )  # fmt: skip
    yield case(
        "messaging: list of conversations", "messaging",
        api_event("GET", "/v1/messages/conversations"), listed, 200, reads_documents=True,
    )  # fmt: skip
    yield case(
        "notifications: inbox", "notifications",
        api_event("GET", "/v1/notifications/inbox"), listed, 200, reads_documents=True,
    )  # fmt: skip
    email, password = "ada@example.com", "correct horse battery"
    registration.provision(ProvisionRequest(email, password, "Ada", Role.CLIENT), now)
    device = Device("203.0.113.9", "agent")
    signed_in = password_sign_in.log_in(LoginRequest(email, password), device, now)
    assert isinstance(signed_in, Tokens)
    claims = access_tokens.verify(signed_in.access_token, now)
    me = api_event("GET", "/v1/auth/me", user=claims.sub, session=claims.sid)
    yield case(
        "auth: GET me", "auth", me,
        api_event("GET", "/v1/things/me"), 200,
    )  # fmt: skip
    artist = artists.artist("Europe/Berlin")
    service = artists.service_of(artist, now, slot_interval_minutes=30)
    day = now + timedelta(days=7)
    slots = {
        "artistId": artist.user_id, "serviceId": service.id,
        "from": f"{day:%Y-%m-%d}", "to": f"{day + timedelta(days=30):%Y-%m-%d}", "limit": "100",
    }  # fmt: skip
    yield case(
        "appointments: slots", "appointments",
        api_event("GET", "/v1/appointments/slots", query=slots, user=None), listed, 200,
    )  # fmt: skip
    start = day.replace(hour=12, minute=0, second=0, microsecond=0)
    booking = {"serviceId": service.id, "startsAt": f"{start:%Y-%m-%dT%H:%M:%SZ}", "notes": "x"}
    yield case(
        "appointments: booking", "appointments",
        api_event("POST", "/v1/appointments", body=booking),
        api_event("POST", "/v1/things", body=booking), 201,
    )  # fmt: skip
    arn = "arn:aws:execute-api:us-east-1:123456789012:api/api/GET/v1/auth/me"
    bearer = f"Bearer {signed_in.access_token}"
    yield Case(
        "authorizer", "authorizer.app.authorize",
        {"type": "TOKEN", "authorizationToken": bearer, "methodArn": arn},
        api_event("GET", "/v1/things/token", user=None, headers={"authorization": bearer}),
        None, environment, [], reads_tokens=True,
    )  # fmt: skip


def _handler(name: str) -> Callable[[Event, None], Any]:
    module, _, attribute = name.rpartition(".")
    handler: Callable[[Event, None], Any] = getattr(import_module(module), attribute)
    return handler


@contextmanager
def _recorded(exchanges: list[Exchange]) -> Iterator[None]:
    process = BotocoreStubber.process_request

    def recorded(stubber: BotocoreStubber, request: AWSPreparedRequest) -> Any:
        response = process(stubber, request)
        if response is not None:
            status, _, body = response
            raw = body.encode() if isinstance(body, str) else body
            target = request.headers["X-Amz-Target"]
            exchanges.append(Exchange.of(_text(target), _text(request.body), status, raw.decode()))
        return response

    with mock.patch.object(BotocoreStubber, "process_request", recorded):
        yield


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _forget() -> None:
    aws.forget()
    rate_limits.forget()
    for store in (messaging, notifications):
        if store.client.cache_info().currsize:
            store.client().close()
        store.database.cache_clear()
        store.client.cache_clear()
    access_tokens.forget()
    ended_sessions.forget()
    token_keys.forget()
    config.forget()
