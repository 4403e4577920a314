"""Boards: portfolio items that a user collects, visible to that user only.

Deleted portfolio items are left out when a board is read, and removed when a full board needs
space.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial

import msgspec

from domain.errors import NotFound
from domain.ids import new_id
from profiles.models.boards import Board, BoardItem
from profiles.models.portfolio import PortfolioItem
from profiles.rules.errors import BoardFull, TooManyBoards
from profiles.schemas.boards import BoardList, BoardRequest, BoardSummary, BoardView
from profiles.schemas.common import ListQuery
from profiles.store import boards as store
from profiles.store import portfolio as portfolio_store
from profiles.use_cases import portfolio
from profiles.use_cases.account_retry import retry_while_account_exists
from shared.http import cursors
from shared.http.caller import Caller
from shared.http.repetition import find_made

MAX_BOARDS = 50  # per user
MAX_ITEMS = 100  # per board: what one batch read returns

BoardItems = tuple[BoardItem, ...]


def list_own(caller: Caller, query: ListQuery) -> BoardList:
    """List the caller's boards, newest first."""
    scope = f"boards {caller.user_id}"
    after = cursors.decode(query.cursor, scope) if query.cursor else None
    boards, last = store.list_boards(caller.user_id, after, query.limit)
    return BoardList(
        items=[_present_summary(board) for board in boards],
        next_cursor=cursors.encode(last, scope) if last else None,
    )


def get(caller: Caller, board_id: str) -> BoardView:
    """Get one of the caller's boards with its items.

    Raises:
        NotFound: The caller has no such board.
    """
    return _present(_get_own(caller, board_id))


@retry_while_account_exists
def create(caller: Caller, request: BoardRequest, now: datetime) -> BoardSummary:
    """Create a board.

    Raises:
        TooManyBoards: The caller has MAX_BOARDS boards.
    """
    if made := find_made("brd", partial(_get_own, caller)):
        return _present_summary(made)
    if store.count_boards(caller.user_id) >= MAX_BOARDS:
        raise TooManyBoards(f"You can have at most {MAX_BOARDS} boards.")
    board = Board(new_id("brd"), caller.user_id, request.name, now, now)
    store.create_board(board, MAX_BOARDS)
    return _present_summary(board)


def rename(caller: Caller, board_id: str, request: BoardRequest, now: datetime) -> BoardSummary:
    """Rename a board.

    Raises:
        NotFound: The caller has no such board.
    """
    board = _update(caller, board_id, now, lambda board: (request.name, board.items))
    return _present_summary(board)


@retry_while_account_exists
def delete(caller: Caller, board_id: str) -> None:
    """Delete a board.

    Raises:
        NotFound: The caller has no such board.
    """
    store.delete_board(_get_own(caller, board_id))


def add_item(caller: Caller, board_id: str, item_id: str, now: datetime) -> None:
    """Add a portfolio item to a board, unless it is on it already.

    Raises:
        NotFound: The caller has no such board, or there is no such portfolio item.
        BoardFull: The board holds MAX_ITEMS items.
    """

    def add(board: Board) -> tuple[str, BoardItems]:
        if any(item.item_id == item_id for item in board.items):
            return board.name, board.items
        found = portfolio_store.find_item(item_id)
        if found is None or found.is_hidden:
            raise NotFound("There is no such portfolio item.")
        items = board.items if len(board.items) < MAX_ITEMS else _drop_deleted_items(board)
        if len(items) >= MAX_ITEMS:
            raise BoardFull(f"A board holds at most {MAX_ITEMS} items.")
        return board.name, (*items, BoardItem(item_id, now))

    _update(caller, board_id, now, add)


def remove_item(caller: Caller, board_id: str, item_id: str, now: datetime) -> None:
    """Remove a portfolio item from a board, if it is on it.

    Raises:
        NotFound: The caller has no such board.
    """

    def remove(board: Board) -> tuple[str, BoardItems]:
        return board.name, tuple(item for item in board.items if item.item_id != item_id)

    _update(caller, board_id, now, remove)


def erase_boards(owner_id: str, limit: int) -> bool:
    """Delete up to `limit` boards of a deleted account; return whether none are left."""
    return store.delete_boards(owner_id, limit)


@retry_while_account_exists
def _update(
    caller: Caller,
    board_id: str,
    now: datetime,
    change: Callable[[Board], tuple[str, BoardItems]],
) -> Board:
    """Store the name and items that `change` returns, if they differ."""
    board = _get_own(caller, board_id)
    name, items = change(board)
    if (name, items) == (board.name, board.items):
        return board
    updated = msgspec.structs.replace(
        board, name=name, items=items, updated_at=now, version=board.version + 1
    )
    store.update_board(updated)
    return updated


def _drop_deleted_items(board: Board) -> BoardItems:
    existing = _find_items(board)
    return tuple(item for item in board.items if item.item_id in existing)


def _find_items(board: Board) -> dict[str, PortfolioItem]:
    return portfolio_store.find_items([item.item_id for item in board.items])


def _get_own(caller: Caller, board_id: str) -> Board:
    board = store.find_board(caller.user_id, board_id)
    if board is None:
        raise NotFound("There is no such board.")
    return board


def _present_summary(board: Board) -> BoardSummary:
    return BoardSummary(board.id, board.name, board.created_at, board.updated_at)


def _present(board: Board) -> BoardView:
    existing = _find_items(board)
    return BoardView(
        id=board.id,
        name=board.name,
        created_at=board.created_at,
        updated_at=board.updated_at,
        items=[
            portfolio.present(existing[item.item_id])
            for item in board.items
            if item.item_id in existing and not existing[item.item_id].is_hidden
        ],
    )
