"""Link previews: title and description of the first page that a message links to.

A message is stored and delivered first. Its event `message.link_posted`, which messaging consumes
itself, has the page fetched by the worker of events: whoever reads does not call the page's server,
and a slow server holds up no message. The preview is a change of the message, which devices
receive.

Whatever goes wrong leaves the message without a preview, and is not tried again: a page is fetched
once a day, with or without success. There are no pictures (docs/messaging.md).
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime

from msgspec.structs import replace

from domain.errors import SessionEnded
from messaging.events import LinkPosted
from messaging.models import LinkedPage, LinkPreview, LinkPreviewChoice, Message
from messaging.rules import links
from messaging.rules.links import PageSummary
from messaging.schemas import LinkPreviewSettings
from messaging.store import conversations, messages, person_copies
from messaging.store import link_previews as store
from messaging.use_cases import edits, membership, message_links
from messaging.use_cases.membership import Member
from shared.data.conflicts import retry_on_conflict
from shared.events.domain_events import DomainEvent, decode_data
from shared.events.queues import RetryLater
from shared.http.caller import Caller
from shared.platform import outside_calls
from shared.platform.logs import logger
from shared.platform.outside_calls import CallFailed, Failure, Guard, Response

FETCH_SECONDS = 5.0
NEEDED_SECONDS = 12  # for one event: a page that is fetched, and what is stored of it
MAX_READ_BYTES = 256 * 1024  # the head of a page is at its beginning
MAX_PAGE_BYTES = 32 * 1024 * 1024
MAX_REDIRECTS = 3
RETRY_SECONDS = 3  # while another worker fetches the same page
HEADERS = {
    "accept": "text/html, application/xhtml+xml",
    "accept-encoding": "gzip, identity",
    "user-agent": "artist-booking link preview",
}
_HEAD_ENDS = (b"</head", b"<body")
_SLOW = frozenset({Failure.TOO_SLOW, Failure.NOT_REACHABLE})

OpenPage = Callable[[str], AbstractContextManager[Response]]


def get_settings(caller: Caller) -> LinkPreviewSettings:
    """Return whether links that the caller sends get previews."""
    return LinkPreviewSettings(store.wants_previews(caller.user_id))


def replace_settings(caller: Caller, request: LinkPreviewSettings) -> LinkPreviewSettings:
    """Switch previews of links that the caller sends on or off. Earlier messages keep theirs.

    Raises:
        SessionEnded: The caller's account was deleted.
    """
    person = person_copies.find(caller.user_id)
    if person is not None and person.erased_at is not None:
        raise SessionEnded("Sign in again.")
    store.choose(LinkPreviewChoice(id=caller.user_id, enabled=request.enabled))
    return request


def remove(caller: Caller, conversation_id: str, message_id: str, now: datetime) -> None:
    """Remove the preview of the caller's own message for good. Removing it again changes nothing.

    Raises:
        NotFound: The caller is not a member of the conversation, or it has no such message.
        Forbidden: The message is not the caller's.
    """
    member = membership.require_member(caller.user_id, conversation_id)
    _remove(caller, member, message_id, now)


@retry_on_conflict(attempts=messages.ATTEMPTS)
def _remove(caller: Caller, member: Member, message_id: str, now: datetime) -> None:
    message = edits.require_own_message(caller, member, message_id)
    if not message.has_no_preview:
        removed = replace(message, preview=None, preview_url=None, has_no_preview=True)
        edits.save(member.conversation, removed, now)


def handle_link_posted(event: DomainEvent, now: datetime) -> None:
    """Give a message the preview of its link, unless that was done before."""
    posted = decode_data(event, LinkPosted)
    message = messages.find_of_any(posted.message_id)
    if message is None or message.preview_url is None:
        return
    url = message.preview_url
    page = None
    if message.sender_id is not None and store.wants_previews(message.sender_id):
        page = _get_page(links.strip_fragment(url), now)
    preview = _build_preview(url, page) if page else None
    _attach(message.id, url, preview, now)


def fetch(url: str, open_page: OpenPage) -> PageSummary | None:
    """Return what a page says about itself; None for what is no page, and where it forbids that.

    Raises:
        CallFailed: The URL may not be called, or its server does not answer as it should.
    """
    with open_page(url) as response:
        content_type = response.get_header("Content-Type")
        is_page = response.status == 200 and links.is_page(content_type)
        if not is_page or links.refuses(response.get_header("X-Robots-Tag")):
            return None
        body = _read_head(response.read_parts())
    return links.summarize(links.decode(body, content_type))


def _get_page(url: str, now: datetime) -> LinkedPage:
    """Return what is known of a page, which is fetched once a day.

    Raises:
        RetryLater: Another worker is fetching it.
    """
    known = store.claim(url, now)
    if known is not None:
        if known.pending:
            raise RetryLater(RETRY_SECONDS)
        return known
    page = store.build(url, now)
    host = links.get_host(url)
    summary = None
    if not store.is_spared(host, now):
        try:
            summary = fetch(url, open_page)
        except CallFailed as error:
            logger.info("link preview", outcome="failed", reason=error.failure.name.lower())
            if error.failure in _SLOW:
                store.spare(host, now)
        except (ValueError, RecursionError):
            logger.info("link preview", outcome="failed", reason="not_readable")
    if summary is not None:
        page = replace(
            page,
            title=summary.title,
            description=summary.description,
            site_name=summary.site_name,
        )
    store.save(page)
    return page


def open_page(url: str) -> AbstractContextManager[Response]:
    """Send the request for a page by the guarded client."""
    return outside_calls.open_response(url, _guard(), headers=HEADERS)


def _guard() -> Guard:
    return Guard(
        redirects=MAX_REDIRECTS,
        max_bytes=MAX_PAGE_BYTES,
        deadline_seconds=FETCH_SECONDS,
        allows_loopback=message_links.is_local(),
    )


def _read_head(parts: Iterator[bytes]) -> bytes:
    """Return the beginning of a page, with its head. The rest is not read."""
    body = bytearray()
    for part in parts:
        seen = max(0, len(body) - len(_HEAD_ENDS[0]))
        body += part
        recent = bytes(body[seen:]).lower()
        if any(end in recent for end in _HEAD_ENDS) or len(body) >= MAX_READ_BYTES:
            break
    return bytes(body[:MAX_READ_BYTES])


def _build_preview(url: str, page: LinkedPage) -> LinkPreview | None:
    if page.title is None:
        return None
    site_name = page.site_name or links.get_host(url)
    return LinkPreview(url=url, title=page.title, description=page.description, site_name=site_name)


@retry_on_conflict(attempts=messages.ATTEMPTS)
def _attach(message_id: str, url: str, preview: LinkPreview | None, now: datetime) -> None:
    """Store the preview of a message, unless the message was changed so that it has another one."""
    message = messages.find_of_any(message_id)
    if message is None or message.preview_url != url:
        return
    if preview is None or not _can_have_preview(message):
        messages.forget_link(message_id, url)
        return
    conversation = conversations.find(message.conversation_id)
    if conversation is not None:
        changed = replace(message, preview=preview, preview_url=None)
        edits.save(conversation, changed, now)


def _can_have_preview(message: Message) -> bool:
    return message.deleted_at is None and message.hidden is None and not message.has_no_preview
