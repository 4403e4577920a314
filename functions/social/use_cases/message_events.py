"""Events of received messages, for messaging."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from shared.events.domain_events import DomainEvent, EventData, new_event
from social.events import SocialMessageEchoed, SocialMessageReceived
from social.models import SocialAccount
from social.models.messages import Attachment, AttachmentState, Guest, ReceivedAttachments
from social.rules.reply_windows import AGENT_WINDOW, REPLY_WINDOW
from social.use_cases import guests


def build(
    account: SocialAccount,
    guest: Guest,
    key: str,
    *,
    sent_at: datetime,
    is_echo: bool,
    text: str | None,
    files: Sequence[Attachment] = (),
    unsupported: list[str],
    now: datetime,
) -> DomainEvent:
    """Build the event of a message, or of a part of one.

    Args:
        account: The account.
        guest: The guest, as of this message.
        key: Key of the message, or of the part.
        sent_at: When it was sent.
        is_echo: Whether the account wrote it.
        text: Its text.
        files: Its attachments, which were found clean.
        unsupported: Kinds of what is shown as a line of text.
        now: The current instant.
    """
    common: dict[str, Any] = {
        "account_id": account.id,
        "artist_id": account.artist_id,
        "platform": account.provider,
        "guest_id": guest.id,
        "guest_name": guests.name_of(guest),
        "guest_handle": guest.handle,
        "guest_picture": guest.picture,
        "message_key": key,
        "text": text,
        "attachments": [each.file_id for each in files],
        "attachment_kinds": [each.kind for each in files],
        "unsupported": unsupported,
        "sent_at": sent_at,
    }
    data: EventData
    if is_echo:
        data = SocialMessageEchoed(**common)
    else:
        last = max(guest.last_received_at or sent_at, sent_at)
        data = SocialMessageReceived(
            **common, reply_until=last + REPLY_WINDOW, agent_reply_until=last + AGENT_WINDOW
        )
    return new_event("social", guest.id, data, now)


def build_of_attachments(
    attachments: ReceivedAttachments, guest: Guest, account: SocialAccount, now: datetime
) -> DomainEvent:
    """Build the event of a message's attachments, with those that were found clean."""
    files = [each for each in attachments.attachments if each.state is AttachmentState.CLEAN]
    missing = [each for each in attachments.attachments if each not in files]
    return build(
        account,
        guest,
        attachments.key,
        sent_at=attachments.sent_at,
        is_echo=attachments.is_echo,
        text=None,
        files=files,
        unsupported=[*(each.kind for each in missing), *attachments.unsupported],
        now=now,
    )
