"""Agreed terms: the policies that records are bound to, stored once for all that share them.

They make up most of a record, and the records of an artist share them until the artist publishes
others. So a record has only their digest (`terms_hash`), which names the item they are in. That
item is written before the first record that names it, and never changed or deleted. A process
remembers what it has read or written, for the same reason.

Records of versions until 0.2 hold their terms themselves, until they change.
"""

from collections.abc import Iterable
from typing import TypeVar

import msgspec
from pynamodb.exceptions import PutError

from appointments.models import Appointment, Proposal
from appointments.store.table import AGREED, RECORD, RecordItem
from domain.policy_terms import Kind, Terms, digest
from shared.data.dynamodb import find, is_condition_failure

Record = TypeVar("Record")
AgreedTerms = dict[Kind, Terms]

MOST_REMEMBERED = 1_000
_remembered: dict[str, AgreedTerms] = {}


def forget() -> None:
    """Forget what this process knows to be stored, for tests."""
    _remembered.clear()


def save(records: Iterable[Appointment | Proposal]) -> None:
    """Store the terms of records, as far as they are not stored."""
    for record in records:
        if record.terms and record.terms_hash not in _remembered and _is_intact(record):
            key = AGREED + record.terms_hash
            if find(RecordItem, key, RECORD) is None:
                _insert(RecordItem.of(key, RECORD, record.terms))
            _remember(record.terms_hash, record.terms)


def save_none(terms_hash: str) -> None:
    """Store that the records with this digest, that of no terms at all, are bound to none."""
    if terms_hash not in _remembered:
        if find(RecordItem, AGREED + terms_hash, RECORD) is None:
            _insert(RecordItem.of(AGREED + terms_hash, RECORD, {}))
        _remember(terms_hash, {})


def without_terms(record: Record) -> Record:
    """Return a record as it is stored: without terms that `save` has stored, if it has any."""
    if not isinstance(record, Appointment | Proposal):
        return record
    is_saved = _remembered.get(record.terms_hash) == record.terms
    return msgspec.structs.replace(record, terms={}) if is_saved else record


def with_terms(record: Record) -> Record:
    """Return a record that was read, with its terms if it has any.

    Raises:
        LookupError: The terms are not stored, which cannot happen to a record that is.
    """
    if not isinstance(record, Appointment | Proposal) or record.terms:
        return record
    terms = _remembered.get(record.terms_hash)
    if terms is None:
        terms = RecordItem.read(AGREED + record.terms_hash, RECORD, AgreedTerms)
        if terms is None:
            raise LookupError(f"the terms of {record.id} are not stored")
        _remember(record.terms_hash, terms)
    return msgspec.structs.replace(record, terms=terms)


def _is_intact(record: Appointment | Proposal) -> bool:
    return digest(record.terms.values()) == record.terms_hash


def _insert(item: RecordItem) -> None:
    try:
        item.save(condition=RecordItem.pk.does_not_exist())
    except PutError as error:  # another process was faster
        if not is_condition_failure(error):
            raise


def _remember(terms_hash: str, terms: AgreedTerms) -> None:
    if len(_remembered) >= MOST_REMEMBERED:
        _remembered.clear()
    _remembered[terms_hash] = terms
