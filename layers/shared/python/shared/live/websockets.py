"""WebSockets: frames declared as routes are, one decorated function per action.

    @app.sockets.on_connect
    def connect(handshake: Handshake) -> str | None:        # a Problem refuses the handshake

    frame = app.sockets.on_frames(live.enter)               # who speaks; a Problem is answered

    @app.sockets.on_frame
    def subscribe(member: Member, frame: Subscribe) -> Subscribed:

    @app.sockets.on_disconnect
    def disconnect(connection_id: str) -> None:

API Gateway holds the connections and calls a function per frame; what `on_frame` returns goes back
on the same socket. Chalice registers the three functions as its own decorators do, and
infra/constructs/websocket_api.py reads them there. Frames are JSON objects: `action` names what a
client asks, `event` what the server tells. Everything that goes wrong is answered by an `error`
frame that holds a problem (RFC 9457) with the correlation id, as in a request's answer.
"""

import time
from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Any, TypeVar, get_type_hints

import msgspec
from chalice.app import Chalice, WebsocketEvent

from domain.errors import DomainError, FieldError
from shared.http import problems
from shared.http.decoding import Input, Output, field_errors
from shared.http.problems import Problem, ProblemDetails, from_error
from shared.platform import correlation
from shared.platform.logs import logger

# API Gateway's quota for one frame; a larger one closes the connection with code 1009.
MAX_FRAME_BYTES = 32 * 1024
PROTOCOL_HEADER = "sec-websocket-protocol"

Handler = Callable[..., Any]
Decorated = TypeVar("Decorated", bound=Handler)


class ClientFrame(Input, frozen=True, tag_field="action"):
    """Base of what clients send. Each action is a struct with its own `tag`."""


class ServerFrame(Output, frozen=True, tag_field="event"):
    """Base of what we send. Each event is a struct with its own `tag`."""


class ErrorFrame(ServerFrame, frozen=True, tag="error", omit_defaults=True):
    """What went wrong with a frame; `clientMessageId` is the frame's, where it had one."""

    problem: ProblemDetails
    action: str | None = None
    client_message_id: str | None = None


class Handshake(msgspec.Struct, frozen=True):
    """What a client brings when it opens a WebSocket. Header names are lower-case."""

    connection_id: str
    headers: dict[str, str]
    query: dict[str, str]


class FrameOperation(msgspec.Struct, frozen=True):
    """One action: its struct and the function that answers it."""

    action: str
    frame: type[ClientFrame]
    handler: Handler


class Sockets:
    """What a feature declares about its WebSocket; empty for those that have none."""

    def __init__(self, app: Chalice) -> None:
        self.operations: dict[str, FrameOperation] = {}
        self._app = app
        self._frames: Any = None  # the union of all structs, once all are declared

    # ---- declaring -------------------------------------------------------------------------

    def on_connect(self, handle: Callable[[Handshake], str | None]) -> Handler:
        """Declare who may open a WebSocket.

        `handle` answers the subprotocol that was agreed on, None where none was asked for, and
        raises a Problem where it refuses: the client then sees its status and nothing else.
        """

        def connect(event: WebsocketEvent) -> dict[str, Any]:
            return _connect(event, handle)

        return self._register("on_ws_connect", connect, handle.__name__)

    def on_frames(self, enter: Callable[[str], Any]) -> Handler:
        """Declare the function `frame` for all frames.

        `enter` is given a connection's id and answers on whose behalf its frames are handled; it
        raises a Problem where they are not.
        """

        def frame(event: WebsocketEvent) -> dict[str, Any]:
            return self._answer(event, enter)

        return self._register("on_ws_message", frame, "frame")

    def on_frame(self, handle: Decorated) -> Decorated:
        """Declare what answers one action: the one whose struct `frame` is annotated with."""
        model = get_type_hints(handle)["frame"]
        action = str(model.__struct_config__.tag)
        if action in self.operations:
            raise ValueError(f"{handle.__name__}: {action} is declared already")
        self.operations[action] = FrameOperation(action, model, handle)
        self._frames = None
        return handle

    def on_disconnect(self, handle: Callable[[str], None]) -> Handler:
        """Declare what happens once a connection, given by its id, is closed.

        API Gateway tries to call it and promises nothing.
        """

        def disconnect(event: WebsocketEvent) -> dict[str, Any]:
            with _correlated(event):
                handle(event.connection_id)
                logger.info("websocket closed")
            return {"statusCode": 200}

        return self._register("on_ws_disconnect", disconnect, handle.__name__)

    def _register(self, decorator: str, function: Handler, name: str) -> Handler:
        function.__name__ = name
        handler: Handler = getattr(self._app, decorator)()(function)
        return handler

    # ---- answering -------------------------------------------------------------------------

    def _answer(self, event: WebsocketEvent, enter: Callable[[str], Any]) -> dict[str, Any]:
        """Decode a frame, let its operation work, encode what it says."""
        started = time.perf_counter()
        action: str | None = None
        message_id: str | None = None
        member: Any = None
        status = 200
        with _correlated(event) as correlation_id:
            try:
                member = enter(event.connection_id)
                frame = self._decode(event.body)
                action = str(frame.__struct_config__.tag)
                message_id = getattr(frame, "client_message_id", None)
                answer = self.operations[action].handler(member, frame)
            except Exception as error:
                problem = _problem_of(error)
                if isinstance(error, UnreadableFrame):
                    action, message_id = error.action, error.client_message_id
                status = problem.status
                answer = ErrorFrame(problem.details(correlation_id), action, message_id)
            logger.info(
                "frame",
                action=action,
                status=status,
                milliseconds=round((time.perf_counter() - started) * 1000, 1),
                user_id=getattr(member, "user_id", None),
            )
        if answer is None:
            return {"statusCode": 200}
        return {"statusCode": 200, "body": encode(answer)}

    def _decode(self, text: str) -> ClientFrame:
        body = text.encode(errors="surrogatepass")  # no JSON, which is found out below
        if len(body) > MAX_FRAME_BYTES:
            raise Problem(413, "frame_too_large", f"At most {MAX_FRAME_BYTES} bytes are accepted.")
        if self._frames is None:
            self._frames = reduce(or_, [each.frame for each in self.operations.values()])
        try:
            try:
                frame: ClientFrame = msgspec.json.decode(body, type=self._frames)
                return frame
            except msgspec.ValidationError:
                # Found before the rest was read, which may be no JSON at all.
                value = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Problem(400, "malformed_json", "The frame is not valid JSON.") from None
        raise self._unreadable(value)

    def _unreadable(self, value: Any) -> "UnreadableFrame":
        if not isinstance(value, dict):
            return UnreadableFrame([FieldError("body", "Expected `object`")])
        message_id = value.get("clientMessageId")
        said = message_id if isinstance(message_id, str) and len(message_id) <= 64 else None
        operation = self.operations.get(str(value.get("action")))
        if operation is None:
            known = ", ".join(sorted(self.operations))
            return UnreadableFrame([FieldError("body.action", f"is none of {known}")], None, said)
        fields = {name: given for name, given in value.items() if name != "action"}
        return UnreadableFrame(
            field_errors(fields, operation.frame, "body"), operation.action, said
        )


class UnreadableFrame(Problem):
    """422: a frame that is JSON and none of ours; with what could be told of it."""

    def __init__(
        self,
        errors: list[FieldError],
        action: str | None = None,
        client_message_id: str | None = None,
    ) -> None:
        super().__init__(422, "invalid_fields", "Some fields are wrong; see errors.", errors=errors)
        self.action = action
        self.client_message_id = client_message_id


def encode(frame: ServerFrame) -> str:
    """A frame as it travels."""
    return msgspec.json.encode(frame).decode()


def _connect(event: WebsocketEvent, handle: Callable[[Handshake], str | None]) -> dict[str, Any]:
    given = event.to_dict()
    handshake = Handshake(
        connection_id=event.connection_id,
        headers={name.lower(): value for name, value in (given.get("headers") or {}).items()},
        query=dict(given.get("queryStringParameters") or {}),
    )
    with _correlated(event) as correlation_id:
        try:
            protocol = handle(handshake)
            answer: dict[str, Any] = {"statusCode": 200}
            if protocol is not None:
                answer["headers"] = {"Sec-WebSocket-Protocol": protocol}
        except Exception as error:
            problem = _problem_of(error)
            answer = {
                "statusCode": problem.status,
                "headers": {"content-type": problems.CONTENT_TYPE},
                "body": msgspec.json.encode(problem.details(correlation_id)).decode(),
            }
        logger.info("websocket", status=answer["statusCode"])
    return answer


def _problem_of(error: Exception) -> Problem:
    if isinstance(error, (DomainError, Problem)):
        return from_error(error)
    logger.exception("unexpected failure")
    return Problem(500, "internal_error", "Something went wrong on our side.")


def _correlated(event: WebsocketEvent) -> Any:
    # Frames carry no headers: their correlation id is the one the gateway gave them.
    return correlation.bound(None, fallback=event.to_dict()["requestContext"].get("requestId"))
