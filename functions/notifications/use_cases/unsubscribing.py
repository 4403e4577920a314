"""Unsubscribing: signed links by which the reader of a mail opts out of its category (RFC 8058).

A link authorizes its bearer to change what is sent by mail to this recipient, and to nothing else.
It does not expire: it must work as long as the mail is kept. Only a POST changes anything, because
programs that scan mails follow their links.
"""

from datetime import datetime
from email import message_from_bytes
from email.message import Message
from urllib.parse import parse_qs

import msgspec

from domain.errors import FieldError, InvalidFields, NotFound
from notifications.models import Contact, EmailContent, MessageCategory
from notifications.rules import locales, unsubscribing
from notifications.rules import preferences as rules
from notifications.store import contacts
from notifications.store import preferences as store
from notifications.templates import rendering, unsubscribe_page
from shared.platform import signing
from shared.platform.config import secret

PATH = "/v1/notifications/unsubscribe"
_KEY = "unsubscribe-links"
_ONE_CLICK = ("List-Unsubscribe", "One-Click")
_FORM, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"


class UnsubscribeLink(msgspec.Struct, frozen=True, array_like=True):
    """The content of a link.

    Attributes:
        contact_id: The user, or the hash of an address without one.
        category: The category of the mail that brought it.
    """

    contact_id: str
    category: MessageCategory


class Form(msgspec.Struct, frozen=True):
    """What a form asks for: to turn the mails of a category on or off."""

    category: MessageCategory
    choice: str


def build_url(contact_id: str, category: MessageCategory) -> str | None:
    """Return the address of a link; None where the environment has none that mails could name."""
    base = secret("api").get("API_URL", "").rstrip("/")
    if not base or not secret(_KEY).get("KEY"):
        return None
    content = msgspec.json.encode(UnsubscribeLink(contact_id, category))
    return f"{base}{PATH}/{signing.sign(content, _KEY)}"


def add_link(content: EmailContent, url: str, locale: str | None) -> EmailContent:
    """Add the link to a mail, which its headers carry too."""
    text = locales.translate("Unsubscribe", locale)
    return msgspec.structs.replace(
        content,
        text=f"{content.text}\n\n{text}: {url}",
        html=content.html and rendering.add_link(content.html, text, url),
        unsubscribe_url=url,
    )


def show(token: str) -> str:
    """Return the page of a link. It changes nothing.

    Raises:
        NotFound: We did not make this link, or its user was deleted.
    """
    link = _read(token)
    return _present(link, _find_contact(link), changed=None)


def submit(token: str, content_type: str, body: bytes, now: datetime) -> str:
    """Do what a form asks for, and return the page that says so.

    Raises:
        NotFound: We did not make this link, or its user was deleted.
        InvalidFields: It is neither the form of RFC 8058 nor one of our page.
    """
    link = _read(token)
    form = _read_form(link, content_type, body)
    contact = _find_contact(link)
    contact_ids = [link.contact_id]
    if contact.email is not None:  # an admin may write to the address as such
        contact_ids.append(unsubscribing.build_contact_id(None, contact.email))
    for contact_id in contact_ids:
        store.choose_mail(contact_id, form.category, form.choice, now)
    return _present(link, _find_contact(link), changed=form.category)


def _read(token: str) -> UnsubscribeLink:
    body = signing.verify(token, _KEY) if secret(_KEY).get("KEY") else None
    if body is None:
        raise NotFound("There is no such link.")
    return msgspec.json.decode(body, type=UnsubscribeLink)


def _find_contact(link: UnsubscribeLink) -> Contact:
    contact = contacts.find_active(link.contact_id)
    if contact is None:
        raise NotFound("This account was deleted. It gets no mails.")
    return contact


def _read_form(link: UnsubscribeLink, content_type: str, body: bytes) -> Form:
    """Read a form: the one of RFC 8058 (3.2), which mail programs send, or one of our page."""
    try:
        fields = _read_fields(content_type, body)
    except (ValueError, RecursionError):  # too many fields, or parts within parts without end
        fields = {}
    if fields.get(_ONE_CLICK[0]) == _ONE_CLICK[1]:
        return Form(link.category, "off")
    errors = []
    if fields.get("category") not in unsubscribing.LISTED:
        errors.append(FieldError("body.category", "is not one of the page"))
    if fields.get("choice") not in ("on", "off"):
        errors.append(FieldError("body.choice", "must be on or off"))
    if errors:
        raise InvalidFields(*errors)
    return Form(MessageCategory(fields["category"]), fields["choice"])


def _read_fields(content_type: str, body: bytes) -> dict[str, str]:
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == _FORM:
        parsed = parse_qs(body.decode(errors="replace"), max_num_fields=10)
        return {name: values[-1] for name, values in parsed.items()}
    if media_type == _MULTIPART and content_type.isprintable():
        head = f"Content-Type: {content_type}\r\n\r\n".encode(errors="replace")
        parts = message_from_bytes(head + body).get_payload()
        return dict(_read_part(part) for part in parts if isinstance(part, Message))
    return {}


def _read_part(part: Message) -> tuple[str, str]:
    name = part.get_param("name", "", header="content-disposition")
    value = part.get_payload(decode=True)
    return str(name), value.decode(errors="replace").strip() if isinstance(value, bytes) else ""


def _present(link: UnsubscribeLink, contact: Contact, *, changed: MessageCategory | None) -> str:
    return unsubscribe_page.render(
        {
            category: rules.choose(category, contact.preferences.categories).email != "off"
            for category in unsubscribing.LISTED
        },
        asked=link.category,
        changed=changed,
        locale=contact.locale,
    )
