"""What a deleted account means here. The event may come twice, late, or out of order."""

from datetime import datetime, timedelta

from policies import store
from policies.types import UserDeleted
from shared.events import DomainEvent, read_data

# An access token outlives its account by minutes; what it may still do must not be kept.
REMEMBERED_FOR = timedelta(days=1)


def user_deleted(event: DomainEvent, now: datetime) -> None:
    """Erase who the user was in every chain, and what they worked on as an artist."""
    user_id = read_data(event, UserDeleted).user_id
    store.mark_deleted(user_id, now + REMEMBERED_FOR)
    store.erase_signatory(user_id)
    store.erase_artist(user_id)
