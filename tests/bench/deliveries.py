"""Notifications per CPU second of the worker: ours beside the service of the guide.

Both send the same messages in turns, to the same mail server and push service, whose CPU is not
counted. Ours are the handlers of the workers, with batches as SQS delivers them. The peer is in
peers/guide: what it has to do with a job is in the CPU of its process, with the part of Redis left
out, as that of MongoDB is on our side.
"""

import base64
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from http.client import HTTPConnection
from itertools import cycle, islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pymongo.database import Database

from infra import vapid_keys
from infra.paths import FUNCTIONS, LAYER, ROOT
from notifications import store
from notifications.models import Channel, Contact, EmailContent, PushContent, PushSubscription
from shared.data import mongodb, mongodb_indexes
from shared.http.caller import Role
from shared.platform import clock
from tests.bench import redis_server
from tests.bench.delivery_sinks import Arrived, Ports
from tests.bench.delivery_worker import PUSH_HOST, Message, Result
from tests.bench.standins import fake_aws
from tests.support import certificates
from tests.support.mongo import running_mongo_server

RUNS = 5
MESSAGES = 400  # of each run
PERSONS = 100
SERVICE = ROOT / "tests" / "bench" / "peers" / "guide" / "service.mjs"
SENDER = "Artist Booking <hello@artistbooking.example>"
LOCAL = "127.0.0.1"
DEADLINE_SECONDS = 120
JSON = {"content-type": "application/json"}
SECRET = ("AmazonSSM.GetParameter", "")
PATH = os.pathsep.join(map(str, (FUNCTIONS, LAYER / "python", ROOT)))

TEXT = """Hello {name},

your appointment with Ada Ink is confirmed: Tuesday, 3 March 2026, 14:00 to 16:00.

Studio Ada Ink, Torstraße 1, 10119 Berlin
Show the way: https://artistbooking.example/appointments/{name}/map

Please eat something before you come, and bring an identity card with you. If you cannot
come, say so until the day before, so that the deposit can be returned:
https://artistbooking.example/appointments/{name}

See you soon
"""
HTML = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Confirmed</title></head>
<body style="margin:0;background:#f4f4f5;font-family:system-ui,sans-serif;color:#18181b">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center">
<table role="presentation" width="560" style="background:#fff;border-radius:8px;margin:24px">
<tr><td style="padding:24px"><h1 style="font-size:20px">Hello {name},</h1>
<p>your appointment with <strong>Ada Ink</strong> is confirmed:</p>
<p style="font-size:18px">Tuesday, 3 March 2026, 14:00 to 16:00</p>
<p>Studio Ada Ink, Torstraße 1, 10119 Berlin<br>
<a href="https://artistbooking.example/appointments/{name}/map">Show the way</a></p>
<p>Please eat something before you come, and bring an identity card with you. If you cannot
come, say so until the day before, so that the deposit can be returned.</p>
<p><a href="https://artistbooking.example/appointments/{name}"
style="background:#111;color:#fff;padding:12px 20px;border-radius:6px">Your appointment</a></p>
<p style="color:#71717a;font-size:13px">See you soon</p></td></tr></table>
</td></tr></table></body></html>
"""


class Row(msgspec.Struct, frozen=True):
    """What a notification costs, as medians of the runs.

    Attributes:
        name: What is compared.
        ours: Notifications per CPU second of our worker.
        peer: Notifications per CPU second of the peer.
        mongodb_ms: CPU of MongoDB for one of ours, in milliseconds.
        redis_ms: CPU of Redis for one of the peer.
        target: What the ratio is to be at least.
    """

    name: str
    ours: float
    peer: float
    mongodb_ms: float
    redis_ms: float
    target: float

    @property
    def ratio(self) -> float:
        """How many we send where the peer sends one."""
        return self.ours / self.peer


class Peer(msgspec.Struct, frozen=True):
    """A way to run the guide's service.

    Attributes:
        name: What the row is called.
        channel: What it sends.
        target: What the ratio is to be at least.
        at_once: Jobs at a time.
        is_pooled: Whether mails share connections.
    """

    name: str
    channel: Channel
    target: float
    at_once: int = 1
    is_pooled: bool = False


# One job at a time is the default of the queue; ten are as many as our worker has in a batch.
PEERS = (
    Peer("email, a connection for each", Channel.EMAIL, 3.0),
    Peer("email, a connection for each, ten at a time", Channel.EMAIL, 3.0, 10),
    Peer("email, pooled, ten at a time", Channel.EMAIL, 2.0, 10, is_pooled=True),
    Peer("push", Channel.PUSH, 3.0),
    Peer("push, ten at a time", Channel.PUSH, 3.0, 10),
)


class Person(msgspec.Struct, frozen=True):
    """A recipient with a browser."""

    user_id: str
    subscription: PushSubscription

    @property
    def name(self) -> str:
        """A name; no two have the same."""
        return self.user_id.replace("usr_", "Client ")

    @property
    def address(self) -> str:
        """Their mail address."""
        return f"{self.user_id}@clients.example"

    def describe_subscription(self, port: int) -> dict[str, Any]:
        """Return the subscription as browsers give it, with its user, at a port of this machine."""
        keys = {"p256dh": self.subscription.p256dh, "auth": self.subscription.auth}
        endpoint = self.subscription.endpoint.replace(PUSH_HOST, f"{LOCAL}:{port}")
        return {"userId": self.user_id, "endpoint": endpoint, "keys": keys}


class _Started(msgspec.Struct, frozen=True):
    port: int


def measure(runs: int = RUNS, messages: int = MESSAGES) -> list[Row]:
    """Measure all sides in turns, so that noise hits all alike."""
    with ExitStack() as stack:
        world = _World(stack)
        ours = {channel: world.start_worker(channel) for channel in (Channel.EMAIL, Channel.PUSH)}
        peers = [(each, world.start_peer(each)) for each in PEERS]
        sides: list[_Side] = [*ours.values(), *(side for _, side in peers)]
        for side in sides:  # what is loaded, compiled and connected at first use
            side.run(world, messages)
        samples = [[side.run(world, messages) for side in sides] for _ in range(runs)]
    costs = {
        side: _Cost(*map(statistics.median, zip(*column, strict=True)))
        for side, column in zip(sides, zip(*samples, strict=True), strict=True)
    }
    return [
        Row(
            peer.name,
            1 / costs[ours[peer.channel]].worker,
            1 / costs[side].worker,
            costs[ours[peer.channel]].store * 1e3,
            costs[side].store * 1e3,
            peer.target,
        )
        for peer, side in peers
    ]


class _Cost(NamedTuple):
    """CPU seconds for a message: of the worker, and of the store behind it."""

    worker: float
    store: float


class _Program:
    """A process that answers each line of input with a line."""

    def __init__(self, stack: ExitStack, command: Sequence[str], env: Mapping[str, str]) -> None:
        results, given = os.pipe()
        self._process = subprocess.Popen(
            command,
            env={**env, "RESULTS_FD": str(given)},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,  # the log, which costs what it costs
            pass_fds=[given],
        )
        os.close(given)
        self._results = stack.enter_context(os.fdopen(results, "rb"))
        stack.callback(self._stop)

    def ask(self, line: bytes) -> bytes:
        """Send a line and return the answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + b"\n")
        self._process.stdin.flush()
        return self.read()

    def read(self) -> bytes:
        """Read a line."""
        line = self._results.readline()
        if not line or b'"error"' in line:
            raise RuntimeError(f"{self._process.args!r} ended: {line.decode()}")
        return line

    def _stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class _Side(ABC):
    """A worker that is measured, and the process of the store behind it."""

    def __init__(self, channel: Channel, program: _Program, store_pid: int) -> None:
        self._channel = channel
        self._program = program
        self._store_pid = store_pid

    def run(self, world: "_World", messages: int) -> _Cost:
        """Send messages and return what each cost.

        Raises:
            RuntimeError: Not all of them have arrived.
        """
        line = self._prepare(world.list_persons(messages))
        world.take_arrived()
        before = _read_cpu(self._store_pid)
        result = msgspec.json.decode(self._program.ask(line), type=Result)
        store_seconds = _read_cpu(self._store_pid) - before
        arrived = world.take_arrived()
        count = arrived.mails if self._channel is Channel.EMAIL else arrived.messages
        if count != messages:
            raise RuntimeError(f"{count} of {messages} have arrived")
        return _Cost(result.seconds / messages, store_seconds / messages)

    @abstractmethod
    def _prepare(self, recipients: Sequence[Person]) -> bytes:
        """Put messages where the worker takes them from; return the line that starts it."""


class _Ours(_Side):
    def _prepare(self, recipients: Sequence[Person]) -> bytes:
        return msgspec.json.encode([_write(self._channel, each) for each in recipients])


class _Peer(_Side):
    def __init__(
        self, channel: Channel, program: _Program, store_pid: int, api: HTTPConnection
    ) -> None:
        super().__init__(channel, program, store_pid)
        self.api = api

    def post(self, path: str, body: object) -> None:
        """Post to its API."""
        self.api.request("POST", path, msgspec.json.encode(body), JSON)
        answer = self.api.getresponse()
        answer.read()
        if answer.status not in (201, 202):
            raise RuntimeError(f"{path}: {answer.status}")

    def _prepare(self, recipients: Sequence[Person]) -> bytes:
        self.api.close()  # the service has, after seconds without a request
        for each in recipients:
            content = _write(self._channel, each).content
            if isinstance(content, EmailContent):
                mail = {"subject": content.subject, "text": content.text, "html": content.html}
                self.post("/notifications/email", {"to": each.address, **mail})
            else:
                message = {"title": content.title, "body": content.body, "url": content.url}
                self.post("/notifications/push", {"userId": each.user_id, **message})
        return str(len(recipients)).encode()


class _World:
    """The servers that both sides use."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        certificates.create(self._folder, PUSH_HOST, LOCAL)
        sinks = [sys.executable, "-m", "tests.bench.delivery_sinks", str(self._folder)]
        self._sinks = _Program(stack, sinks, {**os.environ, "PYTHONPATH": PATH})
        self._ports = msgspec.json.decode(self._sinks.read(), type=Ports)
        self._mongo = stack.enter_context(running_mongo_server(self._folder / "mongo"))
        self._redis = stack.enter_context(redis_server.running())
        self._vapid = vapid_keys.pair()
        self._has_subscriptions = False
        self._persons = [_create_person(number) for number in range(PERSONS)]
        with mongodb.connect(self._mongo.uri) as client:
            mongodb_indexes.ensure(client.notifications, store.INDEXES)
            _save(client.notifications, self._persons)
        self._aws = stack.enter_context(fake_aws([], {SECRET: self._read_secret}))

    def start_worker(self, channel: Channel) -> _Side:
        """Start one of our workers."""
        command = [sys.executable, "-m", "tests.bench.delivery_worker", channel.value]
        return _Ours(
            channel,
            _Program(
                self._stack,
                command,
                {
                    **os.environ,
                    "PYTHONPATH": PATH,
                    "AWS_ENDPOINT_URL": self._aws,
                    "SSL_CERT_FILE": str(self._folder / "ca.pem"),
                    "PUSH_PORT": str(self._ports.push),
                    "_HANDLER": f"notifications.app.{channel.value}_worker",
                    "POWERTOOLS_SERVICE_NAME": "notifications",
                },
            ),
            self._mongo.pid,
        )

    def start_peer(self, peer: Peer) -> _Side:
        """Start the guide's service, with a queue of its own."""
        environment = {
            "QUEUE_NAME": f"{peer.channel}-{peer.at_once}-{peer.is_pooled}",
            "CONCURRENCY": str(peer.at_once),
            "REDIS_PORT": str(self._redis.port),
            "MONGO_URI": self._mongo.uri,
            "SMTP_HOST": LOCAL,
            "SMTP_PORT": str(self._ports.smtp),
            "SMTP_FROM": SENDER,
            "SMTP_POOL": "1" if peer.is_pooled else "",
            "NODE_EXTRA_CA_CERTS": str(self._folder / "ca.pem"),
            "NODE_ENV": "production",
        }
        program = _Program(
            self._stack, ["node", str(SERVICE)], {**os.environ, **environment, **self._vapid}
        )
        port = msgspec.json.decode(program.read(), type=_Started).port
        api = HTTPConnection(LOCAL, port, timeout=DEADLINE_SECONDS)
        self._stack.callback(api.close)
        side = _Peer(peer.channel, program, self._redis.pid, api)
        if peer.channel is Channel.PUSH and not self._has_subscriptions:
            self._has_subscriptions = True  # all peers share them
            for person in self._persons:
                side.post("/subscriptions", person.describe_subscription(self._ports.push))
        return side

    def list_persons(self, count: int) -> list[Person]:
        """List recipients; nobody is twice in a batch."""
        return list(islice(cycle(self._persons), count))

    def take_arrived(self) -> Arrived:
        """Return what has arrived since the last time."""
        return msgspec.json.decode(self._sinks.ask(b""), type=Arrived)

    def _read_secret(self, call: Mapping[str, Any]) -> dict[str, Any]:
        values = {
            "mongo": {"MONGO_URI": self._mongo.uri},
            "smtp": {
                "SMTP_HOST": LOCAL,
                "SMTP_PORT": str(self._ports.smtp),
                "SMTP_FROM": SENDER,
                "SMTP_SECURITY": "none",
            },
            "vapid": {**self._vapid, "VAPID_EMAIL": "push@artistbooking.example"},
        }
        name = call["Name"].rpartition("-")[2]
        value = msgspec.json.encode(values.get(name, {})).decode()
        return {"Parameter": {"Name": call["Name"], "Type": "SecureString", "Value": value}}


def _create_person(number: int) -> Person:
    point = (
        ec.generate_private_key(ec.SECP256R1())
        .public_key()
        .public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    )
    user_id = f"usr_{number:03}"
    subscription = PushSubscription(
        id=f"sub_{number:03}",
        user_id=user_id,
        endpoint=f"https://{PUSH_HOST}/subscriptions/{number:03}",
        p256dh=_encode(point),
        auth=_encode(secrets.token_bytes(16)),
        registered_at=clock.now(),
    )
    return Person(user_id, subscription)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _save(database: Database[Any], persons: Sequence[Person]) -> None:
    contacts = [
        Contact(
            id=person.user_id,
            email=person.address,
            name=person.name,
            role=Role.CLIENT,
            time_zone="Europe/Berlin",
        )
        for person in persons
    ]
    database.contacts.insert_many(map(mongodb.to_document, contacts))
    subscriptions = [mongodb.to_document(person.subscription) for person in persons]
    database.subscriptions.insert_many(subscriptions)


def _write(channel: Channel, to: Person) -> Message:
    if channel is Channel.EMAIL:
        content = EmailContent(
            subject=f"Confirmed: your appointment with Ada Ink, {to.name}",
            text=TEXT.format(name=to.name),
            html=HTML.format(name=to.name),
        )
        return Message(to.user_id, to.address, content)
    push = PushContent(
        title="Your appointment is confirmed",
        body=f"{to.name}: Tuesday, 3 March 2026, 14:00 to 16:00, Studio Ada Ink",
        url=f"/appointments/{to.name}",
    )
    return Message(to.user_id, to.subscription.id, push)


def _read_cpu(pid: int) -> float:
    """Return the CPU seconds of a process; those of its threads are among them."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
