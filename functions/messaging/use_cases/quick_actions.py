"""Quick actions: texts that an artist tapped instead of typing them.

They are the artist's own messages, under ids made of the execution's: heard twice, they are posted
once. Who may write to whom is decided here as for what is typed, and once for all texts of one
execution. What became of it is told before the event is done with, so that a crash tells it again.
"""

from datetime import datetime
from hashlib import sha256

import msgspec

from domain.errors import DomainError
from messaging.events import QuickActionExecuted, QuickActionPosted, QuickActionRefused
from messaging.models import Conversation, Type
from messaging.rules.errors import NotTheArtist
from messaging.store import conversations
from messaging.store import messages as message_store
from messaging.use_cases import membership, message_sequence, messages
from messaging.use_cases.message_sequence import Draft
from shared.events import outbox
from shared.events.domain_events import DomainEvent, EventData, decode_data, new_event


def quick_action_executed(heard: DomainEvent, now: datetime) -> None:
    """Post all texts as the artist's, or none, and tell which."""
    executed = decode_data(heard, QuickActionExecuted)
    conversation = conversations.find(executed.conversation_id)
    try:
        drafts = _drafts(conversation, executed)
    except DomainError as problem:
        refused = QuickActionRefused(
            executed.execution_id, executed.artist_id, executed.conversation_id, problem.code
        )
        _tell(executed, refused, now)
        return
    assert conversation is not None
    for draft in drafts:
        message_sequence.post(conversation, draft, now)
    _tell(executed, QuickActionPosted(executed.execution_id, executed.artist_id), now)


def _drafts(conversation: Conversation | None, executed: QuickActionExecuted) -> list[Draft]:
    """The texts as messages. Raises a Problem where the artist may not write there.

    What was begun is brought to its end, even if one blocked the other since.
    """
    first = _message_id(executed, 1)
    begun = message_store.find_sent(executed.conversation_id, executed.artist_id, first)
    member = membership.of(executed.artist_id, executed.conversation_id)
    if conversation is None or conversation.artist_id != member.user_id:
        raise NotTheArtist()
    if begun is None:
        membership.check_writing(conversation)
    return [
        _draft(executed, number, messages.checked(text.content, required=True))
        for number, text in enumerate(executed.messages, start=1)
    ]


def _draft(executed: QuickActionExecuted, number: int, content: str) -> Draft:
    body = [Type.TEXT, content, []]
    return Draft(
        type=Type.TEXT,
        content=content,
        sender_id=executed.artist_id,
        client_message_id=_message_id(executed, number),
        body_hash=sha256(msgspec.json.encode(body)).hexdigest(),
    )


def _message_id(executed: QuickActionExecuted, number: int) -> str:
    return f"qa:{executed.execution_id}:{number}"


def _tell(executed: QuickActionExecuted, outcome: EventData, now: datetime) -> None:
    told = new_event("messaging", executed.execution_id, outcome, now)
    # The id is made of what it is about: told again, it is known again.
    about = f"{executed.artist_id}.{executed.execution_id}"
    outbox.publish([msgspec.structs.replace(told, id=f"evt_{about}")])
