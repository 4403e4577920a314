"""Execution of quick actions by one-tap links, which notifications carry."""

from datetime import datetime

import msgspec

from domain.errors import NotFound
from quick_actions.models import Execution
from quick_actions.rules import artist_actions
from quick_actions.rules.errors import LinkExpired, LinkUsed, LinkWithdrawn
from quick_actions.schemas import OneTapResult
from quick_actions.store import actions
from quick_actions.store import executions as store
from quick_actions.use_cases import executions
from shared.data.conflicts import retry_on_conflict
from shared.http import one_tap_links
from shared.http.one_tap_links import OneTap


def execute(token: str, now: datetime) -> OneTapResult:
    """Execute the action that a link names.

    Raises:
        NotFound: The token is not ours, or its action or conversation is gone.
        LinkExpired: The link has expired.
        LinkUsed: The link was used before.
        LinkWithdrawn: The artist no longer offers the action in notifications.
        ActionDisabled: The action is disabled.
        VariablesMissing: A variable has no value.
        MessageTooLong: A message is too long.
    """
    link = one_tap_links.read(token)
    if link is None:
        raise NotFound("There is no such link.")
    if now >= link.expires_at:
        raise LinkExpired("This link has expired.")
    return OneTapResult(_execute_once(link, now).status)


@retry_on_conflict
def _execute_once(link: OneTap, now: datetime) -> Execution:
    # No caller can choose an id of this form: theirs have no colon.
    execution_id = f"link:{link.occasion}:{link.action_id}"
    if store.find_execution(link.artist_id, execution_id) is not None:
        raise LinkUsed("This link was used before.")
    action = artist_actions.get(actions.get_actions(link.artist_id), link.action_id)
    if not action.one_tap:
        raise LinkWithdrawn("This action is no longer offered in notifications.")
    conversation = executions.require_conversation(link.artist_id, link.conversation_id)
    execution = executions.draft(execution_id, action, conversation, None, now)
    execution = msgspec.structs.replace(execution, by_link=True)
    executions.queue(execution, now)
    return execution
