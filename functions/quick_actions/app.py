"""Routes and triggers of quick_actions."""

from domain.errors import Blocked, GuestConversation, NotFound
from quick_actions import consumers, events
from quick_actions.rules.errors import (
    ActionChanged,
    ActionDisabled,
    ExecutionIdReused,
    LinkExpired,
    LinkUsed,
    LinkWithdrawn,
    MessageTooLong,
    PreviewOutdated,
    SystemAction,
    TooManyActions,
    TooManyOneTap,
    VariablesMissing,
)
from quick_actions.schemas import (
    CreateQuickActionRequest,
    ExecuteQuickActionRequest,
    ExecutionId,
    OneTapResult,
    OneTapToken,
    PreviewQuickActionRequest,
    QuickActionExecution,
    QuickActionExecutionList,
    QuickActionExecutionsQuery,
    QuickActionId,
    QuickActionList,
    QuickActionOrderRequest,
    QuickActionPreview,
    QuickActionView,
    UpdateQuickActionRequest,
)
from quick_actions.store import table
from quick_actions.use_cases import actions, executions, imports, link_executions, person_copies
from shared.data import imported_rows
from shared.data.imported_rows import ImportedRows, ImportRowsRequest
from shared.data.person_copies import CopiesByUserQuery, PersonCopies
from shared.events.domain_events import DomainEvent
from shared.http.app import FeatureApp
from shared.http.caller import Caller, Role
from shared.platform import clock

app = FeatureApp(
    "quick_actions",
    ready={"dynamodb": table.ping},
    services=("ssm",),
    worker_services=("dynamodb",),
)
app.publishes(*events.PUBLISHED)
app.health_route()
outbox = app.outbox_relay(table="quick-actions")


# ---- actions -----------------------------------------------------------------------------------


@app.route("/v1/quick-actions", methods=["GET"], roles=(Role.ARTIST,))
def list_quick_actions(caller: Caller) -> QuickActionList:
    """List the caller's quick actions.

    Their own actions and the system actions, in the order that they chose.
    """
    return actions.list_actions(caller)


@app.route(
    "/v1/quick-actions",
    methods=["POST"],
    status=201,
    roles=(Role.ARTIST,),
    errors=(TooManyActions, TooManyOneTap),
)
def create_quick_action(caller: Caller, body: CreateQuickActionRequest) -> QuickActionView:
    """Create a quick action.

    It comes after all others. An artist can have at most six of their own.
    """
    return actions.create(caller, body)


@app.route("/v1/quick-actions/order", methods=["PUT"], roles=(Role.ARTIST,))
def replace_quick_action_order(caller: Caller, body: QuickActionOrderRequest) -> QuickActionList:
    """Replace the order of the caller's quick actions."""
    return actions.reorder(caller, body)


@app.route("/v1/quick-actions/{id}", methods=["GET"], roles=(Role.ARTIST,), errors=(NotFound,))
def get_quick_action(caller: Caller, id: QuickActionId) -> QuickActionView:
    """Get a quick action."""
    return actions.get(caller, id)


@app.route(
    "/v1/quick-actions/{id}",
    methods=["PATCH"],
    roles=(Role.ARTIST,),
    errors=(NotFound, TooManyOneTap),
)
def update_quick_action(
    caller: Caller, id: QuickActionId, body: UpdateQuickActionRequest
) -> QuickActionView:
    """Update a quick action.

    Of a system action, only `enabled` and `oneTap` can be changed.
    """
    return actions.update(caller, id, body)


@app.route(
    "/v1/quick-actions/{id}",
    methods=["DELETE"],
    status=204,
    roles=(Role.ARTIST,),
    errors=(NotFound, SystemAction),
)
def delete_quick_action(caller: Caller, id: QuickActionId) -> None:
    """Delete a quick action.

    System actions can only be disabled.
    """
    actions.delete(caller, id)


# ---- executions --------------------------------------------------------------------------------


@app.route(
    "/v1/quick-actions/{id}/preview",
    methods=["POST"],
    roles=(Role.ARTIST,),
    idempotent=False,
    errors=(NotFound, GuestConversation, MessageTooLong),
)
def preview_quick_action(
    caller: Caller, id: QuickActionId, body: PreviewQuickActionRequest
) -> QuickActionPreview:
    """Preview a quick action.

    Returns the messages that would be sent to this client, and the variables without a value.
    """
    return executions.preview(caller, id, body, clock.now())


@app.route(
    "/v1/quick-actions/{id}/executions",
    methods=["POST"],
    status=202,
    roles=(Role.ARTIST,),
    errors=(
        NotFound,
        Blocked,
        GuestConversation,
        ActionDisabled,
        VariablesMissing,
        MessageTooLong,
        PreviewOutdated,
        ExecutionIdReused,
    ),
)
def execute_quick_action(
    caller: Caller, id: QuickActionId, body: ExecuteQuickActionRequest
) -> QuickActionExecution:
    """Execute a quick action.

    All its messages are sent to the conversation, or none: once for each `executionId`. With
    the `previewVersion` that was shown, exactly those messages are sent, or none.
    """
    return executions.execute(caller, id, body, clock.now())


@app.route("/v1/quick-actions/executions", methods=["GET"], roles=(Role.ARTIST,))
def list_quick_action_executions(
    caller: Caller, query: QuickActionExecutionsQuery
) -> QuickActionExecutionList:
    """List the caller's executions of quick actions.

    The newest come first.
    """
    return executions.list_executions(caller, query)


@app.route(
    "/v1/quick-actions/executions/{id}",
    methods=["GET"],
    roles=(Role.ARTIST,),
    errors=(NotFound,),
)
def get_quick_action_execution(caller: Caller, id: ExecutionId) -> QuickActionExecution:
    """Get an execution of a quick action."""
    return executions.get(caller, id)


@app.route(
    "/v1/quick-actions/links/{token}",
    methods=["POST"],
    status=202,
    public=True,
    keyless=True,
    limit="one-tap",
    errors=(
        NotFound,
        LinkExpired,
        LinkUsed,
        LinkWithdrawn,
        ActionChanged,
        Blocked,
        GuestConversation,
        ActionDisabled,
        VariablesMissing,
        MessageTooLong,
    ),
)
def execute_one_tap_link(token: OneTapToken) -> OneTapResult:
    """Execute a one-tap link.

    Executes the quick action that a notification offers, as the notification showed it, once. A
    link that sent nothing can be used again. It needs no access token and no API key.
    """
    return link_executions.execute(token, clock.now())


# ---- triggers ----------------------------------------------------------------------------------


@app.on_domain_events(*consumers.HANDLERS)
def events_worker(event: DomainEvent) -> None:
    """Consume events about users, conversations, services, policies and executions."""
    consumers.handle(event, clock.now())


# ---- for operators -----------------------------------------------------------------------------


@app.operator_function()
def copies(request: CopiesByUserQuery) -> PersonCopies:
    """Return the stored copies of these users, to be compared with profiles."""
    return person_copies.list_copies(request)


@app.operator_function()
def import_rows(request: ImportRowsRequest) -> ImportedRows:
    """Import quick actions from an earlier system."""
    return imported_rows.import_rows(request, imports.KINDS, clock.now())
