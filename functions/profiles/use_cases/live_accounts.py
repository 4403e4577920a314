"""Writing for people whose account may be gone while their last token is still good."""

from collections.abc import Callable
from typing import TypeVar

from domain.errors import NotFound
from profiles.rules.errors import SessionEnded
from profiles.store import table
from shared.data.conflicts import WriteConflict, retry_on_conflict

Result = TypeVar("Result")


@retry_on_conflict
def settled_for(user_id: str, work: Callable[[], Result], about: str | None = None) -> Result:
    """What `work` answers, as `shared.data.conflicts.settled`, for somebody who has an account.

    about: somebody else whom it is about. Raises a 401 Problem where the user's account was
    deleted, a 404 one where the other's was.
    """
    try:
        return work()
    except WriteConflict:
        if table.is_deleted(user_id):
            raise SessionEnded("The account was deleted.") from None
        if about is not None and table.is_deleted(about):
            raise NotFound() from None
        raise
