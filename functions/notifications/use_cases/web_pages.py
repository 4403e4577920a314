"""Pages of the web application, which mails lead to."""

from typing import Annotated

import msgspec
from msgspec import Meta

from shared.platform.config import from_environment


class WebSettings(msgspec.Struct, frozen=True):
    """Settings of links to the web application.

    Attributes:
        web_app_url: Its base URL; empty where mails link to nothing.
    """

    web_app_url: Annotated[str, Meta(pattern=r"^(https?://[^\s?#]+)?$")] = ""


def build(path: str) -> str | None:
    """Return the address of a page; None where there is no web application."""
    base = from_environment(WebSettings).web_app_url.rstrip("/")
    return f"{base}{path}" if base else None
