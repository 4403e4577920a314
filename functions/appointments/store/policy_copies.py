"""Copies of the policies in force, updated by the events of policies."""

from pynamodb.exceptions import PutError

from appointments.store.table import CALENDAR, POLICY, RecordItem
from domain.policy_terms import Kind, Terms, form_of
from shared.data.dynamodb import is_condition_failure

WITHDRAWN = "null"


def save_terms(terms: Terms) -> None:
    """Store the version that is in force now, unless a newer event was already applied."""
    form = form_of(terms.rules)
    item = _create_item(terms.artist_id, terms.service_id, terms.kind, form, terms)
    _save_if_newer(item, 2 * terms.number)


def withdraw_terms(
    artist_id: str, service_id: str | None, kind: Kind, form: str | None, number: int
) -> None:
    """Store that version `number` is not in force any more, unless a newer event was applied."""
    _save_if_newer(_create_item(artist_id, service_id, kind, form, None), 2 * number + 1)


def _create_item(
    artist_id: str, service_id: str | None, kind: Kind, form: str | None, terms: Terms | None
) -> RecordItem:
    subject = f"{kind}-{form}" if form else kind
    return RecordItem.of(CALENDAR + artist_id, f"{POLICY}{subject}#{service_id or '*'}", terms)


def _save_if_newer(item: RecordItem, version: int) -> None:
    item.version = version
    try:
        item.save(condition=RecordItem.pk.does_not_exist() | (RecordItem.version < version))
    except PutError as error:
        if not is_condition_failure(error):
            raise
