"""Servers outside are called within a guard; what calendars need of it is in their tests."""

import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from shared.platform.outside_calls import (
    CallFailed,
    Failure,
    Guard,
    call,
    check_url,
    open_response,
)
from tests.support.listeners import Listener

STRICT = Guard(max_bytes=100, deadline_seconds=10.0)
LOCAL = Guard(max_bytes=100, deadline_seconds=10.0, allows_loopback=True)


class Server:
    """A server on this machine that gives one answer, and keeps what it was asked."""

    def __init__(self, answer: bytes) -> None:
        self.request = b""
        self.answer = answer
        self.listener = Listener(self.serve)
        self.url = f"http://127.0.0.1:{self.listener.port}/token"

    def serve(self, channel: socket.socket) -> None:
        self.request = channel.recv(65536)
        channel.sendall(self.answer)

    def close(self) -> None:
        self.listener.close()


@pytest.fixture
def server() -> Iterator[Server]:
    body = b'{"a":1}'
    head = b"HTTP/1.1 400 No\r\nCache-Control: public, max-age=60\r\nContent-Length: 7\r\n\r\n"
    with closing(Server(head + body)) as server:
        yield server


def test_a_post_is_answered_as_a_whole_whatever_its_status(server: Server) -> None:
    answer = call(server.url, LOCAL, method="POST", headers={"X-A": "b"}, body=b"code=1")
    assert (answer.status, answer.body, answer.max_age) == (400, b'{"a":1}', 60)
    head, _, body = server.request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /token HTTP/1.1\r\n")
    assert b"X-A: b" in head
    assert b"Content-Length: 6" in head
    assert body == b"code=1"


def test_the_body_of_an_answer_is_limited(server: Server) -> None:
    tiny = Guard(max_bytes=6, deadline_seconds=10.0, allows_loopback=True)
    with pytest.raises(CallFailed) as caught:
        call(server.url, tiny)
    assert caught.value.failure is Failure.TOO_LARGE


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_redirect_is_followed_unless_asked(method: str) -> None:
    moved = b"HTTP/1.1 307 Moved\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"
    with closing(Server(moved)) as server, pytest.raises(CallFailed) as caught:
        call(server.url, LOCAL, method=method)
    assert caught.value.failure is Failure.BAD_REDIRECT


def test_a_post_is_never_redirected() -> None:
    moved = b"HTTP/1.1 307 Moved\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"
    asking = Guard(max_bytes=100, deadline_seconds=10.0, allows_loopback=True, redirects=3)
    with closing(Server(moved)) as server, pytest.raises(CallFailed) as caught:
        call(server.url, asking, method="POST", body=b"secret")
    assert caught.value.failure is Failure.BAD_REDIRECT


@pytest.mark.parametrize(
    ("url", "failure"),
    [
        ("http://accounts.example/", Failure.BAD_URL),
        ("http://127.0.0.1:8025/", Failure.BAD_URL),
        ("https://127.0.0.1/", Failure.NOT_PUBLIC),
        ("https://user:pass@accounts.example/", Failure.WITH_PASSWORD),
        ("https://accounts.example:8443/", Failure.NOT_PUBLIC),
    ],
)
def test_only_public_https_is_called_by_default(url: str, failure: Failure) -> None:
    with pytest.raises(CallFailed) as caught:
        check_url(url, STRICT)
    assert caught.value.failure is failure


@pytest.mark.parametrize(
    "url", ["http://127.0.0.2:8025/", "http://localhost:8025/", "http://10.0.0.1/", "http://[::1]/"]
)
def test_the_exception_for_stand_ins_is_one_address(url: str) -> None:
    check_url("http://127.0.0.1:8025/", LOCAL)
    with pytest.raises(CallFailed):
        check_url(url, LOCAL)


@pytest.mark.parametrize("guard", [LOCAL, STRICT])
def test_from_a_container_the_stand_ins_are_on_dockers_name_of_the_machine(guard: Guard) -> None:
    connected: list[tuple[str, int]] = []

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        connected.append(address)
        raise OSError

    for url in ("http://host.docker.internal:8025/openid", "http://docker.internal:8025/"):
        with (
            pytest.raises(CallFailed),
            open_response(url, guard, resolve=lambda *_: ["172.17.0.1"], connect=connect),
        ):
            pass
    assert connected == ([("172.17.0.1", 8025)] if guard is LOCAL else [])


def test_a_header_cannot_add_another(server: Server) -> None:
    with pytest.raises(CallFailed), open_response(server.url, LOCAL, headers={"A": "b\r\nC: d"}):
        pass
    assert server.request == b""


def test_a_name_with_a_private_address_is_not_called() -> None:
    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        raise AssertionError(address)

    with (
        pytest.raises(CallFailed) as caught,
        open_response(
            "https://accounts.example/", LOCAL, resolve=lambda *_: ["127.0.0.1"], connect=connect
        ),
    ):
        pass
    assert caught.value.failure is Failure.NOT_PUBLIC


def test_only_the_server_of_the_operator_is_trusted(server: Server) -> None:
    origin = server.url.removesuffix("/token")
    guard = Guard(max_bytes=100, deadline_seconds=10.0, trusted_origin=origin)
    assert call(server.url, guard).status == 400
    for other in (
        f"{origin}1/",
        f"{origin}@evil.example/",
        "http://127.0.0.1/",
        "http://10.0.0.1/",
    ):
        with pytest.raises(CallFailed):
            check_url(other, guard)


def test_a_trusted_name_may_be_private_and_another_may_not() -> None:
    connected: list[tuple[str, int]] = []

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        connected.append(address)
        raise OSError

    guard = Guard(
        schemes=frozenset({"http"}),
        max_bytes=100,
        deadline_seconds=10.0,
        trusted_origin="http://old.example:8080",
    )
    for url in ("http://old.example:8080/a", "http://old.example/a"):
        with (
            pytest.raises(CallFailed),
            open_response(url, guard, resolve=lambda *_: ["10.0.0.1"], connect=connect),
        ):
            pass
    assert connected == [("10.0.0.1", 8080)]


def test_a_body_of_a_get_has_its_length(server: Server) -> None:
    call(server.url, LOCAL, body=b"query")
    assert b"Content-Length: 5\r\n" in server.request
