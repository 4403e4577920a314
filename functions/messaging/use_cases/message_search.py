"""Search of messages: in one conversation, and in all of a person.

It goes back in windows, each of which reads what holds the term that seems to be the rarest. A page
makes few reads; where words are frequent, but not in one message, its cursor leads on.
"""

from collections.abc import Callable
from datetime import datetime

from domain.errors import FieldError, InvalidFields
from messaging.models import Message, Side
from messaging.rules import search as rules
from messaging.rules.search import MAX_READS, Place, Terms, Window
from messaging.schemas import (
    ConversationView,
    MessageSearchQuery,
    MessageSearchResults,
    SearchResults,
)
from messaging.store import conversations, messages, person_copies
from messaging.use_cases import guest_cards, membership, names, presenter, queries, replies
from shared.http import cursors
from shared.http.caller import Caller

# How far the first read looks back, which finds enough where much is written.
FIRST_MILLISECONDS = 60_000
GROWTH = 400  # from a minute over hours and months to all years
MAX_NAMES = 20  # conversations that are found by a name

Read = Callable[[str, int, Place, int], list[Message]]


def search_conversation(
    caller: Caller, conversation_id: str, query: MessageSearchQuery
) -> MessageSearchResults:
    """Return messages of a conversation that hold every word of a query, the newest first.

    Raises:
        NotFound: The caller is not a member of the conversation.
        InvalidFields: The query has no word, or the cursor is not one of this search.
    """
    conversation = membership.require_member(caller.user_id, conversation_id).conversation
    terms = _parse(query.q)
    scope = f"search {conversation.id} {caller.user_id} {terms.key}"
    if query.cursor:
        before = Place(*cursors.decode(query.cursor, scope))
    else:
        before = Place(queries.get_last_sequence(conversation) + 1)

    def read(term: str, first: int, before: Place, most: int) -> list[Message]:
        return messages.search(conversation.id, first, before.position - 1, term, most)

    found, end = _look_back(
        read, _get_sequence, terms, limit=query.limit, before=before, window=Window()
    )
    return MessageSearchResults(
        items=replies.present_all(found, caller.user_id),
        next_cursor=cursors.encode(list(end), scope) if end else None,
    )


def search_all(caller: Caller, query: MessageSearchQuery, now: datetime) -> SearchResults:
    """Return messages of all of the caller's conversations, and conversations by the other's name.

    Raises:
        InvalidFields: The query has no word, or the cursor is not one of this search.
    """
    side = names.SIDES.get(caller.role)
    terms = _parse(query.q)
    if side is None:
        return SearchResults([], [], None)
    scope = f"search {caller.user_id} {terms.key}"
    named: list[ConversationView] = []
    if query.cursor:
        before = Place(*cursors.decode(query.cursor, scope))
        newest = before.position
    else:
        named = _find_by_name(side, caller.user_id, terms, now)
        latest = conversations.list_page(side, caller.user_id, None, 1)
        if not latest:
            return SearchResults(named, [], None)
        newest = messages.to_milliseconds(latest[0].active_at) + 1
        # What is not delivered yet may be newer.
        before = Place(max(newest, messages.to_milliseconds(now) + 1))

    def read(term: str, first: int, before: Place, most: int) -> list[Message]:
        return messages.search_of_member(side, caller.user_id, first, before, term=term, limit=most)

    window = Window(FIRST_MILLISECONDS, GROWTH)
    found, end = _look_back(
        read,
        _get_time,
        terms,
        limit=query.limit,
        before=before,
        window=window,
        newest=newest,
    )
    return SearchResults(
        conversations=named,
        items=replies.present_all(found, caller.user_id),
        next_cursor=cursors.encode(list(end), scope) if end else None,
    )


def _look_back(
    read: Read,
    locate: Callable[[Message], Place],
    terms: Terms,
    *,
    limit: int,
    before: Place,
    window: Window,
    newest: int | None = None,
) -> tuple[list[Message], Place | None]:
    """Return messages that match, the newest first, and the place before which it did not look.

    Args:
        read: Reads messages that hold a term, from a position to a place, the newest first.
        locate: Returns the place of a message.
        terms: What they must hold.
        limit: Most messages to return.
        before: The place to go back from.
        window: How far the first read looks back.
        newest: The position from which that is, where it is before `before`.
    """
    found: list[Message] = []
    term = terms.terms[0]
    for _ in range(MAX_READS):
        start = before.position if newest is None else min(newest, before.position)
        first = max(0, start - window.size)
        wanted = limit - len(found)
        most = rules.count_candidates(terms, wanted)
        hits = read(rules.shorten(term), first, before, most)
        matching = [message for message in hits if terms.match(message.folded)]
        found += matching[:wanted]
        if len(matching) >= wanted:
            before = locate(found[-1])
            break
        before = locate(hits[-1]) if len(hits) == most else Place(first)
        if before.position <= 1:
            break
        looked_at = Window(max(1, start - before.position), window.growth)
        window = looked_at.next(len(hits), wanted - len(matching))
        if hits:
            term = terms.choose_rarest([message.folded for message in hits], term)
    return found, before if before.position > 1 else None


def _find_by_name(side: Side, user_id: str, terms: Terms, now: datetime) -> list[ConversationView]:
    """Return conversations whose other member has a name with all terms, the last active first."""
    most = rules.count_candidates(terms, MAX_NAMES)
    term = rules.shorten(terms.terms[0])
    found = conversations.find_by_name(side, user_id, term, most)
    if not found:
        return []
    people = person_copies.find_all(each.get_user_id(side.other) for each in found)
    cards = guest_cards.find_all(found, now) if side is Side.ARTIST else {}
    views = [
        presenter.present_conversation(each, side, people, now, cards.get(each.id))
        for each in found
    ]
    named = [
        view for view in views if terms.match(f"{view.other.name or ''} {view.other.handle or ''}")
    ]
    return named[:MAX_NAMES]


def _parse(q: str) -> Terms:
    terms = rules.parse(q)
    if not terms.terms:
        raise InvalidFields(FieldError("query.q", "must hold a word"))
    return terms


def _get_sequence(message: Message) -> Place:
    return Place(message.sequence)


def _get_time(message: Message) -> Place:
    return Place(messages.to_milliseconds(message.created_at), message.id)
