"""Link previews: what pages said about themselves, kept for a day, and who wants none."""

from datetime import datetime, timedelta
from hashlib import sha256

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from messaging.models import LinkedPage, LinkPreviewChoice
from messaging.store import database
from shared.data.mongodb import Document, to_document, to_record

KEPT_FOR = timedelta(days=1)
# So long, one worker fetches a page, and others wait for it.
LEASE = timedelta(seconds=30)
# So long, nothing else is fetched of a server that could not be reached or was too slow.
SPARED_FOR = timedelta(minutes=15)


def claim(url: str, now: datetime) -> LinkedPage | None:
    """Return what is known of a page; None if the caller is to fetch it now, and nobody else."""
    lease = LinkedPage(id=_build_key(url), expires_at=now + LEASE, pending=True)
    expired = {"_id": lease.id, "expiresAt": {"$lte": now}}
    try:
        _pages().replace_one(expired, to_document(lease), upsert=True)
    except DuplicateKeyError:
        return to_record(_pages().find_one(lease.id), LinkedPage) or lease
    return None


def save(page: LinkedPage) -> None:
    """Store what a page said, or that it said nothing."""
    _pages().replace_one({"_id": page.id}, to_document(page), upsert=True)


def build(url: str, now: datetime) -> LinkedPage:
    """Return the record of a page that says nothing, not stored yet."""
    return LinkedPage(id=_build_key(url), expires_at=now + KEPT_FOR)


def is_spared(host: str, now: datetime) -> bool:
    """Return whether nothing is fetched of a server at the moment. One read."""
    spared = {"_id": _build_host_key(host), "expiresAt": {"$gt": now}}
    return _pages().find_one(spared, {"_id": True}) is not None


def spare(host: str, now: datetime) -> None:
    """Fetch nothing of a server for a while."""
    key = _build_host_key(host)
    record = LinkedPage(id=key, expires_at=now + SPARED_FOR)
    _pages().replace_one({"_id": key}, to_document(record), upsert=True)


def wants_previews(user_id: str) -> bool:
    """Return whether a user wants previews of the links that they send; by default they do."""
    choice = to_record(_choices().find_one(user_id), LinkPreviewChoice)
    return choice is None or choice.enabled


def choose(choice: LinkPreviewChoice) -> None:
    """Store whether a user wants previews."""
    _choices().replace_one({"_id": choice.id}, to_document(choice), upsert=True)


def erase(user_id: str) -> None:
    """Delete what a user chose."""
    _choices().delete_one({"_id": user_id})


def _build_key(url: str) -> str:
    return sha256(url.encode()).hexdigest()


def _build_host_key(host: str) -> str:
    return f"host {sha256(host.encode()).hexdigest()}"


def _pages() -> Collection[Document]:
    return database().linkedPages


def _choices() -> Collection[Document]:
    return database().linkPreviewChoices
