"""What a deleted account means here: its files go, and nobody remembers what it was given to read.

Each run does what it finds left to do, so one that died is finished by the next: of the event when
it comes again, or of the sweeper.
"""

from datetime import datetime, timedelta

from files.models import Erasure
from files.store import files as store
from files.use_cases import removal

# An access token outlives its account by minutes, and the index lags behind the records.
LAST_LOOK_AFTER = timedelta(hours=1)
# By then a run is done, or died.
NEXT_RUN_AFTER = timedelta(minutes=10)
PAGE = 50


def begin(user_id: str, deleted_at: datetime, now: datetime) -> None:
    """Erase what is kept of a user whose account was deleted at that instant."""
    erase(Erasure(user_id, deleted_at, now), now)


def erase(erasure: Erasure, now: datetime) -> None:
    """Erase what is kept of the user by now, and see to it that it is looked at again."""
    user_id, last_look = erasure.user_id, erasure.deleted_at + LAST_LOOK_AFTER
    store.keep_erasure(Erasure(user_id, erasure.deleted_at, now + NEXT_RUN_AFTER))
    after: str | None = None
    while True:
        files, after = store.list_files(user_id, None, after, PAGE)
        for file in files:
            removal.remove_for_erasure(file.id, now)
        if after is None:
            break
    store.forget_person(user_id)
    if now < last_look:
        store.keep_erasure(Erasure(user_id, erasure.deleted_at, last_look))
    else:
        store.forget_usage(user_id)
        store.end_erasure(user_id)
