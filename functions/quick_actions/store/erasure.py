"""Deletion of everything that concerns one user."""

from collections.abc import Callable, Iterable

from quick_actions.models import Execution
from quick_actions.store.copies import BLOCK
from quick_actions.store.executions import find_by_key, save_execution
from quick_actions.store.table import (
    ARTIST,
    AUDIT,
    CLIENT,
    CONVERSATION,
    PERSON,
    PROFILE,
    RECORD,
    RecordItem,
)
from shared.data.conflicts import retry_on_conflict

Redact = Callable[[Execution], Execution]


def delete_artist(artist_id: str) -> None:
    """Delete everything of an artist, and the items of others that refer to it."""
    with RecordItem.batch_write() as batch:
        for item in RecordItem.query(ARTIST + artist_id, consistent_read=True):
            # References go first: if the run fails in between, the next one finds them again.
            for pk, sk in _list_references(artist_id, item):
                batch.delete(RecordItem(pk, sk))
            batch.delete(RecordItem(item.pk, item.sk))
        batch.delete(RecordItem(PERSON + artist_id, PROFILE))


def delete_client(client_id: str, redact: Redact) -> None:
    """Delete the copies of a client and their conversations, and redact the executions.

    Args:
        client_id: The client.
        redact: Returns the next version of an execution, without what concerns the client.
    """
    for item in RecordItem.query(CLIENT + client_id, consistent_read=True):
        if item.sk.startswith(CONVERSATION):
            conversation_id, artist_id = item.sk.removeprefix(CONVERSATION), item.decoded(str)
            RecordItem.delete_all(
                RecordItem.query(CONVERSATION + conversation_id, consistent_read=True)
            )
            RecordItem(ARTIST + artist_id, CLIENT + client_id).delete()
        else:
            artist_id, _, sk = item.sk.removeprefix(AUDIT).partition("#")
            _redact_execution(artist_id, sk, redact)
        item.delete()
    RecordItem(PERSON + client_id, PROFILE).delete()


@retry_on_conflict
def _redact_execution(artist_id: str, sk: str, redact: Redact) -> None:
    execution = find_by_key(artist_id, sk)
    if execution is not None:
        save_execution(redact(execution))


def _list_references(artist_id: str, item: RecordItem) -> Iterable[tuple[str, str]]:
    """List the keys of items in other partitions that refer to this item of the artist."""
    if item.sk.startswith(CLIENT):
        conversation_id = item.decoded(str)
        yield CONVERSATION + conversation_id, RECORD
        yield CONVERSATION + conversation_id, BLOCK + ARTIST
        yield CONVERSATION + conversation_id, BLOCK + CLIENT
        yield item.sk, CONVERSATION + conversation_id
    elif item.sk.startswith(AUDIT):
        client_id = item.decoded(Execution).client_id
        if client_id is not None:
            yield CLIENT + client_id, f"{AUDIT}{artist_id}#{item.sk}"
