"""Calendars are fetched from public servers only, completely and in time, or not at all."""

import contextlib
import gzip
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tests.support.repeatable  # noqa: F401
from appointments.icalendar import fetch as fetching
from appointments.icalendar.fetch import FetchFailed, Response, Validators, fetch
from shared.platform import outside_calls
from shared.platform.outside_calls import is_public
from tests.support import certificates

MIB = 1024 * 1024
PUBLIC, OTHER_PUBLIC = "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"
SECRET = "s3cret"
HTTP = f"http://cal.example/{SECRET}.ics"
HTTPS = f"https://cal.example/{SECRET}.ics"
MODIFIED = "Mon, 02 Mar 2026 08:00:00 GMT"
CALENDAR = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"

Answer = bytes | Callable[[socket.socket], None]


def answer(body: bytes = b"", *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def redirect(location: str, status: str = "302 Found") -> bytes:
    return answer(b"", f"Location: {location}", status=status)


class FakeInternet:
    """Host names, their addresses, and a local server that stands for all of them.

    The server gives one answer after the other and keeps what it was asked.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.names: dict[str, list[str]] = {"cal.example": [PUBLIC]}
        self.answers: list[Answer] = []
        self.requests: list[bytes] = []
        self.resolved: list[tuple[str, int]] = []
        self.connected_to: list[tuple[str, int]] = []
        internet = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                internet.serve(self.request, tls)

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def serve(self, channel: socket.socket, tls: ssl.SSLContext | None) -> None:
        try:
            with tls.wrap_socket(channel, server_side=True) if tls else channel as plain:
                self.requests.append(plain.recv(65536))
                prepared = self.answers.pop(0)
                if isinstance(prepared, bytes):
                    plain.sendall(prepared)
                else:
                    prepared(plain)
        except OSError:
            pass  # the client closed the connection

    def resolve(self, host: str, port: int) -> list[str]:
        self.resolved.append((host, port))
        if host not in self.names:
            raise socket.gaierror(socket.EAI_NONAME, f"{host} unknown")
        return self.names[host]

    def connect(self, address: tuple[str, int], timeout: float) -> socket.socket:
        self.connected_to.append(address)
        port = self.server.server_address[1]
        return socket.create_connection(("127.0.0.1", port), timeout)

    def fetch(
        self,
        url: str,
        clock: Callable[[], float] = lambda: 0.0,
        known: Validators | None = None,
    ) -> bytes:
        """Return the calendar; it arrives in small parts."""
        with self.open(url, clock, known) as response:
            assert response.parts is not None
            parts = list(response.parts)
        assert max(map(len, parts), default=0) <= outside_calls.PART_BYTES
        return b"".join(parts)

    def open(
        self,
        url: str,
        clock: Callable[[], float] = lambda: 0.0,
        known: Validators | None = None,
    ) -> AbstractContextManager[Response]:
        return fetch(url, known, resolve=self.resolve, connect=self.connect, clock=clock)

    def refusal(self, url: str = HTTP, clock: Callable[[], float] = lambda: 0.0) -> str:
        """Return why a URL was not fetched; the reason never contains the URL."""
        with pytest.raises(FetchFailed) as caught:
            self.fetch(url, clock=clock)
        error = caught.value
        assert error.__cause__ is None
        assert error.__context__ is None or error.__suppress_context__
        assert SECRET not in error.reason
        assert "example" not in error.reason
        return error.reason


@pytest.fixture
def internet(caplog: pytest.LogCaptureFixture) -> Iterator[FakeInternet]:
    caplog.set_level("DEBUG")
    internet = FakeInternet()
    yield internet
    internet.close()
    # Only of this thread: clients of other tests may still be logging in theirs.
    assert [record for record in caplog.records if record.thread == threading.get_ident()] == []


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create a certificate for cal.example and the authority that signed it."""
    folder = tmp_path_factory.mktemp("tls")
    certificates.create(folder, "cal.example")
    return folder


@pytest.fixture
def secure(authority: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeInternet]:
    """Serve with TLS, by an authority that is trusted as an operator would configure it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority / "ca.pem"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(authority / "server.pem")
    internet = FakeInternet(tls)
    yield internet
    internet.close()


# ---- responses -----------------------------------------------------------------------------------


def test_a_calendar_is_fetched(internet: FakeInternet) -> None:
    internet.answers = [answer(CALENDAR)]
    assert internet.fetch(f"{HTTP}?a=1&b=ä#part") == CALENDAR
    assert internet.resolved == [("cal.example", 80)]
    assert internet.connected_to == [(PUBLIC, 80)]
    (request,) = internet.requests
    first, *headers = request.decode("ascii").split("\r\n")
    assert first == f"GET /{SECRET}.ics?a=1&b=%C3%A4 HTTP/1.1"
    assert "Host: cal.example" in headers
    assert "Accept-Encoding: gzip, identity" in headers
    assert not any(header.startswith("If-") for header in headers)
    assert "Connection: close" in headers


def test_an_unrequested_not_modified_is_an_error(internet: FakeInternet) -> None:
    internet.answers = [answer(status="304 Not Modified")]
    assert "304" in internet.refusal()


def test_a_calendar_is_fetched_only_if_it_has_changed(internet: FakeInternet) -> None:
    internet.answers = [answer(CALENDAR, 'ETag: W/"a1"', f"Last-Modified: {MODIFIED}")]
    with internet.open(HTTP) as response:
        known = response.validators
        assert response.parts is not None
    assert known == Validators('W/"a1"', MODIFIED)
    internet.answers = [answer(status="304 Not Modified")]
    with internet.open(HTTP, known=known) as response:
        assert response.parts is None
        assert response.validators == known
    headers = internet.requests[1].decode().split("\r\n")
    assert 'If-None-Match: W/"a1"' in headers
    assert f"If-Modified-Since: {MODIFIED}" in headers
    internet.answers = [answer(b"new")]
    assert internet.fetch(HTTP, known=known) == b"new"


@pytest.mark.parametrize("header", ["ETag: ", "ETag: \xe4", "ETag: a\r\n b", "ETag: " + "x" * 513])
def test_a_validator_that_cannot_be_sent_back_is_not_known(
    internet: FakeInternet, header: str
) -> None:
    internet.answers = [answer(CALENDAR, header)]
    with internet.open(HTTP) as response:
        assert response.validators == Validators()


def test_chunks_are_put_together(internet: FakeInternet) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    internet.answers = [head + b"3\r\nBEG\r\n2\r\nIN\r\n0\r\n\r\n"]
    assert internet.fetch(HTTP) == b"BEGIN"


@pytest.mark.parametrize("name", ["gzip", "x-gzip", "GZip "])
def test_a_gzip_body_is_unpacked(internet: FakeInternet, name: str) -> None:
    internet.answers = [answer(gzip.compress(CALENDAR), f"Content-Encoding: {name}")]
    assert internet.fetch(HTTP) == CALENDAR


def test_a_gzip_body_may_have_several_members(internet: FakeInternet) -> None:
    body = gzip.compress(CALENDAR) + gzip.compress(b"x" * 3 * outside_calls.PART_BYTES) + b"\0\0"
    internet.answers = [answer(body, "Content-Encoding: gzip")]
    assert internet.fetch(HTTP) == CALENDAR + b"x" * 3 * outside_calls.PART_BYTES


def test_a_calendar_of_16_mib_is_fetched_in_parts(internet: FakeInternet) -> None:
    body = CALENDAR * (16 * MIB // len(CALENDAR))
    internet.answers = [answer(gzip.compress(body, 1), "Content-Encoding: gzip"), answer(body)]
    for _ in range(2):
        assert internet.fetch(HTTP) == body


def test_the_next_address_is_tried_when_one_does_not_answer(internet: FakeInternet) -> None:
    internet.names["cal.example"] = [OTHER_PUBLIC, PUBLIC]
    internet.answers = [answer(CALENDAR)]

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        if ":" in address[0]:
            raise OSError("Network is unreachable")
        return internet.connect(address, timeout)

    with fetch(HTTP, resolve=internet.resolve, connect=connect) as response:
        assert b"".join(response.parts or ()) == CALENDAR


# ---- addresses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "",
        "cal.example/a.ics",
        "//cal.example/a.ics",
        "file:///etc/passwd",
        "ftp://cal.example/a.ics",
        "gopher://cal.example/",
        "http://cal.example/\r\nX-Evil: 1",
        "ht\ntp://cal.example/",
        "http://cal.example:99999/",
        "http://cal.example:port/",
        "http://[::1/",
        "http://cal..example/",
        "http://cal.example/" + "x" * 2048,
        "http://user:password@cal.example/",
        "http://user@cal.example/",
        "http://@cal.example/",
        "http://cal.example\\@127.0.0.1/",
        "http://cal.example:0/",
        "http://cal.example:22/",
        "http://cal.example:8080/",
        "https://cal.example:8443/",
        "http:///a.ics",
        "http://localhost/",
        "http://localhost./",
        "http://metadata/",
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.0.0.1/",
        "http://0177.0.0.1/",
        "http://0.0.0.0/",
        "http://127.0.0.1./",
        "http://169.254.169.254/latest/meta-data/",
        "http://93.184.215.14/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[fe80::1%25eth0]/",
        "http://[fd00:ec2::254]/",
        "http://\uff11\uff12\uff17.\uff10.\uff10.\uff11/",
        "http://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/",
        "http://127\u30020\u30020\u30021/",
        "http://cal%2eexample/",
        "http://cal.example%00.evil/",
        "http://cal .example/",
    ],
)
def test_a_url_without_a_public_host_name_is_refused_without_a_look_up(
    internet: FakeInternet, url: str
) -> None:
    assert internet.refusal(url)
    assert internet.resolved == []
    assert internet.connected_to == []


@pytest.mark.parametrize(
    ("url", "host"),
    [
        (" HTTP://CAL.Example./a.ics ", "cal.example"),
        ("http://cal.example:80/a.ics", "cal.example"),
        ("http://cal.example:443/a.ics", "cal.example:443"),
        ("http://bücher.example/a.ics", "xn--bcher-kva.example"),
    ],
)
def test_a_host_name_is_normalised(internet: FakeInternet, url: str, host: str) -> None:
    internet.names["xn--bcher-kva.example"] = [PUBLIC]
    internet.answers = [answer(CALENDAR)]
    internet.fetch(url)
    assert internet.requests[0].startswith(b"GET /a.ics HTTP/1.1\r\n")
    assert f"\r\nHost: {host}\r\n".encode() in internet.requests[0]


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "169.254.170.2",
        "172.16.0.1",
        "192.0.0.8",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:93.184.215.14",
        "64:ff9b::7f00:1",
        "64:ff9b::5db8:d70e",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:10::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:5db8:d70e::1",
        "3fff::1",
        "2606:2800:21f:cb07:6820:80da:af6b:8b2c%eth0",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
    ],
)
def test_a_name_with_a_private_address_is_refused(internet: FakeInternet, address: str) -> None:
    assert not is_public(address)
    for addresses in ([address], [PUBLIC, address], [address, PUBLIC]):
        internet.names["cal.example"] = addresses
        assert "no public server" in internet.refusal()
    assert internet.connected_to == []


@pytest.mark.parametrize("address", [PUBLIC, OTHER_PUBLIC, "1.1.1.1", "192.0.1.1", "2a00::1"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


def test_the_connection_goes_to_the_address_that_was_checked(internet: FakeInternet) -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    internet.answers = [answer(CALENDAR)]
    with fetch(HTTP, resolve=rebinding, connect=internet.connect) as response:
        assert response.parts is not None
    assert asked == ["cal.example"]
    assert internet.connected_to == [(PUBLIC, 80)]


@pytest.mark.parametrize("name", ["unknown.example", "empty.example"])
def test_a_name_without_an_address_is_refused(internet: FakeInternet, name: str) -> None:
    internet.names["empty.example"] = []
    assert "no public server" in internet.refusal(f"http://{name}/{SECRET}")


def test_the_addresses_of_the_system_resolver_are_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = [
        (family, socket.SOCK_STREAM, 6, "", (address, 80))
        for family, address in [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "127.0.0.1")]
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert outside_calls.resolve_name("cal.example", 80) == ["127.0.0.1"]
    with pytest.raises(FetchFailed, match="no public server"), fetch(HTTP):
        pass


# ---- redirects -----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["/b.ics", "b.ics", "http://cal.example/b.ics"])
def test_a_redirect_is_followed(internet: FakeInternet, status: int, location: str) -> None:
    internet.answers = [redirect(location, f"{status} X"), answer(CALENDAR)]
    assert internet.fetch("http://cal.example/a.ics?x=1") == CALENDAR
    assert internet.requests[1].startswith(b"GET /b.ics HTTP/1.1\r\n")


def test_at_most_three_redirects_are_followed(internet: FakeInternet) -> None:
    internet.answers = [*[redirect("/b")] * 3, answer(CALENDAR)]
    assert internet.fetch(HTTP)
    internet.answers = [*[redirect("/b")] * 4, answer(CALENDAR)]
    assert "redirects to another one" in internet.refusal()
    assert len(internet.answers) == 1


@pytest.mark.parametrize(
    "location",
    [
        "",
        "http://127.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://[::1",
        "//localhost/",
        "http://user@cal.example/",
        "http://cal.example:6379/",
        "file:///etc/passwd",
        "/a\x07b",
        "/" + "x" * 2048,
    ],
)
def test_a_redirect_to_a_refused_url_is_refused(internet: FakeInternet, location: str) -> None:
    internet.answers = [redirect(location)]
    assert "redirects to another one" in internet.refusal()
    assert len(internet.connected_to) == 1


def test_the_name_of_a_redirect_is_looked_up_and_checked(internet: FakeInternet) -> None:
    internet.names["inside.example"] = ["10.0.0.1"]
    internet.answers = [redirect("http://inside.example/")]
    assert "no public server" in internet.refusal()
    assert internet.resolved == [("cal.example", 80), ("inside.example", 80)]
    assert internet.connected_to == [(PUBLIC, 80)]


def test_a_name_is_checked_again_with_each_redirect(internet: FakeInternet) -> None:
    def move(channel: socket.socket) -> None:
        internet.names["cal.example"] = ["127.0.0.1"]
        channel.sendall(redirect("/b"))

    internet.answers = [move]
    assert "no public server" in internet.refusal()
    assert len(internet.connected_to) == 1


# ---- TLS -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", [HTTPS, HTTPS.replace("https", "webcal")])
def test_a_server_with_a_valid_certificate_is_trusted(secure: FakeInternet, url: str) -> None:
    secure.answers = [answer(CALENDAR)]
    assert secure.fetch(url) == CALENDAR
    assert secure.connected_to == [(PUBLIC, 443)]
    assert b"\r\nHost: cal.example\r\n" in secure.requests[0]


def test_a_certificate_of_another_name_is_refused(secure: FakeInternet) -> None:
    secure.names["other.example"] = [PUBLIC]
    assert "certificate" in secure.refusal(f"https://other.example/{SECRET}")
    assert secure.requests == []


def test_a_certificate_of_an_unknown_authority_is_refused(
    secure: FakeInternet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    assert "certificate" in secure.refusal(HTTPS)
    assert secure.requests == []


def test_https_needs_tls(internet: FakeInternet) -> None:
    internet.answers = [answer(CALENDAR)]
    assert "broke off" in internet.refusal(HTTPS)


def test_a_redirect_from_https_to_http_is_refused(secure: FakeInternet) -> None:
    secure.answers = [redirect("http://cal.example/b.ics")]
    assert "redirects to another one" in secure.refusal(HTTPS)
    assert secure.connected_to == [(PUBLIC, 443)]


def test_a_redirect_from_https_to_https_is_followed(secure: FakeInternet) -> None:
    secure.answers = [redirect("webcal://cal.example/b.ics"), answer(CALENDAR)]
    assert secure.fetch(HTTPS)
    assert secure.connected_to == [(PUBLIC, 443), (PUBLIC, 443)]


# ---- servers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["204 No Content", "401 No", "404 Not Found", "500 Oh", "999 X"])
def test_the_status_of_a_failed_response_is_reported(internet: FakeInternet, status: str) -> None:
    internet.answers = [answer(status=status)]
    assert status[:3] in internet.refusal()


@pytest.mark.parametrize(
    "response",
    [
        b"",
        b"\r\n\r\n",
        b"BEGIN:VCALENDAR\r\n",
        b"HTTP/1.1 twohundred OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
        answer(CALENDAR)[:-1],
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nBE",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
    ],
)
def test_an_incomplete_response_is_refused(internet: FakeInternet, response: bytes) -> None:
    internet.answers = [response]
    assert "broke off" in internet.refusal()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", CALENDAR),
        ("gzip", gzip.compress(CALENDAR, mtime=0)[:-9]),
        ("br", CALENDAR),
        ("gzip, gzip", CALENDAR),
    ],
)
def test_a_body_that_cannot_be_unpacked_is_refused(
    internet: FakeInternet, encoding: str, body: bytes
) -> None:
    internet.answers = [answer(body, f"Content-Encoding: {encoding}")]
    assert "cannot read" in internet.refusal()


@pytest.fixture
def one_mib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MAX_BYTES", MIB)


@pytest.mark.usefixtures("one_mib")
def test_the_size_of_a_body_is_limited(internet: FakeInternet) -> None:
    largest = b"x" * MIB
    internet.answers = [answer(largest), answer(largest + b"x")]
    assert internet.fetch(HTTP) == largest
    assert "too large" in internet.refusal()


@pytest.mark.usefixtures("one_mib")
@pytest.mark.parametrize("head", [b"\r\n", b"Transfer-Encoding: chunked\r\n\r\n"])
def test_an_endless_body_is_abandoned(internet: FakeInternet, head: bytes) -> None:
    sent: list[int] = []
    hung_up = threading.Event()

    def endless(channel: socket.socket) -> None:
        try:
            channel.sendall(b"HTTP/1.1 200 OK\r\n" + head)
            while len(sent) < 1000:
                channel.sendall(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
                sent.append(0x10000)
        finally:
            hung_up.set()

    internet.answers = [endless]
    assert "too large" in internet.refusal()
    assert hung_up.wait(10)
    assert sum(sent) < 20 * MIB  # what was on its way when the client closed


@pytest.mark.usefixtures("one_mib")
def test_the_unpacked_size_is_limited(internet: FakeInternet) -> None:
    bomb = gzip.compress(b"x" * (MIB + 1))
    internet.answers = [answer(bomb, "Content-Encoding: gzip")]
    assert "too large" in internet.refusal()
    largest = b"x" * MIB
    internet.answers = [answer(gzip.compress(largest), "Content-Encoding: gzip")]
    assert internet.fetch(HTTP) == largest


@given(
    st.binary(max_size=200), st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 302 X\r\n"])
)
def test_any_response_is_read_or_refused(noise: bytes, head: bytes) -> None:
    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            theirs.sendall(head + noise)
        return ours

    with (
        contextlib.suppress(FetchFailed),
        fetch(HTTP, resolve=lambda *_: [PUBLIC], connect=connect) as response,
    ):
        b"".join(response.parts or ())


# ---- deadlines -----------------------------------------------------------------------------------


def clock_near_deadline() -> Callable[[], float]:
    """Return a clock with a few milliseconds left from its second reading on."""
    times = count()
    return lambda: 0.0 if next(times) == 0 else fetching.DEADLINE_SECONDS - 0.02


def ticking_clock() -> Callable[[], float]:
    """Return a clock that advances two seconds with each reading."""
    seconds = count(step=2)
    return lambda: float(next(seconds))


def silent_until(ended: threading.Event) -> Answer:
    """Return a server that sends nothing until the event."""

    def wait(_: socket.socket) -> None:
        ended.wait(10)

    return wait


def test_a_silent_server_is_abandoned(internet: FakeInternet) -> None:
    ended = threading.Event()
    internet.answers = [silent_until(ended)]
    try:
        assert "too long" in internet.refusal(clock=clock_near_deadline())
    finally:
        ended.set()


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
)
def test_a_dripping_server_is_abandoned_at_the_deadline(
    internet: FakeInternet, head: bytes
) -> None:
    clock_reads = threading.Semaphore(0)

    def drip(channel: socket.socket) -> None:
        channel.sendall(head)
        while clock_reads.acquire(timeout=10):
            channel.sendall(b"1")

    def clock() -> float:
        clock_reads.release()  # the next drop comes after we looked at the clock
        return next(seconds)

    seconds = iter(range(1000))
    internet.answers = [drip]
    assert "too long" in internet.refusal(clock=clock)
    assert fetching.DEADLINE_SECONDS < next(seconds) < 40
    clock_reads.release(1000)  # and the server finds that we hung up


def test_redirects_share_one_deadline(internet: FakeInternet) -> None:
    internet.answers = [redirect("/b")] * 4
    assert "too long" in internet.refusal(clock=ticking_clock())


def test_a_slow_look_up_is_abandoned(internet: FakeInternet) -> None:
    ended = threading.Event()

    def slow(host: str, port: int) -> list[str]:
        ended.wait(10)
        return [PUBLIC]

    with (
        pytest.raises(FetchFailed, match="too long"),
        fetch(HTTP, resolve=slow, connect=internet.connect, clock=clock_near_deadline()),
    ):
        pass
    ended.set()
    assert internet.connected_to == []


def test_a_hanging_handshake_is_abandoned(internet: FakeInternet) -> None:
    ended = threading.Event()
    internet.answers = [silent_until(ended)]
    try:
        assert "too long" in internet.refusal(HTTPS, clock=clock_near_deadline())
    finally:
        ended.set()


def test_each_step_has_its_own_timeout(internet: FakeInternet) -> None:
    timeouts: list[float] = []

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        timeouts.append(timeout)
        raise OSError("Connection refused")

    with (
        pytest.raises(FetchFailed, match="could not be reached"),
        fetch(HTTP, resolve=internet.resolve, connect=connect, clock=lambda: 0.0),
    ):
        pass
    assert timeouts == [4.0]
