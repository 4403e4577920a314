"""Execution of quick actions by one-tap links, which notifications carry."""

from datetime import datetime

import msgspec

from domain.errors import NotFound
from quick_actions.models import Execution, ExecutionStatus
from quick_actions.rules import artist_actions
from quick_actions.rules.errors import ActionChanged, LinkExpired, LinkUsed, LinkWithdrawn
from quick_actions.schemas import OneTapResult
from quick_actions.store import actions
from quick_actions.store import executions as store
from quick_actions.use_cases import executions
from shared.data import tombstones
from shared.data.conflicts import retry_on_conflict
from shared.http import one_tap_links
from shared.http.one_tap_links import OneTap

# An execution that failed has sent nothing, so the link can be used again, so many times.
MAX_ATTEMPTS = 20


def execute(token: str, now: datetime) -> OneTapResult:
    """Execute the action that a link names.

    Raises:
        NotFound: The token is not ours, or its artist, action or conversation is gone.
        GuestConversation: The conversation is with a guest.
        LinkExpired: The link has expired.
        LinkUsed: The link was used before.
        LinkWithdrawn: The artist no longer offers the action in notifications.
        ActionChanged: The action is no longer the one that the button showed.
        Blocked: The artist or the client blocks the other.
        ActionDisabled: The action is disabled.
        VariablesMissing: A variable has no value.
        MessageTooLong: A message is too long.
    """
    link = one_tap_links.read(token)
    if link is None or tombstones.is_deleted(link.artist_id):
        raise NotFound("There is no such link.")
    if now >= link.expires_at:
        raise LinkExpired("This link has expired.")
    return OneTapResult(_execute_once(link, now).status)


@retry_on_conflict
def _execute_once(link: OneTap, now: datetime) -> Execution:
    execution_id = _find_unused_id(link)
    action = artist_actions.get(actions.get_actions(link.artist_id), link.action_id)
    if not action.one_tap:
        raise LinkWithdrawn("This action is no longer offered in notifications.")
    # Links from before they held a hash have none.
    if link.content_hash not in ("", artist_actions.hash_content(action)):
        raise ActionChanged("This action was changed after the button was shown.")
    conversation = executions.require_conversation(link.artist_id, link.conversation_id)
    texts = executions.render_to_send(action, conversation).texts
    execution = executions.draft(execution_id, action, conversation, texts, now)
    execution = msgspec.structs.replace(execution, by_link=True)
    executions.queue(execution, now)
    return execution


def _find_unused_id(link: OneTap) -> str:
    """Return the id of the execution that the link starts: one after those that failed.

    Raises:
        LinkUsed: The messages were sent, or are about to be, or failed too often.
    """
    # No caller can choose an id of this form: theirs have no colon.
    first_id = f"link:{link.occasion}:{link.action_id}"
    for attempt in range(1, MAX_ATTEMPTS + 1):
        execution_id = first_id if attempt == 1 else f"{first_id}:{attempt}"
        earlier = store.find_execution(link.artist_id, execution_id)
        if earlier is None:
            return execution_id
        if earlier.status is not ExecutionStatus.FAILED:
            break
    raise LinkUsed("This link was used before.")
