"""Documents of WebDAV and CalDAV: what is asked for, and what is answered.

WebDAV (RFC 4918), CalDAV (RFC 4791), current-user-principal (RFC 5397), sync-collection (RFC 6578).
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from xml.sax.saxutils import escape

import msgspec

from shared.platform import xml_documents
from shared.platform.xml_documents import Element, MalformedDocument

MAX_BYTES = 5 * 1024 * 1024

_DAV, _CALDAV = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}"
_HEAD = '<?xml version="1.0" encoding="utf-8"?>'
_NAMESPACES = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"'
# Any of these allows us to write (RFC 3744, 3).
_WRITING = {f"{_DAV}{name}" for name in ("all", "write", "write-content", "bind")}
_MAX_NAME_CHARACTERS = 200

DISCOVERY = (
    f"{_HEAD}<d:propfind {_NAMESPACES}><d:prop><d:current-user-principal/>"
    "<c:calendar-home-set/></d:prop></d:propfind>"
)
HOME = (
    f"{_HEAD}<d:propfind {_NAMESPACES}><d:prop><c:calendar-home-set/><d:displayname/>"
    "<c:calendar-user-address-set/></d:prop></d:propfind>"
)
CALENDARS = (
    f"{_HEAD}<d:propfind {_NAMESPACES}><d:prop><d:resourcetype/><d:displayname/>"
    "<c:supported-calendar-component-set/><d:current-user-privilege-set/></d:prop></d:propfind>"
)
SYNC_TOKEN = f"{_HEAD}<d:propfind {_NAMESPACES}><d:prop><d:sync-token/></d:prop></d:propfind>"


class Resource(msgspec.Struct, frozen=True):
    """What an answer says about a resource.

    Attributes:
        href: Its address, as the server writes it.
        status: Its status; 200 where only its properties have one.
        properties: The properties that were found, by their names.
    """

    href: str
    status: int
    properties: dict[str, Element]

    def read_text(self, name: str) -> str:
        """Return the text of a property; empty without it."""
        found = self.properties.get(name)
        return found.text.strip() if found is not None else ""

    def read_href(self, name: str) -> str:
        """Return the first address in a property; empty without one."""
        found = self.properties.get(name)
        return (found.read_text(f"{_DAV}href") or "") if found is not None else ""

    @property
    def etag(self) -> str:
        """Its version."""
        return self.read_text(f"{_DAV}getetag")

    @property
    def principal(self) -> str:
        """Address of the user's principal; empty where the server does not know who asks."""
        return self.read_href(f"{_DAV}current-user-principal")

    @property
    def home(self) -> str:
        """Address of the collection of the user's calendars."""
        return self.read_href(f"{_CALDAV}calendar-home-set")

    @property
    def name(self) -> str:
        """Its name for people."""
        return self.read_text(f"{_DAV}displayname")[:_MAX_NAME_CHARACTERS]

    @property
    def sync_token(self) -> str:
        """Its sync token; empty if the server keeps none."""
        return self.read_text(f"{_DAV}sync-token")

    @property
    def data(self) -> str | None:
        """The calendar object; None if it was not sent."""
        found = self.properties.get(f"{_CALDAV}calendar-data")
        return found.text if found is not None else None

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses by which events invite the user, in lower case."""
        found = self.properties.get(f"{_CALDAV}calendar-user-address-set")
        hrefs = found.list_all(f"{_DAV}href") if found is not None else []
        return tuple(href.text.strip().lower() for href in hrefs)

    @property
    def is_calendar(self) -> bool:
        """Whether it is a calendar that takes events."""
        kinds = self.properties.get(f"{_DAV}resourcetype")
        if kinds is None or kinds.find(f"{_CALDAV}calendar") is None:
            return False
        components = self.properties.get(f"{_CALDAV}supported-calendar-component-set")
        listed = [] if components is None else components.list_all(f"{_CALDAV}comp")
        return not listed or any(each.attributes.get("name") == "VEVENT" for each in listed)

    @property
    def can_write(self) -> bool:
        """Whether the user may write to it, as far as the server says."""
        privileges = self.properties.get(f"{_DAV}current-user-privilege-set")
        return privileges is None or any(each.name in _WRITING for each in privileges.walk())


class Answered(msgspec.Struct, frozen=True):
    """An answer about several resources.

    Attributes:
        resources: What it says about each.
        sync_token: What the next synchronization begins with; empty if there was none.
    """

    resources: list[Resource]
    sync_token: str = ""


def parse(body: bytes) -> Answered:
    """Read an answer about several resources (RFC 4918, 13).

    Raises:
        MalformedDocument: It is none.
    """
    root = xml_documents.parse(body, MAX_BYTES)
    if root.name != f"{_DAV}multistatus":
        raise MalformedDocument("It is no answer about resources.")
    resources = [
        resource
        for response in root.list_all(f"{_DAV}response")
        for resource in _read_response(response)
    ]
    return Answered(resources, root.read_text(f"{_DAV}sync-token") or "")


def _read_response(response: Element) -> Iterator[Resource]:
    properties: dict[str, Element] = {}
    for part in response.list_all(f"{_DAV}propstat"):
        found = part.find(f"{_DAV}prop")
        if found is not None and _read_status(part) == 200:
            properties.update({each.name: each for each in found.children})
    for href in response.list_all(f"{_DAV}href"):  # several share a status (RFC 4918, 14.24)
        yield Resource(href.text.strip(), _read_status(response), properties)


def _read_status(element: Element) -> int:
    """Return the status of a response or a part of it: `HTTP/1.1 404 Not Found`."""
    parts = (element.read_text(f"{_DAV}status") or "").split()
    return int(parts[1]) if len(parts) > 1 and parts[1].isdecimal() else 200


def query(since: datetime) -> str:
    """Ask for the objects with an event that does not end before an instant (RFC 4791, 7.8)."""
    start = f"{since.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return (
        f"{_HEAD}<c:calendar-query {_NAMESPACES}><d:prop><d:getetag/></d:prop>"
        '<c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT">'
        f'<c:time-range start="{start}"/></c:comp-filter></c:comp-filter></c:filter>'
        "</c:calendar-query>"
    )


def multiget(hrefs: Iterable[str]) -> str:
    """Ask for some objects (RFC 4791, 7.9)."""
    wanted = "".join(f"<d:href>{escape(href)}</d:href>" for href in hrefs)
    return (
        f"{_HEAD}<c:calendar-multiget {_NAMESPACES}><d:prop><d:getetag/><c:calendar-data/></d:prop>"
        f"{wanted}</c:calendar-multiget>"
    )


def sync(token: str) -> str:
    """Ask for the objects that changed since a token was given (RFC 6578, 3.2)."""
    return (
        f"{_HEAD}<d:sync-collection {_NAMESPACES}><d:sync-token>{escape(token)}</d:sync-token>"
        "<d:sync-level>1</d:sync-level><d:prop><d:getetag/></d:prop></d:sync-collection>"
    )
