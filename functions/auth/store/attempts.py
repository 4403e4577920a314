"""Attempts: what waits for a code. Their ids are stored as hashes, their data sealed."""

from collections.abc import Callable, Iterable
from datetime import datetime

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from auth.store.table import ATTEMPT, OutboxItem
from shared.data.conflicts import WriteConflict
from shared.data.dynamodb import Item, is_condition_failure, table_meta, transaction
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add as add_events

_SK = "ATTEMPT"


class AttemptItem(Item):
    """Something that happens once its code is entered.

    Attributes:
        purpose: What the code is for; it works for nothing else.
        subject: What it concerns, such as the id of a user.
        code_hash: Keyed hash of the code; None if no code fits.
        data: What is needed once the code is entered, sealed with the attempt's id.
        tries_left: Codes that may still be tried.
        resends_left: How often another code may still be asked for.
    """

    Meta = table_meta("auth")
    purpose = UnicodeAttribute()
    subject = UnicodeAttribute()
    code_hash = UnicodeAttribute(null=True)
    data = BinaryAttribute(legacy_encoding=False, null=True)
    tries_left = NumberAttribute()
    resends_left = NumberAttribute()


def new_item(id_hash: str) -> AttemptItem:
    """Return an item with its keys, to be filled."""
    return AttemptItem(ATTEMPT + id_hash, _SK)


def add(writes: TransactWrite, attempt: AttemptItem) -> None:
    """Store an attempt in a transaction."""
    writes.save(attempt, condition=AttemptItem.pk.does_not_exist())


def use(writes: TransactWrite, attempt: AttemptItem) -> None:
    """Use an attempt up, in the transaction of what it does.

    The transaction fails if the attempt was used or got another code in the meantime.
    """
    unchanged = AttemptItem.pk.exists()
    if attempt.code_hash is not None:
        unchanged &= AttemptItem.code_hash == attempt.code_hash
    writes.delete(AttemptItem(attempt.pk, attempt.sk), condition=unchanged)


def save(
    attempt: AttemptItem,
    events: Iterable[DomainEvent],
    writes_alongside: Callable[[TransactWrite], None] | None = None,
) -> None:
    """Store an attempt together with the events that mail its code.

    Args:
        attempt: The attempt.
        events: The events.
        writes_alongside: Adds writes to the transaction.

    Raises:
        WriteConflict: What was to be written alongside conflicts with another write.
    """
    with transaction(AttemptItem) as writes:
        add(writes, attempt)
        if writes_alongside is not None:
            writes_alongside(writes)
        add_events(writes, OutboxItem, events)


def take_try(id_hash: str, purpose: str, now: datetime) -> AttemptItem | None:
    """Take one of the tries of an attempt, and return it as it is then. One write.

    Returns None if there is no such attempt, if it is for another purpose, has expired, or no try
    is left.
    """
    attempt = new_item(id_hash)
    try:
        attempt.update(
            actions=[AttemptItem.tries_left.set(AttemptItem.tries_left - 1)],
            condition=(AttemptItem.purpose == purpose)
            & (AttemptItem.expires_at > now.timestamp())
            & (AttemptItem.tries_left > 0),
        )
    except UpdateError as error:
        if is_condition_failure(error):
            return None
        raise
    return attempt


def find(id_hash: str) -> AttemptItem | None:
    """Return an attempt, read consistently."""
    try:
        return AttemptItem.get(ATTEMPT + id_hash, _SK, consistent_read=True)
    except AttemptItem.DoesNotExist:
        return None


def replace_code(attempt: AttemptItem, events: Iterable[DomainEvent]) -> None:
    """Store the new code of an attempt, together with the events that mail it.

    Raises:
        WriteConflict: It was used, or another code was asked for, in the meantime.
    """
    with transaction(AttemptItem) as writes:
        actions: list[Action] = [
            AttemptItem.tries_left.set(attempt.tries_left),
            AttemptItem.resends_left.set(attempt.resends_left),
            AttemptItem.expires_at.set(attempt.expires_at),
        ]
        if attempt.code_hash is not None:
            actions.append(AttemptItem.code_hash.set(attempt.code_hash))
        writes.update(
            AttemptItem(attempt.pk, attempt.sk),
            actions=actions,
            condition=AttemptItem.resends_left == attempt.resends_left + 1,
        )
        add_events(writes, OutboxItem, events)


def delete(attempt: AttemptItem) -> None:
    """Use an attempt up, where nothing else is written.

    Raises:
        WriteConflict: It was used in the meantime.
    """
    with transaction(AttemptItem) as writes:
        use(writes, attempt)


__all__ = [
    "AttemptItem",
    "WriteConflict",
    "add",
    "delete",
    "find",
    "new_item",
    "replace_code",
    "save",
    "take_try",
    "use",
]
