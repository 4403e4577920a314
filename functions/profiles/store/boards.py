"""Boards; each is one record that includes its items."""

from profiles.models.boards import Board
from profiles.store import counters, paging
from profiles.store.table import PERSON, RecordItem
from shared.data.dynamodb import transaction
from shared.data.tombstone_items import require_accounts

BOARD, BOARDS = "BOARD#", "BOARDS"


def find_board(owner_id: str, board_id: str) -> Board | None:
    """Return a user's board, read consistently."""
    return RecordItem.read(PERSON + owner_id, BOARD + board_id, Board)


def list_boards(owner_id: str, after: str | None, limit: int) -> tuple[list[Board], str | None]:
    """Return a page of a user's boards, newest first, and where the next page starts."""
    items, last = paging.list_items(RecordItem, PERSON + owner_id, BOARD, after, limit)
    return [item.decoded(Board) for item in items], last


def count_boards(owner_id: str) -> int:
    """Return the number of a user's boards."""
    return counters.get_count(PERSON + owner_id, BOARDS)


def create_board(board: Board, maximum: int) -> None:
    """Store a new board.

    Raises:
        WriteConflict: The user has `maximum` boards, or their account was deleted.
    """
    with transaction(RecordItem) as writes:
        require_accounts(writes, board.owner_id)
        _build_item(board).write(writes, board.version)
        counters.increment(writes, PERSON + board.owner_id, BOARDS, maximum)


def update_board(board: Board) -> None:
    """Store a new version of a board.

    Raises:
        WriteConflict: The board was changed or deleted, or the account was deleted.
    """
    with transaction(RecordItem) as writes:
        require_accounts(writes, board.owner_id)
        _build_item(board).write(writes, board.version)


def delete_board(board: Board) -> None:
    """Delete a board.

    Raises:
        WriteConflict: The board was changed or deleted.
    """
    with transaction(RecordItem) as writes:
        writes.delete(_build_item(board), condition=RecordItem.unchanged_since(board.version))
        counters.decrement(writes, PERSON + board.owner_id, BOARDS)


def delete_boards(owner_id: str, limit: int) -> bool:
    """Delete up to `limit` boards of a deleted account; return whether none are left."""
    items, last = paging.list_items(RecordItem, PERSON + owner_id, BOARD, None, limit)
    RecordItem.delete_all(items)
    if last is None:
        counters.delete(PERSON + owner_id, BOARDS)
    return last is None


def _build_item(board: Board) -> RecordItem:
    return RecordItem.of(PERSON + board.owner_id, BOARD + board.id, board)
