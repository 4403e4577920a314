"""Write conflicts where an account may have been deleted.

An access token stays valid for a while after its account was deleted. Every write checks the marks
of deleted accounts, and fails with a WriteConflict that no retry can resolve.
"""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, overload

from domain.errors import NotFound, SessionEnded
from shared.data import tombstones
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.http.caller import Caller

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def raise_unless_deleted(*user_ids: str) -> None:
    """Raise WriteConflict again, unless one of the accounts was deleted.

    What consumers of events write about a deleted account is dropped.
    """
    if not tombstones.find_deleted(*user_ids):
        raise WriteConflict


@overload
def retry_while_account_exists(
    use_case: Callable[Concatenate[Caller, Arguments], Result],
) -> Callable[Concatenate[Caller, Arguments], Result]: ...


@overload
def retry_while_account_exists(
    *, other: str
) -> Callable[
    [Callable[Concatenate[Caller, Arguments], Result]],
    Callable[Concatenate[Caller, Arguments], Result],
]: ...


def retry_while_account_exists(
    use_case: Callable[Concatenate[Caller, Arguments], Result] | None = None,
    *,
    other: str | None = None,
) -> (
    Callable[Concatenate[Caller, Arguments], Result]
    | Callable[
        [Callable[Concatenate[Caller, Arguments], Result]],
        Callable[Concatenate[Caller, Arguments], Result],
    ]
):
    """Retry a use case on write conflicts, as `retry_on_conflict`, while the accounts exist.

    Args:
        use_case: A use case whose first parameter is the caller.
        other: Name of the parameter with the id of another user that the use case writes about.

    Raises:
        SessionEnded: The caller's account was deleted.
        NotFound: The other user's account was deleted.
        Busy: Every attempt ended in a conflict.
    """

    def decorate(
        use_case: Callable[Concatenate[Caller, Arguments], Result],
    ) -> Callable[Concatenate[Caller, Arguments], Result]:
        signature = inspect.signature(use_case)

        @retry_on_conflict
        @wraps(use_case)
        def attempt(caller: Caller, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
            try:
                return use_case(caller, *args, **kwargs)
            except WriteConflict:
                if tombstones.is_deleted(caller.user_id):
                    raise SessionEnded("The account was deleted.") from None
                values = signature.bind(caller, *args, **kwargs).arguments
                other_id = values.get(other) if other else None
                if other_id is not None and tombstones.is_deleted(other_id):
                    raise NotFound() from None
                raise

        return attempt

    return decorate if use_case is None else decorate(use_case)
