"""Sessions: signed-in devices, and those that were ended."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from auth.store import audit, guesses
from auth.store.table import (
    SESSION,
    USER,
    AuditItem,
    EndedSessionsItem,
    OutboxItem,
    SessionItem,
    UserItem,
)
from domain.devices import Device
from domain.ids import new_id
from shared.data.conflicts import WriteConflict
from shared.data.dynamodb import find, is_conflict, transaction
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add, build_items
from shared.http import ended_sessions

Transaction = TransactWrite  # by the names that use cases know
Change = Action
Writes = Callable[[Transaction], None]  # adds writes to a transaction
Changes = Sequence[Change]  # of an account
# Ending a session is two of the hundred writes of a transaction. The others are for what ends it: a
# report removes up to ten passkeys and five identities, and needs another dozen.
MAX_ENDED_TOGETHER = 35


def find_session(user_id: str, session_id: str) -> SessionItem | None:
    """Return a session, read consistently."""
    return find(SessionItem, USER + user_id, SESSION + session_id)


def list_sessions(user_id: str) -> list[SessionItem]:
    """List the sessions of a user, read consistently, those included that have expired."""
    return list(
        SessionItem.query(USER + user_id, SessionItem.sk.startswith(SESSION), consistent_read=True)
    )


def add_session(
    user_id: str,
    session: SessionItem,
    device: Device | None,
    events: Iterable[DomainEvent],
    writes_alongside: Writes | None,
) -> None:
    """Store a new session, with what is written alongside in one transaction.

    Otherwise the order is enough, and costs half as much (ADR 64): events come first, so no device
    is known and no session there that they were to be published of. What a crash leaves of it is
    a mail about a sign-in whose secret was right.

    Args:
        user_id: Id of the user.
        session: The session.
        device: The device to make known to the account; None if it stays known.
        events: Events of the sign-in.
        writes_alongside: Adds writes to the transaction.

    Raises:
        WriteConflict: What was to be written alongside conflicts with another write.
    """
    session.pk, session.sk = USER + user_id, SESSION + session.session_id
    if writes_alongside is None:
        for item in build_items(OutboxItem, events):
            item.save()
        if device is not None:
            guesses.note_sign_in(user_id, device.fingerprint, session.started_at)
        session.save()
        return
    with transaction(UserItem) as writes:
        writes.save(session)
        if device is not None:
            guesses.write_sign_in(writes, user_id, device.fingerprint, session.started_at)
        add(writes, OutboxItem, events)
        writes_alongside(writes)


def rotate_session(session: SessionItem, network: str, now: datetime, expires_at: datetime) -> None:
    """Move a session to its next generation.

    Raises:
        WriteConflict: The session was rotated or ended in the meantime.
    """
    try:
        session.update(
            actions=[
                SessionItem.generation.set(session.generation + 1),
                SessionItem.rotated_at.set(now),
                SessionItem.network.set(network),
                SessionItem.expires_at.set(int(expires_at.timestamp())),
            ],
            condition=SessionItem.generation == session.generation,
        )
    except UpdateError as error:
        if is_conflict(error):
            raise WriteConflict from error
        raise


def renew_session(
    session: SessionItem,
    network: str,
    now: datetime,
    expires_at: datetime,
    writes_alongside: Writes | None,
) -> None:
    """Move a session to its next generation, with a new proof of who its user is.

    Args:
        session: The session, with how and when its user proved it.
        network: Network of its last use.
        now: The current instant.
        expires_at: When it expires.
        writes_alongside: Adds writes to the transaction.

    Raises:
        WriteConflict: The session was rotated or ended in the meantime, or what is written
            alongside conflicts with another write.
    """
    with transaction(UserItem) as writes:
        writes.update(
            SessionItem(session.pk, session.sk),
            actions=[
                SessionItem.generation.set(session.generation + 1),
                SessionItem.rotated_at.set(now),
                SessionItem.network.set(network),
                SessionItem.amr.set(session.amr),
                SessionItem.authenticated_at.set(session.authenticated_at),
                SessionItem.expires_at.set(int(expires_at.timestamp())),
            ],
            condition=SessionItem.generation == session.generation,
        )
        if writes_alongside is not None:
            writes_alongside(writes)


def end_sessions(
    user_id: str,
    sessions: Sequence[SessionItem],
    events: Iterable[DomainEvent],
    now: datetime,
    *,
    entry: AuditItem | None,
    denied: Sequence[str] = (),
    writes_alongside: Writes | None = None,
) -> None:
    """Delete at most 35 sessions and deny their access tokens, in one transaction.

    Args:
        user_id: Id of the user.
        sessions: The sessions.
        events: Events of their end.
        now: The current instant.
        entry: Entry of the audit log; None where another one says it.
        denied: Ids of further sessions whose access tokens are denied: those of assistants.
        writes_alongside: Adds writes to the transaction.

    Raises:
        WriteConflict: The audit log grew, another transaction was writing one of the items, or what
            was to be written alongside conflicts with another write.
    """
    with transaction(UserItem) as writes:
        for session in sessions:
            writes.delete(SessionItem(USER + user_id, SESSION + session.session_id))
        if sessions or denied:
            writes.save(
                EndedSessionsItem(
                    ended_sessions.PARTITION,
                    f"{ended_sessions.sort_key(now)}#{new_id('end')}",
                    session_ids=[*(session.session_id for session in sessions), *denied],
                    expires_at=int((now + ended_sessions.KEPT_FOR).timestamp()),
                )
            )
        add(writes, OutboxItem, events)
        if entry is not None:
            audit.add_audit_entries(writes, [entry])
        if writes_alongside is not None:
            writes_alongside(writes)


def end_all_sessions(
    user: UserItem,
    sessions: Sequence[SessionItem],
    events: Iterable[DomainEvent],
    now: datetime,
    *,
    entry: AuditItem,
    denied: Sequence[str] = (),
    kept_session_id: str | None,
    changes: Changes,
    writes_alongside: Writes | None = None,
    epoch: str = "",
) -> None:
    """End at most 35 sessions, and begin another epoch of the account, in one transaction.

    Args:
        user: The account, as it was read.
        sessions: The sessions to end.
        events: Events of their end and of the changes.
        now: The current instant.
        entry: Entry of the audit log.
        denied: Ids of the sessions of the account's assistants.
        kept_session_id: Id of the session that lives on in the new epoch; None if none does.
        changes: What else changes in the account.
        writes_alongside: Adds writes to the transaction.
        epoch: The epoch that begins; by default one of a new id.

    Raises:
        WriteConflict: All sessions were ended, the audit log grew, or the session that was to live
            on ended in the meantime.
    """

    def begin_epoch(writes: TransactWrite) -> None:
        begun = epoch or new_epoch()
        writes.update(
            UserItem(user.pk, user.sk),
            actions=[UserItem.session_epoch.set(begun), *changes],
            condition=is_as_read(user),
        )
        if kept_session_id is not None:
            writes.update(
                SessionItem(user.pk, SESSION + kept_session_id),
                actions=[SessionItem.epoch.set(begun)],
                condition=SessionItem.pk.exists(),
            )
        if writes_alongside is not None:
            writes_alongside(writes)

    end_sessions(
        user.user_id,
        sessions,
        events,
        now,
        entry=entry,
        denied=denied,
        writes_alongside=begin_epoch,
    )


def new_epoch() -> str:
    """Return the id of an epoch of an account's sessions."""
    return new_id("sep")


def is_as_read(user: UserItem) -> Condition:
    """Return the condition that an account exists, and is in the epoch that was read."""
    epoch = UserItem.session_epoch
    same_epoch = epoch == user.session_epoch if user.session_epoch else epoch.does_not_exist()
    condition: Condition = UserItem.pk.exists() & same_epoch
    return condition
