"""Administration: admins look accounts up, ban them, change their roles and end their sessions.

Each act has a reason, and stands in two audit logs: that of the account, and that of the admin. The
transaction of an act fails unless the admin is one at that moment, and nobody acts on themselves.
So there is always an admin left, also when two ban each other at once.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from auth import store
from auth.events import (
    AccountChanged,
    EndReason,
    ReportDecided,
    ReportReversed,
    SuspensionRefusal,
    UserBanned,
    UserRoleChanged,
    UserSuspended,
    UserSuspensionRefused,
    UserUnbanned,
    new_event,
)
from auth.rules import directory
from auth.rules.audit_log import AuditAction
from auth.rules.errors import OwnAccount
from auth.schemas import Account, AccountList, AccountQuery, ChangeRoleRequest
from auth.store import UserItem, decisions
from auth.use_cases import audit, sessions
from auth.use_cases.audit import Origin
from auth.use_cases.exports import REDELIVERED_FOR
from domain.devices import Device
from domain.errors import FieldError, Forbidden, InvalidFields, NotFound
from shared.data import tombstone_items
from shared.data.conflicts import retry_on_conflict
from shared.events.domain_events import DomainEvent
from shared.http import cursors
from shared.http.caller import Caller, Role

_ORDER = (Role.ADMIN, Role.ARTIST, Role.CLIENT)


class _Act(msgspec.Struct, frozen=True):
    """Who acts, why, from where and when.

    Attributes:
        admin_id: Id of the admin; None where time does it.
        also: Adds writes to the transaction.
        published: Further events of it.
    """

    admin_id: str | None
    reason: str
    now: datetime
    origin: Origin = audit.UNKNOWN
    details: Mapping[str, str] = {}
    also: store.Writes | None = None
    published: Sequence[DomainEvent] = ()


def search(caller: Caller, query: AccountQuery, now: datetime) -> AccountList:
    """List accounts: the one of an address, or those whose names begin alike.

    What changed in the last second may be missed.

    Raises:
        SessionEnded: The caller signed out, or their account was deleted.
        Forbidden: The caller is no admin any more.
    """
    _require_admin(caller, now)
    if query.email is not None:
        user = store.find_user_by_email(query.email)
        is_wanted = user is not None and query.role in (None, user.role)
        return AccountList([_present(user)] if user and is_wanted else [], None)
    prefix = directory.fold(query.name)
    scope = f"accounts {caller.user_id} {query.role} {prefix}"
    roles = [query.role] if query.role else list(_ORDER)
    after = None
    if query.cursor:
        role, after = cursors.decode(query.cursor, scope)
        roles = roles[roles.index(Role(role)) :]
    found: list[UserItem] = []
    for role in roles:
        found += store.list_users_by_name(role, prefix, after, query.limit + 1 - len(found))
        after = None
        if len(found) > query.limit:
            break
    items = found[: query.limit]
    next_cursor = None
    if len(found) > query.limit:
        next_cursor = cursors.encode([items[-1].role, items[-1].listed_as], scope)
    return AccountList([_present(user) for user in items], next_cursor)


def get(caller: Caller, user_id: str, now: datetime) -> Account:
    """Return an account.

    Raises:
        SessionEnded: The caller signed out, or their account was deleted.
        Forbidden: The caller is no admin any more.
        NotFound: There is no such account.
    """
    _require_admin(caller, now)
    return _present(_find(user_id))


@retry_on_conflict
def ban(caller: Caller, user_id: str, reason: str, device: Device, now: datetime) -> Account:
    """Ban an account: its sessions end at once, and it cannot sign in.

    Banning it again changes nothing, but a ban that would end then lasts.

    Raises:
        SessionEnded: The caller signed out, or their account was deleted.
        StepUpRequired: They did not prove within the last ten minutes who they are.
        Forbidden: The caller is no admin any more.
        OwnAccount: It is the caller's own account.
        NotFound: There is no such account.
        Busy: Other requests changed the account during every attempt.
    """
    user = _find_other(caller, user_id, now)
    if user.banned_at is not None and user.ban_ends_at is None:
        return _present(user)
    act = _Act(caller.user_id, reason, now, Origin.from_device(device))
    changes = [
        UserItem.banned_at.set(now),
        UserItem.ban_reason.set(reason),
        UserItem.ban_report.remove(),
        UserItem.ban_ends_at.remove(),
    ]
    _change(act, user, AuditAction.BANNED, EndReason.BANNED, event=UserBanned, changes=changes)
    return _present(_find(user_id))


@retry_on_conflict
def unban(caller: Caller, user_id: str, reason: str, device: Device, now: datetime) -> Account:
    """Lift the ban of an account. Lifting it again changes nothing.

    Raises:
        SessionEnded: The caller signed out, or their account was deleted.
        StepUpRequired: They did not prove within the last ten minutes who they are.
        Forbidden: The caller is no admin any more.
        OwnAccount: It is the caller's own account.
        NotFound: There is no such account.
        Busy: Other requests changed the account during every attempt.
    """
    user = _find_other(caller, user_id, now)
    if user.banned_at is None:
        return _present(user)
    _lift(_Act(caller.user_id, reason, now, Origin.from_device(device)), user)
    return _present(_find(user_id))


@retry_on_conflict
def change_role(
    caller: Caller, user_id: str, request: ChangeRoleRequest, device: Device, now: datetime
) -> Account:
    """Give an account another role. Its sessions end, for their tokens state the old one.

    Raises:
        SessionEnded: The caller signed out, or their account was deleted.
        StepUpRequired: They did not prove within the last ten minutes who they are.
        Forbidden: The caller is no admin any more.
        OwnAccount: It is the caller's own account.
        NotFound: There is no such account.
        InvalidFields: It has this role already.
        Busy: Other requests changed the account during every attempt.
    """
    user = _find_other(caller, user_id, now)
    if user.role == request.role:
        raise InvalidFields(FieldError("body.role", "is the role of the account already"))
    act = _Act(caller.user_id, request.reason, now, Origin.from_device(device))
    details = {"from": user.role, "to": request.role.value}
    user.role = request.role.value
    _change(
        act,
        user,
        AuditAction.ROLE_CHANGED,
        EndReason.ROLE_CHANGED,
        event=UserRoleChanged,
        changes=[UserItem.role.set(user.role), UserItem.listed_in.set(user.role)],
        details=details,
    )
    return _present(_find(user_id))


@retry_on_conflict
def end_sessions(caller: Caller, user_id: str, reason: str, device: Device, now: datetime) -> None:
    """End all sessions of an account, which may sign in again.

    Raises:
        SessionEnded: The caller signed out, or their account was deleted.
        StepUpRequired: They did not prove within the last ten minutes who they are.
        Forbidden: The caller is no admin any more.
        OwnAccount: It is the caller's own account.
        NotFound: There is no such account.
        Busy: Other requests changed the account during every attempt.
    """
    user = _find_other(caller, user_id, now)
    act = _Act(caller.user_id, reason, now, Origin.from_device(device))
    _change(act, user, AuditAction.SESSIONS_ENDED, EndReason.ENDED_BY_ADMIN)


# ---- because of reports ------------------------------------------------------------------------


@retry_on_conflict
def suspend(decided: ReportDecided, event_id: str, now: datetime) -> None:
    """Ban an account because of a report, once for each decision, until an end if it has one.

    A ban that lasts longer stays as it is. Where the account cannot be banned, an event says why.

    Raises:
        Busy: Other requests changed the account during every attempt.
    """
    user_id = decided.reported_id
    if decisions.is_carried_out(user_id, event_id):
        return
    kept_until = now + REDELIVERED_FOR
    user = store.find_user(user_id)
    if (refusal := _find_refusal(decided, user, now)) is not None or user is None:
        reason = refusal or SuspensionRefusal.NO_ACCOUNT
        refused = UserSuspensionRefused(user_id, decided.report_id, reason)
        event = new_event(user_id, refused, now)
        decisions.save_decision(user_id, event_id, kept_until, events=[event])
        return
    stays = user.banned_at is not None and not _lasts_longer(decided.until, user.ban_ends_at)
    until = user.ban_ends_at if stays else decided.until
    suspended = UserSuspended(user_id, decided.report_id, decided.text, until)
    event = new_event(user_id, suspended, now)
    if stays:
        entry = audit.record(
            decided.admin_id,
            AuditAction.ADMIN_ACTED,
            now,
            reason=decided.reason,
            details=_describe(decided, AuditAction.BANNED),
        )
        decisions.save_decision(user_id, event_id, kept_until, entries=[entry], events=[event])
        return

    def remember(writes: store.Transaction) -> None:
        decisions.add_decision(writes, user_id, event_id, kept_until)

    act = _Act(
        decided.admin_id,
        decided.reason,
        now,
        details={"reportId": decided.report_id},
        also=remember,
        published=[event],
    )
    ends_at = UserItem.ban_ends_at
    changes = [
        UserItem.banned_at.set(now),
        UserItem.ban_reason.set(decided.reason),
        UserItem.ban_report.set(decided.report_id),
        ends_at.remove() if decided.until is None else ends_at.set(decided.until),
    ]
    _change(act, user, AuditAction.BANNED, EndReason.BANNED, event=UserBanned, changes=changes)


@retry_on_conflict
def end_suspension(user_id: str, report_id: str, now: datetime) -> None:
    """Lift the ban of an account, if it is still the one because of this report.

    Raises:
        Busy: Other requests changed the account during every attempt.
    """
    user = store.find_user(user_id)
    if user is not None and user.banned_at is not None and user.ban_report == report_id:
        _lift(_Act(None, "", now, details={"reportId": report_id}), user)


@retry_on_conflict
def record_decision(
    decided: ReportDecided | ReportReversed,
    action: AuditAction | None,
    event_id: str,
    now: datetime,
) -> None:
    """Record what an admin decided about a report in both audit logs, once.

    Args:
        decided: What was decided.
        action: What happened to the account; None where nothing did.
        event_id: Id of the event.
        now: The current instant.

    Raises:
        Busy: Other entries took every place that it tried.
    """
    admin_id, user_id, at = decided.admin_id, decided.reported_id, decided.decided_at
    if store.find_user(admin_id) is None or decisions.is_carried_out(admin_id, event_id):
        return
    details = _describe(decided, action or "report_dismissed")
    reason = decided.reason or None
    entries = [audit.record(admin_id, AuditAction.ADMIN_ACTED, at, reason=reason, details=details)]
    if action is not None and store.find_user(user_id) is not None:
        report = {"reportId": decided.report_id}
        entries.append(
            audit.record(user_id, action, at, actor_id=admin_id, reason=reason, details=report)
        )
    decisions.save_decision(admin_id, event_id, now + REDELIVERED_FOR, entries=entries)


def _find_refusal(
    decided: ReportDecided, user: UserItem | None, now: datetime
) -> SuspensionRefusal | None:
    admin = store.find_user(decided.admin_id)
    if user is None:
        return SuspensionRefusal.NO_ACCOUNT
    if admin is None or admin.role != Role.ADMIN or admin.banned_at is not None:
        return SuspensionRefusal.NOT_AN_ADMIN
    if user.role == Role.ADMIN:
        return SuspensionRefusal.PROTECTED_ACCOUNT
    if decided.until is not None and decided.until <= now:
        return SuspensionRefusal.OVER
    return None


def _lasts_longer(until: datetime | None, current: datetime | None) -> bool:
    """Return whether a ban until then lasts longer than the current one; None is for good."""
    return current is not None and (until is None or until > current)


def _describe(decided: ReportDecided | ReportReversed, action: str) -> dict[str, str]:
    return {
        "action": str(action),
        "userId": decided.reported_id,
        "reportId": decided.report_id,
    }


# ---- helpers -----------------------------------------------------------------------------------


def _lift(act: _Act, user: UserItem) -> None:
    changes = [
        UserItem.banned_at.remove(),
        UserItem.ban_reason.remove(),
        UserItem.ban_report.remove(),
        UserItem.ban_ends_at.remove(),
    ]
    # A banned account has no sessions: none ends for it.
    cause = EndReason.ENDED_BY_ADMIN
    _change(act, user, AuditAction.UNBANNED, cause, event=UserUnbanned, changes=changes)


def _change(
    act: _Act,
    user: UserItem,
    action: AuditAction,
    cause: EndReason,
    *,
    event: type[AccountChanged] | None = None,
    changes: store.Changes = (),
    details: Mapping[str, str] | None = None,
) -> None:
    """Change an account, end its sessions, and write both audit logs, in one transaction."""
    admin_id, now = act.admin_id, act.now
    published = [*act.published]
    if event is not None:
        version = int(user.account_version or 0) + 1
        changes = [*changes, UserItem.account_version.set(version)]
        is_banned = event is UserBanned or (event is UserRoleChanged and user.banned_at is not None)
        data = event(user.user_id, Role(user.role), is_banned, version)
        published.insert(0, new_event(user.user_id, data, now))
    details = {**act.details, **(details or {})}
    reason = act.reason or None
    # Where the admin was stands in their own log only.
    entry = audit.record(
        user.user_id, action, now, actor_id=admin_id, reason=reason, details=details
    )
    own_entries = []
    if admin_id is not None:
        acted = {"action": action.value, "userId": user.user_id, **details}
        own_entries.append(
            audit.record(
                admin_id,
                AuditAction.ADMIN_ACTED,
                now,
                origin=act.origin,
                reason=reason,
                details=acted,
            )
        )

    def write(writes: store.Transaction) -> None:
        if event is UserBanned:
            tombstone_items.add_ban(writes, user.user_id)
        elif event is UserUnbanned:
            tombstone_items.remove_ban(writes, user.user_id)
        if admin_id is not None:
            store.require_admin(writes, admin_id)
            store.add_audit_entries(writes, own_entries)
        if act.also is not None:
            act.also(writes)

    sessions.end_all(
        user,
        cause,
        now,
        changes=changes,
        published=published,
        entry=entry,
        writes_alongside=write,
    )


def _require_admin(caller: Caller, now: datetime) -> None:
    user, _ = sessions.require_alive(caller, now)
    if user.role != Role.ADMIN:
        raise Forbidden("Your role does not allow this.")


def _find_other(caller: Caller, user_id: str, now: datetime) -> UserItem:
    """Return the account to act on.

    Raises:
        SessionEnded: The caller signed out, or their account was deleted.
        StepUpRequired: They did not prove within the last ten minutes who they are.
        Forbidden: The caller is no admin any more.
        OwnAccount: It is the caller's own account.
        NotFound: There is no such account.
    """
    _require_admin(caller, now)
    sessions.require_fresh(caller, now)
    if user_id == caller.user_id:
        raise OwnAccount("Ask another admin to do this to your account.")
    return _find(user_id)


def _find(user_id: str) -> UserItem:
    user = store.find_user(user_id)
    if user is None:
        raise NotFound("There is no such account.")
    return user


def _present(user: UserItem) -> Account:
    return Account(
        id=user.user_id,
        email=user.email,
        name=user.name,
        role=Role(user.role),
        created_at=user.created_at,
        banned_at=user.banned_at,
        ban_reason=user.ban_reason,
        ban_ends_at=user.ban_ends_at,
    )
