"""Connections that are kept open between calls, and what a server may send at most."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from shared.platform import http_responses, outside_calls
from shared.platform.http_responses import MalformedResponse, ResponseReader, ResponseTooLarge
from shared.platform.outside_calls import CallFailed, Connections, Failure, Guard
from tests.support import certificates
from tests.support.listeners import Listener

GUARD = Guard(max_bytes=100, deadline_seconds=10.0, allows_loopback=True)
OK = b"HTTP/1.1 201 Created\r\nLocation: /m/1\r\nContent-Length: 2\r\n\r\nhi"
CLOSE = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
MIB = 1024 * 1024

Step = bytes | Callable[[socket.socket], None] | None


class Server:
    """A server on this machine. Each connection has its script: None hangs up."""

    def __init__(self, *scripts: list[Step]) -> None:
        self.requests: list[tuple[int, bytes]] = []
        self.hung_up = threading.Semaphore(0)
        self.scripts = iter(enumerate(scripts))
        self.listener = Listener(self.serve)
        self.url = f"http://127.0.0.1:{self.listener.port}/p"

    def serve(self, channel: socket.socket) -> None:
        number, script = next(self.scripts, (-1, []))
        try:
            self.run(number, channel, script)
        finally:
            channel.close()
            self.hung_up.release()

    def run(self, number: int, channel: socket.socket, script: list[Step]) -> None:
        for step in script:
            if step is None:
                return
            request = channel.recv(65536)
            if not request:
                return
            self.requests.append((number, request))
            if isinstance(step, bytes):
                channel.sendall(step)
            else:
                step(channel)
        channel.recv(1)  # until the client hangs up

    def close(self) -> None:
        self.listener.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(*scripts: list[Step]) -> Server:
        servers.append(Server(*scripts))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def refuse(connections: Connections, url: str, is_repeatable: bool = False) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        connections.call(url, method="POST", body=b"x", is_repeatable=is_repeatable)
    return caught.value


def test_a_connection_is_used_again(serve: Callable[..., Server]) -> None:
    server = serve([OK, OK, OK])
    with closing(Connections(GUARD)) as connections:
        for _ in range(3):
            answer = connections.call(server.url, method="POST", body=b"x")
            assert (answer.status, answer.body, answer.headers["location"]) == (201, b"hi", "/m/1")
    assert [number for number, _ in server.requests] == [0, 0, 0]
    assert all(b"Connection: close" not in request for _, request in server.requests)


def test_a_server_may_close_after_each_answer(serve: Callable[..., Server]) -> None:
    server = serve([CLOSE], [CLOSE])
    with closing(Connections(GUARD)) as connections:
        assert [connections.call(server.url).status for _ in range(2)] == [200, 200]
    assert [number for number, _ in server.requests] == [0, 1]


@pytest.mark.parametrize(
    "unfit",
    [
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        OK + b"more than was asked for",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_a_connection_is_not_kept_when_its_state_is_in_doubt(
    serve: Callable[..., Server], unfit: bytes
) -> None:
    server = serve([unfit], [OK])
    with closing(Connections(GUARD)) as connections:
        for _ in range(2):
            connections.call(server.url)
    assert [number for number, _ in server.requests] == [0, 1]


def test_a_connection_that_the_server_closed_is_noticed_before_it_is_used(
    serve: Callable[..., Server],
) -> None:
    server = serve([OK, None], [OK])
    with closing(Connections(GUARD)) as connections:
        connections.call(server.url)
        assert server.hung_up.acquire(timeout=10)
        assert connections.call(server.url, method="POST", body=b"x").status == 201
    assert [number for number, _ in server.requests] == [0, 1]


def hang_up(channel: socket.socket) -> None:
    channel.close()


@pytest.mark.parametrize("is_repeatable", [True, False])
def test_only_what_may_arrive_twice_is_sent_twice(
    serve: Callable[..., Server], is_repeatable: bool
) -> None:
    server = serve([OK, hang_up], [OK])
    with closing(Connections(GUARD)) as connections:
        connections.call(server.url)
        if is_repeatable:
            again = connections.call(server.url, method="POST", body=b"x", is_repeatable=True)
            assert again.status == 201
        else:
            failed = refuse(connections, server.url)
            assert (failed.failure, failed.was_sent) == (Failure.NOT_REACHABLE, True)
    numbers = [number for number, _ in server.requests]
    assert numbers == ([0, 0, 1] if is_repeatable else [0, 0])


def test_a_new_connection_that_breaks_off_is_not_tried_again(
    serve: Callable[..., Server],
) -> None:
    server = serve([hang_up], [OK])
    with closing(Connections(GUARD)) as connections:
        assert refuse(connections, server.url, is_repeatable=True).was_sent
    assert len(server.requests) == 1


def test_a_server_that_is_not_there_was_sent_nothing() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    with closing(Connections(GUARD)) as connections:
        failed = refuse(connections, f"http://127.0.0.1:{port}/")
    assert (failed.failure, failed.was_sent) == (Failure.NOT_REACHABLE, False)


def test_an_answer_of_150_mib_is_not_received(serve: Callable[..., Server]) -> None:
    sent = [0]

    def flood(channel: socket.socket) -> None:
        channel.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {150 * MIB}\r\n\r\n".encode())
        while sent[0] < 150 * MIB:
            channel.sendall(b"x" * 65536)
            sent[0] += 65536

    server = serve([flood])
    with closing(Connections(GUARD)) as connections:
        assert refuse(connections, server.url).failure is Failure.TOO_LARGE
    assert server.hung_up.acquire(timeout=10)
    assert sent[0] < 20 * MIB  # what was on its way when the client closed


def test_a_dripping_server_has_the_total_time_and_no_more(serve: Callable[..., Server]) -> None:
    dripped = [0]

    def drip(channel: socket.socket) -> None:
        while True:
            channel.sendall(b"H")
            dripped[0] += 1
            channel.recv(0)

    seconds = count(0.0, 1.0)
    server = serve([drip])
    with closing(Connections(GUARD, clock=lambda: next(seconds))) as connections:
        failed = refuse(connections, server.url)
    assert failed.failure in (Failure.TOO_SLOW, Failure.NOT_REACHABLE)
    assert failed.was_sent
    assert next(seconds) <= 16  # ten of them are the deadline


def test_a_name_is_resolved_once_for_a_connection_and_pinned() -> None:
    resolved, connected = [], []

    def resolve(host: str, port: int) -> list[str]:
        resolved.append(host)
        return ["93.184.215.14"] if len(resolved) == 1 else ["10.0.0.1"]

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        connected.append(address)
        return socket.create_connection(("127.0.0.1", listener.port), timeout)

    def answer(channel: socket.socket) -> None:
        while channel.recv(65536):
            channel.sendall(OK)

    with closing(Listener(answer)) as listener:
        public = Guard(schemes=frozenset({"http"}), max_bytes=100, deadline_seconds=10.0)
        now = [0.0]
        with closing(
            Connections(public, resolve=resolve, connect=connect, clock=lambda: now[0])
        ) as connections:
            for _ in range(3):
                assert connections.call("http://push.example/a").status == 201
            assert resolved == ["push.example"]
            now[0] = outside_calls.KEPT_IDLE_SECONDS  # a new connection asks, and is refused
            assert refuse(connections, "http://push.example/a").failure is Failure.NOT_PUBLIC
    assert connected == [("93.184.215.14", 80)]


def test_a_connection_does_not_live_for_ever(serve: Callable[..., Server]) -> None:
    server = serve([OK] * 10, [OK] * 2)
    now = [0.0]
    with closing(Connections(GUARD, clock=lambda: now[0])) as connections:
        while now[0] <= outside_calls.KEPT_SECONDS:
            connections.call(server.url)
            now[0] += 30.0
        connections.call(server.url)
    assert [number for number, _ in server.requests] == [0] * 10 + [1] * 2


def test_few_connections_are_kept(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside_calls, "MAX_KEPT_CONNECTIONS", 2)
    servers = [serve([OK, OK], [OK]) for _ in range(3)]
    with closing(Connections(GUARD)) as connections:
        for server in servers:
            connections.call(server.url)
        assert servers[0].hung_up.acquire(timeout=10)  # the one that was used first
        for server in reversed(servers):
            connections.call(server.url)
    assert [[number for number, _ in server.requests] for server in servers] == [
        [0, 1],
        [0, 0],
        [0, 0],
    ]


def test_a_secure_connection_is_kept_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Session tickets, which arrive unasked after the handshake, do not count as an answer."""
    certificates.create(tmp_path, "push.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    accepted: list[str | None] = []

    def serve(channel: socket.socket) -> None:
        with context.wrap_socket(channel, server_side=True) as secure:
            accepted.append(secure.version())
            while secure.recv(65536):
                secure.sendall(OK)

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        return socket.create_connection(("127.0.0.1", listener.port), timeout)

    guard = Guard(max_bytes=100, deadline_seconds=10.0)
    with (
        closing(Listener(serve)) as listener,
        closing(
            Connections(guard, resolve=lambda *_: ["93.184.215.14"], connect=connect)
        ) as connections,
    ):
        for _ in range(3):
            answer = connections.call("https://push.example/a", method="POST", body=b"x")
            assert answer.status == 201
    assert accepted == ["TLSv1.3"]


# ---- responses -----------------------------------------------------------------------------------


def read(data: bytes, max_bytes: int = 100, step: int = 65536) -> tuple[int, bytes]:
    """Read a response that arrives in steps."""
    parts = iter([data[at : at + step] for at in range(0, len(data), step)])
    reader = ResponseReader(lambda size: next(parts, b"")[:size])
    head = reader.read_head("GET", max_bytes)
    return head.status, b"".join(reader.read_body(head, 10))


@pytest.mark.parametrize("step", [1, 2, 7, 65536])
@pytest.mark.parametrize(
    ("response", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", b"hello"),
        (b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", b"hello"),
        (b"HTTP/1.1 200\r\nContent-Length: 5, 5\r\n\r\nhello", b"hello"),
        (b"HTTP/1.0 200 OK\r\n\r\nhello", b"hello"),
        (b"HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\nhello", b""),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nh", b"h"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
            b"3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nDigest: x\r\n\r\n",
            b"hello",
        ),
    ],
)
def test_a_response_is_read_however_it_arrives(response: bytes, body: bytes, step: int) -> None:
    status, received = read(response, step=step)
    assert status in (200, 204)
    assert received == body


@pytest.mark.parametrize(
    "response",
    [
        b"",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nNo colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n: no name\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nSpace : x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n folded\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhellooo",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"0" * 2000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"A: b\r\n" * 20_000,
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * (http_responses.MAX_HEADERS + 1) + b"\r\n",
        b"HTTP/1.1 200 OK\r\nA: " + b"b" * http_responses.MAX_HEAD_BYTES + b"\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n" * 4_000,  # as it could be sent without end
    ],
)
def test_a_response_that_is_not_as_specified_is_refused(response: bytes) -> None:
    with pytest.raises(MalformedResponse):
        read(response, max_bytes=100_000)


@pytest.mark.parametrize(
    "endless", [b"A: b\r\n" * 1000, b"A" * 6000, b"HTTP/1.1 100 C\r\n\r\n" * 300]
)
def test_no_more_than_its_limit_is_received_of_a_head(endless: bytes) -> None:
    received = [0]

    def receive(size: int) -> bytes:
        received[0] += len(endless)
        return endless

    with pytest.raises(MalformedResponse):
        ResponseReader(receive).read_head("GET", 10 * MIB)
    assert received[0] <= http_responses.MAX_HEAD_BYTES + len(endless)


def test_chunks_of_one_byte_cannot_carry_much_more_than_the_body() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with pytest.raises(ResponseTooLarge):
        read(head + (b"1;" + b"x" * 1000 + b"\r\na\r\n") * 1000)
