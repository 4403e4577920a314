"""What a deleted account means here: an artist's things go, and what was said to a client does.

First comes a mark that every transaction about the user asks for, so that late events and a last
token's requests write nothing. What is kept of a client's executions is that they were: the
artist's own record. Each step can be done again, and the event comes again until all are done.
"""

from datetime import datetime

import msgspec

from quick_actions import store
from quick_actions.models import Execution


def erase(user_id: str, now: datetime) -> None:
    """Erase what is kept of the user."""
    store.mark_deleted(user_id, now)
    store.forget_artist(user_id)
    store.forget_client(user_id, _without_client)


def _without_client(execution: Execution) -> Execution:
    return msgspec.structs.replace(
        execution, client_id=None, texts=(), version=execution.version + 1
    )
