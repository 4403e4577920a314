"""Work that waits for a provider: the sweeper, consumers and routes send it to a queue."""

import msgspec

from shared.events import queues

QUEUE = "social-work"
RETRY_BASE_SECONDS = 5
MAX_WAITING = 1_000  # works on the queue, which the worker does within a minute or so


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


def send(*works: Work) -> None:
    """Have the worker do these."""
    queues.send(QUEUE, works)


def is_lagging() -> bool:
    """Check whether the worker has so much to do that more should wait elsewhere."""
    return queues.count_waiting(QUEUE) >= MAX_WAITING
