"""Rebuild: what search and the counters of unread messages need, of all conversations and people.

It gives conversations of earlier versions what they lack, and repairs what is wrong. It may run at
any time, beside everything else, and may be stopped and run again.
"""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from messaging.models import Conversation, Person, Side
from messaging.store import conversations, inbox, messages, person_copies, unread
from messaging.store import rebuilding as store
from messaging.use_cases import names, unread_counters

MAX_MESSAGES = 5_000  # after which a step ends, so that it takes less than a minute
PEOPLE = "usr_"  # what ids of people begin with, who follow the conversations


class RebuildRequest(msgspec.Struct, frozen=True):
    """Request of an operator: one step of a rebuild.

    Attributes:
        next: Where the step begins, as the step before returned it.
        limit: Most conversations or people of the step.
    """

    next: str | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class Rebuilt(msgspec.Struct, frozen=True):
    """Result of a step.

    Attributes:
        conversations: Conversations that were looked at.
        messages: Messages that search did not find before.
        counters: Counters of unread messages that were wrong or missing.
        next: Where the next step begins; null after the last one.
    """

    conversations: int
    messages: int
    counters: int
    next: str | None


def rebuild(request: RebuildRequest, now: datetime) -> Rebuilt:
    """Do one step of a rebuild."""
    after = request.next or ""
    if after.startswith(PEOPLE):
        return _rebuild_counters("" if after == PEOPLE else after, request.limit, now)
    looked_at = indexed = 0
    for conversation in store.list_conversations(after, request.limit):
        indexed += _rebuild_conversation(conversation)
        looked_at += 1
        after = conversation.id
        if indexed >= MAX_MESSAGES:
            return Rebuilt(looked_at, indexed, 0, after)
    return Rebuilt(looked_at, indexed, 0, after if looked_at == request.limit else PEOPLE)


def rebuild_all(now: datetime) -> None:
    """Do all steps of a rebuild."""
    step = rebuild(RebuildRequest(), now)
    while step.next is not None:
        step = rebuild(RebuildRequest(step.next), now)


def _rebuild_conversation(conversation: Conversation) -> int:
    """Rebuild what depends on a conversation. Return how many messages search did not find."""
    if conversation.joined_into is None:
        conversations.set_names(conversation.id, names.list_names(conversation))
    for side in Side:
        if conversation.count_unread(side):
            deleted = set(store.list_deleted(conversation, side))
            if deleted - set(conversation.get_membership(side).withdrawn):
                withdrawn = conversations.withdraw(conversation.id, side, sorted(deleted))
                if withdrawn is not None:
                    inbox.settle(withdrawn)
    last = messages.find_last(conversation)
    return store.index_messages(conversation, last.sequence) if last else 0


def _rebuild_counters(after: str, limit: int, now: datetime) -> Rebuilt:
    people = person_copies.list_page(after, limit)
    wrong = sum(_rebuild_counter(person, now) for person in people)
    return Rebuilt(0, 0, wrong, people[-1].id if len(people) == limit else None)


def _rebuild_counter(person: Person, now: datetime) -> bool:
    """Count the unread messages of a person again, and return whether their number was wrong."""
    side = names.SIDES.get(person.role) if person.role else None
    if side is None or person.erased_at is not None:
        return False
    before = unread.find_total(person.id)
    return unread_counters.rebuild(person.id, side, now) != before
