"""Google style docstrings, as far as they describe fields."""

import inspect
import re
from typing import Any

import msgspec

_SECTION = re.compile(
    r"^(Args|Attributes|Returns|Raises|Yields|Examples?|Notes?):[ \t]*$", re.MULTILINE
)
_ENTRY = re.compile(r"^(\w+)(?: \([^)]*\))?: ?(.*)$")
_EXAMPLE = re.compile(r"(?:^|\s)Example: (.+)$", re.DOTALL)


class FieldDoc(msgspec.Struct, frozen=True):
    """The documentation of one field. `example` is UNSET when there is none."""

    description: str
    example: Any = msgspec.UNSET


def body(documented: Any) -> str:
    """Return the docstring of a class or function up to its first section."""
    return _SECTION.split(_text(documented))[0].strip()


def fields(type_: type) -> dict[str, FieldDoc]:
    """Return the documentation of a class's fields, inherited ones included, by field name."""
    described: dict[str, FieldDoc] = {}
    for base in reversed(type_.__mro__):
        if "__doc__" in vars(base) and base.__doc__:
            described |= _attributes(inspect.cleandoc(base.__doc__))
    return described


def _text(documented: Any) -> str:
    return inspect.cleandoc(documented.__doc__ or "")


def _attributes(docstring: str) -> dict[str, FieldDoc]:
    parts = _SECTION.split(docstring)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    lines = inspect.cleandoc(sections.get("Attributes", "")).splitlines()
    entries: dict[str, list[str]] = {}
    name = ""
    for line in lines:
        entry = _ENTRY.match(line)
        if entry:
            name = entry[1]
            entries[name] = [entry[2]]
        elif name and line.strip():
            entries[name].append(line.strip())
    return {name: _field(" ".join(part for part in text if part)) for name, text in entries.items()}


def _field(text: str) -> FieldDoc:
    example = _EXAMPLE.search(text)
    if example is None:
        return FieldDoc(text)
    return FieldDoc(text[: example.start()].strip(), _value(example[1].strip()))


def _value(text: str) -> Any:
    """Return the example: as JSON where it is JSON, else as the text it is."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
