"""Queries of messages: pages in both directions, changes, search, export."""

from datetime import datetime

from domain.errors import FieldError, InvalidFields
from messaging.models import Conversation, Message, Side
from messaging.rules import search as search_rules
from messaging.rules.search import MAX_READS, Terms, Window
from messaging.schemas import (
    ConversationExport,
    ConversationExportQuery,
    MessageList,
    MessageListQuery,
    MessageSearchQuery,
    MessageSearchResults,
)
from messaging.store import messages, person_copies
from messaging.use_cases import guest_cards, membership, presenter, receipts, replies
from messaging.use_cases.membership import Member
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
    last = _get_last_sequence(conversation)
    if direction == CHANGED:
        page = _list_changes(conversation, position, query.limit, (last, revision), scope)
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
        items=replies.present_all(items),
        next_cursor=cursors.encode([AFTER, end], scope) if items and end < last else None,
        previous_cursor=cursors.encode([BEFORE, first], scope) if items and first > 1 else None,
        last_sequence=last,
        revision=revision,
    )


def search(caller: Caller, conversation_id: str, query: MessageSearchQuery) -> MessageSearchResults:
    """Return messages that hold every word of a query, the newest first.

    A page makes few reads, each of which finds about as much as is wanted; where that is not enough
    because words are frequent, but not in one message, the cursor leads on.

    Raises:
        NotFound: The caller is not a member of the conversation.
        InvalidFields: The query has no word, or the cursor is not one of this search.
    """
    conversation = membership.require_member(caller.user_id, conversation_id).conversation
    terms = parse_terms(query.q)
    scope = f"search {conversation.id} {caller.user_id} {terms.key}"
    if query.cursor:
        end = int(cursors.decode(query.cursor, scope))
    else:
        end = _get_last_sequence(conversation)
    items, searched_to = _search_back(conversation.id, end, terms, query.limit)
    return MessageSearchResults(
        items=replies.present_all(items),
        next_cursor=cursors.encode(searched_to - 1, scope) if searched_to > 1 else None,
    )


def parse_terms(q: str) -> Terms:
    """Return the terms of a query.

    Raises:
        InvalidFields: It has none.
    """
    terms = search_rules.parse(q)
    if not terms.terms:
        raise InvalidFields(FieldError("query.q", "must hold a word"))
    return terms


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
    last = _get_last_sequence(conversation)
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
        items=replies.present_all(items),
        next_cursor=cursors.encode(end, scope) if end < last else None,
    )


def _search_back(
    conversation_id: str, end: int, terms: Terms, limit: int
) -> tuple[list[Message], int]:
    """Return matching messages, the newest first, and the sequence down to which it looked."""
    found: list[Message] = []
    term, window = terms.terms[0], Window()
    if len(terms.terms) > 1:
        # What is said now tells which of the words is rare here.
        first = max(1, end - window.size + 1)
        newest = messages.list_range(conversation_id, first, end)[::-1]
        term = terms.choose_rarest([message.folded for message in newest])
        found = [message for message in newest if terms.match(message.folded)]
        if len(found) >= limit:
            return found[:limit], found[limit - 1].sequence
        held = sum(Terms((term,)).match(message.folded) for message in newest)
        window, end = window.next(held, limit - len(found)), first - 1
    for _ in range(MAX_READS):
        if end < 1:
            break
        wanted = limit - len(found)
        first = max(1, end - window.size + 1)
        most = search_rules.count_candidates(terms, wanted)
        hits = messages.search(conversation_id, first, end, search_rules.shorten(term), most)
        matching = [message for message in hits if terms.match(message.folded)]
        found += matching[:wanted]
        if len(matching) >= wanted:
            return found, found[-1].sequence
        looked_at = end - (hits[-1].sequence if len(hits) == most else first) + 1
        end -= looked_at
        window = Window(looked_at).next(len(hits), wanted - len(matching))
    return found, end + 1


def require_message(member: Member, message_id: str, field: str) -> Message:
    """Return a message that a request field names.

    Raises:
        InvalidFields: The conversation has no such message.
    """
    message = messages.find(member.conversation.id, message_id)
    if message is None:
        raise InvalidFields(FieldError(field, "is not a message of this conversation"))
    return message


def _list_changes(
    conversation: Conversation, position: int, limit: int, head: tuple[int, int], scope: str
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
        items=replies.present_all(items),
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


def _get_last_sequence(conversation: Conversation) -> int:
    last = messages.find_last(conversation)
    return last.sequence if last else 0
