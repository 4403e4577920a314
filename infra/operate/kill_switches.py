"""Kill switches of notifications: what operators stop and release.

The function `notifications-kill-switches` saves them, and the workers follow within a minute.
"""

from collections.abc import Iterator
from typing import Any, Protocol

from infra.local.settings import StackError

FUNCTION = "notifications-kill-switches"


class Operator(Protocol):
    """Access to the functions of an environment, as `rebuild.Operator` has it."""

    def ask(self, function: str, **question: object) -> dict[str, Any]:
        """Invoke a function and return its response."""
        ...


def change(operator: Operator, stop: str, release: str, reason: str) -> Iterator[str]:
    """Stop or release something, and yield a line for each thing that is stopped.

    Args:
        operator: Who asks.
        stop: What to stop, as `channel:sms`, `provider:smtp` or `template:aftercare`; empty for
            nothing.
        release: What to release, in the same way.
        reason: Why it is stopped, for other operators.

    Raises:
        StackError: There is nothing of this name, or the function is missing or failed.
    """
    answer = operator.ask(FUNCTION, stop=stop or None, release=release or None, reason=reason)
    if answer["problem"] is not None:
        raise StackError(f"{answer['problem']}.")
    for switch in answer["switches"]:
        yield (
            f"{switch['switch']}  stopped since {switch['since']}, {switch['waiting']} waiting"
            f"  {switch['reason']}"
        ).rstrip()
    if not answer["switches"]:
        yield "Nothing is stopped."
    if release:
        yield f"What {release} held back goes within a minute or two."
