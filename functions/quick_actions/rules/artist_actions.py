"""Changes of an artist's quick actions: their highest number, their order, and system actions."""

from collections.abc import Callable, Sequence
from hashlib import sha256

import msgspec

from domain.errors import FieldError, InvalidFields, NotFound
from quick_actions.models import ArtistActions, QuickAction
from quick_actions.rules import system_actions
from quick_actions.rules.errors import SystemAction, TooManyActions, TooManyOneTap

MAX_OWN = 6
MAX_ONE_TAP = 2  # browsers show no more buttons than these (Notification.maxActions)


def list_in_order(actions: ArtistActions) -> list[QuickAction]:
    """List all actions in their order; those that the order does not name come last."""
    by_id = system_actions.BY_ID | {action.id: action for action in actions.own}
    ids = [*actions.order, *(id_ for id_ in by_id if id_ not in actions.order)]
    return [_with_settings(by_id[id_], actions) for id_ in ids if id_ in by_id]


def get(actions: ArtistActions, action_id: str) -> QuickAction:
    """Get an action by its id.

    Raises:
        NotFound: The artist has no such action.
    """
    for action in list_in_order(actions):
        if action.id == action_id:
            return action
    raise NotFound("There is no such action.")


def hash_content(action: QuickAction) -> str:
    """Return a hash of the label and the texts of an action, which changes with either."""
    content = msgspec.json.encode([action.label, action.steps])
    return sha256(content).hexdigest()[:16]


def add(actions: ArtistActions, action: QuickAction) -> ArtistActions:
    """Add an action after all others.

    Raises:
        TooManyActions: The artist has the highest number of own actions.
        TooManyOneTap: Notifications offer the highest number of actions.
    """
    if len(actions.own) >= MAX_OWN:
        raise TooManyActions(f"You can have at most {MAX_OWN} actions of your own.")
    own, order = (*actions.own, action), (*_list_ids(actions), action.id)
    return _next_version(actions, own=own, order=order, one_tap=_offer(actions, action))


def change(
    actions: ArtistActions, action_id: str, update: Callable[[QuickAction], QuickAction]
) -> ArtistActions:
    """Change an action. Of a system action, only `enabled` and `one_tap` can change.

    Raises:
        NotFound: The artist has no such action.
        InvalidFields: Other fields of a system action would change.
        TooManyOneTap: Notifications offer the highest number of actions.
    """
    before = get(actions, action_id)
    after = update(before)
    if action_id not in system_actions.BY_ID:
        own = tuple(after if action.id == action_id else action for action in actions.own)
        return _next_version(actions, own=own, one_tap=_offer(actions, after))
    errors = [
        FieldError(f"body.{name}", "cannot be changed in a system action")
        for name in ("label", "kind", "steps")
        if getattr(before, name) != getattr(after, name)
    ]
    if errors:
        raise InvalidFields(*errors)
    others = tuple(id_ for id_ in actions.hidden if id_ != action_id)
    hidden = others if after.enabled else (*others, action_id)
    return _next_version(actions, hidden=hidden, one_tap=_offer(actions, after))


def remove(actions: ArtistActions, action_id: str) -> ArtistActions:
    """Remove an action.

    Raises:
        NotFound: The artist has no such action.
        SystemAction: It is a system action.
    """
    get(actions, action_id)
    if action_id in system_actions.BY_ID:
        raise SystemAction("A system action can be disabled, but not deleted.")
    return _next_version(
        actions,
        own=tuple(action for action in actions.own if action.id != action_id),
        order=tuple(id_ for id_ in _list_ids(actions) if id_ != action_id),
        one_tap=tuple(id_ for id_ in actions.one_tap if id_ != action_id),
    )


def reorder(actions: ArtistActions, order: Sequence[str]) -> ArtistActions:
    """Put the actions into this order.

    Raises:
        InvalidFields: The order does not name each action exactly once.
    """
    ids = _list_ids(actions)
    errors = [
        FieldError(
            f"body.ids[{position}]", "is named twice" if id_ in ids else "is not an action of yours"
        )
        for position, id_ in enumerate(order)
        if id_ not in ids or id_ in order[:position]
    ]
    errors += [FieldError("body.ids", f"lacks {id_}") for id_ in ids if id_ not in order]
    if errors:
        raise InvalidFields(*errors)
    return _next_version(actions, order=tuple(order))


def as_next_version_of(before: ArtistActions, after: ArtistActions) -> ArtistActions:
    """Return what several changes made of the actions, as one change."""
    return msgspec.structs.replace(after, version=before.version + 1)


def _list_ids(actions: ArtistActions) -> list[str]:
    return [action.id for action in list_in_order(actions)]


def _with_settings(action: QuickAction, actions: ArtistActions) -> QuickAction:
    return msgspec.structs.replace(
        action,
        enabled=action.enabled and action.id not in actions.hidden,
        one_tap=action.id in actions.one_tap,
    )


def _offer(actions: ArtistActions, action: QuickAction) -> tuple[str, ...]:
    """Return the ids of the actions that notifications offer once this one is saved."""
    others = tuple(id_ for id_ in actions.one_tap if id_ != action.id)
    if not action.one_tap:
        return others
    if len(others) >= MAX_ONE_TAP:
        raise TooManyOneTap(f"Notifications can offer at most {MAX_ONE_TAP} actions.")
    return (*others, action.id)


def _next_version(actions: ArtistActions, **changes: object) -> ArtistActions:
    return msgspec.structs.replace(actions, version=actions.version + 1, **changes)
