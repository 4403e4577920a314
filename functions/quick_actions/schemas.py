"""What quick_actions is asked, answers and hears. What it tells others stands in `facts`."""

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from domain.policy_terms import Kind as PolicyKind
from domain.policy_terms import Terms
from quick_actions.models import Kind, Money, Status
from quick_actions.rules.variables import Variable
from shared.http.caller import Role
from shared.http.decoding import Input, Output

MAX_STEPS = 5

# Python's `$` lets a line break follow: (?!\n) does not.
_ULID = "[0-9A-HJKMNP-TV-Z]{26}"
Label = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
Text = Annotated[str, Meta(min_length=1, max_length=2000, pattern=r"\S")]
Steps = Annotated[tuple[Text, ...], Meta(min_length=1, max_length=MAX_STEPS)]
ConversationId = Annotated[str, Meta(max_length=64)]
ClientId = Annotated[str, Meta(pattern=rf"^usr_{_ULID}$(?!\n)")]
ActionId = Annotated[str, Meta(max_length=64)]
ExecutionId = Annotated[str, Meta(pattern=r"^[\w.-]{8,48}$(?!\n)", description="your own id")]
NextSlot = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
Limit = Annotated[int, Meta(ge=1, le=100)]
Cursor = Annotated[str, Meta(max_length=1024)]


# ---- the row -----------------------------------------------------------------------------------


class ActionRequest(Input, frozen=True):
    """An action of one's own. `steps`: what it sends, one message each, with `{{variables}}`.

    `oneTap`: whether notifications offer it as a button; at most two are offered.
    """

    label: Label
    kind: Kind
    steps: Steps
    enabled: bool = True
    one_tap: bool = False


class ActionChange(Input, frozen=True):
    """What changes; of an action of the system only `enabled` and `oneTap` may.

    While `oneTap` is off, no link works that was made before.
    """

    label: Label | UnsetType = UNSET
    kind: Kind | UnsetType = UNSET
    steps: Steps | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    one_tap: bool | UnsetType = UNSET


class OrderRequest(Input, frozen=True):
    """All actions by their ids, own and system ones, in the order they are wanted in."""

    ids: Annotated[tuple[ActionId, ...], Meta(max_length=50)]


class ActionView(Output, frozen=True):
    """An action. `position`: 1 is the first. `system`: everybody has it."""

    id: str
    label: str
    kind: Kind
    steps: tuple[str, ...]
    position: int
    enabled: bool
    one_tap: bool
    system: bool


class Actions(Output, frozen=True):
    """The row, and the variables that its texts may use."""

    items: list[ActionView]
    variables: tuple[Variable, ...]


# ---- executing ---------------------------------------------------------------------------------


class PreviewRequest(Input, frozen=True):
    """With whom: by the thread or by the client. `nextSlot`: the value of `{{next_slot}}`."""

    conversation_id: ConversationId | None = None
    client_id: ClientId | None = None
    next_slot: NextSlot | None = None


class TextView(Output, frozen=True, tag_field="type", tag="text"):
    """One message as it would be sent."""

    content: str


class Preview(Output, frozen=True):
    """What would be sent; nothing would be while variables are `missing`."""

    messages: list[TextView]
    missing: list[Variable]


class ExecutionRequest(Input, frozen=True):
    """Where, and under which id of the caller's own: the same again sends nothing again."""

    conversation_id: ConversationId
    execution_id: ExecutionId
    next_slot: NextSlot | None = None


class ExecutionView(Output, frozen=True):
    """What was sent, or is to be. `messages` is empty once the client's account was deleted.

    `reason`: why it failed. `byLink`: it was tapped in a notification.
    """

    id: str
    action_id: str
    label: str
    conversation_id: str
    client_id: str | None
    messages: list[TextView]
    status: Status
    reason: str
    by_link: bool
    created_at: datetime


class ExecutionsQuery(Input, frozen=True):
    """One page."""

    cursor: Cursor | None = None
    limit: Limit = 20


class Executions(Output, frozen=True):
    """A page, the newest first."""

    items: list[ExecutionView]
    next_cursor: str | None


# ---- links -------------------------------------------------------------------------------------


class Tapped(Output, frozen=True):
    """That it is done; whoever holds the link learns nothing else."""

    status: Status


# ---- what is heard -----------------------------------------------------------------------------


class Heard(Struct, frozen=True, rename="camel"):
    """Base of what is read of events, whatever else they hold."""


class UserVerified(Heard, frozen=True):
    """auth's `user.verified`."""

    user_id: str
    name: str
    role: Role


class ProfileUpdated(Heard, frozen=True):
    """profiles' `user.profile.updated`."""

    user_id: str
    role: Role
    name: str
    handle: str | None
    record_version: int


class UserDeleted(Heard, frozen=True):
    """auth's `user.deleted`."""

    user_id: str


class ConversationOpened(Heard, frozen=True):
    """messaging's `conversation.opened`."""

    conversation_id: str
    artist_id: str
    client_id: str


class ServiceSaved(Heard, frozen=True):
    """appointments' `service.saved`."""

    service_id: str
    artist_id: str
    name: str
    duration_minutes: int
    price: Money
    record_version: int


class ServiceRemoved(Heard, frozen=True):
    """appointments' `service.removed`."""

    service_id: str
    artist_id: str
    record_version: int


class PolicyPublished(Heard, frozen=True):
    """policies' `policy.published`."""

    terms: Terms


class PolicyWithdrawn(Heard, frozen=True):
    """policies' `policy.withdrawn`."""

    artist_id: str
    service_id: str | None
    kind: PolicyKind
    number: int


class ExecutionPosted(Heard, frozen=True):
    """messaging's `quick_action.posted`: all of it is in the thread."""

    execution_id: str
    artist_id: str


class ExecutionRefused(Heard, frozen=True):
    """messaging's `quick_action.refused`: none of it is in the thread, nor will be."""

    execution_id: str
    artist_id: str
    reason: str
