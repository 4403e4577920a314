"""Threads in the inbox: whatever is heard of one, in whatever order, ends in the same entry."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from notifications.inbox import threads
from notifications.models import InboxContent, InboxEntry, Thread
from tests.support import repeatable  # noqa: F401  # the profile

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOTHING = InboxEntry(id="ibx_1", user_id="usr_ada", expires_at=NOON)
Fact = tuple[str, int]  # told or read, and its sequence


def at(sequence: int) -> datetime:
    return NOON + timedelta(minutes=sequence)


def fresh(sequence: int) -> InboxEntry:
    return InboxEntry(
        id="ibx_1",
        user_id="usr_ada",
        content=InboxContent(f"message {sequence}", "…"),
        at=at(sequence),
        unread_at=at(sequence),
        expires_at=at(sequence),
    )


def after(facts: Sequence[Fact], entry: InboxEntry = NOTHING) -> InboxEntry:
    for kind, sequence in facts:
        if kind == "told":
            entry = threads.told(entry, fresh(sequence), sequence)
        else:
            entry = threads.read(entry, sequence, at(sequence))
    return entry


def told(*sequences: int) -> list[Fact]:
    return [("told", sequence) for sequence in sequences]


FACTS = st.lists(
    st.tuples(st.sampled_from(["told", "read"]), st.integers(1, 12)), min_size=1, max_size=14
)


@given(FACTS, st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_ends_the_same(facts: Any, chance: Any) -> None:
    again = [*facts, *chance.choices(facts, k=len(facts))]
    chance.shuffle(again)
    first, second = after(facts), after(again)
    assert shown(first) == shown(second)
    assert threads._thread(first) == threads._thread(second)


@given(FACTS)
def test_what_is_shown_is_the_newest_and_what_counts_was_told_and_not_read(facts: Any) -> None:
    entry = after(facts)
    heard = {sequence for kind, sequence in facts if kind == "told"}
    read_through = max((sequence for kind, sequence in facts if kind == "read"), default=0)
    unread = sorted(sequence for sequence in heard if sequence > read_through)
    assert entry.thread is not None
    assert list(entry.thread.unread) == unread
    assert entry.unread_at == (at(max(heard)) if unread else None)
    assert entry.at == (at(max(heard)) if heard else None)
    assert (entry.content.title if entry.content else None) == (
        f"message {max(heard)}" if heard else None
    )


@given(FACTS)
def test_only_the_newest_that_is_unread_is_news(facts: Any) -> None:
    entry = after(facts)
    news = [sequence for sequence in range(1, 13) if threads.is_news(entry, sequence)]
    assert news == ([entry.thread.newest] if entry.thread and entry.thread.unread else [])


def test_read_in_the_inbox_everything_told_is_read() -> None:
    entry = after(told(3, 7))
    seen = replaced(entry, unread_at=None)
    assert after(told(5, 6, 7), seen).unread_at is None
    later = after(told(8, 5), seen)
    assert later.thread == Thread(newest=8, read_through=7, unread=(8,))
    assert later.unread_at == at(8)


def test_archived_only_something_newer_brings_it_back() -> None:
    archived = replaced(after(told(7)), unread_at=None, at=None, content=None)
    assert after([*told(6, 7), ("read", 9)], archived).at is None
    assert after(told(8), archived).at == at(8)


def test_no_more_than_a_hundred_are_counted_and_the_newest_are_kept() -> None:
    entry = after(told(*range(250, 0, -1)))
    assert entry.thread is not None
    assert entry.thread.unread == tuple(range(151, 251))
    assert after([("read", 200)], entry).thread == Thread(
        newest=250, read_through=200, unread=tuple(range(201, 251))
    )


def shown(entry: InboxEntry) -> tuple[object, ...]:
    return (entry.content, entry.at, entry.unread_at, entry.expires_at)


def replaced(entry: InboxEntry, **changes: object) -> InboxEntry:
    return msgspec.structs.replace(entry, **changes)
