"""Inbox: how each member sorts their conversations, and the views that show them.

Every write of what the views depend on is followed by `settle`, which computes them from the
conversation as that write left it, and stores them unless something was changed meanwhile.
"""

from typing import Any

import msgspec
from pymongo import ASCENDING, ReturnDocument
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from messaging.models import Conversation, LabelSet, Side
from messaging.rules import inbox
from messaging.store import database
from messaging.store.conversations import stored_name
from shared.data.conflicts import WriteConflict
from shared.data.mongodb import Document, to_document, to_record

ATTEMPTS = 10  # of settling; each is lost to another change of the conversation
BATCH = 500  # conversations of one step of `add_views`


def change(conversation_id: str, side: Side, **fields: Any) -> Conversation | None:
    """Set fields of the member on this side, by the names of `Membership`'s fields, and settle.

    Returns:
        The conversation as it is then; None where it is absent.
    """
    changes = {f"{side}.{stored_name(name)}": value for name, value in fields.items()}
    document = _conversations().find_one_and_update(
        {"_id": conversation_id},
        {"$set": changes, "$inc": {f"{side}.stateVersion": 1, "unreadVersion": 1}},
        return_document=ReturnDocument.AFTER,
    )
    changed = to_record(document, Conversation)
    return None if changed is None else settle(changed)


def settle(conversation: Conversation) -> Conversation:
    """Store the views of a conversation as it was just written, unless they are right already.

    Where it was changed meanwhile, it is read again.

    Returns:
        The conversation with its views.
    """
    current: Conversation | None = conversation
    for _ in range(ATTEMPTS):
        if current is None:
            break
        settled = current.with_views()
        changes = {
            f"{side}.views": list(settled.get_membership(side).views)
            for side in Side
            if settled.get_membership(side).views != current.get_membership(side).views
        }
        if not changes:
            return settled
        if _conversations().update_one(_list_inputs(current), {"$set": changes}).matched_count:
            return settled
        current = to_record(_conversations().find_one(conversation.id), Conversation)
    return conversation


def refresh(conversation_id: str) -> None:
    """Settle a conversation that was written in another way."""
    conversation = to_record(_conversations().find_one(conversation_id), Conversation)
    if conversation is not None:
        settle(conversation)


def add_views() -> int:
    """Store the views of conversations that an earlier version opened. Return their number."""
    added, after = 0, ""
    while page := list(
        _conversations().find({"_id": {"$gt": after}}, sort=[("_id", ASCENDING)], limit=BATCH)
    ):
        for document in page:
            if any("views" not in document.get(side.value, {}) for side in Side):
                conversation = msgspec.convert(document, Conversation)
                views = {f"{side}.views": list(conversation.list_views(side)) for side in Side}
                _conversations().update_one(_list_inputs(conversation), {"$set": views})
                added += 1
        after = page[-1]["_id"]
    return added


# ---- labels ------------------------------------------------------------------------------------


def find_labels(user_id: str) -> LabelSet:
    """Return the labels of a user."""
    return to_record(_labels().find_one(user_id), LabelSet) or LabelSet(id=user_id)


def save_labels(labels: LabelSet) -> None:
    """Store the labels of a user as the next version.

    Raises:
        WriteConflict: They were changed meanwhile.
    """
    document = to_document(labels)
    if labels.version > 1:
        unchanged = {"_id": labels.id, "version": labels.version - 1}
        if not _labels().replace_one(unchanged, document).matched_count:
            raise WriteConflict
        return
    try:
        _labels().insert_one(document)
    except DuplicateKeyError as error:
        raise WriteConflict from error


def remove_label(side: Side, user_id: str, label_id: str) -> None:
    """Take a label that was deleted from all conversations of a user on this side. One write."""
    labelled = {f"{side}Id": user_id, f"{side}.views": {"$in": inbox.list_views_of_label(label_id)}}
    removed = {
        "$pull": {
            f"{side}.labels": label_id,
            f"{side}.views": {"$in": inbox.list_views_of_label(label_id)},
        },
        "$inc": {f"{side}.stateVersion": 1},
    }
    _conversations().update_many(labelled, removed)


def erase_labels(user_id: str) -> None:
    """Delete the labels of a user."""
    _labels().delete_one({"_id": user_id})


def _list_inputs(conversation: Conversation) -> Document:
    """Return the condition that nothing was changed on which the views depend."""
    inputs: Document = {
        "_id": conversation.id,
        "clientId": conversation.client_id,
        "joinedInto": conversation.joined_into,
        "unreadVersion": _equal(conversation.unread_version),
    }
    for side in Side:
        member = conversation.get_membership(side)
        inputs[f"{side}.stateVersion"] = _equal(member.state_version)
        inputs[f"{side}.readCount"] = member.read_count
        inputs[f"counts.{side}"] = conversation.counts.get(side)
    return inputs


def _equal(version: int) -> Document:
    """Return the condition that a version, which may be missing at first, is this one."""
    return {"$in": [0, None] if version == 0 else [version]}


def _conversations() -> Collection[Document]:
    return database().conversations


def _labels() -> Collection[Document]:
    return database().labels
