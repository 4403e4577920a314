"""What quick_actions keeps, as its use cases see it."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from shared.http.caller import Role


class Kind(StrEnum):
    """What an action is for."""

    SEND_TEXT = "send_text"
    FIND_AVAILABILITY = "find_availability"
    DEPOSIT_INFO = "deposit_info"
    POLICY = "policy"
    PRICE_LIST = "price_list"
    CUSTOM = "custom"


class Action(Struct, frozen=True):
    """One button. steps: the texts it sends, in their order, with variables in them.

    one_tap: whether notifications offer it, to be done without signing in.
    """

    id: str
    label: str
    kind: Kind
    steps: tuple[str, ...]
    enabled: bool = True
    one_tap: bool = False


class Row(Struct, frozen=True):
    """An artist's own actions, the order of all of them, and which system ones are hidden.

    one_tap: the ids of those that notifications offer.
    """

    artist_id: str
    own: tuple[Action, ...] = ()
    order: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    one_tap: tuple[str, ...] = ()
    version: int = 0


class Status(StrEnum):
    """What became of an execution. SENT: its messages are in the thread. FAILED: none will be."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class Execution(Struct, frozen=True):
    """Who sent what to whom, when. Texts and client are gone once the client's account is.

    sk: where it lies among the artist's, by time. asked: what it was asked with, to know it again.
    by_link: whether it was tapped in a notification.
    """

    id: str
    artist_id: str
    client_id: str | None
    conversation_id: str
    action_id: str
    label: str
    texts: tuple[str, ...]
    asked: str
    status: Status
    created_at: datetime
    sk: str
    by_link: bool = False
    reason: str = ""
    version: int = 1


class Person(Struct, frozen=True):
    """A copy of somebody's card. handle: of an artist's page, once it has one."""

    id: str
    name: str
    role: Role
    handle: str | None = None
    record_version: int = 0


class Conversation(Struct, frozen=True):
    """That these two have a thread."""

    id: str
    artist_id: str
    client_id: str


class Money(Struct, frozen=True):
    """So many minor units of a currency (ISO 4217)."""

    amount: int
    currency: str


class Service(Struct, frozen=True):
    """A copy of what an artist offers. price: of all sittings."""

    id: str
    name: str
    duration_minutes: int
    price: Money
