"""Sessions: start, exchange refresh tokens, list and end."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from auth import events, store
from auth.events import EndReason, SignedInFromNewDevice, new_event
from auth.rules import session_life
from auth.rules.admission import require_admitted
from auth.rules.audit_log import AuditAction
from auth.rules.device_names import describe
from auth.rules.errors import InvalidRefreshToken
from auth.schemas import SessionList, SessionView, Tokens, User
from auth.store import AuditItem, Changes, SessionItem, UserItem, Writes
from auth.store import assistants as assistants_store
from auth.store import guesses as guesses_store
from auth.store import passkeys as passkeys_store
from auth.store.guesses import Counter
from auth.use_cases import access_tokens, acting_sessions, audit, refresh_tokens, report_tokens
from auth.use_cases.audit import UNKNOWN, Origin
from auth.use_cases.refresh_tokens import RefreshToken
from domain import step_up
from domain.devices import MAX_USER_AGENT, Device
from domain.errors import NotFound, SessionEnded
from domain.ids import new_id
from domain.step_up import StepUpRequired, Way
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.events.domain_events import DomainEvent
from shared.http import rate_limits
from shared.http.caller import Caller, Role
from shared.platform.logs import logger

MAX_FORGED = 100  # refresh tokens per address and 15 minutes


def start(
    user: UserItem,
    device: Device,
    amr: Sequence[str],
    now: datetime,
    *,
    seen: Counter | None = None,
    writes_alongside: Writes | None = None,
) -> Tokens:
    """Sign a user in: the one way to do it, after they have proved who they are.

    The session is stored in one transaction with what proved it, so a code is used up only
    together with it. A device that the account does not know is published, for its owner is to be
    mailed. Of more than 20 sessions, those that were unused for longest are ended.

    Args:
        user: The account, as it was read before the proof was checked; one without `pk` is created
            by `writes_alongside`.
        device: The device that is signed in.
        amr: How its user proved who they are (RFC 8176), such as `pwd`.
        now: The current instant.
        seen: The counter of the account's device, if it was read already (`guesses.admit`).
        writes_alongside: Adds writes to the transaction. None of them may be of the account,
            unless it is created.

    Raises:
        AccountBanned: The account was banned.
        WriteConflict: The account was deleted, banned or signed out everywhere, or got an
            authenticator app, since it was read, or what is written alongside conflicts with
            another write.
    """
    require_admitted(user)
    session = _build_session(user, device, amr, now)
    # First, so that a failure here uses up no code.
    tokens = _issue_tokens(user, session, RefreshToken(user.user_id, session.session_id, 0), now)
    is_created = user.pk is None
    if seen is None and not is_created:
        seen = _read_device(user, device)
    is_known = seen is not None and seen.has_signed_in and seen.exists(now)
    events: list[DomainEvent] = []
    if not is_created and not is_known:
        report_token = report_tokens.issue(user, now)
        events = [_new_device_event(user, session, device, report_token, now)]
    store.add_session(
        user.user_id,
        session,
        None if seen is not None and is_known and seen.is_fresh(now) else device,
        events,
        writes_alongside,
    )
    if not is_created:
        _require_unchanged(user, session, device, now)
        _end_surplus(user.user_id, session, device, now)
        audit.write(
            user.user_id,
            AuditAction.SIGNED_IN,
            now,
            origin=Origin.from_device(device),
            details={"sessionId": session.session_id},
        )
    return tokens


def refresh(sealed_token: str, device: Device, now: datetime) -> Tokens:
    """Exchange a refresh token for its successor and a new access token.

    The token before the current one gets the current one, whatever its age: the answer to its
    exchange was lost, or is on its way to another tab. As soon as the current one was exchanged, an
    older one has no such excuse, and ends the whole session (RFC 9700, 4.14.2).

    Raises:
        InvalidRefreshToken: The token is forged, expired or replaced, or its session has ended.
        AccountBanned: The account was banned.
        Problem: 429, this session or, for forged tokens, this address refreshes too often.
    """
    token = refresh_tokens.unseal(sealed_token, now)
    if token is None:
        rate_limits.enforce(rate_limits.count("forged-refresh", device.address, MAX_FORGED, now))
        raise _invalid_refresh_token()
    rate_limits.enforce(rate_limits.spend(rate_limits.REFRESH, token.session_id, now))
    session = _find_alive(token.user_id, token.session_id, now)
    if session is None:
        raise _invalid_refresh_token()
    if token.generation not in (session.generation, session.generation - 1):
        logger.warning("refresh token reused", user_id=token.user_id, session_id=token.session_id)
        _end(token.user_id, [session], EndReason.TOKEN_REUSED, device, now)
        raise _invalid_refresh_token()
    user = store.find_user(token.user_id)
    if user is None or session.epoch != user.session_epoch:
        raise _invalid_refresh_token()
    require_admitted(user)
    # Before the exchange is stored: a failure here must not make an old token of this one.
    tokens = _issue_tokens(user, session, token.successor, now)
    if token.generation < session.generation:
        return tokens
    expires_at = session_life.compute_expiry(session.started_at, now)
    try:
        store.rotate_session(session, device.network, now, expires_at)
    except WriteConflict:
        return _follow(user, token, now)
    return tokens


def list_sessions(caller: Caller, now: datetime) -> SessionList:
    """List the caller's sessions, the one used last first.

    Raises:
        SessionEnded: The caller's own session has ended.
    """
    user, _ = require_alive(caller, now)
    alive = [
        session
        for session in store.list_sessions(caller.user_id)
        if _is_alive(session, now) and session.epoch == user.session_epoch
    ]
    alive.sort(key=lambda session: (session.rotated_at, session.session_id), reverse=True)
    return SessionList([_present(session, caller.session_id) for session in alive])


def end_one(caller: Caller, session_id: str, device: Device, now: datetime) -> None:
    """End one of the caller's sessions, which may be the current one.

    Raises:
        SessionEnded: The caller's own session has ended.
        NotFound: The caller has no such session.
        Busy: Other requests changed the session during every attempt.
    """
    require_alive(caller, now)
    session = _find_alive(caller.user_id, session_id, now)
    if session is None:
        raise NotFound
    _end(caller.user_id, [session], EndReason.SIGNED_OUT, device, now)


@retry_on_conflict
def end_others(caller: Caller, device: Device, now: datetime, *, current: bool) -> None:
    """End all sessions of the caller but the current one, or with `current` all of them.

    Raises:
        SessionEnded: The caller's own session has ended.
        Busy: Other requests changed the account during every attempt.
    """
    user, session = require_alive(caller, now)
    kept = None if current else session
    end_all(user, EndReason.SIGNED_OUT, now, device=device, kept=kept)


@retry_on_conflict
def log_out(caller: Caller, device: Device, now: datetime, *, everywhere: bool) -> None:
    """End the current session, or with `everywhere` all sessions of the user.

    An access token outlives its session by up to a minute. It may say once more that its session
    is over, but ends no other one: a session that has ended allows nothing any more (OWASP ASVS
    5.0, 7.4.1), and its device may be the one that was signed out by the others.

    Raises:
        SessionEnded: The sessions of the others are to end, and the caller's own has ended.
        Busy: Other requests changed the account during every attempt.
    """
    if everywhere:
        user, _ = require_alive(caller, now)
        end_all(user, EndReason.SIGNED_OUT, now, device=device)
        return
    session = store.find_session(caller.user_id, caller.session_id)
    if session is not None:
        _end(caller.user_id, [session], EndReason.SIGNED_OUT, device, now)


def end_all(
    user: UserItem,
    reason: EndReason,
    now: datetime,
    *,
    device: Device | None = None,
    kept: SessionItem | None = None,
    changes: Changes = (),
    published: Sequence[DomainEvent] = (),
    entry: AuditItem | None = None,
    writes_alongside: Writes | None = None,
    epoch: str = "",
) -> None:
    """End all sessions of a user, or all but one, together with the change that is the reason.

    The change begins another epoch, so a session that is starting meanwhile does not start, and
    none that is left over by a crash can be refreshed. Tokens of the user's assistants end too, who
    may ask for others. Use cases that call it retry on conflicts, from reading the account on.

    Args:
        user: The account, as it was read.
        reason: Why the sessions end.
        now: The current instant.
        device: The device that asked for it; None if nobody did.
        kept: The session that lives on.
        changes: What changes in the account in the same transaction.
        published: Events of that change.
        entry: The entry of the audit log, if that change has one of its own.
        writes_alongside: Adds writes to the transaction. None of them may be of the account.
        epoch: The epoch that begins, if something else refers to it.

    Raises:
        WriteConflict: The account was changed, its audit log grew, the session that was to live
            on ended in the meantime, or what is written alongside conflicts with another write.
    """
    kept_id = kept.session_id if kept else None
    cause = {"cause": reason.value}
    ended = _list_ending(user.user_id, kept_id)
    denied = acting_sessions.list_ids(user)
    store.end_all_sessions(
        user,
        ended,
        [*announce(user.user_id, [*_ids(ended), *denied], reason, now), *published],
        now,
        entry=entry or _record(user.user_id, AuditAction.SESSIONS_ENDED, device, cause, now),
        denied=denied,
        kept_session_id=kept_id,
        changes=changes,
        writes_alongside=writes_alongside,
        epoch=epoch,
    )
    # Those that started since they were listed, and those that were too many for a transaction.
    while rest := _list_ending(user.user_id, kept_id):
        _end(user.user_id, rest, reason, device, now)


def end_with_account(
    user: UserItem, published: Sequence[DomainEvent], entry: AuditItem, now: datetime
) -> None:
    """Delete an account together with its sessions and everything else that is stored of it.

    Raises:
        WriteConflict: The account was deleted, or its audit log grew, in the meantime.
    """
    reason = EndReason.ACCOUNT_DELETED
    ended = _list_ending(user.user_id, None)
    denied = acting_sessions.list_ids(user)
    ending = announce(user.user_id, [*_ids(ended), *denied], reason, now)
    store.delete_user(user, ended, [*published, *ending], entry, now, denied=denied)
    # Nothing is added to the audit log after the deletion.
    while rest := _list_ending(user.user_id, None):
        store.end_sessions(
            user.user_id, rest, announce(user.user_id, _ids(rest), reason, now), now, entry=None
        )
    assistants_store.delete_all(user.user_id, user.email)
    store.delete_items(user.user_id)


def announce(
    user_id: str, session_ids: Sequence[str], reason: EndReason, now: datetime
) -> list[DomainEvent]:
    """Return the events that sessions of a user, or of their assistants, have ended."""
    return [
        new_event(user_id, events.SessionEnded(user_id, session_id, reason), now)
        for session_id in session_ids
    ]


def require_alive(caller: Caller, now: datetime) -> tuple[UserItem, SessionItem]:
    """Return the caller's account and session, read from the table.

    An access token is valid for a while after its session ended. What shows or changes the account
    itself asks here, so that it is refused at once.

    Raises:
        SessionEnded: The caller signed out, or the account was deleted.
    """
    user = store.find_user(caller.user_id)
    session = _find_alive(caller.user_id, caller.session_id, now)
    if user is None or session is None or session.epoch != user.session_epoch:
        raise SessionEnded("Sign in again.")
    return user, session


def require_fresh(caller: Caller, now: datetime) -> tuple[UserItem, SessionItem]:
    """Return the caller's account and session, if they proved lately who they are.

    What adds or removes a way to sign in, or hands the whole account over, asks here.

    Raises:
        SessionEnded: The caller signed out, or the account was deleted.
        StepUpRequired: They did not prove it within the last ten minutes.
    """
    user, session = require_alive(caller, now)
    if not step_up.is_fresh(session.authenticated_at, now):
        raise StepUpRequired(list_ways(user))
    return user, session


def require_factor(caller: Caller, now: datetime) -> tuple[UserItem, SessionItem]:
    """Return the caller's account and session, if a password may change or end the account.

    Where the account has an authenticator app or a passkey, its password alone proves too little:
    they have proved lately who they are, as for other sensitive changes.

    Raises:
        SessionEnded: The caller signed out, or the account was deleted.
        StepUpRequired: The account has another factor, and they did not prove within the last ten
            minutes who they are.
    """
    user, session = require_alive(caller, now)
    if step_up.is_fresh(session.authenticated_at, now):
        return user, session
    if user.has_totp or passkeys_store.list_passkeys(user.user_id):
        raise StepUpRequired(list_ways(user))
    return user, session


def list_ways(user: UserItem) -> list[Way]:
    """List how the owner of an account can prove who they are.

    With an authenticator app the password alone proves too little.
    """
    ways = [Way.SIGN_IN]
    if passkeys_store.list_passkeys(user.user_id):
        ways.insert(0, Way.PASSKEY)
    if user.has_totp:
        ways.insert(0, Way.CODE)
    elif user.password_hash is not None:
        ways.insert(0, Way.PASSWORD)
    return ways


def renew(
    user: UserItem,
    session: SessionItem,
    amr: Sequence[str],
    device: Device,
    now: datetime,
    *,
    writes_alongside: Writes | None = None,
) -> Tokens:
    """Return fresh tokens of a session whose user has proved again who they are.

    Args:
        user: The account.
        session: The session, as it was read.
        amr: How they proved it (RFC 8176).
        device: The device of the session.
        now: The current instant.
        writes_alongside: Adds writes to the transaction.

    Raises:
        AccountBanned: The account was banned.
        WriteConflict: The session was refreshed or ended, or what is written alongside conflicts
            with another write.
    """
    require_admitted(user)
    session.amr = list(dict.fromkeys([*(session.amr or []), *amr]))
    session.authenticated_at = now
    successor = RefreshToken(user.user_id, session.session_id, int(session.generation) + 1)
    tokens = _issue_tokens(user, session, successor, now)
    expires_at = session_life.compute_expiry(session.started_at, now)
    store.renew_session(session, device.network, now, expires_at, writes_alongside)
    audit.write(
        user.user_id,
        AuditAction.STEPPED_UP,
        now,
        origin=Origin.from_device(device),
        details={"sessionId": session.session_id},
    )
    return tokens


def present_user(item: UserItem) -> User:
    """Return an account as its owner sees it."""
    return User(
        id=item.user_id,
        email=item.email,
        name=item.name,
        role=Role(item.role),
        created_at=item.created_at,
    )


def _build_session(
    user: UserItem, device: Device, amr: Sequence[str], now: datetime
) -> SessionItem:
    return SessionItem(
        session_id=new_id("ses"),
        generation=0,
        rotated_at=now,
        started_at=now,
        user_agent=device.user_agent[:MAX_USER_AGENT],
        network=device.network,
        amr=list(amr),
        authenticated_at=now,
        epoch=user.session_epoch,
        expires_at=int(session_life.compute_expiry(now, now).timestamp()),
    )


def _issue_tokens(
    user: UserItem, session: SessionItem, refresh_token: RefreshToken, now: datetime
) -> Tokens:
    access_token = access_tokens.issue(
        user.user_id,
        user.email,
        user.role,
        session.session_id,
        now,
        authenticated_at=session.authenticated_at,
    )
    return Tokens(
        access_token=access_token,
        refresh_token=refresh_tokens.seal(refresh_token, now),
        expires_in=int(access_tokens.LIFETIME.total_seconds()),
        user=present_user(user),
    )


def _follow(user: UserItem, token: RefreshToken, now: datetime) -> Tokens:
    """Return the tokens of a session that was exchanged by others while this exchange was made.

    The token was the current one when it arrived, so it is no old one, however often its session
    was exchanged since.
    """
    session = _find_alive(token.user_id, token.session_id, now)
    if session is None:
        raise _invalid_refresh_token()
    current = RefreshToken(token.user_id, token.session_id, int(session.generation))
    return _issue_tokens(user, session, current, now)


def _read_device(user: UserItem, device: Device) -> Counter:
    return guesses_store.read_counter(guesses_store.device_key(user.user_id, device.fingerprint))


def _require_unchanged(user: UserItem, session: SessionItem, device: Device, now: datetime) -> None:
    """Take a session back whose account was changed between reading it and storing the session.

    Whoever ends all sessions first begins another epoch and then lists the sessions. So either the
    session is on that list, or the other epoch is seen here. In the same way an authenticator app
    is either seen here, or was confirmed after the session had started. Nobody has the tokens yet.

    Raises:
        WriteConflict: The account was deleted, banned or signed out everywhere, or got an
            authenticator app, which this sign-in did not ask for.
    """
    current = store.find_user(user.user_id)
    if (
        current is None
        or current.session_epoch != user.session_epoch
        or current.banned_at != user.banned_at
        or (current.has_totp and not user.has_totp)
    ):
        _end(user.user_id, [session], EndReason.SIGNED_OUT, device, now)
        raise WriteConflict


def _end_surplus(user_id: str, newest: SessionItem, device: Device, now: datetime) -> None:
    """End the sessions beyond the maximum. Of several sign-ins at once, the last one sees all."""
    alive = [session for session in store.list_sessions(user_id) if _is_alive(session, now)]
    surplus = session_life.choose_surplus(alive, newest.session_id)
    if surplus:
        _end(user_id, surplus, EndReason.TOO_MANY, device, now)


@retry_on_conflict
def _end(
    user_id: str,
    ended: Sequence[SessionItem],
    reason: EndReason,
    device: Device | None,
    now: datetime,
) -> None:
    """End sessions, record and publish it, and deny their access tokens."""
    signs_out = reason is EndReason.SIGNED_OUT
    action = AuditAction.SIGNED_OUT if signs_out else AuditAction.SESSION_ENDED
    together = store.MAX_ENDED_TOGETHER
    for first in range(0, len(ended), together):
        some = ended[first : first + together]
        ids = " ".join(session.session_id for session in some)
        details = {"cause": reason.value, "sessionIds": ids}
        entry = _record(user_id, action, device, details, now)
        ending = announce(user_id, _ids(some), reason, now)
        store.end_sessions(user_id, some, ending, now, entry=entry)


def _record(
    user_id: str,
    action: AuditAction,
    device: Device | None,
    details: Mapping[str, str],
    now: datetime,
) -> AuditItem:
    origin = Origin.from_device(device) if device else UNKNOWN
    return audit.record(user_id, action, now, origin=origin, details=details)


def _list_ending(user_id: str, kept_session_id: str | None) -> list[SessionItem]:
    """List the sessions to end, at most as many as one transaction can."""
    listed = store.list_sessions(user_id)
    ending = [session for session in listed if session.session_id != kept_session_id]
    return ending[: store.MAX_ENDED_TOGETHER]


def _ids(sessions: Sequence[SessionItem]) -> list[str]:
    return [session.session_id for session in sessions]


def _new_device_event(
    user: UserItem, session: SessionItem, device: Device, report_token: str, now: datetime
) -> DomainEvent:
    signed_in = SignedInFromNewDevice(
        user_id=user.user_id,
        session_id=session.session_id,
        device=describe(device.user_agent),
        network=device.network,
        report_token=report_token,
        signed_in_at=now,
    )
    return new_event(user.user_id, signed_in, now)


def _find_alive(user_id: str, session_id: str, now: datetime) -> SessionItem | None:
    session = store.find_session(user_id, session_id)
    return session if session is not None and _is_alive(session, now) else None


def _is_alive(session: SessionItem, now: datetime) -> bool:
    # DynamoDB deletes expired items within days.
    return session_life.compute_expiry(session.started_at, session.rotated_at) > now


def _present(session: SessionItem, current_id: str) -> SessionView:
    return SessionView(
        id=session.session_id,
        device=describe(session.user_agent),
        network=session.network,
        amr=list(session.amr or ["pwd"]),  # before it was stored
        started_at=session.started_at,
        last_used_at=session.rotated_at,
        expires_at=session_life.compute_expiry(session.started_at, session.rotated_at),
        current=session.session_id == current_id,
    )


def _invalid_refresh_token() -> InvalidRefreshToken:
    return InvalidRefreshToken("Sign in again.")
