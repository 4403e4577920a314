"""Stand-ins for AWS and MongoDB that answer at once: what is measured is the function."""

import json
import socketserver
import struct
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import bson
import msgspec

# As botocore names the services that X-Amz-Target names otherwise.
SERVICES = {
    "DynamoDB_20120810": "dynamodb",
    "TrentService": "kms",
    "AmazonSQS": "sqs",
    "AmazonSSM": "ssm",
}
OP_MSG = 2013  # https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/#op_msg
HEADER = struct.Struct("<iiii")
HELLO = {
    "ok": 1.0, "helloOk": True, "isWritablePrimary": True, "ismaster": True, "minWireVersion": 0,
    "maxWireVersion": 21, "maxBsonObjectSize": 16777216, "maxMessageSizeBytes": 48000000,
    "maxWriteBatchSize": 100000, "readOnly": False,
}  # fmt: skip


class Exchange(msgspec.Struct, frozen=True):
    """A call of an AWS service and its response."""

    target: str
    table: str
    request: str
    status: int
    response: str

    @classmethod
    def of(cls, target: str, request: str, status: int, response: str) -> Self:
        """Return an exchange."""
        return cls(target, table_of(request), request, status, response)

    @property
    def call(self) -> tuple[str, str, dict[str, Any]]:
        """Service, method and parameters of the call, as boto3 names them."""
        service, _, operation = self.target.partition(".")
        method = "".join(f"_{c.lower()}" if c.isupper() else c for c in operation).lstrip("_")
        return SERVICES[service], method, json.loads(self.request)


def table_of(request: str) -> str:
    """Return the table that a call is about; an empty text if it names none."""
    name: str = json.loads(request).get("TableName", "")
    return name


# Computes the response to a call, by its parameters.
Compute = Callable[[dict[str, Any]], dict[str, Any]]


@contextmanager
def fake_aws(
    exchanges: list[Exchange], computed: Mapping[tuple[str, str], Compute] | None = None
) -> Iterator[str]:
    """Run an endpoint that repeats recorded responses; yield its URL.

    The same calls get the responses in the recorded order, over and over.

    Args:
        exchanges: The recorded calls.
        computed: Functions that respond instead, by target and table.
    """
    responses: dict[tuple[str, str], list[Exchange]] = defaultdict(list)
    for exchange in exchanges:
        responses[exchange.target, exchange.table].append(exchange)
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # headers and body in one packet

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["content-length"])).decode()
            call = (self.headers["x-amz-target"], table_of(sent))
            with lock:
                if compute := (computed or {}).get(call):
                    status, text = 200, json.dumps(compute(json.loads(sent)))
                else:
                    exchange = responses[call].pop(0)
                    responses[call].append(exchange)
                    status, text = exchange.status, exchange.response
            body = text.encode()
            self.send_response(status)
            self.send_header("content-type", "application/x-amz-json-1.0")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with _serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        yield f"http://127.0.0.1:{port}"


@contextmanager
def fake_mongodb() -> Iterator[str]:
    """Run a MongoDB that finds nothing but single documents that were upserted; yield its URI."""
    documents: dict[tuple[str, str, str], dict[str, Any]] = {}

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            while head := self._read(HEADER.size):
                length, request_id, _, code = HEADER.unpack(head)
                body = self._read(length - HEADER.size)
                if code == OP_MSG:
                    reply = struct.pack("<I", 0) + b"\0" + bson.encode(_answer(body, documents))
                else:  # OP_QUERY, with which a client says hello first
                    reply = struct.pack("<iqii", 8, 0, 0, 1) + bson.encode(HELLO)
                code = OP_MSG if code == OP_MSG else 1
                size = HEADER.size + len(reply)
                self.request.sendall(HEADER.pack(size, 0, request_id, code) + reply)

        def _read(self, size: int) -> bytes:
            data = b""
            while len(data) < size:
                piece = self.request.recv(size - len(data))
                if not piece:
                    return b""
                data += piece
            return data

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with _serving(Server(("127.0.0.1", 0), Handler)) as port:
        yield f"mongodb://127.0.0.1:{port}/bench?directConnection=true"


def _answer(
    message: bytes, documents: dict[tuple[str, str, str], dict[str, Any]]
) -> dict[str, Any]:
    command = _decode(message)
    name = next(iter(command))
    database, collection = command["$db"], command[name]
    for update in command.get("updates", []):
        place = (database, collection, update["q"]["_id"])
        documents[place] = update["q"] | update["u"]["$set"]
    if name in ("find", "aggregate", "listIndexes"):
        wanted = str(command.get("filter", {}).get("_id"))
        found = documents.get((database, str(collection), wanted))
        batch = [found] if found else []
        cursor = {"id": bson.Int64(0), "ns": f"{database}.{collection}", "firstBatch": batch}
        return {"ok": 1.0, "cursor": cursor}
    return HELLO if name in ("hello", "ismaster", "isMaster") else {"ok": 1.0, "n": 1}


def _decode(message: bytes) -> dict[str, Any]:
    """Decode the sections of a message: the command, and sequences of documents of it."""
    command: dict[str, Any] = {}
    at = 4  # after the flags
    while at < len(message):
        kind, (size,) = message[at], struct.unpack_from("<i", message, at + 1)
        section = message[at + 1 : at + 1 + size]
        if kind == 0:
            command |= bson.decode(section)
        else:
            name, _, rest = section[4:].partition(b"\0")
            command[name.decode()] = bson.decode_all(rest)
        at += 1 + size
    return command


@contextmanager
def _serving(server: socketserver.TCPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
