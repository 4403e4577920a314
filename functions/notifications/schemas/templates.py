"""Templates of messages."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from domain.types import Instant, NextCursor
from notifications.models import (
    Channel,
    TemplateBodies,
    TemplateKind,
    TemplateValue,
    TemplateVariable,
    VariableName,
)
from notifications.rules import sms_segments
from notifications.schemas.fields import Cursor, Locale, PageSize, TemplateId, TemplateName
from shared.http.decoding import Input, Output

TemplateStatus = Literal["published", "draft", "superseded"]
Values = Annotated[
    dict[VariableName, TemplateValue],
    Meta(
        description="Values of the variables, by name; the examples stand in for what is missing.",
        examples=[{}],
    ),
]


class NotificationTemplateRequest(Input, frozen=True, kw_only=True):
    """A template to save. The same name and locale again make its next version.

    Attributes:
        name: Name of the template; a system template's name replaces that template.
            Example: aftercare-first-day
        kind: Occasion of its messages, which decides their category.
        locale: Language of the template.
            Example: en
        variables: Variables that the bodies use.
        bodies: Texts in Liquid, one body per channel.
        draft: Whether it waits to be published; it is used at once when absent.
            Example: false
    """

    name: TemplateName
    kind: TemplateKind
    locale: Locale = "en"
    draft: bool = False
    variables: Annotated[list[TemplateVariable], Meta(max_length=50)] = msgspec.field(
        default_factory=list
    )
    bodies: TemplateBodies


class NotificationTemplate(Output, frozen=True):
    """A version of a template.

    Attributes:
        status: `published` is the version that messages are made of, `draft` was not published or
            was rolled back, and `superseded` was published before another one.
            Example: published
        owner: Id of the user whose template it is, or `system`.
            Example: system
        kind: Occasion of its messages.
        version: Number of the version; 0 for the templates that we ship.
            Example: 2
        variables: Variables that the bodies use.
        bodies: Texts in Liquid, one body per channel.
        created_at: Instant at which it was saved; null for the templates that we ship.
        problem: Why no message could be made of it, the last time that was tried: the system's
            template was used instead. Null if it always worked.
            Example: null
    """

    id: TemplateId
    owner: str
    name: TemplateName
    kind: TemplateKind
    locale: Locale
    version: int
    status: TemplateStatus
    variables: tuple[TemplateVariable, ...]
    bodies: TemplateBodies
    created_at: Instant | None
    problem: str | None


class TemplateListQuery(Input, frozen=True):
    """A page of the templates."""

    limit: PageSize = 50
    cursor: Cursor | None = None


class TemplateList(Output, frozen=True):
    """A page of templates.

    Attributes:
        items: Templates by name: the published version of each, or else the newest draft.
    """

    items: list[NotificationTemplate]
    next_cursor: NextCursor


class TemplateVersionsQuery(Input, frozen=True):
    """A page of the versions of a template."""

    limit: PageSize = 50
    cursor: Cursor | None = None


class TemplatePreviewRequest(Input, frozen=True, kw_only=True):
    """What to render: a template by its id, or bodies that are not saved yet.

    Attributes:
        template_id: Id of a version of a template; null with `bodies`.
            Example: null
        variables: Variables that the bodies use.
        bodies: Texts in Liquid, one body per channel.
        locale: Language of the days and months in the bodies; a template has its own.
            Example: null
    """

    template_id: TemplateId | None = None
    variables: Annotated[list[TemplateVariable], Meta(max_length=50)] = msgspec.field(
        default_factory=list
    )
    bodies: TemplateBodies | None = None
    locale: Locale | None = None
    values: Values = msgspec.field(default_factory=dict)


class EmailPreview(Output, frozen=True):
    """A rendered mail.

    Attributes:
        subject: Subject.
            Example: How are you?
        text: Mail as plain text.
            Example: Hello Robin, how is your tattoo healing?
        html: Mail as HTML in its frame, with the brand of the caller; null if it is plain text.
            Example: null
    """

    subject: str
    text: str
    html: str | None


class SmsPreview(Output, frozen=True):
    """A rendered SMS.

    Attributes:
        text: Text of the SMS.
            Example: Hello Robin, how is your tattoo healing?
        size: Its size, and the segments that are paid for.
    """

    text: str
    size: sms_segments.SmsSize


class PushPreview(Output, frozen=True):
    """A rendered push message.

    Attributes:
        title: Title.
            Example: How is your tattoo?
        body: Text below the title.
            Example: Hello Robin, tell us how it is healing.
    """

    title: str
    body: str


class TemplatePreview(Output, frozen=True):
    """What a template makes, per channel; null for a channel without a body.

    Attributes:
        email: The mail.
        sms: The SMS.
        push: The push message.
    """

    email: EmailPreview | None
    sms: SmsPreview | None
    push: PushPreview | None


class TemplateTestRequest(Input, frozen=True, kw_only=True):
    """A message to the caller, made of a template.

    Attributes:
        channels: Only these channels.
            Example: ["email"]
    """

    values: Values = msgspec.field(default_factory=dict)
    channels: Annotated[list[Channel], Meta(min_length=1, max_length=3)] | None = None
