"""Templates of messages."""

from typing import Annotated

import msgspec
from msgspec import Meta

from domain.types import Instant, NextCursor
from notifications.models import (
    TemplateBodies,
    TemplateKind,
    TemplateVariable,
)
from notifications.schemas.fields import Cursor, Locale, PageSize, TemplateId, TemplateName
from shared.http.decoding import Input, Output


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
    """

    name: TemplateName
    kind: TemplateKind
    locale: Locale = "en"
    variables: Annotated[list[TemplateVariable], Meta(max_length=50)] = msgspec.field(
        default_factory=list
    )
    bodies: TemplateBodies


class NotificationTemplate(Output, frozen=True):
    """A version of a template.

    Attributes:
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
        items: Templates by name, the newest version of each.
    """

    items: list[NotificationTemplate]
    next_cursor: NextCursor
