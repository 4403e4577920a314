"""The erasure of deleted accounts' data in the table."""

from datetime import datetime

from pynamodb.exceptions import UpdateError

from policies.store.table import (
    ACCEPTED,
    ARTIST,
    BOOKED,
    CHAIN,
    CURRENT,
    DRAFT,
    GIVEN,
    HEAD,
    LINK,
    USER,
    VERSION,
    AcceptedItem,
    BookedItem,
    CurrentItem,
    DraftItem,
    GivenItem,
    HeadItem,
    LinkItem,
    VersionItem,
    link_key,
)
from shared.data.dynamodb import Item, is_condition_failure


def erase_signatory(user_id: str) -> None:
    """Erase a user as the signatory of every link that they added to a chain."""
    given = GivenItem.query(USER + user_id, GivenItem.sk.startswith(GIVEN), consistent_read=True)
    for item in given:
        _erase_signatory_of(item.artist_id, int(item.number))
        item.delete()  # last, so that it is found again after a crash
    for model, prefix in ((AcceptedItem, ACCEPTED), (BookedItem, BOOKED)):
        _delete_all(model, USER + user_id, prefix)


def erase_artist(artist_id: str, until: datetime) -> None:
    """Delete an artist's drafts and current versions, and let what binds others expire.

    Versions and acceptances prove what was agreed until then.
    """
    for model, prefix in ((DraftItem, DRAFT), (CurrentItem, CURRENT)):
        _delete_all(model, ARTIST + artist_id, prefix)
    expiry = int(until.timestamp())
    _expire_all(VersionItem, ARTIST + artist_id, VERSION, expiry)
    _expire_all(LinkItem, CHAIN + artist_id, LINK, expiry)
    _expire_all(HeadItem, CHAIN + artist_id, HEAD, expiry)


def _expire_all(model: type[Item], pk: str, prefix: str, expiry: int) -> None:
    for item in model.query(pk, model.sk.startswith(prefix), consistent_read=True):
        if item.expires_at is None:
            model(item.pk, item.sk).update(
                actions=[model.expires_at.set(expiry)], condition=model.pk.exists()
            )


def _delete_all(model: type[Item], pk: str, prefix: str) -> None:
    items = model.query(pk, model.sk.startswith(prefix), consistent_read=True)
    with model.batch_write() as batch:
        for item in items:
            batch.delete(item)


def _erase_signatory_of(artist_id: str, number: int) -> None:
    try:
        LinkItem(CHAIN + artist_id, link_key(number)).update(
            actions=[LinkItem.signatory.remove(), LinkItem.salt.remove()],
            condition=LinkItem.pk.exists(),
        )
    except UpdateError as error:
        # A missing link names no one; that it is missing is for the verification to report.
        if not is_condition_failure(error):
            raise
