"""Inbox entries of conversations: the same events in any order lead to the same entry."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from notifications.inbox import conversations
from notifications.models import ConversationState, InboxContent, InboxEntry
from tests.support import repeatable  # noqa: F401  # the profile

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOTHING = InboxEntry(id="ibx_1", user_id="usr_ada", expires_at=NOON)
Step = tuple[str, int]  # added or read, and the sequence of the message


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


def after(steps: Sequence[Step], entry: InboxEntry = NOTHING) -> InboxEntry:
    for kind, sequence in steps:
        if kind == "added":
            entry = conversations.add_message(entry, fresh(sequence), sequence)
        else:
            entry = conversations.mark_read(entry, sequence, at(sequence), at(sequence))
    return entry


def added(*sequences: int) -> list[Step]:
    return [("added", sequence) for sequence in sequences]


STEPS = st.lists(
    st.tuples(st.sampled_from(["added", "read"]), st.integers(1, 12)), min_size=1, max_size=14
)


@given(STEPS, st.randoms(use_true_random=False))
def test_any_order_and_repetition_leads_to_the_same_entry(steps: Any, chance: Any) -> None:
    again = [*steps, *chance.choices(steps, k=len(steps))]
    chance.shuffle(again)
    first, second = after(steps), after(again)
    assert shown(first) == shown(second)
    assert conversations.get_state(first) == conversations.get_state(second)


@given(STEPS)
def test_the_newest_message_is_shown_and_unread_ones_are_counted(steps: Any) -> None:
    entry = after(steps)
    arrived = {sequence for kind, sequence in steps if kind == "added"}
    read_through = max((sequence for kind, sequence in steps if kind == "read"), default=0)
    unread = sorted(sequence for sequence in arrived if sequence > read_through)
    assert entry.conversation is not None
    assert list(entry.conversation.unread) == unread
    assert entry.unread_at == (at(max(arrived)) if unread else None)
    assert entry.at == (at(max(arrived)) if arrived else None)
    assert (entry.content.title if entry.content else None) == (
        f"message {max(arrived)}" if arrived else None
    )


@given(STEPS)
def test_only_the_newest_unread_message_is_announced(steps: Any) -> None:
    entry = after(steps)
    announced = [
        sequence for sequence in range(1, 13) if conversations.is_newest_unread(entry, sequence)
    ]
    state = entry.conversation
    assert announced == ([state.newest] if state and state.unread else [])


def test_an_entry_read_in_the_inbox_has_no_unread_messages() -> None:
    entry = after(added(3, 7))
    seen = replaced(entry, unread_at=None)
    assert after(added(5, 6, 7), seen).unread_at is None
    later = after(added(8, 5), seen)
    assert later.conversation == ConversationState(newest=8, read_through=7, unread=(8,))
    assert later.unread_at == at(8)


def test_only_a_newer_message_restores_an_archived_entry() -> None:
    archived = replaced(after(added(7)), unread_at=None, at=None, content=None)
    assert after([*added(6, 7), ("read", 9)], archived).at is None
    assert after(added(8), archived).at == at(8)


def test_the_newest_hundred_unread_messages_are_counted() -> None:
    entry = after(added(*range(250, 0, -1)))
    assert entry.conversation is not None
    assert entry.conversation.unread == tuple(range(151, 251))
    assert after([("read", 200)], entry).conversation == ConversationState(
        newest=250, read_through=200, unread=tuple(range(201, 251))
    )


def shown(entry: InboxEntry) -> tuple[object, ...]:
    return (entry.content, entry.at, entry.unread_at, entry.expires_at)


def replaced(entry: InboxEntry, **changes: object) -> InboxEntry:
    return msgspec.structs.replace(entry, **changes)


# ---- snoozed -----------------------------------------------------------------------------------


def snoozed(steps: Sequence[Step]) -> InboxEntry:
    return conversations.snooze(after(steps), at(60), at(60))


@given(STEPS)
def test_a_snoozed_conversation_comes_back_unread(steps: Any) -> None:
    entry = snoozed([*added(1), *steps])
    assert (entry.at, entry.unread_at) == (at(60), at(60))
    assert conversations.get_state(entry).unread


@given(STEPS)
def test_reading_elsewhere_does_not_end_a_snooze(steps: Any) -> None:
    entry = after([("read", sequence) for _, sequence in steps], snoozed(added(1, 2, 3)))
    assert (entry.at, entry.unread_at) == (at(60), at(60))
    assert conversations.mark_read(entry, 12, at(60), at(60)).unread_at is None


def test_a_new_message_ends_a_snooze_and_a_repeated_one_does_not() -> None:
    entry = after(added(1, 2, 3, 2), snoozed(added(1, 2, 3)))
    assert entry.at == at(60)
    back = after(added(4), entry)
    assert (back.at, back.unread_at, back.snoozed_until) == (at(4), at(4), None)


def test_a_message_that_is_read_already_does_not_end_a_snooze() -> None:
    entry = after([("read", 5), *added(5)], snoozed(added(1)))
    assert (entry.at, entry.unread_at) == (at(60), at(60))
    assert entry.content == fresh(5).content
