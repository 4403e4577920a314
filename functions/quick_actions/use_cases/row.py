"""An artist arranges their row, and notifications hear which of it they are to offer."""

import msgspec
from msgspec import UNSET

from domain.errors import FieldError, InvalidFields
from domain.ids import new_id
from quick_actions import store
from quick_actions.events import OneTapAction, QuickActionRowSaved
from quick_actions.models import Action, Row
from quick_actions.rules import row_layout, system_actions, variables
from quick_actions.rules.variables import Variable
from quick_actions.schemas import ActionChange, ActionRequest, Actions, ActionView, OrderRequest
from shared.data.conflicts import retry_on_conflict
from shared.events.domain_events import new_event
from shared.http.caller import Caller
from shared.platform import clock


def read(caller: Caller) -> Actions:
    """The caller's row."""
    return _view(store.find_row(caller.user_id))


def read_one(caller: Caller, action_id: str) -> ActionView:
    """An action of the caller's row. Raises a 404 Problem where it has none of this id."""
    row = store.find_row(caller.user_id)
    return _one(row, row_layout.find(row, action_id).id)


def add(caller: Caller, request: ActionRequest) -> ActionView:
    """Put an action at the end of the row.

    Raises a 422 Problem naming what its texts may not hold, and a 409 one for one too many.
    """
    action = Action(new_id("qac"), **msgspec.structs.asdict(request))
    _check(action)

    @retry_on_conflict
    def attempt() -> ActionView:
        row = row_layout.added(store.find_row(caller.user_id), action)
        _save(row)
        return _one(row, action.id)

    return attempt()


def change(caller: Caller, action_id: str, request: ActionChange) -> ActionView:
    """Change an action. Raises 404 and 422 Problems."""
    given = {
        name: value for name, value in msgspec.structs.asdict(request).items() if value is not UNSET
    }

    def made(action: Action) -> Action:
        after = msgspec.structs.replace(action, **given)
        _check(after)
        return after

    @retry_on_conflict
    def attempt() -> ActionView:
        row = row_layout.changed(store.find_row(caller.user_id), action_id, made)
        _save(row)
        return _one(row, action_id)

    return attempt()


@retry_on_conflict
def remove(caller: Caller, action_id: str) -> None:
    """Take an own action out of the row. Raises 404 and 409 Problems."""
    _save(row_layout.without(store.find_row(caller.user_id), action_id))


@retry_on_conflict
def order(caller: Caller, request: OrderRequest) -> Actions:
    """Put the row in this order. Raises a 422 Problem unless it names each action once."""
    row = row_layout.ordered(store.find_row(caller.user_id), request.ids)
    _save(row)
    return _view(row)


def _save(row: Row) -> None:
    offered = (action for action in row_layout.listed(row) if action.enabled and action.one_tap)
    told = QuickActionRowSaved(
        artist_id=row.artist_id,
        one_tap=tuple(OneTapAction(action.id, action.label) for action in offered),
        record_version=row.version,
    )
    store.save_row(row, new_event("quick_actions", row.artist_id, told, clock.now()))


def _check(action: Action) -> None:
    """Raise a 422 Problem naming every variable that nobody knows, and what the kind needs."""
    wrong = [
        FieldError(f"body.steps[{place}]", mistake)
        for place, text in enumerate(action.steps)
        for mistake in variables.mistakes(text)
    ]
    lacking = variables.lacks(action.kind, action.steps)
    if lacking and not wrong:
        wrong.append(FieldError("body.steps", lacking))
    if action.one_tap and any(Variable.NEXT_SLOT in variables.used(text) for text in action.steps):
        wrong.append(FieldError("body.oneTap", "has no value for {{next_slot}}"))
    if wrong:
        raise InvalidFields(*wrong)


def _view(row: Row) -> Actions:
    items = [
        ActionView(
            action.id,
            action.label,
            action.kind,
            action.steps,
            position,
            action.enabled,
            action.one_tap,
            action.id in system_actions.BY_ID,
        )
        for position, action in enumerate(row_layout.listed(row), start=1)
    ]
    return Actions(items, tuple(Variable))


def _one(row: Row, action_id: str) -> ActionView:
    return next(item for item in _view(row).items if item.id == action_id)
