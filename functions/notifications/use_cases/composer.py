"""Composer: the messages made of a request's text or of a template."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import msgspec

from domain.errors import FieldError, InvalidFields
from notifications.inbox.entries import UNTITLED
from notifications.models import (
    MAX_PUSH_BYTES,
    SYSTEM,
    Channel,
    Content,
    EmailContent,
    Invitation,
    MessageCategory,
    PushContent,
    SmsContent,
    Template,
    TemplateKind,
    TemplateValue,
    TemplateVersion,
)
from notifications.rules import locales
from notifications.schemas import WritingRequest
from notifications.templates import rendering, system_templates
from notifications.use_cases import bylines, templates, web_pages
from notifications.use_cases.dispatch import OutgoingMessage
from shared.http.caller import Caller

LINK_TEXT = "See it in the app"
_SOURCES = ("text", "template", "template_id")
_FIELDS = {"text": "body.text", "template": "body.template", "template_id": "body.templateId"}
_CATEGORIES: Mapping[TemplateKind, MessageCategory] = {
    "confirmation": MessageCategory.BOOKING,
    "reminder": MessageCategory.BOOKING,
    "preparation": MessageCategory.BOOKING,
    "follow_up": MessageCategory.AFTERCARE,
    "aftercare": MessageCategory.AFTERCARE,
    "birthday": MessageCategory.MARKETING,
    "promotional": MessageCategory.MARKETING,
    "custom": MessageCategory.MESSAGE,
}


def compose(
    caller: Caller,
    request: WritingRequest,
    subject: str | None,
    channels: Collection[Channel],
    locale: str | None = None,
) -> OutgoingMessage:
    """Compose the message of a request for these channels.

    A template that is requested by its name is in the locale of the request, or else in that of the
    recipient.

    Raises:
        InvalidFields: There is not exactly one of text, template and templateId, or it comes with
            fields that do not belong to it.
    """
    _check(request, subject)
    if request.text is not None:
        return OutgoingMessage(_from_text(request.text, subject or UNTITLED, channels))
    owner = templates.get_owner(caller)
    if request.template is not None:
        template = templates.get_by_name(owner, request.template, request.locale or locale)
    else:
        template = templates.get_by_id(owner, request.template_id or "")
    message = compose_from_template(template, request.variables or {}, channels)
    return lead_to_page(message, template.locale)


def compose_from_template(
    template: Template,
    variables: Mapping[str, TemplateValue | datetime],
    channels: Collection[Channel],
    category: MessageCategory | None = None,
) -> OutgoingMessage:
    """Compose a message from a template, for those of the channels that it has a body for.

    Raises:
        InvalidFields: The variables do not fit the template.
    """
    values = rendering.convert_values(template.variables, variables)
    return OutgoingMessage(
        rendering.render(template.bodies, values, channels, template.locale),
        category or _CATEGORIES[template.kind],
        TemplateVersion(id=template.id, name=template.name, version=template.version),
    )


def compose_from_system_template(
    name: str,
    variables: Mapping[str, TemplateValue | datetime],
    channels: Collection[Channel],
    category: MessageCategory,
    *,
    locale: str | None = None,
    artist_id: str | None = None,
    byline: str | None = None,
) -> OutgoingMessage:
    """Compose a message from the template of a name: the artist's, an admin's or the system's.

    An artist's or admin's template may have been written before a variable was added, so it gets
    those that it declares. One of which no message can be made gives way to the next, and the
    reason is kept with it; the system's own always works.

    Args:
        name: Name of a system template.
        variables: The variables of that.
        channels: The channels to compose for.
        category: Category of the message.
        locale: Language of its reader; None if they chose none.
        artist_id: Whose own template comes first; None if the message concerns no artist.
        byline: Name of the artist, who is named as the author of what their template made; None if
            they are the reader.

    Raises:
        InvalidFields: The variables do not fit the system template.
    """
    owner = artist_id or SYSTEM
    for template in templates.list_candidates(owner, name, locale):
        declared = {variable.name for variable in template.variables}
        known = {key: value for key, value in variables.items() if key in declared}
        try:
            message = compose_from_template(template, known, channels, category)
            if template.created_at is not None:
                _check_room(message)
            if template.owner != SYSTEM and byline is not None:
                return bylines.sign(message, byline, template.locale)
        except InvalidFields as error:
            if template.created_at is None:
                raise
            templates.save_problem(template, error)
        else:
            return message
    raise LookupError(name)


def get_link_text(locale: str | None) -> str:
    """Return the text of the link to a page of the web application."""
    return locales.translate(LINK_TEXT, locale)


def replace_push_fields(message: OutgoingMessage, **fields: Any) -> OutgoingMessage:
    """Replace fields of the push content, which the inbox shows as well."""
    return _replace_fields(message, Channel.PUSH, fields)


def lead_to_page(message: OutgoingMessage, locale: str | None) -> OutgoingMessage:
    """Let the mail of a system template lead to its page, where no record is known to lead to."""
    path = system_templates.find_page(message.template.name) if message.template else None
    if path is None:
        return message
    page = web_pages.build(path)
    return complete_email(message, url=path, page=page, invitation=None, locale=locale)


def mark(message: OutgoingMessage, prefix: str) -> OutgoingMessage:
    """Begin the subject of the mail and the title of the push message with a prefix."""
    for channel, content in message.contents.items():
        match content:
            case EmailContent():
                message = _replace_fields(message, channel, {"subject": prefix + content.subject})
            case PushContent():
                message = _replace_fields(message, channel, {"title": prefix + content.title})
            case SmsContent():
                pass
    return message


def replace_email_fields(message: OutgoingMessage, **fields: Any) -> OutgoingMessage:
    """Replace fields of the mail."""
    return _replace_fields(message, Channel.EMAIL, fields)


def complete_email(
    message: OutgoingMessage,
    *,
    url: str,
    page: str | None,
    invitation: Invitation | None,
    locale: str | None = None,
) -> OutgoingMessage:
    """Add to the mail what it is about.

    Args:
        message: The message, with or without a mail.
        url: Path of the page, which the inbox opens.
        page: Address of the page, which the mail links to; None where it is not known.
        invitation: The appointment, for the reader's calendar.
        locale: Language of the reader.
    """
    content = message.contents.get(Channel.EMAIL)
    if not isinstance(content, EmailContent):
        return message
    fields: dict[str, Any] = {"url": url, "invitation": invitation}
    if page is not None:
        text = get_link_text(locale)
        fields["text"] = f"{content.text}\n\n{text}: {page}"
        fields["html"] = content.html and rendering.add_link(content.html, text, page)
    return _replace_fields(message, Channel.EMAIL, fields)


def _replace_fields(
    message: OutgoingMessage, channel: Channel, fields: Mapping[str, Any]
) -> OutgoingMessage:
    content = message.contents.get(channel)
    if content is None:
        return message
    contents = {**message.contents, channel: msgspec.structs.replace(content, **fields)}
    return msgspec.structs.replace(message, contents=contents)


def _check_room(message: OutgoingMessage) -> None:
    """Check that a push message leaves space for the link and the actions of a notice."""
    push = message.contents.get(Channel.PUSH)
    if isinstance(push, PushContent) and len(push.payload) > MAX_PUSH_BYTES // 2:
        raise InvalidFields(FieldError("body.bodies.push", "makes too long a push message"))


def _check(request: WritingRequest, subject: str | None) -> None:
    sources = [name for name in _SOURCES if getattr(request, name) is not None]
    if len(sources) != 1:
        message = "exactly one of text, template and templateId is needed"
        raise InvalidFields(*(FieldError(_FIELDS[name], message) for name in sources or _SOURCES))
    with_text: dict[str, object] = {"subject": subject}
    with_template: dict[str, object] = {"variables": request.variables, "locale": request.locale}
    misplaced = with_text if request.text is None else with_template
    errors = [
        FieldError(f"body.{name}", f"does not go with {_FIELDS[sources[0]]}")
        for name, value in misplaced.items()
        if value is not None
    ]
    if errors:
        raise InvalidFields(*errors)


def _from_text(text: str, subject: str, channels: Collection[Channel]) -> dict[Channel, Content]:
    title = rendering.to_one_line(subject)
    contents: dict[Channel, Content] = {
        Channel.EMAIL: EmailContent(title, text),
        Channel.SMS: SmsContent(text),
        Channel.PUSH: PushContent(title, text),
    }
    return {channel: contents[channel] for channel in channels}
