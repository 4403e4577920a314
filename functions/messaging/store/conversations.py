"""Conversations: their summaries, the state of their members, their outbox."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from pymongo import ASCENDING, DESCENDING, ReturnDocument
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from domain import ids
from messaging.models import (
    Conversation,
    Message,
    MessageSummary,
    MessageType,
    OverdueRecord,
    Pin,
    Side,
)
from messaging.store import ANY_TIME, database
from shared.data.conflicts import WriteConflict
from shared.data.mongodb import Document, to_document, to_record

BLOCK = "block"  # follows a side in `unpublished`
OPENED, ANSWERED, SHARED = "opened", "answered", "shared"
_BOTH_ERASED = {"artist.erased": True, "client.erased": True}
_UNFROZEN: Document = {
    f"{side}.{cursor}": None for side in Side for cursor in ("frozenRead", "frozenDelivered")
}
_ERASED: Document = {
    "erased": True,
    "muted": False,
    "mutedUntil": None,
    "hasBlocked": False,
    "markedUnread": False,
    "archived": False,
    "labels": [],
    "views": [],
    "draftedAt": None,
}


def find(conversation_id: str) -> Conversation | None:
    """Return a conversation, None where it is absent."""
    return to_record(_conversations().find_one(conversation_id), Conversation)


def find_all(conversation_ids: Iterable[str]) -> dict[str, Conversation]:
    """Return those of some conversations that exist, by their ids. One read."""
    documents = _conversations().find({"_id": {"$in": sorted(set(conversation_ids))}})
    return {document["_id"]: msgspec.convert(document, Conversation) for document in documents}


def find_by_pair(artist_id: str, client_id: str) -> Conversation | None:
    """Return the conversation of an artist and a client, None where they have none."""
    pair = {"artistId": artist_id, "clientId": client_id}
    return to_record(_conversations().find_one(pair), Conversation)


def add(conversation: Conversation) -> bool:
    """Store a new conversation. Return False where the pair already has one."""
    try:
        _conversations().insert_one(to_document(conversation.with_views()))
    except DuplicateKeyError:
        return False
    return True


def list_page(
    side: Side,
    user_id: str,
    after: tuple[datetime, str] | None,
    limit: int,
    view: str | None = None,
) -> list[Conversation]:
    """Return conversations in which a user is on this side, the most recently active first.

    Args:
        side: Side of the user.
        user_id: Id of the user.
        after: `active_at` and id of the last conversation of the page before, if any.
        limit: Most conversations to return.
        view: View of the user's list that must show them; see `rules.inbox`.
    """
    wanted: Document = {f"{side}Id": user_id}
    if view is None:
        wanted["joinedInto"] = None
    else:  # no view shows what was moved
        wanted[f"{side}.views"] = view
    if after is not None:
        wanted["activeAt"] = {"$lte": after[0]}
    newest_first = [("activeAt", DESCENDING), ("_id", DESCENDING)]
    most = limit if after is None else limit + 1
    while True:
        documents = list(_conversations().find(wanted, sort=newest_first, limit=most))
        found = [msgspec.convert(document, Conversation) for document in documents]
        # A condition on both would have to be an `$or`, for which no index is used everywhere.
        page = [each for each in found if after is None or (each.active_at, each.id) < after]
        if len(page) >= limit or len(documents) < most:
            return page[:limit]
        most *= 2  # many are as recent as the last one of the page before


def find_by_name(side: Side, user_id: str, beginning: str, limit: int) -> list[Conversation]:
    """Return conversations of a user on this side by the beginning of a name of the other member.

    The most recently active come first.
    """
    named = {f"{side}Id": user_id, f"{side.other}Names": beginning}
    newest_first = [("activeAt", DESCENDING), ("_id", DESCENDING)]
    documents = _conversations().find(named, sort=newest_first, limit=limit)
    return [msgspec.convert(document, Conversation) for document in documents]


def add_names(conversation_id: str, names: Mapping[Side, Sequence[str]]) -> None:
    """Store the beginnings of the names of the members of a conversation, where none are stored."""
    missing = {
        f"{side}Names": {"$ifNull": [f"${side}Names", list(given)]} for side, given in names.items()
    }
    _conversations().update_one({"_id": conversation_id}, [{"$set": missing}])


def set_names(conversation_id: str, names: Mapping[Side, Sequence[str]]) -> None:
    """Store the beginnings of the names of the members of a conversation."""
    changed = {f"{side}Names": list(given) for side, given in names.items()}
    _conversations().update_one({"_id": conversation_id}, {"$set": changed})


def rename(side: Side, user_id: str, beginnings: Sequence[str]) -> None:
    """Store the beginnings of the name of a user on this side in all of their conversations."""
    named = {"$set": {f"{side}Names": list(beginnings)}}
    _conversations().update_many({f"{side}Id": user_id}, named)


def list_after(side: Side, user_id: str, after: str, limit: int) -> list[Conversation]:
    """Return a user's conversations on this side, in the order of their ids, after one of them."""
    wanted = {f"{side}Id": user_id, "_id": {"$gt": after}}
    documents = _conversations().find(wanted, sort=[("_id", ASCENDING)], limit=limit)
    return [msgspec.convert(document, Conversation) for document in documents]


def update_summary(
    message: Message, summary: MessageSummary, writer: Side | None = None
) -> Conversation | None:
    """Summarize a message, unless the summary is of a later one or of a later change.

    Words of an erased author are not put into the summary either.

    Args:
        message: The message.
        summary: Its summary.
        writer: The member who wrote the message by hand. A client or guest begins to wait with it,
            unless they do already.

    Returns:
        The conversation as it is then; None where it was deleted.
    """
    older: Document = {
        "_id": message.conversation_id,
        "$or": [
            {"last": None},
            {"last.sequence": {"$lt": message.sequence}},
            {"last.sequence": message.sequence, "last.revision": {"$lt": message.revision}},
        ],
    }
    highest_revision = {"revision": message.revision}
    change: Document = {
        "$set": {
            "last": to_document(summary),
            "counts": to_document(message.counts),
        },
        "$max": highest_revision | {"activeAt": message.created_at},
        "$inc": {"unreadVersion": 1},
    }
    if writer is Side.CLIENT:
        change["$min"] = {"awaitingSince": message.created_at}
    if summary.preview is not None:
        older["$nor"] = [{f"{side}Id": message.author_id, f"{side}.erased": True} for side in Side]
    return _update(older, change) or _update(
        {"_id": message.conversation_id}, {"$max": highest_revision}
    )


def withdraw(conversation_id: str, side: Side, sequences: Sequence[int]) -> Conversation | None:
    """Let deleted messages of the other member not count as unread. Return the conversation."""
    withdrawn = f"{side}.withdrawn"
    unread = {
        "$filter": {
            "input": sorted(sequences),
            "as": "each",
            "cond": {"$gt": ["$$each", f"${side}.readSequence"]},
        }
    }
    change = {
        withdrawn: {"$setUnion": [{"$ifNull": [f"${withdrawn}", []]}, unread]},
        "unreadVersion": {"$add": [{"$ifNull": ["$unreadVersion", 0]}, 1]},
    }
    return _update({"_id": conversation_id}, [{"$set": change}])


def end_wait(conversation: Conversation) -> bool:
    """Store that the other member waits no more. Return False where somebody else has done so."""
    waiting = {"_id": conversation.id, "awaitingSince": conversation.awaiting_since}
    change = {"$unset": {"awaitingSince": ""}}
    return _conversations().update_one(waiting, change).modified_count == 1


def _update(wanted: Document, change: Document | list[Document]) -> Conversation | None:
    """Change a conversation, and return it as it is then; None where none is as wanted."""
    document = _conversations().find_one_and_update(
        wanted, change, return_document=ReturnDocument.AFTER
    )
    return to_record(document, Conversation)


def update_membership(conversation_id: str, side: Side, **fields: Any) -> None:
    """Set fields of the member on this side, by the names of `Membership`'s fields."""
    changes = {f"{side}.{stored_name(name)}": value for name, value in fields.items()}
    _conversations().update_one({"_id": conversation_id}, {"$set": changes})


def set_block(conversation_id: str, side: Side, blocked: bool, due_at: datetime) -> bool:
    """Set whether the member on this side blocks the other one. Return whether that changed.

    The event is still to be published; the sweeper takes over at `due_at`. Once neither blocks the
    other, each sees how far the other has come again. Whom an artist blocks waits for no answer.
    """
    changing = {"_id": conversation_id, f"{side}.hasBlocked": not blocked}
    change: Document = {
        "$set": {f"{side}.hasBlocked": blocked, "dueAt": due_at},
        "$addToSet": {"unpublished": f"{side} {BLOCK}"},
        "$inc": {"version": 1},
    }
    if blocked and side is Side.ARTIST:
        change["$unset"] = {"awaitingSince": ""}
    has_changed = _conversations().update_one(changing, change).modified_count == 1
    if has_changed and not blocked:
        unblocked = {"_id": conversation_id} | {f"{each}.hasBlocked": False for each in Side}
        _conversations().update_one(unblocked, {"$set": _UNFROZEN})
    return has_changed


def advance_read_cursor(
    conversation: Conversation, side: Side, message: Message, due_at: datetime
) -> Conversation | None:
    """Move the read cursor of this side forward to a message. It is no longer marked as unread.

    The event is still to be published; the sweeper takes over at `due_at`. Under a block, the other
    member sees the cursor where it was.

    Returns:
        The conversation as it is then; None where the cursor was not behind.

    Raises:
        WriteConflict: A block was set or removed since the conversation was read.
    """
    member = conversation.get_membership(side)
    read = msgspec.structs.replace(
        member,
        read_count=message.counts.get(side),
        marked_unread=False,
        withdrawn=tuple(each for each in member.withdrawn if each > message.sequence),
    )
    moved: Document = {
        f"{side}.readSequence": message.sequence,
        f"{side}.readCount": read.read_count,
        f"{side}.markedUnread": False,
        f"{side}.views": list(conversation.with_membership(side, read).list_views(side)),
        "dueAt": due_at,
    }
    if conversation.is_blocked and member.frozen_read is None:
        moved[f"{side}.frozenRead"] = member.read_sequence
    if conversation.is_blocked and member.frozen_delivered is None:
        moved[f"{side}.frozenDelivered"] = member.delivered_sequence
    change = {
        "$set": moved,
        "$max": {f"{side}.deliveredSequence": message.sequence},  # what was read was received
        "$addToSet": {"unpublished": side.value},
        "$pull": {f"{side}.withdrawn": {"$lte": message.sequence}},
        "$inc": {
            "version": 1,
            "unreadVersion": 1,
            f"{side}.stateVersion": int(member.marked_unread),
        },
    }
    return _advance(conversation, f"{side}.readSequence", message.sequence, change)


def advance_delivered_cursor(conversation: Conversation, side: Side, sequence: int) -> bool:
    """Move the delivered cursor of this side forward. Return whether it moved.

    Under a block, the other member sees it where it was.

    Raises:
        WriteConflict: A block was set or removed since the conversation was read.
    """
    membership = conversation.get_membership(side)
    cursor = f"{side}.deliveredSequence"
    moved: Document = {cursor: sequence}
    if conversation.is_blocked and membership.frozen_delivered is None:
        moved[f"{side}.frozenDelivered"] = membership.delivered_sequence
    return _advance(conversation, cursor, sequence, {"$set": moved}) is not None


def _advance(
    conversation: Conversation, cursor: str, sequence: int, change: Document
) -> Conversation | None:
    """Change a conversation if a cursor is behind, and return it; None where it was not."""
    # Conversations from before there was the cursor do not have it.
    behind: Document = {"_id": conversation.id, cursor: {"$not": {"$gte": sequence}}}
    if changed := _update(behind | _list_blocks(conversation), change):
        return changed
    current = find(conversation.id)
    if current is not None and _list_blocks(current) != _list_blocks(conversation):
        raise WriteConflict
    return None


def _list_blocks(conversation: Conversation) -> Document:
    """Return who blocks the other one, as it is stored."""
    return {f"{side}.hasBlocked": conversation.get_membership(side).has_blocked for side in Side}


def set_pin(conversation_id: str, pin: Pin | None) -> None:
    """Set the pin; None removes it."""
    document = None if pin is None else to_document(pin)
    _conversations().update_one({"_id": conversation_id}, {"$set": {"pinned": document}})


# ---- guests ------------------------------------------------------------------------------------


def hand_over(conversation: Conversation, guest_id: str, client_id: str, due_at: datetime) -> bool:
    """Make a guest's conversation that of the client with whose account they joined.

    The client has read it at the platform. Return False where the two have a conversation already.
    """
    last = conversation.last.sequence if conversation.last else 0
    of_guest = {"_id": conversation.id, "clientId": guest_id}
    change: Document = {
        "$set": {
            "clientId": client_id,
            "openedBy": client_id,
            "client.readSequence": last,
            "client.readCount": conversation.counts.client,
            "client.withdrawn": [],
            "dueAt": due_at,
        },
        "$addToSet": {"unpublished": OPENED, "guestIds": guest_id},
        "$inc": {"version": 1, "unreadVersion": 1},
    }
    try:
        _conversations().update_one(of_guest, change)
    except DuplicateKeyError:
        return False
    return True


def link(source_id: str, target_id: str, guest_id: str, due_at: datetime) -> Conversation | None:
    """Store that the messages of a guest's conversation belong to another one from now on.

    Return the conversation of the guest.
    """
    _conversations().update_one(
        {"_id": target_id, "guestIds": {"$ne": guest_id}},
        {
            "$set": {"dueAt": due_at},
            "$addToSet": {"unpublished": ANSWERED, "guestIds": guest_id},
            "$inc": {"version": 1},
        },
    )
    moved: Document = {"joinedInto": target_id}
    for side in Side:
        moved |= {f"{side}.views": [], f"{side}Names": []}
    return _update({"_id": source_id}, {"$set": moved, "$inc": {"unreadVersion": 1}})


def share_again(conversation_id: str, due_at: datetime) -> None:
    """Let the attachments of guests who joined be published again, as shared with the client."""
    _conversations().update_one(
        {"_id": conversation_id},
        {
            "$set": {"dueAt": due_at},
            "$addToSet": {"unpublished": SHARED},
            "$inc": {"version": 1},
        },
    )


def unlink(conversation_id: str, guest_id: str) -> None:
    """Store that a guest who was erased no longer belongs to a conversation."""
    _conversations().update_one({"_id": conversation_id}, {"$pull": {"guestIds": guest_id}})


def abandon_guests(artist_id: str) -> None:
    """Mark the guests of an erased artist as erased, so that their conversations are deleted."""
    of_guests = {"artistId": artist_id, "clientId": {"$regex": f"^{ids.GUEST}_"}}
    _conversations().update_many(of_guests, {"$set": {"client.erased": True}})


def delete(conversation_id: str) -> None:
    """Delete a conversation."""
    _conversations().delete_one({"_id": conversation_id})


# ---- outbox ------------------------------------------------------------------------------------


def find_due(now: datetime, limit: int) -> list[OverdueRecord]:
    """Return conversations with overdue events, the longest overdue first.

    Little is read of them, so that a conversation that cannot be read does not hold up the others.
    """
    overdue = {"dueAt": {"$lte": now, **ANY_TIME}}
    documents = _conversations().find(overdue, ("dueAt",), sort=[("dueAt", ASCENDING)], limit=limit)
    return [OverdueRecord(document["_id"], None, document["dueAt"]) for document in documents]


def list_unpublished(limit: int) -> list[Document]:
    """List conversations with unpublished events as they are stored, the oldest first."""
    shown = ("unpublished", "activeAt")
    waiting = {"dueAt": ANY_TIME}
    return list(_conversations().find(waiting, shown, sort=[("_id", ASCENDING)], limit=limit))


def publish_again(due_at: datetime) -> int:
    """Let the openings and the blocks of all conversations be published again from then on.

    Conversations of deleted accounts are left out. Return the number of the others.
    """
    of_both: Document = {
        "artist.erased": {"$ne": True},
        "client.erased": {"$ne": True},
        "joinedInto": None,
    }
    for change, only in (
        (OPENED, {}),
        *((f"{side} {BLOCK}", {f"{side}.hasBlocked": True}) for side in Side),
    ):
        _conversations().update_many(
            of_both | only,
            {
                "$addToSet": {"unpublished": change},
                "$set": {"dueAt": due_at},
                "$inc": {"version": 1},
            },
        )
    return _conversations().count_documents(of_both)


def postpone(conversation_ids: list[str], due_at: datetime) -> None:
    """Let those of some conversations that are still due be due again at this time."""
    waiting = {"_id": {"$in": conversation_ids}, "dueAt": ANY_TIME}
    _conversations().update_many(waiting, {"$set": {"dueAt": due_at}})


def mark_published(conversation: Conversation) -> None:
    """Store that everything was published, unless more was changed meanwhile."""
    unchanged = {"_id": conversation.id, "version": conversation.version}
    _conversations().update_one(unchanged, {"$set": {"unpublished": [], "dueAt": None}})


# ---- erasure -----------------------------------------------------------------------------------


def list_ids(side: Side, user_id: str, after: str, limit: int) -> list[str]:
    """List the ids of a user's conversations on this side, in order, after an id."""
    wanted = {f"{side}Id": user_id, "_id": {"$gt": after}}
    documents = _conversations().find(wanted, {"_id": True}, sort=[("_id", ASCENDING)], limit=limit)
    return [document["_id"] for document in documents]


def replace_preview(conversation_id: str, message_id: str, preview: str) -> None:
    """Replace the preview of a message, if it is the one that the summary shows."""
    shown = {"_id": conversation_id, "last.messageId": message_id}
    _conversations().update_one(shown, {"$set": {"last.preview": preview}})


def erase_member(side: Side, user_id: str) -> None:
    """Reset the state of a user on this side and mark them as erased, in all conversations."""
    changes = {f"{side}.{name}": value for name, value in _ERASED.items()}
    changes[f"{side}Names"] = []
    change = {"$set": changes, "$unset": {"awaitingSince": ""}}
    _conversations().update_many({f"{side}Id": user_id}, change)
    # A system message holds the artist's words.
    own_words = [{"last.senderId": user_id}, {"last.type": MessageType.SYSTEM.value}]
    previewed = {f"{side}Id": user_id, "$or": own_words}
    _conversations().update_many(previewed, {"$set": {"last.preview": None}})


def find_abandoned(side: Side, user_id: str, limit: int) -> list[str]:
    """Return ids of a user's conversations of which both members are erased."""
    abandoned = {f"{side}Id": user_id} | _BOTH_ERASED
    documents = _conversations().find(abandoned, {"_id": True}, limit=limit)
    return [document["_id"] for document in documents]


def delete_abandoned(conversation_ids: list[str]) -> None:
    """Delete those of some conversations of which both members are erased."""
    _conversations().delete_many({"_id": {"$in": conversation_ids}} | _BOTH_ERASED)


def stored_name(field: str) -> str:
    """Return the name in documents of a record's field."""
    first, *others = field.split("_")
    return first + "".join(other.capitalize() for other in others)


def _conversations() -> Collection[Document]:
    return database().conversations
