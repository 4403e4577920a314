"""System templates: the files in `system/`, which an admin's template of the same name replaces.

    system/<name>/meta.toml          description, kind, channels, subject, page and variables
    system/<name>/email.html.liquid  mail as HTML
    system/<name>/email.txt.liquid   the same mail as plain text
    system/<name>/sms.txt.liquid     SMS
    system/<name>/push.json.liquid   push message: `title` and `body`
    system/<name>/de/                the same in German, and `subject.txt.liquid`
    system/_partials/*.liquid        pieces that several templates share: `{% render 'when.html' %}`
    system/_partials/de/*.liquid     those that are different in German

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
from notifications.rules import locales

FOLDER = Path(__file__).parent / "system"
PARTIALS = "_partials"
META = "meta.toml"
EMAIL_HTML, EMAIL_TEXT = "email.html.liquid", "email.txt.liquid"
SUBJECT_TEXT = "subject.txt.liquid"
SMS_TEXT, PUSH_JSON = "sms.txt.liquid", "push.json.liquid"
FILES = {
    Channel.EMAIL: (EMAIL_HTML, EMAIL_TEXT),
    Channel.SMS: (SMS_TEXT,),
    Channel.PUSH: (PUSH_JSON,),
}
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
    """The content of a meta.toml.

    Attributes:
        page: Path of the page in the web application that a mail leads to, unless it is about a
            record that has one.
    """

    description: str
    kind: TemplateKind
    channels: list[Channel]
    variables: dict[VariableName, VariableMeta]
    subject: str | None = None
    page: str | None = None


@lru_cache
def list_names() -> tuple[str, ...]:
    """List the names of all system templates, in order."""
    return tuple(sorted(name for name in os.listdir(FOLDER) if name[0] not in "_."))


def list_all() -> tuple[Template, ...]:
    """List all system templates by name and locale."""
    found = (find(name, locale) for name in list_names() for locale in sorted(locales.LANGUAGES))
    return tuple(template for template in found if template is not None)


def find(name: str, locale: str = locales.DEFAULT) -> Template | None:
    """Find the system template of a name in a locale."""
    if name not in list_names() or locale not in locales.LANGUAGES:
        return None
    return _read_once(name, locale)


def find_by_id(template_id: str) -> Template | None:
    """Find the system template of an id."""
    if not template_id.startswith(_ID_PREFIX):
        return None
    name, _, locale = template_id.removeprefix(_ID_PREFIX).partition("_")
    return find(name, locale or locales.DEFAULT)


def find_page(name: str) -> str | None:
    """Find the path of the page that the mails of a system template lead to."""
    return _read_meta(FOLDER / name).page if name in list_names() else None


def read(folder: Path, locale: str = locales.DEFAULT) -> Template:
    """Read a template from its folder, with the partials beside it.

    Args:
        folder: The folder.
        locale: One of `locales.LANGUAGES`.

    Raises:
        SystemTemplateError: A file is missing, superfluous or malformed, or renders a partial that
            does not exist.
    """
    try:
        meta = _read_meta(folder)
        is_default = locale == locales.DEFAULT
        texts = _Texts(folder if is_default else folder / locale, folder.parent / PARTIALS, locale)
        texts.check_files(meta)
        return Template(
            id=_ID_PREFIX + folder.name + ("" if is_default else f"_{locale}"),
            owner=SYSTEM,
            name=folder.name,
            locale=locale,
            version=VERSION,
            kind=meta.kind,
            variables=tuple(
                TemplateVariable(name, variable.type, variable.required, variable.example)
                for name, variable in meta.variables.items()
            ),
            bodies=TemplateBodies(
                email=texts.read_email(meta) if Channel.EMAIL in meta.channels else None,
                sms=texts.read_sms() if Channel.SMS in meta.channels else None,
                push=texts.read_push() if Channel.PUSH in meta.channels else None,
            ),
        )
    except (OSError, ValueError) as error:  # msgspec's errors are ValueErrors, and tomllib's
        raise SystemTemplateError(f"{folder.name}: {error}") from error


@lru_cache
def _read_once(name: str, locale: str) -> Template | None:
    folder = FOLDER / name
    if locale != locales.DEFAULT and not (folder / locale).is_dir():
        return None
    return read(folder, locale)


@lru_cache
def _read_meta(folder: Path) -> TemplateMeta:
    return msgspec.toml.decode((folder / META).read_bytes(), type=TemplateMeta)


class _Texts:
    """The files of a template in one language, and the partials that they render."""

    def __init__(self, folder: Path, partials: Path, locale: str) -> None:
        self._folder, self._partials, self._locale = folder, partials, locale
        self._is_default = locale == locales.DEFAULT

    def check_files(self, meta: TemplateMeta) -> None:
        """Raise ValueError unless the files are those of the channels."""
        expected = {file for channel in meta.channels for file in FILES[channel]}
        actual = set(os.listdir(self._folder))
        if self._is_default:
            expected.add(META)
            actual -= set(locales.LANGUAGES)
        elif Channel.EMAIL in meta.channels:
            expected.add(SUBJECT_TEXT)
        if missing := expected - actual:
            raise ValueError(f"lacks {', '.join(sorted(missing))}")
        if superfluous := actual - expected:
            raise ValueError(f"its channels do not use {', '.join(sorted(superfluous))}")

    def read_email(self, meta: TemplateMeta) -> EmailBody:
        """Read the body of a mail."""
        subject = meta.subject
        if not self._is_default:
            subject = _text(self._folder / SUBJECT_TEXT).removesuffix("\n")
        if subject is None:
            raise ValueError("a mail needs a subject")
        return EmailBody(
            subject=self._expand(subject),
            text=self._expand(_text(self._folder / EMAIL_TEXT)),
            html=self._expand(_text(self._folder / EMAIL_HTML)),
        )

    def read_sms(self) -> SmsBody:
        """Read the body of an SMS."""
        return SmsBody(self._expand(_text(self._folder / SMS_TEXT).removesuffix("\n")))

    def read_push(self) -> PushBody:
        """Read the body of a push message."""
        push = msgspec.json.decode((self._folder / PUSH_JSON).read_bytes(), type=PushBody)
        return PushBody(title=self._expand(push.title), body=self._expand(push.body))

    def _expand(self, source: str, parents: tuple[str, ...] = ()) -> str:
        """Put the text of each partial where the source renders it."""

        def replace(tag: re.Match[str]) -> str:
            name = tag[1]
            if name in parents:
                raise ValueError(f"the partial {name} renders itself")
            return self._expand(self._read_partial(name), (*parents, name))

        return _RENDER.sub(replace, source)

    def _read_partial(self, name: str) -> str:
        file = f"{name}.liquid"
        translated = self._partials / self._locale / file
        path = translated if translated.exists() else self._partials / file
        return _text(path).removesuffix("\n")


def _text(path: Path) -> str:
    # Newlines as they are in the file, on every system.
    return path.read_bytes().decode()
