"""Reports of an owner: "this was not me".

Every mail about a change of an account, or a sign-in on a new device, has a link with the token of
a report. Whoever opens it reads the mailbox that had the account when it happened. So a report
gives that address back to the account, ends all sessions, and makes the password useless; the owner
sets a new one by the code that is mailed along. Of two addresses the earlier one prevails: mails of
the time from what was reported to its report give no other address back. An authenticator app,
passkeys and identities at providers that were added then or since are removed: whoever was reported
may have added them.
"""

from datetime import datetime

import msgspec

from auth import store
from auth.events import EmailChanged, EndReason, new_event
from auth.rules import reported_times
from auth.rules.audit_log import AuditAction
from auth.rules.errors import AttemptEnded
from auth.rules.reported_times import ReportedTime
from auth.store import UserItem
from auth.store import attempts as attempts_store
from auth.store import identities as identities_store
from auth.store import passkeys as passkeys_store
from auth.store import second_factors as factors_store
from auth.use_cases import (
    assistants,
    audit,
    password_changes,
    report_tokens,
    sessions,
)
from auth.use_cases.report_tokens import Report
from domain.devices import Device
from shared.data.conflicts import WriteConflict, retry_on_conflict


@retry_on_conflict
def file(token: str, device: Device, now: datetime) -> None:
    """End all sessions, restore the address, and mail a code for a new password.

    Assistants are removed, because whoever used the account may have invited them.

    Raises:
        AttemptEnded: The token is unknown, used or expired, the account was deleted, or an earlier
            address than that of the mail was restored.
        Busy: Other requests changed the account during every attempt.
    """
    report = report_tokens.open_token(token, now)
    email = report.email
    user = store.find_user(report.user_id)
    if user is None:
        raise AttemptEnded("There is no such account.")
    is_restored = email != user.email
    if is_restored and reported_times.covers(_list_times(user), report.at):
        raise AttemptEnded("Another report gave the account back to an earlier address.")
    if is_restored and store.find_user_by_email(email) is not None:
        raise AttemptEnded("The address belongs to another account now. Write to us.")
    assistants.remove_all(user, device, now)
    # Before what is removed is read: whatever is added from here on lets this begin again.
    entry = audit.record_from(device, user.user_id, AuditAction.REPORTED_BY_OWNER, now)
    user = store.find_user(user.user_id)
    if user is None or (email != user.email) != is_restored:
        raise WriteConflict
    epoch = store.new_epoch()
    reset, requested = password_changes.begin_reset(user, email, epoch, now)
    published = [requested]
    times = reported_times.add(_list_times(user), report.at, now, report_tokens.LIFETIME)
    changes: list[store.Change] = [
        UserItem.password_hash.remove(),
        UserItem.has_unread_address.remove(),  # the link was in a mail
        UserItem.reported_times.set(msgspec.json.encode(times).decode()),
    ]
    if is_restored:
        restored = EmailChanged(
            user_id=user.user_id,
            email=email,
            former_email=user.email,
            report_token="",
            changed_at=now,
        )
        published.append(new_event(user.user_id, restored, now))
        changes.append(UserItem.email.set(email))

    app = factors_store.find_totp(user.user_id)
    removes_totp = app is not None and _is_since(app.confirmed_at, report)
    removed_passkeys = [
        passkeys_store.delete_passkey(item)
        for item in passkeys_store.list_passkeys(user.user_id)
        if _is_since(item.created_at, report)
    ]
    if removes_totp:
        changes.append(UserItem.has_totp.remove())

    linked = identities_store.list_identities(user)
    unlinked = [each for each in linked if _is_since(each.linked_at, report)]
    if unlinked:
        rest = [each for each in linked if each not in unlinked]
        changes.append(identities_store.change_to(rest))

    use_token = report_tokens.use(report)

    def write(writes: store.Transaction) -> None:
        use_token(writes)
        attempts_store.add(writes, reset.item)
        if is_restored:
            store.change_email_owner(writes, user, email)
        if removes_totp:
            factors_store.delete_totp(user.user_id)(writes)
        for remove in removed_passkeys:
            remove(writes)
        for each in unlinked:
            identities_store.remove(each.key)(writes)

    sessions.end_all(
        user,
        EndReason.REPORTED_BY_OWNER,
        now,
        device=device,
        changes=changes,
        published=published,
        entry=entry,
        writes_alongside=write,
        epoch=epoch,
    )


def _list_times(user: UserItem) -> list[ReportedTime]:
    return msgspec.json.decode(user.reported_times or "[]", type=list[ReportedTime])


def _is_since(instant: datetime | None, report: Report) -> bool:
    return instant is not None and instant >= report.at
