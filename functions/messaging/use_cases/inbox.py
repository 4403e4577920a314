"""Inbox: how a member sorts their conversations. The other member learns nothing of it."""

from datetime import datetime

from domain.errors import FieldError, InvalidFields
from messaging.live import fanout
from messaging.schemas import ConversationView, LabelConversationRequest
from messaging.store import inbox as store
from messaging.use_cases import conversations, membership, presenter, unread_counters
from messaging.use_cases.membership import Member
from shared.http.caller import Caller


def mark_unread(caller: Caller, conversation_id: str, now: datetime) -> ConversationView:
    """Mark a conversation as unread, until the caller opens it. Again, it changes nothing.

    Raises:
        NotFound: The caller is not a member of the conversation.
    """
    return _change(caller, conversation_id, now, marked_unread=True)


def unmark(caller: Caller, conversation_id: str, now: datetime) -> None:
    """Remove the mark that a conversation is unread. Messages that are unread stay unread.

    Raises:
        NotFound: The caller is not a member of the conversation.
    """
    open_conversation(membership.require_member(caller.user_id, conversation_id), now)


def open_conversation(member: Member, now: datetime) -> None:
    """Remove the mark of a member who opened the conversation. No call where there is none."""
    if member.membership.marked_unread:
        _save(member, now, marked_unread=False)


def archive(caller: Caller, conversation_id: str, now: datetime) -> ConversationView:
    """Move a conversation to the caller's archive. A new message brings it back unless it is muted.

    Raises:
        NotFound: The caller is not a member of the conversation.
    """
    return _change(caller, conversation_id, now, archived=True)


def unarchive(caller: Caller, conversation_id: str, now: datetime) -> None:
    """Bring a conversation back from the caller's archive.

    Raises:
        NotFound: The caller is not a member of the conversation.
    """
    member = membership.require_member(caller.user_id, conversation_id)
    if member.membership.archived:
        _save(member, now, archived=False)


def label(
    caller: Caller, conversation_id: str, request: LabelConversationRequest, now: datetime
) -> ConversationView:
    """Give a conversation these labels of the caller, instead of any others.

    Raises:
        NotFound: The caller is not a member of the conversation.
        InvalidFields: One of the labels is not the caller's, or is named twice.
    """
    membership.require_member(caller.user_id, conversation_id)
    own = store.find_labels(caller.user_id)
    errors = []
    for position, label_id in enumerate(request.labels):
        if own.find(label_id) is None:
            errors.append(FieldError(f"body.labels[{position}]", "is not one of your labels"))
        elif label_id in request.labels[:position]:
            errors.append(FieldError(f"body.labels[{position}]", "is named twice"))
    if errors:
        raise InvalidFields(*errors)
    labelled = _change(caller, conversation_id, now, labels=tuple(request.labels))
    # One of them may have been deleted since it was looked up.
    left = store.find_labels(caller.user_id)
    gone = [label_id for label_id in request.labels if left.find(label_id) is None]
    if not gone:
        return labelled
    rest = tuple(label_id for label_id in request.labels if label_id not in gone)
    return _change(caller, conversation_id, now, labels=rest)


def _change(
    caller: Caller, conversation_id: str, now: datetime, **fields: object
) -> ConversationView:
    member = membership.require_member(caller.user_id, conversation_id)
    if any(getattr(member.membership, name) != value for name, value in fields.items()):
        _save(member, now, **fields)
    return conversations.get(caller, member.conversation.id, now)


def _save(member: Member, now: datetime, **fields: object) -> None:
    changed = store.change(member.conversation.id, member.side, **fields)
    if changed is not None:
        if "marked_unread" in fields:
            unread_counters.update(changed, [member.side], now)
        frame = presenter.present_state(changed, member.side)
        fanout.post_to_users([member.user_id], frame, now)
