"""Published versions in the table, and the current one of each subject."""

from datetime import datetime

import msgspec

from domain.policy_terms import Terms
from policies.models import CurrentVersion, Draft, Subject, Version
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


def find_current(subject: Subject) -> CurrentVersion | None:
    """Return the current version of a subject, read consistently; None if it never had any."""
    item = dynamodb.find(CurrentItem, *subject_keys(CURRENT, subject))
    if item is None:
        return None
    return CurrentVersion(int(item.number), _decode_current(item))


def list_current(artist_id: str, service_id: str | None) -> list[Version]:
    """Return the artist's current versions that were not withdrawn: general, and for a service."""
    condition = CurrentItem.service_id.does_not_exist()
    if service_id is not None:
        condition = condition | (CurrentItem.service_id == service_id)
    items = CurrentItem.query(
        ARTIST + artist_id,
        CurrentItem.sk.startswith(CURRENT),
        filter_condition=condition,
        consistent_read=True,
    )
    return [version for item in items if (version := _decode_current(item)) is not None]


def count_subjects(artist_id: str) -> int:
    """Return for how many subjects the artist ever published a version."""
    return CurrentItem.count(ARTIST + artist_id, CurrentItem.sk.startswith(CURRENT))


def publish(draft: Draft, version: Version, event: DomainEvent) -> None:
    """Save the version, delete the draft that it was made of, and save the event.

    Raises:
        WriteConflict: The draft changed in the meantime, or the number is taken.
    """
    subject, number, terms = draft.subject, version.terms.number, encode_json(version.terms)
    published = VersionItem(*_version_keys(subject, number), terms=terms, text=version.text)
    current = CurrentItem(
        *subject_keys(CURRENT, subject),
        number=number,
        service_id=subject.service_id,
        terms=terms,
        text=version.text,
    )
    used = DraftItem(*subject_keys(DRAFT, subject))
    with transaction(DraftItem) as writes:
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
    withdrawn = CurrentItem(
        *subject_keys(CURRENT, subject), number=number, service_id=subject.service_id
    )
    version = VersionItem(*_version_keys(subject, number))
    is_current = (CurrentItem.number == number) & CurrentItem.terms.exists()
    with transaction(DraftItem) as writes:
        writes.save(withdrawn, condition=is_current)
        writes.update(version, actions=[VersionItem.withdrawn_at.set(now)])
        add(writes, OutboxItem, [event])


def _version_keys(subject: Subject, number: int) -> tuple[str, str]:
    pk, sk = subject_keys(VERSION, subject)
    return pk, f"{sk}#{number:06}"


def _decode_version(item: VersionItem) -> Version:
    terms = msgspec.json.decode(item.terms, type=Terms)
    return Version(terms, item.text, item.withdrawn_at)


def _decode_current(item: CurrentItem) -> Version | None:
    if item.terms is None or item.text is None:
        return None
    return Version(msgspec.json.decode(item.terms, type=Terms), item.text)
