"""Operations: routes, as declared by their decorators and their handlers' signatures.

`shared.http.request` runs an operation, CDK creates an API Gateway method for it, and the OpenAPI
document describes it.
"""

import inspect
import re
import typing
from collections.abc import Callable
from types import NoneType
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from domain.errors import DomainError
from shared.http.caller import Caller, Role, Scope

MAX_BODY_BYTES = 256 * 1024

Body = TypeVar("Body")


class TypedResponse(msgspec.Struct, Generic[Body], frozen=True):
    """A response with headers of its own, such as `Location`, or another status of success."""

    body: Body
    headers: dict[str, str] = {}
    status: int | None = None


class RawResponse(msgspec.Struct, frozen=True):
    """A response that is not JSON of ours: a document, or another server's response.

    Attributes:
        body: Its text, or bytes, which API Gateway gets as Base64.
        content_type: Its media type.
        headers: Its other headers.
        status: Its status.
        cookies: Values of its `Set-Cookie` headers.
    """

    body: str | bytes
    content_type: str
    headers: dict[str, str] = {}
    status: int = 200
    cookies: tuple[str, ...] = ()


class Operation(msgspec.Struct, frozen=True):
    """A method of a path.

    Attributes:
        handler: The function that the route decorates.
        body: Struct of the request body, if the handler takes one.
        query: Struct of the query string, if the handler takes one.
        wants_caller: Whether the handler takes the caller.
        wants_request: Whether the handler takes the raw request.
        path_parameters: Annotated types of the path parameters by their names.
        answer: Return type of the handler.
        media_types: Media types of a `RawResponse`.
        raw_statuses: Statuses that a `RawResponse` may have besides that of success.
        scope: What an assistant needs to call it for an artist; None where none may.
        max_body_bytes: Largest body that is accepted.
    """

    method: str
    path: str
    handler: Callable[..., Any]
    body: type[Any] | None
    query: type[Any] | None
    wants_caller: bool
    wants_request: bool
    path_parameters: dict[str, Any]
    answer: Any
    status: int
    repeat_status: int | None
    errors: tuple[type[DomainError], ...]
    response_headers: tuple[str, ...]
    media_types: tuple[str, ...]
    raw_statuses: tuple[int, ...]
    roles: frozenset[Role]
    public: bool
    keyless: bool
    limit: str | None
    idempotent: bool
    scope: Scope | None = None
    max_body_bytes: int = MAX_BODY_BYTES

    @property
    def writes_for_caller(self) -> bool:
        """Whether it writes for a signed-in caller, and so refuses a deleted account."""
        return self.method != "GET" and not self.public

    @property
    def name(self) -> str:
        """Name of the handler."""
        return self.handler.__name__

    @property
    def id(self) -> str:
        """Id of the operation: the handler's name in camel case."""
        first, *rest = self.name.split("_")
        return first + "".join(word.capitalize() for word in rest)

    @property
    def group(self) -> str:
        """What the path is about: `services` in `/v1/appointments/services/{id}`."""
        _, *names = [part for part in self.path.split("/") if part]
        fixed = [name for name in names[:2] if not name.startswith("{")]
        return fixed[-1] if fixed else "undeclared"

    @property
    def summary(self) -> str:
        """First line of the handler's docstring, without its full stop."""
        return (inspect.getdoc(self.handler) or self.name).splitlines()[0].removesuffix(".")

    @property
    def description(self) -> str:
        """The rest of the handler's docstring."""
        text = "\n".join((inspect.getdoc(self.handler) or "").splitlines()[1:]).strip()
        if self.scope is None:
            return text
        return f"{text}\n\nAssistants need the scope `{self.scope}`.".strip()


def build_operation(
    method: str,
    path: str,
    handler: Callable[..., Any],
    *,
    status: int,
    repeat_status: int | None,
    errors: tuple[type[DomainError], ...],
    response_headers: tuple[str, ...],
    media_types: tuple[str, ...],
    raw_statuses: tuple[int, ...] = (),
    roles: tuple[Role, ...],
    public: bool,
    keyless: bool,
    limit: str | None,
    idempotent: bool,
    scope: Scope | None = None,
    max_body_bytes: int = MAX_BODY_BYTES,
) -> Operation:
    """Build an operation from the handler's signature.

    Parameters have their meaning by name: `caller` is the authenticated user, `body` and `query`
    are structs to decode, `request` is the raw request, and all others are path parameters. A
    handler that returns None answers 204 unless another status is declared.

    Raises:
        TypeError: The signature does not fit the path or the options.
    """
    hints = get_type_hints(handler, include_extras=True)
    parameters = set(inspect.signature(handler).parameters)
    in_path = tuple(re.findall(r"{(\w+)}", path))
    if parameters - {"caller", "body", "query", "request"} != set(in_path):
        raise TypeError(f"{handler.__name__}: parameters do not fit the path {path}")
    if public and ("caller" in parameters or roles or scope):
        raise TypeError(f"{handler.__name__}: a public route has no caller, roles or scope")
    if "caller" in parameters and hints["caller"] is not Caller:
        raise TypeError(f"{handler.__name__}: `caller` must be a Caller")
    answer = hints.get("return")
    if get_origin(answer) is TypedResponse:
        (answer,) = get_args(answer)
    return Operation(
        method=method,
        path=path,
        handler=handler,
        body=hints.get("body"),
        query=hints.get("query"),
        wants_caller="caller" in parameters,
        wants_request="request" in parameters,
        path_parameters={name: hints[name] for name in in_path},
        answer=typing.cast(Any, answer),
        status=204 if status == 200 and answer is NoneType else status,
        repeat_status=repeat_status,
        errors=errors,
        response_headers=response_headers,
        media_types=media_types,
        raw_statuses=raw_statuses,
        roles=frozenset(roles),
        public=public,
        keyless=keyless,
        limit=limit,
        idempotent=idempotent,
        scope=scope,
        max_body_bytes=max_body_bytes,
    )
