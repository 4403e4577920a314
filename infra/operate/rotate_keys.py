"""Rotation of the keys of tokens: what signs access tokens, and what seals refresh tokens.

Both replace themselves in time; an operator replaces them earlier. The function `auth-rotate-keys`
makes them. Nobody is signed out: former keys are honoured until all that they signed or sealed has
expired, unless they are said to be leaked.
"""

from collections.abc import Iterator
from typing import Protocol


class Operator(Protocol):
    """Access to the functions of an environment, as `rebuild.Operator` has it."""

    def ask(self, function: str, **question: object) -> dict[str, dict[str, str]]:
        """Invoke a function and return its response."""
        ...


def rotate(operator: Operator, notice_seconds: int, *, leaked: bool) -> Iterator[str]:
    """Make new keys, and yield lines about them.

    Args:
        operator: Who asks.
        notice_seconds: When the new keys take over.
        leaked: End all other keys at once.

    Raises:
        StackError: The function is missing or failed.
    """
    answer = operator.ask("auth-rotate-keys", noticeSeconds=notice_seconds, leaked=leaked)
    signing, sealing = answer["signing"], answer["sealing"]
    yield f"signing key  {signing['id']}  signs access tokens from {signing['startsAt']}"
    yield f"sealing key  {sealing['id']}  seals refresh tokens from {sealing['startsAt']}"
    if leaked:
        yield "Former keys have ended: everybody signs in again."
        yield "What a former signing key signed is accepted until its certificate expires, two and"
        yield "a half hours at most. To end that too, replace the root key (docs/operations.md)."
    else:
        yield "Former keys are honoured until all that they signed or sealed has expired."
