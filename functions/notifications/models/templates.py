"""Templates: what messages are rendered from."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from domain.types import REQUESTED_LINE
from domain.values import StrictValue
from shared.data.mongodb import Record

SYSTEM = "system"  # owner of the templates that serve everybody

VariableName = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$",
        description="Name of a variable of the template.",
        examples=["clientName"],
    ),
]
VariableType = Literal["string", "number", "date", "boolean"]
# The largest integers that JSON carries without losing digits (RFC 8259, 6).
Integer = Annotated[int, Meta(ge=-(2**53) + 1, le=2**53 - 1)]
TemplateValue = Annotated[str, Meta(max_length=2_000)] | Integer | float | bool
TemplateKind = Literal[
    "confirmation",
    "reminder",
    "follow_up",
    "birthday",
    "promotional",
    "aftercare",
    "preparation",
    "custom",
]


class TemplateVariable(StrictValue, frozen=True):
    """A variable that a template is rendered with.

    Attributes:
        name: Name of the variable, as the bodies use it.
            Example: clientName
        type: Type of its values; a `date` is an RFC 3339 instant with its offset.
            Example: string
        required: Whether each message must give a value.
        example: Value that the template is checked with when it is saved.
            Example: Robin
    """

    name: VariableName
    type: VariableType
    required: bool = True
    example: TemplateValue | None = None


class EmailBody(StrictValue, frozen=True):
    """The Liquid of a mail.

    Attributes:
        subject: Subject, rendered to one line.
            Example: How is your tattoo, {{ clientName }}?
        text: Mail as plain text; made of the HTML when absent.
            Example: Hello {{ clientName }}, how is your tattoo healing?
        html: Mail as HTML. It is cleaned, and put into our frame, when it is rendered.
            Example: <p>Hello {{ clientName }}, how is your tattoo healing?</p>
    """

    subject: Annotated[str, REQUESTED_LINE, Meta(min_length=1, max_length=500)]
    text: Annotated[str, Meta(min_length=1, max_length=5_000)] | None = None
    html: Annotated[str, Meta(min_length=1, max_length=20_000)] | None = None


class SmsBody(StrictValue, frozen=True):
    """The Liquid of an SMS.

    Attributes:
        text: Text of the SMS.
            Example: Hello {{ clientName }}, how is your tattoo healing?
    """

    text: Annotated[str, Meta(min_length=1, max_length=2_000)]


class PushBody(StrictValue, frozen=True):
    """The Liquid of a push message.

    Attributes:
        title: Title, rendered to one line.
            Example: How is your tattoo?
        body: Text below the title.
            Example: Hello {{ clientName }}, tell us how it is healing.
    """

    title: Annotated[str, REQUESTED_LINE, Meta(min_length=1, max_length=300)]
    body: Annotated[str, Meta(min_length=1, max_length=2_000)]


class TemplateBodies(StrictValue, frozen=True):
    """The bodies of a template, one per channel. A channel without a body is not used.

    Attributes:
        email: Body for mails.
        sms: Body for SMS.
        push: Body for push messages.
    """

    email: EmailBody | None = None
    sms: SmsBody | None = None
    push: PushBody | None = None


class Template(Record, frozen=True):
    """One version of a template, whose texts never change.

    Of the versions of a name and locale, the one with the highest publication is used. Publishing a
    version, new or old, gives it the next number; rolling it back takes the number away.

    Attributes:
        publication: Number of the publication; 0 of a draft. None in documents from before there
            were drafts, each of which was published as it was saved.
        owner: Id of the user whose template it is, or SYSTEM.
        created_at: None for the templates that we ship.
        problem: Why the last message could not be made of it; None unless that happened.
    """

    id: str = msgspec.field(name="_id")
    owner: str
    name: str
    locale: str
    version: int
    kind: TemplateKind
    variables: tuple[TemplateVariable, ...]
    bodies: TemplateBodies
    created_at: datetime | None = None
    problem: str | None = None
    publication: int | None = None

    @property
    def rank(self) -> int:
        """Number by which the published version is chosen; 0 of a draft."""
        return self.version if self.publication is None else self.publication

    @property
    def is_draft(self) -> bool:
        """Whether it is not published. What we ship is."""
        return self.created_at is not None and self.rank == 0


class TemplateVersion(Record, frozen=True):
    """The template that a message was rendered from.

    Attributes:
        id: Id of this version of the template.
            Example: tpl_01JD2Z5Q0V8XKM3F7T9B4N6RWC
        name: Name of the template.
            Example: aftercare-first-day
        version: Number of the version.
            Example: 2
    """

    id: str
    name: str
    version: int
