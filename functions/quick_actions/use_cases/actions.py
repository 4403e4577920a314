"""Quick actions of an artist: reading and changing them."""

from functools import partial

import msgspec
from msgspec import UNSET

from domain.errors import FieldError, InvalidFields
from domain.ids import new_id
from quick_actions import events
from quick_actions.models import ArtistActions, QuickAction
from quick_actions.rules import artist_actions, system_actions, variables
from quick_actions.rules.variables import QuickActionVariable
from quick_actions.schemas import (
    CreateQuickActionRequest,
    QuickActionList,
    QuickActionOrderRequest,
    QuickActionView,
    UpdateQuickActionRequest,
)
from quick_actions.store import actions as store
from shared.data.conflicts import retry_on_conflict
from shared.events.domain_events import new_event
from shared.http.caller import Caller
from shared.http.repetition import find_made
from shared.platform import clock


def list_actions(caller: Caller) -> QuickActionList:
    """List the caller's actions in their order."""
    return _present_all(store.get_actions(caller.user_id))


def get(caller: Caller, action_id: str) -> QuickActionView:
    """Get one of the caller's actions.

    Raises:
        NotFound: The caller has no such action.
    """
    actions = store.get_actions(caller.user_id)
    return _present(actions, artist_actions.get(actions, action_id).id)


def create(caller: Caller, request: CreateQuickActionRequest) -> QuickActionView:
    """Create an action after all others.

    Raises:
        InvalidFields: The texts use unknown variables, or lack one that the kind needs.
        TooManyActions: The caller has the highest number of own actions.
        TooManyOneTap: Notifications offer the highest number of actions.
    """
    if made := find_made("qac", partial(get, caller)):
        return made
    action = QuickAction(new_id("qac"), **msgspec.structs.asdict(request))
    validate(action)
    return _add(caller, action)


@retry_on_conflict
def _add(caller: Caller, action: QuickAction) -> QuickActionView:
    actions = artist_actions.add(store.get_actions(caller.user_id), action)
    save(actions)
    return _present(actions, action.id)


@retry_on_conflict
def update(caller: Caller, action_id: str, request: UpdateQuickActionRequest) -> QuickActionView:
    """Change the given fields of an action.

    Raises:
        NotFound: The caller has no such action.
        InvalidFields: The texts are wrong, or other fields of a system action would change.
        TooManyOneTap: Notifications offer the highest number of actions.
    """
    changes = {
        name: value for name, value in msgspec.structs.asdict(request).items() if value is not UNSET
    }

    def apply_changes(action: QuickAction) -> QuickAction:
        changed = msgspec.structs.replace(action, **changes)
        validate(changed)
        return changed

    before = store.get_actions(caller.user_id)
    actions = artist_actions.change(before, action_id, apply_changes)
    save(actions)
    return _present(actions, action_id)


@retry_on_conflict
def delete(caller: Caller, action_id: str) -> None:
    """Delete one of the caller's own actions.

    Raises:
        NotFound: The caller has no such action.
        SystemAction: It is a system action.
    """
    save(artist_actions.remove(store.get_actions(caller.user_id), action_id))


@retry_on_conflict
def reorder(caller: Caller, request: QuickActionOrderRequest) -> QuickActionList:
    """Put the caller's actions into this order.

    Raises:
        InvalidFields: The order does not name each action exactly once.
    """
    actions = artist_actions.reorder(store.get_actions(caller.user_id), request.ids)
    save(actions)
    return _present_all(actions)


def save(actions: ArtistActions) -> None:
    """Save the next version of an artist's actions, and publish those that notifications offer."""
    offered = [
        action
        for action in artist_actions.list_in_order(actions)
        if action.enabled and action.one_tap
    ]
    data = events.saved_data(actions, offered)
    event = new_event("quick_actions", actions.artist_id, data, clock.now())
    store.save_actions(actions, event)


def validate(action: QuickAction) -> None:
    """Validate the texts of an action.

    Raises:
        InvalidFields: They use unknown variables, lack one that the kind needs, or use one that
            has no value in a one-tap action.
    """
    errors = [
        FieldError(f"body.steps[{position}]", mistake)
        for position, text in enumerate(action.steps)
        for mistake in variables.find_mistakes(text)
    ]
    missing = variables.find_missing(action.kind, action.steps)
    if missing and not errors:
        errors.append(FieldError("body.steps", missing))
    uses_next_slot = any(
        QuickActionVariable.NEXT_SLOT in variables.list_names(text) for text in action.steps
    )
    if action.one_tap and uses_next_slot:
        errors.append(FieldError("body.oneTap", "has no value for {{next_slot}}"))
    if errors:
        raise InvalidFields(*errors)


def _present_all(actions: ArtistActions) -> QuickActionList:
    items = [
        QuickActionView(
            action.id,
            action.label,
            action.kind,
            action.steps,
            position,
            action.enabled,
            action.one_tap,
            action.id in system_actions.BY_ID,
        )
        for position, action in enumerate(artist_actions.list_in_order(actions), start=1)
    ]
    return QuickActionList(items, tuple(QuickActionVariable))


def _present(actions: ArtistActions, action_id: str) -> QuickActionView:
    return next(item for item in _present_all(actions).items if item.id == action_id)
