"""Attachments of received messages: fetched from the provider, and handed to files for inspection.

Their files have ids before anything is fetched, so a worker that dies begins again and makes no
second file. A message is published with them when inspection has decided each, or after ten minutes
without those that it has not decided.
"""

from datetime import datetime

import msgspec

from shared.data.conflicts import retry_on_conflict
from shared.data.file_imports import FileFetched
from shared.events.domain_events import DomainEvent, new_event
from shared.events.queues import RetryLater
from shared.events.sweeper import DueRecord
from social.models import SocialAccount
from social.models.messages import Attachment, AttachmentState, ReceivedAttachments
from social.store import accounts as accounts_store
from social.store import conversations as store
from social.use_cases import fetching, guests, message_events
from social.use_cases.work import Work

KIND = "message_files"


def order(account: SocialAccount, key: str) -> Work:
    """Return the work of fetching the attachments of a message."""
    return Work(KIND, account.artist_id, account.id, key)


def fetch_all(work: Work, now: datetime) -> None:
    """Fetch the attachments of a message that are expected, and hand them to files.

    One that cannot be fetched now does not keep the others waiting.

    Raises:
        RetryLater: Some could not be fetched now.
    """
    attachments = store.find_attachments(work.account_id, work.key)
    if attachments is None or attachments.is_published:
        return
    failed: RetryLater | None = None
    for each in attachments.attachments:
        if each.state is not AttachmentState.EXPECTED:
            continue
        try:
            fetched = fetching.fetch(each.url, each.kind, each.file_id, attachments.artist_id)
        except RetryLater as error:
            failed = failed or error
            continue
        if fetched is None:
            decide(work.account_id, work.key, each.file_id, AttachmentState.LOST, now)
        else:
            _record_handed_over(attachments, each.file_id, fetched, now)
    if failed is not None:
        raise failed


def handle_decision(file_id: str, *, is_clean: bool, now: datetime) -> None:
    """Process the inspection's decision about a file; nothing if it is not one of ours."""
    use = store.find_file_use(file_id)
    if use is None:
        return
    if use.guest_id:
        if is_clean:
            guests.show_picture(use.account_id, use.guest_id, file_id, now)
        return
    state = AttachmentState.CLEAN if is_clean else AttachmentState.LOST
    decide(use.account_id, use.key, file_id, state, now)


@retry_on_conflict
def decide(account_id: str, key: str, file_id: str, state: AttachmentState, now: datetime) -> None:
    """Store the decision about an attachment, and publish the message if it was the last."""
    attachments = store.find_attachments(account_id, key)
    if attachments is None or attachments.is_published:
        return
    changed = _change(attachments, file_id, state)
    if changed is None:
        return
    if all(each.is_decided for each in changed.attachments):
        _publish(changed, now)
    else:
        store.save_attachments(changed, now)


def publish_due(due: DueRecord, now: datetime) -> None:
    """Publish a message whose attachments are waited for no longer.

    Raises:
        WriteConflict: It was published or changed meanwhile.
    """
    attachments = msgspec.json.decode(due.record, type=ReceivedAttachments)
    version = attachments.version + 1
    _publish(msgspec.structs.replace(attachments, version=version), now)


@retry_on_conflict
def _record_handed_over(
    attachments: ReceivedAttachments, file_id: str, fetched: FileFetched, now: datetime
) -> None:
    current = store.find_attachments(attachments.account_id, attachments.key)
    changed = _change(current, file_id, AttachmentState.HANDED_OVER) if current else None
    if changed is not None:
        store.save_attachments(changed, now, [new_event("social", file_id, fetched, now)])


def _publish(attachments: ReceivedAttachments, now: datetime) -> None:
    """Store that a message is published, with its event; nothing of it is needed any more."""
    events: list[DomainEvent] = []
    account = accounts_store.find_account(attachments.artist_id, attachments.account_id)
    guest = store.find_guest(attachments.account_id, attachments.guest_id)
    if account is not None and guest is not None:
        events.append(message_events.build_of_attachments(attachments, guest, account, now))
    without_urls = tuple(msgspec.structs.replace(each, url="") for each in attachments.attachments)
    done = msgspec.structs.replace(attachments, attachments=without_urls, is_published=True)
    store.save_attachments(done, now, events)


def _change(
    attachments: ReceivedAttachments, file_id: str, state: AttachmentState
) -> ReceivedAttachments | None:
    """Return the next version with an attachment in another state; None if that changes nothing."""

    def advance(each: Attachment) -> Attachment:
        if each.file_id != file_id or each.is_decided:
            return each
        return msgspec.structs.replace(each, state=state)

    changed = tuple(map(advance, attachments.attachments))
    if changed == attachments.attachments:
        return None
    return msgspec.structs.replace(
        attachments, attachments=changed, version=attachments.version + 1
    )
