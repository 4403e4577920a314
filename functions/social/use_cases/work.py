"""Work that waits for a provider: the sweeper, consumers and routes send it to a queue."""

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from shared.events import queues
from shared.platform.logs import logger

QUEUE = "social-work"
RETRY_BASE_SECONDS = 5


class Work(msgspec.Struct, frozen=True):
    """Something to do for an account. It holds ids and never a token.

    Attributes:
        kind: What to do.
        artist_id: The artist.
        account_id: Their account.
        key: What it is about, such as a calendar or a message.
    """

    kind: str
    artist_id: str
    account_id: str
    key: str = ""


HANDLERS: Mapping[str, Callable[[Work, datetime], None]] = {}


def send(*works: Work) -> None:
    """Have the worker do these."""
    queues.send(QUEUE, works)


def handle(work: Work, now: datetime) -> None:
    """Do one of them.

    Raises:
        RetryLater: It should be tried again.
    """
    handler = HANDLERS.get(work.kind)
    if handler is None:  # of a later version, which was taken back
        logger.error("work unknown", kind=work.kind)
        return
    handler(work, now)
