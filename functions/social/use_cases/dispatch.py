"""Who processes what: webhooks by their kind, and work by its kind."""

from collections.abc import Callable, Mapping
from datetime import datetime

from shared.platform.logs import logger
from social.use_cases import (
    booking_events,
    calendar_accounts,
    calendar_reading,
    calendars,
    guests,
    media_checks,
    media_fetching,
    media_imports,
    received_files,
    received_messages,
)
from social.use_cases.webhooks import Webhook
from social.use_cases.work import Work

WEBHOOKS: Mapping[str, Callable[[Webhook, datetime], None]] = {
    received_messages.KIND: received_messages.handle,
}
WORK: Mapping[str, Callable[[Work, datetime], None]] = {
    calendar_accounts.BEGIN: calendar_accounts.begin,
    calendars.READ: calendar_reading.read_due,
    calendar_reading.NOTIFIED: calendar_reading.read_notified,
    booking_events.WRITE: booking_events.write,
    media_imports.FETCH: media_fetching.fetch,
    media_checks.CHECK: media_checks.run,
    guests.KIND: guests.fetch_picture,
    received_files.KIND: received_files.fetch_all,
}


def process_webhook(webhook: Webhook, now: datetime) -> None:
    """Process a webhook. What nobody processes is counted and ignored."""
    handler = WEBHOOKS.get(webhook.kind)
    if handler is None:
        logger.info("webhook ignored", kind=webhook.kind)
        return
    handler(webhook, now)


def do_work(work: Work, now: datetime) -> None:
    """Do one piece of work.

    Raises:
        RetryLater: It should be tried again.
    """
    handler = WORK.get(work.kind)
    if handler is None:  # of a later version, which was taken back
        logger.error("work unknown", kind=work.kind)
        return
    handler(work, now)
