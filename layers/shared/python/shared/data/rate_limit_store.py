"""Windows of rate limits in DynamoDB, counted atomically."""

from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition

from shared.data.dynamodb import Table, is_condition_failure, table_meta


class Window(Table):
    """The requests of a subject in its current window. Subjects are stored as hashes."""

    Meta = table_meta("limits")
    id = UnicodeAttribute(hash_key=True)
    hits = NumberAttribute(default=0)
    expires_at = NumberAttribute()


def count_hit(key: str, instant: int, lifetime: int) -> tuple[int, int]:
    """Count a request; return the number of requests in the window and when the window closes.

    If two requests race to open a window, the loser is counted in the window that the winner
    opened.

    Args:
        key: Limit and hashed subject.
        instant: When the request arrived, in epoch seconds.
        lifetime: Length of a window in seconds.
    """
    window = Window(key)
    opened = (
        _add_hit(window, instant) or _open(window, instant, lifetime) or _add_hit(window, instant)
    )
    if not opened:
        raise RuntimeError("The rate limit window could be neither opened nor updated.")
    return int(window.hits), int(window.expires_at)


def _add_hit(window: Window, instant: int) -> bool:
    return _update(window, [Window.hits.add(1)], Window.expires_at > instant)


def _open(window: Window, instant: int, lifetime: int) -> bool:
    closed = Window.expires_at.does_not_exist() | (Window.expires_at <= instant)
    actions = [Window.hits.set(1), Window.expires_at.set(instant + lifetime)]
    return _update(window, actions, closed)


def _update(window: Window, actions: list[Any], condition: Condition) -> bool:
    try:
        window.update(actions=actions, condition=condition)
    except UpdateError as error:
        if is_condition_failure(error):
            return False
        raise
    return True
