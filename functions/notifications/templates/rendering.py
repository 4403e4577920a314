"""Rendering: the checks of templates and their variables, and the messages made of them."""

import re
import string
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any

import msgspec
import nh3

from domain.errors import FieldError, InvalidFields
from domain.text import clean
from notifications.models import (
    Channel,
    Content,
    EmailBody,
    EmailContent,
    PushContent,
    SmsContent,
    TemplateBodies,
    TemplateValue,
    TemplateVariable,
)
from notifications.templates import liquid, plain_text
from notifications.templates.liquid import TemplateError

MAX_LISTED_CHARACTERS = 200  # of the text of each message in a digest
MAX_SMS_CHARACTERS = 1_600  # Twilio's limit
MAX_SUBJECT_CHARACTERS = 1_000
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_TYPE_NAMES = {"string": "a string", "number": "a number", "boolean": "true or false"}
_EXAMPLES: dict[str, TemplateValue] = {
    "string": "example",
    "number": 1,
    "date": "2030-01-31T14:30:00Z",
    "boolean": True,
}

# What mail programs display alike. Styles stay inline, because most programs drop others.
_cleaner = nh3.Cleaner(
    tags={
        "a", "b", "blockquote", "br", "div", "em", "h1", "h2", "h3", "hr", "i", "img", "li", "ol",
        "p", "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
    },
    attributes={
        "*": {"style"},
        "a": {"href"},
        "img": {"src", "alt", "width", "height"},
        "td": {"align", "colspan", "width"},
    },
    url_schemes={"https", "mailto", "tel"},
    url_relative="deny",
    filter_style_properties={
        "background", "background-color", "border", "border-radius", "color",
        "font-family", "font-size", "font-style", "font-weight", "letter-spacing", "line-height",
        "margin", "max-width", "opacity", "padding", "text-align", "text-decoration", "width",
    },
)  # fmt: skip

_CONTENT = "<main>\n"
_CONTENT_END = "\n</main>"
_FRAME = string.Template("""\
<!doctype html>
<html lang="$locale">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<style>
body { margin: 0; padding: 24px; background: #f5f5f4; color: #1c1917;
  font: 16px/1.5 -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; }
main { max-width: 560px; margin: 0 auto; padding: 32px; background: #ffffff; border-radius: 12px; }
a { color: #0f766e; }
@media (prefers-color-scheme: dark) {
  body { background: #1c1917; color: #e7e5e4; }
  main { background: #292524; }
  a { color: #5eead4; }
}
</style>
</head>
<body><main>
$content
</main></body>
</html>
""")

_HEADER = string.Template("""\
<div style="max-width: 560px; margin: 0 auto 16px; padding: 16px 32px; border-radius: 12px;
background: $color; color: #ffffff; font-size: 18px; font-weight: 700">$name</div>""")
_FOOTER = string.Template("""\
<p style="max-width: 560px; margin: 16px auto 0; padding: 0 32px; font-size: 13px;
opacity: 0.8">$lines</p>""")


def check(bodies: TemplateBodies, variables: Sequence[TemplateVariable]) -> None:
    """Check a template before it is saved: parse each body and render it with the examples.

    Raises:
        InvalidFields: Names every field that is wrong.
    """
    errors = _variable_errors(variables)
    if bodies == TemplateBodies():
        errors.append(FieldError("body.bodies", "needs at least one channel"))
    if bodies.email is not None and bodies.email.text is None and bodies.email.html is None:
        errors.append(FieldError("body.bodies.email", "needs text or html"))
    declared = {variable.name for variable in variables}
    examples = {
        variable.name: _typed(variable, _example(variable))
        for variable in variables
        if _fits(variable, _example(variable))
    }
    for field, source in list_sources(bodies):
        try:
            template = liquid.parse(source, html=field.endswith("html"))
            undeclared = liquid.list_variables(template) - declared
            errors += [
                FieldError(field, f"uses `{name}`, which is not among the variables")
                for name in sorted(undeclared)
            ]
            liquid.render(template, examples)
        except TemplateError as error:
            errors.append(FieldError(field, str(error)))
    if errors:
        raise InvalidFields(*errors)


def convert_values(
    variables: Sequence[TemplateVariable],
    values: Mapping[str, TemplateValue | datetime],
    field: str = "body.variables",
) -> dict[str, object]:
    """Convert the values of a message: a value for each declared variable, dates as instants.

    An instant may be given as such: then its time zone tells which of its local times come twice.

    Args:
        variables: The variables.
        values: Their values.
        field: Where the values are in the request.

    Raises:
        InvalidFields: Names every variable that is missing, unknown or of the wrong type.
    """
    declared = {variable.name: variable for variable in variables}
    errors = [
        FieldError(f"{field}.{name}", "is not a variable of this template")
        for name in values
        if name not in declared
    ]
    for name, variable in declared.items():
        if name not in values and variable.required:
            errors.append(FieldError(f"{field}.{name}", "is required"))
        if name in values and not _fits(variable, values[name]):
            errors.append(FieldError(f"{field}.{name}", _expected(variable)))
    if errors:
        raise InvalidFields(*errors)
    return {name: _typed(variable, values.get(name)) for name, variable in declared.items()}


def list_examples(variables: Sequence[TemplateVariable]) -> dict[str, TemplateValue]:
    """List an example of each variable: its own, or one of its type."""
    return {variable.name: _example(variable) for variable in variables}


def render(
    bodies: TemplateBodies,
    values: Mapping[str, object],
    channels: Collection[Channel],
    locale: str,
) -> dict[Channel, Content]:
    """Render the contents for those of the channels that the template has a body for.

    Raises:
        InvalidFields: The values make a body that cannot be sent.
    """
    contents: dict[Channel, Content] = {}
    try:
        if bodies.email and Channel.EMAIL in channels:
            contents[Channel.EMAIL] = _render_email(bodies.email, values, locale)
        if bodies.sms and Channel.SMS in channels:
            contents[Channel.SMS] = SmsContent(_render(bodies.sms.text, values, locale))
        if bodies.push and Channel.PUSH in channels:
            contents[Channel.PUSH] = PushContent(
                title=to_one_line(_render(bodies.push.title, values, locale)),
                body=_render(bodies.push.body, values, locale),
            )
    except TemplateError as error:
        raise InvalidFields(FieldError("body.variables", str(error))) from error
    sms = contents.get(Channel.SMS)
    if isinstance(sms, SmsContent) and len(sms.text) > MAX_SMS_CHARACTERS:
        message = f"make an SMS of more than {MAX_SMS_CHARACTERS} characters"
        raise InvalidFields(FieldError("body.variables", message))
    return contents


def add_first_line(html: str, line: str) -> str:
    """Add a line above the content of a rendered mail."""
    before, main, content = html.partition(_CONTENT)
    return f"{before}{main}<p>{escape(line)}</p>\n{content}"


def add_brand(html: str, name: str, color: str, footer: Sequence[str]) -> str:
    """Add the brand of an artist around the content of a rendered mail.

    Args:
        html: The mail.
        name: Name of the brand.
        color: Its background, on which white can be read whatever the colours of the reader.
        footer: Lines below the content.
    """
    shown = "<br>".join(map(escape, footer))
    below = f"\n{_FOOTER.substitute(lines=shown)}" if footer else ""
    header = _HEADER.substitute(name=escape(name), color=color)
    branded = html.replace("<body><main>", f"<body>\n{header}\n<main>", 1)
    return branded.replace("</main></body>", f"</main>{below}\n</body>", 1)


def add_link(html: str, text: str, url: str) -> str:
    """Add a link below the content of a rendered mail."""
    content, end, rest = html.rpartition(_CONTENT_END)
    return f'{content}\n<p><a href="{escape(url)}">{escape(text)}</a></p>{end}{rest}'


class ListedMessage(msgspec.Struct, frozen=True):
    """A message in the list of a digest.

    Attributes:
        title: Its subject.
        text: Its text, of which the list shows the beginning.
        page: Address of its page; None where it is not known.
        count: How many such messages there are.
    """

    title: str
    text: str
    page: str | None
    count: int = 1

    @property
    def headline(self) -> str:
        """The title, with the number of messages unless there is one."""
        return self.title if self.count == 1 else f"{self.title} ({self.count})"

    @property
    def beginning(self) -> str:
        """The beginning of the text, in one line."""
        line = to_one_line(self.text[: 2 * MAX_LISTED_CHARACTERS])
        is_short = len(line) <= MAX_LISTED_CHARACTERS
        return line if is_short else f"{line[: MAX_LISTED_CHARACTERS - 1]}…"


def write_list(messages: Iterable[ListedMessage]) -> str:
    """Write the list of a digest as text."""
    items = (
        "\n  ".join(filter(None, (f"- {each.headline}", each.beginning, each.page)))
        for each in messages
    )
    return "\n\n".join(items)


def add_list(html: str, messages: Iterable[ListedMessage], link_text: str) -> str:
    """Add the list of a digest below the content of a rendered mail."""
    content, end, rest = html.rpartition(_CONTENT_END)
    items = "\n".join(_write_item(each, link_text) for each in messages)
    return f"{content}\n<ul>\n{items}\n</ul>{end}{rest}"


def _write_item(message: ListedMessage, link_text: str) -> str:
    link = ""
    if message.page is not None:
        link = f'<br><a href="{escape(message.page)}">{escape(link_text)}</a>'
    title, text = escape(message.headline), escape(message.beginning)
    return f"<li><p><strong>{title}</strong><br>{text}{link}</p></li>"


def to_one_line(text: str) -> str:
    """Turn a text into one line for a subject or title: without controls and line breaks.

    The joiners that emoji, Persian and the languages of India need are kept.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    return " ".join(clean(_CONTROLS.sub(" ", text)).split())


def _render_email(body: EmailBody, values: Mapping[str, object], locale: str) -> EmailContent:
    content = None if body.html is None else _render_html(body.html, values, locale)
    if body.text is not None:
        text = _render(body.text, values, locale)
    else:
        text = plain_text.convert(content or "")
    if not text:
        raise TemplateError("leave a text empty")
    return EmailContent(
        subject=_render_subject(body.subject, values, locale),
        text=text,
        html=None if content is None else _FRAME.substitute(locale=locale, content=content),
    )


def _render_subject(source: str, values: Mapping[str, object], locale: str) -> str:
    subject = to_one_line(_render(source, values, locale))
    if len(subject) > MAX_SUBJECT_CHARACTERS:
        raise TemplateError(f"make a subject of more than {MAX_SUBJECT_CHARACTERS} characters")
    return subject


def _render(source: str, values: Mapping[str, object], locale: str) -> str:
    text = liquid.render(liquid.parse(source, locale=locale), values).strip()
    if not text:
        raise TemplateError("leave a text empty")
    return text


def _render_html(source: str, values: Mapping[str, object], locale: str) -> str:
    # Cleaned after rendering, when the targets of its links are known.
    return _cleaner.clean(liquid.render(liquid.parse(source, html=True, locale=locale), values))


def list_sources(bodies: TemplateBodies) -> Iterator[tuple[str, str]]:
    """Yield the field of each text of a template, and the text."""
    for channel, body in msgspec.structs.asdict(bodies).items():
        if body is not None:
            for field, source in msgspec.structs.asdict(body).items():
                if source is not None:
                    yield f"body.bodies.{channel}.{field}", source


def _variable_errors(variables: Sequence[TemplateVariable]) -> list[FieldError]:
    errors = []
    names = [variable.name for variable in variables]
    for position, variable in enumerate(variables):
        if variable.name in names[:position]:
            errors.append(FieldError(f"body.variables[{position}].name", "is declared twice"))
        if not _fits(variable, _example(variable)):
            errors.append(FieldError(f"body.variables[{position}].example", _expected(variable)))
    return errors


def _example(variable: TemplateVariable) -> TemplateValue:
    return _EXAMPLES[variable.type] if variable.example is None else variable.example


def _expected(variable: TemplateVariable) -> str:
    return f"must be {_TYPE_NAMES.get(variable.type, 'an RFC 3339 instant')}"


def _fits(variable: TemplateVariable, value: TemplateValue | datetime) -> bool:
    match variable.type:
        case "string":
            return isinstance(value, str)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "date":
            if isinstance(value, datetime):
                return value.tzinfo is not None
            return isinstance(value, str) and _parse_instant(value) is not None


def _typed(variable: TemplateVariable, value: TemplateValue | datetime | None) -> Any:
    return _parse_instant(value) if variable.type == "date" and isinstance(value, str) else value


def _parse_instant(text: str) -> datetime | None:
    try:
        instant = msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        return None
    return instant if instant.tzinfo else None
