"""Connecting CalDAV servers."""

from typing import Annotated

from msgspec import Meta

from shared.http.decoding import Input

MAX_URL_CHARACTERS = 2_048


class CalDavConnectRequest(Input, frozen=True):
    """A user on a CalDAV server.

    Attributes:
        url: Address of the server, of its CalDAV service, or of a page below which that lies.
            Example: https://caldav.icloud.com
        username: The name to sign in with. Example: mara@example.com
        password: An app password, which the user makes at their server for us. It is encrypted and
            never returned. Example: abcd-efgh-ijkl-mnop
    """

    url: Annotated[str, Meta(min_length=1, max_length=MAX_URL_CHARACTERS)]
    username: Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f:]+$")]
    password: Annotated[str, Meta(min_length=1, max_length=512, pattern=r"^[^\x00-\x1f\x7f]+$")]

    def __repr__(self) -> str:
        """Return a text without the password."""
        return f"CalDavConnectRequest(url={self.url!r})"
