"""What the monitor watches, read from the decorators that make it, so that nothing is forgotten."""

from collections.abc import Mapping
from typing import Any

from chalice.app import Chalice, DynamoDBEventConfig, ScheduledEventConfig, SQSEventConfig

from gateway.use_cases.monitoring import Watched, pack
from shared.platform.config import path_name

API = "api"
MONITOR = "gateway-monitor"  # cannot watch itself; it has an alarm of its own
# Groups that are deployed with another feature, whose alarm is theirs too.
DEPLOYED_WITH = {"authorizer": "auth"}
# Lambda takes 4 KB of variables per function.
MAX_BYTES = 3500


def function_handlers(app: Chalice, *, websockets: bool) -> dict[str, str]:
    """Return the name of every function of an app, and the attribute of the module it calls."""
    handlers = {API: "app"} if app.routes else {}
    handlers |= {path_name(source.name): source.name for source in app.event_sources}
    declared: list[Any] = [*app.builtin_auth_handlers, *app.pure_lambda_functions]
    if websockets:
        declared += app.websocket_handlers.values()
    handlers |= {
        path_name(handler.name): handler.handler_string.rpartition(".")[2] for handler in declared
    }
    return handlers


def public_functions(app: Chalice, *, websockets: bool) -> set[str]:
    """Return the names of the functions that anybody can have invoked."""
    handlers = [*app.builtin_auth_handlers]
    if websockets:
        handlers += app.websocket_handlers.values()
    return {path_name(handler.name) for handler in handlers} | ({API} if app.routes else set())


def function_names(apps: Mapping[str, Chalice]) -> list[str]:
    """Return the names of all functions without the environment, those of WebSockets included."""
    return sorted(
        f"{path_name(group)}-{name}"
        for group, app in apps.items()
        for name in function_handlers(app, websockets=True)
    )


def watched(apps: Mapping[str, Chalice]) -> str:
    """Return the variable WATCHED of the monitor.

    It names the functions of WebSockets also where there are none: Lambda counts nothing for them.

    Raises:
        ValueError: It is too long for a variable of a function.
    """
    found: dict[str, Watched] = {}
    for group, app in sorted(apps.items()):
        called = path_name(group)
        queues, streams, schedules = [], [], []
        for source in app.event_sources:
            function = f"{called}-{path_name(source.name)}"
            if isinstance(source, SQSEventConfig):
                queues.append(str(source.queue))
            elif isinstance(source, DynamoDBEventConfig):
                streams.append(function)
            elif isinstance(source, ScheduledEventConfig) and function != MONITOR:
                schedules.append(function)
        queues += getattr(app, "polled", ())
        functions = [f"{called}-{name}" for name in function_handlers(app, websockets=True)]
        feature = DEPLOYED_WITH.get(group, called)
        before = found.get(feature, Watched())
        found[feature] = Watched(
            (*before.functions, *functions),
            (*before.queues, *queues),
            (*before.streams, *streams),
            (*before.schedules, *schedules),
        )
    text = pack(found)
    if len(text) > MAX_BYTES:
        raise ValueError(f"WATCHED has {len(text)} of {MAX_BYTES} bytes: give it a second monitor.")
    return text
