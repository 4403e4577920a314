"""The CalDAV stand-in, for tests: in this process, on a free port."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from infra.local.standins.caldav import PASSWORD, USER, CalDav
from infra.local.standins.http import Server
from social.providers import calls
from social.providers.caldav_client import Login, discover

HOST = "127.0.0.1"


class RunningCalDav(CalDav):
    """The stand-in while it answers.

    Attributes:
        url: Its address.
    """

    url: str = ""

    def login(self) -> Login:
        """Return what discovery finds of its user."""
        return discover(self.url, USER, PASSWORD).login


@contextmanager
def running_caldav() -> Iterator[RunningCalDav]:
    """Run the stand-in while the block runs."""
    standin = RunningCalDav()
    with Server(HOST, 0, standin.routes()) as server:
        # The threads of connections end with them, and are joined when the server is closed.
        server.daemon_threads = False
        standin.url = f"http://{HOST}:{server.server_port}/"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield standin
        finally:
            calls.forget()
            server.shutdown()
            thread.join()
