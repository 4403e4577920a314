"""Clients of artists."""

import msgspec
from pynamodb.transactions import TransactWrite

from profiles.models.clients import Client
from profiles.store import paging
from profiles.store.table import PERSON, RecordItem
from shared.data.dynamodb import transaction
from shared.data.tombstone_items import require_accounts

CLIENTS, CLIENT = "CLIENTS#", "CLIENT#"


def find_client(artist_id: str, client_id: str) -> Client | None:
    """Return an artist's client, read consistently; None if they are not related."""
    return RecordItem.read(*_get_keys(artist_id, client_id), Client)


def list_clients(artist_id: str, after: str | None, limit: int) -> tuple[list[Client], str | None]:
    """Return a page of an artist's clients, ordered by id, and where the next page starts."""
    items, last = paging.list_items(
        RecordItem, CLIENTS + artist_id, CLIENT, after, limit, newest_first=False
    )
    return [item.decoded(Client) for item in items], last


def list_artists(client_id: str, limit: int) -> list[str]:
    """Return the ids of up to `limit` artists of a client.

    Those of version 0.3 are read from the index, which lags behind.
    """
    pk = PERSON + client_id
    listed, _ = paging.list_items(RecordItem, pk, CLIENT, None, limit, newest_first=False)
    earlier, _ = paging.list_by_index(pk, CLIENT, None, limit)
    keys = [item.sk for item in listed] + [item.listed_as or "" for item in earlier]
    return [key.removeprefix(CLIENT) for key in dict.fromkeys(keys)][:limit]


def save_client(client: Client) -> None:
    """Store a new version of a client.

    Raises:
        WriteConflict: The client was changed, or one of the two accounts was deleted.
    """
    with transaction(RecordItem) as writes:
        write_client(writes, client)


def save_client_alone(client: Client) -> None:
    """Store a new version of a known client, even if an account was deleted.

    Raises:
        WriteConflict: The client was changed or deleted.
    """
    if not client.is_listed:
        _create_reference(client).save()
    item = _create_item(client)
    item.put(RecordItem.unchanged_since(client.version - 1))


def write_client(writes: TransactWrite, client: Client) -> None:
    """Store a new version of a client as part of a transaction."""
    require_accounts(writes, client.artist_id, client.client_id)
    if not client.is_listed:
        writes.save(_create_reference(client))
    _create_item(client).write(writes, client.version)


def require_client(writes: TransactWrite, artist_id: str, client_id: str) -> None:
    """Let the transaction fail with a WriteConflict if the artist has no such client."""
    writes.condition_check(
        RecordItem, *_get_keys(artist_id, client_id), condition=RecordItem.pk.exists()
    )


def require_unchanged(writes: TransactWrite, client: Client) -> None:
    """Let the transaction fail with a WriteConflict if a client is not as it was read.

    Version 0 stands for somebody who was no client of the artist.
    """
    unchanged = RecordItem.unchanged_since(client.version)
    keys = _get_keys(client.artist_id, client.client_id)
    writes.condition_check(RecordItem, *keys, condition=unchanged)


def delete_client(artist_id: str, client_id: str) -> None:
    """Delete the record of a client."""
    RecordItem(*_get_keys(artist_id, client_id)).delete()
    # Last: a run that is cut off before it finds the client by it again.
    RecordItem(PERSON + client_id, CLIENT + artist_id).delete()


def _create_item(client: Client) -> RecordItem:
    listed = msgspec.structs.replace(client, is_listed=True)
    item = RecordItem.of(*_get_keys(client.artist_id, client.client_id), listed)
    item.version = client.version
    return item


def _create_reference(client: Client) -> RecordItem:
    return RecordItem.of(PERSON + client.client_id, CLIENT + client.artist_id, None)


def _get_keys(artist_id: str, client_id: str) -> tuple[str, str]:
    return CLIENTS + artist_id, CLIENT + client_id
