"""Counters of records whose number is limited, changed in the transaction that changes a record."""

from pynamodb.attributes import NumberAttribute
from pynamodb.transactions import TransactWrite

from profiles.store.table import RecordItem
from shared.data import dynamodb
from shared.data.dynamodb import Item, table_meta, transaction


class CounterItem(Item):
    """A number of records."""

    Meta = table_meta("profiles")
    number = NumberAttribute(default=0)


def get_count(pk: str, sk: str) -> int:
    """Return the value of a counter, read consistently."""
    counter = dynamodb.find(CounterItem, pk, sk)
    return int(counter.number) if counter else 0


def increment(writes: TransactWrite, pk: str, sk: str, maximum: int | None = None) -> None:
    """Add one; the transaction fails with a WriteConflict if `maximum` is already reached."""
    condition = None
    if maximum is not None:
        condition = CounterItem.number.does_not_exist() | (CounterItem.number < maximum)
    writes.update(CounterItem(pk, sk), actions=[CounterItem.number.add(1)], condition=condition)


def decrement(writes: TransactWrite, pk: str, sk: str) -> None:
    """Subtract one."""
    writes.update(CounterItem(pk, sk), actions=[CounterItem.number.add(-1)])


def delete(pk: str, sk: str) -> None:
    """Delete a counter of a deleted account."""
    CounterItem(pk, sk).delete()


def correct(pk: str, sk: str, known: int, counted: int) -> None:
    """Set a counter from its `known` value to the `counted` one.

    Raises:
        WriteConflict: The counter has another value by now.
    """
    unchanged = CounterItem.number == known
    if not known:
        unchanged = unchanged | CounterItem.pk.does_not_exist()
    with transaction(RecordItem) as writes:
        writes.update(
            CounterItem(pk, sk), actions=[CounterItem.number.set(counted)], condition=unchanged
        )
