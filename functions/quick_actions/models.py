"""Records of quick actions."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct, field

from domain.money import Money
from domain.policy_terms import DepositAmount
from shared.http.caller import Role


class QuickActionKind(StrEnum):
    """Purpose of a quick action. All but `send_text` and `custom` need a variable of their own."""

    SEND_TEXT = "send_text"
    FIND_AVAILABILITY = "find_availability"
    DEPOSIT_INFO = "deposit_info"
    POLICY = "policy"
    PRICE_LIST = "price_list"
    CUSTOM = "custom"


class QuickAction(Struct, frozen=True):
    """A button that sends texts.

    Attributes:
        steps: The texts, in the order in which they are sent; they may hold variables.
        one_tap: Whether notifications offer it, to be executed without signing in.
    """

    id: str
    label: str
    kind: QuickActionKind
    steps: tuple[str, ...]
    enabled: bool = True
    one_tap: bool = False


class ArtistActions(Struct, frozen=True):
    """All quick actions of an artist, under one version.

    Attributes:
        own: The actions that the artist created.
        order: Ids of the actions in their order; those it does not name come last.
        hidden: Ids of the system actions that the artist disabled.
        one_tap: Ids of the actions that notifications offer.
    """

    artist_id: str
    own: tuple[QuickAction, ...] = ()
    order: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    one_tap: tuple[str, ...] = ()
    version: int = 0


class ExecutionStatus(StrEnum):
    """Progress of an execution.

    `sent`: its messages are in the conversation. `failed`: none of them is, nor will be.
    """

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class Execution(Struct, frozen=True):
    """An execution of a quick action, which stays on record as the artist's audit.

    Attributes:
        client_id: None once the client's account was deleted.
        texts: The messages; empty once the client's account was deleted.
        fingerprint: Hash of the request, by which a repetition is recognised.
        sk: Sort key of the record, which sorts the artist's executions by time.
        by_link: Whether it was started by a one-tap link.
        reason: Why it failed.
    """

    id: str
    artist_id: str
    client_id: str | None
    conversation_id: str
    action_id: str
    label: str
    texts: tuple[str, ...]
    fingerprint: str = field(name="asked")
    status: ExecutionStatus
    created_at: datetime
    sk: str
    by_link: bool = False
    reason: str = ""
    version: int = 1


# ---- copies of other features' records ---------------------------------------------------------


class Person(Struct, frozen=True):
    """A copy of a user's name and handle, which profiles owns.

    Attributes:
        handle: Name of the artist's page in its address, if the artist has chosen one.
        record_version: Version at profiles; 0 as long as only auth has published the user.
    """

    id: str
    name: str
    role: Role
    handle: str | None = None
    record_version: int = 0


class Conversation(Struct, frozen=True):
    """A copy of a conversation, which messaging owns.

    Attributes:
        client_id: The client, or a guest without an account, to whom nothing can be sent.
    """

    id: str
    artist_id: str
    client_id: str


class Block(Struct, frozen=True):
    """A copy of whether one member of a conversation blocks the other, which messaging decides."""

    blocked: bool


class Service(Struct, frozen=True):
    """A copy of a service, which appointments owns.

    Attributes:
        duration_minutes: Length of one sitting.
        price: Price of one sitting.
        sittings: Number of sittings; None in a copy from before its terms were copied.
        deposit: Deposit that it asks for; None for none.
        deposit_refundable_until_hours: Hours before the start until which the deposit is returned,
            unless the policy decides; None for any time.
    """

    id: str
    name: str
    duration_minutes: int
    price: Money
    sittings: int | None = None
    deposit: DepositAmount | None = None
    deposit_refundable_until_hours: int | None = None
