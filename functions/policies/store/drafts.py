"""Drafts in the table."""

import msgspec

from domain.policy_terms import Rules
from policies.models import Draft, Subject
from policies.store.table import (
    ARTIST,
    DRAFT,
    DraftItem,
    cut_page,
    encode_json,
    query_items,
    subject_keys,
)
from shared.data import dynamodb


def save_draft(draft: Draft) -> None:
    """Save a draft, replacing that of the same subject."""
    DraftItem(
        *subject_keys(DRAFT, draft.subject),
        subject=encode_json(draft.subject),
        text=draft.text,
        rules=encode_json(draft.rules),
        saved_at=draft.saved_at,
        revision=draft.revision,
    ).save()


def find_draft(subject: Subject) -> Draft | None:
    """Return the draft of a subject, read consistently."""
    item = dynamodb.find(DraftItem, *subject_keys(DRAFT, subject))
    return _decode_draft(item) if item else None


def list_drafts(artist_id: str, after: str | None, limit: int) -> tuple[list[Draft], str | None]:
    """Return a page of the artist's drafts, and the position of its end if there are more."""
    items = query_items(DraftItem, ARTIST + artist_id, DRAFT, after, limit + 1)
    page, last = cut_page(items, limit)
    return [_decode_draft(item) for item in page], last


def delete_draft(subject: Subject) -> None:
    """Delete a draft, if there is one."""
    DraftItem(*subject_keys(DRAFT, subject)).delete()


def _decode_draft(item: DraftItem) -> Draft:
    return Draft(
        subject=msgspec.json.decode(item.subject, type=Subject),
        text=item.text,
        rules=msgspec.json.decode(item.rules, type=Rules),
        saved_at=item.saved_at,
        revision=item.revision,
    )
