"""Who else may read a file, as events tell. An owner's files are given only by what the owner did:
each event is held against the record, which there is before anything can refer to it."""

from collections.abc import Iterable
from datetime import datetime

from files import store
from files.records import Avatar, Shown, Status
from files.types import ConsultationRequested, MessageCreated, PortfolioItem, ProfileUpdated
from shared.contention import settled


def with_members(message: MessageCreated) -> None:
    """What the sender attached may be read by the other member, too."""
    members = {message.artist_id: message.client_id, message.client_id: message.artist_id}
    if message.sender_id in members:
        _give(message.attachments, message.sender_id or "", members[message.sender_id or ""])


def with_artist(consultation: ConsultationRequested) -> None:
    """What the client attached may be read by the artist."""
    _give(consultation.files, consultation.client_id, consultation.artist_id)


def by_item(item: PortfolioItem, *, removed: bool, now: datetime) -> None:
    """What an item shows is public, while it is the artist's own; what it showed before is not."""

    def attempt() -> None:
        before = store.find_shown(item.item_id)
        if before is not None and before.version >= item.record_version:
            return
        theirs = _owned([item.file_id], item.artist_id)
        shown = Shown(
            item.item_id, item.file_id, item.artist_id, item.record_version, removed or not theirs
        )
        store.show(before, shown, now)

    settled(attempt)


def as_avatar(profile: ProfileUpdated) -> None:
    """Whoever is signed in may read the avatar, while it is one."""
    store.keep_avatar(Avatar(profile.user_id, profile.avatar, profile.record_version))


def _give(file_ids: Iterable[str], giver_id: str, reader_id: str) -> None:
    theirs = _owned(file_ids, giver_id)
    if theirs:
        store.add_reader(theirs, reader_id)


def _owned(file_ids: Iterable[str], owner_id: str) -> list[str]:
    files = store.find_files(dict.fromkeys(file_ids))
    there = [file for file in files if file.status is not Status.REMOVED]
    return [file.id for file in there if file.owner_id == owner_id]
