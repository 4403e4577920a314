"""Media of social accounts: what a provider shows of them, and how it is asked.

Content is fetched from the provider's own servers only: its hosts are configured, and redirects are
not followed.
"""

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import msgspec

from shared.data.file_imports import MAX_BYTES
from shared.platform.outside_calls import CallFailed, Failure, Guard, open_response
from social.models import SocialAccount
from social.models.media import MediaKind
from social.providers import configuration
from social.providers.failures import ProviderFailed, ProviderRefused

DEADLINE_SECONDS = 40.0  # for 100 MB
_OK, _TOO_MANY, _SERVER_ERROR = 200, 429, 500


class MediaGone(ProviderRefused):
    """There is no such medium, or no longer."""


class NotPermitted(ProviderRefused):
    """The account's token is valid, but does not permit this; others of its media it may permit."""


class ContentTooLarge(ProviderRefused):
    """The content is larger than any file may be."""


class Medium(msgspec.Struct, frozen=True):
    """A picture, a video or an album, as its provider shows it.

    Attributes:
        id: Its id there; for a part of an album the ids of both, with a full stop between them.
        url: Where its content is for some time; None if the provider does not hand it out.
        preview_url: Where a picture of it is for some time.
        permalink: Its page there.
        taken_at: When it was published.
        parts: Pictures and videos of an album.
    """

    id: str
    kind: MediaKind
    url: str | None
    preview_url: str | None
    caption: str = ""
    permalink: str | None = None
    taken_at: datetime | None = None
    parts: tuple["Medium", ...] = ()


class MediaPage(msgspec.Struct, frozen=True):
    """A page of an account's media, newest first.

    Attributes:
        after: The provider's cursor for the next page; None on the last.
    """

    items: list[Medium]
    after: str | None


class MediaProvider(Protocol):
    """A provider whose media can be imported.

    Each method raises:
        TokenRefused: The artist has to connect the account again.
        RateLimited: There were too many calls.
        ProviderFailed: The provider does not respond as it should.
    """

    def list_media(
        self, account: SocialAccount, token: str, after: str | None, limit: int
    ) -> MediaPage:
        """Return a page of media.

        Raises:
            ProviderRefused: The cursor is not, or no longer, one of this provider.
        """
        ...

    def get_medium(self, account: SocialAccount, token: str, media_id: str) -> Medium:
        """Return a medium.

        Raises:
            MediaGone: There is none of this id.
            NotPermitted: It may not be read.
        """
        ...

    def find_missing(
        self, account: SocialAccount, token: str, media_ids: Collection[str], max_calls: int
    ) -> tuple[set[str], set[str]]:
        """Return which of these media are gone, and which were not looked at for lack of calls."""
        ...


def download(url: str, hosts: Collection[str], target: Path) -> str:
    """Write the content of a medium, or an attachment, into a file, and return its media type.

    Args:
        url: Its URL, as the provider stated it.
        hosts: Hosts that it may be fetched from; subdomains of them as well.
        target: The file.

    Raises:
        ContentTooLarge: It has more than 100 MiB.
        ProviderRefused: It is not at one of these hosts, or not there any more.
        ProviderFailed: The server does not respond as it should.
    """
    if not is_host_of(url, hosts):
        raise ProviderRefused("host not allowed")
    guard = _guard(configuration.settings().loopback_providers)
    try:
        with open_response(url, guard) as response:
            if response.status == _TOO_MANY or response.status >= _SERVER_ERROR:
                raise ProviderFailed(f"status {response.status}")
            if response.status != _OK:  # a redirect as well: it would lead elsewhere
                raise ProviderRefused("no content", status=response.status)
            with target.open("wb") as file:
                for part in response.read_parts():
                    file.write(part)
            stated = response.get_header("Content-Type") or ""
            return stated.partition(";")[0].strip().lower()
    except CallFailed as error:
        if error.failure is Failure.TOO_LARGE:
            raise ContentTooLarge(error.failure.value) from None
        if error.failure in (Failure.BAD_URL, Failure.WITH_PASSWORD, Failure.NOT_PUBLIC):
            raise ProviderRefused(error.failure.value) from None
        raise ProviderFailed(error.failure.value) from None


def is_host_of(url: str, hosts: Collection[str]) -> bool:
    """Return whether a URL is at one of these hosts, or at a subdomain of one."""
    try:
        host = (urlsplit(url).hostname or "").lower()
    except ValueError:
        return False
    return any(host == each or host.endswith(f".{each}") for each in hosts)


@lru_cache
def _guard(allows_loopback: bool) -> Guard:
    return Guard(
        redirects=None,
        max_bytes=MAX_BYTES,
        deadline_seconds=DEADLINE_SECONDS,
        allows_loopback=allows_loopback,
    )
