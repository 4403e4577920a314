"""System templates: the files in `system/`, which an admin's template of the same name replaces.

    system/<name>/meta.toml          description, kind, channels, subject and variables
    system/<name>/email.html.liquid  mail as HTML
    system/<name>/email.txt.liquid   the same mail as plain text
    system/<name>/sms.txt.liquid     SMS
    system/<name>/push.json.liquid   push message: `title` and `body`
    system/_partials/*.liquid        pieces that several templates share: `{% render 'when.html' %}`

Partials are expanded when a template is read, so each template that the API shows is complete and
can be copied. The files of a mail are its bodies byte for byte; of partials and of SMS the newline
at the end is dropped.

A template is read and checked when it is first used, not at import: most functions need one of
them, and many none. The unit tests read and render all.
"""

import os
import re
from functools import lru_cache
from pathlib import Path

import msgspec

from notifications.models import (
    SYSTEM,
    Channel,
    EmailBody,
    PushBody,
    SmsBody,
    Template,
    TemplateBodies,
    TemplateKind,
    TemplateValue,
    TemplateVariable,
    VariableName,
    VariableType,
)

FOLDER = Path(__file__).parent / "system"
PARTIALS = "_partials"
META = "meta.toml"
EMAIL_HTML, EMAIL_TEXT = "email.html.liquid", "email.txt.liquid"
SMS_TEXT, PUSH_JSON = "sms.txt.liquid", "push.json.liquid"
FILES = {
    Channel.EMAIL: (EMAIL_HTML, EMAIL_TEXT),
    Channel.SMS: (SMS_TEXT,),
    Channel.PUSH: (PUSH_JSON,),
}
LOCALE = "en"
VERSION = 0  # so that an admin's first version is newer
_ID_PREFIX = f"tpl_{SYSTEM}_"
_RENDER = re.compile(r"\{% render '([a-z_.]+)' %\}")


class SystemTemplateError(Exception):
    """The files of a system template are wrong."""


class VariableMeta(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A variable in meta.toml."""

    type: VariableType
    required: bool = True
    example: TemplateValue | None = None


class TemplateMeta(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of a meta.toml."""

    description: str
    kind: TemplateKind
    channels: list[Channel]
    variables: dict[VariableName, VariableMeta]
    subject: str | None = None


@lru_cache
def list_names() -> tuple[str, ...]:
    """List the names of all system templates, in order."""
    return tuple(sorted(name for name in os.listdir(FOLDER) if name[0] not in "_."))


def list_all() -> tuple[Template, ...]:
    """List all system templates by name."""
    return tuple(_read_once(name) for name in list_names())


def find(name: str) -> Template | None:
    """Find the system template of a name."""
    return _read_once(name) if name in list_names() else None


def find_by_id(template_id: str) -> Template | None:
    """Find the system template of an id."""
    return (
        find(template_id.removeprefix(_ID_PREFIX)) if template_id.startswith(_ID_PREFIX) else None
    )


def read(folder: Path) -> Template:
    """Read a template from its folder, with the partials beside it.

    Raises:
        SystemTemplateError: A file is missing, superfluous or malformed, or renders a partial that
            does not exist.
    """
    try:
        meta = msgspec.toml.decode((folder / META).read_bytes(), type=TemplateMeta)
        _check_files(folder, meta)
        return Template(
            id=_ID_PREFIX + folder.name,
            owner=SYSTEM,
            name=folder.name,
            locale=LOCALE,
            version=VERSION,
            kind=meta.kind,
            variables=tuple(
                TemplateVariable(name, variable.type, variable.required, variable.example)
                for name, variable in meta.variables.items()
            ),
            bodies=TemplateBodies(
                email=_email_body(folder, meta) if Channel.EMAIL in meta.channels else None,
                sms=_sms_body(folder) if Channel.SMS in meta.channels else None,
                push=_push_body(folder) if Channel.PUSH in meta.channels else None,
            ),
        )
    except (OSError, ValueError) as error:  # msgspec's errors are ValueErrors, and tomllib's
        raise SystemTemplateError(f"{folder.name}: {error}") from error


@lru_cache
def _read_once(name: str) -> Template:
    return read(FOLDER / name)


def _check_files(folder: Path, meta: TemplateMeta) -> None:
    expected = {META, *(file for channel in meta.channels for file in FILES[channel])}
    actual = set(os.listdir(folder))
    if missing := expected - actual:
        raise ValueError(f"lacks {', '.join(sorted(missing))}")
    if superfluous := actual - expected:
        raise ValueError(f"its channels do not use {', '.join(sorted(superfluous))}")


def _email_body(folder: Path, meta: TemplateMeta) -> EmailBody:
    if meta.subject is None:
        raise ValueError("a mail needs a subject")
    partials = folder.parent / PARTIALS
    return EmailBody(
        subject=_expand(meta.subject, partials),
        text=_expand(_text(folder / EMAIL_TEXT), partials),
        html=_expand(_text(folder / EMAIL_HTML), partials),
    )


def _sms_body(folder: Path) -> SmsBody:
    text = _text(folder / SMS_TEXT).removesuffix("\n")
    return SmsBody(_expand(text, folder.parent / PARTIALS))


def _push_body(folder: Path) -> PushBody:
    push = msgspec.json.decode((folder / PUSH_JSON).read_bytes(), type=PushBody)
    partials = folder.parent / PARTIALS
    return PushBody(title=_expand(push.title, partials), body=_expand(push.body, partials))


def _expand(source: str, partials: Path, parents: tuple[str, ...] = ()) -> str:
    """Put the text of each partial where the source renders it."""

    def replace(tag: re.Match[str]) -> str:
        name = tag[1]
        if name in parents:
            raise ValueError(f"the partial {name} renders itself")
        text = _text(partials / f"{name}.liquid").removesuffix("\n")
        return _expand(text, partials, (*parents, name))

    return _RENDER.sub(replace, source)


def _text(path: Path) -> str:
    # Newlines as they are in the file, on every system.
    return path.read_bytes().decode()
