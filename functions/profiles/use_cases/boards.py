"""Boards: works that somebody collects for themselves. Nobody else sees them.

Works that are no longer shown vanish from boards: they are left out of what is read, and make room
where a board is full.
"""

from collections.abc import Callable
from datetime import datetime

import msgspec

from domain.errors import NotFound
from domain.ids import new_id
from profiles.models.collections import Board, Saved, Work
from profiles.rules.errors import BoardFull, TooManyBoards
from profiles.schemas.portfolio import BoardRequest, Boards, BoardSummary, BoardView, PageQuery
from profiles.store import boards as store
from profiles.store import portfolio as works
from profiles.use_cases import portfolio
from profiles.use_cases.live_accounts import settled_for
from shared.http import cursors
from shared.http.caller import Caller

MAX_BOARDS = 50  # of one person
MAX_SAVED = 100  # on one board: what one batch read finds


def list_own(caller: Caller, query: PageQuery) -> Boards:
    """The caller's boards, the newest first."""
    scope = f"boards {caller.user_id}"
    after = cursors.decode(query.cursor, scope) if query.cursor else None
    found, last = store.list_boards(caller.user_id, after, query.limit)
    return Boards(
        items=[_summary(board) for board in found],
        next_cursor=cursors.encode(last, scope) if last else None,
    )


def get(caller: Caller, board_id: str) -> BoardView:
    """A board of the caller's with what is on it. Raises a 404 Problem for others'."""
    return _view(_own(caller, board_id))


def add(caller: Caller, request: BoardRequest, now: datetime) -> BoardSummary:
    """Begin a board. Raises a 409 Problem where the caller has as many as they may."""

    def work() -> BoardSummary:
        if store.count_boards(caller.user_id) >= MAX_BOARDS:
            raise TooManyBoards(f"Nobody has more than {MAX_BOARDS} boards.")
        board = Board(new_id("brd"), caller.user_id, request.name, now, now)
        store.add_board(board, MAX_BOARDS)
        return _summary(board)

    return settled_for(caller.user_id, work)


def rename(caller: Caller, board_id: str, request: BoardRequest, now: datetime) -> BoardSummary:
    """Call a board something else. Raises a 404 Problem for others'."""
    return _summary(_changed(caller, board_id, now, lambda board: (request.name, board.saved)))


def remove(caller: Caller, board_id: str) -> None:
    """Drop a board. Raises a 404 Problem for others'."""
    settled_for(caller.user_id, lambda: store.remove_board(_own(caller, board_id)))


def save(caller: Caller, board_id: str, item_id: str, now: datetime) -> None:
    """Put a work on a board; again changes nothing.

    Raises a 404 Problem for others' boards and works that are not shown, a 409 one for a board that
    is full.
    """

    def with_it(board: Board) -> tuple[str, tuple[Saved, ...]]:
        if any(saved.item_id == item_id for saved in board.saved):
            return board.name, board.saved
        if works.find_work(item_id) is None:
            raise NotFound("There is no such item.")
        kept = board.saved if len(board.saved) < MAX_SAVED else _still_shown(board)
        if len(kept) >= MAX_SAVED:
            raise BoardFull(f"A board holds at most {MAX_SAVED} items.")
        return board.name, (*kept, Saved(item_id, now))

    _changed(caller, board_id, now, with_it)


def take_off(caller: Caller, board_id: str, item_id: str, now: datetime) -> None:
    """Take a work off a board; again changes nothing. Raises a 404 Problem for others' boards."""

    def without(board: Board) -> tuple[str, tuple[Saved, ...]]:
        return board.name, tuple(saved for saved in board.saved if saved.item_id != item_id)

    _changed(caller, board_id, now, without)


def forget_some(owner_id: str, limit: int) -> bool:
    """Drop so many boards of somebody who is gone; whether these were all."""
    return store.remove_some(owner_id, limit)


def _changed(
    caller: Caller,
    board_id: str,
    now: datetime,
    change: Callable[[Board], tuple[str, tuple[Saved, ...]]],
) -> Board:
    """The board with another name and other works, which is kept where anything is another."""

    def work() -> Board:
        board = _own(caller, board_id)
        name, saved = change(board)
        if (name, saved) == (board.name, board.saved):
            return board
        changed = msgspec.structs.replace(
            board, name=name, saved=saved, updated_at=now, version=board.version + 1
        )
        store.change_board(changed)
        return changed

    return settled_for(caller.user_id, work)


def _still_shown(board: Board) -> tuple[Saved, ...]:
    found = _works_on(board)
    return tuple(saved for saved in board.saved if saved.item_id in found)


def _works_on(board: Board) -> dict[str, Work]:
    return works.find_works([saved.item_id for saved in board.saved])


def _own(caller: Caller, board_id: str) -> Board:
    board = store.find_board(caller.user_id, board_id)
    if board is None:
        raise NotFound("There is no such board.")
    return board


def _summary(board: Board) -> BoardSummary:
    return BoardSummary(board.id, board.name, board.created_at, board.updated_at)


def _view(board: Board) -> BoardView:
    found = _works_on(board)
    return BoardView(
        id=board.id,
        name=board.name,
        created_at=board.created_at,
        updated_at=board.updated_at,
        items=[
            portfolio.view(found[saved.item_id]) for saved in board.saved if saved.item_id in found
        ],
    )
