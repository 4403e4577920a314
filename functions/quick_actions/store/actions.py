"""Artists' quick actions."""

from quick_actions.models import ArtistActions
from quick_actions.store.table import ARTIST, OutboxItem, RecordItem
from shared.data.dynamodb import transaction
from shared.data.tombstone_items import require_accounts
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add

ACTIONS = "ROW"


def get_actions(artist_id: str) -> ArtistActions:
    """Get the artist's actions, read consistently; version 0 if they never changed any."""
    stored = RecordItem.read(ARTIST + artist_id, ACTIONS, ArtistActions)
    return stored or ArtistActions(artist_id)


def save_actions(actions: ArtistActions, event: DomainEvent) -> None:
    """Save the next version of an artist's actions with its event.

    Raises:
        WriteConflict: The actions were changed meanwhile, or the account was deleted.
    """
    with transaction(RecordItem) as writes:
        RecordItem.of(ARTIST + actions.artist_id, ACTIONS, actions).write(writes, actions.version)
        require_accounts(writes, actions.artist_id)
        add(writes, OutboxItem, [event])
