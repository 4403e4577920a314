"""Servers of the stand-ins, started and stopped together."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from infra.local.standins.bounces import Publish
from infra.local.standins.caldav import CalDav
from infra.local.standins.database import Database
from infra.local.standins.deliveries import Deliveries
from infra.local.standins.faults import Faults
from infra.local.standins.http import Server
from infra.local.standins.inbox import Inbox
from infra.local.standins.messages import Channel, Messages
from infra.local.standins.openid import IdentityProvider
from infra.local.standins.push import PushService
from infra.local.standins.smtp import MailServer
from infra.local.standins.social.network import SocialNetworks
from infra.local.standins.text_messages import TextMessages
from infra.local.standins.twilio import DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN, Twilio
from infra.local.standins.vonage import Vonage

# Loopback only: anyone who reaches the inbox can read every code and link that was sent.
HOST = "127.0.0.1"


class CannotListen(Exception):
    """Error of a port that cannot be listened on; its text names the port."""

    def __init__(self, port: int) -> None:
        super().__init__(f"Port {port} of {HOST} is taken, or not ours to listen on.")


@dataclass(frozen=True)
class Standins:
    """Addresses of running stand-ins, what arrived, and the faults in force."""

    inbox_url: str
    smtp_port: int
    account_sid: str
    auth_token: str
    messages: Messages
    faults: Faults
    social: SocialNetworks

    @property
    def twilio_url(self) -> str:
        """Base URL for the twilio SDK (`client.api.base_url`)."""
        return f"{self.inbox_url}/twilio"

    def clear(self) -> None:
        """Delete every message and end every fault; the social stand-ins forget everybody."""
        self.messages.clear()
        self.faults.clear(*get_args(Channel))
        self.social.reset()


def discard(_notification: str) -> None:
    """Publish nothing."""


@contextmanager
def running_standins(
    data_dir: Path,
    *,
    inbox_port: int = 0,
    smtp_port: int = 0,
    account_sid: str = DEFAULT_ACCOUNT_SID,
    auth_token: str = DEFAULT_AUTH_TOKEN,
    publish: Publish = discard,
    sends_webhooks: bool = False,
) -> Iterator[Standins]:
    """Run the stand-ins in threads of this process while the block runs; port 0 is any free one.

    Messages are kept in `data_dir`, which is created if it is missing. Mails that come back
    are published as Amazon SES does. Webhooks of Meta and notifications of Google are sent to the
    application only with `sends_webhooks`; tests without a server take them from
    `Standins.social.outgoing`.

    Raises:
        CannotListen: A port is taken or not ours to use.
    """
    with closing(Database(data_dir / "standins.sqlite3")) as database:
        messages, faults = Messages(database), Faults()
        with (
            _serving_mail(smtp_port, messages, faults, publish) as actual_smtp_port,
            _listening(inbox_port) as server,
        ):
            origin = f"http://{HOST}:{server.server_port}"
            account = {"account_sid": account_sid, "auth_token": auth_token}
            text_messages = TextMessages(database)
            deliveries = Deliveries(text_messages, **account)
            social = SocialNetworks(database, origin=origin, sends=sends_webhooks)
            server.routes = [
                *Inbox(messages, faults, text_messages).routes(),
                *Twilio(text_messages, deliveries, messages, faults, **account).routes(),
                *Vonage(messages).routes(),
                *PushService(database, messages, faults, origin=origin).routes(),
                *IdentityProvider(origin=origin).routes(),
                *social.routes(),
                *CalDav().routes(),
            ]
            with closing(deliveries), closing(social), _serving(server):
                deliveries.resume()
                social.start()
                yield Standins(
                    origin, actual_smtp_port, account_sid, auth_token, messages, faults, social
                )


@contextmanager
def _serving_mail(port: int, messages: Messages, faults: Faults, publish: Publish) -> Iterator[int]:
    try:
        listener = socket.create_server((HOST, port))
    except OSError:
        raise CannotListen(port) from None
    mail_server = MailServer(listener, messages, faults, publish)
    mail_server.start()
    try:
        yield mail_server.port
    finally:
        mail_server.stop()


@contextmanager
def _listening(port: int) -> Iterator[Server]:
    try:
        server = Server(HOST, port, routes=[])
    except OSError:
        raise CannotListen(port) from None
    with server:
        yield server


@contextmanager
def _serving(server: Server) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
