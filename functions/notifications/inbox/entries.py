"""Making the inbox's entries: a channel without worker and provider, so what is kept is delivered.

Security messages are not among them: they hold codes, or concern a mailbox rather than a user.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import msgspec

from notifications.inbox import threads
from notifications.models import (
    Category,
    Channel,
    Content,
    EmailContent,
    InboxContent,
    InboxEntry,
    PushContent,
    SmsContent,
    TemplateVersion,
)
from notifications.store import inbox as store
from shared.data.conflicts import retry_on_conflict

KEPT_FOR = timedelta(days=90)
MAX_BODY = 2_000  # characters; a mail may be longer
UNTITLED = "A message for you"


class Collapse(msgspec.Struct, frozen=True):
    """What an entry stands for in a thread: the later one is shown, told at `at`."""

    key: str
    sequence: int
    at: datetime


def add(
    user_id: str,
    event_id: str,
    *,
    contents: Mapping[Channel, Content],
    category: Category,
    template: TemplateVersion | None,
    at: datetime,
    collapse: Collapse | None = None,
) -> bool:
    """Keep what the user is told, there from `at` on; whether it is news to them.

    It is no news where something later of its thread was told, or it was read before. Told again of
    the same event nothing changes, and the answer is the same.
    """
    content = content_of(contents)
    if content is None or category is Category.SECURITY:
        return True
    at = _as_kept(at if collapse is None else collapse.at)
    entry = InboxEntry(
        id=_id(user_id, event_id if collapse is None else collapse.key),
        user_id=user_id,
        content=content,
        category=category,
        template=None if template is None else template.name,
        at=at,
        unread_at=at,
        expires_at=at + KEPT_FOR,
    )
    if collapse is None:
        store.add(entry)
        return True
    sequence = collapse.sequence
    kept = _change(entry.id, user_id, at, lambda known: threads.told(known, entry, sequence))
    return threads.is_news(kept, sequence)


def read(user_id: str, key: str, sequence: int, at: datetime) -> None:
    """Note that the user read a thread up to this sequence, at `at`; also before it is told of."""
    at = _as_kept(at)
    _change(
        _id(user_id, key),
        user_id,
        at,
        lambda known: threads.read(known, sequence, at + KEPT_FOR),
    )


def content_of(contents: Mapping[Channel, Content]) -> InboxContent | None:
    """What the inbox shows of a message: the push message, or else the mail, or else the SMS."""
    for channel in (Channel.PUSH, Channel.EMAIL, Channel.SMS):
        match contents.get(channel):
            case PushContent() as push:
                return InboxContent(push.title, push.body, push.url, push.actions)
            case EmailContent(subject, text):
                return InboxContent(subject, _short(text))
            case SmsContent(text):
                return InboxContent(UNTITLED, text)
    return None


@retry_on_conflict
def _change(
    entry_id: str, user_id: str, at: datetime, change: Callable[[InboxEntry], InboxEntry]
) -> InboxEntry:
    known = store.find(entry_id)
    before = known or InboxEntry(id=entry_id, user_id=user_id, expires_at=at + KEPT_FOR)
    after = change(before)
    if known is None:
        store.insert(after)
    elif after != known:
        store.replace(after)
    return after


def _id(user_id: str, of: str) -> str:
    return "ibx_" + hashlib.sha256(f"{user_id} {of}".encode()).hexdigest()[:32]


def _as_kept(instant: datetime) -> datetime:
    # In milliseconds, as MongoDB keeps it, so that what is heard again differs in nothing.
    return instant.replace(microsecond=instant.microsecond // 1_000 * 1_000)


def _short(text: str) -> str:
    text = text.strip()
    return text if len(text) <= MAX_BODY else text[: MAX_BODY - 1] + "…"
