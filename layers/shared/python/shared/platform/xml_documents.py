"""XML documents that other servers send, read into plain elements.

Nothing in them is trusted. A document type declaration is refused, and with it every entity but the
five of XML itself: none can be expanded, and none read from elsewhere. Size, depth and number of
elements are limited.
"""

from collections.abc import Iterator
from typing import NamedTuple
from xml.parsers import expat

import msgspec

MAX_ELEMENTS = 200_000
MAX_DEPTH = 64


class MalformedDocument(Exception):
    """A document is not well-formed, or one that is not read. The text quotes nothing of it."""


class Element(msgspec.Struct, frozen=True):
    """An element.

    Attributes:
        name: Its name with its namespace, such as `{DAV:}href`.
        attributes: Its attributes by name.
        children: The elements in it.
        text: The text in it, without that of its children.
    """

    name: str
    attributes: dict[str, str]
    children: list["Element"]
    text: str

    def find(self, *path: str) -> "Element | None":
        """Return the first element on a path of names; None if there is none."""
        found: Element | None = self
        for name in path:
            if found is None:
                return None
            found = next((child for child in found.children if child.name == name), None)
        return found

    def list_all(self, name: str) -> list["Element"]:
        """Return the children of a name."""
        return [child for child in self.children if child.name == name]

    def read_text(self, *path: str) -> str | None:
        """Return the text of the first element on a path, without space around it, or None."""
        found = self.find(*path)
        return found.text.strip() if found is not None else None

    def walk(self) -> Iterator["Element"]:
        """Yield the element and everything in it, in the order of the document."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting.extend(reversed(element.children))


def parse(document: bytes, max_bytes: int) -> Element:
    """Return the root of a document.

    Raises:
        MalformedDocument: It is not well-formed, has a document type, or is too large.
    """
    if len(document) > max_bytes:
        raise MalformedDocument("The document is too large.")
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.add_text
    parser.StartDoctypeDeclHandler = builder.refuse_doctype
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        raise MalformedDocument(f"It is not well-formed: {expat.ErrorString(error.code)}") from None
    except (LookupError, ValueError):  # an encoding that Python does not know
        raise MalformedDocument("Its encoding is not known.") from None
    assert builder.root is not None  # expat refuses a document without an element
    return builder.root


class _Pending(NamedTuple):
    """An element whose end was not read yet."""

    name: str
    attributes: dict[str, str]
    children: list[Element]
    texts: list[str]


class _Builder:
    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[_Pending] = []
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MAX_ELEMENTS or len(self._open) >= MAX_DEPTH:
            raise MalformedDocument("The document has too many elements.")
        named = {_join(key): value for key, value in attributes.items()}
        self._open.append(_Pending(_join(name), named, [], []))

    def end(self, _name: str) -> None:
        ended = self._open.pop()
        element = Element(ended.name, ended.attributes, ended.children, "".join(ended.texts))
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element

    def add_text(self, text: str) -> None:
        self._open[-1].texts.append(text)

    def refuse_doctype(self, *_declaration: object) -> None:
        raise MalformedDocument("A document type is not allowed.")


def _join(name: str) -> str:
    namespace, separator, local = name.rpartition(" ")
    return f"{{{namespace}}}{local}" if separator else name
