"""Drafts: what a user has begun to write, on all of their own devices.

The latest edit wins, by the clocks of the devices, in whichever order the requests arrive.
"""

from datetime import UTC, datetime, timedelta

from messaging.live import fanout
from messaging.live.frames import DraftChangedFrame
from messaging.models import MessageDraft
from messaging.schemas import DraftView, SaveDraftRequest
from messaging.store import drafts as store
from messaging.use_cases import membership
from messaging.use_cases.membership import Member
from shared.http.caller import Caller

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
KEPT_FOR = timedelta(days=90)  # after the last edit
MARK_KEPT_FOR = timedelta(days=30)  # for edits of devices that were offline


def get(caller: Caller, conversation_id: str) -> DraftView:
    """Return the caller's draft in a conversation, which is empty where there is none.

    Raises:
        NotFound: The caller is not a member of the conversation.
    """
    member = membership.require_member(caller.user_id, conversation_id)
    return _present(member.conversation.id, store.find(member.conversation.id, caller.user_id))


def save(
    caller: Caller, conversation_id: str, request: SaveDraftRequest, now: datetime
) -> DraftView:
    """Store the caller's draft, unless a later edit is stored, and return what is stored then.

    An empty draft is none.

    Raises:
        NotFound: The caller is not a member of the conversation.
    """
    member = membership.require_member(caller.user_id, conversation_id)
    is_empty = not (request.content.strip() or request.attachments or request.reply_to)
    draft = MessageDraft(
        id=store.make_id(member.conversation.id, caller.user_id),
        conversation_id=member.conversation.id,
        user_id=caller.user_id,
        content=None if is_empty else request.content,
        reply_to=None if is_empty else request.reply_to,
        attachments=() if is_empty else tuple(request.attachments),
        edited_at=_limit(request.edited_at, now),
        expires_at=now + (MARK_KEPT_FOR if is_empty else KEPT_FOR),
    )
    return _save(member, draft, now)


def delete(caller: Caller, conversation_id: str, edited_at: datetime | None, now: datetime) -> None:
    """Delete the caller's draft, unless it was edited later.

    Raises:
        NotFound: The caller is not a member of the conversation.
    """
    member = membership.require_member(caller.user_id, conversation_id)
    _delete(member, _limit(edited_at or now, now), now)


def end(member: Member, sent_at: datetime, now: datetime) -> None:
    """Delete the draft of a member who has sent a message. No call where they have none."""
    drafted_at = member.membership.drafted_at
    if drafted_at is not None and drafted_at <= sent_at:
        _delete(member, sent_at, now)


def _delete(member: Member, edited_at: datetime, now: datetime) -> None:
    mark = MessageDraft(
        id=store.make_id(member.conversation.id, member.user_id),
        conversation_id=member.conversation.id,
        user_id=member.user_id,
        content=None,
        reply_to=None,
        attachments=(),
        edited_at=edited_at,
        expires_at=now + MARK_KEPT_FOR,
    )
    _save(member, mark, now)


def _save(member: Member, draft: MessageDraft, now: datetime) -> DraftView:
    if not store.save(draft):
        return _present(draft.conversation_id, store.find(draft.conversation_id, draft.user_id))
    is_empty = draft.content is None
    store.set_drafted(draft.conversation_id, member.side, draft.edited_at, is_empty=is_empty)
    view = _present(draft.conversation_id, draft)
    fanout.post_to_users([draft.user_id], DraftChangedFrame(view), now, personal=True)
    return view


def _limit(edited_at: datetime, now: datetime) -> datetime:
    """Return when a device says that it edited, within what a clock may say."""
    return max(EARLIEST, min(edited_at, now))


def _present(conversation_id: str, draft: MessageDraft | None) -> DraftView:
    if draft is None or draft.content is None:
        edited_at = draft.edited_at if draft else None
        return DraftView(conversation_id, "", None, (), edited_at)
    return DraftView(
        conversation_id, draft.content, draft.reply_to, draft.attachments, draft.edited_at
    )
