"""Checks of imported media: what was removed at its provider is shown as removed.

Each account with imports has a record of how far the check has come. A few times a day it goes
through the imports, many in one call, and stops where the calls of a run are used up.
"""

from contextlib import suppress
from datetime import datetime, timedelta

import msgspec

from domain.errors import Unavailable
from shared.data.conflicts import WriteConflict
from shared.events.domain_events import new_event
from social.events import SocialMediaSourceChanged
from social.models import SocialAccount
from social.models.media import MediaCheck, MediaImport
from social.providers.failures import ProviderError, RateLimited
from social.rules import media_imports as rules
from social.rules.errors import NeedsReconnect
from social.store import accounts as accounts_store
from social.store import media as store
from social.use_cases import media_calls
from social.use_cases.work import Work

CHECK = "media_check"  # kind of work
CHECKED_EVERY = timedelta(hours=6)
# After a failure, and where the calls of a run did not suffice.
GOES_ON_AFTER = timedelta(minutes=15)
MAX_IMPORTS = 100  # that a run reads
MAX_CALLS = 20  # of a run: a tenth of what a small account may make in an hour


def plan_first(artist_id: str, account_id: str, now: datetime) -> MediaCheck:
    """Return the record of the first check of an account."""
    return MediaCheck(artist_id, account_id, now + CHECKED_EVERY, version=1)


def build_work(check: MediaCheck) -> Work:
    """Return the message by which the worker goes on with a check."""
    return Work(CHECK, check.artist_id, check.account_id)


def run(work: Work, now: datetime) -> None:
    """Check some imports of an account, and store when it goes on."""
    check = store.find_check(work.artist_id, work.account_id)
    if check is None or now < check.due_at:
        return  # erased, or an older message
    account = accounts_store.find_account(work.artist_id, work.account_id)
    with suppress(WriteConflict):  # another worker does it
        if account is None or not account.is_connected:
            _go_on(check, now + CHECKED_EVERY)
            return
        try:
            after, due_at = _check(check, account, now)
        except RateLimited as error:
            _go_on(check, max(error.until or now, now + GOES_ON_AFTER), check.after)
        except (NeedsReconnect, ProviderError, Unavailable):
            _go_on(check, now + CHECKED_EVERY, check.after)
        else:
            _go_on(check, due_at, after)


def _check(check: MediaCheck, account: SocialAccount, now: datetime) -> tuple[str | None, datetime]:
    """Check imports, and return where and when the next run goes on."""
    imports, last = store.list_placed(account.artist_id, account.id, check.after, MAX_IMPORTS)
    there = {each.media_id for each in imports if each.removed_at_source is None}
    gone = {each.media_id for each in imports} - there
    missing, unseen = media_calls.call(
        account,
        lambda provider, token: provider.find_missing(account, token, there, MAX_CALLS),
        now,
    )
    if not unseen and gone:  # what was removed can come back, out of an archive
        still, not_seen = media_calls.call(
            account,
            lambda provider, token: provider.find_missing(account, token, gone, MAX_CALLS),
            now,
        )
        missing |= still | not_seen
    else:
        missing |= gone
    for import_ in imports:
        is_missing = import_.media_id in missing
        if import_.media_id not in unseen and is_missing != bool(import_.removed_at_source):
            _record(import_, now, is_missing=is_missing)
    if unseen:  # found ones are not asked for again, so the next run gets further
        return check.after, now + GOES_ON_AFTER
    return (last, now) if last else (None, now + CHECKED_EVERY)


def _record(import_: MediaImport, now: datetime, *, is_missing: bool) -> None:
    assert import_.record_id is not None
    changed = rules.change(import_, now, removed_at_source=now if is_missing else None)
    data = SocialMediaSourceChanged(
        import_id=changed.id,
        artist_id=changed.artist_id,
        target=changed.target,
        record_id=import_.record_id,
        removed_at_source=is_missing,
        record_version=changed.version,
    )
    with suppress(WriteConflict):  # the artist changed it just now
        store.save(changed, [new_event("social", changed.id, data, now)])


def _go_on(check: MediaCheck, due_at: datetime, after: str | None = None) -> None:
    store.save_check(
        msgspec.structs.replace(check, due_at=due_at, after=after, version=check.version + 1)
    )
