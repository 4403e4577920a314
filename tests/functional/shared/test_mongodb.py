"""Connections to MongoDB: at most two per container, whatever it does."""

import select
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from shared.data import mongodb
from shared.platform import config
from tests.support.mongo import running_mongo


class Proxy:
    """A proxy in front of a server that counts open connections.

    Attributes:
        uri: Address of the server through the proxy. The server's own address is not used.
        most: Most connections that were open at the same time.
    """

    def __init__(self, server: tuple[str, int]) -> None:
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._open = self.most = 0
        port = self._listener.getsockname()[1]
        self.uri = f"mongodb://127.0.0.1:{port}/?retryWrites=false&directConnection=true"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        """Stop listening, and wait for all threads."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._forward, args=(client,))
            self._threads.append(thread)
            thread.start()

    def _forward(self, client: socket.socket) -> None:
        with self._lock:
            self._open += 1
            self.most = max(self.most, self._open)
        # Either end may break off instead of closing.
        with (
            suppress(ConnectionError),
            client,
            socket.create_connection(self._server) as server,
        ):
            self._copy(client, server)
        with self._lock:
            self._open -= 1

    def _copy(self, client: socket.socket, server: socket.socket) -> None:
        ends = {client: server, server: client}
        while True:
            for end in select.select(list(ends), [], [])[0]:
                data = end.recv(65_536)
                if not data:
                    return
                ends[end].sendall(data)


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Proxy]:
    with running_mongo(tmp_path / "data") as uri:
        address = urlsplit(uri)
        assert address.hostname
        assert address.port
        proxy = Proxy((address.hostname, address.port))
        yield proxy
        proxy.close()


def test_a_container_opens_two_connections(proxy: Proxy) -> None:
    """One for its operations, one that watches the server."""
    with mongodb.connect(proxy.uri) as client:
        pieces = client.tests.pieces
        for number in range(10):
            pieces.insert_one({"_id": number})
        assert sum(1 for _ in pieces.find({}, batch_size=2)) == 10
        assert proxy.most == 2


@pytest.mark.parametrize("connections", [1, 8])
def test_threads_of_a_container_share_its_connections(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch, connections: int
) -> None:
    """It has one, unless its function is given more."""
    if connections > 1:
        monkeypatch.setenv("MONGO_CONNECTIONS", str(connections))
        config.forget()
    with mongodb.connect(proxy.uri) as client:
        together = threading.Barrier(8)

        def work(number: int) -> None:
            together.wait(60)
            for part in range(5):
                client.tests.pieces.insert_one({"_id": f"{number}-{part}"})

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(8)))
        assert client.tests.pieces.count_documents({}) == 40
        assert 2 <= proxy.most <= connections + 1
        assert (proxy.most > 2) == (connections > 1)
    config.forget()
