"""Links of messages: which of them gets a preview."""

from msgspec.structs import replace

from messaging.models import Message
from messaging.rules import links
from shared.platform.config import Common, from_environment


def find(content: str) -> str | None:
    """Return the URL of a text that gets a preview, None where there is none."""
    if "://" not in content:
        return None
    return links.find_first(content, allows_loopback=is_local())


def follow_text(message: Message) -> Message:
    """Return a message whose text was changed, with the link that it has now.

    The preview of another link goes, and that of the same link stays.
    """
    url = find(message.content or "")
    is_same = message.preview is not None and message.preview.url == url
    if message.has_no_preview or message.guest_id is not None or is_same:
        return message
    changed: Message = replace(message, preview=None, preview_url=url)
    return changed


def is_local() -> bool:
    """Return whether this is the local environment, whose stand-ins may be called."""
    environment: str = from_environment(Common).environment
    return environment == "local"
