"""Sharing: read access for other users, granted and withdrawn by events.

Only an owner's own actions share their files: each event is checked against the file's record,
which exists before anything can refer to it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec.structs import replace

from files.events import (
    ConsultationPictureAdded,
    ConsultationRequested,
    DepositProofSubmitted,
    GuestMessageJoined,
    MessageCreated,
    MessageDecision,
    MessageDeleted,
    PortfolioItem,
    ProfileUpdated,
    ReviewPicturesChanged,
)
from files.models import Avatar, FileStatus, PortfolioFile, SharedFiles
from files.store import files as file_store
from files.store import readers as store
from shared.data.conflicts import retry_on_conflict
from shared.http.caller import Role


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


def hide(message: MessageDecision, now: datetime) -> None:
    """Stop sharing what a message shares, for as long as an admin hides it."""
    hidden = _decide(message, hidden=True, now=now)
    if hidden is not None and message.reader_id is not None:
        store.revoke(hidden, message.reader_id)


def show(message: MessageDecision, now: datetime) -> None:
    """Share again what a message shares that an admin hid, unless it was deleted."""
    _decide(message, hidden=False, now=now)


@retry_on_conflict
def update_portfolio_item(item: PortfolioItem, *, removed: bool, now: datetime) -> None:
    """Make the files that an item shows public, if the artist owns them.

    Those that the item showed before become private, unless another item shows them.
    """
    asked = () if removed else item.file_ids or (item.file_id,)
    _show(item.item_id, item.artist_id, asked, item.record_version, now)


@retry_on_conflict
def update_review_pictures(review: ReviewPicturesChanged, now: datetime) -> None:
    """Make the pictures that a review shows public, if its author owns them, and no others."""
    _show(review.review_id, review.author_id, review.file_ids, review.record_version, now)


def _show(
    source_id: str, owner_id: str, file_ids: Sequence[str], version: int, now: datetime
) -> None:
    """Let everybody see these files, and no others, because of an item or a review."""
    before = store.find_portfolio_file(source_id)
    if before is not None and before.version >= version:
        return
    owned = _filter_owned(file_ids, owner_id)
    first, *more = owned or [before.file_id if before else ""]
    after = PortfolioFile(source_id, first, owner_id, version, not owned, tuple(more))
    store.replace_portfolio_file(before, after, now)


@retry_on_conflict
def replace_avatar(profile: ProfileUpdated, now: datetime) -> None:
    """Let everyone who is signed in read the file for as long as it is the avatar.

    That of an artist is public, as the page that shows it.
    """
    store.save_avatar(Avatar(profile.user_id, profile.avatar, profile.record_version))
    asked = [profile.avatar] if profile.role == Role.ARTIST and profile.avatar else []
    _show(f"avatar {profile.user_id}", profile.user_id, asked, profile.record_version, now)


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


@retry_on_conflict
def _decide(message: MessageDecision, *, hidden: bool, now: datetime) -> SharedFiles | None:
    """Store whether a message is hidden; return what is stored, None where the event is too old."""
    before = store.find_shared(message.message_id)
    if before is not None and before.decided_at is not None:
        if before.decided_at > message.decided_at:
            return None
        if before.decided_at == message.decided_at:
            return before
    changed = replace(
        before or SharedFiles(message.message_id), hidden=hidden, decided_at=message.decided_at
    )
    is_shared = not (hidden or changed.ended)
    store.replace_shared(before, changed, message.reader_id if is_shared else None, now)
    return changed


def _filter_owned(file_ids: Iterable[str], owner_id: str) -> list[str]:
    files = file_store.find_files(dict.fromkeys(file_ids))
    return [
        file.id
        for file in files
        if file.owner_id == owner_id and file.status is not FileStatus.REMOVED
    ]
