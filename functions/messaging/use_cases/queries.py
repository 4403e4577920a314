"""Reading a conversation: page by page in both directions, what changed, search, the whole."""

from datetime import datetime

from domain.errors import FieldError, InvalidFields
from messaging.models import Conversation, Message
from messaging.rules import text
from messaging.schemas import Export, ExportQuery, Found, Messages, MessagesQuery, SearchQuery
from messaging.store import messages, people
from messaging.use_cases import membership, presenter
from messaging.use_cases.membership import Participation
from shared.http import cursors
from shared.http.caller import Caller

# Of one request of a search. Sequences have no gaps, so that is a range of them.
WINDOW = 2_000

AFTER, BEFORE, CHANGED = "after", "before", "changed"


def page(caller: Caller, conversation_id: str, query: MessagesQuery) -> Messages:
    """Messages of the conversation, the newest unless the query says from where on.

    Sequences have no gaps, so that a page is a range of them, and costs the same wherever it is.
    Raises a 404 Problem for who is no member, a 422 one for a query that says two things, or a
    cursor that is not of this conversation.
    """
    conversation = membership.of(caller.user_id, conversation_id).conversation
    scope = f"messages {conversation.id} {caller.user_id}"
    direction, position = _start(query, scope)
    # Before the page is read: what comes in between is after this.
    revision = messages.last_revision(conversation)
    last = _last_sequence(conversation)
    if direction == CHANGED:
        return _changes(conversation, position, query.limit, (last, revision), scope)
    if direction == AFTER:
        first = position + 1
        end = min(position + query.limit, last)
    else:
        end = min(position - 1, last)
        first = max(1, end - query.limit + 1)
    items = messages.between(conversation.id, first, end) if first <= end else []
    return Messages(
        items=[presenter.of_message(message) for message in items],
        next_cursor=cursors.encode([AFTER, end], scope) if items and end < last else None,
        previous_cursor=cursors.encode([BEFORE, first], scope) if items and first > 1 else None,
        last_sequence=last,
        revision=revision,
    )


def search(caller: Caller, conversation_id: str, query: SearchQuery) -> Found:
    """The messages that hold every word of the query, the newest first.

    One request looks at so many messages at most, and says by its cursor where the next goes on.
    Raises a 404 Problem for who is no member, a 422 one for a cursor of another search.
    """
    conversation = membership.of(caller.user_id, conversation_id).conversation
    wanted = text.terms(query.q)
    if not wanted:
        raise InvalidFields(FieldError("query.q", "must hold a word"))
    scope = f"search {conversation.id} {caller.user_id} {' '.join(wanted)}"
    end = _end_of_search(conversation, query, scope)
    first = max(1, end - WINDOW + 1)
    found = messages.matching(conversation.id, first, end, wanted, query.limit)
    seen = found[-1].sequence if len(found) == query.limit else first
    return Found(
        items=[presenter.of_message(message) for message in found],
        next_cursor=cursors.encode(seen - 1, scope) if seen > 1 else None,
    )


def export(caller: Caller, conversation_id: str, query: ExportQuery, now: datetime) -> Export:
    """The conversation from its beginning on, so many messages at a time.

    Raises a 404 Problem for who is no member, a 422 one for a cursor of another export.
    """
    member = membership.of(caller.user_id, conversation_id)
    conversation = member.conversation
    scope = f"export {conversation.id} {caller.user_id}"
    done = int(cursors.decode(query.cursor, scope)) if query.cursor else 0
    last = _last_sequence(conversation)
    end = min(done + query.limit, last)
    items = messages.between(conversation.id, done + 1, end) if done < end else []
    known = people.find_all(conversation.member_ids)
    return Export(
        conversation=presenter.of_conversation(conversation, member.side, known, now),
        people=[presenter.of_person(user_id, known) for user_id in conversation.member_ids],
        exported_at=now,
        items=[presenter.of_message(message) for message in items],
        next_cursor=cursors.encode(end, scope) if end < last else None,
    )


def message_of(member: Participation, message_id: str, field: str) -> Message:
    """The message of the conversation that a field names. Raises a 422 Problem for no such."""
    message = messages.find(member.conversation.id, message_id)
    if message is None:
        raise InvalidFields(FieldError(field, "is no message of this conversation"))
    return message


def _changes(
    conversation: Conversation, position: int, limit: int, head: tuple[int, int], scope: str
) -> Messages:
    last, revision = head
    found = messages.changed_after(conversation.id, position, limit + 1)
    items = found[:limit]
    more = len(found) > len(items)
    return Messages(
        items=[presenter.of_message(message) for message in items],
        next_cursor=cursors.encode([CHANGED, items[-1].revision], scope) if more else None,
        previous_cursor=None,
        last_sequence=last,
        revision=revision,
    )


def _start(query: MessagesQuery, scope: str) -> tuple[str, int]:
    """In which direction the page goes, and from where."""
    given = {AFTER: query.after, BEFORE: query.before, CHANGED: query.changed_after}
    starts = [(direction, at) for direction, at in given.items() if at is not None]
    if query.cursor is not None:
        direction, at = cursors.decode(query.cursor, scope)
        starts.append((direction, at))
    if len(starts) > 1:
        raise InvalidFields(
            FieldError("query", "one of after, before, changedAfter and cursor at most")
        )
    return starts[0] if starts else (BEFORE, messages.END)


def _end_of_search(conversation: Conversation, query: SearchQuery, scope: str) -> int:
    if query.cursor:
        return int(cursors.decode(query.cursor, scope))
    return _last_sequence(conversation)


def _last_sequence(conversation: Conversation) -> int:
    last = messages.last(conversation)
    return last.sequence if last else 0
