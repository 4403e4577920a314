"""Sending: what members write."""

from datetime import datetime
from hashlib import sha256

import msgspec

from domain.errors import FieldError, InvalidFields
from messaging.models import FileKind, Type
from messaging.rules import text
from messaging.rules.errors import ClientMessageIdReused
from messaging.schemas import MessageRequest, MessageView
from messaging.store import files
from messaging.use_cases import membership, message_sequence, presenter
from messaging.use_cases.message_sequence import Draft
from shared.http import rate_limits
from shared.http.caller import Caller

# Per user and quarter of an hour: a lively talk is far below it, an advertiser soon above it.
MESSAGES = 300

_KINDS = {Type.IMAGE: FileKind.IMAGE, Type.VIDEO: FileKind.VIDEO}


class Sent(msgspec.Struct, frozen=True):
    """The message, and whether it is new: not when it was sent before under the same id."""

    message: MessageView
    is_new: bool


def send(caller: Caller, conversation_id: str, request: MessageRequest, now: datetime) -> Sent:
    """Post the message; the same `client_message_id` and body again post nothing.

    Three reads, one write, one order on the queue. Raises a 404 Problem for who is no member, a 403
    one where one blocked the other, a 409 one where the other is gone, a 429 one for a message too
    many, and a 422 one for wrong fields, or where the id was used for another body.
    """
    rate_limits.enforce(rate_limits.count("messages", caller.user_id, MESSAGES, now))
    member = membership.writing(caller.user_id, conversation_id)
    draft = _draft(caller, request)
    message, is_new = message_sequence.post(member.conversation, draft, now)
    # What was deleted since cannot be compared any more.
    if not is_new and message.body_hash not in (None, draft.body_hash):
        raise ClientMessageIdReused("This clientMessageId was used for another message.")
    return Sent(presenter.of_message(message), is_new)


def checked(content: str, *, required: bool) -> str:
    """The content, cleaned. Raises a 422 Problem where nothing is left of what is required."""
    clean = text.cleaned(content)
    if required and text.is_blank(clean):
        raise InvalidFields(FieldError("body.content", "must hold text"))
    return clean


def _draft(caller: Caller, request: MessageRequest) -> Draft:
    kind = Type(request.type)
    content = checked(request.content, required=kind is Type.TEXT)
    _check_attachments(caller, kind, request.attachments)
    body = [request.type, content, request.attachments]
    return Draft(
        type=kind,
        content=content,
        attachments=tuple(request.attachments),
        sender_id=caller.user_id,
        client_message_id=request.client_message_id,
        body_hash=sha256(msgspec.json.encode(body)).hexdigest(),
    )


def _check_attachments(caller: Caller, kind: Type, attachments: list[str]) -> None:
    """Raise a 422 Problem unless these are the caller's own files, clean, and of this kind."""
    if kind is Type.TEXT:
        if attachments:
            raise InvalidFields(FieldError("body.attachments", "a text has none"))
        return
    if not attachments:
        raise InvalidFields(FieldError("body.attachments", "must name a file"))
    theirs = files.find_all(attachments, caller.user_id)
    errors = []
    for position, file_id in enumerate(attachments):
        file = theirs.get(file_id)
        field = f"body.attachments[{position}]"
        if file is None:
            errors.append(FieldError(field, "is not one of your files that were found clean"))
        elif file.kind is not _KINDS.get(kind, file.kind):
            errors.append(FieldError(field, f"is no {kind}"))
        elif file_id in attachments[:position]:
            errors.append(FieldError(field, "is named twice"))
    if errors:
        raise InvalidFields(*errors)
