"""Recipients: who may send to whom, and the addresses of each channel."""

from collections.abc import Collection, Sequence
from zoneinfo import ZoneInfo

import msgspec

from domain.errors import Blocked, FieldError, Forbidden, InvalidFields, SessionEnded
from notifications.models import Channel, Contact, Preferences
from notifications.store import artist_clients, contacts, conversations, subscriptions
from shared.data import bans
from shared.http.caller import Caller, Role
from shared.platform import time_zones


class Recipient(msgspec.Struct, frozen=True):
    """The recipient of a notification: a user, or a bare address without one.

    Attributes:
        locale: Language that the user chose; None for none.
        contact: The contact of the user, with their preferences; None where it does not matter: of
            a bare address, and for messages that nobody can opt out of.
    """

    user_id: str | None
    addresses: dict[Channel, Sequence[str]]
    locale: str | None = None
    contact: Contact | None = None

    @property
    def preferences(self) -> Preferences:
        """What the recipient wants."""
        return Preferences() if self.contact is None else self.contact.preferences

    def get_key(self, channel: Channel, address: str) -> str:
        """Return the key under which an event is notified once: the user, or each browser."""
        return address if channel is Channel.PUSH or self.user_id is None else self.user_id


def can_send_to(caller: Caller, user_id: str) -> bool:
    """Check whether the caller may send to a user.

    Admins may send to everybody, everyone else to themselves, and artists also to their clients:
    those whose own booking, or acceptance of a proposal, was agreed. That costs artists a read.
    """
    if caller.is_admin or user_id == caller.user_id:
        return True
    return caller.role is Role.ARTIST and artist_clients.is_client_of(caller.user_id, user_id)


def get_contact(caller: Caller) -> Contact:
    """Return the caller's contact, with the address in their token until auth's event arrives.

    Raises:
        SessionEnded: The caller's account was deleted.
    """
    contact = contacts.find_active(caller.user_id)
    if contact is None:
        raise SessionEnded("Sign in again.")
    if contact.email is None:
        contact = msgspec.structs.replace(contact, email=caller.email)
    return contact


def get_user(caller: Caller, user_id: str | None, channels: Collection[Channel]) -> Recipient:
    """Return a user as a recipient through these channels; the caller when no user is named.

    Raises:
        Forbidden: The caller may not send to the user, whether there is such a user or not.
        Blocked: The caller, an artist, or the user blocks the other, or the user is banned.
        InvalidFields: There is no such user.
        SessionEnded: The caller's account was deleted.
    """
    if user_id is None or user_id == caller.user_id:
        return create(get_contact(caller), channels)
    if not can_send_to(caller, user_id):
        raise Forbidden("You may not send to this user.")
    if not caller.is_admin and (
        conversations.is_blocked(caller.user_id, user_id) or bans.is_banned(user_id)
    ):
        raise Blocked("This is not possible because one of you blocks the other.")
    contact = contacts.find_contact(user_id)
    if contact is None or contact.erased_at is not None:
        raise InvalidFields(FieldError("body.userId", "is not the id of a user"))
    return create(contact, channels)


def get_address(caller: Caller, channel: Channel, to: str) -> Recipient:
    """Return a bare address as a recipient.

    Raises:
        Forbidden: The address is not the caller's own and the caller no admin: this is no relay.
        SessionEnded: The caller's account was deleted.
    """
    own = create(get_contact(caller), (channel,))
    if to in own.addresses[channel]:
        return own
    if caller.is_admin:
        return Recipient(None, {channel: (to,)})
    raise Forbidden("You may send to your own addresses only.")


def create(contact: Contact, channels: Collection[Channel]) -> Recipient:
    """Create the recipient of a contact. One more read if push is among the channels."""
    addresses: dict[Channel, Sequence[str]] = {}
    if Channel.EMAIL in channels:
        addresses[Channel.EMAIL] = _list(contact.email)
    if Channel.SMS in channels:
        addresses[Channel.SMS] = _list(contact.phone)
    if Channel.PUSH in channels:
        addresses[Channel.PUSH] = subscriptions.list_ids(contact.id)
    return Recipient(contact.id, addresses, contact.locale, contact)


def find_zone(contact: Contact | None) -> ZoneInfo | None:
    """Return the time zone of a contact, if it is known."""
    if contact is None or contact.time_zone is None:
        return None
    try:
        return time_zones.parse_zone(contact.time_zone, "timeZone")
    except InvalidFields:  # the zone was renamed since
        return None


def _list(address: str | None) -> Sequence[str]:
    return () if address is None else (address,)
