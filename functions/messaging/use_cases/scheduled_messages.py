"""Scheduled messages: what a member writes now, and the sweeper sends at its time.

Everything that is checked when a member sends is checked when the message is sent. What forbids it
then is stored with the message, where its author sees it.
"""

from datetime import datetime, timedelta

import msgspec

from domain.errors import DomainError, FieldError, InvalidFields, NotFound, Unavailable
from domain.ids import new_id
from messaging.live import fanout
from messaging.live.frames import ScheduledChangedFrame
from messaging.models import Message, MessageType, ScheduledMessage, ScheduledStatus, Side
from messaging.rules.errors import (
    AlreadySent,
    AuthorBanned,
    ClientMessageIdReused,
    TooManyScheduled,
)
from messaging.schemas import (
    ChangeScheduledRequest,
    ScheduledList,
    ScheduledView,
    ScheduleMessageRequest,
    SendMessageRequest,
)
from messaging.store import messages as message_store
from messaging.store import scheduled_messages as store
from messaging.use_cases import membership, messages, replies
from shared.data import bans
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.events import sweeper
from shared.http import rate_limits
from shared.http.caller import Caller, Role

MAX_SCHEDULED = 100  # of a user, those that were refused included
FURTHEST = timedelta(days=366)
SWEEP_LIMIT = 200  # of one sweep; the rest is due in the next minute

_ROLES = {Side.ARTIST: Role.ARTIST, Side.CLIENT: Role.CLIENT}


def schedule(
    caller: Caller, conversation_id: str, request: ScheduleMessageRequest, now: datetime
) -> tuple[ScheduledView, bool]:
    """Schedule a message, and return it and whether it is new. Again, it adds nothing.

    Raises:
        NotFound: The caller is not a member of the conversation.
        Blocked: One of the two members blocks the other.
        PersonGone: The account of the other member was deleted.
        ClientMessageIdReused: The id was used for another message.
        InvalidFields: The time has passed or is too far ahead, or the message cannot be sent.
        TooManyScheduled: The caller has 100 scheduled messages already.
        GuestConversation: It replies to a message, and the other member is a guest.
    """
    rate_limits.enforce(rate_limits.count("messages", caller.user_id, messages.SEND_LIMIT, now))
    member = membership.require_writer(caller.user_id, conversation_id)
    message = _get_message(request)
    if message.reply_to is not None:
        replies.require_message(member, message.reply_to)
    messages.check(caller, member, message)
    wanted = ScheduledMessage(
        id=new_id("smg"),
        conversation_id=member.conversation.id,
        user_id=caller.user_id,
        role=_ROLES[member.side],
        client_message_id=request.client_message_id,
        request=msgspec.to_builtins(message),
        send_at=request.send_at,
        created_at=now,
        due_at=request.send_at,
    )
    earlier = store.find_same(wanted)
    if earlier is None:
        _require_time(request.send_at, now)
        if len(store.list_open(caller.user_id, MAX_SCHEDULED)) >= MAX_SCHEDULED:
            raise TooManyScheduled(f"You can have {MAX_SCHEDULED} scheduled messages.")
        earlier = store.add(wanted)
    if earlier.id != wanted.id:
        is_sent = earlier.status is ScheduledStatus.SENT
        if not is_sent and (earlier.request, earlier.send_at) != (wanted.request, wanted.send_at):
            raise ClientMessageIdReused("This clientMessageId was used for another message.")
        return present(earlier), False
    _announce(wanted, now)
    return present(wanted), True


def list_open(caller: Caller) -> ScheduledList:
    """Return the caller's messages that were not sent yet, or were refused, by their times."""
    scheduled = store.list_open(caller.user_id, MAX_SCHEDULED)
    return ScheduledList([present(each) for each in scheduled])


def get(caller: Caller, scheduled_id: str) -> ScheduledView:
    """Return a scheduled message of the caller; one that was sent, for seven days.

    Raises:
        NotFound: The caller has no such message.
    """
    return present(_require(caller, scheduled_id))


@retry_on_conflict
def change(
    caller: Caller, scheduled_id: str, request: ChangeScheduledRequest, now: datetime
) -> ScheduledView:
    """Change the text, the attachments or the time. A refused message is scheduled again.

    Raises:
        NotFound: The caller has no such message.
        AlreadySent: It was sent, or is being sent.
        InvalidFields: The time has passed or is too far ahead, or the message cannot be sent.
    """
    scheduled = _require(caller, scheduled_id)
    if scheduled.status is ScheduledStatus.SENT:
        raise _sent()
    changes = {
        name: value
        for name, value in (("content", request.content), ("attachments", request.attachments))
        if value is not None
    }
    message = msgspec.convert(scheduled.request | changes, SendMessageRequest)
    member = membership.require_member(caller.user_id, scheduled.conversation_id)
    messages.check(caller, member, message)
    send_at = request.send_at or scheduled.send_at
    _require_time(send_at, now)
    changed = store.change(
        scheduled,
        now,
        request=msgspec.to_builtins(message),
        send_at=send_at,
        due_at=send_at,
        status=ScheduledStatus.SCHEDULED.value,
        reason=None,
        detail=None,
    )
    if changed is None:
        current = _require(caller, scheduled_id)
        if current.version != scheduled.version and current.status is not ScheduledStatus.SENT:
            raise WriteConflict  # another device changed it meanwhile
        raise _sent()
    _announce(changed, now)
    return present(changed)


def cancel(caller: Caller, scheduled_id: str, now: datetime) -> None:
    """Cancel a message that was not sent.

    Raises:
        NotFound: The caller has no such message.
        AlreadySent: It was sent, or is being sent.
    """
    scheduled = _require(caller, scheduled_id)
    if not store.cancel(scheduled, now):
        raise _sent()
    _announce(
        msgspec.structs.replace(
            scheduled, status=ScheduledStatus.CANCELLED, version=scheduled.version + 1
        ),
        now,
    )


def send_now(caller: Caller, scheduled_id: str, now: datetime) -> ScheduledView:
    """Send a message before its time, or one that was refused. Again, it sends nothing.

    Raises:
        NotFound: The caller has no such message.
        AlreadySent: It is being sent at this moment.
        DomainError: Whatever forbids sending it; the message stays as it was.
    """
    scheduled = _require(caller, scheduled_id)
    if scheduled.status is ScheduledStatus.SENT:
        return present(scheduled)
    claimed = store.claim(scheduled.id, now, early=True)
    if claimed is None:
        raise _sent()
    try:
        message_id = _post(claimed, now)
    except DomainError:
        store.settle(claimed, due_at=scheduled.due_at)
        raise
    return present(_settle_sent(claimed, message_id, now))


def send_due(now: datetime) -> int:
    """Send the messages whose time has come, and return the number of those that were due.

    Raises:
        SweepIncomplete: That failed for some of them, which are due again in a few minutes.
    """
    due = store.find_due(now, SWEEP_LIMIT)
    return sweeper.do_each(due, lambda scheduled_id: _send_due(scheduled_id, now))


def _send_due(scheduled_id: str, now: datetime) -> None:
    claimed = store.claim(scheduled_id, now)
    if claimed is None:
        return
    try:
        message_id = _post(claimed, now)
    except DomainError as error:
        if error.retry_after_seconds is not None or isinstance(error, Unavailable):
            raise  # nothing forbids it, so it is due again
        refused = store.settle(
            claimed,
            status=ScheduledStatus.REFUSED.value,
            reason=error.code,
            detail=_explain(error),
            due_at=None,
        )
        if refused is not None:
            _announce(refused, now)
        return
    _settle_sent(claimed, message_id, now)


def _post(claimed: ScheduledMessage, now: datetime) -> str:
    """Post a message, unless an attempt that died had posted it. Return its id.

    Raises:
        DomainError: It may not be sent.
    """
    request = msgspec.convert(claimed.request, SendMessageRequest)
    posted = _find_posted(claimed)
    if posted is not None:
        # A message that was deleted meanwhile has no hash to compare with.
        if posted.body_hash not in (None, messages.hash_request(request)):
            raise ClientMessageIdReused("This clientMessageId was used for another message.")
        return posted.id
    if bans.is_banned(claimed.user_id):
        raise AuthorBanned("Your account is banned.")
    author = Caller(claimed.user_id, "", claimed.role, "")
    return messages.post(author, claimed.conversation_id, request, now).message.id


def _find_posted(claimed: ScheduledMessage) -> Message | None:
    member = membership.require_member(claimed.user_id, claimed.conversation_id)
    return message_store.find_by_client_message_id(
        member.conversation.id, claimed.user_id, claimed.client_message_id
    )


def _settle_sent(claimed: ScheduledMessage, message_id: str, now: datetime) -> ScheduledMessage:
    sent = store.settle(
        claimed,
        status=ScheduledStatus.SENT.value,
        message_id=message_id,
        request={},
        reason=None,
        detail=None,
        due_at=None,
        expires_at=now + store.SENT_KEPT_FOR,
    )
    if sent is None:  # the claim had ended, and another one sent it
        return msgspec.structs.replace(
            claimed, status=ScheduledStatus.SENT, message_id=message_id, request={}
        )
    _announce(sent, now)
    return sent


def present(scheduled: ScheduledMessage) -> ScheduledView:
    """Present a scheduled message to its author."""
    message = msgspec.convert(scheduled.request, SendMessageRequest) if scheduled.request else None
    return ScheduledView(
        id=scheduled.id,
        conversation_id=scheduled.conversation_id,
        client_message_id=scheduled.client_message_id,
        type=MessageType(message.type) if message else None,
        content=message.content if message else None,
        attachments=tuple(message.attachments) if message else (),
        human_agent=message.human_agent if message else False,
        send_at=scheduled.send_at,
        status=scheduled.status,
        reason=scheduled.reason,
        detail=scheduled.detail,
        message_id=scheduled.message_id,
        created_at=scheduled.created_at,
        version=scheduled.version,
        reply_to=message.reply_to if message else None,
    )


def _announce(scheduled: ScheduledMessage, now: datetime) -> None:
    frame = ScheduledChangedFrame(present(scheduled))
    fanout.post_to_users([scheduled.user_id], frame, now, personal=True)


def _get_message(request: ScheduleMessageRequest) -> SendMessageRequest:
    """Return the request that will send the message."""
    names = SendMessageRequest.__struct_fields__
    return SendMessageRequest(**{name: getattr(request, name) for name in names})


def _require(caller: Caller, scheduled_id: str) -> ScheduledMessage:
    scheduled = store.find(caller.user_id, scheduled_id)
    if scheduled is None:
        raise NotFound("There is no such scheduled message.")
    return scheduled


def _require_time(send_at: datetime, now: datetime) -> None:
    if send_at <= now:
        raise InvalidFields(FieldError("body.sendAt", "must be in the future"))
    if send_at > now + FURTHEST:
        message = f"must be at most {FURTHEST.days} days ahead"
        raise InvalidFields(FieldError("body.sendAt", message))


def _explain(error: DomainError) -> str:
    if isinstance(error, InvalidFields):
        return "; ".join(f"{each.field} {each.message}" for each in error.errors)
    return error.detail


def _sent() -> AlreadySent:
    return AlreadySent("The message was sent, or is being sent.")
