"""Erasure of a deleted account.

Every transaction about the user requires that the account has no tombstone, so late
events and requests with a token that is still valid write nothing. Everything of an artist is
deleted. Of executions for a client, the artist keeps that they happened, but no texts. Every step
can be repeated, and the event is delivered again until all of them succeeded.
"""

from datetime import datetime

import msgspec

from quick_actions.models import Execution
from quick_actions.store import erasure as store
from quick_actions.store.table import OutboxItem
from shared.data import tombstones
from shared.events import outbox


def erase(user_id: str, now: datetime) -> None:
    """Erase the data of a user."""
    tombstones.mark_deleted(user_id, now)
    outbox.erase_kept(OutboxItem, user_id)
    store.delete_artist(user_id)
    store.delete_client(user_id, _redact)


def _redact(execution: Execution) -> Execution:
    return msgspec.structs.replace(
        execution, client_id=None, texts=(), version=execution.version + 1
    )
