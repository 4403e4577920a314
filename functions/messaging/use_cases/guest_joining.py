"""Joining: a guest's messages become those of a client, once both sides have agreed.

The artist asks, which sends a code to the guest at the platform; whoever receives it there enters
it with their account. Neither is enough alone. The join itself is one write; the messages follow in
steps that can be repeated, and the sweeper repeats them once more for what arrived meanwhile.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from domain import quotation, voucher_codes
from domain.errors import SessionEnded
from domain.ids import new_id
from messaging.models import (
    Conversation,
    Counts,
    Guest,
    JoinRequest,
    Message,
    MessageType,
    RecordReference,
    Side,
)
from messaging.rules import reply_windows
from messaging.rules.errors import InvalidJoinCode, NotAGuest, ReplyWindowClosed
from messaging.rules.guest_messages import GuestDelivery, GuestDeliveryStatus
from messaging.schemas import ConversationView, JoinGuestRequest, JoinRequestView
from messaging.store import conversations, guests, inbox, messages, person_copies, stars
from messaging.use_cases import (
    delivery,
    guest_cards,
    membership,
    message_sequence,
    names,
    presenter,
    redaction,
    unread_counters,
)
from messaging.use_cases.message_sequence import Draft
from shared.data.conflicts import retry_on_conflict
from shared.events import sweeper
from shared.http import rate_limits
from shared.http.caller import Caller

CODE_LIFETIME = timedelta(minutes=30)
REQUEST_LIMIT = 5  # per conversation and 15 minutes
ATTEMPT_LIMIT = 10  # per user and 15 minutes
# By then nothing is carried out any more that had begun before the join.
SETTLE_AGAIN_AFTER = timedelta(minutes=2)
BATCH_SIZE = 200
MAX_DUE = 25  # of one sweep; the rest is due in the next minute

REQUESTED = "A code was sent to the guest, to join with an account."
JOINED = "The guest joined with an account."


def request(caller: Caller, conversation_id: str, now: datetime) -> JoinRequestView:
    """Ask a guest to join with an account: a code goes to them, in place of any earlier one.

    Raises:
        NotFound: The caller is not a member of the conversation.
        Blocked: One of the two blocks the other.
        NotAGuest: The other member has an account.
        ReplyWindowClosed: The platform takes no message to the guest now.
    """
    member = membership.require_writer(caller.user_id, conversation_id)
    conversation = member.conversation
    if conversation.guest_id is None:
        raise NotAGuest("The other member has an account.")
    limit = rate_limits.count("join-requests", conversation.id, REQUEST_LIMIT, now)
    rate_limits.enforce(limit)
    card = guest_cards.find(conversation, now)
    if card is None:
        raise ReplyWindowClosed("The guest is gone.", reason="agent_window_closed")
    reply_windows.require_open(card.guest, card.state, human_agent=False)
    code = voucher_codes.create_code()
    asked = JoinRequest(
        code_hash=voucher_codes.hash_code(code), requested_at=now, expires_at=now + CODE_LIFETIME
    )
    if guests.set_join_request(card.guest.id, asked) is None:
        raise NotAGuest("The guest has joined with an account.")
    draft = Draft(
        type=MessageType.SYSTEM,
        content=REQUESTED,
        refer=RecordReference(kind="guest", id=card.guest.id),
        source=f"join_request {new_id('jrq')}",
        guest_id=card.guest.id,
        platform=card.guest.platform,
        delivery=GuestDelivery(status=GuestDeliveryStatus.PENDING, reason=None, at=now),
        guest_text=_write_invitation(caller.user_id, code),
    )
    message_sequence.append(conversation, draft, now)
    return JoinRequestView(asked.requested_at, asked.expires_at)


def join(caller: Caller, body: JoinGuestRequest, now: datetime) -> ConversationView:
    """Join the guest to whom a code was sent with the caller's account.

    Doing so again changes nothing.

    Raises:
        InvalidJoinCode: The code is wrong, has expired, was replaced, or another client used it.
        Blocked: The artist and the client, or the guest, block each other.
        PersonGone: The account of the artist was deleted.
        SessionEnded: The caller's account was deleted.
    """
    rate_limits.enforce(rate_limits.count("join-codes", caller.user_id, ATTEMPT_LIMIT, now))
    code_hash = voucher_codes.hash_code(voucher_codes.parse_code(body.code) or "")
    guest = guests.find_by_code(code_hash)
    if guest is None:
        raise _invalid_code()
    if guest.client_id != caller.user_id:
        _require_joinable(guest, caller)
        joined = guests.join(guest.id, code_hash, caller.user_id, now, now + SETTLE_AGAIN_AFTER)
        if joined is None:
            raise _invalid_code()
        guest = joined
    conversation = settle(guest, now)
    people = person_copies.find_all([guest.artist_id])
    return presenter.present_conversation(conversation, Side.CLIENT, people, now)


def settle(guest: Guest, now: datetime) -> Conversation:
    """Move everything of a guest who joined to the conversation of the client, and return that.

    Each step can be repeated.
    """
    client_id = guest.client_id
    assert client_id is not None, "the guest has joined"
    source = conversations.find_by_pair(guest.artist_id, guest.id)
    if source is not None:
        target = conversations.find_by_pair(guest.artist_id, client_id)
        due_at = now + delivery.GRACE
        if target is None and conversations.hand_over(source, guest.id, client_id, due_at):
            inbox.refresh(source.id)
            delivery.enqueue(source.id)
        else:
            target = target or conversations.find_by_pair(guest.artist_id, client_id)
            assert target is not None, "the two have a conversation"
            linked = conversations.link(source.id, target.id, guest.id, due_at)
            if linked is not None:
                unread_counters.update(linked, [Side.ARTIST], now)
            delivery.enqueue(target.id)
            while batch := messages.list_first(source.id, BATCH_SIZE):
                _move(batch, source, target.id, guest)
    conversation = conversations.find_by_pair(guest.artist_id, client_id)
    assert conversation is not None, "the guest had a conversation"
    messages.adopt(guest.id, client_id)
    messages.set_client(conversation.id, client_id)
    conversations.set_names(conversation.id, names.list_names(conversation))
    redaction.revise_author(client_id, now)
    note = Draft(
        type=MessageType.SYSTEM,
        content=JOINED,
        refer=RecordReference(kind="guest", id=guest.id),
        source=f"joined {guest.id}",
        guest_id=guest.id,
        platform=guest.platform,
    )
    message_sequence.append(conversation, note, now)
    conversations.share_again(conversation.id, now + delivery.GRACE)
    delivery.enqueue(conversation.id)
    return conversation


def settle_due(now: datetime) -> int:
    """Move again what arrived while guests joined, and return the number of these guests.

    Raises:
        SweepIncomplete: That failed for some of them, who are still due.
    """

    def act(guest: Guest) -> None:
        settle(guest, now)
        guests.end_settling(guest.id)

    return sweeper.do_each(guests.list_due(now, MAX_DUE), act, lambda guest: guest.id)


@retry_on_conflict(attempts=messages.ATTEMPTS)
def _move(batch: Sequence[Message], source: Conversation, target_id: str, guest: Guest) -> None:
    """Move messages to the end of a conversation, those that stand there already excepted.

    Nobody's unread messages change: the client has read them at the platform.
    """
    target = conversations.find(target_id)
    assert target is not None, "the client has a conversation"
    posted = messages.find_posted(target_id, [each.source for each in batch if each.source])
    repeated = [each.id for each in batch if each.source in posted]
    if repeated:
        messages.delete(repeated)
    own_ids = [each.client_message_id for each in batch if each.client_message_id]
    taken = messages.find_sent(target_id, guest.artist_id, own_ids)
    revision = messages.get_last_revision(target)
    last = messages.find_last(target)
    sequence, counts = (last.sequence, last.counts) if last else (0, Counts())
    moved = []
    for message in batch:
        if message.id in repeated:
            continue
        sequence, revision = sequence + 1, revision + 1
        is_guests = message.author_id in (guest.id, guest.client_id)
        is_unread = (
            is_guests
            and message.deleted_at is None
            and message.sequence > source.artist.read_sequence
        )
        counts = Counts(artist=counts.artist + is_unread, client=counts.client)
        moved.append(
            msgspec.structs.replace(
                message,
                conversation_id=target_id,
                client_id=target.client_id,
                sequence=sequence,
                revision=revision,
                counts=counts,
                sender_id=guest.client_id if is_guests else message.sender_id,
                author_id=guest.client_id if is_guests else message.author_id,
                client_message_id=None
                if message.client_message_id in taken
                else message.client_message_id,
            )
        )
    if moved:
        messages.move(moved, source.id)
        stars.move([each.id for each in moved], target_id)


def _require_joinable(guest: Guest, caller: Caller) -> None:
    """Check that a client may join a guest now; the write checks the code once more.

    Raises:
        InvalidJoinCode: Another client used the code.
        Blocked: The artist and the client, or the guest, block each other.
        PersonGone: The account of the artist was deleted.
        SessionEnded: The caller's account was deleted.
    """
    if guest.client_id is not None:
        raise _invalid_code()
    own = person_copies.find(caller.user_id)
    if own is not None and own.erased_at is not None:
        raise SessionEnded("Sign in again.")
    for other_id in (guest.id, caller.user_id):
        conversation = conversations.find_by_pair(guest.artist_id, other_id)
        if conversation is not None:
            membership.require_writable(conversation)
    membership.require_admitted(guest.artist_id)


def _write_invitation(artist_id: str, code: str) -> str:
    artist = person_copies.find(artist_id)
    name = quotation.quote(artist.name) if artist else ""
    return (
        f"{name or 'Your artist'} asks you to join this conversation with your account. Sign in to "
        f"the booking app as a client and enter this code within "
        f"{CODE_LIFETIME.seconds // 60} minutes: {voucher_codes.format_code(code)} "
        "If you have no account, you can ignore this message. Do not pass the code on."
    )


def _invalid_code() -> InvalidJoinCode:
    return InvalidJoinCode(
        "The code is wrong, was used, or has expired. Ask the artist for a new one."
    )
