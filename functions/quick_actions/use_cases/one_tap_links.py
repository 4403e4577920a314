"""Tapping the one-tap links that notifications offer."""

from datetime import datetime

import msgspec

from domain.errors import NotFound
from quick_actions import store
from quick_actions.rules import row_layout
from quick_actions.rules.errors import LinkExpired, LinkUsed, LinkWithdrawn
from quick_actions.schemas import Tapped
from quick_actions.use_cases import executions
from shared.data.conflicts import retry_on_conflict
from shared.http import one_tap_links


def tap(token: str, now: datetime) -> Tapped:
    """Execute what the link is for.

    Raises a 404 Problem for a token that we did not make, or whose action or conversation is gone;
    a 410 one once it was tapped, has ended, or the artist switched it off; a 409 one where nothing
    can be sent now.
    """
    asked = one_tap_links.read(token)
    if asked is None:
        raise NotFound("There is no such link.")
    if now >= asked.expires_at:
        raise LinkExpired("This link has ended.")
    # An id that no caller can give: theirs have no colon.
    execution_id = f"link:{asked.occasion}:{asked.action_id}"

    @retry_on_conflict
    def attempt() -> Tapped:
        if store.find_execution(asked.artist_id, execution_id) is not None:
            raise LinkUsed("This link was tapped before.")
        action = row_layout.find(store.find_row(asked.artist_id), asked.action_id)
        if not action.one_tap:
            raise LinkWithdrawn("This is offered no more.")
        conversation = executions.own_conversation(asked.artist_id, asked.conversation_id)
        made = executions.drafted(execution_id, action, conversation, None, now)
        executions.queue(msgspec.structs.replace(made, by_link=True), now)
        return Tapped(made.status)

    return attempt()
