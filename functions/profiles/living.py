"""Writing for people whose account may be gone while their last token is still good."""

from collections.abc import Callable
from typing import TypeVar

from profiles.store import items
from shared.contention import Conflict, settled
from shared.problems import not_found, unauthorized

Result = TypeVar("Result")


def settled_for(user_id: str, work: Callable[[], Result], about: str | None = None) -> Result:
    """What `work` answers, as `shared.contention.settled`, for somebody who has an account.

    about: somebody else whom it is about. Raises a 401 Problem where the user's account was
    deleted, a 404 one where the other's was.
    """

    def attempt() -> Result:
        try:
            return work()
        except Conflict:
            if items.is_deleted(user_id):
                raise unauthorized("session_ended", "The account was deleted.") from None
            if about is not None and items.is_deleted(about):
                raise not_found() from None
            raise

    return settled(attempt)
