"""Executions of quick actions: once for each id, with all messages or none, and on record.

Nothing is sent from here. One event carries all messages. messaging checks whether the artist may
write to the client, posts them, and publishes the outcome.
"""

from datetime import datetime
from hashlib import sha256

import msgspec

from domain.errors import Blocked, FieldError, GuestConversation, InvalidFields, NotFound
from domain.ids import is_guest
from quick_actions import events
from quick_actions.models import Conversation, Execution, ExecutionStatus, QuickAction
from quick_actions.rules import artist_actions, variables
from quick_actions.rules.errors import (
    ActionDisabled,
    ExecutionIdReused,
    MessageTooLong,
    PreviewOutdated,
    VariablesMissing,
)
from quick_actions.rules.variables import QuickActionVariable
from quick_actions.schemas import (
    ExecuteQuickActionRequest,
    PreviewQuickActionRequest,
    QuickActionExecution,
    QuickActionExecutionList,
    QuickActionExecutionsQuery,
    QuickActionMessage,
    QuickActionPreview,
)
from quick_actions.store import actions, copies
from quick_actions.store import executions as store
from quick_actions.use_cases import variable_values
from quick_actions.use_cases.variable_values import GivenValues
from shared.data import bans
from shared.data.conflicts import retry_on_conflict
from shared.events.domain_events import new_event
from shared.http import booking_statements, cursors, rate_limits
from shared.http.caller import Caller

MAX_EXECUTIONS = 60  # of an artist in 15 minutes: with five messages each, what a person may send
MAX_MESSAGE = 4000  # of messaging
NOTHING_GIVEN = GivenValues()


class RenderedTexts(msgspec.Struct, frozen=True):
    """The texts of an action for one client, and the variables that have no value."""

    texts: tuple[str, ...]
    missing: tuple[QuickActionVariable, ...]

    @property
    def version(self) -> str:
        """Version of a preview of these texts."""
        return sha256(msgspec.json.encode(self.texts)).hexdigest()[:32]


def preview(
    caller: Caller, action_id: str, request: PreviewQuickActionRequest, now: datetime
) -> QuickActionPreview:
    """Preview the messages of an action.

    Raises:
        NotFound: The caller has no such action or conversation.
        GuestConversation: The conversation is with a guest.
        InvalidFields: Neither the conversation nor the client is named, or both are, the service
            is not the caller's, or the booking not one of the client with the caller.
        MessageTooLong: A message is too long.
    """
    action = artist_actions.get(actions.get_actions(caller.user_id), action_id)
    if (request.conversation_id is None) == (request.client_id is None):
        raise InvalidFields(FieldError("body", "needs either conversationId or clientId"))
    if request.conversation_id is not None:
        conversation = require_conversation(caller.user_id, request.conversation_id)
    else:
        conversation = _require_conversation_with(caller.user_id, request.client_id or "")
    rendered = render(action, conversation, _get_given(request, conversation, now))
    return QuickActionPreview(
        [QuickActionMessage(text) for text in rendered.texts],
        list(rendered.missing),
        rendered.version,
    )


def execute(
    caller: Caller, action_id: str, request: ExecuteQuickActionRequest, now: datetime
) -> QuickActionExecution:
    """Execute an action, or return the earlier execution for the same id and request.

    Raises:
        NotFound: The caller has no such action or conversation.
        GuestConversation: The conversation is with a guest.
        InvalidFields: The service is not the caller's.
        Blocked: The caller or the client blocks the other.
        ActionDisabled: The action is disabled.
        VariablesMissing: A variable has no value.
        MessageTooLong: A message is too long.
        PreviewOutdated: The messages are no longer those of the named preview.
        ExecutionIdReused: The id was used for another request.
        Problem: 429, when the caller executed too many actions.
    """
    rate_limits.enforce(rate_limits.count("quick-actions", caller.user_id, MAX_EXECUTIONS, now))
    return present(_execute_once(caller, action_id, request, now))


@retry_on_conflict
def _execute_once(
    caller: Caller, action_id: str, request: ExecuteQuickActionRequest, now: datetime
) -> Execution:
    fingerprint = _fingerprint(action_id, request)
    earlier = store.find_execution(caller.user_id, request.execution_id)
    if earlier is not None:
        if earlier.fingerprint != fingerprint:
            raise ExecutionIdReused("This executionId was used for another request.")
        return earlier
    action = artist_actions.get(actions.get_actions(caller.user_id), action_id)
    conversation = require_conversation(caller.user_id, request.conversation_id)
    rendered = render_to_send(action, conversation, _get_given(request, conversation, now))
    if request.preview_version not in (None, rendered.version):
        raise PreviewOutdated("The messages have changed since they were previewed.")
    execution = draft(request.execution_id, action, conversation, rendered.texts, now)
    execution = msgspec.structs.replace(execution, fingerprint=fingerprint)
    queue(execution, now)
    return execution


def render_to_send(
    action: QuickAction,
    conversation: Conversation,
    given: GivenValues = NOTHING_GIVEN,
) -> RenderedTexts:
    """Render the texts of an action that can be executed now.

    Raises:
        Blocked: One member of the conversation blocks the other, or the client is banned.
        ActionDisabled: The action is disabled.
        InvalidFields: The artist has no such service.
        VariablesMissing: A variable has no value.
        MessageTooLong: A message is too long.
    """
    if not action.enabled:
        raise ActionDisabled("This action is disabled.")
    if copies.is_blocked(conversation.id) or bans.is_banned(conversation.client_id):
        raise Blocked("You cannot write to this client because one of you blocked the other.")
    rendered = render(action, conversation, given)
    if rendered.missing:
        raise VariablesMissing(
            "Nothing was sent because some variables have no value; see errors.",
            errors=[FieldError(name, "has no value") for name in rendered.missing],
        )
    return rendered


def draft(
    execution_id: str,
    action: QuickAction,
    conversation: Conversation,
    texts: tuple[str, ...],
    now: datetime,
) -> Execution:
    """Draft an execution that sends these texts."""
    return Execution(
        id=execution_id,
        artist_id=conversation.artist_id,
        client_id=conversation.client_id,
        conversation_id=conversation.id,
        action_id=action.id,
        label=action.label,
        texts=texts,
        fingerprint="",
        status=ExecutionStatus.QUEUED,
        created_at=now,
        sk=store.build_key(execution_id, now),
    )


def queue(execution: Execution, now: datetime) -> None:
    """Save an execution and publish its event.

    Raises:
        WriteConflict: The id was used before, or one of the two accounts was deleted.
    """
    data = events.executed_data(execution)
    event = new_event("quick_actions", execution.conversation_id, data, now)
    store.add_execution(execution, event)


def render(action: QuickAction, conversation: Conversation, given: GivenValues) -> RenderedTexts:
    """Render the texts of an action for the client of a conversation.

    Raises:
        InvalidFields: The artist has no such service.
        MessageTooLong: A message is too long.
    """
    values = variable_values.collect(conversation, given)
    names = dict.fromkeys(name for text in action.steps for name in variables.list_names(text))
    texts = tuple(variables.fill(text, values) for text in action.steps)
    if any(len(text) > MAX_MESSAGE for text in texts):
        raise MessageTooLong(
            f"A message can have at most {MAX_MESSAGE} characters. Name a service to state less."
        )
    return RenderedTexts(
        texts, tuple(QuickActionVariable(name) for name in names if name not in values)
    )


def require_conversation(artist_id: str, conversation_id: str) -> Conversation:
    """Get a conversation of the artist.

    Raises:
        NotFound: The artist has no such conversation.
        GuestConversation: It is with a guest.
    """
    conversation = copies.find_conversation(conversation_id)
    if conversation is None or conversation.artist_id != artist_id:
        raise NotFound("There is no such conversation.")
    if is_guest(conversation.client_id):
        raise GuestConversation("Quick actions are for clients. Write to the guest instead.")
    return conversation


def _require_conversation_with(artist_id: str, client_id: str) -> Conversation:
    conversation = copies.find_conversation_with(artist_id, client_id)
    if conversation is None:
        raise NotFound("There is no such conversation.")
    return conversation


# ---- audit -------------------------------------------------------------------------------------


def list_executions(caller: Caller, query: QuickActionExecutionsQuery) -> QuickActionExecutionList:
    """List the caller's executions, the newest first.

    Raises:
        InvalidFields: The cursor does not belong to this list.
    """
    scope = f"quick-action-executions {caller.user_id}"
    after = cursors.decode(query.cursor, scope) if query.cursor else None
    page, position = store.list_executions(caller.user_id, after, query.limit)
    next_cursor = cursors.encode(position, scope) if position else None
    return QuickActionExecutionList([present(execution) for execution in page], next_cursor)


def get(caller: Caller, execution_id: str) -> QuickActionExecution:
    """Get one of the caller's executions.

    Raises:
        NotFound: The caller has no such execution.
    """
    execution = store.find_execution(caller.user_id, execution_id)
    if execution is None:
        raise NotFound("There is no such execution.")
    return present(execution)


@retry_on_conflict
def record_outcome(
    artist_id: str, execution_id: str, status: ExecutionStatus, reason: str = ""
) -> None:
    """Record the outcome of an execution; the first one is final."""
    execution = store.find_execution(artist_id, execution_id)
    if execution is None or execution.status is not ExecutionStatus.QUEUED:
        return
    changed = msgspec.structs.replace(
        execution, status=status, reason=reason, version=execution.version + 1
    )
    store.save_execution(changed)


def present(execution: Execution) -> QuickActionExecution:
    """Present an execution to its artist."""
    return QuickActionExecution(
        id=execution.id,
        action_id=execution.action_id,
        label=execution.label,
        conversation_id=execution.conversation_id,
        client_id=execution.client_id,
        messages=[QuickActionMessage(text) for text in execution.texts],
        status=execution.status,
        reason=execution.reason,
        by_link=execution.by_link,
        created_at=execution.created_at,
    )


def _get_given(
    request: PreviewQuickActionRequest | ExecuteQuickActionRequest,
    conversation: Conversation,
    now: datetime,
) -> GivenValues:
    """Return what a request gives for the variables of a text.

    Raises:
        InvalidFields: It states a service and a booking, or what is not a booking of the two.
    """
    if request.booking_statement is None:
        return GivenValues(request.next_slot, request.service_id)
    statement = booking_statements.read(request.booking_statement)
    parties = (statement.artist_id, statement.client_id) if statement else None
    is_theirs = parties == (conversation.artist_id, conversation.client_id)
    if request.service_id is not None:
        raise InvalidFields(FieldError("body.bookingStatement", "excludes serviceId"))
    if statement is None or not is_theirs or now >= statement.expires_at:
        raise InvalidFields(
            FieldError(
                "body.bookingStatement",
                "is not a statement about a booking of this client with you, or has expired",
            )
        )
    return GivenValues(request.next_slot, None, statement)


def _fingerprint(action_id: str, request: ExecuteQuickActionRequest) -> str:
    body = [action_id, request.conversation_id, request.next_slot]
    if request.service_id is not None:  # earlier fingerprints hold none
        body.append(request.service_id)
    if request.booking_statement is not None:
        body.append(request.booking_statement)
    return sha256(msgspec.json.encode(body)).hexdigest()
