"""Published versions in the table, and the current one of each subject."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from domain.policy_terms import Terms, form_of
from policies.models import Draft, Subject, Version
from policies.store.table import (
    ARTIST,
    CURRENT,
    DRAFT,
    VERSION,
    CurrentItem,
    DraftItem,
    OutboxItem,
    VersionItem,
    encode_json,
    query_items,
    subject_keys,
)
from shared.data import dynamodb
from shared.data.dynamodb import transaction
from shared.data.tombstone_items import require_accounts
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add


def find_version(subject: Subject, number: int) -> Version | None:
    """Return a published version, read consistently."""
    item = dynamodb.find(VersionItem, *_version_keys(subject, number))
    return _decode_version(item) if item else None


def list_versions(subject: Subject, before: int | None, limit: int) -> list[Version]:
    """Return up to `limit` versions of a subject, newest first, before that number if given."""
    pk, sk = subject_keys(VERSION, subject)
    start = _version_keys(subject, before)[1] if before is not None else None
    items = query_items(VersionItem, pk, f"{sk}#", start, limit, newest_first=True)
    return [_decode_version(item) for item in items]


def find_versions(terms: Iterable[Terms]) -> dict[str, Version]:
    """Return the published versions with these terms by their ids, read consistently."""
    keys = [_keys_of(each) for each in terms]
    if not keys:
        return {}
    versions = [_decode_version(item) for item in VersionItem.batch_get(keys, consistent_read=True)]
    return {version.terms.version_id: version for version in versions}


def find_newest_number(subject: Subject) -> int | None:
    """Return the number of the newest version of a subject, in force or not; None without any."""
    pk, sk = subject_keys(VERSION, subject)
    newest = VersionItem.query(
        pk,
        VersionItem.sk.startswith(f"{sk}#"),
        scan_index_forward=False,
        consistent_read=True,
        limit=1,
        attributes_to_get=["pk", "sk"],
    )
    return next((int(item.sk.rpartition("#")[2]) for item in newest), None)


def find_current(subject: Subject) -> Terms | None:
    """Return the version of a subject that is in force, read consistently; None without any."""
    item = dynamodb.find(CurrentItem, *subject_keys(CURRENT, subject))
    return _decode_current(item) if item else None


def list_current(artist_id: str, service_id: str | None) -> list[Terms]:
    """Return the artist's versions that are in force: general ones, and those for a service."""
    condition = CurrentItem.service_id.does_not_exist()
    if service_id is not None:
        condition = condition | (CurrentItem.service_id == service_id)
    items = CurrentItem.query(
        ARTIST + artist_id,
        CurrentItem.sk.startswith(CURRENT),
        filter_condition=condition,
        consistent_read=True,
    )
    return [terms for item in items if (terms := _decode_current(item)) is not None]


def count_subjects(artist_id: str) -> int:
    """Return for how many subjects a version of the artist is in force."""
    return CurrentItem.count(
        ARTIST + artist_id, CurrentItem.sk.startswith(CURRENT), CurrentItem.terms.exists()
    )


def publish(draft: Draft, version: Version, event: DomainEvent) -> None:
    """Save the version, delete the draft that it was made of, and save the event.

    Raises:
        WriteConflict: The draft changed in the meantime, the number is taken, or the artist's
            account was deleted.
    """
    subject, number, terms = draft.subject, version.terms.number, encode_json(version.terms)
    published = VersionItem(*_version_keys(subject, number), terms=terms, text=version.text)
    current = CurrentItem(
        *subject_keys(CURRENT, subject),
        number=number,
        service_id=subject.service_id,
        terms=terms,
    )
    used = DraftItem(*subject_keys(DRAFT, subject))
    with transaction(DraftItem) as writes:
        require_accounts(writes, subject.artist_id)
        writes.delete(used, condition=DraftItem.revision == draft.revision)
        writes.save(published, condition=VersionItem.pk.does_not_exist())
        writes.save(current)
        add(writes, OutboxItem, [event])


def withdraw(subject: Subject, number: int, now: datetime, event: DomainEvent) -> None:
    """Withdraw the current version of a subject, and save the event.

    The version stays readable, with the instant of its withdrawal.

    Raises:
        WriteConflict: Another version became current in the meantime, or it was withdrawn.
    """
    withdrawn = CurrentItem(*subject_keys(CURRENT, subject))
    version = VersionItem(*_version_keys(subject, number))
    is_current = (CurrentItem.number == number) & CurrentItem.terms.exists()
    with transaction(DraftItem) as writes:
        writes.delete(withdrawn, condition=is_current)
        writes.update(version, actions=[VersionItem.withdrawn_at.set(now)])
        add(writes, OutboxItem, [event])


def _keys_of(terms: Terms) -> tuple[str, str]:
    subject = Subject(terms.artist_id, terms.service_id, terms.kind, form_of(terms.rules))
    return _version_keys(subject, terms.number)


def _version_keys(subject: Subject, number: int) -> tuple[str, str]:
    pk, sk = subject_keys(VERSION, subject)
    return pk, f"{sk}#{number:06}"


def _decode_version(item: VersionItem) -> Version:
    terms = msgspec.json.decode(item.terms, type=Terms)
    return Version(terms, item.text, item.withdrawn_at)


def _decode_current(item: CurrentItem) -> Terms | None:
    return msgspec.json.decode(item.terms, type=Terms) if item.terms else None
