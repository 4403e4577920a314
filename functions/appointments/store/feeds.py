"""Calendar feeds: whose they are, by the hash of their secret token."""

from appointments.store.table import FEED, FEED_TOKEN, PERSON, RECORD, RecordItem
from shared.data.dynamodb import transaction
from shared.data.record_items import json_of


def find_feed_token_hash(user_id: str) -> str | None:
    """Return the hash of the token of a user's feed."""
    return RecordItem.read(PERSON + user_id, FEED, str)


def find_feed_owner(token_hash: str) -> str | None:
    """Return the user whose feed has a token with this hash."""
    return RecordItem.read(FEED_TOKEN + token_hash, RECORD, str)


def replace_feed(user_id: str, before: str | None, after: str | None) -> None:
    """Replace the token of a user's feed.

    Args:
        user_id: Owner of the feed.
        before: Hash of the present token; None where there is no feed.
        after: Hash of the new token; None to delete the feed.

    Raises:
        WriteConflict: The present token is no longer that of `before`.
    """
    pointer = RecordItem.of(PERSON + user_id, FEED, after)
    unchanged = RecordItem.record == json_of(before) if before else RecordItem.pk.does_not_exist()
    with transaction(RecordItem) as writes:
        if before is not None:
            writes.delete(RecordItem.of(FEED_TOKEN + before, RECORD, user_id))
        if after is not None:
            writes.save(RecordItem.of(FEED_TOKEN + after, RECORD, user_id))
            writes.save(pointer, condition=unchanged)
        else:
            writes.delete(pointer, condition=unchanged)
