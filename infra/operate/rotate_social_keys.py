"""Rotation of the data keys that seal the tokens of social accounts (docs/adr/0067).

Each account has a data key of its own, which every refresh of its tokens replaces. An operator
replaces all of them at once; nobody has to connect anything again. The function
`social-rotate-keys` does a page of them.
"""

from collections.abc import Iterator
from typing import Any, Protocol


class Operator(Protocol):
    """Access to the functions of an environment, as `rebuild.Operator` has it."""

    def ask(self, function: str, **question: object) -> dict[str, Any]:
        """Invoke a function and return its response."""
        ...


def rotate(operator: Operator) -> Iterator[str]:
    """Seal the tokens of all accounts under new data keys, and yield lines about them.

    Raises:
        StackError: The function is missing or failed.
    """
    rotated = skipped = 0
    after: str | None = None
    while True:
        answer = operator.ask("social-rotate-keys", after=after)
        rotated += answer["rotated"]
        skipped += answer["skipped"]
        after = answer["next"]
        if after is None:
            break
    yield f"{rotated} accounts have a new data key."
    if skipped:
        yield f"{skipped} were refreshed at the same time, which gave them a new one as well."
