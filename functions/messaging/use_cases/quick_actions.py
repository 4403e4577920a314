"""Quick actions: texts that an artist posts by one tap instead of typing them.

They become the artist's own messages, under ids made from the execution's id, so that a repeated
event posts nothing twice. The same rules hold as for typed messages, checked once for all texts of
an execution. The outcome is published before the event is acknowledged: a crash in between
publishes it again, under the same event id.
"""

from datetime import datetime

import msgspec

from domain.errors import DomainError, GuestConversation
from messaging.events import QuickActionExecuted, QuickActionPosted, QuickActionRefused
from messaging.models import Conversation, MessageType
from messaging.rules.errors import NotTheArtist
from messaging.store import messages as message_store
from messaging.use_cases import membership, message_sequence, messages
from messaging.use_cases.message_sequence import Draft
from shared.events import outbox
from shared.events.domain_events import DomainEvent, EventData, decode_data, new_event


def post_texts(event: DomainEvent, now: datetime) -> None:
    """Post all texts of an execution as the artist's, or none; publish which of the two."""
    executed = decode_data(event, QuickActionExecuted)
    try:
        conversation, drafts = _draft_texts(executed)
    except DomainError as error:
        refused = QuickActionRefused(
            executed.execution_id, executed.artist_id, executed.conversation_id, error.code
        )
        _publish_outcome(executed, refused, now)
        return
    for draft in drafts:
        message_sequence.append(conversation, draft, now)
    _publish_outcome(executed, QuickActionPosted(executed.execution_id, executed.artist_id), now)


def _draft_texts(executed: QuickActionExecuted) -> tuple[Conversation, list[Draft]]:
    """Return the conversation, and the texts as drafts.

    An execution whose first text was posted is completed, even if a block was set meanwhile.

    Raises:
        DomainError: The artist may not write there, or a text is blank.
    """
    member = membership.require_member(executed.artist_id, executed.conversation_id)
    conversation = member.conversation
    if conversation.artist_id != member.user_id:
        raise NotTheArtist()
    if conversation.guest_id is not None:
        raise GuestConversation()
    begun = message_store.find_by_client_message_id(
        conversation.id, executed.artist_id, _get_message_id(executed, 1)
    )
    if begun is None:
        membership.require_writable(conversation)
        membership.require_admitted(member.other_id)
    return conversation, [
        _draft_text(executed, number, messages.clean_content(text.content, required=True))
        for number, text in enumerate(executed.messages, start=1)
    ]


def _draft_text(executed: QuickActionExecuted, number: int, content: str) -> Draft:
    return Draft(
        type=MessageType.TEXT,
        content=content,
        sender_id=executed.artist_id,
        client_message_id=_get_message_id(executed, number),
        body_hash=messages.hash_body(MessageType.TEXT, content, []),
    )


def _get_message_id(executed: QuickActionExecuted, number: int) -> str:
    return f"{message_store.PREPARED}{executed.execution_id}:{number}"


def _publish_outcome(executed: QuickActionExecuted, outcome: EventData, now: datetime) -> None:
    event = new_event("messaging", executed.execution_id, outcome, now)
    # The id is made from the execution, so that a repetition is recognized.
    key = f"{executed.artist_id}.{executed.execution_id}"
    outbox.publish([msgspec.structs.replace(event, id=f"evt_{key}")])
