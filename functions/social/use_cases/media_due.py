"""Due imports and checks of media: the sweeper has the worker go on, or gives up."""

from datetime import datetime, timedelta

from shared.events.sweeper import DueRecord
from social.models.media import ImportState, MediaCheck
from social.store import media as store
from social.use_cases import media_checks, media_fetching, media_imports, work

SENT_AGAIN_AFTER = timedelta(minutes=10)  # longer than the worker takes


def process(due: DueRecord, now: datetime) -> None:
    """Have the worker do what is due, or give up an import that nobody answered."""
    record = store.decode_due(due)
    if isinstance(record, MediaCheck):
        work.send(media_checks.build_work(record))
    elif record.state is ImportState.QUEUED:
        work.send(media_imports.build_work(record))
    else:
        media_fetching.give_up(record, now)
        return
    store.postpone(due, now + SENT_AGAIN_AFTER)
