"""Security notices: mails to the owner of an account about what happened to it.

They go to the address of the account, whatever its owner wants to be notified of otherwise.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from domain import quotation
from notifications.events import SignedInFromNewDevice
from notifications.models import Channel, MessageCategory, TemplateValue
from notifications.store import contacts
from notifications.use_cases import composer, dispatch
from notifications.use_cases.dispatch import Cause
from notifications.use_cases.recipients import Recipient
from shared.events.domain_events import DomainEvent, decode_data

NAMELESS = "friend"  # how the reader is addressed when nothing of their name can be shown


class OwnerUnknown(Exception):
    """The event that says how to reach the owner has not arrived yet. The queue tries again."""


def handle_signed_in_from_new_device(event: DomainEvent, now: datetime) -> None:
    """Mail the owner that a device signed in that their account does not know."""
    signed_in = decode_data(event, SignedInFromNewDevice)
    variables = {
        "device": signed_in.device,
        "network": signed_in.network,
        "signedInAt": format_instant(signed_in.signed_in_at),
    }
    send_to_owner(signed_in.user_id, "sign-in-from-new-device", variables, event, now)


def send_to_owner(
    user_id: str,
    template: str,
    variables: Mapping[str, TemplateValue],
    event: DomainEvent,
    now: datetime,
) -> None:
    """Mail a system template to the owner of an account, unless the account was deleted.

    Args:
        user_id: Id of the owner.
        template: Name of the template.
        variables: Its variables; `name` is added.
        event: The event that is the cause.
        now: The current instant.

    Raises:
        OwnerUnknown: The account's address is not known yet.
    """
    contact = contacts.find_active(user_id)
    if contact is None:
        return
    if contact.email is None:
        raise OwnerUnknown(user_id)
    named = {"name": quotation.flatten(contact.name) or NAMELESS, **variables}
    message = composer.compose_from_system_template(
        template, named, (Channel.EMAIL,), MessageCategory.SECURITY
    )
    recipient = Recipient(user_id, {Channel.EMAIL: (contact.email,)})
    dispatch.dispatch(message, recipient, Cause.from_event(event), now)


def format_instant(instant: datetime) -> str:
    """Return an instant as people read it, in UTC: the zone of the owner is not known."""
    return instant.astimezone(UTC).strftime("%-d %B %Y at %H:%M UTC")
