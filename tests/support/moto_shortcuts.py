"""Shortcuts through botocore and moto: the same answers for a tenth of the CPU.

Most of what tests spend is theirs: botocore makes an HTTP request of each call and parses the
response; moto makes a web request of it, copies whole tables in each transaction and parses an
update expression five times. Everything that decides an answer stays moto's: its handlers, its
expressions, its conditions.
"""

import base64
import copy
import json
import string
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, cast

import msgspec
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest
from botocore.client import BaseClient
from botocore.endpoint import Endpoint
from botocore.useragent import UserAgentString
from botocore.validate import ParamValidationDecorator
from moto.core import responses
from moto.core import utils as moto_utils
from moto.core.base_backend import BackendDict
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.exceptions import ServiceException
from moto.core.models import MockAWS, botocore_stubber, responses_mock
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.exceptions import ConditionalCheckFailed, ItemSizeTooLarge
from moto.dynamodb.models import DynamoDBBackend, dynamo_type
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import Table
from moto.dynamodb.parsing import ast_nodes, expressions, validators
from moto.dynamodb.responses import DynamoHandler
from moto.moto_api._internal import mock_random
from moto.sns import models as sns_models
from moto.sqs import models as sqs_models
from moto.sqs.responses import SQSResponse
from werkzeug.exceptions import HTTPException

from shared.data import rate_limit_store
from shared.http.leases import Window

ACCOUNT = "123456789012"  # moto's, where no account is named
LARGEST_ITEM = 405_000  # bytes, for moto

# A header of each DynamoDB call, and the actions of it that only read and write items.
TARGET = "X-Amz-Target"
VERSION = "DynamoDB_20120810."
ITEM_ACTIONS = {
    "BatchGetItem": DynamoHandler.batch_get_item,
    "BatchWriteItem": DynamoHandler.batch_write_item,
    "DeleteItem": DynamoHandler.delete_item,
    "GetItem": DynamoHandler.get_item,
    "PutItem": DynamoHandler.put_item,
    "Query": DynamoHandler.query,
    "Scan": DynamoHandler.scan,
    "TransactGetItems": DynamoHandler.transact_get_items,
    "TransactWriteItems": DynamoHandler.transact_write_items,
}
QUEUE_ACTIONS = {
    "ChangeMessageVisibility": SQSResponse.change_message_visibility,
    "DeleteMessage": SQSResponse.delete_message,
    "GetQueueAttributes": SQSResponse.get_queue_attributes,
    "ReceiveMessage": SQSResponse.receive_message,
    "SendMessage": SQSResponse.send_message,
    "SendMessageBatch": SQSResponse.send_message_batch,
}
# Of what happens between the parameters of a call and its HTTP request.
UNSEEN_EVENTS = ("before-call", "request-created", "needs-retry", "after-call")
LIBRARIES = ("botocore.", "aws_lambda_powertools.", __name__)  # whose handlers every client has
RECEIPT_CHARACTERS = 185
READS = {"BatchGetItem", "GetItem", "Query", "Scan", "TransactGetItems"}
_EXPRESSIONS: Any = expressions  # these two are not typed
_NODES: Any = ast_nodes
_VALIDATORS: Any = validators
_WINDOW = ("hits", "leased", "expires_at")
_is_subclass: Any = lru_cache(maxsize=None)(issubclass)
Response = tuple[int, Mapping[str, Any], str | bytes]

_lock = threading.RLock()
_call: Any = vars(BaseClient)["_make_api_call"]
_get_response: Any = vars(Endpoint)["_get_response"]
_respond = BotocoreStubber.__call__
_process_request = BotocoreStubber.process_request
_enable = MockAWS._enable_patching
_ANSWERS: dict[str, list[Any]] = {}
_CONDITIONS: dict[tuple[str, str, str], tuple[Any, tuple[str, ...], tuple[str, ...]]] = {}
CONDITIONS_KEPT = 1000
_make_backends = BackendDict.__getitem__
_add_auth = SigV4Auth.add_auth
_name_agent = UserAgentString.rebuild_and_replace_user_agent_handler
_transact_write_items = DynamoDBBackend.transact_write_items
_any_value: Any = DynamoType
_cast_value = _any_value.cast_value.fget
_size = DynamoType.size
_make_item: Any = vars(Item)["__init__"]
_size_item = Item.size
_query_all = Table.query
_lex_condition = ConditionExpressionParser._lex_condition_expression
_parse_condition = ConditionExpressionParser.parse
_check_each = _NODES.DepthFirstTraverser.traverse
_find_all = _NODES.Node.find_clauses
_traverse_all = _NODES.DepthFirstTraverser.traverse_node_recursively


def take() -> None:
    """Let moto take the shortcuts, from now on."""
    client: Any = BaseClient
    client._make_api_call = _call_directly
    patched: Any = BotocoreStubber
    patched.__call__ = _respond_alone
    patched.process_request = _answer
    signer: Any = SigV4Auth
    signer.add_auth = _sign
    introduction: Any = UserAgentString
    introduction.rebuild_and_replace_user_agent_handler = _introduce
    backend: Any = DynamoDBBackend
    backend.transact_write_items = _transact
    # Moto copies a parsed expression before it changes it.
    parser = _EXPRESSIONS.UpdateExpressionParser
    parser.make = staticmethod(lru_cache(parser.make))
    _NODES.DepthFirstTraverser.traverse_node_recursively = _traverse
    _NODES.Node.find_clauses = _find_clauses
    _VALIDATORS.deepcopy = _copy_tree
    for validator in (_VALIDATORS.ActionCountValidator, _VALIDATORS.OverlappingPathsValidator):
        validator.traverse = _check_root
    mock: Any = MockAWS
    mock._enable_patching = _enable_patching
    services: Any = BackendDict
    services.__getitem__ = _get_backends
    to_snake_case: Any = lru_cache(maxsize=None)(moto_utils.camelcase_to_underscores)
    for user in (responses, sns_models, sqs_models):
        vars(user)["camelcase_to_underscores"] = to_snake_case
    module: Any = responses
    module.method_names_from_class = lru_cache(module.method_names_from_class)
    value: Any = DynamoType
    value.cast_value = property(_cast)
    any_table: Any = Table
    any_table.query = _query
    condition: Any = ConditionExpressionParser
    condition._lex_condition_expression = _lex
    condition.parse = _parse
    queues: Any = sqs_models
    queues.unix_time_millis = _read_milliseconds
    queues.generate_receipt_handle = _make_receipt
    sizes: Any = dynamo_type
    sizes.bytesize = _size_of_text
    value.size = _size_of_value
    item: Any = Item
    item.__init__ = _init_item
    item.size = _size_of_item


# ---- start and stop ------------------------------------------------------------------------------


def _enable_patching(mock: MockAWS, reset: bool = True) -> None:
    """Answer calls of `requests` by the same 1,300 objects each time instead of new ones."""
    if not _ANSWERS:
        _enable(mock, reset)
        _ANSWERS.update(_registry()._registered)
        return
    botocore_stubber.enabled = True
    if reset:
        mock.reset()
    responses_mock.start()
    registered = _registry()._registered
    for method, answers in _ANSWERS.items():
        registered[method] = [*registered[method], *answers]


def _registry() -> Any:
    responses_of: Any = responses_mock
    return responses_of._registry


def _get_backends(backends: BackendDict[Any], account: str) -> Any:
    """Return the backends of an account; moto looks through all services before."""
    found = dict.get(backends, account)
    return _make_backends(backends, account) if found is None else found


# ---- calls ---------------------------------------------------------------------------------------


class _Direct:
    """A call for items on its way to moto, which nobody made an HTTP request of.

    Attributes:
        url: Where the request would be sent.
        headers: The header by which moto knows the action.
        operation: The operation.
        region: The client's region.
        parameters: A copy of the parameters.
    """

    def __init__(self, client: Any, operation: str, parameters: Mapping[str, Any]) -> None:
        self.url = client.meta.endpoint_url
        self.headers = {TARGET: VERSION + operation}
        self.operation = operation
        self.region = client.meta.region_name
        self.parameters = _copy(parameters)


def _call_directly(client: Any, operation: str, parameters: Mapping[str, Any]) -> Any:
    """Hand a call for items to moto without an HTTP request; let botocore make all others.

    Handlers of the event before a request is sent see it; one of them is moto's.
    """
    if operation in QUEUE_ACTIONS and client.meta.service_model.service_name == "sqs":
        return _call_queue(client, operation, parameters)
    if not _may_be_direct(client, operation):
        return _call(client, operation, parameters)
    model = client.meta.service_model.operation_model(operation)
    unknown = parameters.keys() - model.input_shape.members.keys()
    if unknown:
        raise KeyError(*unknown)  # as botocore does
    _, (status, headers, answer) = client.meta.events.emit_until_response(
        f"before-send.dynamodb.{operation}", request=_Direct(client, operation, parameters)
    )
    if status < 300:
        return _present(model, status, headers, answer)
    response = {"status_code": status, "headers": headers, "body": answer.encode()}
    parsed = client._response_parser.parse(response, model.output_shape)
    client._endpoint._add_modeled_error_fields(response, parsed, model, client._response_parser)
    raise client.exceptions.from_code(parsed["Error"]["Code"])(parsed, operation)


def _present(model: Any, status: int, headers: Any, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result as botocore does."""
    known = model.output_shape.members.keys() if model.output_shape else ()
    parsed = {name: part for name, part in answer.items() if name in known and part is not None}
    metadata = {"HTTPStatusCode": status, "HTTPHeaders": headers, "RetryAttempts": 0}
    return parsed | {"ResponseMetadata": metadata}


def _call_queue(client: Any, operation: str, parameters: Mapping[str, Any]) -> Any:
    """Hand a call for messages to moto without an HTTP request.

    Moto refuses before it changes anything; then botocore makes the call, and reads the refusal.
    """
    model = client.meta.service_model.operation_model(operation)
    if not _is_unseen(client, operation):
        return _call(client, operation, parameters)
    asked = client._emit_api_params(dict(parameters), model, context={})
    validator = getattr(client._serializer, "_param_validator", None)
    if validator is not None and validator.validate(asked, model.input_shape).has_errors():
        return _call(client, operation, parameters)
    _, (status, headers, answer) = client.meta.events.emit_until_response(
        f"before-send.sqs.{operation}", request=_Direct(client, operation, asked)
    )
    if status >= 300:
        return _call(client, operation, parameters)
    return _present(model, status, headers, answer)


def _is_unseen(client: Any, operation: str) -> bool:
    """Return whether moto answers a call, and nobody but botocore looks at it on its way."""
    handlers = [
        handler
        for event in UNSEEN_EVENTS
        for handler in client.meta.events._emitter._handlers.prefix_search(
            f"{event}.sqs.{operation}"
        )
    ]
    return _reaches_moto(client) and all(map(_is_of_libraries, handlers))


def _is_of_libraries(handler: Any) -> bool:
    """Return whether a handler is one that every client has."""
    modules = (type(handler).__module__, getattr(handler, "__module__", ""))
    return any(module.startswith(LIBRARIES) for module in modules)


def _reaches_moto(client: Any) -> bool:
    return (
        botocore_stubber.enabled
        and client.meta.endpoint_url.endswith(".amazonaws.com")
        and vars(BotocoreStubber)["process_request"] is _answer
        and vars(Endpoint)["_get_response"] is _get_response
    )


def _may_be_direct(client: Any, operation: str) -> bool:
    """Return whether moto answers a call for items, and nobody looks at the HTTP request of it.

    A client that validates parameters does so while it makes the request.
    """
    return (
        (operation == "UpdateItem" or operation in ITEM_ACTIONS)
        and not isinstance(client._serializer, ParamValidationDecorator)
        and client.meta.service_model.service_name == "dynamodb"
        and _reaches_moto(client)
    )


def _copy(value: Any) -> Any:
    """Return a copy of parameters or of an answer."""
    return msgspec.to_builtins(value, builtin_types=(bytes,))


def _respond_alone(stubber: BotocoreStubber, event_name: str, request: Any, **event: Any) -> Any:
    """Respond to one call at a time: moto's transactions are not safe when threads make them."""
    with _lock:
        if isinstance(request, _Direct) and request.operation in QUEUE_ACTIONS:
            return _act_on_queue(request)
        if isinstance(request, _Direct):
            return _act(request, request.operation, request.region, request.parameters)
        return _respond(stubber, event_name, request, **event)


def _act(
    request: Any, operation: str, region: str, parameters: dict[str, Any]
) -> tuple[int, Mapping[str, Any], Any]:
    """Return the status, headers and result of moto's handler; of an error the text of the body."""
    handler = DynamoHandler()
    handler.current_account = ACCOUNT
    handler.region = region
    handler.body = parameters
    _state.begin(operation)
    action = _update_item if operation == "UpdateItem" else ITEM_ACTIONS[operation]
    try:
        result = action(handler).result
    except ServiceException as error:
        return _refusal(handler, request, error)
    except HTTPException as error:
        return error.code or 400, dict(error.get_headers()), error.description or ""
    return 200, {"Content-Type": "application/x-amz-json-1.0"}, _copy(result)


def _act_on_queue(request: _Direct) -> tuple[int, Mapping[str, Any], Any]:
    """Return the status, headers and result of moto's handler; of a refusal the status alone."""
    handler: Any = SQSResponse()
    handler.current_account = ACCOUNT
    handler.region = request.region
    handler.params = request.parameters
    handler.uri_match = {}
    handler.path = "/"
    try:
        result = QUEUE_ACTIONS[request.operation](handler).result
    except (ServiceException, HTTPException):
        return 400, {}, {}
    return 200, {"Content-Type": "application/x-amz-json-1.0"}, _copy(result or {})


def _read_milliseconds() -> float:
    """Return the time; moto makes four dates for it, for each message that waits."""
    return time.time() * 1000.0


def _make_receipt() -> str:
    """Return a receipt by one call instead of one for each character."""
    letters = mock_random.choices(string.ascii_lowercase, k=RECEIPT_CHARACTERS)
    return "".join(letters)


# ---- requests ------------------------------------------------------------------------------------


def _answer(stubber: BotocoreStubber, request: AWSPreparedRequest) -> Response | None:
    """Hand the body of a call for items to the handler; let moto route all others."""
    version, _, name = _text(request.headers.get(TARGET, "")).rpartition(".")
    known = name == "UpdateItem" or name in ITEM_ACTIONS
    if not known or f"{version}." != VERSION or request.body is None:
        return _process_request(stubber, request)
    found = DynamoHandler.region_regex.search(request.url)
    region = found["region"] if found else DynamoHandler.default_region
    parameters = json.loads(_text(request.body), object_hook=_with_bytes)
    status, headers, answer = _act(request, name, region, parameters)
    return status, headers, _encode(answer) if status == 200 else answer


def _sign(signer: SigV4Auth, request: AWSRequest) -> None:
    """Sign a call, unless moto answers it without looking at the signature."""
    if not (botocore_stubber.enabled and request.headers.get(TARGET, "").startswith(VERSION)):
        _add_auth(signer, request)


def _introduce(agent: UserAgentString, **event: Any) -> None:
    """Name the SDK and the platform in the headers of a call, unless moto answers it."""
    if not botocore_stubber.enabled:
        _name_agent(agent, **event)


def _refusal(handler: DynamoHandler, request: Any, error: ServiceException) -> Response:
    handler.querystring = {}
    handler.headers = {name: _text(value) for name, value in request.headers.items()}
    handler.response_headers = {}
    status, headers, body = handler.serialized(responses.ActionResult(error))
    return status, headers, body


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _with_bytes(parsed: dict[str, Any]) -> dict[str, Any]:
    """Decode a binary attribute value, `{"B": "…"}` or `{"BS": ["…"]}`."""
    match parsed:
        case {"B": str(encoded), **others} if not others:
            return {"B": base64.b64decode(encoded)}
        case {"BS": list(several), **others} if not others:
            return {"BS": [base64.b64decode(encoded) for encoded in several]}
    return parsed


def _encode(result: object) -> str:
    def encode_bytes(value: object) -> str:
        assert isinstance(value, bytes), f"{type(value)} is no part of an item"
        return base64.b64encode(value).decode()

    return json.dumps(result, default=encode_bytes)


# ---- windows of rate limits ----------------------------------------------------------------------


def _update_item(handler: DynamoHandler) -> Any:
    """Count in a window of a rate limit as `shared.data.rate_limit_store` says; let moto do others.

    Each request of a test is such a call, and with moto it takes longer than all the others.
    """
    body = handler.body
    update = body["UpdateExpression"]
    if update not in (rate_limit_store.ADD, rate_limit_store.REOPEN):
        return DynamoHandler.update_item(handler)
    table = handler.dynamodb_backend.get_table(body["TableName"])
    values = {name: int(value["N"]) for name, value in body["ExpressionAttributeValues"].items()}
    found: Any = table.items.get(DynamoType(body["Key"]["id"]))
    window = Window(*(int(found.attrs[name].value) for name in _WINDOW)) if found else None
    if not _meets(body["ConditionExpression"], window, values):
        raise ConditionalCheckFailed
    if update == rate_limit_store.REOPEN or window is None:
        window = Window(0, 0, values[":closes_at"])
    counts = (
        window.granted + values[":hits"],
        window.leased + values[":leased"],
        window.closes_at,
    )
    numbers = {name: {"N": str(count)} for name, count in zip(_WINDOW, counts, strict=True)}
    item = body["Key"] | numbers
    handler.dynamodb_backend.put_item(body["TableName"], item)
    return responses.ActionResult({"Attributes": item})


def _meets(condition: str, window: Window | None, values: Mapping[str, int]) -> bool:
    """Return whether a window meets a condition of `rate_limit_store`."""
    which = condition.removesuffix(rate_limit_store.WITHIN)
    if window is None:
        return condition == rate_limit_store.OPEN
    if which != condition and (
        window.granted > values[":max_hits"] or window.leased > values[":max_leased"]
    ):
        return False
    match which:
        case rate_limit_store.OPEN:
            return window.closes_at > values[":instant"]
        case rate_limit_store.SAME:
            return window.closes_at == values[":same"]
        case rate_limit_store.CLOSED:
            return window.closes_at <= values[":instant"]
    raise ValueError(condition)


# ---- transactions --------------------------------------------------------------------------------


def _transact(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    """Write all or nothing, with copies of the items that are written instead of whole tables."""
    operations = [operation for item in transact_items for operation in item.values()]
    named = {operation.get("TableName") for operation in operations}
    tables = {name: table for name, table in backend.tables.items() if name in named}
    if any(table.stream_shard is not None for table in tables.values()):
        _transact_write_items(backend, transact_items)
        return
    undo = [
        _undo(tables[operation["TableName"]], operation)
        for operation in operations
        if operation.get("TableName") in tables
    ]
    backend.tables.update({name: _Uncopied.of(table) for name, table in tables.items()})
    try:
        _transact_write_items(backend, transact_items)
    except Exception:
        for restore in undo:
            restore()
        raise
    finally:
        backend.tables.update(tables)


class _Uncopied(Table):
    """A table that moto's copy of it for a rollback shares."""

    @classmethod
    def of(cls, table: Table) -> "_Uncopied":
        same: Any = object.__new__(cls)
        same.__dict__ = table.__dict__
        return cast("_Uncopied", same)

    def __deepcopy__(self, memo: object) -> "_Uncopied":
        return self


def _undo(table: Table, operation: dict[str, Any]) -> Callable[[], None]:
    """Return what puts the item of an operation back as it is now."""
    key = operation.get("Key", operation.get("Item", {}))
    hash_key = DynamoType(key[table.hash_key_attr])
    items: dict[Any, Any] = table.items
    item_key = hash_key
    if table.range_key_attr is not None:
        items, item_key = table.items[hash_key], DynamoType(key[table.range_key_attr])
    before = copy.deepcopy(items.get(item_key))

    def restore() -> None:
        if before is None:
            items.pop(item_key, None)
        else:
            items[item_key] = before

    return restore


# ---- queries ----------------------------------------------------------------------------------


def _cast(value: DynamoType) -> Any:
    """Return what moto's property does; nearly all values are strings."""
    return value.value if value.type == "S" else _cast_value(value)


def _query(table: Table, hash_key: DynamoType, *args: Any, **kwargs: Any) -> Any:
    """Query the items of one key, which moto looks for among all items of the table.

    Moto sorts what it finds, so the order of all items does not matter.
    """
    same: Any = _Unsorted.of(table)
    index_name = kwargs.get("index_name") or (args[6] if len(args) > 6 else None)
    if index_name is None and table.range_key_attr is not None:
        same.searched = list(table.items.get(hash_key, {}).values())
    else:
        same.searched = [
            item
            for items in table.items.values()
            for item in (items.values() if table.range_key_attr else (items,))
        ]
    return _query_all(same, hash_key, *args, **kwargs)


class _Unsorted(Table):
    """A table as a query sees it: the same, but for what is searched."""

    @classmethod
    def of(cls, table: Table) -> "_Unsorted":
        same: Any = object.__new__(cls)
        same.__dict__ = dict(table.__dict__)
        return cast("_Unsorted", same)

    def all_items(self) -> list[Any]:
        searched: list[Any] = vars(self)["searched"]
        return searched


# ---- expressions ---------------------------------------------------------------------------------


@lru_cache(maxsize=1000)
def _lexed(expression: str) -> tuple[Any, ...]:
    return tuple(_lex_condition(ConditionExpressionParser(expression, None, None)))


def _lex(parser: ConditionExpressionParser) -> deque[Any]:
    """Split a condition into its parts, which do not depend on names and values, once."""
    return deque(_lexed(parser.condition_expression or ""))


def _parse(parser: ConditionExpressionParser) -> Any:
    """Parse a condition once; moto does so four times for one of a transaction."""
    if not parser.condition_expression:
        return _parse_condition(parser)
    key = (
        parser.condition_expression,
        repr(parser.expression_attribute_names),
        repr(parser.expression_attribute_values),
    )
    found = _CONDITIONS.get(key)
    if found is None:
        condition = _parse_condition(parser)
        if len(_CONDITIONS) == CONDITIONS_KEPT:
            _CONDITIONS.clear()
        names, values = parser.expr_attr_names_found, parser.expr_attr_values_found
        _CONDITIONS[key] = (condition, tuple(names), tuple(values))
        return condition
    condition, names_found, values_found = found
    parser.expr_attr_names_found.extend(names_found)
    parser.expr_attr_values_found.extend(values_found)
    return condition


def _check_root(validator: Any, root: Any) -> Any:
    """Check the whole expression first: where it is valid, all expressions within it are."""
    (check,) = validator._processing_map().values()
    try:
        return check(root)
    except Exception:
        return _check_each(validator, root)


def _find_clauses(node: Any, types: Any) -> list[Any]:
    """Do what moto's method does, and work out once which types of nodes there are."""
    clauses = []
    for child in node.children or ():
        if type(child) in types:
            clauses.append(child)
        elif _is_subclass(type(child), (_NODES.Expression, _NODES.UpdateExpressionFunction)):
            clauses.extend(_find_clauses(child, types))
    return clauses


def _copy_tree(root: Any) -> Any:
    """Copy an expression; anything that is none as Python does."""
    if not isinstance(root, _NODES.Node):
        return copy.deepcopy(root)
    copies: dict[int, Any] = {}

    def copy_node(node: Any) -> Any:
        if not _is_subclass(type(node), (_NODES.Node,)):
            return copy.deepcopy(node)
        copied = copies[id(node)] = object.__new__(type(node))
        copied.__dict__ = dict(node.__dict__)
        if node.children is not None:
            copied.children = [copy_node(child) for child in node.children]
        return copied

    copied = copy_node(root)
    for node in copies.values():
        node.parent = copies.get(id(node.parent), node.parent)
    return copied


def _traverse(traverser: Any, node: Any) -> Any:
    """Do what moto's method does, and work out once which types of nodes there are."""
    return _traverse_node(traverser, tuple(traverser._processing_map()), node, -1)


def _traverse_node(traverser: Any, processed: tuple[Any, ...], node: Any, child_id: int) -> Any:
    if not _is_subclass(type(node), (_NODES.Node,)):
        return node
    parent = node.parent
    for position, child in enumerate(node.children or ()):
        traverser.pre_processing_of_child(node, position)
        _traverse_node(traverser, processed, child, position)
    if _is_subclass(type(node), processed):
        node = traverser.process(node)
        node.parent = parent
        if parent:
            parent.children[child_id] = node
    return node


# ---- sizes ---------------------------------------------------------------------------------------


class _State:
    """What is happening to the items of all tables.

    Attributes:
        reading: Whether the call that is being answered changes nothing.
        changes: Number of calls that may have changed something.
    """

    reading = False
    changes = 0

    def begin(self, operation: str) -> None:
        """Note which call is answered from now on."""
        self.reading = operation in READS
        self.changes += not self.reading


_state = _State()


def _size_of_item(item: Any) -> int:
    """Return what moto's method does; while nothing changes, count an item once.

    Moto counts the bytes of everything that a query finds, twice.
    """
    if not _state.reading:
        return _size_item(item)
    counted: tuple[int, int] | None = vars(item).get("counted")
    if counted is None or counted[0] != _state.changes:
        counted = item.counted = (_state.changes, _size_item(item))
    return counted[1]


def _size_of_text(text: str | bytes) -> int:
    """Return the number of bytes of a text in UTF-8, without encoding it if it is ASCII."""
    return len(text if isinstance(text, bytes) or text.isascii() else text.encode())


def _size_of_value(value: DynamoType) -> int:
    """Return what moto's method does; nearly all values are strings."""
    return _size_of_text(value.value) if value.type == "S" else _size(value)


def _init_item(
    item: Item, hash_key: DynamoType, range_key: DynamoType | None, attrs: Mapping[str, Any]
) -> None:
    """Do what moto's method does, and check the size once instead of with each attribute."""
    item.hash_key, item.range_key = hash_key, range_key
    item.attrs = LimitedSizeDict()
    values = {name: DynamoType(value) for name, value in attrs.items()}
    dict.update(item.attrs, values)
    if item.size() > LARGEST_ITEM:
        raise ItemSizeTooLarge
