"""Who else may read a file, as events tell. An owner's files are given only by what the owner did:
each event is held against the record, which there is before anything can refer to it."""

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from files.models import Avatar, Shared, Shown, Status
from files.schemas import (
    ConsultationRequested,
    DepositProofSubmitted,
    MessageCreated,
    MessageDeleted,
    PortfolioItem,
    ProfileUpdated,
)
from files.store import files as store
from shared.data.conflicts import retry_on_conflict


def with_members(message: MessageCreated) -> None:
    """What the sender attached may be read by the other member, too."""
    reader_id = message.reader_id
    if message.sender_id is not None and reader_id is not None:
        _give(message.message_id, message.attachments, message.sender_id, reader_id)


def with_artist(asked: ConsultationRequested) -> None:
    """What the client attached may be read by the artist."""
    _give(asked.consultation_id, asked.files, asked.client_id, asked.artist_id)


def of_deposit(proof: DepositProofSubmitted) -> None:
    """What the client sent as a proof may be read by the artist."""
    source_id = f"{proof.appointment_id} {proof.record_version}"  # there may be a better one later
    _give(source_id, proof.files, proof.client_id, proof.artist_id)


def end(message: MessageDeleted, now: datetime) -> None:
    """What this message alone shared is its sender's own again; told of late, it shares nothing."""

    def attempt() -> Shared:
        before = store.find_shared(message.message_id)
        if before is not None and before.ended:
            return before
        ended = replace(before or Shared(message.message_id), ended=True)
        store.end_sharing(before, ended, now)
        return ended

    ended = retry_on_conflict(attempt)()
    if message.reader_id is not None:
        store.withdraw(ended, message.reader_id)


@retry_on_conflict
def by_item(item: PortfolioItem, *, removed: bool, now: datetime) -> None:
    """What an item shows is public, while it is the artist's own; what it showed before is not."""
    before = store.find_shown(item.item_id)
    if before is not None and before.version >= item.record_version:
        return
    theirs = _owned([item.file_id], item.artist_id)
    shown = Shown(
        item.item_id, item.file_id, item.artist_id, item.record_version, removed or not theirs
    )
    store.show(before, shown, now)


def as_avatar(profile: ProfileUpdated) -> None:
    """Whoever is signed in may read the avatar, while it is one."""
    store.keep_avatar(Avatar(profile.user_id, profile.avatar, profile.record_version))


def _give(source_id: str, file_ids: Iterable[str], giver_id: str, reader_id: str) -> None:
    theirs = _owned(file_ids, giver_id)

    def attempt() -> None:
        if store.find_shared(source_id) is None:  # else it is done, or has ended
            store.share(Shared(source_id, tuple(theirs)), reader_id)

    if theirs:
        retry_on_conflict(attempt)()


def _owned(file_ids: Iterable[str], owner_id: str) -> list[str]:
    files = store.find_files(dict.fromkeys(file_ids))
    there = [file for file in files if file.status is not Status.REMOVED]
    return [file.id for file in there if file.owner_id == owner_id]
