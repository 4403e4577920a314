"""Stars: messages that a member marks for themselves. Nobody else sees them.

Not even assistants, who act for an artist otherwise.
"""

from datetime import UTC, datetime

from messaging.live import fanout
from messaging.live.frames import MessageStarredFrame
from messaging.models import Star
from messaging.schemas import StarList, StarListQuery, StarView
from messaging.store import messages as message_store
from messaging.store import stars
from messaging.use_cases import marks, membership, replies
from messaging.use_cases.membership import Member
from shared.http import cursors
from shared.http.caller import Caller


def add(caller: Caller, conversation_id: str, message_id: str, now: datetime) -> None:
    """Star a message. One that the caller has starred stays as it is.

    Raises:
        NotFound: The caller is not a member of the conversation, or it has no such message.
        MessageDeleted: The message was deleted.
        MessageHidden: An admin hides the message.
    """
    marks.count(caller, now)
    member = membership.require_member(caller.user_id, conversation_id)
    message = marks.require_shown(member, message_id)
    star = Star(
        id=_name(caller, message.id),
        user_id=caller.user_id,
        conversation_id=message.conversation_id,
        message_id=message.id,
        starred_at=now,
    )
    if stars.add(star):
        _show(member, message.id, now, starred=True)


def remove(caller: Caller, conversation_id: str, message_id: str, now: datetime) -> None:
    """Remove the caller's star of a message. One that is not there changes nothing.

    Raises:
        NotFound: The caller is not a member of the conversation, or it has no such message.
    """
    marks.count(caller, now)
    member = membership.require_member(caller.user_id, conversation_id)
    message = membership.require_message(member, message_id)
    if stars.remove(_name(caller, message.id)):
        _show(member, message.id, now, starred=False)


def list_for_caller(caller: Caller, query: StarListQuery) -> StarList:
    """Return a page of the caller's stars, the newest first. Two reads, three for replies.

    Raises:
        NotFound: The caller is not a member of the conversation that the query names.
        InvalidFields: The cursor is not one of this list.
    """
    conversation_id = None
    if query.conversation_id is not None:
        member = membership.require_member(caller.user_id, query.conversation_id)
        conversation_id = member.conversation.id
    scope = f"stars {caller.user_id} {conversation_id or ''}"
    after = _decode_position(query.cursor, scope) if query.cursor else None
    found = stars.list_page(caller.user_id, conversation_id, after, query.limit + 1)
    page = found[: query.limit]
    messages = message_store.find_all(star.message_id for star in page)
    starred = [star for star in page if star.message_id in messages]
    views = replies.present_all([messages[star.message_id] for star in starred], caller.user_id)
    return StarList(
        items=[StarView(view, star.starred_at) for view, star in zip(views, starred, strict=True)],
        next_cursor=_encode_position(page[-1], scope) if len(found) > len(page) else None,
    )


def _show(member: Member, message_id: str, now: datetime, *, starred: bool) -> None:
    """Show a change on all devices of the member, and on none of their assistants."""
    frame = MessageStarredFrame(member.conversation.id, message_id, starred)
    fanout.post_to_users([member.user_id], frame, now, personal=True)


def _name(caller: Caller, message_id: str) -> str:
    return f"{caller.user_id} {message_id}"


def _encode_position(last: Star, scope: str) -> str:
    return cursors.encode([round(last.starred_at.timestamp() * 1000), last.id], scope)


def _decode_position(cursor: str, scope: str) -> tuple[datetime, str]:
    milliseconds, last_id = cursors.decode(cursor, scope)
    starred_at = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return starred_at.replace(microsecond=milliseconds % 1000 * 1000), last_id
