"""Sharing: read access for other users, granted and withdrawn by events.

Only an owner's own actions share their files: each event is checked against the file's record,
which exists before anything can refer to it.
"""

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from files.events import (
    ConsultationPictureAdded,
    ConsultationRequested,
    DepositProofSubmitted,
    GuestMessageJoined,
    MessageCreated,
    MessageDeleted,
    PortfolioItem,
    ProfileUpdated,
)
from files.models import Avatar, FileStatus, PortfolioFile, SharedFiles
from files.store import files as file_store
from files.store import readers as store
from shared.data.conflicts import retry_on_conflict


def share_attachments(message: MessageCreated) -> None:
    """Let the other member of a conversation read what the sender attached.

    What a client wrote at a platform is the artist's file, which the client may read.
    """
    if message.guest_id and message.client_id and message.sender_id == message.client_id:
        _share(message.message_id, message.attachments, message.artist_id, message.client_id)
        return
    reader_id = message.reader_id
    if message.sender_id is not None and reader_id is not None:
        _share(message.message_id, message.attachments, message.sender_id, reader_id)


def share_joined(message: GuestMessageJoined) -> None:
    """Let a client read what they wrote or received as a guest."""
    _share(message.message_id, message.attachments, message.artist_id, message.client_id)


def share_references(consultation: ConsultationRequested) -> None:
    """Let the artist read what the client attached to a consultation request."""
    _share(
        consultation.consultation_id,
        consultation.files,
        consultation.client_id,
        consultation.artist_id,
    )


def share_picture(added: ConsultationPictureAdded) -> None:
    """Let the client read a picture that the artist added to their consultation."""
    source_id = f"{added.consultation_id} {added.file_id}"  # others may follow
    _share(source_id, [added.file_id], added.artist_id, added.client_id)


def share_deposit_proof(proof: DepositProofSubmitted) -> None:
    """Let the artist read the client's proof of a deposit."""
    source_id = f"{proof.appointment_id} {proof.record_version}"  # a better proof may follow
    _share(source_id, proof.files, proof.client_id, proof.artist_id)


def end_sharing(message: MessageDeleted, now: datetime) -> None:
    """Stop sharing what a message shares, even if the event that it was created arrives later."""
    ended = _end_sharing(message.message_id, now)
    if message.reader_id is not None:
        store.revoke(ended, message.reader_id)


@retry_on_conflict
def update_portfolio_item(item: PortfolioItem, *, removed: bool, now: datetime) -> None:
    """Make the files that an item shows public, if the artist owns them.

    Those that the item showed before become private, unless another item shows them.
    """
    before = store.find_portfolio_file(item.item_id)
    if before is not None and before.version >= item.record_version:
        return
    asked = () if removed else item.file_ids or (item.file_id,)
    owned = _filter_owned(asked, item.artist_id)
    first, *more = owned or (item.file_id,)
    after = PortfolioFile(
        item.item_id, first, item.artist_id, item.record_version, not owned, tuple(more)
    )
    store.replace_portfolio_file(before, after, now)


def replace_avatar(profile: ProfileUpdated) -> None:
    """Let everyone who is signed in read the file for as long as it is the avatar."""
    store.save_avatar(Avatar(profile.user_id, profile.avatar, profile.record_version))


def _share(source_id: str, file_ids: Iterable[str], owner_id: str, reader_id: str) -> None:
    owned = _filter_owned(file_ids, owner_id)
    if owned:
        _save_shared(SharedFiles(source_id, tuple(owned)), reader_id)


@retry_on_conflict
def _save_shared(shared: SharedFiles, reader_id: str) -> None:
    if store.find_shared(shared.source_id) is None:  # else it is shared already, or has ended
        store.share(shared, reader_id)


@retry_on_conflict
def _end_sharing(source_id: str, now: datetime) -> SharedFiles:
    before = store.find_shared(source_id)
    if before is not None and before.ended:
        return before
    ended = replace(before or SharedFiles(source_id), ended=True)
    store.end_sharing(before, ended, now)
    return ended


def _filter_owned(file_ids: Iterable[str], owner_id: str) -> list[str]:
    files = file_store.find_files(dict.fromkeys(file_ids))
    return [
        file.id
        for file in files
        if file.owner_id == owner_id and file.status is not FileStatus.REMOVED
    ]
