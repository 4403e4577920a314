"""Writing: from a request's text or template to the message that is sent."""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from domain.errors import FieldError, InvalidFields
from notifications.inbox.entries import UNTITLED
from notifications.models import (
    SYSTEM,
    Category,
    Channel,
    Content,
    EmailContent,
    PushContent,
    SmsContent,
    Template,
    TemplateVersion,
    Value,
)
from notifications.schemas import WritingRequest
from notifications.templates import rendering
from notifications.use_cases import templates
from notifications.use_cases.dispatch import Message
from shared.http.caller import Caller

_SOURCES = ("text", "template", "template_id")
_FIELDS = {"text": "body.text", "template": "body.template", "template_id": "body.templateId"}
_PROMOTIONAL = {"birthday", "promotional"}


def message(
    caller: Caller, request: WritingRequest, subject: str | None, channels: Collection[Channel]
) -> Message:
    """The message of a request, for these channels.

    Raises a 422 Problem unless there is exactly one of text, template and templateId with what
    belongs to it, naming each field that is wrong.
    """
    _check(request, subject)
    if request.text is not None:
        return Message(_from_text(request.text, subject or UNTITLED, channels))
    owner = templates.owner_of(caller)
    if request.template is not None:
        template = templates.by_name(owner, request.template, request.locale)
    else:
        template = templates.by_id(owner, request.template_id or "")
    return from_template(template, request.variables or {}, channels)


def from_template(
    template: Template,
    variables: Mapping[str, Value],
    channels: Collection[Channel],
    category: Category | None = None,
) -> Message:
    """The template filled in, for those of the channels that it has a body for."""
    values = rendering.convert_values(template.variables, variables)
    kind_category = (
        Category.PROMOTIONAL if template.kind in _PROMOTIONAL else Category.TRANSACTIONAL
    )
    return Message(
        rendering.render(template.bodies, values, channels, template.locale),
        category or kind_category,
        TemplateVersion(id=template.id, name=template.name, version=template.version),
    )


def from_system(
    name: str, variables: Mapping[str, Value], channels: Collection[Channel], category: Category
) -> Message:
    """A system template filled in by ourselves."""
    template = templates.by_name(SYSTEM, name, templates.DEFAULT_LOCALE)
    return from_template(template, variables, channels, category)


def with_push(message: Message, **changes: Any) -> Message:
    """The message with these fields of its push content changed, which the inbox shows as well."""
    content = message.contents.get(Channel.PUSH)
    if content is None:
        return message
    changed = msgspec.structs.replace(content, **changes)
    return msgspec.structs.replace(message, contents={**message.contents, Channel.PUSH: changed})


def _check(request: WritingRequest, subject: str | None) -> None:
    given = [name for name in _SOURCES if getattr(request, name) is not None]
    if len(given) != 1:
        message = "exactly one of text, template and templateId is needed"
        raise InvalidFields(*(FieldError(_FIELDS[name], message) for name in given or _SOURCES))
    with_text: dict[str, object] = {"subject": subject}
    with_template: dict[str, object] = {"variables": request.variables, "locale": request.locale}
    misplaced = with_text if request.text is None else with_template
    errors = [
        FieldError(f"body.{name}", f"does not go with {_FIELDS[given[0]]}")
        for name, value in misplaced.items()
        if value is not None
    ]
    if errors:
        raise InvalidFields(*errors)


def _from_text(text: str, subject: str, channels: Collection[Channel]) -> dict[Channel, Content]:
    title = rendering.one_line(subject)
    contents: dict[Channel, Content] = {
        Channel.EMAIL: EmailContent(title, text),
        Channel.SMS: SmsContent(text),
        Channel.PUSH: PushContent(title, text),
    }
    return {channel: contents[channel] for channel in channels}
