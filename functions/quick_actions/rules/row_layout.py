"""What may become of an artist's row: at most so many own actions, and no gaps in its order."""

from collections.abc import Callable, Sequence

import msgspec

from domain.errors import FieldError, InvalidFields, NotFound
from quick_actions.models import Action, Row
from quick_actions.rules import system_actions
from quick_actions.rules.errors import SystemAction, TooManyActions, TooManyOneTap

MAX_OWN = 6
MAX_ONE_TAP = 2  # more buttons than these no browser shows (Notification.maxActions)


def listed(row: Row) -> list[Action]:
    """All actions in their order; system ones that came after it was laid down are the last."""
    there = system_actions.BY_ID | {action.id: action for action in row.own}
    ids = [*row.order, *(id_ for id_ in there if id_ not in row.order)]
    return [_shown(there[id_], row) for id_ in ids if id_ in there]


def find(row: Row, action_id: str) -> Action:
    """The action of the row. Raises a 404 Problem where it has none of this id."""
    for action in listed(row):
        if action.id == action_id:
            return action
    raise NotFound("There is no such action.")


def added(row: Row, action: Action) -> Row:
    """The row with one more, the last of it. Raises 409 Problems for one too many."""
    if len(row.own) >= MAX_OWN:
        raise TooManyActions(f"At most {MAX_OWN} actions are your own.")
    own, order = (*row.own, action), (*ids(row), action.id)
    return _next(row, own=own, order=order, one_tap=_offered(row, action))


def changed(row: Row, action_id: str, change: Callable[[Action], Action]) -> Row:
    """The row with that action changed; of a system one only `enabled` and `one_tap` may change.

    Raises a 404 Problem where there is none, a 422 one for the rest of a system one, and a 409 one
    for one too many that is offered.
    """
    before = find(row, action_id)
    after = change(before)
    if action_id not in system_actions.BY_ID:
        own = tuple(after if action.id == action_id else action for action in row.own)
        return _next(row, own=own, one_tap=_offered(row, after))
    wrong = [
        FieldError(f"body.{name}", "is not changed in an action of the system")
        for name in ("label", "kind", "steps")
        if getattr(before, name) != getattr(after, name)
    ]
    if wrong:
        raise InvalidFields(*wrong)
    others = tuple(id_ for id_ in row.hidden if id_ != action_id)
    hidden = others if after.enabled else (*others, action_id)
    return _next(row, hidden=hidden, one_tap=_offered(row, after))


def without(row: Row, action_id: str) -> Row:
    """The row without that action. Raises a 409 Problem for one of the system."""
    find(row, action_id)
    if action_id in system_actions.BY_ID:
        raise SystemAction("An action of the system can only be hidden.")
    return _next(
        row,
        own=tuple(action for action in row.own if action.id != action_id),
        order=tuple(id_ for id_ in ids(row) if id_ != action_id),
        one_tap=tuple(id_ for id_ in row.one_tap if id_ != action_id),
    )


def ordered(row: Row, order: Sequence[str]) -> Row:
    """The row in this order. Raises a 422 Problem unless it names each action once."""
    there = ids(row)
    wrong = [
        FieldError(f"body.ids[{place}]", "is named twice" if id_ in there else "is no action")
        for place, id_ in enumerate(order)
        if id_ not in there or id_ in order[:place]
    ]
    wrong += [FieldError("body.ids", f"lacks {id_}") for id_ in there if id_ not in order]
    if wrong:
        raise InvalidFields(*wrong)
    return _next(row, order=tuple(order))


def ids(row: Row) -> list[str]:
    """The ids of all actions in their order."""
    return [action.id for action in listed(row)]


def _shown(action: Action, row: Row) -> Action:
    return msgspec.structs.replace(
        action,
        enabled=action.enabled and action.id not in row.hidden,
        one_tap=action.id in row.one_tap,
    )


def _offered(row: Row, action: Action) -> tuple[str, ...]:
    """The ids of those that are offered, this one among them or not."""
    others = tuple(id_ for id_ in row.one_tap if id_ != action.id)
    if not action.one_tap:
        return others
    if len(others) >= MAX_ONE_TAP:
        raise TooManyOneTap(f"Notifications offer at most {MAX_ONE_TAP} actions.")
    return (*others, action.id)


def _next(row: Row, **changes: object) -> Row:
    return msgspec.structs.replace(row, version=row.version + 1, **changes)
