"""Counters of wrong passwords and codes: of accounts, of their known devices, and of addresses.

Each counter is changed on condition that it still is what was read, so that of two guesses at the
same time only one counts, and only that one is answered (`auth.use_cases.guesses`).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec
from pynamodb.attributes import NumberAttribute, UTCDateTimeAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from auth.rules.delays import ACCOUNT, Schedule
from auth.store.table import DEVICE, GUESSES, USER
from shared.data.conflicts import WriteConflict
from shared.data.dynamodb import Item, is_conflict, table_meta, transaction

# Since its last sign-in. Twice as long as a session, after which its owner signs in again.
KNOWN_DEVICE_LIFETIME = timedelta(days=180)


class GuessesItem(Item):
    """A counter of wrong secrets.

    Attributes:
        failures: Wrong secrets since the last right one.
        failed_at: When the last wrong one was given.
        signed_in_at: When a session last started on the device; None of what is no device.
    """

    Meta = table_meta("auth")
    failures = NumberAttribute(default=0)
    failed_at = UTCDateTimeAttribute(null=True)
    signed_in_at = UTCDateTimeAttribute(null=True)


class Counter(msgspec.Struct, frozen=True):
    """A counter as it was read.

    Attributes:
        pk: Partition key of its item.
        sk: Sort key of its item.
        failures: What its item says; None if there is no item.
        failed_at: When the last wrong secret was given.
        expires_at: When the item expires, in epoch seconds.
        has_signed_in: Whether a session started on the device that it is of.
    """

    pk: str
    sk: str
    failures: int | None = None
    failed_at: datetime | None = None
    expires_at: int = 0
    has_signed_in: bool = False

    def exists(self, now: datetime) -> bool:
        """Return whether there is a counter that has not expired."""
        return self.failures is not None and self.expires_at > now.timestamp()

    def is_fresh(self, now: datetime) -> bool:
        """Return whether a known device stays known for half of its time and longer."""
        return self.expires_at > (now + KNOWN_DEVICE_LIFETIME / 2).timestamp()

    def count(self, now: datetime, schedule: Schedule) -> int:
        """Return how many wrong secrets still count."""
        if not self.failures or self.failed_at is None:
            return 0
        return self.failures if now < self.failed_at + schedule.memory else 0

    def opens_at(self, now: datetime, schedule: Schedule) -> datetime:
        """Return when the next secret may be given."""
        if self.failed_at is None:
            return now
        return self.failed_at + schedule.delay(self.count(now, schedule))

    @property
    def unchanged(self) -> Condition:
        """Condition that the item still is what was read."""
        if self.failures is None:
            return GuessesItem.pk.does_not_exist()
        return GuessesItem.failures == self.failures


def account_key(user_id: str) -> tuple[str, str]:
    """Return the keys of an account's counter."""
    return USER + user_id, GUESSES


def unknown_key(email: str) -> tuple[str, str]:
    """Return the keys of the counter of an address without an account. It stores a hash."""
    return f"UNKNOWN#{_digest(email)}", GUESSES


def device_key(user_id: str, fingerprint: str) -> tuple[str, str]:
    """Return the keys of the counter of an account's known device."""
    return USER + user_id, DEVICE + fingerprint


def address_key(address: str) -> tuple[str, str]:
    """Return the keys of the counter of an IP address. It stores a hash."""
    return f"ADDRESS#{_digest(address)}", GUESSES


def read_counter(key: tuple[str, str], *, consistent: bool = False) -> Counter:
    """Read a counter. What was just written may be missed: then counting conflicts with it."""
    try:
        item = GuessesItem.get(*key, consistent_read=consistent)
    except GuessesItem.DoesNotExist:
        return Counter(*key)
    return Counter(
        *key,
        int(item.failures),
        item.failed_at,
        int(item.expires_at or 0),
        item.signed_in_at is not None,
    )


def count_failure(
    counters: Iterable[tuple[Counter, Schedule]], now: datetime, known: Counter | None = None
) -> None:
    """Count a wrong secret with all of these counters, or with none.

    Args:
        counters: The counters as they were read, each with its schedule.
        now: When the secret was given.
        known: The one that belongs to a known device, which stays known as long as before.

    Raises:
        WriteConflict: One of them was changed in the meantime.
    """
    with transaction(GuessesItem) as writes:
        for counter, schedule in counters:
            forgotten = int((now + schedule.memory).timestamp())
            writes.update(
                GuessesItem(counter.pk, counter.sk),
                actions=[
                    GuessesItem.failures.set(counter.count(now, schedule) + 1),
                    GuessesItem.failed_at.set(now),
                    GuessesItem.expires_at.set(
                        max(forgotten, counter.expires_at) if counter is known else forgotten
                    ),
                ],
                condition=counter.unchanged,
            )


def count_success(counter: Counter, now: datetime, kept_for: timedelta) -> None:
    """Reset a counter.

    Args:
        counter: The counter as it was read.
        now: When the right secret was given.
        kept_for: How long the item is kept from now on.

    Raises:
        WriteConflict: It was changed in the meantime.
    """
    try:
        GuessesItem(counter.pk, counter.sk).update(
            actions=[
                GuessesItem.failures.set(0),
                GuessesItem.failed_at.remove(),
                GuessesItem.expires_at.set(int((now + kept_for).timestamp())),
            ],
            condition=counter.unchanged,
        )
    except UpdateError as error:
        if is_conflict(error):
            raise WriteConflict from error
        raise


def confirm(counter: Counter, now: datetime) -> None:
    """Write a counter as it was read: nothing is pardoned, and no wrong secret came between.

    Raises:
        WriteConflict: It was changed in the meantime.
    """
    expires_at = max(counter.expires_at, int((now + ACCOUNT.memory).timestamp()))
    try:
        GuessesItem(counter.pk, counter.sk).update(
            actions=[
                GuessesItem.failures.set(counter.failures or 0),
                GuessesItem.expires_at.set(expires_at),
            ],
            condition=counter.unchanged,
        )
    except UpdateError as error:
        if is_conflict(error):
            raise WriteConflict from error
        raise


def write_sign_in(writes: TransactWrite, user_id: str, fingerprint: str, now: datetime) -> None:
    """Make a device known on which a session starts in the same transaction."""
    writes.update(GuessesItem(*device_key(user_id, fingerprint)), actions=_sign_in(now))


def note_sign_in(user_id: str, fingerprint: str, now: datetime) -> None:
    """Make a device known on which a session is about to start."""
    GuessesItem(*device_key(user_id, fingerprint)).update(actions=_sign_in(now))


def _sign_in(now: datetime) -> list[Action]:
    return [
        GuessesItem.failures.set(GuessesItem.failures | 0),
        GuessesItem.signed_in_at.set(now),
        GuessesItem.expires_at.set(int((now + KNOWN_DEVICE_LIFETIME).timestamp())),
    ]


def _digest(subject: str) -> str:
    return sha256(subject.encode()).hexdigest()
