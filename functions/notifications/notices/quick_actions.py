"""Quick actions in notices: links by which an artist executes them with one tap."""

from notifications.models import Contact, NotificationAction
from shared.events.domain_events import DomainEvent
from shared.http import one_tap_links
from shared.http.one_tap_links import OneTap

Actions = tuple[NotificationAction, ...]


def build_actions(artist: Contact, conversation_id: str, event: DomainEvent) -> Actions:
    """Build the actions that the artist chose; each can be done once per event."""
    expires_at = event.time + one_tap_links.VALID_FOR
    return tuple(
        NotificationAction(
            title=action.label,
            link=one_tap_links.link(
                OneTap(
                    artist.id,
                    conversation_id,
                    action.action_id,
                    event.id,
                    expires_at,
                    action.content_hash,
                )
            ),
            expires_at=expires_at,
        )
        for action in artist.one_tap
    )
