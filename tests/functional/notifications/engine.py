"""A provider that is a list, and a way to kill a worker at each of its steps."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any, ClassVar
from unittest import mock

from pymongo.collection import Collection

from notifications.channels import NOT_ASKABLE, Outcome, Provider
from notifications.models import (
    Channel,
    Content,
    Delivery,
    DeliveryStatus,
    EmailContent,
    MessageCategory,
    PushContent,
    SmsContent,
)
from notifications.use_cases.dispatch import Cause, OutgoingMessage, dispatch
from notifications.use_cases.recipients import Recipient
from tests.functional.notifications.world import World
from tests.support import aws_calls

CLASSES = {
    "email": "notifications.channels.mail_chain.create",
    "sms": "notifications.channels.sms_chain.create",
    "push": "notifications.channels.push.WebPushProvider",
}
CONTENTS: Mapping[str, Content] = {
    "email": EmailContent("Hi", "There"),
    "sms": SmsContent("There"),
    "push": PushContent("Hi", "There"),
}
OPERATIONS = ("find", "find_one", "update_one", "update_many", "bulk_write", "insert_many")
Answer = Callable[[Delivery], str | None]


class Recorder(Provider):
    """A provider that accepts everything, unless it is told otherwise.

    Attributes:
        accepted: Ids of the deliveries that it accepted, in order.
        answer: What it does with a delivery.
        is_askable: Whether it says which deliveries it has.
        origins: The origins of deliveries, by id.
    """

    accepted: ClassVar[list[str]] = []
    answer: ClassVar[Answer]
    is_askable: ClassVar[bool] = False
    asked: ClassVar[list[str]] = []
    origins: ClassVar[dict[str, str]] = {}

    def send(self, delivery: Delivery) -> str | None:
        """Accept a delivery."""
        return type(self).answer(delivery)

    def find(self, delivery: Delivery) -> Outcome | None:
        """Say whether it has a delivery."""
        if not self.is_askable:
            return Outcome.unknown(NOT_ASKABLE)
        self.asked.append(delivery.id)
        return Outcome.accepted("found") if delivery.id in self.accepted else None

    def find_origins(self, deliveries: Sequence[Delivery]) -> Mapping[str, str]:
        """Return the origins."""
        return {each.id: self.origins[each.id] for each in deliveries if each.id in self.origins}


@contextmanager
def recording(
    channel: str, *, recognises_copies: bool = False, is_askable: bool = False
) -> Iterator[type[Recorder]]:
    """Put a recorder in the place of a channel's provider."""

    def accept(delivery: Delivery) -> str:
        recorder.accepted.append(delivery.id)
        return f"reference of {delivery.id}"

    class Fresh(Recorder):
        accepted: ClassVar[list[str]] = []
        asked: ClassVar[list[str]] = []
        origins: ClassVar[dict[str, str]] = {}

    recorder = Fresh
    recorder.answer = staticmethod(accept)
    recorder.recognises_copies = recognises_copies
    recorder.is_askable = is_askable
    with mock.patch(CLASSES[channel], recorder):
        yield recorder


def send(
    world: World,
    channel: str,
    recipient: str = "usr_ada",
    category: MessageCategory = MessageCategory.ACCOUNT,
) -> Delivery:
    """Dispatch a message to a recipient."""
    message = OutgoingMessage({Channel(channel): CONTENTS[channel]}, category)
    # Without a user there is no inbox, which is not what is tested.
    to = Recipient(None, {Channel(channel): (recipient,)})
    (delivery,) = dispatch(message, to, Cause.from_request("usr_root"), world.now)
    return delivery


class Killed(BaseException):
    """The worker was killed: nothing of it runs any more."""


class Killer:
    """Kills a worker before or after one of its calls to the outside."""

    def __init__(self, step: int) -> None:
        self._left = step

    def step(self) -> None:
        """Count a step, and kill at the chosen one."""
        self._left -= 1
        if self._left == 0:
            raise Killed

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap a call into a step before and one after it."""

        def wrapped(*arguments: Any, **options: Any) -> Any:
            self.step()
            result = call(*arguments, **options)
            self.step()
            return result

        return wrapped


@contextmanager
def each_operation(wrap: Callable[[Callable[..., Any]], Callable[..., Any]]) -> Iterator[None]:
    """Wrap what the stores call of the database."""
    with ExitStack() as patches:
        for name in OPERATIONS:
            patches.enter_context(mock.patch.object(Collection, name, wrap(vars(Collection)[name])))
        yield


@contextmanager
def killed_at(step: int, recorder: type[Recorder]) -> Iterator[list[bool]]:
    """Kill what runs at its nth step. Yield a list that is not empty once it was killed."""
    killer = Killer(step)
    is_killed: list[bool] = []

    def calling(call: aws_calls.Call, client: Any, operation: str, parameters: Any) -> Any:
        return killer.around(call)(client, operation, parameters)

    with (
        each_operation(killer.around),
        mock.patch.object(recorder, "answer", staticmethod(killer.around(recorder.answer))),
        aws_calls.each_by(calling),
    ):
        try:
            yield is_killed
        except Killed:
            is_killed.append(True)


def settle(world: World, channel: str) -> None:
    """Let the sweeper and workers run until nothing is open; the queue lost its messages."""
    for _ in range(20):
        if all(each.due_at is None for each in world.deliveries()):
            return
        world.retry(channel)
    raise AssertionError(Counter(each.status for each in world.deliveries()))


def assert_owned(world: World) -> None:
    """Assert that the sweeper will find every delivery that is not over, in bounded time."""
    for delivery in world.deliveries():
        if delivery.status in (
            DeliveryStatus.QUEUED,
            DeliveryStatus.SENDING,
            DeliveryStatus.UNKNOWN,
        ):
            assert delivery.due_at is not None, delivery
            assert delivery.due_at <= world.now + timedelta(hours=1, minutes=1)
