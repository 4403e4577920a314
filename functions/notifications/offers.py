"""What an artist may do with one tap from a notification: quick actions of theirs, as links."""

from notifications.records import Contact, OfferedAction
from shared import one_tap
from shared.events import DomainEvent
from shared.one_tap import OneTap

Offers = tuple[OfferedAction, ...]


def of(artist: Contact, conversation_id: str, event: DomainEvent) -> Offers:
    """The actions that the artist chose, for this conversation, each to be done once per event."""
    ends = event.time + one_tap.VALID_FOR
    return tuple(
        OfferedAction(
            title=action.label,
            link=one_tap.link(OneTap(artist.id, conversation_id, action.action_id, event.id, ends)),
            expires_at=ends,
        )
        for action in artist.one_tap
    )
