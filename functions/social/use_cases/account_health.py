"""Health of accounts, as calls of their providers show it.

Each change is a version of the account. Mostly nothing changes, and then nothing is written.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from shared.data.conflicts import retry_on_conflict
from social.models import ReconnectReason, SocialAccount
from social.store import accounts as accounts_store

MAX_FAILURES = 1_000  # are counted


def record_success(account: SocialAccount, now: datetime) -> None:
    """Store that the provider carried out a call: it neither fails nor limits the account."""
    healthy = describe_success(account, now)
    if healthy:
        _change(account, lambda _: healthy)


def describe_success(account: SocialAccount, now: datetime) -> dict[str, Any]:
    """Return what a successful call changes; nothing where the account is healthy already."""
    if not account.failures and account.limited_until is None:
        return {}
    return {
        "failing_since": None,
        "failures": 0,
        "limited_since": None,
        "limited_until": None,
        "healthy_since": now,
    }


def record_failure(account: SocialAccount, now: datetime) -> None:
    """Store that a call failed, because the provider did not respond as it should."""

    def fail(current: SocialAccount) -> dict[str, Any]:
        failures = min(MAX_FAILURES, current.failures + 1)
        return {"failing_since": current.failing_since or now, "failures": failures}

    _change(account, fail)


def record_limited(account: SocialAccount, until: datetime, now: datetime) -> None:
    """Store that the provider refuses calls until an instant, because there were too many."""
    _change(
        account,
        lambda current: {"limited_since": current.limited_since or now, "limited_until": until},
    )


def record_refused_token(account: SocialAccount, now: datetime) -> None:
    """Store that the provider does not accept the token, so that the artist has to connect again.

    Not if they have done so since the account was read.
    """

    def refuse(current: SocialAccount) -> dict[str, Any]:
        if current.reconnect_since is not None or current.connected_at != account.connected_at:
            return {}
        return {"reconnect_since": now, "reconnect_because": ReconnectReason.TOKEN_REFUSED}

    _change(account, refuse)


@retry_on_conflict
def _change(account: SocialAccount, decide: Callable[[SocialAccount], dict[str, Any]]) -> None:
    current = accounts_store.find_account(account.artist_id, account.id)
    if current is None or not current.is_connected:
        return
    changes = decide(current)
    changed = msgspec.structs.replace(current, **changes)
    if changed != current:
        accounts_store.save(msgspec.structs.replace(changed, version=current.version + 1))
