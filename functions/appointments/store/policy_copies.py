"""Copies of the policies in force, updated by the events of policies.

A copy for all services is an item beside the artist's hours, so that one query reads both. A copy
for one service is an attribute of the service's item, such as `terms_deposit`. Consent forms are
not copied: bookings are not bound to them.

Until version 0.2, copies for a service and consent forms were items like those for all services.
They are read as well; of two copies the newer one counts.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from pynamodb.exceptions import PutError, UpdateError
from pynamodb.expressions.operand import Path

from appointments.store.table import CALENDAR, POLICY, SERVICE, RecordItem
from domain.policy_terms import Kind, Terms
from shared.data.dynamodb import is_condition_failure
from shared.data.record_items import json_of

WITHDRAWN = "null"
_TERMS = "terms_"
Versioned = tuple[int, Terms | None]  # None where it was withdrawn


def save_terms(terms: Terms) -> None:
    """Store the version that is in force now, unless a newer event was already applied."""
    _save(terms.artist_id, terms.service_id, terms.kind, terms, 2 * terms.number)


def withdraw_terms(artist_id: str, service_id: str | None, kind: Kind, number: int) -> None:
    """Store that version `number` is not in force any more, unless a newer event was applied."""
    _save(artist_id, service_id, kind, None, 2 * number + 1)


def list_in_force(
    general: Iterable[RecordItem], services: Mapping[str, Mapping[str, Any]]
) -> Iterator[Terms]:
    """Yield the terms in force, for all services and for some.

    Args:
        general: The items of copies.
        services: The attributes of the items of services, by their ids.
    """
    newest: dict[tuple[str, str | None], Versioned] = {}

    def add(kind: str, service_id: str | None, found: Versioned) -> None:
        known = newest.get((kind, service_id))
        if known is None or known[0] < found[0]:
            newest[kind, service_id] = found

    for item in general:
        kind, service_id = item.sk.removeprefix(POLICY).split("#")
        if service_id == "*" or service_id in services:
            copy = int(item.version), _decode(item.record)
            add(kind, None if service_id == "*" else service_id, copy)
    for service_id, attributes in services.items():
        for name, value in attributes.items():
            if name.startswith(_TERMS):
                version, terms = value["S"].split(" ", 1)
                add(name.removeprefix(_TERMS), service_id, (int(version), _decode(terms)))
    return (terms for _, terms in newest.values() if terms is not None)


def _decode(text: str) -> Terms | None:
    return msgspec.json.decode(text, type=Terms | None)


def _save(
    artist_id: str, service_id: str | None, kind: Kind, terms: Terms | None, version: int
) -> None:
    if kind is Kind.CONSENT:
        return
    try:
        if service_id is None:
            item = RecordItem.of(CALENDAR + artist_id, f"{POLICY}{kind}#*", terms)
            item.version = version
            item.save(condition=RecordItem.pk.does_not_exist() | (RecordItem.version < version))
        else:
            _save_for_service(artist_id, service_id, kind, terms, version)
    except (PutError, UpdateError) as error:
        if not is_condition_failure(error):
            raise


def _save_for_service(
    artist_id: str, service_id: str, kind: Kind, terms: Terms | None, version: int
) -> None:
    """Store the copy, if there is such a service: no other will ever have its id."""
    # Padded, so that texts compare as the numbers that they begin with.
    text = f"{version:012} {json_of(terms)}"
    attribute = Path(_TERMS + kind)
    RecordItem(CALENDAR + artist_id, SERVICE + service_id).update(
        actions=[attribute.set(text)],
        condition=RecordItem.pk.exists() & (attribute.does_not_exist() | (attribute < text[:12])),
    )
