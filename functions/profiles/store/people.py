"""Cards: who people are to others."""

from collections.abc import Iterable

from pynamodb.transactions import TransactWrite

from profiles.models.pages import Card
from profiles.store.table import PERSON, OutboxItem, RecordItem, alive
from shared.data.dynamodb import transaction
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add

CARD, CARDS = "CARD", "CARDS#"
SHARDS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # the last character of a ULID is any of these
BATCH = 100  # BatchGetItem's own limit


def find_card(user_id: str) -> Card | None:
    """Somebody's card, read consistently."""
    return RecordItem.read(PERSON + user_id, CARD, Card)


def find_cards(user_ids: Iterable[str]) -> dict[str, Card]:
    """The cards of these people, of those who have one, by their ids."""
    keys = [(PERSON + user_id, CARD) for user_id in dict.fromkeys(user_ids)]
    found = [kept.decoded(Card) for kept in RecordItem.batch_get(keys)] if keys else []
    return {card.user_id: card for card in found}


def write_card(writes: TransactWrite, card: Card) -> None:
    """Keep a card in its new version."""
    kept = RecordItem.of(PERSON + card.user_id, CARD, card)
    kept.listed_in, kept.listed_as = CARDS + card.user_id[-1], card.user_id
    kept.write(writes, card.version)


def delete_card(writes: TransactWrite, user_id: str, card: Card | None) -> None:
    """Delete somebody's card, which is this one, or none."""
    kept = RecordItem(PERSON + user_id, CARD)
    writes.delete(kept, condition=RecordItem.unchanged_since(card.version if card else 0))


def save_card(card: Card, events: Iterable[DomainEvent]) -> None:
    """Keep a card in its new version, with events.

    Raises Conflict where it was changed meanwhile, or the account is gone.
    """
    with transaction(RecordItem) as writes:
        alive(writes, card.user_id)
        write_card(writes, card)
        add(writes, OutboxItem, events)


def tell_again(card: Card, events: Iterable[DomainEvent]) -> None:
    """Tell events of a card as it is. Raises Conflict where it was changed meanwhile, or erased."""
    with transaction(RecordItem) as writes:
        unchanged = RecordItem.unchanged_since(card.version)
        writes.condition_check(RecordItem, PERSON + card.user_id, CARD, condition=unchanged)
        add(writes, OutboxItem, events)


def list_cards(shard: str, after: str | None, limit: int) -> list[Card]:
    """So many cards of a shard, in the order of their owners' ids, after that of `after`."""
    later = RecordItem.listed_as > after if after else None
    found = RecordItem.by_list.query(CARDS + shard, later, limit=limit)
    return [kept.decoded(Card) for kept in found]
