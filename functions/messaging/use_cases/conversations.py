"""Conversations: opening, reading and listing them."""

from datetime import UTC, datetime

from domain.errors import FieldError, Forbidden, InvalidFields, SessionEnded
from domain.ids import new_id
from messaging.models import Conversation, Side
from messaging.rules import inbox
from messaging.schemas import (
    ConversationList,
    ConversationListQuery,
    ConversationView,
    OpenConversationRequest,
    UnreadMessageCount,
)
from messaging.store import conversations, person_copies, unread
from messaging.use_cases import delivery, guest_cards, membership, names, presenter, unread_counters
from shared.http import cursors, rate_limits
from shared.http.caller import Caller

OPENING_LIMIT = 30  # per user and 15 minutes

_ROLES = {side: role for role, side in names.SIDES.items()}


def open_for_caller(
    caller: Caller, request: OpenConversationRequest, now: datetime
) -> tuple[ConversationView, bool]:
    """Return the caller's conversation with another person, and whether it is new.

    Raises:
        Forbidden: The caller is neither an artist nor a client.
        InvalidFields: The id is not that of a known artist or client.
        Blocked: One of the two blocks the other.
        PersonGone: The account of the other person was deleted.
        SessionEnded: The caller's own account was deleted.
    """
    side = names.SIDES.get(caller.role)
    if side is None:
        raise Forbidden("Conversations are between an artist and a client.")
    rate_limits.enforce(rate_limits.count("conversations", caller.user_id, OPENING_LIMIT, now))
    other_id = _get_other_id(side, request)
    pair = (caller.user_id, other_id) if side is Side.ARTIST else (other_id, caller.user_id)
    conversation = conversations.find_by_pair(*pair)
    is_new = False
    if conversation is None:
        _require_people(caller, side, other_id)
        conversation, is_new = open_for_pair(*pair, caller.user_id, now)
    membership.require_writable(conversation)
    membership.require_admitted(other_id)
    people = person_copies.find_all([other_id])
    card = guest_cards.find(conversation, now) if side is Side.ARTIST else None
    return presenter.present_conversation(conversation, side, people, now, card), is_new


def open_for_pair(
    artist_id: str, client_id: str, opened_by: str | None, now: datetime
) -> tuple[Conversation, bool]:
    """Return the conversation of an artist and a client, and whether it is new.

    The caller has checked that both exist.

    Args:
        artist_id: The artist.
        client_id: The client, or a guest.
        opened_by: The member who opens it; None where an event does.
        now: The current time.
    """
    conversation = Conversation(
        id=new_id("cnv"),
        artist_id=artist_id,
        client_id=client_id,
        created_at=now,
        active_at=now,
        opened_by=opened_by,
        unpublished=(conversations.OPENED,),
        due_at=now + delivery.GRACE,
    )
    if conversations.add(conversation):
        delivery.enqueue(conversation.id)
        _mark_erased_members(conversation)
        names.add(conversation)
        return conversation, True
    earlier = conversations.find_by_pair(artist_id, client_id)
    assert earlier is not None, "the pair has a conversation"
    return earlier, False


def get(caller: Caller, conversation_id: str, now: datetime) -> ConversationView:
    """Return a conversation of the caller.

    Raises:
        NotFound: The caller is not a member of it.
    """
    member = membership.require_member(caller.user_id, conversation_id)
    people = person_copies.find_all([member.other_id])
    card = guest_cards.find(member.conversation, now) if member.side is Side.ARTIST else None
    return presenter.present_conversation(member.conversation, member.side, people, now, card)


def list_for_caller(
    caller: Caller, query: ConversationListQuery, now: datetime
) -> ConversationList:
    """Return a page of the caller's conversations that fit all filters, the most active first.

    Two reads, whatever the number of messages, and two more where guests are among them.

    Raises:
        InvalidFields: The cursor is not one of this list.
    """
    side = names.SIDES.get(caller.role)
    if side is None:
        return ConversationList([], None)
    view = inbox.make_view(
        archived=query.archived, unread=query.unread, guests=query.guests, label=query.label
    )
    scope = f"conversations {caller.user_id} {view}"
    after = _decode_position(query.cursor, scope) if query.cursor else None
    conversations_ = conversations.list_page(side, caller.user_id, after, query.limit + 1, view)
    page = conversations_[: query.limit]
    people = person_copies.find_all(each.get_user_id(side.other) for each in page)
    cards = guest_cards.find_all(page, now) if side is Side.ARTIST else {}
    has_more = len(conversations_) > len(page)
    return ConversationList(
        items=[
            presenter.present_conversation(each, side, people, now, cards.get(each.id))
            for each in page
        ],
        next_cursor=_encode_position(page[-1], scope) if has_more else None,
    )


def count_unread(caller: Caller, now: datetime) -> UnreadMessageCount:
    """Return the number of the caller's unread messages.

    One read, except for the first time of a user: then their conversations are counted.
    """
    side = names.SIDES.get(caller.role)
    if side is None:
        return UnreadMessageCount(0)
    total = unread.find_total(caller.user_id)
    if total is None:
        total = unread_counters.rebuild(caller.user_id, side, now)
    return UnreadMessageCount(total)


def _mark_erased_members(conversation: Conversation) -> None:
    """Mark members as erased who were erased just before the conversation was stored."""
    people = person_copies.find_all(conversation.member_ids)
    for side in Side:
        person = people.get(conversation.get_user_id(side))
        if person is not None and person.erased_at is not None:
            conversations.erase_member(side, person.id)


def _get_other_id(side: Side, request: OpenConversationRequest) -> str:
    requested = {Side.ARTIST: request.artist_id, Side.CLIENT: request.client_id}
    errors = []
    if requested[side] is not None:
        errors.append(FieldError(f"body.{side}Id", f"you are the {side}"))
    other_id = requested[side.other]
    if other_id is None:
        errors.append(FieldError(f"body.{side.other}Id", "is required"))
    if errors or other_id is None:
        raise InvalidFields(*errors)
    return other_id


def _require_people(caller: Caller, side: Side, other_id: str) -> None:
    people = person_copies.find_all([caller.user_id, other_id])
    own = people.get(caller.user_id)
    if own is not None and own.erased_at is not None:
        raise SessionEnded("Sign in again.")
    other = people.get(other_id)
    if other is None or other.erased_at is not None or other.role is not _ROLES[side.other]:
        message = f"is not the id of a known {side.other}"
        raise InvalidFields(FieldError(f"body.{side.other}Id", message))


def _encode_position(last: Conversation, scope: str) -> str:
    milliseconds = round(last.active_at.timestamp() * 1000)
    return cursors.encode([milliseconds, last.id], scope)


def _decode_position(cursor: str, scope: str) -> tuple[datetime, str]:
    milliseconds, last_id = cursors.decode(cursor, scope)
    active_at = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return active_at.replace(microsecond=milliseconds % 1000 * 1000), last_id
