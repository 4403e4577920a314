"""Sending budget of an account: how many messages it may send, and when.

A bucket of tokens that refills evenly, below what the platforms allow: Instagram takes 100 texts a
second and account, Messenger 300, and both count calls of a day by the people who wrote
(https://developers.facebook.com/docs/graph-api/overview/rate-limiting). One worker sends for an
account at a time, so messages leave in order and the budget cannot be spent twice.
"""

from datetime import datetime, timedelta

import msgspec

BURST = 30
PER_SECOND = 1.0
LEASE = timedelta(seconds=60)


class Sender(msgspec.Struct, frozen=True):
    """What is known of sending for an account.

    Attributes:
        tokens: Messages that could be sent at `refilled_at`.
        refilled_at: When the tokens were counted; None before the first message.
        paused_until: Nothing is sent before then, because the provider asked for it.
        pauses: Refusals in a row.
        lease_id: Of the worker that sends at present; empty if none does.
        leased_until: When that worker counts as gone.
        version: Version of this record; 0 before the first.
    """

    tokens: float = BURST
    refilled_at: datetime | None = None
    paused_until: datetime | None = None
    pauses: int = 0
    lease_id: str = ""
    leased_until: datetime | None = None
    version: int = 0


def find_wait(sender: Sender, now: datetime) -> timedelta:
    """Return how long to wait before sending: for a pause, or for the next token; zero if not."""
    if sender.paused_until is not None and now < sender.paused_until:
        return sender.paused_until - now
    missing = 1 - refill(sender, now).tokens
    return timedelta(seconds=max(0.0, missing) / PER_SECOND)


def is_leased(sender: Sender, now: datetime) -> bool:
    """Return whether another worker sends for the account."""
    return bool(sender.lease_id) and sender.leased_until is not None and now < sender.leased_until


def lease(sender: Sender, lease_id: str, now: datetime) -> Sender:
    """Return the sender as leased to a worker."""
    return _next(refill(sender, now), lease_id=lease_id, leased_until=now + LEASE)


def release(sender: Sender) -> Sender:
    """Return the sender as leased to nobody."""
    return _next(sender, lease_id="", leased_until=None)


def spend(sender: Sender, now: datetime) -> Sender:
    """Return the sender with one token less; its lease begins again."""
    refilled = refill(sender, now)
    return _next(refilled, tokens=refilled.tokens - 1, leased_until=now + LEASE)


def pause(sender: Sender, until: datetime, *, is_refusal: bool) -> Sender:
    """Return the sender as paused; a refusal counts, so that the next pause is longer."""
    later = until if sender.paused_until is None else max(until, sender.paused_until)
    return msgspec.structs.replace(
        sender, paused_until=later, pauses=sender.pauses + 1 if is_refusal else sender.pauses
    )


def resume(sender: Sender) -> Sender:
    """Return the sender after a message that was taken."""
    return msgspec.structs.replace(sender, pauses=0)


def refill(sender: Sender, now: datetime) -> Sender:
    """Return the sender with the tokens of the present."""
    if sender.refilled_at is None:
        return msgspec.structs.replace(sender, refilled_at=now)
    seconds = max(0.0, (now - sender.refilled_at).total_seconds())
    tokens = min(float(BURST), sender.tokens + seconds * PER_SECOND)
    return msgspec.structs.replace(sender, tokens=tokens, refilled_at=max(now, sender.refilled_at))


def _next(sender: Sender, **changes: object) -> Sender:
    return msgspec.structs.replace(sender, version=sender.version + 1, **changes)
