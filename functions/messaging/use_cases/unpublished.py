"""Unpublished events, for operators who list them and have them published again.

Documents are read as they are stored: what keeps an event from being published may be that its
record cannot be read.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from messaging.events import (
    ConversationAnswered,
    ConversationBlockChanged,
    ConversationOpened,
    ConversationRead,
    GuestMessageJoined,
    MessageCreated,
    MessageDeleted,
)
from messaging.store import conversations, messages
from messaging.use_cases import delivery
from messaging.use_cases.delivery import DeliveryJob
from shared.data.mongodb import Document

LIMIT = 1_000  # of each kind of record


class UnpublishedQuery(msgspec.Struct, frozen=True):
    """Request of an operator.

    Attributes:
        publish: Ids of the records to publish; without any, nothing is published.
    """

    publish: tuple[str, ...] = ()


class UnpublishedRecord(msgspec.Struct, frozen=True):
    """A message or a conversation with unpublished events.

    Attributes:
        types: Types of the events.
        at: When it was posted, deleted or last active; None if that is not readable.
    """

    id: str
    types: list[str]
    at: datetime | None


class UnpublishedList(msgspec.Struct, frozen=True):
    """Records with unpublished events, messages first."""

    items: list[UnpublishedRecord]


class RepublishRequest(msgspec.Struct, frozen=True):
    """Request of an operator to publish the conversations again."""


class RepublishedConversations(msgspec.Struct, frozen=True):
    """The number of conversations that are published again."""

    conversations: int


def list_or_publish(query: UnpublishedQuery, now: datetime) -> UnpublishedList:
    """List records with unpublished events, and put those that are asked for on the queue again."""
    unpublished_messages = messages.list_unpublished(LIMIT)
    unpublished_conversations = conversations.list_unpublished(LIMIT)
    jobs = [
        DeliveryJob(document["conversationId"], document["_id"])
        for document in unpublished_messages
    ]
    jobs += [DeliveryJob(document["_id"]) for document in unpublished_conversations]
    wanted = set(query.publish)
    delivery.repeat([job for job in jobs if (job.message_id or job.conversation_id) in wanted], now)
    return UnpublishedList(
        [
            *map(_describe_message, unpublished_messages),
            *map(_describe_conversation, unpublished_conversations),
        ]
    )


def publish_again(_request: RepublishRequest, now: datetime) -> RepublishedConversations:
    """Publish again who has a conversation, and who blocks whom.

    That is for features that began to keep copies of it. The sweeper does it in the next minutes.
    """
    return RepublishedConversations(conversations.publish_again(now))


def _describe_message(document: Document) -> UnpublishedRecord:
    is_new = document.get("publishedAt") is None
    deleted_at = document.get("deletedAt")
    types = [MessageCreated.type] if is_new else []
    if deleted_at is not None:
        types.append(MessageDeleted.type)
    at = document.get("createdAt") if is_new else deleted_at
    return UnpublishedRecord(document["_id"], types, _instant(at))


def _describe_conversation(document: Document) -> UnpublishedRecord:
    types = [_type_of(str(change)) for change in _several(document.get("unpublished"))]
    return UnpublishedRecord(document["_id"], types, _instant(document.get("activeAt")))


def _type_of(change: str) -> str:
    if change == conversations.OPENED:
        return ConversationOpened.type
    if change == conversations.ANSWERED:
        return ConversationAnswered.type
    if change == conversations.SHARED:
        return GuestMessageJoined.type
    is_block = change.endswith(conversations.BLOCK)
    return ConversationBlockChanged.type if is_block else ConversationRead.type


def _several(value: object) -> Iterable[Any]:
    return value if isinstance(value, list) else ()


def _instant(value: object) -> datetime | None:
    return value if isinstance(value, datetime) else None
