"""Tapping the one-tap links that notifications offer."""

from datetime import datetime

import msgspec

from quick_actions import executing, rows, store
from quick_actions.types import Tapped
from shared import one_tap
from shared.contention import settled
from shared.problems import Problem, not_found


def tap(token: str, now: datetime) -> Tapped:
    """Execute what the link is for.

    Raises a 404 Problem for a token that we did not make, or whose action or conversation is gone;
    a 410 one once it was tapped, has ended, or the artist switched it off; a 409 one where nothing
    can be sent now.
    """
    asked = one_tap.read(token)
    if asked is None:
        raise not_found("There is no such link.")
    if now >= asked.expires_at:
        raise Problem(410, "link_expired", "This link has ended.")
    # An id that no caller can give: theirs have no colon.
    execution_id = f"link:{asked.occasion}:{asked.action_id}"

    def attempt() -> Tapped:
        if store.find_execution(asked.artist_id, execution_id) is not None:
            raise Problem(410, "link_used", "This link was tapped before.")
        action = rows.find(store.find_row(asked.artist_id), asked.action_id)
        if not action.one_tap:
            raise Problem(410, "link_withdrawn", "This is offered no more.")
        conversation = executing.own_conversation(asked.artist_id, asked.conversation_id)
        made = executing.drafted(execution_id, action, conversation, None, now)
        executing.queue(msgspec.structs.replace(made, by_link=True), now)
        return Tapped(made.status)

    return settled(attempt)
