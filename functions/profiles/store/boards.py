"""Boards: works that somebody collects for themselves. A board is one record with all of them."""

from profiles.models.collections import Board
from profiles.store import paging
from profiles.store.table import PERSON, RecordItem, alive
from shared.data.dynamodb import transaction

BOARD, BOARDS = "BOARD#", "BOARDS"


def find_board(owner_id: str, board_id: str) -> Board | None:
    """A board of somebody's, read consistently."""
    return RecordItem.read(PERSON + owner_id, BOARD + board_id, Board)


def list_boards(owner_id: str, after: str | None, limit: int) -> tuple[list[Board], str | None]:
    """So many boards of somebody's, the newest first, and where to go on if there are more."""
    found, last = paging.page(RecordItem, PERSON + owner_id, BOARD, after, limit)
    return [kept.decoded(Board) for kept in found], last


def count_boards(owner_id: str) -> int:
    """How many boards somebody has."""
    return paging.find_number(PERSON + owner_id, BOARDS)


def add_board(board: Board, most: int) -> None:
    """Keep a new board. Raises Conflict where there are `most`, or the owner is gone."""
    with transaction(RecordItem) as writes:
        alive(writes, board.owner_id)
        _item(board).write(writes, board.version)
        paging.one_more(writes, PERSON + board.owner_id, BOARDS, most)


def change_board(board: Board) -> None:
    """Keep a board in its new version. Raises Conflict where it was changed, or is gone."""
    with transaction(RecordItem) as writes:
        alive(writes, board.owner_id)
        _item(board).write(writes, board.version)


def remove_board(board: Board) -> None:
    """Drop a board. Raises Conflict where it was changed."""
    with transaction(RecordItem) as writes:
        writes.delete(_item(board), condition=RecordItem.unchanged_since(board.version))
        paging.one_less(writes, PERSON + board.owner_id, BOARDS)


def remove_some(owner_id: str, limit: int) -> bool:
    """Drop so many boards of somebody who is gone, and their number; whether these were all."""
    found, last = paging.page(RecordItem, PERSON + owner_id, BOARD, None, limit)
    RecordItem.delete_all(found)
    if last is None:
        paging.forget_number(PERSON + owner_id, BOARDS)
    return last is None


def _item(board: Board) -> RecordItem:
    return RecordItem.of(PERSON + board.owner_id, BOARD + board.id, board)
