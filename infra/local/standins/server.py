"""Servers of the stand-ins, started and stopped together."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
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

# Anyone who reaches the inbox can read every code and link that was sent, so it is on the loopback,
# and on a bridge to containers where the functions run in some; on no network of other machines.
HOST = "127.0.0.1"


class CannotListen(Exception):
    """Error of a port that cannot be listened on; its text names the port."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"Port {port} of {host} is taken, or not ours to listen on.")


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
    application_host: str = HOST,
    also_on: Sequence[str] = (),
) -> Iterator[Standins]:
    """Run the stand-ins in threads of this process while the block runs; port 0 is any free one.

    People reach them at 127.0.0.1. The application may know them by another host, if it runs in
    containers, and reach them at further addresses of this machine.

    Messages are kept in `data_dir`, which is created if it is missing. Mails that come back
    are published as Amazon SES does. Webhooks of Meta and notifications of Google are sent to the
    application only with `sends_webhooks`; tests without a server take them from
    `Standins.social.outgoing`.

    Raises:
        CannotListen: A port is taken or not ours to use.
    """
    with closing(Database(data_dir / "standins.sqlite3")) as database:
        messages, faults = Messages(database), Faults()
        with ExitStack() as running:
            mail = running.enter_context(_serving_mail(HOST, smtp_port, messages, faults, publish))
            server = running.enter_context(_listening(HOST, inbox_port))
            servers = [server]
            for host in also_on:
                running.enter_context(_serving_mail(host, mail, messages, faults, publish))
                servers.append(running.enter_context(_listening(host, server.server_port)))
            pages = f"http://{HOST}:{server.server_port}"
            origin = f"http://{application_host}:{server.server_port}"
            account = {"account_sid": account_sid, "auth_token": auth_token}
            text_messages = TextMessages(database)
            deliveries = Deliveries(text_messages, **account)
            social = SocialNetworks(database, origin=origin, pages=pages, sends=sends_webhooks)
            routes = [
                *Inbox(messages, faults, text_messages).routes(),
                *Twilio(text_messages, deliveries, messages, faults, **account).routes(),
                *Vonage(messages).routes(),
                *PushService(database, messages, faults, origin=origin).routes(),
                *IdentityProvider(origin=origin, pages=pages).routes(),
                *social.routes(),
                *CalDav().routes(),
            ]
            running.enter_context(closing(deliveries))
            running.enter_context(closing(social))
            for each in servers:
                each.routes = routes
                running.enter_context(_serving(each))
            deliveries.resume()
            social.start()
            yield Standins(pages, mail, account_sid, auth_token, messages, faults, social)


@contextmanager
def _serving_mail(
    host: str, port: int, messages: Messages, faults: Faults, publish: Publish
) -> Iterator[int]:
    try:
        listener = socket.create_server((host, port))
    except OSError:
        raise CannotListen(host, port) from None
    mail_server = MailServer(listener, messages, faults, publish)
    mail_server.start()
    try:
        yield mail_server.port
    finally:
        mail_server.stop()


@contextmanager
def _listening(host: str, port: int) -> Iterator[Server]:
    try:
        server = Server(host, port, routes=[])
    except OSError:
        raise CannotListen(host, port) from None
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
