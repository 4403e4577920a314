"""Opening conversations, and listing them."""

from datetime import UTC, datetime

from domain.errors import FieldError, Forbidden, InvalidFields
from domain.ids import new_id
from messaging.models import Conversation, Side
from messaging.rules.errors import SessionEnded
from messaging.schemas import (
    Conversations,
    ConversationView,
    DeliveryOrder,
    ListQuery,
    OpenRequest,
    Unread,
)
from messaging.store import conversations, people
from messaging.use_cases import delivery, membership, presenter
from shared.http import cursors, rate_limits
from shared.http.caller import Caller, Role

OPENED = 30  # per user and quarter of an hour

_SIDES = {Role.ARTIST: Side.ARTIST, Role.CLIENT: Side.CLIENT}
_ROLES = {side: role for role, side in _SIDES.items()}


def open_with(caller: Caller, request: OpenRequest, now: datetime) -> tuple[ConversationView, bool]:
    """The caller's conversation with the other, and whether it is new.

    Raises a 403 Problem for who is neither artist nor client, and where one blocked the other, a
    409 one where the other is gone, a 422 one naming the field for who is nobody to talk to, a 429
    one for an attempt too many.
    """
    side = _side(caller)
    if side is None:
        raise Forbidden("Conversations are between an artist and a client.")
    rate_limits.enforce(rate_limits.count("conversations", caller.user_id, OPENED, now))
    other_id = _other_id(side, request)
    conversation = conversations.find_of_pair(*_pair(side, caller.user_id, other_id))
    is_new = False
    if conversation is None:
        _check_people(caller, side, other_id)
        conversation, is_new = of_pair(*_pair(side, caller.user_id, other_id), now)
    membership.check_writing(conversation)
    known = people.find_all([other_id])
    return presenter.of_conversation(conversation, side, known, now), is_new


def of_pair(artist_id: str, client_id: str, now: datetime) -> tuple[Conversation, bool]:
    """The conversation of these two, and whether it is new. They are known to exist."""
    conversation = Conversation(
        id=new_id("cnv"),
        artist_id=artist_id,
        client_id=client_id,
        created_at=now,
        active_at=now,
        unpublished=(delivery.OPENED,),
        due_at=now + delivery.GRACE,
    )
    if conversations.add(conversation):
        delivery.order(DeliveryOrder(conversation.id))
        _leave_out_erased(conversation)
        return conversation, True
    earlier = conversations.find_of_pair(artist_id, client_id)
    assert earlier is not None, "one of this pair is there"
    return earlier, False


def _leave_out_erased(conversation: Conversation) -> None:
    """Note who is erased at this very moment: their tombstone came before the conversation."""
    known = people.find_all(conversation.member_ids)
    for side in Side:
        person = known.get(conversation.user_id(side))
        if person is not None and person.erased_at is not None:
            conversations.erase(side, person.id)


def get(caller: Caller, conversation_id: str, now: datetime) -> ConversationView:
    """The conversation. Raises a 404 Problem for who is no member."""
    member = membership.of(caller.user_id, conversation_id)
    known = people.find_all([member.other_id])
    return presenter.of_conversation(member.conversation, member.side, known, now)


def list_for(caller: Caller, query: ListQuery, now: datetime) -> Conversations:
    """The caller's conversations, the last active first: two reads, however many messages.

    Raises a 422 Problem for a cursor that is not of this list.
    """
    side = _side(caller)
    if side is None:
        return Conversations([], None)
    scope = f"conversations {caller.user_id}"
    after = _position(query.cursor, scope) if query.cursor else None
    listed = conversations.page(side, caller.user_id, after, query.limit + 1)
    page = listed[: query.limit]
    known = people.find_all(each.user_id(side.other) for each in page)
    more = len(listed) > len(page)
    return Conversations(
        items=[presenter.of_conversation(each, side, known, now) for each in page],
        next_cursor=_cursor(page[-1], scope) if more else None,
    )


def unread(caller: Caller) -> Unread:
    """How many messages the caller has not read: one read."""
    side = _side(caller)
    return Unread(0 if side is None else conversations.unread(side, caller.user_id))


def _side(caller: Caller) -> Side | None:
    return _SIDES.get(caller.role)


def _pair(side: Side, own_id: str, other_id: str) -> tuple[str, str]:
    return (own_id, other_id) if side is Side.ARTIST else (other_id, own_id)


def _other_id(side: Side, request: OpenRequest) -> str:
    named = {Side.ARTIST: request.artist_id, Side.CLIENT: request.client_id}
    other_id, own_kind = named[side.other], named[side]
    errors = []
    if own_kind is not None:
        errors.append(FieldError(f"body.{side}Id", f"you are the {side}"))
    if other_id is None:
        errors.append(FieldError(f"body.{side.other}Id", "is required"))
    if errors or other_id is None:
        raise InvalidFields(*errors)
    return other_id


def _check_people(caller: Caller, side: Side, other_id: str) -> None:
    known = people.find_all([caller.user_id, other_id])
    own = known.get(caller.user_id)
    if own is not None and own.erased_at is not None:
        raise SessionEnded("Sign in again.")
    other = known.get(other_id)
    if other is None or other.erased_at is not None or other.role is not _ROLES[side.other]:
        raise InvalidFields(FieldError(f"body.{side.other}Id", f"is no {side.other} we know"))


def _cursor(last: Conversation, scope: str) -> str:
    milliseconds = round(last.active_at.timestamp() * 1000)
    return cursors.encode([milliseconds, last.id], scope)


def _position(cursor: str, scope: str) -> tuple[datetime, str]:
    milliseconds, last_id = cursors.decode(cursor, scope)
    at = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return at.replace(microsecond=milliseconds % 1000 * 1000), last_id
