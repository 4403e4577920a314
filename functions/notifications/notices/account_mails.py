"""Account mails: system templates that go to the address of an account, in its owner's language."""

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from notifications.models import Channel, MessageCategory, TemplateValue
from notifications.rules import email_addresses, local_time, locales
from notifications.store import contacts
from notifications.templates import system_templates
from notifications.use_cases import composer, dispatch, web_pages
from notifications.use_cases.dispatch import Cause
from notifications.use_cases.recipients import Recipient

NAMELESS = "friend"  # how the reader is addressed when nothing of their name can be shown
INSTANT_FORMATS = {"en": "%-d %B %Y at %H:%M UTC", "de": "%-d. %B %Y um %H:%M Uhr UTC"}

Values = Mapping[str, TemplateValue | datetime]


def send(
    template: str,
    values: Values,
    cause: Cause,
    now: datetime,
    *,
    user_id: str,
    email: str,
    category: MessageCategory = MessageCategory.SECURITY,
    page: str | None = None,
    verifies_address: bool = False,
) -> None:
    """Mail a system template to an address of an account, unless the account was deleted.

    It is always that of the system or an admin: what an account's owner must know is in nobody
    else's words. The mail leads to a page of the web application, if that is known.

    Args:
        template: Name of the template.
        values: Values of its variables. Instants are shown in UTC, because the owner's zone is not
            known, and phrases of ours in the owner's language.
        cause: The event.
        now: The current instant.
        user_id: Id of the owner.
        email: Address.
        category: Category of the mail.
        page: Path of the page; None for that of the template.
        verifies_address: Whether it is a code that proves that the address works, so that it is
            sent although mails to the address came back.
    """
    contact = contacts.find_contact(user_id)
    if contact is not None and contact.erased_at is not None:
        return  # a late event of an erased user
    locale = contact.locale if contact is not None else None
    message = composer.compose_from_system_template(
        template,
        {name: _convert(value, locale) for name, value in values.items()},
        (Channel.EMAIL,),
        category,
        locale=locale,
    )
    path = page or system_templates.find_page(template)
    if path is not None:
        message = composer.complete_email(
            message,
            url=path,
            page=web_pages.build(path),
            invitation=None,
            locale=locale,
        )
    message = msgspec.structs.replace(message, verifies_address=verifies_address)
    address = email_addresses.normalize(email)
    recipient = Recipient(user_id, {Channel.EMAIL: (address,)}, locale)
    dispatch.dispatch(message, recipient, cause, now)


def format_instant(instant: datetime, locale: str | None = None) -> str:
    """Return an instant as people read it, in UTC."""
    pattern = INSTANT_FORMATS[locales.get_language(locale)]
    return local_time.format_local(instant.astimezone(UTC), pattern, locale)


def _convert(value: TemplateValue | datetime, locale: str | None) -> TemplateValue:
    match value:
        case datetime():
            return format_instant(value, locale)
        case str():
            return locales.translate(value, locale)
        case _:
            return value
