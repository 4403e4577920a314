"""Queries of messages: pages in both directions, changes, export."""

from datetime import datetime

from domain.errors import FieldError, InvalidFields
from messaging.models import Conversation, Message, Side
from messaging.rules.search import MAX_READS, Window
from messaging.schemas import (
    ConversationExport,
    ConversationExportQuery,
    MessageList,
    MessageListQuery,
)
from messaging.store import messages, person_copies
from messaging.use_cases import guest_cards, membership, presenter, receipts, replies
from shared.http import cursors
from shared.http.caller import Caller

AFTER, BEFORE, CHANGED = "after", "before", "changed"


def list_messages(
    caller: Caller, conversation_id: str, query: MessageListQuery, now: datetime
) -> MessageList:
    """Return a page of messages: the newest, unless the query says where to start.

    Sequences have no gaps, so a page is a range of them and costs the same at any position. A page
    of changes that reaches the end moves the delivered cursor of the caller.

    Raises:
        NotFound: The caller is not a member of the conversation.
        InvalidFields: The query names two starts, or a cursor that is not one of this list.
    """
    member = membership.require_member(caller.user_id, conversation_id)
    conversation = member.conversation
    scope = f"messages {conversation.id} {caller.user_id}"
    direction, position = _parse_start(query, scope)
    # Read before the page, so that whatever is posted meanwhile comes after it.
    revision = messages.get_last_revision(conversation)
    last = get_last_sequence(conversation)
    if direction == CHANGED:
        head = (last, revision)
        page = _list_changes(
            conversation, position, query.limit, head, scope, viewer_id=caller.user_id
        )
        if page.next_cursor is None:
            receipts.record_catch_up(member, last, now)
        return page
    if direction == AFTER:
        first = position + 1
        end = min(position + query.limit, last)
    else:
        end = min(position - 1, last)
        first = max(1, end - query.limit + 1)
    items = messages.list_range(conversation.id, first, end) if first <= end else []
    return MessageList(
        items=replies.present_all(items, caller.user_id),
        next_cursor=cursors.encode([AFTER, end], scope) if items and end < last else None,
        previous_cursor=cursors.encode([BEFORE, first], scope) if items and first > 1 else None,
        last_sequence=last,
        revision=revision,
    )


def export(
    caller: Caller, conversation_id: str, query: ConversationExportQuery, now: datetime
) -> ConversationExport:
    """Return a page of a whole conversation, from its beginning.

    Raises:
        NotFound: The caller is not a member of the conversation.
        InvalidFields: The cursor is not one of this export.
    """
    member = membership.require_member(caller.user_id, conversation_id)
    conversation = member.conversation
    scope = f"export {conversation.id} {caller.user_id}"
    exported = int(cursors.decode(query.cursor, scope)) if query.cursor else 0
    last = get_last_sequence(conversation)
    end = min(exported + query.limit, last)
    items = messages.list_range(conversation.id, exported + 1, end) if exported < end else []
    people = person_copies.find_all(conversation.member_ids)
    card = guest_cards.find(conversation, now) if member.side is Side.ARTIST else None
    return ConversationExport(
        conversation=presenter.present_conversation(conversation, member.side, people, now, card),
        people=[
            presenter.present_member(user_id, people, card) for user_id in conversation.member_ids
        ],
        exported_at=now,
        items=replies.present_all(items, caller.user_id),
        next_cursor=cursors.encode(end, scope) if end < last else None,
    )


def _list_changes(
    conversation: Conversation,
    position: int,
    limit: int,
    head: tuple[int, int],
    scope: str,
    *,
    viewer_id: str,
) -> MessageList:
    last, revision = head
    items: list[Message] = []
    window = Window(limit)
    # Revisions have gaps where messages were changed more than once, so one read may find too few.
    for _ in range(MAX_READS):
        wanted = limit - len(items)
        seen = position + window.size
        changed = messages.list_changed_after(conversation.id, position, seen, wanted)
        items += changed
        position = changed[-1].revision if len(changed) == wanted else seen
        if len(items) == limit or position >= revision:
            break
        window = window.next(len(changed), wanted)
    return MessageList(
        items=replies.present_all(items, viewer_id),
        next_cursor=cursors.encode([CHANGED, position], scope) if position < revision else None,
        previous_cursor=None,
        last_sequence=last,
        revision=revision,
    )


def _parse_start(query: MessageListQuery, scope: str) -> tuple[str, int]:
    """Return the direction of a page and the position at which it starts."""
    positions = {AFTER: query.after, BEFORE: query.before, CHANGED: query.changed_after}
    starts = [
        (direction, position) for direction, position in positions.items() if position is not None
    ]
    if query.cursor is not None:
        direction, position = cursors.decode(query.cursor, scope)
        starts.append((direction, position))
    if len(starts) > 1:
        raise InvalidFields(
            FieldError("query", "must name at most one of after, before, changedAfter and cursor")
        )
    return starts[0] if starts else (BEFORE, messages.END)


def get_last_sequence(conversation: Conversation) -> int:
    """Return the sequence of the newest message, 0 without any."""
    last = messages.find_last(conversation)
    return last.sequence if last else 0
