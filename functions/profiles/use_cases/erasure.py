"""What a deleted account means here: nothing is kept of it, and nothing comes back.

First comes a mark that every write asks for, so that late events and a last token's requests write
nothing. Then each run erases what it finds, so one that died is finished by the next. The last run
looks once more, as the list index lags behind what was written just before.
"""

from datetime import datetime, timedelta

from profiles.models.pages import Erasure, Page
from profiles.schemas.consumed import UserDeleted
from profiles.store import erasures, pages, people, table
from profiles.use_cases import contribution_erasure, handles
from shared.data.conflicts import retry_on_conflict
from shared.events.domain_events import DomainEvent, decode_data

# Events that were given up on are brought back within days, or never.
REMEMBERED_FOR = timedelta(days=90)
# By then a run is done, or died.
NEXT_RUN_AFTER = timedelta(minutes=10)
LAST_LOOK_AFTER = timedelta(minutes=10)


def user_deleted(event: DomainEvent, now: datetime) -> None:
    """Erase what is kept of a user whose account was deleted."""
    user_id = decode_data(event, UserDeleted).user_id
    table.mark_deleted(user_id, now + REMEMBERED_FOR)
    erase(Erasure(user_id, event.time, now), now)


def erase(erasure: Erasure, now: datetime) -> None:
    """Erase what is kept of the user, and see to it that what is left is looked at again."""
    user_id, deleted_at = erasure.user_id, erasure.deleted_at
    erasures.keep_erasure(Erasure(user_id, deleted_at, now + NEXT_RUN_AFTER))
    retry_on_conflict(lambda: _erase_page_and_card(user_id, now))()
    if not contribution_erasure.erase(user_id, now):
        erasures.keep_erasure(Erasure(user_id, deleted_at, now))  # more than one run can do
    elif now < deleted_at + LAST_LOOK_AFTER:
        erasures.keep_erasure(Erasure(user_id, deleted_at, deleted_at + LAST_LOOK_AFTER))
    else:
        erasures.end_erasure(user_id)


def _erase_page_and_card(user_id: str, now: datetime) -> None:
    page = pages.find_page(user_id) or Page(user_id)
    keys = [handles.key(handle) for handle in page.handles]
    pages.erase(page, people.find_card(user_id), keys, now)
