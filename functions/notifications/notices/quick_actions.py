"""What an artist may do with one tap from a notification: quick actions of theirs, as links."""

from notifications.models import Contact, OfferedAction
from shared.events.domain_events import DomainEvent
from shared.http import one_tap_links
from shared.http.one_tap_links import OneTap

Offers = tuple[OfferedAction, ...]


def of(artist: Contact, conversation_id: str, event: DomainEvent) -> Offers:
    """The actions that the artist chose, for this conversation, each to be done once per event."""
    ends = event.time + one_tap_links.VALID_FOR
    return tuple(
        OfferedAction(
            title=action.label,
            link=one_tap_links.link(
                OneTap(artist.id, conversation_id, action.action_id, event.id, ends)
            ),
            expires_at=ends,
        )
        for action in artist.one_tap
    )
