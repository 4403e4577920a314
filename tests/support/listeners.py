"""Servers of a few lines that listen on this machine, and leave nothing running."""

import socket
import threading
from collections.abc import Callable
from contextlib import closing, suppress


class Listener:
    """Serves its connections one after another, each by a function.

    Clients that hang up end the function: its `OSError` is expected. Every other error of it fails
    the test that runs at that time.

    Attributes:
        port: The port on 127.0.0.1.
    """

    def __init__(self, serve: Callable[[socket.socket], None]) -> None:
        self._serve = serve
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._channel: socket.socket | None = None
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def close(self) -> None:
        """Take no more connections, break off the one that is open, and wait for the thread."""
        # Closing a socket does not wake the thread that waits for it; shutting it down does.
        shut_down(self._listener)
        while self._thread.is_alive():
            if self._channel:
                shut_down(self._channel)
            self._thread.join(0.1)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                self._channel, _ = self._listener.accept()
                with closing(self._channel), suppress(OSError):
                    self._serve(self._channel)


def shut_down(channel: socket.socket) -> None:
    """Wake every thread that waits for a socket, which may be closed already."""
    with suppress(OSError):
        channel.shutdown(socket.SHUT_RDWR)
