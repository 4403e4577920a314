"""The door of quick_actions: routes and triggers."""

from quick_actions import consumers, store
from quick_actions.events import QuickActionExecuted, QuickActionRowSaved
from quick_actions.schemas import (
    ActionChange,
    ActionRequest,
    Actions,
    ActionView,
    ExecutionRequest,
    Executions,
    ExecutionsQuery,
    ExecutionView,
    OrderRequest,
    Preview,
    PreviewRequest,
    Tapped,
)
from quick_actions.use_cases import executions, one_tap_links, person_copies, row
from shared.data.person_copies import CopiesByUserQuery, PersonCopies
from shared.events.domain_events import DomainEvent
from shared.http.app import FeatureApp
from shared.http.caller import Caller, Role
from shared.platform import clock

app = FeatureApp("quick_actions", ready={"dynamodb": store.ping})
app.publishes(QuickActionExecuted, QuickActionRowSaved)
app.health_route()
outbox = app.outbox_relay(table="quick-actions")


# ---- the row -----------------------------------------------------------------------------------


@app.route("/v1/quick-actions", methods=["GET"], roles=(Role.ARTIST,))
def list_actions(caller: Caller) -> Actions:
    """The caller's row: their own actions and those of the system, in their order."""
    return row.read(caller)


@app.route("/v1/quick-actions", methods=["POST"], status=201, roles=(Role.ARTIST,))
def add_action(caller: Caller, body: ActionRequest) -> ActionView:
    """Add an own action, of which there are at most six, at the end of the row."""
    return row.add(caller, body)


@app.route("/v1/quick-actions/order", methods=["PUT"], roles=(Role.ARTIST,))
def order_actions(caller: Caller, body: OrderRequest) -> Actions:
    """Put the row in another order; `ids` names every action once."""
    return row.order(caller, body)


@app.route("/v1/quick-actions/{id}", methods=["GET"], roles=(Role.ARTIST,))
def get_action(caller: Caller, id: str) -> ActionView:
    """One action of the row."""
    return row.read_one(caller, id)


@app.route("/v1/quick-actions/{id}", methods=["PATCH"], roles=(Role.ARTIST,))
def change_action(caller: Caller, id: str, body: ActionChange) -> ActionView:
    """Change an action; one of the system can only be hidden, by `enabled`."""
    return row.change(caller, id, body)


@app.route("/v1/quick-actions/{id}", methods=["DELETE"], status=204, roles=(Role.ARTIST,))
def remove_action(caller: Caller, id: str) -> None:
    """Remove an own action; the others close ranks."""
    row.remove(caller, id)


# ---- executing ---------------------------------------------------------------------------------


@app.route(
    "/v1/quick-actions/{id}/preview", methods=["POST"], roles=(Role.ARTIST,), idempotent=False
)
def preview_action(caller: Caller, id: str, body: PreviewRequest) -> Preview:
    """What would be sent to this client, and which variables have no value."""
    return executions.preview(caller, id, body)


@app.route("/v1/quick-actions/{id}/executions", methods=["POST"], status=202, roles=(Role.ARTIST,))
def execute_action(caller: Caller, id: str, body: ExecutionRequest) -> ExecutionView:
    """Send all messages of the action into the thread, or none; once per `executionId`."""
    return executions.execute(caller, id, body, clock.now())


@app.route("/v1/quick-actions/executions", methods=["GET"], roles=(Role.ARTIST,))
def list_executions(caller: Caller, query: ExecutionsQuery) -> Executions:
    """What the caller executed, the newest first, and what became of it."""
    return executions.audit(caller, query)


@app.route("/v1/quick-actions/executions/{id}", methods=["GET"], roles=(Role.ARTIST,))
def get_execution(caller: Caller, id: str) -> ExecutionView:
    """One execution, by the id that it was given."""
    return executions.read(caller, id)


@app.route(
    "/v1/quick-actions/links/{token}", methods=["POST"], status=202, public=True, keyless=True
)
def tap_link(token: str) -> Tapped:
    """Do what a notification offers, once; 410 once that was done, has ended or is switched off."""
    return one_tap_links.tap(token, clock.now())


# ---- what is heard -----------------------------------------------------------------------------


@app.on_domain_events(*consumers.HANDLERS)
def events_worker(event: DomainEvent) -> None:
    """Keep copies, learn what became of executions, and erase what is kept of a deleted user."""
    consumers.handle(event, clock.now())


# ---- for operators -----------------------------------------------------------------------------


@app.operator_function()
def copies(request: CopiesByUserQuery) -> PersonCopies:
    """The copies of these users' cards, to be compared with profiles'."""
    return person_copies.kept(request)
