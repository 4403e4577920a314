"""Who may reach whom, and where each channel finds them."""

from collections.abc import Collection, Sequence

import msgspec

from domain.errors import FieldError, Forbidden, InvalidFields
from notifications.models import Channel, Contact
from notifications.rules.errors import SessionEnded
from notifications.store import contacts, relations, subscriptions
from shared.http.caller import Caller, Role


class Recipient(msgspec.Struct, frozen=True):
    """Whom a notification is for: a user, or just an address (`user_id` None)."""

    user_id: str | None
    addresses: dict[Channel, Sequence[str]]

    def key(self, channel: Channel, address: str) -> str:
        """Who must not be told twice: the user, except that each of their browsers is told."""
        return address if channel is Channel.PUSH or self.user_id is None else self.user_id


def may_reach(caller: Caller, user_id: str) -> bool:
    """Whether the caller may send to the user.

    An admin reaches everybody, everyone else themselves, and an artist also the clients they work
    with: whose own booking, or acceptance of a proposal, was agreed. That costs an artist a read.
    """
    if caller.is_admin or user_id == caller.user_id:
        return True
    return caller.role is Role.ARTIST and relations.are_acquainted(caller.user_id, user_id)


def contact_of(caller: Caller) -> Contact:
    """The caller's own contact; before auth's event arrived, what the token says.

    Raises a 401 Problem when the account was deleted.
    """
    contact = contacts.find_living(caller.user_id)
    if contact is None:
        raise SessionEnded("Sign in again.")
    if contact.email is None:
        contact = msgspec.structs.replace(contact, email=caller.email)
    return contact


def user(caller: Caller, user_id: str | None, channels: Collection[Channel]) -> Recipient:
    """The user as a recipient through these channels; the caller where none is named.

    Raises a 403 Problem for the id of somebody the caller may not reach, whether it exists or not,
    and a 422 one where nobody is known by it.
    """
    if user_id is None or user_id == caller.user_id:
        return of_contact(contact_of(caller), channels)
    if not may_reach(caller, user_id):
        raise Forbidden("You may not send to this user.")
    contact = contacts.find_contact(user_id)
    if contact is None or contact.erased_at is not None:
        raise InvalidFields(FieldError("body.userId", "is nobody we know"))
    return of_contact(contact, channels)


def address(caller: Caller, channel: Channel, to: str) -> Recipient:
    """A bare address as a recipient.

    Raises a 403 Problem unless it is the caller's own or the caller an admin: this is no relay.
    """
    own = of_contact(contact_of(caller), (channel,))
    if to in own.addresses[channel]:
        return own
    if caller.is_admin:
        return Recipient(None, {channel: (to,)})
    raise Forbidden("You may send to your own addresses only.")


def of_contact(contact: Contact, channels: Collection[Channel]) -> Recipient:
    """The contact as a recipient. One read more where push is among the channels."""
    addresses: dict[Channel, Sequence[str]] = {}
    if Channel.EMAIL in channels:
        addresses[Channel.EMAIL] = _known(contact.email)
    if Channel.SMS in channels:
        addresses[Channel.SMS] = _known(contact.phone)
    if Channel.PUSH in channels:
        addresses[Channel.PUSH] = subscriptions.subscription_ids(contact.id)
    return Recipient(contact.id, addresses)


def _known(address: str | None) -> Sequence[str]:
    return () if address is None else (address,)
