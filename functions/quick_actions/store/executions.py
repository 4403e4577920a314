"""Executions of quick actions, which are the artist's audit."""

from datetime import UTC, datetime

from quick_actions.models import Execution
from quick_actions.store.table import (
    ARTIST,
    AUDIT,
    CLIENT,
    OutboxItem,
    RecordItem,
)
from shared.data.dynamodb import transaction
from shared.data.tombstone_items import require_accounts
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add

EXECUTION = "EXECUTION#"


def find_execution(artist_id: str, execution_id: str) -> Execution | None:
    """Find the artist's execution of this id, read consistently."""
    sk = RecordItem.read(ARTIST + artist_id, EXECUTION + execution_id, str)
    return find_by_key(artist_id, sk) if sk else None


def find_by_key(artist_id: str, sk: str) -> Execution | None:
    """Find the artist's execution by its sort key, read consistently."""
    return RecordItem.read(ARTIST + artist_id, sk, Execution)


def list_executions(
    artist_id: str, after: str | None, limit: int
) -> tuple[list[Execution], str | None]:
    """List the artist's executions, the newest first.

    Args:
        artist_id: The artist.
        after: Position at which the page before ended.
        limit: Highest number of executions.

    Returns:
        The executions and the position at which the page ended, None on the last page.
    """
    pk = ARTIST + artist_id
    items = RecordItem.query(
        pk,
        RecordItem.sk.startswith(AUDIT),
        consistent_read=True,
        scan_index_forward=False,
        limit=limit,
        last_evaluated_key={"pk": {"S": pk}, "sk": {"S": after}} if after else None,
    )
    executions = [item.decoded(Execution) for item in items]
    last = items.last_evaluated_key
    return executions, last["sk"]["S"] if last else None


def build_key(execution_id: str, created_at: datetime) -> str:
    """Build the sort key of an execution, which sorts by time."""
    return f"{AUDIT}{created_at.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%S.%fZ')}#{execution_id}"


def add_execution(execution: Execution, event: DomainEvent) -> None:
    """Add an execution with its event.

    Raises:
        WriteConflict: The id was used before, or one of the two accounts was deleted.
    """
    artist, client = ARTIST + execution.artist_id, CLIENT + (execution.client_id or "")
    with transaction(RecordItem) as writes:
        RecordItem.of(artist, EXECUTION + execution.id, execution.sk).write(writes, 1)
        RecordItem.of(artist, execution.sk, execution).write(writes, 1)
        writes.save(RecordItem.of(client, f"{AUDIT}{execution.artist_id}#{execution.sk}", None))
        require_accounts(writes, execution.artist_id, execution.client_id or "")
        add(writes, OutboxItem, [event])


def save_execution(execution: Execution) -> None:
    """Save the next version of an execution.

    Raises:
        WriteConflict: The execution was changed meanwhile.
    """
    with transaction(RecordItem) as writes:
        item = RecordItem.of(ARTIST + execution.artist_id, execution.sk, execution)
        item.write(writes, execution.version)
