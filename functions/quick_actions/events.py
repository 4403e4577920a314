"""Events that quick_actions publishes and consumes."""

from msgspec import UNSET, Struct, UnsetType

from domain.policy_terms import DepositAmount, PolicyKind, Terms
from quick_actions.models import ArtistActions, Execution, QuickAction
from quick_actions.rules import artist_actions
from shared.events.domain_events import ConsumedEvent, EventData
from shared.http.caller import Role


class TextMessage(Struct, frozen=True, rename="camel", tag_field="type", tag="text"):
    """A text message to be sent."""

    content: str


class OneTapAction(Struct, frozen=True, rename="camel"):
    """A quick action that notifications offer.

    Attributes:
        content_hash: Hash of its label and texts. A link holds it, and executes nothing else.
    """

    action_id: str
    label: str
    content_hash: str


class QuickActionRowSaved(EventData, frozen=True):
    """An artist's quick actions were changed.

    Attributes:
        one_tap: The actions that notifications offer, in their order.
    """

    type = "quick_action_row.saved"

    artist_id: str
    one_tap: tuple[OneTapAction, ...]
    record_version: int


class QuickActionExecuted(EventData, frozen=True):
    """An artist executed a quick action.

    Attributes:
        messages: The messages that messaging sends as the artist's, in this order: all or none.
    """

    type = "quick_action.executed"

    execution_id: str
    artist_id: str
    client_id: str
    conversation_id: str
    action_id: str
    messages: tuple[TextMessage, ...]


def saved_data(actions: ArtistActions, offered: list[QuickAction]) -> QuickActionRowSaved:
    """Build the data of the event that an artist's quick actions were changed.

    Args:
        actions: The actions after the change.
        offered: Those that notifications offer, in their order.
    """
    return QuickActionRowSaved(
        artist_id=actions.artist_id,
        one_tap=tuple(
            OneTapAction(action.id, action.label, artist_actions.hash_content(action))
            for action in offered
        ),
        record_version=actions.version,
    )


def executed_data(execution: Execution) -> QuickActionExecuted:
    """Build the data of the event that an artist executed a quick action."""
    return QuickActionExecuted(
        execution_id=execution.id,
        artist_id=execution.artist_id,
        client_id=execution.client_id or "",
        conversation_id=execution.conversation_id,
        action_id=execution.action_id,
        messages=tuple(TextMessage(text) for text in execution.texts),
    )


# ---- consumed ----------------------------------------------------------------------------------


class UserVerified(ConsumedEvent, frozen=True):
    """`user.verified` of auth."""

    user_id: str
    name: str
    role: Role


class ProfileUpdated(ConsumedEvent, frozen=True):
    """`user.profile.updated` of profiles."""

    user_id: str
    role: Role
    name: str
    handle: str | None
    record_version: int


class UserDeleted(ConsumedEvent, frozen=True):
    """`user.deleted` of auth."""

    user_id: str


class ConversationOpened(ConsumedEvent, frozen=True):
    """`conversation.opened` of messaging.

    Attributes:
        client_id: None for a guest, who has no account.
        guest_id: None for a client.
    """

    conversation_id: str
    artist_id: str
    client_id: str | None
    guest_id: str | None = None


class BlockChanged(ConsumedEvent, frozen=True):
    """`conversation.block_changed` of messaging.

    Attributes:
        client_id: None for a guest, who has no account.
        user_id: The member who blocked the other, or no longer does.
    """

    conversation_id: str
    artist_id: str
    client_id: str | None
    user_id: str
    blocked: bool
    record_version: int


class ConsumedPrice(ConsumedEvent, frozen=True):
    """The price of a service."""

    amount: int
    currency: str


class ServiceSaved(ConsumedEvent, frozen=True):
    """`service.saved` of appointments.

    Attributes:
        deposit: UNSET in events from before they held it.
    """

    service_id: str
    artist_id: str
    name: str
    duration_minutes: int
    price: ConsumedPrice
    sittings: int
    record_version: int
    deposit: DepositAmount | UnsetType | None = UNSET
    deposit_refundable_until_hours: int | None = None


class ServiceRemoved(ConsumedEvent, frozen=True):
    """`service.removed` of appointments."""

    service_id: str
    artist_id: str
    record_version: int


class PolicyPublished(ConsumedEvent, frozen=True):
    """`policy.published` of policies."""

    terms: Terms


class PolicyWithdrawn(ConsumedEvent, frozen=True):
    """`policy.withdrawn` of policies."""

    artist_id: str
    service_id: str | None
    kind: PolicyKind
    number: int


class ExecutionPosted(ConsumedEvent, frozen=True):
    """`quick_action.posted` of messaging: all messages are in the conversation."""

    execution_id: str
    artist_id: str


class ExecutionRefused(ConsumedEvent, frozen=True):
    """`quick_action.refused` of messaging: no message is in the conversation, nor will be."""

    execution_id: str
    artist_id: str
    reason: str


PUBLISHED = (QuickActionExecuted, QuickActionRowSaved)
