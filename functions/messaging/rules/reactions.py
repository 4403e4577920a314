"""Reactions: which a message may have, by which members."""

from collections.abc import Sequence
from datetime import datetime

from messaging.models import Reaction
from messaging.rules.errors import TooManyReactions

MAX_KINDS = 20  # different emoji of one message


def add(
    reactions: Sequence[Reaction], emoji: str, user_id: str, now: datetime
) -> tuple[Reaction, ...]:
    """Return the reactions with one more. The same of the same member again changes nothing.

    Raises:
        TooManyReactions: It would be the twenty-first kind.
    """
    if any((each.emoji, each.user_id) == (emoji, user_id) for each in reactions):
        return tuple(reactions)
    kinds = {each.emoji for each in reactions} | {emoji}
    if len(kinds) > MAX_KINDS:
        raise TooManyReactions(f"A message can have {MAX_KINDS} different reactions.")
    return (*reactions, Reaction(emoji=emoji, user_id=user_id, reacted_at=now))


def remove(reactions: Sequence[Reaction], emoji: str, user_id: str) -> tuple[Reaction, ...]:
    """Return the reactions without this one."""
    return tuple(each for each in reactions if (each.emoji, each.user_id) != (emoji, user_id))


def group(reactions: Sequence[Reaction]) -> dict[str, list[str]]:
    """Return who reacted by emoji, in the order in which each came first."""
    by_emoji: dict[str, list[str]] = {}
    for reaction in reactions:
        by_emoji.setdefault(reaction.emoji, []).append(reaction.user_id)
    return by_emoji
