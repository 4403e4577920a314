"""Audit logs of accounts.

Whoever changes an account records it in the transaction of the change:

    @retry_on_conflict
    def change_password(...):
        entry = audit.record(user.user_id, AuditAction.PASSWORD_CHANGED, now, origin=origin)
        store.save_password(user, ..., entries=[entry])     # the store's function

and in the store:

    with transaction(UserItem) as writes:
        ...
        add_audit_entries(writes, entries)                  # auth.store.audit

An entry takes the next place in the log of its account. If another one takes that place first, the
transaction fails with a `WriteConflict`, and the use case runs again from its first read: so two
entries at once cannot fork the chain. A use case that gives `WriteConflict` a meaning of its own
(a code that was used meanwhile) must read again too, instead of assuming that meaning.

A use case that changes nothing in a transaction calls `write` instead, which costs half as much.
Failed sign-ins are counted by `count_failed_sign_in`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Self

import msgspec

from auth import store
from auth.rules import audit_log
from auth.rules.audit_log import AuditAction, Entry, Statement
from auth.schemas import AuditEntry, AuditPage, AuditQuery, AuditVerification
from auth.store import AuditItem
from domain.devices import Device
from domain.errors import NotFound
from shared.data.conflicts import retry_on_conflict
from shared.http import cursors
from shared.http.caller import Caller
from shared.platform.logs import logger


class Origin(msgspec.Struct, frozen=True):
    """Where a request came from.

    Attributes:
        network: Network of its address (/24 or /48), never the whole address.
        device: Its user agent.
    """

    network: str | None = None
    device: str | None = None

    @classmethod
    def from_device(cls, device: Device) -> Self:
        """Return the origin of a request that came from a device."""
        return cls(device.network, device.user_agent)


UNKNOWN = Origin()


def record(
    user_id: str,
    action: AuditAction,
    now: datetime,
    *,
    actor_id: str | None = "",
    origin: Origin = UNKNOWN,
    reason: str | None = None,
    details: Mapping[str, str] | None = None,
    after: AuditItem | None = None,
) -> AuditItem:
    """Return the next entry of an account's log, to be added to the transaction of the change.

    One consistent query, unless `after` is given. Nothing is stored: `auth.store.add_audit_entries`
    adds the entry to the caller's transaction, and `write` stores one on its own.

    Args:
        user_id: The account that the entry is about.
        action: What happened. New actions are added to `AuditAction`.
        now: When it happened.
        actor_id: Who did it: by default the owner of the account; an admin or an assistant by
            their id; None for an operator, or for what time did.
        origin: Where the request came from.
        reason: Why an admin did it.
        details: More about it, such as `{"sessionId": "ses_…"}`. No secrets, codes, names or
            addresses: entries outlive the account.
        after: The entry before this one, if both are in the same transaction.
    """
    end = _end_after(after) if after else store.find_audit_end(user_id)
    statement = Statement(
        user_id=user_id,
        number=end.number + 1,
        previous=end.hash,
        previous_at=end.at,
        at=now,
        action=action,
        actor_id=user_id if actor_id == "" else actor_id,
        network=origin.network,
        device=origin.device[: audit_log.MAX_DEVICE_LENGTH] if origin.device else None,
        reason=reason,
        details=dict(details or {}),
        failed_sign_ins=end.failed_sign_ins,
    )
    entry = audit_log.create_entry(statement)
    # Whoever removed the end of a log would have to change the logs of the function too.
    logger.info("audit", user_id=user_id, number=entry.number, hash=entry.hash)
    return store.build_audit_item(user_id, entry, now)


def record_from(device: Device, user_id: str, action: AuditAction, now: datetime) -> AuditItem:
    """Return the entry of what the owner of an account did on a device; see `record`."""
    return record(user_id, action, now, origin=Origin.from_device(device))


@retry_on_conflict
def write(
    user_id: str,
    action: AuditAction,
    now: datetime,
    *,
    actor_id: str | None = "",
    origin: Origin = UNKNOWN,
    reason: str | None = None,
    details: Mapping[str, str] | None = None,
) -> None:
    """Store an entry on its own; the arguments are those of `record`. A query and a write.

    Raises:
        Busy: Other entries took every place that it tried.
    """
    item = record(
        user_id, action, now, actor_id=actor_id, origin=origin, reason=reason, details=details
    )
    store.save_audit_entry(item)


def count_failed_sign_in(user_id: str, now: datetime) -> None:
    """Count a failed sign-in to an account that exists. One write.

    The next entry states the number, and the log shows the count of those since the last entry.
    """
    store.count_audit_failure(user_id, now, audit_log.KEPT_FOR)


def list_own(caller: Caller, query: AuditQuery) -> AuditPage:
    """List the entries of the caller's log, the newest first."""
    return _list_page(caller.user_id, caller, query)


def list_of(user_id: str, caller: Caller, query: AuditQuery) -> AuditPage:
    """List the entries of an account for an admin, those of a deleted one too.

    Raises:
        NotFound: There is no log of this account.
    """
    page = _list_page(user_id, caller, query)
    if not page.items and store.find_user(user_id) is None:
        raise NotFound("There is no such account.")
    return page


def verify(user_id: str, now: datetime) -> AuditVerification:
    """Verify the log of an account, for operators."""
    result = audit_log.verify(user_id, store.read_audit_entries(user_id), now)
    return AuditVerification(result.first, result.count, result.broken_at)


def _list_page(user_id: str, caller: Caller, query: AuditQuery) -> AuditPage:
    scope = f"audit {user_id} {caller.user_id}"
    before = cursors.decode(query.cursor, scope) if query.cursor else None
    # One more tells whether there is a next page, and how many failures precede the last entry.
    entries = store.list_audit_entries(user_id, before, query.limit + 1)
    statements = [audit_log.decode_statement(entry) for entry in entries]
    counts = [statement.failed_sign_ins for statement in statements[1:]]
    if len(statements) <= query.limit:
        counts.append(0)
    items = [
        _present(entry, statement, earlier)
        for entry, statement, earlier in zip(entries, statements, counts, strict=False)
    ]
    items = items[: query.limit]
    has_more = len(entries) > query.limit
    recent = 0
    if before is None:
        end = store.find_audit_end(user_id)
        recent = end.failed_sign_ins - (statements[0].failed_sign_ins if statements else 0)
    next_cursor = cursors.encode(items[-1].number, scope) if has_more else None
    return AuditPage(items=items, next_cursor=next_cursor, failed_sign_ins=max(recent, 0))


def _present(entry: Entry, statement: Statement, earlier_failures: int) -> AuditEntry:
    return AuditEntry(
        number=statement.number,
        at=statement.at,
        action=statement.action,
        actor_id=statement.actor_id,
        network=statement.network,
        device=statement.device,
        reason=statement.reason,
        details=statement.details,
        failed_sign_ins=max(statement.failed_sign_ins - earlier_failures, 0),
        hash=entry.hash,
    )


def _end_after(item: AuditItem) -> audit_log.End:
    entry = store.read_audit_entry(item)
    return audit_log.end_with(entry, audit_log.decode_statement(entry).failed_sign_ins)
