"""Drafts in the table."""

import itertools
from collections.abc import Iterable

import msgspec

from domain.policy_terms import Rules
from policies.models import Draft, Subject
from policies.store.table import (
    ARTIST,
    DRAFT,
    DraftItem,
    encode_json,
    query_items,
    subject_keys,
)
from shared.data import dynamodb
from shared.data.dynamodb import transaction
from shared.data.tombstone_items import require_accounts


def save_draft(draft: Draft) -> None:
    """Save a draft, replacing that of the same subject.

    Raises:
        WriteConflict: The artist's account was deleted, or another draft is saved just now.
    """
    item = _create_item(draft)
    with transaction(DraftItem) as writes:
        require_accounts(writes, draft.subject.artist_id)
        writes.save(item)


def add_drafts(drafts: Iterable[Draft]) -> None:
    """Save first drafts, all of them or none.

    Raises:
        WriteConflict: One of the subjects has a draft, or one of the accounts was deleted.
    """
    with transaction(DraftItem) as writes:
        for artist_id, items in itertools.groupby(drafts, lambda draft: draft.subject.artist_id):
            require_accounts(writes, artist_id)
            for draft in items:
                writes.save(_create_item(draft), condition=DraftItem.pk.does_not_exist())


def find_drafts(subjects: Iterable[Subject]) -> list[Draft]:
    """Return the drafts of at most a hundred subjects, read consistently."""
    keys = list(dict.fromkeys(subject_keys(DRAFT, subject) for subject in subjects))
    items = DraftItem.batch_get(keys, consistent_read=True) if keys else ()
    return [_decode_draft(item) for item in items]


def find_draft(subject: Subject) -> Draft | None:
    """Return the draft of a subject, read consistently."""
    item = dynamodb.find(DraftItem, *subject_keys(DRAFT, subject))
    return _decode_draft(item) if item else None


def list_drafts(artist_id: str, after: str | None, limit: int) -> list[Draft]:
    """Return up to `limit` of the artist's drafts, after a position if given."""
    items = query_items(DraftItem, ARTIST + artist_id, DRAFT, after, limit)
    return [_decode_draft(item) for item in items]


def get_position(draft: Draft) -> str:
    """Return the position of a draft in the list."""
    return subject_keys(DRAFT, draft.subject)[1]


def delete_draft(subject: Subject) -> None:
    """Delete a draft, if there is one."""
    DraftItem(*subject_keys(DRAFT, subject)).delete()


def _create_item(draft: Draft) -> DraftItem:
    return DraftItem(
        *subject_keys(DRAFT, draft.subject),
        subject=encode_json(draft.subject),
        text=draft.text,
        rules=encode_json(draft.rules),
        saved_at=draft.saved_at,
        revision=draft.revision,
    )


def _decode_draft(item: DraftItem) -> Draft:
    return Draft(
        subject=msgspec.json.decode(item.subject, type=Subject),
        text=item.text,
        rules=msgspec.json.decode(item.rules, type=Rules),
        saved_at=item.saved_at,
        revision=item.revision,
    )
