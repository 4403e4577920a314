"""Due work: records that the sweeper processes every minute."""

from collections.abc import Callable
from datetime import datetime, timedelta

from files.models import Erasure, Export, File, Removal
from files.store import bucket
from files.store import due_records as store
from files.use_cases import erasure, exports, removal
from shared.events import queues, sweeper
from shared.events.s3_events import notification
from shared.events.sweeper import DueRecord

MAX_RECORDS = 500  # per run and shard; the others are still due a minute later
NEEDED_SECONDS = 10  # for one record, so that the function is not stopped in the middle
INSPECTED_WITHIN = timedelta(minutes=30)


def sweep(now: datetime, seconds_left: Callable[[], float]) -> int:
    """Process the due records, longest due first, and return how many were done.

    It stops when too little of the function's time is left.

    Raises:
        SweepIncomplete: Some of the records failed.
    """
    due_now = store.list_due(now, MAX_RECORDS)
    return sweeper.sweep(
        due_now, _act, store.postpone, now, lambda: seconds_left() >= NEEDED_SECONDS
    )


def _act(due: DueRecord, now: datetime) -> None:
    match store.decode_due(due):
        case File() as file:
            # S3's notification was lost, the inspector failed, or nothing was uploaded in time:
            # the inspector will find out.
            message = notification(bucket.incoming_key(file.id))
            queues.send("files-incoming", [message])
            store.postpone(due, now + INSPECTED_WITHIN)
        case Removal() as removal_:
            removal.carry_out(removal_)
        case Erasure() as erasure_:
            erasure.run(erasure_, now)
        case Export() as export:
            exports.build(export, now)
