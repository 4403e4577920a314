"""Albums, and their order: one record of an artist, which also limits how many there are."""

from collections.abc import Collection

from pynamodb.transactions import TransactWrite

from profiles.models.portfolio import Album, AlbumOrder
from profiles.rules.ids import get_artist_id, get_sort_key
from profiles.store.portfolio import PORTFOLIO
from profiles.store.table import RecordItem
from shared.data.dynamodb import transaction
from shared.data.tombstone_items import require_accounts

ALBUM, ALBUMS = "ALBUM#", "ALBUMS"


def find_album(album_id: str) -> Album | None:
    """Return an album, read consistently."""
    artist_id = get_artist_id(album_id)
    return RecordItem.read(*_get_keys(artist_id, album_id), Album) if artist_id else None


def find_albums(artist_id: str, album_ids: Collection[str]) -> list[Album]:
    """Return those of up to 100 albums that exist, in order."""
    keys = [_get_keys(artist_id, album_id) for album_id in album_ids]
    items = RecordItem.batch_get(keys, consistent_read=True) if keys else ()
    albums = {item.sk: item.decoded(Album) for item in items}
    return [albums[sk] for _, sk in keys if sk in albums]


def find_order(artist_id: str) -> AlbumOrder:
    """Return the ids of an artist's albums in their order, read consistently."""
    return RecordItem.read(PORTFOLIO + artist_id, ALBUMS, AlbumOrder) or AlbumOrder()


def create_album(album: Album, order: AlbumOrder) -> None:
    """Store a new album, and the order that it is in.

    Raises:
        WriteConflict: Albums were added, removed or moved, or the account was deleted.
    """
    with transaction(RecordItem) as writes:
        require_accounts(writes, album.artist_id)
        _build_item(album).write(writes, album.version)
        _write_order(writes, album.artist_id, order)


def update_album(album: Album) -> None:
    """Store a new version of an album.

    Raises:
        WriteConflict: The album was changed or deleted, or the account was deleted.
    """
    with transaction(RecordItem) as writes:
        require_accounts(writes, album.artist_id)
        _build_item(album).write(writes, album.version)


def save_order(artist_id: str, order: AlbumOrder) -> None:
    """Store the order of an artist's albums.

    Raises:
        WriteConflict: Albums were added, removed or moved, or the account was deleted.
    """
    with transaction(RecordItem) as writes:
        require_accounts(writes, artist_id)
        _write_order(writes, artist_id, order)


def delete_album(album: Album, order: AlbumOrder) -> None:
    """Delete an album, and store the order without it.

    Raises:
        WriteConflict: The album was changed or deleted, or others were added, removed or moved.
    """
    with transaction(RecordItem) as writes:
        writes.delete(_build_item(album), condition=RecordItem.unchanged_since(album.version))
        _write_order(writes, album.artist_id, order)


def delete_albums(artist_id: str) -> None:
    """Delete all albums of a deleted account."""
    RecordItem(PORTFOLIO + artist_id, ALBUMS).delete()
    RecordItem.delete_all(RecordItem.query(PORTFOLIO + artist_id, RecordItem.sk.startswith(ALBUM)))


def _write_order(writes: TransactWrite, artist_id: str, order: AlbumOrder) -> None:
    RecordItem.of(PORTFOLIO + artist_id, ALBUMS, order).write(writes, order.version)


def _get_keys(artist_id: str, album_id: str) -> tuple[str, str]:
    return PORTFOLIO + artist_id, ALBUM + get_sort_key(album_id)


def _build_item(album: Album) -> RecordItem:
    return RecordItem.of(*_get_keys(album.artist_id, album.id), album)
