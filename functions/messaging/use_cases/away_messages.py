"""Away messages: what clients and guests read who write while the artist is not there."""

from datetime import datetime

from domain.errors import FieldError, InvalidFields, SessionEnded
from domain.ids import is_guest
from messaging.events import AvailabilitySaved, AwayMessageEnabled
from messaging.models import ArtistHours, AwayMessage, Conversation, Message, MessageType
from messaging.rules import away as rules
from messaging.rules import text
from messaging.rules.guest_messages import GuestDelivery, GuestDeliveryStatus
from messaging.rules.reply_windows import ReplyState
from messaging.schemas import AwayMessageRequest, AwayMessageView
from messaging.store import away as store
from messaging.store import person_copies
from messaging.use_cases import guest_cards, message_sequence
from messaging.use_cases.message_sequence import Draft
from shared.data import bans, tombstones
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.events import outbox
from shared.events.domain_events import DomainEvent, decode_data, new_event
from shared.http.caller import Caller


def get(caller: Caller, now: datetime) -> AwayMessageView:
    """Return the caller's away message, and whether they are away now."""
    return _present(store.get(caller.user_id), store.find_hours(caller.user_id), now)


@retry_on_conflict
def replace(caller: Caller, request: AwayMessageRequest, now: datetime) -> AwayMessageView:
    """Replace the caller's away message.

    Raises:
        InvalidFields: It is on, but holds no text.
        SessionEnded: The caller's account was deleted.
    """
    person = person_copies.find(caller.user_id)
    if person is None:
        raise WriteConflict  # the event of the account is still on its way
    if person.erased_at is not None:
        raise SessionEnded("Sign in again.")
    content = text.clean(request.content)
    if request.enabled and text.is_blank(content):
        raise InvalidFields(FieldError("body.content", "must hold text"))
    hours = store.find_hours(caller.user_id)
    if request.enabled and hours is None:
        asked = AwayMessageEnabled(caller.user_id)
        outbox.publish([new_event("messaging", caller.user_id, asked, now)])
    away = AwayMessage(id=caller.user_id, enabled=request.enabled, content=content)
    store.replace(away)
    person_copies.set_away_enabled(caller.user_id, request.enabled)
    return _present(away, hours, now)


def save_hours(event: DomainEvent, _now: datetime) -> None:
    """Copy the opening hours of an artist, unless a newer copy exists."""
    saved = decode_data(event, AvailabilitySaved)
    if tombstones.is_deleted(saved.artist_id):
        return
    store.upsert_hours(
        ArtistHours(
            id=saved.artist_id,
            time_zone=saved.time_zone,
            weekly=saved.weekly,
            overrides={each.date.isoformat(): each.windows for each in saved.overrides},
            time_off=tuple((off.starts_at, off.ends_at) for off in saved.time_off),
            record_version=saved.record_version,
        )
    )


def answer(conversation: Conversation, message: Message, now: datetime) -> None:
    """Post the artist's away message after a message of the other member, once per away period.

    Nothing is posted across a block, after a deleted account, and where the artist is there. What
    an artist writes, by hand or by this, is never answered.
    """
    if message.sender_id != conversation.client_id or message.type is MessageType.SYSTEM:
        return
    if message.deleted_at is not None or not conversation.can_write:
        return
    away, hours = store.get(conversation.artist_id), store.find_hours(conversation.artist_id)
    start = rules.find_start(hours, message.created_at) if hours else None
    if not away.enabled or start is None or _is_banned(conversation):
        return
    draft = Draft(
        type=MessageType.SYSTEM,
        content=away.content,
        author_id=conversation.artist_id,
        source=f"away {start:%Y-%m-%dT%H:%M:%SZ}",
    )
    if message.guest_id is not None:
        addressed = _address(draft, conversation, now)
        if addressed is None:
            return
        draft = addressed
    message_sequence.append(conversation, draft, now)


def _address(draft: Draft, conversation: Conversation, now: datetime) -> Draft | None:
    """Return the message as one that is sent to a guest; None where the platform takes none."""
    card = guest_cards.find(conversation, now)
    if card is None or card.state is not ReplyState.OPEN:
        return None
    return Draft(
        type=draft.type,
        content=draft.content,
        author_id=draft.author_id,
        source=draft.source,
        guest_id=card.guest.id,
        platform=card.guest.platform,
        delivery=GuestDelivery(status=GuestDeliveryStatus.PENDING, reason=None, at=now),
    )


def _is_banned(conversation: Conversation) -> bool:
    accounts = [each for each in conversation.member_ids if not is_guest(each)]
    return bool(bans.find_banned(accounts))


def _present(away: AwayMessage, hours: ArtistHours | None, now: datetime) -> AwayMessageView:
    return AwayMessageView(
        enabled=away.enabled,
        content=away.content,
        hours_known=hours is not None,
        away_since=rules.find_start(hours, now) if hours else None,
    )
