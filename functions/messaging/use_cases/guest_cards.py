"""Cards of guests: who they are, and how the artist can write to them at the moment."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from messaging.models import Conversation, Guest, SocialAccount
from messaging.rules import reply_windows
from messaging.rules.reply_windows import ReplyState
from messaging.store import guests

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class GuestCard(msgspec.Struct, frozen=True):
    """A guest, and how the artist can write to them."""

    guest: Guest
    state: ReplyState


def find_all(conversations: Sequence[Conversation], now: datetime) -> dict[str, GuestCard]:
    """Return the cards of guests by the ids of their conversations.

    Of several who joined with the account of one client, it is the one to whom the artist can write
    longest. Two reads, none where no conversation has a guest.
    """
    ids = {each.id: _list_guest_ids(each) for each in conversations}
    wanted = [guest_id for guest_ids in ids.values() for guest_id in guest_ids]
    found = guests.find_all(wanted) if wanted else {}
    accounts = guests.find_accounts(guest.account_id for guest in found.values()) if found else {}
    cards = {}
    for conversation_id, guest_ids in ids.items():
        known = [found[guest_id] for guest_id in guest_ids if guest_id in found]
        if known:
            guest = max(known, key=lambda each: each.reply_until or _NEVER)
            cards[conversation_id] = _make_card(guest, accounts.get(guest.account_id), now)
    return cards


def find(conversation: Conversation, now: datetime) -> GuestCard | None:
    """Return the card of the guest of a conversation, None where there is none."""
    return find_all([conversation], now).get(conversation.id)


def _list_guest_ids(conversation: Conversation) -> tuple[str, ...]:
    return (conversation.guest_id,) if conversation.guest_id else conversation.guest_ids


def _make_card(guest: Guest, account: SocialAccount | None, now: datetime) -> GuestCard:
    # The event that it was connected may still be on its way.
    connected = account is None or account.connected
    return GuestCard(guest, reply_windows.get_state(guest, connected=connected, now=now))
