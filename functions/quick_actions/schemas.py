"""Requests and responses of the quick actions API."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from domain import types
from domain.imported_rows import ImportedRow
from domain.types import ClientId, FilledLine, FilledText, Instant, NextCursor, ServiceId
from quick_actions.models import ExecutionStatus, QuickActionKind
from quick_actions.rules.variables import QuickActionVariable
from shared.http.decoding import Input, Output

MAX_STEPS = 5

# In Python, `$` also matches before a final line break; (?!\n) rules that out.
_ULID = "[0-9A-HJKMNP-TV-Z]{26}"
Label = Annotated[
    FilledLine,
    Meta(
        max_length=100,
        description="Text on the button.",
        examples=["Say hello"],
    ),
]
Step = Annotated[
    FilledText,
    Meta(
        max_length=2000,
        description="Text of one message; `{{variables}}` are replaced when it is sent.",
        examples=["Hi {{client.first_name}}, how can I help you?"],
    ),
]
Steps = Annotated[
    tuple[Step, ...],
    Meta(
        min_length=1,
        max_length=MAX_STEPS,
        description="Texts to send, one message each.",
        examples=[["Hi {{client.first_name}}, how can I help you?"]],
    ),
]
_ACTION_ID = Meta(
    description="Id of the quick action.", examples=["qac_01JD2Z5Q0V8XKM3F7T9B4N6RWC"]
)
QuickActionId = Annotated[str, _ACTION_ID]
ValidConversationId = Annotated[types.ConversationId, Meta(max_length=64)]
ValidServiceId = Annotated[ServiceId, Meta(max_length=64)]
PreviewVersion = Annotated[
    str,
    Meta(
        description="Version of the preview; it changes with the messages.",
        examples=["5891b5b522d5df086d0ff0b110fbd9d2"],
    ),
]
ValidClientId = Annotated[ClientId, Meta(pattern=rf"^usr_{_ULID}$(?!\n)")]
ExecutionId = Annotated[
    str,
    Meta(
        description="Id of the execution, chosen by the caller.",
        examples=["2f1c9a0e-7c1b-4f53-9a41-0d7c5f0c6c1e"],
    ),
]
ValidExecutionId = Annotated[ExecutionId, Meta(pattern=r"^[\w.-]{8,48}$(?!\n)")]
NextSlot = Annotated[
    FilledLine,
    Meta(
        max_length=100,
        description="Value of the variable `next_slot`.",
        examples=["Friday at ten"],
    ),
]
ValidStatement = Annotated[str, Meta(max_length=8192)]
Cursor = Annotated[types.Cursor, Meta(max_length=1024)]


# ---- actions -----------------------------------------------------------------------------------


class CreateQuickActionRequest(Input, frozen=True):
    """A new quick action.

    Attributes:
        kind: Purpose of the action. Example: send_text
        enabled: Whether the action can be executed.
        one_tap: Whether notifications offer the action as a button; at most two actions are
            offered.
    """

    label: Label
    kind: QuickActionKind
    steps: Steps
    enabled: bool = True
    one_tap: bool = False


class UpdateQuickActionRequest(Input, frozen=True):
    """The fields of a quick action to change. Of a system action, only `enabled` and `oneTap`.

    Attributes:
        label: Text on the button. Example: Say hello
        kind: Purpose of the action. Example: send_text
        steps: Texts to send, one message each.
            Example: ["Hi {{client.first_name}}, how can I help you?"]
        enabled: Whether the action can be executed.
        one_tap: Whether notifications offer the action as a button; at most two actions are
            offered. While it is off, earlier links do not work.
    """

    label: Label | UnsetType = UNSET
    kind: QuickActionKind | UnsetType = UNSET
    steps: Steps | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    one_tap: bool | UnsetType = UNSET


class QuickActionOrderRequest(Input, frozen=True):
    """The order of the caller's quick actions.

    Attributes:
        ids: Ids of all actions, own and system ones, each exactly once.
            Example: ["qac_01JD2Z5Q0V8XKM3F7T9B4N6RWC", "sys_find_availability",
            "sys_deposit_info", "sys_policy", "sys_price_list"]
    """

    ids: Annotated[tuple[Annotated[QuickActionId, Meta(max_length=64)], ...], Meta(max_length=50)]


class QuickActionView(Output, frozen=True):
    """A quick action.

    Attributes:
        label: Text on the button. Example: Say hello
        kind: Purpose of the action. Example: send_text
        steps: Texts to send, one message each.
            Example: ["Hi {{client.first_name}}, how can I help you?"]
        position: Position among the caller's actions, from 1. Example: 5
        enabled: Whether the action can be executed. Example: true
        one_tap: Whether notifications offer the action as a button. Example: false
        system: Whether every artist has the action. Example: false
    """

    id: QuickActionId
    label: str
    kind: QuickActionKind
    steps: tuple[str, ...]
    position: int
    enabled: bool
    one_tap: bool
    system: bool


class QuickActionList(Output, frozen=True):
    """An artist's quick actions.

    Attributes:
        items: The actions in their order.
        variables: Variables that the texts of actions can use.
            Example: ["client.first_name", "booking_page"]
    """

    items: list[QuickActionView]
    variables: tuple[QuickActionVariable, ...]


# ---- executions --------------------------------------------------------------------------------


class PreviewQuickActionRequest(Input, frozen=True):
    """The client to preview a quick action for, named by the conversation or by the user.

    Attributes:
        conversation_id: The conversation; either this or `clientId` is required.
        client_id: The client; either this or `conversationId` is required. Example: null
        next_slot: Value of the variable `next_slot`. Example: Friday at ten
        service_id: The service whose price and terms are stated; all services unless given.
        booking_statement: `statement` of a booking of the client, whose price and terms are stated
            instead. Example: null
    """

    conversation_id: ValidConversationId | None = None
    client_id: ValidClientId | None = None
    next_slot: NextSlot | None = None
    service_id: ValidServiceId | None = None
    booking_statement: ValidStatement | None = None


class QuickActionMessage(Output, frozen=True, tag_field="type", tag="text"):
    """A text message of a quick action.

    Attributes:
        content: Text of the message, with the values of its variables.
            Example: Hi Ada, how can I help you?
    """

    content: str


class QuickActionPreview(Output, frozen=True):
    """A preview of a quick action.

    Attributes:
        messages: The messages; variables without a value stay as they are.
        missing: Variables without a value. Nothing is sent as long as there are any. Example: []
        version: Version of the preview. An execution that names it sends these messages, or none.
    """

    messages: list[QuickActionMessage]
    missing: list[QuickActionVariable]
    version: PreviewVersion


class ExecuteQuickActionRequest(Input, frozen=True):
    """An execution of a quick action.

    Attributes:
        conversation_id: The conversation to send the messages to.
        execution_id: Id of the execution, chosen by the caller. The same id with the same request
            sends nothing again.
        next_slot: Value of the variable `next_slot`. Example: Friday at ten
        service_id: The service whose price and terms are stated; all services unless given.
        booking_statement: `statement` of a booking of the client, whose price and terms are stated
            instead. Example: null
        preview_version: Version of the preview that was shown. Nothing is sent if the messages are
            no longer those.
    """

    conversation_id: ValidConversationId
    execution_id: ValidExecutionId
    next_slot: NextSlot | None = None
    service_id: ValidServiceId | None = None
    booking_statement: ValidStatement | None = None
    preview_version: Annotated[PreviewVersion, Meta(max_length=64)] | None = None


class QuickActionExecution(Output, frozen=True):
    """An execution of a quick action.

    Attributes:
        label: Text on the button at the time of the execution. Example: Say hello
        client_id: The client; null once their account was deleted.
        messages: The messages; empty once the client's account was deleted.
        status: Progress of the execution. Example: queued
        reason: Code of the reason why it failed; empty unless it did. Example: ""
        by_link: Whether it was started by a one-tap link. Example: false
        created_at: When it was executed.
    """

    id: ExecutionId
    action_id: QuickActionId
    label: str
    conversation_id: types.ConversationId
    client_id: ClientId | None
    messages: list[QuickActionMessage]
    status: ExecutionStatus
    reason: str
    by_link: bool
    created_at: Instant


class QuickActionExecutionsQuery(Input, frozen=True):
    """A page of the caller's executions.

    Attributes:
        limit: Highest number of executions on a page.
    """

    cursor: Cursor | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 20


class QuickActionExecutionList(Output, frozen=True):
    """A page of executions, the newest first.

    Attributes:
        items: Executions of this page.
    """

    items: list[QuickActionExecution]
    next_cursor: NextCursor


# ---- one-tap links -----------------------------------------------------------------------------

OneTapToken = Annotated[
    str,
    Meta(
        description="Signed token of the link, as the notification holds it.",
        examples=["q83vEjRWeJCrze8SNFZ4kA"],
    ),
]


class OneTapResult(Output, frozen=True):
    """The result of a one-tap link. The holder of a link learns nothing else.

    Attributes:
        status: Progress of the execution. Example: queued
    """

    status: ExecutionStatus


# ---- imports of an earlier system ----------------------------------------------------------------


class ImportedQuickAction(ImportedRow, frozen=True, rename="camel"):
    """A quick action of an earlier system.

    Attributes:
        kind: Purpose of the action.
        enabled: Whether the artist sees it.
    """

    artist_id: Annotated[types.ArtistId, Meta(pattern=rf"^usr_{_ULID}$(?!\n)")]
    label: Label
    kind: QuickActionKind
    steps: Steps
    enabled: bool = True
