"""What a deleted account means here. The event may come twice, late, or out of order."""

from datetime import datetime, timedelta

from policies import store
from policies.schemas import UserDeleted
from shared.events.domain_events import DomainEvent, decode_data

# An access token outlives its account by minutes; what it may still do must not be kept.
REMEMBERED_FOR = timedelta(days=1)


def user_deleted(event: DomainEvent, now: datetime) -> None:
    """Erase who the user was in every chain, and what they worked on as an artist."""
    user_id = decode_data(event, UserDeleted).user_id
    store.mark_deleted(user_id, now + REMEMBERED_FOR)
    store.erase_signatory(user_id)
    store.erase_artist(user_id)
