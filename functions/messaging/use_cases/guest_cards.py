"""Cards of guests: who they are, and how the artist can write to them at the moment."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from messaging.models import Conversation, Guest
from messaging.rules import reply_windows
from messaging.rules.reply_windows import ReplyState
from messaging.store import guests


class GuestCard(msgspec.Struct, frozen=True):
    """A guest, and how the artist can write to them."""

    guest: Guest
    state: ReplyState


def get_guest_id(conversation: Conversation) -> str | None:
    """Return the guest of a conversation, or the last one who joined with the client's account."""
    joined = conversation.guest_ids[-1] if conversation.guest_ids else None
    return conversation.guest_id or joined


def find_all(conversations: Iterable[Conversation], now: datetime) -> dict[str, GuestCard]:
    """Return the cards of the guests of some conversations, by their ids.

    Two reads, none where no conversation has a guest.
    """
    wanted = [guest_id for each in conversations if (guest_id := get_guest_id(each))]
    found = guests.find_all(wanted) if wanted else {}
    accounts = guests.find_accounts(guest.account_id for guest in found.values()) if found else {}
    cards = {}
    for guest in found.values():
        account = accounts.get(guest.account_id)
        # The event that it was connected may still be on its way.
        connected = account is None or account.connected
        cards[guest.id] = GuestCard(
            guest, reply_windows.get_state(guest, connected=connected, now=now)
        )
    return cards


def find(conversation: Conversation, now: datetime) -> GuestCard | None:
    """Return the card of the guest of a conversation, None where there is none."""
    guest_id = get_guest_id(conversation)
    return find_all([conversation], now).get(guest_id) if guest_id else None
