"""What quick_actions tells the other features."""

from msgspec import Struct

from shared.events import EventData


class TextMessage(Struct, frozen=True, rename="camel", tag_field="type", tag="text"):
    """One text of an execution, as it is to be sent."""

    content: str


class QuickActionExecuted(EventData, frozen=True):
    """An artist tapped: messaging posts all of these as theirs, in this order, or none."""

    type = "quick_action.executed"

    execution_id: str
    artist_id: str
    client_id: str
    conversation_id: str
    action_id: str
    messages: tuple[TextMessage, ...]
