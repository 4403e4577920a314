"""Executing an action: once per id, with all its texts or not at all, and on record.

Nothing is sent from here. One event carries all texts; messaging posts them, checks who may write
to whom, and tells what became of it.
"""

from datetime import datetime
from hashlib import sha256

import msgspec

from domain.errors import FieldError, InvalidFields, NotFound
from quick_actions import store
from quick_actions.events import QuickActionExecuted, TextMessage
from quick_actions.models import Action, Conversation, Execution, Status
from quick_actions.rules import row_layout, variables
from quick_actions.rules.errors import (
    ActionDisabled,
    ExecutionIdReused,
    MessageTooLong,
    VariablesMissing,
)
from quick_actions.rules.variables import Variable
from quick_actions.schemas import (
    ExecutionRequest,
    Executions,
    ExecutionsQuery,
    ExecutionView,
    Preview,
    PreviewRequest,
    TextView,
)
from quick_actions.use_cases import variable_values
from shared.data.conflicts import retry_on_conflict
from shared.events.domain_events import new_event
from shared.http import cursors, rate_limits
from shared.http.caller import Caller

EXECUTED = 60  # per artist and quarter of an hour: with five steps each, what people may send
MAX_MESSAGE = 4000  # of messaging


class Texts(msgspec.Struct, frozen=True):
    """What an action says to somebody, and the variables that have no value there."""

    filled: tuple[str, ...]
    missing: tuple[Variable, ...]


def preview(caller: Caller, action_id: str, request: PreviewRequest) -> Preview:
    """What would be sent. Raises a 404 Problem for what is not the caller's, and a 422 one."""
    action = row_layout.find(store.find_row(caller.user_id), action_id)
    if (request.conversation_id is None) == (request.client_id is None):
        raise InvalidFields(FieldError("body", "needs conversationId or clientId, not both"))
    if request.conversation_id is not None:
        conversation = own_conversation(caller.user_id, request.conversation_id)
    else:
        found = store.find_conversation_with(caller.user_id, request.client_id or "")
        conversation = _there(found)
    texts = texts_of(action, conversation, request.next_slot)
    return Preview([TextView(text) for text in texts.filled], list(texts.missing))


def execute(
    caller: Caller, action_id: str, request: ExecutionRequest, now: datetime
) -> ExecutionView:
    """Have the texts sent; the same id and request again answer what the first did.

    Raises a 404 Problem for what is not the caller's, a 409 one for an action that is switched off
    or has variables without value, a 422 one where the id was used for something else, and a 429
    one for too many.
    """
    rate_limits.enforce(rate_limits.count("quick-actions", caller.user_id, EXECUTED, now))
    asked = _fingerprint(action_id, request)

    @retry_on_conflict
    def attempt() -> ExecutionView:
        earlier = store.find_execution(caller.user_id, request.execution_id)
        if earlier is None:
            action = row_layout.find(store.find_row(caller.user_id), action_id)
            conversation = own_conversation(caller.user_id, request.conversation_id)
            made = drafted(request.execution_id, action, conversation, request.next_slot, now)
            made = msgspec.structs.replace(made, asked=asked)
            queue(made, now)
            return view(made)
        if earlier.asked != asked:
            raise ExecutionIdReused("This executionId was used for something else.")
        return view(earlier)

    return attempt()


def drafted(
    execution_id: str,
    action: Action,
    conversation: Conversation,
    next_slot: str | None,
    now: datetime,
) -> Execution:
    """The execution that is to be queued. Raises 409 Problems, as `execute`."""
    if not action.enabled:
        raise ActionDisabled("This action is switched off.")
    texts = texts_of(action, conversation, next_slot)
    if texts.missing:
        raise VariablesMissing(
            "Nothing is sent while a variable has no value; see errors.",
            errors=[FieldError(name, "has no value") for name in texts.missing],
        )
    if any(len(text) > MAX_MESSAGE for text in texts.filled):
        raise MessageTooLong(f"A message has at most {MAX_MESSAGE} characters.")
    return Execution(
        id=execution_id,
        artist_id=conversation.artist_id,
        client_id=conversation.client_id,
        conversation_id=conversation.id,
        action_id=action.id,
        label=action.label,
        texts=texts.filled,
        asked="",
        status=Status.QUEUED,
        created_at=now,
        sk=store.audit_key(execution_id, now),
    )


def queue(execution: Execution, now: datetime) -> None:
    """Put it on record and on its way, all steps at once. Raises Conflict where that was done."""
    told = QuickActionExecuted(
        execution_id=execution.id,
        artist_id=execution.artist_id,
        client_id=execution.client_id or "",
        conversation_id=execution.conversation_id,
        action_id=execution.action_id,
        messages=tuple(TextMessage(text) for text in execution.texts),
    )
    store.add_execution(execution, new_event("quick_actions", execution.conversation_id, told, now))


def texts_of(action: Action, conversation: Conversation, next_slot: str | None) -> Texts:
    """What the action says in this conversation."""
    known = variable_values.known(conversation, next_slot)
    wanted = dict.fromkeys(name for text in action.steps for name in variables.used(text))
    return Texts(
        tuple(variables.filled(text, known) for text in action.steps),
        tuple(Variable(name) for name in wanted if name not in known),
    )


def own_conversation(artist_id: str, conversation_id: str) -> Conversation:
    """The artist's conversation. Raises a 404 Problem for everybody else's."""
    found = store.find_conversation(conversation_id)
    return _there(found if found and found.artist_id == artist_id else None)


# ---- the record --------------------------------------------------------------------------------


def audit(caller: Caller, query: ExecutionsQuery) -> Executions:
    """What the caller executed, the newest first. Raises a 422 Problem for a wrong cursor."""
    scope = f"quick-action-executions {caller.user_id}"
    after = cursors.decode(query.cursor, scope) if query.cursor else None
    found, position = store.list_executions(caller.user_id, after, query.limit)
    cursor = cursors.encode(position, scope) if position else None
    return Executions([view(execution) for execution in found], cursor)


def read(caller: Caller, execution_id: str) -> ExecutionView:
    """One execution of the caller's. Raises a 404 Problem where there is none."""
    found = store.find_execution(caller.user_id, execution_id)
    if found is None:
        raise NotFound("There is no such execution.")
    return view(found)


@retry_on_conflict
def settle(artist_id: str, execution_id: str, status: Status, reason: str = "") -> None:
    """Keep what became of an execution; what was told first stays."""
    found = store.find_execution(artist_id, execution_id)
    if found is None or found.status is not Status.QUEUED:
        return
    after = msgspec.structs.replace(found, status=status, reason=reason, version=found.version + 1)
    store.save_execution(after)


def view(execution: Execution) -> ExecutionView:
    """The execution as its artist sees it."""
    return ExecutionView(
        id=execution.id,
        action_id=execution.action_id,
        label=execution.label,
        conversation_id=execution.conversation_id,
        client_id=execution.client_id,
        messages=[TextView(text) for text in execution.texts],
        status=execution.status,
        reason=execution.reason,
        by_link=execution.by_link,
        created_at=execution.created_at,
    )


def _there(conversation: Conversation | None) -> Conversation:
    if conversation is None:
        raise NotFound("There is no such conversation.")
    return conversation


def _fingerprint(action_id: str, request: ExecutionRequest) -> str:
    body = [action_id, request.conversation_id, request.next_slot]
    return sha256(msgspec.json.encode(body)).hexdigest()
