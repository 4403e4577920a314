"""FeatureApp: Chalice with what it lacks for a typed, guarded JSON API.

    app = FeatureApp("notifications", ready={"mongo": store.ping})

    @app.route("/v1/notifications/{id}", methods=["GET"])
    def get_notification(caller: Caller, id: str) -> NotificationStatus:
        \"\"\"What became of a notification.\"\"\"

Chalice still registers every route and trigger; infra/ and the OpenAPI document read them there.
"""

import os
import time
from collections.abc import Callable, Mapping
from typing import Any, get_type_hints

import msgspec
from chalice.app import Chalice, CustomAuthorizer, DynamoDBEvent, Request, Response, SQSEvent

from domain.errors import DomainError, Forbidden, NotFound, Unavailable
from shared.events import queues
from shared.events.domain_events import DomainEvent, EventData
from shared.events.s3_events import Notification, S3Object
from shared.http import idempotency, problems, rate_limits
from shared.http.caller import Caller, Role, from_authorizer
from shared.http.decoding import Input, decode_json, decode_query
from shared.http.operations import Health, Operation, RawResponse, TypedResponse, operation_of
from shared.http.problems import Problem
from shared.live.websockets import Sockets
from shared.platform import correlation
from shared.platform.clock import now
from shared.platform.config import Common, from_environment, path_name
from shared.platform.logs import logger

# pynamodb takes its time, and only routes need it here: the function that serves them loads it as
# it starts and not with its first request, workers and the others never.
if os.environ.get("_HANDLER", "").endswith(".app.app"):
    from shared.data import idempotency_store, rate_limit_store  # noqa: F401

# Names the authorizer in front of every route that is not public; infra/ resolves it.
JWT_AUTHORIZER = CustomAuthorizer("jwt", authorizer_uri="authorizer", header="Authorization")

MAX_BODY_BYTES = 256 * 1024
# Of one parameter of a path. Ours are shorter, one-tap links included; a sort key of DynamoDB has
# 1024 at most, and it refuses to look for a longer one.
MAX_PARAMETER_BYTES = 512
S3_RETRY_BASE_SECONDS = 30
_ALLOWED_HEADERS = "authorization, content-type, idempotency-key, x-api-key, x-correlation-id"
_EXPOSED_HEADERS = "location, ratelimit, ratelimit-policy, retry-after, x-correlation-id"

Handler = Callable[..., Any]


class HealthQuery(Input, frozen=True):
    """How thoroughly to check.

    Attributes:
        ready: Whether to ask the dependencies too.
            Example: true
    """

    ready: bool = False


class NotReady(Unavailable):
    """Something that the feature needs does not answer."""

    code = "not_ready"


class FeatureApp(Chalice):
    """One feature's routes and triggers."""

    def __init__(
        self, feature: str, ready: Mapping[str, Callable[[], object]] | None = None
    ) -> None:
        """Name the feature and what `?ready=1` must find answering: a call that raises if not."""
        super().__init__(app_name=feature, configure_logs=False)
        self.feature = feature
        self.operations: dict[tuple[str, str], Operation] = {}
        self.published: tuple[type[EventData], ...] = ()
        self.consumed: dict[str, tuple[str, ...]] = {}  # queue -> event types
        self.sockets = Sockets(self)
        self.watched: dict[str, tuple[str, str]] = {}  # queue -> bucket and prefix
        self._readiness = dict(ready or {})

    # ---- declaring -------------------------------------------------------------------------

    def route(  # type: ignore[override]  # stricter than Chalice's **kwargs
        self,
        path: str,
        *,
        methods: list[str],
        status: int = 200,
        repeat_status: int | None = None,
        errors: tuple[type[DomainError], ...] = (),
        response_headers: tuple[str, ...] = (),
        media_types: tuple[str, ...] = (),
        roles: tuple[Role, ...] = (),
        public: bool = False,
        keyless: bool = False,
        limit: str | None = "",
        idempotent: bool = True,
        **chalice_options: Any,
    ) -> Callable[[Handler], Handler]:
        """Declare a route as Chalice does, with what the API promises about it.

        Args:
            path: Path template, such as `/v1/files/{id}`.
            methods: HTTP methods that the handler serves.
            status: Status of success.
            repeat_status: Status of success when the same request was carried out before.
            errors: Domain errors that the use case may raise. Those that every route of its kind
                can answer (validation, authentication, rate limits) are added by the document.
            response_headers: Headers that the handler sets on success, such as `Location`.
            media_types: Media types of a `RawResponse`.
            roles: Roles that may call the route; everyone who is signed in when empty.
            public: Whether the route works without an access token.
            keyless: Whether the route works without an API key.
            limit: Rate limit that requests count against: by default `anonymous` for public
                routes and `user` for others; None for no limit.
            idempotent: Whether a signed-in POST honours `Idempotency-Key`. Not where the response
                holds secrets, because responses are stored.
            **chalice_options: Passed on to Chalice.
        """

        def register(handler: Handler) -> Handler:
            for method in methods:
                operation = operation_of(
                    method,
                    path,
                    handler,
                    status=status,
                    repeat_status=repeat_status,
                    errors=errors,
                    response_headers=response_headers,
                    media_types=media_types,
                    roles=roles,
                    public=public,
                    keyless=keyless,
                    limit=("anonymous" if public else "user") if limit == "" else limit,
                    idempotent=idempotent and method == "POST" and not public,
                )
                self.operations[method, path] = operation
                register_in_chalice = super(FeatureApp, self).route(
                    path,
                    methods=[method],
                    name=f"{method} {path}",
                    authorizer=None if public else JWT_AUTHORIZER,
                    api_key_required=not keyless,
                    content_types=[],  # checked in _answer, which speaks problem+json
                    **chalice_options,
                )
                register_in_chalice(self._endpoint(operation))
            return handler

        return register

    def health_route(self) -> None:
        """Declare `GET /v1/<feature>/health`."""
        path = f"/v1/{path_name(self.feature)}/health"

        def get_health(query: HealthQuery) -> Health:
            """Get the health of this feature.

            With `ready=1` its dependencies are asked as well; the status is 503 when one is down.
            """
            return self.health(query.ready)

        get_health.__name__ = f"get_{self.feature}_health"
        declare = self.route(
            path, methods=["GET"], public=True, keyless=True, limit=None, errors=(NotReady,)
        )
        declare(get_health)

    def operator_function(
        self, name: str | None = None
    ) -> Callable[[Callable[[Any], Any]], Handler]:
        """Declare a function that operators invoke: it takes one struct and answers another."""

        def register(answer: Callable[[Any], Any]) -> Handler:
            (model,) = (kind for name, kind in get_type_hints(answer).items() if name != "return")

            def invoked(event: dict[str, Any], context: object) -> Any:  # noqa: ARG001
                return msgspec.to_builtins(answer(msgspec.convert(event, model)))

            invoked.__name__ = answer.__name__
            handler: Handler = self.lambda_function(name=name)(invoked)
            return handler

        return register

    def publishes(self, *events: type[EventData]) -> None:
        """Declare the events that leave this feature; their schemas are generated from these."""
        self.published = events

    def on_domain_events(self, *types: str) -> Callable[[Callable[[DomainEvent], None]], Handler]:
        """Consume these event types from the queue `<feature>-events`, one by one, idempotently."""

        def register(handle: Callable[[DomainEvent], None]) -> Handler:
            queue = f"{path_name(self.feature)}-events"
            self.consumed[queue] = types

            def consume(batch: SQSEvent) -> dict[str, Any]:
                return queues.consume_events(batch, queue, handle)

            consume.__name__ = handle.__name__
            handler: Handler = self.on_sqs_message(queue=queue, batch_size=10)(consume)
            return handler

        return register

    def on_s3_event(  # type: ignore[override]  # S3 -> Lambda would lose what fails three times
        self, bucket: str, *, prefix: str
    ) -> Callable[[Callable[[S3Object], None]], Handler]:
        """Work on what is created below `prefix` in a bucket of the feature's, idempotently.

        S3 tells the queue `<feature>-<prefix>`, which tries again and keeps what gives up.
        """

        def register(handle: Callable[[S3Object], None]) -> Handler:
            queue = f"{path_name(self.feature)}-{prefix.strip('/')}"
            self.watched[queue] = (bucket, prefix)

            def each(notification: Notification) -> None:
                for created in notification.objects:
                    handle(created)

            def consume(batch: SQSEvent) -> dict[str, Any]:
                return queues.consume(batch, queue, Notification, each, S3_RETRY_BASE_SECONDS)

            consume.__name__ = handle.__name__
            handler: Handler = self.on_sqs_message(queue=queue, batch_size=1)(consume)
            return handler

        return register

    def outbox_relay(self, table: str) -> Handler:
        """Declare the function that relays the outbox of `table` to the topic."""

        def outbox(batch: DynamoDBEvent) -> None:
            from shared.events.outbox import relay  # noqa: PLC0415

            relay(batch)

        handler: Handler = self.on_dynamodb_record(stream_arn=table, batch_size=100)(outbox)
        return handler

    # ---- answering -------------------------------------------------------------------------

    def health(self, ready: bool) -> Health:
        """Answer for this feature. Raises a 503 Problem naming what is down."""
        if not ready:
            return Health("ok")
        checks = {name: _check(name, probe) for name, probe in self._readiness.items()}
        if set(checks.values()) - {"ok"}:
            down = ", ".join(name for name, state in checks.items() if state != "ok")
            raise NotReady(f"Not answering: {down}.")
        return Health("ok", checks)

    def _endpoint(self, operation: Operation) -> Handler:
        def endpoint(**path_parameters: str) -> Response:
            assert self.current_request is not None
            return self._respond(operation, self.current_request, path_parameters)

        endpoint.__name__ = operation.name
        return endpoint

    def _respond(
        self, operation: Operation, request: Request, path_parameters: dict[str, str]
    ) -> Response:
        started = time.perf_counter()
        given = request.headers.get(correlation.HEADER)
        made = request.context.get("requestId")
        with correlation.bound(given, fallback=made) as correlation_id:
            headers: dict[str, str] = {}
            try:
                answer = self._answer(operation, request, path_parameters, headers)
            except (DomainError, Problem) as error:
                answer = _problem(problems.from_error(error), correlation_id)
            except Exception:
                logger.exception("unexpected failure")
                answer = _problem(
                    Problem(500, "internal_error", "Something went wrong on our side."),
                    correlation_id,
                )
            logger.info(
                "request",
                method=operation.method,
                route=operation.path,
                status=answer.status,
                milliseconds=round((time.perf_counter() - started) * 1000, 1),
                user_id=_user_id(request),
            )
            headers = {
                "cache-control": "no-store",
                **headers,
                **answer.headers,
                **cors_headers(request.headers.get("origin")),
                correlation.HEADER: correlation_id,
            }
        return Response(answer.body, headers=dict(headers), status_code=answer.status)

    def _answer(
        self,
        operation: Operation,
        request: Request,
        path_parameters: dict[str, str],
        headers: dict[str, str],
    ) -> idempotency.StoredResponse:
        """Guard, decode, work, encode. `headers` gains what holds for failures as well."""
        instant = now()
        arguments: dict[str, Any] = dict(path_parameters)
        caller = None
        if not operation.public:
            caller = from_authorizer(request.context.get("authorizer") or {}, instant)
        if operation.limit:
            allowance = _count(operation.limit, caller, request)
            headers.update(allowance.headers())
            rate_limits.enforce(allowance)
        if operation.roles and (caller is None or caller.role not in operation.roles):
            raise Forbidden("Your role may not do this.")
        if any(len(value.encode()) > MAX_PARAMETER_BYTES for value in path_parameters.values()):
            raise NotFound()
        raw_body = _body(operation, request)
        if operation.wants_caller:
            arguments["caller"] = caller
        if operation.wants_request:
            arguments["request"] = request
        if operation.query:
            arguments["query"] = decode_query(query_parameters(request), operation.query)
        if operation.body:
            arguments["body"] = decode_json(raw_body, operation.body)

        def work() -> idempotency.StoredResponse:
            return _encode(operation.handler(**arguments), operation.status)

        key = request.headers.get(idempotency.HEADER)
        if key is None or caller is None or not operation.idempotent:
            return work()
        scope = f"{caller.user_id} {operation.method} {request.context['path']}"
        return idempotency.run_once(key, scope, raw_body, instant, work)


def query_parameters(request: Request) -> dict[str, list[str]]:
    """The query string, each parameter with all its values."""
    given = request.query_params
    return {name: given.getlist(name) for name in given} if given else {}


def cors_headers(origin: str | None) -> dict[str, str]:
    """The CORS headers for a request from `origin`: itself where it is configured, never `*`."""
    if origin not in from_environment(Common).allowed_origins.split(","):
        return {"vary": "origin"}
    return {
        "vary": "origin",
        "access-control-allow-origin": origin or "",
        "access-control-expose-headers": _EXPOSED_HEADERS,
    }


def preflight_headers(origin: str | None, methods: list[str]) -> dict[str, str]:
    """The CORS headers that answer a preflight for a path which serves `methods`."""
    headers = cors_headers(origin)
    if "access-control-allow-origin" in headers:
        headers["access-control-allow-methods"] = ", ".join(methods)
        headers["access-control-allow-headers"] = _ALLOWED_HEADERS
        headers["access-control-max-age"] = "7200"
    return headers


def _check(name: str, probe: Callable[[], object]) -> str:
    try:
        probe()
    except Exception:
        logger.exception("not ready", check=name)
        return "down"
    return "ok"


def _count(limit: str, caller: Caller | None, request: Request) -> rate_limits.Allowance:
    settings = from_environment(Common)
    if caller is not None:
        return rate_limits.count(limit, caller.user_id, settings.user_limit, now())
    address = request.context["identity"]["sourceIp"]
    return rate_limits.count(limit, address, settings.anonymous_limit, now())


def _body(operation: Operation, request: Request) -> bytes:
    raw = request.raw_body
    body = raw if isinstance(raw, bytes) else raw.encode()
    if len(body) > MAX_BODY_BYTES:
        raise Problem(413, "body_too_large", f"At most {MAX_BODY_BYTES} bytes are accepted.")
    if not body:
        return b"{}"  # whoever leaves a body out sends no field
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if operation.body and media_type != "application/json":
        raise Problem(415, "unsupported_media_type", "Send application/json.")
    return body


def _encode(result: Any, status: int) -> idempotency.StoredResponse:
    if isinstance(result, RawResponse):
        headers = {"content-type": result.content_type, **result.headers}
        return idempotency.StoredResponse(result.status, headers, result.body)
    headers = {}
    if isinstance(result, TypedResponse):
        status = result.status or status
        headers, result = dict(result.headers), result.body
    if result is None:
        return idempotency.StoredResponse(204 if status == 200 else status, headers, "")
    headers["content-type"] = "application/json"
    return idempotency.StoredResponse(status, headers, msgspec.json.encode(result).decode())


def _problem(problem: Problem, correlation_id: str) -> idempotency.StoredResponse:
    body = msgspec.json.encode(problem.details(correlation_id)).decode()
    headers = {"content-type": problems.CONTENT_TYPE, **problem.headers}
    return idempotency.StoredResponse(problem.status, headers, body)


def _user_id(request: Request) -> str | None:
    user_id: str | None = (request.context.get("authorizer") or {}).get("userId")
    return user_id
