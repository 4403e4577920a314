"""Edits: authors change and delete their messages."""

from datetime import datetime, timedelta

import msgspec

from domain import search_words
from domain.errors import Forbidden, GuestConversation
from messaging.models import Conversation, Message, MessageType, MessageVersion
from messaging.rules.errors import MessageDeleted, MessageHidden, TooLate, TooManyEdits
from messaging.schemas import EditMessageRequest, MessageVersionList, MessageView
from messaging.store import messages as message_store
from messaging.use_cases import (
    delivery,
    membership,
    message_links,
    messages,
    presenter,
    replies,
)
from messaging.use_cases.membership import Member
from shared.data.conflicts import retry_on_conflict
from shared.http import rate_limits
from shared.http.caller import Caller

MAX_EDITS = 20  # of one message, as all its versions are kept
EDITABLE_FOR = timedelta(minutes=15)
DELETABLE_FOR = timedelta(hours=24)


def edit(
    caller: Caller,
    conversation_id: str,
    message_id: str,
    request: EditMessageRequest,
    now: datetime,
) -> MessageView:
    """Change the text of the caller's own message. The same text again changes nothing.

    What it said before is kept, for both members, until the message is deleted.

    Raises:
        NotFound: The caller is not a member of the conversation, or it has no such message.
        Forbidden: The message is not the caller's.
        Blocked: One of the two members blocks the other.
        PersonGone: The account of the other member was deleted.
        MessageDeleted: The message was deleted.
        MessageHidden: An admin hides the message.
        GuestConversation: The message was sent to a guest, or came from the platform.
        TooLate: The message is older than 15 minutes.
        TooManyEdits: The message was edited 20 times.
        InvalidFields: A text message would be left without text.
    """
    rate_limits.enforce(rate_limits.count("messages", caller.user_id, messages.SEND_LIMIT, now))
    member = membership.require_writer(caller.user_id, conversation_id)
    edited = _edit(caller, member, message_id, request.content, now)
    return replies.present(edited, caller.user_id)


def delete(caller: Caller, conversation_id: str, message_id: str, now: datetime) -> None:
    """Delete the caller's own message for both members; its position stays, without content.

    A guest keeps what was sent to the platform already. Works while one member blocks the other.
    Deleting again changes nothing.

    Raises:
        NotFound: The caller is not a member of the conversation, or it has no such message.
        Forbidden: The message is not the caller's.
        TooLate: The message is older than 24 hours.
    """
    member = membership.require_member(caller.user_id, conversation_id)
    _delete(caller, member, message_id, now)


def list_versions(caller: Caller, conversation_id: str, message_id: str) -> MessageVersionList:
    """Return what a message said before each edit, to either member.

    Raises:
        NotFound: The caller is not a member of the conversation, or it has no such message.
    """
    member = membership.require_member(caller.user_id, conversation_id)
    message = membership.require_message(member, message_id)
    # What an admin hides, only its author sees.
    is_shown = presenter.is_shown_to(message, caller.user_id)
    return MessageVersionList(presenter.present_versions(message.versions) if is_shown else [])


@retry_on_conflict(attempts=message_store.ATTEMPTS)
def _edit(caller: Caller, member: Member, message_id: str, content: str, now: datetime) -> Message:
    message = require_own_message(caller, member, message_id)
    if message.deleted_at is not None:
        raise MessageDeleted("The message was deleted.")
    if message.hidden is not None:
        raise MessageHidden("An admin hides the message.")
    if message.guest_id is not None:
        raise GuestConversation("The platform does not let anybody change what was sent.")
    if message.created_at + EDITABLE_FOR <= now:
        raise TooLate("A message can be edited for 15 minutes.")
    content = messages.clean_content(content, required=message.type is MessageType.TEXT)
    if content == message.content:
        return message
    if len(message.versions) >= MAX_EDITS:
        raise TooManyEdits(f"A message can be edited {MAX_EDITS} times.")
    before = MessageVersion(
        content=message.content or "", written_at=message.edited_at or message.created_at
    )
    edited = msgspec.structs.replace(
        message,
        content=content,
        folded=search_words.fold(content),
        edited_at=now,
        versions=(*message.versions, before),
    )
    edited = message_links.follow_text(edited)
    return save(member.conversation, edited, now)


@retry_on_conflict(attempts=message_store.ATTEMPTS)
def _delete(caller: Caller, member: Member, message_id: str, now: datetime) -> None:
    message = require_own_message(caller, member, message_id)
    if message.deleted_at is not None:
        return
    if message.created_at + DELETABLE_FOR <= now:
        raise TooLate("A message can be deleted for 24 hours.")
    deleted = msgspec.structs.replace(
        message,
        content=None,
        folded="",
        attachments=(),
        body_hash=None,
        guest_text=None,
        deleted_at=now,
        reply_to=None,
        reactions=(),
        versions=(),
        pinned_at=None,
        pinned_by=None,
        preview=None,
        preview_url=None,
    )
    save(member.conversation, deleted, now)


def require_own_message(caller: Caller, member: Member, message_id: str) -> Message:
    """Return a message of a path that the caller wrote.

    Raises:
        NotFound: The conversation has no such message.
        Forbidden: Somebody else wrote it.
    """
    message = membership.require_message(member, message_id)
    # Artists answer for what their assistants sent, but not the other way round.
    is_own = caller.acting_id is None or caller.acting_id == message.acting_id
    if message.sender_id != member.user_id or not is_own:
        raise Forbidden("This is not your message.")
    return message


def get_next_revision(conversation: Conversation) -> int:
    """Return the revision that the next change takes."""
    return message_store.get_last_revision(conversation) + 1


def save(
    conversation: Conversation, changed: Message, now: datetime, revision: int | None = None
) -> Message:
    """Store a changed message under the next revision, and have it delivered.

    Args:
        conversation: Its conversation.
        changed: The message.
        now: The current time.
        revision: The next revision, if it was read for what the change depends on.
    """
    # Read after the message, so that the message's own revision is below the next one too.
    revision = revision or get_next_revision(conversation)
    saved = msgspec.structs.replace(changed, revision=revision, due_at=now + delivery.GRACE)
    message_store.update(saved, changed.revision)
    delivery.enqueue(conversation.id, saved.id)
    return saved
