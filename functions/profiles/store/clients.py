"""Clients of artists."""

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


def list_client_records(client_id: str, limit: int) -> list[Client]:
    """Return up to `limit` records of a client, one per artist; eventually consistent."""
    items, _ = paging.list_by_index(PERSON + client_id, CLIENT, None, limit)
    return [item.decoded(Client) for item in items]


def save_client(client: Client) -> None:
    """Store a new version of a client.

    Raises:
        WriteConflict: The client was changed, or one of the two accounts was deleted.
    """
    with transaction(RecordItem) as writes:
        write_client(writes, client)


def write_client(writes: TransactWrite, client: Client) -> None:
    """Store a new version of a client as part of a transaction."""
    require_accounts(writes, client.artist_id, client.client_id)
    item = RecordItem.of(*_get_keys(client.artist_id, client.client_id), client)
    item.listed_in, item.listed_as = PERSON + client.client_id, CLIENT + client.artist_id
    item.write(writes, client.version)


def require_client(writes: TransactWrite, artist_id: str, client_id: str) -> None:
    """Let the transaction fail with a WriteConflict if the artist has no such client."""
    writes.condition_check(
        RecordItem, *_get_keys(artist_id, client_id), condition=RecordItem.pk.exists()
    )


def delete_client(artist_id: str, client_id: str) -> None:
    """Delete the record of a client."""
    RecordItem(*_get_keys(artist_id, client_id)).delete()


def _get_keys(artist_id: str, client_id: str) -> tuple[str, str]:
    return CLIENTS + artist_id, CLIENT + client_id
