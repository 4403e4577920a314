"""Imports of media, and what is needed to find them. All of it is in the partition of its artist.

sk                          record
MEDIA#<importId>            MediaImport, due while something is missing
MEDIAKEY#<digest>           link: the import of a medium of an account to a target
MEDIAFILE#<fileId>          link: the import that a file belongs to
MEDIACHECK#<accountId>      MediaCheck, due when removed media is looked for again
CONSULTATION#<id>           ConsultationCopy
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256

import msgspec
from pynamodb.expressions.condition import Condition

from domain.social_media import MediaTarget
from shared.data.dynamodb import find, transaction
from shared.data.tombstone_items import require_accounts
from shared.events import outbox
from shared.events.domain_events import DomainEvent
from shared.events.sweeper import DueRecord
from social.models.media import ConsultationCopy, ImportState, MediaCheck, MediaImport
from social.store.table import MEDIA, USER, OutboxItem, RecordItem

IMPORT, KEY, FILE = "MEDIA#", "MEDIAKEY#", "MEDIAFILE#"
CHECK, CONSULTATION = "MEDIACHECK#", "CONSULTATION#"


def build_key(
    account_id: str, media_id: str, target: MediaTarget, consultation_id: str | None
) -> str:
    """Return the key by which the import of a medium to a target is found again."""
    return sha256(msgspec.json.encode([account_id, media_id, target, consultation_id])).hexdigest()


def find_import(artist_id: str, import_id: str) -> MediaImport | None:
    """Return an import of an artist, read consistently."""
    return RecordItem.read(USER + artist_id, IMPORT + import_id, MediaImport)


def find_by_file(artist_id: str, file_id: str) -> MediaImport | None:
    """Return the import that a file of an artist belongs to."""
    return _find_linked(artist_id, FILE + file_id)


def find_by_keys(artist_id: str, keys: Sequence[str]) -> dict[str, MediaImport]:
    """Return the imports that exist, by their keys; at most 100 keys."""
    pk = USER + artist_id
    links = RecordItem.batch_get([(pk, KEY + key) for key in keys], consistent_read=True)
    by_id = {item.decoded(str): item.sk.removeprefix(KEY) for item in links}
    items = RecordItem.batch_get([(pk, IMPORT + id) for id in by_id], consistent_read=True)
    imports = (item.decoded(MediaImport) for item in items)
    return {by_id[each.id]: each for each in imports}


def list_imports(
    artist_id: str, account_id: str, after: str | None, limit: int
) -> tuple[list[MediaImport], str | None]:
    """Return a page of an account's imports, newest first, and the last one's id if there are more.

    The artist's imports of other accounts are skipped.
    """
    found: list[MediaImport] = []
    condition: Condition = RecordItem.sk.startswith(IMPORT)
    if after is not None:
        condition = RecordItem.sk.between(IMPORT, IMPORT + after)
    items = RecordItem.query(USER + artist_id, condition, scan_index_forward=False)
    for item in items:
        import_ = item.decoded(MediaImport)
        if import_.account_id != account_id or import_.id == after:
            continue
        if len(found) == limit:
            return found, found[-1].id
        found.append(import_)
    return found, None


def list_placed(
    artist_id: str, account_id: str, after: str | None, limit: int
) -> tuple[list[MediaImport], str | None]:
    """Return imports of an account that are shown somewhere, oldest first, and where to go on.

    It reads at most `limit` imports of the artist.
    """
    condition: Condition = RecordItem.sk.startswith(IMPORT)
    if after is not None:
        condition = RecordItem.sk.between(IMPORT + after + "\0", IMPORT + "~")
    items = list(RecordItem.query(USER + artist_id, condition, limit=limit))
    imports = [item.decoded(MediaImport) for item in items]
    placed = [
        each
        for each in imports
        if each.account_id == account_id and each.state is ImportState.IMPORTED
    ]
    return placed, imports[-1].id if len(imports) == limit else None


def list_all(artist_id: str) -> list[MediaImport]:
    """Return all imports of an artist."""
    items = RecordItem.query(
        USER + artist_id, RecordItem.sk.startswith(IMPORT), consistent_read=True
    )
    return [item.decoded(MediaImport) for item in items]


def create(import_: MediaImport) -> None:
    """Store a new import with its links.

    Raises:
        WriteConflict: There is one for this medium and target, or the account was deleted.
    """
    pk = USER + import_.artist_id
    key = build_key(import_.account_id, import_.media_id, import_.target, import_.consultation_id)
    with transaction(RecordItem) as writes:
        require_accounts(writes, import_.artist_id)
        _create_item(import_).write(writes, import_.version)
        link = RecordItem.of(pk, KEY + key, import_.id)
        writes.save(link, condition=RecordItem.pk.does_not_exist())
        writes.save(RecordItem.of(pk, FILE + import_.file_id, import_.id))


def save(
    import_: MediaImport,
    events: Iterable[DomainEvent] = (),
    *,
    new_file: bool = False,
    check: MediaCheck | None = None,
) -> None:
    """Store the next version of an import, with events and further links, all or nothing.

    Args:
        import_: The import.
        events: Events to publish.
        new_file: Whether it has another file than before.
        check: The first check of the account, if there is none.

    Raises:
        WriteConflict: It changed since it was read, or the artist's account was deleted.
    """
    pk = USER + import_.artist_id
    with transaction(RecordItem) as writes:
        require_accounts(writes, import_.artist_id)
        _create_item(import_).write(writes, import_.version)
        if new_file:
            writes.save(RecordItem.of(pk, FILE + import_.file_id, import_.id))
        if check is not None:
            _create_check_item(check).write(writes, check.version)
        outbox.add(writes, OutboxItem, events)


def delete_account(artist_id: str, account_id: str) -> None:
    """Delete the imports of an account, with their links and the check."""
    items = list(
        RecordItem.query(USER + artist_id, RecordItem.sk.startswith(MEDIA), consistent_read=True)
    )
    imports = [item.decoded(MediaImport) for item in items if item.sk.startswith(IMPORT)]
    ids = {each.id for each in imports if each.account_id == account_id}
    RecordItem.delete_all(
        item
        for item in items
        if item.sk == CHECK + account_id
        or (item.sk.startswith(IMPORT) and item.sk.removeprefix(IMPORT) in ids)
        or (item.sk.startswith((KEY, FILE)) and item.decoded(str) in ids)
    )


# ---- checks ------------------------------------------------------------------------------------


def find_check(artist_id: str, account_id: str) -> MediaCheck | None:
    """Return the check of an account, read consistently."""
    return RecordItem.read(USER + artist_id, CHECK + account_id, MediaCheck)


def save_check(check: MediaCheck) -> None:
    """Store the next version of a check.

    Raises:
        WriteConflict: It changed since it was read, or the artist's account was deleted.
    """
    with transaction(RecordItem) as writes:
        require_accounts(writes, check.artist_id)
        _create_check_item(check).write(writes, check.version)


# ---- due records -------------------------------------------------------------------------------


def list_due(now: datetime, limit: int) -> list[DueRecord]:
    """List imports and checks that are due, the longest due first."""
    return RecordItem.find_due(MEDIA, now, limit)


def decode_due(due: DueRecord) -> MediaImport | MediaCheck:
    """Return a due record, as the index has it."""
    if due.sk.startswith(CHECK):
        return msgspec.json.decode(due.record, type=MediaCheck)
    return msgspec.json.decode(due.record, type=MediaImport)


def postpone(due: DueRecord, until: datetime) -> None:
    """Make a record due later, unless it changed meanwhile."""
    RecordItem.postpone(due, until)


# ---- consultations -----------------------------------------------------------------------------


def find_consultation(artist_id: str, consultation_id: str) -> ConsultationCopy | None:
    """Return the copy of an artist's consultation, read consistently."""
    return RecordItem.read(USER + artist_id, CONSULTATION + consultation_id, ConsultationCopy)


def save_consultation(artist_id: str, copy: ConsultationCopy) -> None:
    """Store a copy of a consultation, unless a newer one is stored or the account was deleted.

    Raises:
        WriteConflict: One of these is so, or another write is under way.
    """
    item = RecordItem.of(USER + artist_id, CONSULTATION + copy.id, copy)
    item.version = copy.version
    with transaction(RecordItem) as writes:
        require_accounts(writes, artist_id)
        is_newer = RecordItem.pk.does_not_exist() | (RecordItem.version < copy.version)
        writes.save(item, condition=is_newer)


# ---- items -------------------------------------------------------------------------------------


def _find_linked(artist_id: str, sk: str) -> MediaImport | None:
    link = find(RecordItem, USER + artist_id, sk)
    return find_import(artist_id, link.decoded(str)) if link else None


def _create_item(import_: MediaImport) -> RecordItem:
    item = RecordItem.of(USER + import_.artist_id, IMPORT + import_.id, import_)
    if import_.due_at is not None:
        item.schedule(MEDIA, import_.artist_id, import_.due_at)
    return item


def _create_check_item(check: MediaCheck) -> RecordItem:
    item = RecordItem.of(USER + check.artist_id, CHECK + check.account_id, check)
    item.schedule(MEDIA, check.artist_id, check.due_at)
    return item
