"""Objects of a PDF, read by qpdf: actions, scripts and files in it, and what it would fetch.

qpdf undoes every encoding, and the encryption of a file that opens without a password. Each object
is looked at, whether or not anything refers to it. The rules follow ISO 32000-2: a link that people
click may lead anywhere, but nothing may happen without them (12.6), and no file may be named
outside of the folder of the document (7.11): a reader would sign in to a server of the sender.
"""

import re
from collections.abc import Iterator
from typing import Any

import pikepdf

from files.inspection.rejection import Rejected
from files.models import RejectionReason

MAX_OBJECTS = 500_000
MAX_VALUES = 5_000_000  # of all objects: entries of dictionaries and arrays
_ACTIONS = {
    "/GoToE",
    "/ImportData",
    "/JavaScript",
    "/Launch",
    "/Movie",
    "/Rendition",
    "/RichMediaExecute",
    "/SubmitForm",
}
# What may happen when a document, a page or a field is opened, shown or left.
_HARMLESS_TRIGGERED = {"/GoTo", "/GoTo3DView", "/Hide", "/Named", "/SetOCGState", "/Trans"}
_ACTIVE_KEYS = {
    "/EF",
    "/EmbeddedFiles",
    "/JS",
    "/JavaScript",
    "/OnInstantiate",
    "/RichMedia",
    "/XFA",
}
_ACTIVE_TYPES = {"/EmbeddedFile", "/RichMedia"}
# Entries of file specifications, and of the actions and streams that have one.
_FILES = {"/DOS", "/F", "/Mac", "/UF", "/Unix"}
_ADDRESSES = {"/Base", "/URI"}
# A drive, a server, an address, or a path from the root, which a reader may take for a server.
_ELSEWHERE = re.compile(r"[\s\0]*([/\\]|[A-Za-z][A-Za-z0-9+.-]*:)")

# Of links: addresses that are opened by signing in to a server of files, or run as a script.
_SIGNING_IN = re.compile(r"[\s\0]*([/\\]{2}|(file|smb|javascript):)", re.IGNORECASE)


def check(pdf: pikepdf.Pdf) -> None:
    """Check every object of a PDF.

    Raises:
        Rejected: One is active, or there are too many.
    """
    budget = MAX_VALUES
    for number, object_ in enumerate(pdf.objects):
        if number >= MAX_OBJECTS:
            raise Rejected(RejectionReason.TOO_COMPLEX)
        for dictionary, size in _find_dictionaries(object_):
            budget -= size
            if budget < 0:
                raise Rejected(RejectionReason.TOO_COMPLEX)
            if dictionary is not None:
                _check_dictionary(dictionary)
    _check_triggered(pdf.Root.get("/OpenAction"))


def _find_dictionaries(object_: Any) -> Iterator[tuple[dict[str, Any] | None, int]]:
    """Yield the dictionaries in an object, without those of others, and their numbers of values."""
    waiting = [object_]
    while waiting:
        value = waiting.pop()
        inner: list[Any] = []
        if isinstance(value, pikepdf.Stream | pikepdf.Dictionary):
            entries = dict(value.items())
            inner = list(entries.values())
            yield entries, len(entries)
        elif isinstance(value, pikepdf.Array):
            inner = list(value)
            yield None, len(inner)
        waiting += [each for each in inner if _is_direct_container(each)]


def _is_direct_container(value: Any) -> bool:
    return isinstance(value, pikepdf.Dictionary | pikepdf.Array) and not value.is_indirect


def _check_dictionary(entries: dict[str, Any]) -> None:
    if not entries.keys().isdisjoint(_ACTIVE_KEYS):
        raise Rejected(RejectionReason.ACTIVE_CONTENT)
    kinds = {_name_of(entries.get(key)) for key in ("/S", "/Type", "/Subtype")}
    if kinds & _ACTIVE_TYPES or _name_of(entries.get("/S")) in _ACTIONS:
        raise Rejected(RejectionReason.ACTIVE_CONTENT)
    for key in _FILES & entries.keys():
        value = entries[key]
        if isinstance(value, pikepdf.String) and _ELSEWHERE.match(str(value)):
            raise Rejected(RejectionReason.ACTIVE_CONTENT)
    for key in _ADDRESSES & entries.keys():
        value = entries[key]
        if isinstance(value, pikepdf.String) and _SIGNING_IN.match(str(value)):
            raise Rejected(RejectionReason.ACTIVE_CONTENT)
    triggers = entries.get("/AA")
    if isinstance(triggers, pikepdf.Dictionary):
        for action in dict(triggers.items()).values():
            _check_triggered(action)


def _check_triggered(action: Any) -> None:
    """Check an action that nobody clicks, and those that follow it. A destination is harmless."""
    waiting, seen = [action], 0
    while waiting:
        current = waiting.pop()
        seen += 1
        if seen > 1000:  # they may follow each other in a circle
            raise Rejected(RejectionReason.TOO_COMPLEX)
        if not isinstance(current, pikepdf.Dictionary):
            continue
        entries = dict(current.items())
        if "/S" in entries and _name_of(entries["/S"]) not in _HARMLESS_TRIGGERED:
            raise Rejected(RejectionReason.ACTIVE_CONTENT)
        following = entries.get("/Next")
        waiting += list(following) if isinstance(following, pikepdf.Array) else [following]


def _name_of(value: Any) -> str | None:
    return str(value) if isinstance(value, pikepdf.Name) else None
