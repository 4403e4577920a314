"""Acceptances in the table: the chain of each artist, and the links that each user added."""

from collections.abc import Iterator

from pynamodb.exceptions import AttributeDeserializationError

from policies.rules.hash_chain import Head, Link, Statement
from policies.store.table import (
    CHAIN,
    DELETED,
    GIVEN,
    HEAD,
    LINK,
    USER,
    DeletedItem,
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


def append(statement: Statement, link: Link, user_id: str, head: Head, event: DomainEvent) -> None:
    """Append a user's link to the chain that ends with `head`, and save the event.

    Raises:
        WriteConflict: The chain grew in the meantime, or the user's account was deleted.
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
    at_head = (HeadItem.hash == head.hash) if head.number else HeadItem.pk.does_not_exist()
    with transaction(DraftItem) as writes:
        writes.condition_check(
            DeletedItem, USER + user_id, DELETED, condition=DeletedItem.pk.does_not_exist()
        )
        writes.save(appended, condition=LinkItem.pk.does_not_exist())
        writes.save(new_head, condition=at_head)
        writes.save(given)
        add(writes, OutboxItem, [event])


def read_chain(artist_id: str) -> Iterator[Link]:
    """Yield all stored links in order, read consistently page by page.

    An item that we cannot have written is yielded as an empty link, which is the last.
    """
    items = LinkItem.query(CHAIN + artist_id, LinkItem.sk.startswith(LINK), consistent_read=True)
    try:
        for item in items:
            yield _decode_link(item)
    except (AttributeDeserializationError, ValueError):
        yield Link(0, "", "", None, None)


def list_received(artist_id: str, before: str | None, limit: int) -> tuple[list[Link], str | None]:
    """Return a page of the artist's chain, newest first, and the position of its end.

    The position is None on the last page.
    """
    items = query_items(LinkItem, CHAIN + artist_id, LINK, before, limit + 1, newest_first=True)
    page, last = cut_page(items, limit)
    return [_decode_link(item) for item in page], last


def list_given(user_id: str, before: str | None, limit: int) -> tuple[list[Link], str | None]:
    """Return a page of the links that a user added to any chain; see `list_received`."""
    items = query_items(GivenItem, USER + user_id, GIVEN, before, limit + 1, newest_first=True)
    page, last = cut_page(items, limit)
    keys = [(CHAIN + item.artist_id, link_key(int(item.number))) for item in page]
    links = {
        (item.pk, item.sk): _decode_link(item)
        for item in LinkItem.batch_get(keys, consistent_read=True)
    }
    return [links[key] for key in keys if key in links], last


def _decode_link(item: LinkItem) -> Link:
    number = int(item.sk.removeprefix(LINK))
    if item.sk != link_key(number) or item.statement is None or item.hash is None:
        raise ValueError("not a link that we wrote")
    return Link(number, item.statement, item.hash, item.signatory, item.salt)
