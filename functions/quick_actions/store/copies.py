"""Copies of other features' records, updated by events."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from domain.policy_terms import PolicyKind, Terms
from quick_actions.models import Block, Conversation, Person, Service
from quick_actions.store.table import (
    ARTIST,
    CLIENT,
    CONVERSATION,
    MARK_KEPT_FOR,
    PERSON,
    PROFILE,
    RECORD,
    RecordItem,
)
from shared.data import tombstones
from shared.data.conflicts import retry_on_conflict
from shared.data.dynamodb import find, transaction
from shared.data.tombstone_items import require_accounts

BLOCK, SERVICE, POLICY = "BLOCK#", "SERVICE#", "POLICY#"
REMOVED = "null"


class Copies(msgspec.Struct, frozen=True):
    """Copies of an artist, one of their clients, and the artist's services and policies."""

    artist: Person | None
    client: Person | None
    services: tuple[Service, ...]
    terms: tuple[Terms, ...]


def find_copies(artist_id: str, client_id: str) -> Copies:
    """Find everything the variables of a text need, by one batch and one query."""
    keys = [(PERSON + artist_id, PROFILE), (PERSON + client_id, PROFILE)]
    items = {item.pk: item for item in RecordItem.batch_get(keys, consistent_read=True)}
    artist, client = (item.decoded(Person) if (item := items.get(pk)) else None for pk, _ in keys)
    stated = RecordItem.query(
        ARTIST + artist_id, RecordItem.sk.between(POLICY, SERVICE + "~"), consistent_read=True
    )
    services: list[Service] = []
    terms: list[Terms] = []
    for item in stated:
        if item.record == REMOVED:
            continue
        if item.sk.startswith(SERVICE):
            services.append(item.decoded(Service))
        elif item.sk.startswith(POLICY):
            terms.append(item.decoded(Terms))
    return Copies(artist, client, tuple(services), tuple(terms))


# ---- people ------------------------------------------------------------------------------------


def find_people(user_ids: Iterable[str]) -> list[Person]:
    """Find the copies of at most a hundred users, in no order; unknown ids are left out."""
    keys = [(PERSON + user_id, PROFILE) for user_id in dict.fromkeys(user_ids)]
    return [item.decoded(Person) for item in RecordItem.batch_get(keys, consistent_read=True)]


def save_person(person: Person) -> None:
    """Save a copy of a user, unless a newer one is stored or the account was deleted."""
    item = RecordItem.of(PERSON + person.id, PROFILE, person)
    _save_newest(item, person.record_version, person.id)


# ---- services and policies ---------------------------------------------------------------------


def save_service(artist_id: str, service: Service, version: int) -> None:
    """Save a copy of a service, unless a newer one is stored or the account was deleted."""
    item = RecordItem.of(ARTIST + artist_id, SERVICE + service.id, service)
    _save_newest(item, version, artist_id)


def remove_service(artist_id: str, service_id: str, version: int, now: datetime) -> None:
    """Save that a service was removed, for as long as older events of it may arrive."""
    item = RecordItem.of(ARTIST + artist_id, SERVICE + service_id, None)
    item.expires_at = int((now + MARK_KEPT_FOR).timestamp())
    _save_newest(item, version, artist_id)


def save_terms(
    artist_id: str, kind: PolicyKind, service_id: str | None, terms: Terms | None, number: int
) -> None:
    """Save version `number` of a policy, None for one that was withdrawn.

    Args:
        artist_id: The artist.
        kind: Kind of the policy.
        service_id: The service that the policy is for; None for all of them.
        terms: Terms of the version.
        number: Number of the version.
    """
    version = 2 * number + (terms is None)
    sk = f"{POLICY}{kind}#{service_id}" if service_id else POLICY + kind
    _save_newest(RecordItem.of(ARTIST + artist_id, sk, terms), version, artist_id)


# ---- conversations -----------------------------------------------------------------------------


def find_conversation(conversation_id: str) -> Conversation | None:
    """Find the copy of a conversation."""
    return RecordItem.read(CONVERSATION + conversation_id, RECORD, Conversation)


def find_conversation_with(artist_id: str, client_id: str) -> Conversation | None:
    """Find the copy of the conversation of an artist and a client."""
    conversation_id = RecordItem.read(ARTIST + artist_id, CLIENT + client_id, str)
    return Conversation(conversation_id, artist_id, client_id) if conversation_id else None


@retry_on_conflict
def save_conversation(conversation: Conversation) -> None:
    """Save a copy of a conversation, unless one of its members deleted their account."""
    artist_id, client_id = conversation.artist_id, conversation.client_id
    if tombstones.find_deleted(artist_id, client_id):
        return
    with transaction(RecordItem) as writes:
        writes.save(RecordItem.of(CONVERSATION + conversation.id, RECORD, conversation))
        writes.save(RecordItem.of(ARTIST + artist_id, CLIENT + client_id, conversation.id))
        writes.save(RecordItem.of(CLIENT + client_id, CONVERSATION + conversation.id, artist_id))
        require_accounts(writes, artist_id, client_id)


def save_block(conversation: Conversation, *, by_artist: bool, blocked: bool, version: int) -> None:
    """Save whether one side blocks the other, unless a newer state is stored."""
    side = ARTIST if by_artist else CLIENT
    item = RecordItem.of(CONVERSATION + conversation.id, BLOCK + side, Block(blocked))
    _save_newest(item, version, conversation.artist_id, conversation.client_id)


def is_blocked(conversation_id: str) -> bool:
    """Return whether one member of a conversation blocks the other, read consistently."""
    items = RecordItem.query(
        CONVERSATION + conversation_id, RecordItem.sk.startswith(BLOCK), consistent_read=True
    )
    return any(item.decoded(Block).blocked for item in items)


@retry_on_conflict
def _save_newest(item: RecordItem, version: int, *owner_ids: str) -> None:
    """Save a copy unless one of a higher version is stored or an owner's account was deleted."""
    item.version = version
    stored = find(RecordItem, item.pk, item.sk)
    is_newer = stored is not None and (stored.version or 0) > version
    if is_newer or tombstones.find_deleted(*owner_ids):
        return
    not_newer = RecordItem.pk.does_not_exist() | (RecordItem.version <= version)
    with transaction(RecordItem) as writes:
        writes.save(item, condition=not_newer)
        require_accounts(writes, *owner_ids)
