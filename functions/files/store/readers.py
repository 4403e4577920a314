"""Readers of files in the table: shares with users, portfolio items, and avatars."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pynamodb.exceptions import UpdateError
from pynamodb.transactions import TransactWrite

from files.models import Avatar, File, PortfolioFile, SharedFiles
from files.store.table import (
    AVATAR,
    ENDED_LIFETIME,
    FILE,
    ITEM,
    PUBLIC,
    READER,
    READS,
    RECORD,
    SHARED,
    USER,
    RecordItem,
)
from shared.data.dynamodb import is_condition_failure, transaction
from shared.data.record_items import json_of


def find_readable(files: Iterable[File], user_id: str) -> set[str]:
    """Return the ids of those of up to 33 files that a user can read without owning them.

    These are shared with the user, shown by a portfolio, or an avatar. It takes one read of three
    items per file.
    """
    keys = {
        key
        for file in files
        for key in (
            (FILE + file.id, READER + user_id),
            (FILE + file.id, PUBLIC),
            (USER + file.owner_id, AVATAR),
        )
    }
    readable = set()
    for item in RecordItem.batch_get(keys, consistent_read=True):
        if item.sk == AVATAR:
            readable.add(item.decoded(Avatar).file_id)
        elif item.items:
            readable.add(item.pk.removeprefix(FILE))
    return {file.id for file in files if file.id in readable}


def find_public(file_ids: Sequence[str]) -> list[File]:
    """Return those of up to 50 files that a portfolio shows, in order, with one read."""
    keys = [(FILE + file_id, sk) for file_id in file_ids for sk in (RECORD, PUBLIC)]
    items = {(item.pk, item.sk): item for item in RecordItem.batch_get(keys, consistent_read=True)}
    files = []
    for file_id in file_ids:
        record, public = (items.get((FILE + file_id, sk)) for sk in (RECORD, PUBLIC))
        if record is not None and public is not None and public.items:
            files.append(record.decoded(File))
    return files


def find_shared(source_id: str) -> SharedFiles | None:
    """Return the files that a source shares, read consistently."""
    return RecordItem.read(SHARED + source_id, RECORD, SharedFiles)


def share(shared: SharedFiles, reader_id: str) -> None:
    """Let a user read files for as long as their source shares them.

    Raises:
        WriteConflict: The source shares them already, or has ended.
    """
    with transaction(RecordItem) as writes:
        # Without an expiry: messaging decides until when a message can be deleted.
        writes.save(_create_shared_item(shared), condition=RecordItem.pk.does_not_exist())
        for file_id in shared.file_ids:
            reader = RecordItem(FILE + file_id, READER + reader_id)
            writes.update(reader, actions=[RecordItem.items.add({shared.source_id})])
            writes.save(RecordItem(USER + reader_id, READS + file_id))


def end_sharing(before: SharedFiles | None, ended: SharedFiles, now: datetime) -> None:
    """Record that a source shares nothing any more.

    Raises:
        WriteConflict: The record is no longer as it was `before`.
    """
    unchanged = RecordItem.record == json_of(before) if before else RecordItem.pk.does_not_exist()
    item = _create_shared_item(ended)
    item.expires_at = int((now + ENDED_LIFETIME).timestamp())
    with transaction(RecordItem) as writes:
        writes.save(item, condition=unchanged)


def replace_shared(
    before: SharedFiles | None, after: SharedFiles, reader_id: str | None, now: datetime
) -> None:
    """Record whether an admin hides a source, and let a user read its files.

    Args:
        before: The record as it was read; None if there was none.
        after: The new record.
        reader_id: Who may read the files from now on; None for nobody.
        now: The current instant.

    Raises:
        WriteConflict: The record is no longer as it was `before`.
    """
    unchanged = RecordItem.record == json_of(before) if before else RecordItem.pk.does_not_exist()
    item = _create_shared_item(after)
    if after.ended or not after.file_ids:
        item.expires_at = int((now + ENDED_LIFETIME).timestamp())
    with transaction(RecordItem) as writes:
        writes.save(item, condition=unchanged)
        for file_id in after.file_ids if reader_id else ():
            reader = RecordItem(FILE + file_id, READER + (reader_id or ""))
            writes.update(reader, actions=[RecordItem.items.add({after.source_id})])


def revoke(ended: SharedFiles, reader_id: str) -> None:
    """Stop a user from reading the files of a source, unless another one shares them too."""
    for file_id in ended.file_ids:
        try:
            RecordItem(FILE + file_id, READER + reader_id).update(
                actions=[RecordItem.items.delete({ended.source_id})],
                condition=RecordItem.pk.exists(),  # a deleted user's item must not come back
            )
        except UpdateError as error:
            if not is_condition_failure(error):
                raise


def find_portfolio_file(item_id: str) -> PortfolioFile | None:
    """Return the files that a portfolio item or a review shows, read consistently."""
    return RecordItem.read(ITEM + item_id, RECORD, PortfolioFile)


def replace_portfolio_file(
    before: PortfolioFile | None, after: PortfolioFile, now: datetime
) -> None:
    """Record which files a portfolio item shows, in place of those that it showed before.

    Raises:
        WriteConflict: The record is no longer as it was `before`.
    """
    item = RecordItem.of(ITEM + after.item_id, RECORD, after)
    item.version = after.version
    if after.removed:
        item.expires_at = int((now + ENDED_LIFETIME).timestamp())
    unchanged = RecordItem.version == before.version if before else RecordItem.pk.does_not_exist()
    with transaction(RecordItem) as writes:
        writes.save(item, condition=unchanged)
        hidden = before.shown - after.shown if before is not None else frozenset()
        for file_id in sorted(hidden):
            _mark_public(writes, file_id, after.item_id, shown=False)
        for file_id in sorted(after.shown):
            _mark_public(writes, file_id, after.item_id, shown=True)


def save_avatar(avatar: Avatar) -> None:
    """Record which file is a user's avatar, unless a newer version is recorded."""
    item = RecordItem.of(USER + avatar.user_id, AVATAR, avatar)
    try:
        item.update(
            actions=[RecordItem.record.set(item.record), RecordItem.version.set(avatar.version)],
            condition=RecordItem.pk.does_not_exist() | (RecordItem.version < avatar.version),
        )
    except UpdateError as error:
        if not is_condition_failure(error):
            raise


def delete_readers(file_id: str) -> None:
    """Delete everything that lets anybody but its owner read a file."""
    readers = RecordItem.query(FILE + file_id, RecordItem.sk.startswith(READER))
    with RecordItem.batch_write() as batch:
        for item in readers:
            batch.delete(RecordItem(item.pk, item.sk))
            batch.delete(RecordItem(USER + item.sk.removeprefix(READER), READS + file_id))
        batch.delete(RecordItem(FILE + file_id, PUBLIC))


def _mark_public(writes: TransactWrite, file_id: str, item_id: str, *, shown: bool) -> None:
    items = {item_id}
    action = RecordItem.items.add(items) if shown else RecordItem.items.delete(items)
    writes.update(RecordItem(FILE + file_id, PUBLIC), actions=[action])


def _create_shared_item(shared: SharedFiles) -> RecordItem:
    return RecordItem.of(SHARED + shared.source_id, RECORD, shared)
