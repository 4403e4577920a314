"""Acceptances in the table: the chain of each artist, and the links that each user added."""

from collections.abc import Iterator

from pynamodb.exceptions import AttributeDeserializationError
from pynamodb.expressions.condition import Condition

from policies.rules.hash_chain import Head, Link, Statement, StoredLink
from policies.store.table import (
    ACCEPTED,
    CHAIN,
    GIVEN,
    HEAD,
    LINK,
    USER,
    AcceptedItem,
    DraftItem,
    GivenItem,
    HeadItem,
    LinkItem,
    OutboxItem,
    cut_page,
    link_key,
    query_items,
)
from shared.data import dynamodb
from shared.data.dynamodb import transaction
from shared.data.tombstone_items import require_accounts
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add

UNREADABLE_HEAD = Head(0, "")  # matches no chain, and nothing can be appended to it


def find_head(artist_id: str) -> Head | None:
    """Return the end of the artist's chain, read consistently; None if it has no links.

    An item that we cannot have written is returned as UNREADABLE_HEAD.
    """
    try:
        item = dynamodb.find(HeadItem, CHAIN + artist_id, HEAD)
        return Head(int(item.number), item.hash) if item else None
    except (AttributeDeserializationError, TypeError, ValueError):
        return UNREADABLE_HEAD


def find_acceptance(user_id: str, version_id: str, appointment_id: str | None) -> StoredLink | None:
    """Return the place of a user's acceptance of a version, for an appointment or for none."""
    item = dynamodb.find(
        AcceptedItem, USER + user_id, _get_accepted_key(version_id, appointment_id)
    )
    if item is None:
        return None
    number = int(item.number)
    link = dynamodb.find(LinkItem, CHAIN + item.artist_id, link_key(number))
    return StoredLink(item.artist_id, number, _decode_link(link) if link else None)


def append(
    statement: Statement,
    link: Link,
    user_id: str,
    head: Head,
    event: DomainEvent,
    *,
    unreadable: StoredLink | None = None,
) -> None:
    """Append a user's link to the chain that ends with `head`, and save the event.

    Args:
        statement: The statement of the link.
        link: The link.
        user_id: The user.
        head: The end of the chain.
        event: The event that the version was accepted.
        unreadable: The place of the acceptance that the link repeats, because it is unreadable.

    Raises:
        WriteConflict: The chain grew in the meantime, the user has accepted the version for this
            appointment, or their account was deleted.
    """
    artist_id, number = statement.artist_id, statement.number
    appended = LinkItem(
        CHAIN + artist_id,
        link_key(number),
        statement=link.statement,
        hash=link.hash,
        signatory=link.signatory,
        salt=link.salt,
    )
    new_head = HeadItem(CHAIN + artist_id, HEAD, number=number, hash=link.hash)
    given = GivenItem(
        USER + user_id, GIVEN + statement.acceptance_id, artist_id=artist_id, number=number
    )
    accepted = AcceptedItem(
        USER + user_id,
        _get_accepted_key(statement.version_id, statement.appointment_id),
        artist_id=artist_id,
        number=number,
    )
    is_first: Condition = AcceptedItem.pk.does_not_exist()
    if unreadable is not None:
        is_first = AcceptedItem.number == unreadable.number
    at_head = (HeadItem.hash == head.hash) if head.number else HeadItem.pk.does_not_exist()
    with transaction(DraftItem) as writes:
        require_accounts(writes, user_id)
        writes.save(appended, condition=LinkItem.pk.does_not_exist())
        writes.save(new_head, condition=at_head)
        writes.save(given)
        writes.save(accepted, condition=is_first)
        add(writes, OutboxItem, [event])


def read_chain(artist_id: str) -> Iterator[Link]:
    """Yield all stored links in order, read consistently page by page.

    An item that we cannot have written is yielded as an empty link.
    """
    items = LinkItem.query(CHAIN + artist_id, LinkItem.sk.startswith(LINK), consistent_read=True)
    for item in items:
        yield _decode_link(item) or Link(0, "", "", None, None)


def list_received(
    artist_id: str, before: str | None, limit: int
) -> tuple[list[StoredLink], str | None]:
    """Return a page of the artist's chain, newest first, and the position of its end.

    The position is None on the last page.
    """
    items = query_items(LinkItem, CHAIN + artist_id, LINK, before, limit + 1, newest_first=True)
    page, last = cut_page(items, limit)
    return [StoredLink(artist_id, _find_number(item), _decode_link(item)) for item in page], last


def list_given(user_id: str, before: str | None, limit: int) -> tuple[list[StoredLink], str | None]:
    """Return a page of the links that a user added to any chain; see `list_received`."""
    items = query_items(GivenItem, USER + user_id, GIVEN, before, limit + 1, newest_first=True)
    page, last = cut_page(items, limit)
    keys = [(CHAIN + item.artist_id, link_key(int(item.number))) for item in page]
    links = {
        (item.pk, item.sk): _decode_link(item)
        for item in LinkItem.batch_get(keys, consistent_read=True)
    }
    places = [
        StoredLink(item.artist_id, int(item.number), links.get(key))
        for item, key in zip(page, keys, strict=True)
    ]
    return places, last


def _decode_link(item: LinkItem) -> Link | None:
    number = _find_number(item)
    if number is None or item.statement is None or item.hash is None:
        return None
    return Link(number, item.statement, item.hash, item.signatory, item.salt)


def _find_number(item: LinkItem) -> int | None:
    """Return the number in the key of a link, or None if we cannot have made the key."""
    text = item.sk.removeprefix(LINK)
    is_ours = text.isascii() and text.isdecimal() and item.sk == link_key(int(text))
    return int(text) if is_ours else None


def _get_accepted_key(version_id: str, appointment_id: str | None) -> str:
    return f"{ACCEPTED}{version_id}#{appointment_id or '*'}"
