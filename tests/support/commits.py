"""How often somebody else was first."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from appointments import store
from shared.contention import Conflict


@contextmanager
def refused() -> Iterator[list[Conflict]]:
    """Collect the conflicts of the transactions inside."""
    conflicts: list[Conflict] = []
    commit = store.commit

    def collecting(**changes: Any) -> None:
        try:
            commit(**changes)
        except Conflict as conflict:
            conflicts.append(conflict)
            raise

    with mock.patch.object(store, "commit", collecting):
        yield conflicts
