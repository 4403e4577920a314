"""Direct messages for tests: an account, its platform in memory, and the workers of social."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from botocore.client import BaseClient
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from domain.ids import new_id
from shared.events.domain_events import DomainEvent
from shared.platform import clock, config
from shared.platform.outside_calls import Answer
from social import app as social_app
from social import consumers
from social.models import Capability, ProviderId, SocialAccount
from social.models.messages import OutgoingMessage
from social.providers import breaker, calls, meta_webhooks
from social.providers.failures import ProviderFailed
from social.rules.guest_ids import derive_guest_id
from social.store import outgoing
from social.use_cases import due_work
from tests.functional.social.world import MARA, connect
from tests.support import aws_calls, fake_aws
from tests.support.gateway import ApiClient, client_for
from tests.support.outbox import published

QUEUES = ("webhooks", "work", "messages")
BUCKET = "files"
SECRET, TOKEN, VERIFY_TOKEN = "app-secret", "access-secret", "verify-me"
APP_ID = "4242"
SUBJECT, GUEST = "17841400000000001", "990001"
FIRST = "The first message."
WORKERS: dict[str, Callable[[dict[str, Any], Any], dict[str, Any]]] = {
    "webhooks": social_app.webhooks_worker,
    "work": social_app.worker,
    "messages": social_app.messages_worker,
}


class Crash(BaseException):
    """The death of a process, which nothing handles."""


class FakePlatform:
    """The Graph API in memory: what it took, and what it does next instead of that.

    Attributes:
        calls: Methods and paths that were called.
        taken: Messages that it took from the account, with their ids.
        faults: What the next calls of sending do; None of one that works.
        tokens: Access tokens that it was given.
    """

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.taken: list[dict[str, Any]] = []
        self.faults: list[Answer | ProviderFailed | None] = []
        self.lookup_faults: list[Answer | ProviderFailed] = []
        self.profile: dict[str, Any] = {"name": "Gil Guest", "username": "gil.guest"}
        self.headers: dict[str, str] = {}
        self.killer: Killer | None = None

    def send(self, method: str, url: str, **options: Any) -> Answer:
        """Answer a call, as `social.providers.calls.send` would."""
        path = url.partition("/v23.0/")[2]
        self.calls.append(f"{method} {path}")
        assert options["token"] == TOKEN

        def run() -> Answer:
            if method == "POST":
                return self._take(options["json"])
            if path.endswith("/conversations"):
                return self._list()
            return _answer(200, self.profile)

        return self.killer.step(run) if self.killer else run()

    @property
    def texts(self) -> list[str]:
        """Texts that it took, in order."""
        return [each["body"]["message"].get("text", "") for each in self.taken]

    def add_fault(
        self,
        status: int,
        code: int = 0,
        subcode: int = 0,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Make the next call of sending answer an error."""
        error = {"message": "no", "code": code, "error_subcode": subcode}
        self.faults.append(_answer(status, {"error": error}, headers))

    def take(self, body: dict[str, Any]) -> str:
        """Take a message of the account."""
        mid = f"mid.{len(self.taken) + 1}"
        self.taken.append({"mid": mid, "at": clock.now(), "body": body})
        return mid

    def _take(self, body: dict[str, Any]) -> Answer:
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, ProviderFailed):
            if fault.was_sent:
                self.take(body)
            raise fault
        if fault is not None:
            return fault
        mid = self.take(body)
        recipient = body["recipient"]["id"]
        return _answer(200, {"recipient_id": recipient, "message_id": mid}, self.headers)

    def _list(self) -> Answer:
        if self.lookup_faults:
            fault = self.lookup_faults.pop(0)
            if isinstance(fault, ProviderFailed):
                raise fault
            return fault
        listed = [
            {
                "id": each["mid"],
                "created_time": each["at"].strftime("%Y-%m-%dT%H:%M:%S+0000"),
                "from": {"id": SUBJECT},
                "message": each["body"]["message"].get("text", ""),
                **(
                    {"attachments": {"data": [{"id": "1"}]}}
                    if "attachment" in each["body"]["message"]
                    else {}
                ),
            }
            for each in reversed(self.taken)
        ]
        return _answer(200, {"data": [{"messages": {"data": listed}, "id": "t_1"}]})


class Killer:
    """Kills a worker at one of its steps: calls of AWS and of the platform, before or after each.

    Attributes:
        steps: Steps that were begun.
    """

    def __init__(self, position: int, *, after: bool) -> None:
        self.steps = 0
        self._position = position
        self._after = after

    def step(self, run: Callable[[], Any]) -> Any:
        """Run a step, or die. The dead do nothing any more."""
        here = self.steps
        self.steps += 1
        if here < self._position:
            return run()
        if here == self._position and self._after:
            run()
        raise Crash

    @property
    def has_killed(self) -> bool:
        """Whether it got to its step."""
        return self.steps > self._position

    @contextmanager
    def at_work(self, platform: FakePlatform) -> Iterator[None]:
        """See every step while the block runs."""

        def seen(call: Callable[..., Any], client: BaseClient, *arguments: Any) -> Any:
            return self.step(lambda: call(client, *arguments))

        platform.killer = self
        try:
            with aws_calls.each_by(seen):
                yield
        finally:
            platform.killer = None


class Chats:
    """Messages of one account of Mara's, with a guest."""

    def __init__(
        self, platform: FakePlatform, account: SocialAccount, time: TimeMachineFixture
    ) -> None:
        self.platform = platform
        self.account = account
        self.guest_id = derive_guest_id(MARA, account.provider, GUEST)
        self._time = time
        self._numbers = iter(range(1, 1_000))

    # ---- what the platform does ------------------------------------------------------------

    def notify(self, *events: dict[str, Any], **options: Any) -> HTTPResponse:
        """Send a notification with these events, signed."""
        kind = "instagram" if self.account.provider is ProviderId.INSTAGRAM else "page"
        entry = {"id": SUBJECT, "time": 1, "messaging": events}
        body = json.dumps({"object": kind, "entry": [entry]} | options).encode()
        return post(body, meta_webhooks.sign(body, SECRET), self.account.provider)

    def write(self, text: str = FIRST, mid: str = "", **message: Any) -> str:
        """Let the guest write, and return the provider's id of the message."""
        mid = mid or f"from-guest-{next(self._numbers)}"
        content = {"mid": mid, "text": text, **message}
        assert self.notify(event(message=content)).status_code == 200
        return mid

    # ---- what the artist does --------------------------------------------------------------

    def reply(self, text: str | None = "Hi!", **fields: Any) -> str:
        """Deliver the event of a reply, and return the id of the message."""
        message_id = str(fields.pop("messageId", new_id("msg")))
        data = {
            "conversationId": new_id("cnv"),
            "messageId": message_id,
            "artistId": MARA,
            "guestId": self.guest_id,
            "accountId": self.account.id,
            "text": text,
            "attachments": [],
            "humanAgent": False,
            "createdAt": clock.now().isoformat(),
            **fields,
        }
        deliver("guest_message.created", **data)
        return message_id

    def reply_with_crash(self, killer: Killer) -> str:
        """Deliver the event of a reply to a consumer that is killed; return the message's id."""
        message_id = new_id("msg")
        with suppress(Crash), killer.at_work(self.platform):
            self.reply(messageId=message_id)
        return message_id

    def message(self, message_id: str) -> OutgoingMessage:
        """Return a message as it is stored."""
        found = outgoing.find_message(self.account.id, message_id)
        assert found is not None
        return found

    # ---- time and workers ------------------------------------------------------------------

    def later(self, **passed: float) -> None:
        """Let time pass."""
        self._time.shift(timedelta(**passed))

    def work(self, *queues: str, killer: Killer | None = None) -> int:
        """Run the workers until nothing is visible on their queues; return how many messages."""
        done = 0
        while received := [(queue, each) for queue in queues or QUEUES for each in _receive(queue)]:
            for queue, message in received:
                done += 1
                self._run(queue, message, killer)
        return done

    def settle(self) -> None:
        """Work until nothing is left, letting as much time pass as messages wait."""
        for _ in range(60):
            self.work()
            if not any(_count(queue) for queue in QUEUES):
                return
            self.later(seconds=61)
        raise AssertionError("messages are left")

    def _run(self, queue: str, message: dict[str, Any], killer: Killer | None) -> None:
        batch = {"Records": [_record(message)]}
        try:
            if killer is None:
                answer = WORKERS[queue](batch, None)
            else:
                with killer.at_work(self.platform):
                    answer = WORKERS[queue](batch, None)
        except Crash:
            return  # it is visible again after a while
        if not answer["batchItemFailures"]:
            fake_aws.client("sqs").delete_message(
                QueueUrl=config.queue_url(f"social-{queue}"),
                ReceiptHandle=message["ReceiptHandle"],
            )

    # ---- what is published -----------------------------------------------------------------

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the data of the published events of a type, in order."""
        return [each.data for each in published("social", name)]

    def received(self) -> list[dict[str, Any]]:
        """Return the data of the published messages of guests."""
        return self.events("social_message.received")

    def statuses(self, message_id: str) -> list[str]:
        """Return the published states of a message, in order."""
        changes = self.events("social_message.status_changed")
        return [each["status"] for each in changes if each["messageId"] == message_id]


def event(sender: str = GUEST, recipient: str = SUBJECT, **content: Any) -> dict[str, Any]:
    """Return an event of a notification, of now."""
    return {
        "sender": {"id": sender},
        "recipient": {"id": recipient},
        "timestamp": round(clock.now().timestamp() * 1000),
        **content,
    }


def echo(text: str, mid: str, **message: Any) -> dict[str, Any]:
    """Return the event of a message of the account."""
    content = {"mid": mid, "text": text, "is_echo": True, **message}
    return event(SUBJECT, GUEST, message=content)


def post(body: bytes, signature: str, provider: str) -> HTTPResponse:
    """Send the body of a notification."""
    headers = {"content-type": "application/json", "x-hub-signature-256": signature}
    return anonymous().post(f"/v1/social/webhooks/{provider}", body=body, headers=headers)


def anonymous() -> ApiClient:
    """Return a client that nobody is signed in to."""
    return client_for(social_app.app)


def deliver(type_: str, **data: Any) -> None:
    """Deliver an event of another feature, as of now."""
    event = DomainEvent(
        id=new_id("evt"),
        source="/artist-booking/tests",
        type=type_,
        subject="x",
        time=clock.now(),
        data=data,
    )
    consumers.handle(event, clock.now())


def sweep(now: datetime) -> int:
    """Run the sweeper."""
    return due_work.sweep(now, lambda: 900.0)


def make_queues(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the queues of messages, and the bucket of files."""
    for queue in QUEUES:
        for name in (f"social-{queue}", f"social-{queue}-dlq"):
            url = fake_aws.create_queue(f"{fake_aws.PREFIX}-{name}")
            if not name.endswith("-dlq"):
                monkeypatch.setenv(f"QUEUE_URL_SOCIAL_{queue.upper()}", url)
    fake_aws.create_bucket(BUCKET)
    monkeypatch.setenv("EXPORTS_BUCKET", BUCKET)
    config.forget()


def open_chats(
    monkeypatch: pytest.MonkeyPatch,
    time: TimeMachineFixture,
    provider: ProviderId = ProviderId.INSTAGRAM,
) -> Chats:
    """Return the messages of a new account, with clean queues and a platform that works."""
    make_queues(monkeypatch)
    settings = {"CLIENT_ID": APP_ID, "CLIENT_SECRET": SECRET, "VERIFY_TOKEN": VERIFY_TOKEN}
    configured = {
        f"SOCIAL_{each}_{name}": value
        for each in ("INSTAGRAM", "FACEBOOK")
        for name, value in settings.items()
    }
    fake_aws.put_secret("social-providers", configured)
    config.forget()
    return connect_chats(monkeypatch, time, provider)


def connect_chats(
    monkeypatch: pytest.MonkeyPatch, time: TimeMachineFixture, provider: ProviderId
) -> Chats:
    """Return the messages of a new account, whose platform works."""
    breaker.forget()
    platform = FakePlatform()
    monkeypatch.setattr(calls, "send", platform.send)
    account = connect(MARA, provider, SUBJECT, capabilities=(Capability.MESSAGES,))
    return Chats(platform, account, time)


def list_dead_letters(queue: str) -> list[dict[str, Any]]:
    """Return the dead letters of a queue, and leave them there."""
    response = fake_aws.client("sqs").receive_message(
        QueueUrl=config.queue_url(f"social-{queue}") + "-dlq",
        MaxNumberOfMessages=10,
        MessageAttributeNames=["All"],
        VisibilityTimeout=0,
    )
    return list(response.get("Messages", []))


def _answer(status: int, content: Any, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, msgspec.json.encode(content), headers=headers or {})


def _receive(queue: str) -> list[dict[str, Any]]:
    response = fake_aws.client("sqs").receive_message(
        QueueUrl=config.queue_url(f"social-{queue}"),
        MaxNumberOfMessages=10,
        MessageAttributeNames=["All"],
        MessageSystemAttributeNames=["SentTimestamp", "ApproximateReceiveCount"],
    )
    return list(response.get("Messages", []))


def _count(queue: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = fake_aws.client("sqs").get_queue_attributes(
        QueueUrl=config.queue_url(f"social-{queue}"), AttributeNames=names
    )["Attributes"]
    return sum(int(attributes[name]) for name in names)


def _record(message: dict[str, Any]) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {
            name: {"stringValue": value["StringValue"], "dataType": "String"}
            for name, value in message.get("MessageAttributes", {}).items()
        },
    }
