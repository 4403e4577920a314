"""Labels: a user names and colours them, and gives them to conversations."""

import re
from datetime import datetime

import msgspec

from domain.errors import FieldError, InvalidFields, NotFound, SessionEnded
from messaging.live import fanout, frames
from messaging.models import Label, LabelSet, Side
from messaging.rules import inbox as rules
from messaging.rules.errors import TooManyLabels
from messaging.schemas import ULID, LabelList, LabelRequest, LabelView
from messaging.store import inbox as store
from messaging.store import person_copies
from shared.data.conflicts import retry_on_conflict
from shared.http.caller import Caller

_ID = re.compile(rf"lbl_{ULID}", re.ASCII)


def list_all(caller: Caller) -> LabelList:
    """Return the caller's labels, in the order in which they were made. One read."""
    return _present(store.find_labels(caller.user_id))


@retry_on_conflict
def save(caller: Caller, label_id: str, request: LabelRequest, now: datetime) -> LabelView:
    """Create a label under an id that the caller chose, or replace the one that has it.

    Raises:
        InvalidFields: The id is none of a label, or another label of the caller has the same name.
        TooManyLabels: The caller has 20 labels already.
        SessionEnded: The caller's account was deleted.
    """
    if not _ID.fullmatch(label_id):
        raise InvalidFields(FieldError("path.id", "must be lbl_ and a ULID"))
    person = person_copies.find(caller.user_id)
    if person is not None and person.erased_at is not None:
        raise SessionEnded("Sign in again.")
    before = store.find_labels(caller.user_id)
    label = Label(id=label_id, name=request.name, color=request.color)
    others = [each for each in before.labels if each.id != label_id]
    if any(each.name.casefold() == label.name.casefold() for each in others):
        raise InvalidFields(FieldError("body.name", "is the name of another of your labels"))
    earlier = before.find(label_id)
    if earlier is None and len(others) >= rules.MAX_LABELS:
        raise TooManyLabels(f"You can have {rules.MAX_LABELS} labels.")
    if earlier != label:
        labels = tuple(label if each.id == label_id else each for each in before.labels)
        _save(before, labels if earlier else (*before.labels, label), now)
    return LabelView(label.id, label.name, label.color)


@retry_on_conflict
def delete(caller: Caller, label_id: str, now: datetime) -> None:
    """Delete a label, and take it from all conversations that have it.

    Raises:
        NotFound: The caller has no such label.
    """
    before = store.find_labels(caller.user_id)
    is_known = before.find(label_id) is not None
    if is_known:
        # First from the set: whoever gives it to a conversation meanwhile looks there once more.
        _save(before, tuple(each for each in before.labels if each.id != label_id), now)
    # Also where it is gone from the set: an earlier request may have died here.
    for side in Side:
        store.remove_label(side, caller.user_id, label_id)
    if not is_known:
        raise NotFound("There is no such label.")


def _save(before: LabelSet, labels: tuple[Label, ...], now: datetime) -> None:
    saved = msgspec.structs.replace(before, labels=labels, version=before.version + 1)
    store.save_labels(saved)
    shown = _present(saved)
    fanout.post_to_users([saved.id], frames.LabelsChangedFrame(shown.items, shown.version), now)


def _present(labels: LabelSet) -> LabelList:
    return LabelList(
        [LabelView(label.id, label.name, label.color) for label in labels.labels], labels.version
    )
