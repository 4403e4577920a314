"""Conflicts of concurrent writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from appointments import store
from shared.data.conflicts import WriteConflict


@contextmanager
def refused() -> Iterator[list[WriteConflict]]:
    """Collect the conflicts of the transactions in the block."""
    conflicts: list[WriteConflict] = []
    commit = store.commit

    def collecting(**changes: Any) -> None:
        try:
            commit(**changes)
        except WriteConflict as conflict:
            conflicts.append(conflict)
            raise

    with mock.patch.object(store, "commit", collecting):
        yield conflicts
