"""FeatureApp: a feature's routes and triggers, declared with Chalice's decorators.

    app = FeatureApp("notifications", ready={"mongodb": store.ping})

    @app.route("/v1/notifications/{id}", methods=["GET"], errors=(NotFound,))
    def get_notification(caller: Caller, id: NotificationId) -> NotificationStatus:
        \"\"\"Get a notification.\"\"\"

Chalice registers every route and trigger; infra/ and the OpenAPI document read them there.
`shared.http.request` answers the requests.
"""

import os
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, get_type_hints

import msgspec
from chalice.app import Chalice, CustomAuthorizer, DynamoDBEvent, Request, Response, SQSEvent

from domain.errors import DomainError, NotFound
from shared.events import queues
from shared.events.domain_events import DomainEvent, EventData
from shared.events.s3_events import Notification, S3Object
from shared.http import actions, health, problems, rate_limits, request, security_headers
from shared.http.caller import Role, Scope
from shared.http.health import Health, HealthQuery, NotReady
from shared.http.operations import MAX_BODY_BYTES, Operation, TypedResponse, build_operation
from shared.live.websockets import Sockets
from shared.platform import aws
from shared.platform.clock import now
from shared.platform.config import path_name

# The authorizer in front of every route that is not public; infra/ resolves the name.
JWT_AUTHORIZER = CustomAuthorizer("jwt", authorizer_uri="authorizer", header="Authorization")

S3_RETRY_BASE_SECONDS = 30

Handler = Callable[..., Any]


class FeatureApp(Chalice):
    """The routes and triggers of a feature.

    Attributes:
        operations: Routes by method and path.
        published: Types of the events that the feature publishes.
        consumed: Event types by the queue they are consumed from.
        polled: Queues that a scheduled function reads.
        sockets: WebSocket functions and actions; empty for most features.
        watched: Bucket and prefix by the queue that S3 notifies.
    """

    def __init__(
        self,
        feature: str,
        ready: Mapping[str, health.Probe] | None = None,
        states: Mapping[str, health.State] | None = None,
        *,
        services: tuple[str, ...] = (),
        worker_services: tuple[str, ...] = (),
    ) -> None:
        """Create the app of a feature.

        Args:
            feature: Name of the feature: its package and its part of paths.
            ready: A call for each dependency that raises an exception if the dependency is down.
            states: A call for each thing whose state readiness shows without depending on it.
            services: AWS services that routes call, besides DynamoDB, which counts requests. Their
                clients are made while the container starts.
            worker_services: The same of the other functions.
        """
        _prepare_clients(services, worker_services)
        super().__init__(app_name=feature, configure_logs=False)
        # Chalice would refuse media types that it knows as binary unless the client accepts them
        # by name, and encode all of them. A response says itself whether it is Base64.
        self.api.binary_types = []
        self.feature = feature
        self.operations: dict[tuple[str, str], Operation] = {}
        self.published: tuple[type[EventData], ...] = ()
        self.consumed: dict[str, tuple[str, ...]] = {}
        self.polled: tuple[str, ...] = ()
        self.sockets = Sockets(self)
        self.watched: dict[str, tuple[str, str]] = {}
        self._probes = dict(ready or {})
        self._states = dict(states or {})

    def __call__(self, event: Any, context: Any) -> Any:
        """Answer a request of API Gateway, with the security headers in every case.

        They are added here because Chalice answers some errors without calling a route.
        """
        action = actions.resolve(event)
        if action is not None and not self._declares(action):
            self.current_request = Request(action, context)
            answer = request.respond(self._undeclared, self.current_request, {}).to_dict()
        else:
            answer = super().__call__(action or event, context)
        answer["headers"] = security_headers.HEADERS | answer["headers"]
        return answer

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
        raw_statuses: tuple[int, ...] = (),
        roles: tuple[Role, ...] = (),
        scope: Scope | None = None,
        public: bool = False,
        keyless: bool = False,
        limit: str | None = "",
        idempotent: bool = True,
        max_body_bytes: int = MAX_BODY_BYTES,
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
            raw_statuses: Statuses that a `RawResponse` may have besides that of success.
            roles: Roles that may call the route; everyone who is signed in when empty.
            scope: What an assistant needs to call the route for an artist. None, the default, lets
                no assistant call it: routes of money, accounts and security must not have one.
            public: Whether the route works without an access token.
            keyless: Whether the route works without an API key.
            limit: Budget of `shared.http.rate_limits` that requests count against: by default
                `public-read` for public GET routes and `user` for signed-in ones; other public
                routes name theirs. None for no limit.
            idempotent: Whether a signed-in POST honours `Idempotency-Key`. Not where the response
                holds secrets of ours, because responses are stored, if only sealed.
            max_body_bytes: Largest body that is accepted.
            **chalice_options: Passed on to Chalice.

        Raises:
            TypeError: The limit is unknown, or a public route that writes names none.
        """

        def register(handler: Handler) -> Handler:
            for method in methods:
                operation = build_operation(
                    method,
                    path,
                    handler,
                    status=status,
                    repeat_status=repeat_status,
                    errors=errors,
                    response_headers=response_headers,
                    media_types=media_types,
                    raw_statuses=raw_statuses,
                    roles=roles,
                    public=public,
                    keyless=keyless,
                    limit=_choose_limit(method, path, limit, public=public),
                    idempotent=idempotent and method == "POST" and not public,
                    scope=scope,
                    max_body_bytes=max_body_bytes,
                )
                self.operations[method, path] = operation
                register_in_chalice = super(FeatureApp, self).route(
                    path,
                    methods=[method],
                    name=f"{method} {path}",
                    authorizer=None if public else JWT_AUTHORIZER,
                    api_key_required=not keyless,
                    content_types=[],  # shared.http.request checks them, to answer with a problem
                    **chalice_options,
                )
                register_in_chalice(self._endpoint(operation))
            return handler

        return register

    def health_route(self) -> None:
        """Declare `GET /v1/<feature>/health`."""
        path = f"/v1/{path_name(self.feature)}/health"

        def get_health(query: HealthQuery, request: Request) -> TypedResponse[Health]:
            """Get the health of this feature.

            With `ready=1` its dependencies are checked too; the status is 503 if one is down. An
            address may ask so a few times per feature and window.
            """
            if query.ready:
                health.admit(self.feature, request.context, now())
                return TypedResponse(health.check(self._probes, self._states))
            return TypedResponse(health.ALIVE, health.CACHED)

        get_health.__name__ = f"get_{self.feature}_health"
        declare = self.route(
            path,
            methods=["GET"],
            public=True,
            keyless=True,
            limit="health",
            errors=(NotReady,),
            response_headers=("Cache-Control",),
        )
        declare(get_health)

    def operator_function(
        self, name: str | None = None
    ) -> Callable[[Callable[[Any], Any]], Handler]:
        """Declare a function that operators invoke: it takes a struct and returns another."""

        def register(function: Callable[[Any], Any]) -> Handler:
            (model,) = (
                type_ for name, type_ in get_type_hints(function).items() if name != "return"
            )

            def invoke(event: dict[str, Any], context: object) -> Any:  # noqa: ARG001
                return msgspec.to_builtins(function(msgspec.convert(event, model)))

            invoke.__name__ = function.__name__
            handler: Handler = self.lambda_function(name=name)(invoke)
            return handler

        return register

    def publishes(self, *events: type[EventData]) -> None:
        """Declare the events that this feature publishes; their schemas are generated from it."""
        self.published = events

    def on_domain_events(
        self, *types: str, needed_seconds: int = 0
    ) -> Callable[[Callable[[DomainEvent], None]], Handler]:
        """Consume these event types from the queue `<feature>-events`, one event per call.

        An event may arrive more than once, so the function must be idempotent.

        Args:
            types: The types.
            needed_seconds: Time that one event may take, as of `queues.consume`.
        """

        def register(handle: Callable[[DomainEvent], None]) -> Handler:
            queue = f"{path_name(self.feature)}-events"
            self.consumed[queue] = types

            def consume(batch: SQSEvent) -> dict[str, Any]:
                return queues.consume_events(
                    batch, queue, handle, types, needed_seconds=needed_seconds
                )

            consume.__name__ = handle.__name__
            handler: Handler = self.on_sqs_message(queue=queue, batch_size=10)(consume)
            return handler

        return register

    def polls(self, *queues: str) -> None:
        """Declare queues that a scheduled function of the feature reads (`queues.drain`).

        For what is rare and not urgent: a mapping would poll all day (docs/adr/0024).
        """
        self.polled = queues

    def on_s3_event(  # type: ignore[override]  # S3 invoking Lambda would give up after three failures
        self, bucket: str, *, prefix: str
    ) -> Callable[[Callable[[S3Object], None]], Handler]:
        """Handle the objects created below `prefix` in a bucket of the feature.

        S3 notifies the queue `<feature>-<prefix>`, which retries and has a dead-letter queue. A
        notification may arrive more than once, so the function must be idempotent.
        """

        def register(handle: Callable[[S3Object], None]) -> Handler:
            queue = f"{path_name(self.feature)}-{prefix.strip('/')}"
            self.watched[queue] = (bucket, prefix)

            def handle_objects(notification: Notification) -> None:
                for created in notification.objects:
                    handle(created)

            def consume(batch: SQSEvent) -> dict[str, Any]:
                return queues.consume(
                    batch, queue, Notification, handle_objects, S3_RETRY_BASE_SECONDS
                )

            consume.__name__ = handle.__name__
            handler: Handler = self.on_sqs_message(queue=queue, batch_size=1)(consume)
            return handler

        return register

    def outbox_relay(self, table: str, secret: Callable[[], bytes] | None = None) -> Handler:
        """Declare the function that relays the outbox of `table` to the event topic.

        Args:
            table: Name of the table.
            secret: Returns the secret that seals the data of its events, if one does.
        """

        def outbox(batch: DynamoDBEvent) -> dict[str, Any]:
            from shared.events.outbox import relay  # noqa: PLC0415

            relayed: dict[str, Any] = msgspec.to_builtins(relay(batch, table, secret))
            return relayed

        handler: Handler = self.on_dynamodb_record(stream_arn=table, batch_size=100)(outbox)
        return handler

    def _declares(self, event: dict[str, Any]) -> bool:
        context = event["requestContext"]
        return context["httpMethod"] in self.routes.get(context["resourcePath"], {})

    @cached_property
    def _undeclared(self) -> Operation:
        """The operation that answers what a shared resource lets through undeclared."""

        def refuse(request: Request) -> None:
            methods = sorted(self.routes.get(request.context["resourcePath"], {}))
            if not methods:
                raise NotFound("There is no such path.")
            raise problems.method_not_allowed(methods)

        return build_operation(
            "ANY",
            "/{proxy+}",
            refuse,
            status=204,
            repeat_status=None,
            errors=(NotFound,),
            response_headers=(),
            media_types=(),
            roles=(),
            public=False,
            keyless=False,
            limit=rate_limits.USER.name,
            idempotent=False,
        )

    def _endpoint(self, operation: Operation) -> Handler:
        def endpoint(**path_parameters: str) -> Response:
            assert self.current_request is not None
            return request.respond(operation, self.current_request, path_parameters)

        endpoint.__name__ = operation.name
        return endpoint


def _choose_limit(method: str, path: str, limit: str | None, *, public: bool) -> str | None:
    if limit == "":
        if public and method != "GET":
            raise TypeError(f"{method} {path}: a public route that writes must name its limit")
        limit = (rate_limits.PUBLIC_READ if public else rate_limits.USER).name
    if limit is not None and limit not in rate_limits.BUDGETS:
        raise TypeError(f"{method} {path}: there is no limit {limit!r}")
    return limit


def _prepare_clients(services: tuple[str, ...], worker_services: tuple[str, ...]) -> None:
    """Make the clients of the function that is starting. Nothing starts outside of Lambda."""
    function = os.environ.get("_HANDLER", "").rpartition(".")[2]
    if function == "app":
        aws.prepare("dynamodb", *services)
    elif function == "outbox":
        aws.prepare("dynamodb", "sns")
    elif function:
        aws.prepare(*worker_services)
