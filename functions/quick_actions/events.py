"""What quick_actions tells the other features."""

from msgspec import Struct

from shared.events.domain_events import EventData


class TextMessage(Struct, frozen=True, rename="camel", tag_field="type", tag="text"):
    """One text of an execution, as it is to be sent."""

    content: str


class OneTapAction(Struct, frozen=True, rename="camel"):
    """An action that notifications are to offer."""

    action_id: str
    label: str


class QuickActionRowSaved(EventData, frozen=True):
    """An artist arranged their row: notifications offer these of it, in this order."""

    type = "quick_action_row.saved"

    artist_id: str
    one_tap: tuple[OneTapAction, ...]
    record_version: int


class QuickActionExecuted(EventData, frozen=True):
    """An artist tapped: messaging posts all of these as theirs, in this order, or none."""

    type = "quick_action.executed"

    execution_id: str
    artist_id: str
    client_id: str
    conversation_id: str
    action_id: str
    messages: tuple[TextMessage, ...]
