"""Web server of LocalStack that listens at loopback addresses only: GATEWAY_SERVER=loopback.

LocalStack's own one ignores the host of GATEWAY_LISTEN and listens at every address of the machine
(localstack.runtime.server.twisted, 2026.3.0). This one speaks HTTP only, for which LocalStack needs
neither a certificate nor what multiplexes both on a port.
"""

from typing import Any

from localstack.runtime.server.core import RuntimeServerPlugin
from localstack.runtime.server.twisted import TwistedRuntimeServer
from rolo.serving.twisted import TwistedGateway
from twisted.internet import reactor

from infra.localstack_host.plugin.addresses import require_loopback


class LoopbackServer(TwistedRuntimeServer):  # type: ignore[misc]  # LocalStack is not installed here
    """Server that refuses any other address."""

    def register(self, gateway: Any, listen: Any, ssl_creds: Any = None) -> None:  # noqa: ARG002
        """Listen at the addresses.

        Raises:
            NotLoopback: One of them is no loopback address.
            CannotListenError: A port is taken.
        """
        site = TwistedGateway(gateway)
        # Twisted refuses forms that it cannot parse, and what it parses is not used.
        site._parsePOSTFormSubmission = False
        for address in listen:
            reactor.listenTCP(address.port, site, interface=require_loopback(address.host))


class LoopbackServerPlugin(RuntimeServerPlugin):  # type: ignore[misc]
    """Registration of the server under its name."""

    name = "loopback"

    def load(self, *_: Any, **__: Any) -> LoopbackServer:
        """Return a server."""
        return LoopbackServer()
