"""Keys of tokens, without their secrets."""

from collections.abc import Iterable
from datetime import datetime

from pynamodb.attributes import BinaryAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.exceptions import PutError

from auth.rules.token_keys import Kind, TokenKey
from shared.data.conflicts import WriteConflict
from shared.data.dynamodb import Item, is_condition_failure, table_meta

TOKEN_KEYS = "TOKEN-KEYS"  # noqa: S105


class TokenKeyItem(Item):
    """A key of tokens: see `auth.rules.token_keys.TokenKey`."""

    Meta = table_meta("auth")
    kind = UnicodeAttribute()
    key_id = UnicodeAttribute()
    starts_at = UTCDateTimeAttribute()
    ends_at = UTCDateTimeAttribute()
    honoured_until = UTCDateTimeAttribute()
    certificate = UnicodeAttribute(null=True)
    sealed_key = BinaryAttribute(null=True, legacy_encoding=False)


def list_token_keys(now: datetime) -> list[TokenKey]:
    """List the keys that are honoured now or later, read consistently, the earliest first."""
    items = TokenKeyItem.query(TOKEN_KEYS, consistent_read=True)
    keys = [_to_key(item) for item in items]
    return sorted((key for key in keys if key.honoured_until > now), key=lambda key: key.starts_at)


def add_token_key(key: TokenKey) -> None:
    """Store a key.

    Raises:
        WriteConflict: There is a key of this kind with the same start.
    """
    item = TokenKeyItem(
        TOKEN_KEYS,
        _sort_key(key),
        kind=key.kind,
        key_id=key.id,
        starts_at=key.starts_at,
        ends_at=key.ends_at,
        honoured_until=key.honoured_until,
        expires_at=int(key.honoured_until.timestamp()),
        certificate=key.certificate or None,
        sealed_key=key.sealed_key or None,
    )
    try:
        item.save(condition=TokenKeyItem.pk.does_not_exist())
    except PutError as error:
        if is_condition_failure(error):
            raise WriteConflict from error
        raise


def delete_token_keys(keys: Iterable[TokenKey]) -> None:
    """Delete keys, so that nothing that they signed or sealed is honoured any more."""
    with TokenKeyItem.batch_write() as batch:
        for key in keys:
            batch.delete(TokenKeyItem(TOKEN_KEYS, _sort_key(key)))


def _sort_key(key: TokenKey) -> str:
    return f"{key.kind.upper()}#{key.starts_at:%Y-%m-%dT%H:%M:%SZ}"


def _to_key(item: TokenKeyItem) -> TokenKey:
    return TokenKey(
        kind=Kind(item.kind),
        id=item.key_id,
        starts_at=item.starts_at,
        ends_at=item.ends_at,
        honoured_until=item.honoured_until,
        certificate=item.certificate or "",
        sealed_key=item.sealed_key or b"",
    )
