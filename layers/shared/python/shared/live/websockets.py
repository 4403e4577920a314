"""WebSockets: actions declared like routes, one decorated function each.

    @app.sockets.on_connect
    def connect(handshake: Handshake) -> str | None:  # raises a DomainError to refuse

    frame = app.sockets.on_frames(live.enter)  # identifies the sender of each frame

    @app.sockets.on_frame
    def subscribe(member: Member, frame: Subscribe) -> Subscribed:

    @app.sockets.on_disconnect
    def disconnect(connection_id: str) -> None:

API Gateway holds the connections and invokes a function per frame; what `on_frame` returns is sent
back on the same connection. Chalice registers the three functions, and
infra/constructs/websocket_api.py reads them there. Frames are JSON objects: `action` names what a
client requests, `event` what the server sends. An error is answered by an `error` frame with a
problem (RFC 9457) and the correlation id, as in an HTTP response.
"""

import time
from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Any, TypeVar, get_type_hints

import msgspec
from chalice.app import Chalice, WebsocketEvent

from domain.errors import FieldError, SessionEnded
from shared.data import tombstones
from shared.http import failures, problems
from shared.http.decoding import Input, Output, add_field_errors, is_plain, normalize_texts
from shared.http.problems import Problem, ProblemDetails
from shared.platform import correlation, deadlines, metrics, traces
from shared.platform.logs import logger

# Quota of API Gateway for a frame; a larger one closes the connection with code 1009.
MAX_FRAME_BYTES = 32 * 1024
PROTOCOL_HEADER = "sec-websocket-protocol"

Handler = Callable[..., Any]
Decorated = TypeVar("Decorated", bound=Handler)


class ClientFrame(Input, frozen=True, tag_field="action"):
    """Base of the frames that clients send. Each action is a struct with its own `tag`."""


class ServerFrame(Output, frozen=True, tag_field="event"):
    """Base of the frames that the server sends. Each event is a struct with its own `tag`."""


class ErrorFrame(ServerFrame, frozen=True, tag="error", omit_defaults=True):
    """An error that a frame caused.

    Attributes:
        problem: What went wrong.
        action: Action of the frame, if it could be read.
        client_message_id: Client message id of the frame, if it had one.
    """

    problem: ProblemDetails
    action: str | None = None
    client_message_id: str | None = None


class Handshake(msgspec.Struct, frozen=True):
    """The request that opens a WebSocket. Header names are lower-case."""

    connection_id: str
    headers: dict[str, str]
    query: dict[str, str]


class FrameOperation(msgspec.Struct, frozen=True):
    """An action: its struct and its handler."""

    action: str
    frame: type[ClientFrame]
    handler: Handler


class Sockets:
    """The WebSocket functions and actions of a feature; empty for features without a WebSocket.

    Attributes:
        operations: Actions by name.
    """

    def __init__(self, app: Chalice) -> None:
        self.operations: dict[str, FrameOperation] = {}
        self._app = app
        self._frames: Any = None  # union of all frame structs, built when first needed

    # ---- declaring -------------------------------------------------------------------------

    def on_connect(self, handle: Callable[[Handshake], str | None]) -> Handler:
        """Declare the function that accepts or refuses connections.

        It returns the agreed subprotocol, or None if the client offered none. It raises a
        DomainError to refuse; the client sees the status only.
        """

        def connect(event: WebsocketEvent) -> dict[str, Any]:
            return _connect(event, handle)

        return self._register("on_ws_connect", connect, handle.__name__)

    def on_frames(self, enter: Callable[[str], Any]) -> Handler:
        """Declare the function `frame`, which receives all frames.

        Args:
            enter: Returns the member who sends frames on a connection, by its id: an object with
                a `user_id`. It raises a DomainError to refuse the frame. Every frame of a deleted
                account is refused.
        """

        def frame(event: WebsocketEvent) -> dict[str, Any]:
            return self._answer(event, enter)

        return self._register("on_ws_message", frame, "frame")

    def on_frame(self, handle: Decorated) -> Decorated:
        """Declare the handler of an action, named by the struct of its parameter `frame`."""
        model = get_type_hints(handle)["frame"]
        action = str(model.__struct_config__.tag)
        if action in self.operations:
            raise ValueError(f"{handle.__name__}: the action {action} is already declared.")
        self.operations[action] = FrameOperation(action, model, handle)
        self._frames = None
        return handle

    def on_disconnect(self, handle: Callable[[str], None]) -> Handler:
        """Declare the function that is called with the id of a closed connection.

        API Gateway calls it on a best-effort basis.
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

    # ---- handling --------------------------------------------------------------------------

    def _answer(self, event: WebsocketEvent, enter: Callable[[str], Any]) -> dict[str, Any]:
        """Decode a frame, call its handler and encode the result."""
        started = time.perf_counter()
        action: str | None = None
        message_id: str | None = None
        member: Any = None
        status = 200
        with (
            _correlated(event) as correlation_id,
            deadlines.within(deadlines.REQUEST_SECONDS),
            traces.subsegment(
                "frame", feature=metrics.feature(), correlation_id=correlation_id
            ) as noted,
        ):
            try:
                member = enter(event.connection_id)
                people = {member.user_id, member.person_id}
                if any(tombstones.is_deleted(each) for each in people):
                    raise SessionEnded("This account was deleted.")
                frame = self._decode(event.body)
                action = str(frame.__struct_config__.tag)
                message_id = getattr(frame, "client_message_id", None)
                answer = self.operations[action].handler(member, frame)
            except Exception as error:
                problem = failures.to_problem(error)
                if isinstance(error, InvalidFrame):
                    action, message_id = error.action, error.client_message_id
                status = problem.status
                answer = ErrorFrame(problem.details(correlation_id), action, message_id)
            noted |= {"route": f"frame {action}", "status": status}
            milliseconds = _milliseconds_since(started)
            logger.info(
                "frame",
                action=action,
                status=status,
                milliseconds=milliseconds,
                user_id=getattr(member, "user_id", None),
                **metrics.of_request("frames", status, milliseconds),
            )
        if answer is None:
            return {"statusCode": 200}
        return {"statusCode": 200, "body": encode(answer)}

    def _decode(self, text: str) -> ClientFrame:
        body = text.encode(errors="surrogatepass")  # a surrogate is refused below as invalid JSON
        if len(body) > MAX_FRAME_BYTES:
            raise Problem(413, "frame_too_large", f"At most {MAX_FRAME_BYTES} bytes are accepted.")
        if self._frames is None:
            self._frames = reduce(or_, [item.frame for item in self.operations.values()])
        try:
            if is_plain(body):
                try:
                    frame: ClientFrame = msgspec.json.decode(body, type=self._frames)
                    return frame
                except msgspec.ValidationError:
                    pass  # The rest was not read yet, and may be invalid JSON.
            value, errors = normalize_texts(msgspec.json.decode(body), "body")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Problem(400, "malformed_json", "The frame is not valid JSON.") from None
        if not errors:
            try:
                frame = msgspec.convert(value, self._frames)
                return frame
            except msgspec.ValidationError:
                pass
        raise self._explain(value, errors)

    def _explain(self, value: Any, errors: list[FieldError]) -> "InvalidFrame":
        if not isinstance(value, dict):
            return InvalidFrame([FieldError("body", "must be an object")])
        sent_id = value.get("clientMessageId")
        message_id = sent_id if isinstance(sent_id, str) and len(sent_id) <= 64 else None
        operation = self.operations.get(str(value.get("action")))
        if operation is None:
            actions = ", ".join(sorted(self.operations))
            error = FieldError("body.action", f"must be one of: {actions}")
            return InvalidFrame([error], None, message_id)
        fields = {name: field for name, field in value.items() if name != "action"}
        errors = add_field_errors(errors, fields, operation.frame, "body")
        return InvalidFrame(errors, operation.action, message_id)


class InvalidFrame(Problem):
    """422: the frame is valid JSON, but no valid action.

    Attributes:
        action: Action of the frame, if it is known.
        client_message_id: Client message id of the frame, if it has one.
    """

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
    """Return a frame as JSON text."""
    return msgspec.json.encode(frame).decode()


def _connect(event: WebsocketEvent, handle: Callable[[Handshake], str | None]) -> dict[str, Any]:
    request = event.to_dict()
    handshake = Handshake(
        connection_id=event.connection_id,
        headers={name.lower(): value for name, value in (request.get("headers") or {}).items()},
        query=dict(request.get("queryStringParameters") or {}),
    )
    started = time.perf_counter()
    with _correlated(event) as correlation_id, deadlines.within(deadlines.REQUEST_SECONDS):
        try:
            protocol = handle(handshake)
            answer: dict[str, Any] = {"statusCode": 200}
            if protocol is not None:
                answer["headers"] = {"Sec-WebSocket-Protocol": protocol}
        except Exception as error:
            problem = failures.to_problem(error)
            answer = {
                "statusCode": problem.status,
                "headers": {"content-type": problems.CONTENT_TYPE},
                "body": msgspec.json.encode(problem.details(correlation_id)).decode(),
            }
        status = int(answer["statusCode"])
        logger.info(
            "websocket",
            status=status,
            **metrics.of_request("connections", status, _milliseconds_since(started)),
        )
    return answer


def _milliseconds_since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)


def _correlated(event: WebsocketEvent) -> Any:
    # Frames have no headers, so their correlation id is the request id of API Gateway.
    return correlation.bound(None, fallback=event.to_dict()["requestContext"].get("requestId"))
