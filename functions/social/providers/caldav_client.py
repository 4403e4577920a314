"""Requests to CalDAV servers, and the discovery of a user's calendars.

An artist names the server, so every address that is called is checked by the guard of calls outside
(docs/adr/0047), those of redirects and answers too: a name with public addresses, and TLS.
Discovery: RFC 6764, 5 and 6.
"""

import base64
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

import msgspec

from shared.platform import clock, retry_after
from shared.platform.outside_calls import Answer
from shared.platform.xml_documents import MalformedDocument
from social.providers import caldav_documents, calls
from social.providers.caldav_documents import Answered, Resource
from social.providers.failures import (
    ProviderFailed,
    ProviderRefused,
    RateLimited,
    TokenRefused,
)

WELL_KNOWN = "/.well-known/caldav"
MAX_REDIRECTS = 3
_REDIRECTS = (301, 302, 303, 307, 308)
_XML = "application/xml; charset=utf-8"


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """What the vault keeps of a CalDAV account instead of an access token.

    Attributes:
        home: Address of the collection of the user's calendars.
        username: The name to sign in with.
        password: The app password.
        addresses: The addresses by which events invite the user.
    """

    home: str
    username: str
    password: str
    addresses: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return a text without the password."""
        return f"Login(home={self.home!r})"

    def encode(self) -> str:
        """Return it as the text that the vault keeps."""
        return msgspec.json.encode(self).decode()

    @staticmethod
    def decode(token: str) -> "Login":
        """Return it from the text that the vault keeps."""
        return msgspec.json.decode(token, type=Login)


class Found(msgspec.Struct, frozen=True):
    """What discovery found.

    Attributes:
        login: How to use the account.
        principal: Address of the user's principal, which identifies them.
        name: Their name there; empty if the server does not say it.
    """

    login: Login
    principal: str
    name: str


def discover(url: str, username: str, password: str) -> Found:
    """Find the calendars of a user, beginning at an address that they know.

    That may be the server, its CalDAV service, or a page of it below which the service lies.

    Raises:
        TokenRefused: The server does not accept the name with this password.
        ProviderRefused: There is no CalDAV service at this address, or it may not be called.
        ProviderFailed: The server does not respond as it should.
    """
    login = Login(home=url, username=username, password=password)
    for start in dict.fromkeys((url, urljoin(url, WELL_KNOWN), urljoin(url, "/"))):
        found = _find_principal(start, login)
        if found is not None:
            principal, home = found
            return _find_home(principal, home, login)
    raise ProviderRefused("no CalDAV service", code="not_found")


def _find_principal(start: str, login: Login) -> tuple[str, str] | None:
    """Return the user's principal, and their home if that is known too; None if neither is."""
    try:
        address, answer = _follow(start, login)
    except ProviderRefused as error:
        if error.status in (401, 403):
            raise TokenRefused(f"status {error.status}") from None
        if error.status == 0:  # it may not be called
            raise
        return None
    except MalformedDocument:
        return None
    for resource in answer.resources:
        if resource.principal or resource.home:
            home = urljoin(address, resource.home) if resource.home else ""
            return urljoin(address, resource.principal) if resource.principal else home, home
    return None


def _follow(start: str, login: Login) -> tuple[str, Answered]:
    """Ask for the principal, where redirects lead to as well (RFC 6764, 5)."""
    address = start
    for _ in range(MAX_REDIRECTS + 1):
        answer = send(
            "PROPFIND",
            address,
            login,
            headers={"Depth": "0", "Content-Type": _XML},
            body=caldav_documents.DISCOVERY.encode(),
        )
        location = answer.headers.get("location")
        if answer.status in _REDIRECTS and location:
            address = urljoin(address, location)
            continue
        if answer.status != 207:
            raise ProviderRefused(f"status {answer.status}", status=answer.status)
        return address, caldav_documents.parse(answer.body)
    raise ProviderRefused("too many redirects", status=310)


def _find_home(principal: str, home: str, login: Login) -> Found:
    answer = ask("PROPFIND", principal, login, caldav_documents.HOME, depth="0")
    described = next(iter(answer.resources), Resource(principal, 200, {}))
    if described.home:
        home = urljoin(principal, described.home)
    if not home:
        raise ProviderRefused("no calendar home", code="not_found")
    complete = msgspec.structs.replace(login, home=home, addresses=described.addresses)
    return Found(complete, principal, described.name)


def ask(method: str, url: str, login: Login, body: str, *, depth: str) -> Answered:
    """Send a document and return what is answered about resources.

    Raises what `send` raises, and ProviderRefused where the answer is another one.
    """
    headers = {"Depth": depth, "Content-Type": _XML}
    answer = send(method, url, login, headers=headers, body=body.encode())
    if answer.status != 207:
        raise ProviderRefused(f"status {answer.status}", status=answer.status)
    try:
        return caldav_documents.parse(answer.body)
    except MalformedDocument as error:
        raise ProviderFailed(str(error)) from None


def send(
    method: str,
    url: str,
    login: Login,
    *,
    headers: dict[str, str] | None = None,
    body: bytes = b"",
) -> Answer:
    """Send a request and return its answer.

    Raises:
        TokenRefused: The server does not accept the name with this password.
        RateLimited: There were too many calls.
        ProviderFailed: The server does not respond as it should.
    """
    credentials = base64.b64encode(f"{login.username}:{login.password}".encode()).decode()
    answer = calls.send(
        method,
        url,
        headers={"Accept": "*/*", "Authorization": f"Basic {credentials}", **(headers or {})},
        body=body,
        is_repeatable=method in ("GET", "PROPFIND", "REPORT"),
    )
    if answer.status == 401:
        raise TokenRefused("status 401")
    if answer.status == 429:
        now = clock.now()
        seconds = retry_after.parse(answer.headers.get("retry-after"), now)
        raise RateLimited("status 429", now + timedelta(seconds=seconds) if seconds else None)
    return answer


def get_server_name(url: str) -> str:
    """Return the host of an address, for people."""
    return urlsplit(url).hostname or ""
