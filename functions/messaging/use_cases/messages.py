"""Messages that members send."""

from datetime import datetime
from hashlib import sha256

import msgspec

from domain.errors import FieldError, InvalidFields
from messaging.models import AttachmentKind, MessageType
from messaging.rules import text
from messaging.rules.errors import ClientMessageIdReused
from messaging.schemas import MAX_CONTENT, MessageView, SendMessageRequest
from messaging.store import files
from messaging.use_cases import drafts, guest_replies, membership, message_sequence, replies
from messaging.use_cases.guest_replies import GuestReply
from messaging.use_cases.membership import Member
from messaging.use_cases.message_sequence import Draft
from shared.data import clean_files
from shared.http import rate_limits
from shared.http.caller import Caller

# Per user and 15 minutes: a lively conversation stays far below it, an advertiser soon exceeds it.
SEND_LIMIT = 300

_KINDS = {
    MessageType.IMAGE: AttachmentKind.IMAGE,
    MessageType.VIDEO: AttachmentKind.VIDEO,
    MessageType.VOICE: AttachmentKind.AUDIO,
}


class SendResult(msgspec.Struct, frozen=True):
    """The result of sending.

    Attributes:
        message: The message.
        is_new: Whether it was posted now; False where the same id had posted it before.
    """

    message: MessageView
    is_new: bool


def send(
    caller: Caller, conversation_id: str, request: SendMessageRequest, now: datetime
) -> SendResult:
    """Send a message. The same `client_message_id` and body again post nothing.

    Three reads, one write, one job on the queue. A reply is one read more.

    Raises:
        NotFound: The caller is not a member of the conversation.
        Blocked: One of the two members blocks the other.
        PersonGone: The account of the other member was deleted.
        ClientMessageIdReused: The id was used for another body.
        InvalidFields: The text is missing, an attachment cannot be attached, or `humanAgent` is
            sent where there is no guest.
        ReplyWindowClosed: The platform takes no reply to the guest now.
        GuestConversation: It replies to a message, and the other member is a guest.
    """
    rate_limits.enforce(rate_limits.count("messages", caller.user_id, SEND_LIMIT, now))
    return post(caller, conversation_id, request, now)


def post(
    caller: Caller, conversation_id: str, request: SendMessageRequest, now: datetime
) -> SendResult:
    """Post a message, as `send` does, without counting it against the caller's limit.

    The draft of the member ends with it, which costs nothing where they have none.
    """
    member = membership.require_writer(caller.user_id, conversation_id)
    if request.reply_to is not None:
        replies.require_message(member, request.reply_to)
    draft = _draft(caller, request)
    reply = guest_replies.prepare(member, human_agent=request.human_agent, now=now)
    if reply is not None:
        draft = _address(draft, reply)
    message, is_new = message_sequence.append(member.conversation, draft, now)
    # A message that was deleted meanwhile has no hash to compare with.
    if not is_new and message.body_hash not in (None, draft.body_hash):
        raise ClientMessageIdReused("This clientMessageId was used for another message.")
    if caller.acting_id is None:
        drafts.end(member, message.created_at, now)
    return SendResult(replies.present(message, caller.user_id), is_new)


def check(caller: Caller, member: Member, request: SendMessageRequest) -> None:
    """Check the text, the attachments and the reply of a message that is to be sent later.

    Raises:
        InvalidFields: The text is missing, an attachment cannot be attached, or it replies to what
            is no message of the conversation.
        GuestConversation: It replies to a message, and the other member is a guest.
    """
    if request.reply_to is not None:
        replies.require_message(member, request.reply_to)
    _draft(caller, request)


def clean_content(content: str, *, required: bool) -> str:
    """Clean the text of a message.

    Texts of quick actions arrive with names in them, and were not measured as requests are.

    Raises:
        InvalidFields: The text is too long, or it is required and nothing visible is left of it.
    """
    cleaned = text.clean(content)
    if len(cleaned) > MAX_CONTENT:
        message = f"must have at most {MAX_CONTENT} characters"
        raise InvalidFields(FieldError("body.content", message))
    if required and text.is_blank(cleaned):
        raise InvalidFields(FieldError("body.content", "must hold text"))
    return cleaned


def hash_body(type_: str, content: str, attachments: list[str], reply_to: str | None = None) -> str:
    """Return a hash by which a repeated request is compared."""
    body = [type_, content, attachments]
    return sha256(msgspec.json.encode(body if reply_to is None else [*body, reply_to])).hexdigest()


def hash_request(request: SendMessageRequest) -> str:
    """Return the hash of a request, whose text may not have been cleaned yet."""
    type_ = MessageType(request.type)
    content = clean_content(request.content, required=type_ is MessageType.TEXT)
    return hash_body(type_, content, request.attachments, request.reply_to)


def _draft(caller: Caller, request: SendMessageRequest) -> Draft:
    type_ = MessageType(request.type)
    content = clean_content(request.content, required=type_ is MessageType.TEXT)
    _require_attachable(caller, type_, request.attachments)
    return Draft(
        type=type_,
        content=content,
        attachments=tuple(request.attachments),
        sender_id=caller.user_id,
        acting_id=caller.acting_id,
        client_message_id=request.client_message_id,
        body_hash=hash_body(type_, content, request.attachments, request.reply_to),
        reply_to=request.reply_to,
    )


def _address(draft: Draft, reply: GuestReply) -> Draft:
    """Return a draft that is sent to a guest too."""
    return msgspec.structs.replace(
        draft,
        guest_id=reply.guest_id,
        platform=reply.platform,
        delivery=reply.delivery,
        human_agent=reply.human_agent,
    )


def _require_attachable(caller: Caller, type_: MessageType, attachments: list[str]) -> None:
    """Check that attachments are the caller's own clean files, of the kind of the message.

    Raises:
        InvalidFields: Some are not; each is named.
    """
    if type_ is MessageType.TEXT:
        if attachments:
            raise InvalidFields(FieldError("body.attachments", "must be empty for a text"))
        return
    if not attachments:
        raise InvalidFields(FieldError("body.attachments", "must name a file"))
    if type_ is MessageType.VOICE and len(attachments) > 1:
        raise InvalidFields(FieldError("body.attachments", "must name one sound"))
    kinds = _find_kinds(caller, attachments)
    errors = []
    for position, file_id in enumerate(attachments):
        kind = kinds.get(file_id)
        field = f"body.attachments[{position}]"
        if kind is None:
            errors.append(FieldError(field, "is not one of your files that were found clean"))
        elif kind is not _KINDS.get(type_, kind):
            errors.append(FieldError(field, f"is not of the kind {type_}"))
        elif file_id in attachments[:position]:
            errors.append(FieldError(field, "is named twice"))
    if errors:
        raise InvalidFields(*errors)


def _find_kinds(caller: Caller, file_ids: list[str]) -> dict[str, AttachmentKind]:
    """Return the kinds of those of some files that are clean ones of the caller, by their ids.

    One read, and one of each file whose event is still on its way.
    """
    kinds = {file.id: file.kind for file in files.find_all(file_ids, caller.user_id).values()}
    unknown = [file_id for file_id in file_ids if file_id not in kinds]
    for file in clean_files.find(unknown, caller.user_id).values():
        kinds[file.id] = AttachmentKind.of(file.content_type)
    return kinds
