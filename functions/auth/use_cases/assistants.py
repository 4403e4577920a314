"""Assistants: accounts that act in the studio of an artist, with scopes, once they have agreed.

An assistant has a token of its own for a studio: its subject is the artist, `act` the assistant,
and `scope` what they may do. The shared layer lets it reach only routes that declare one of its
scopes. It ends with the session of the assistant, with all sessions of the artist, and when either
side ends it: always by the list of sessions that have ended, so within 60 seconds.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from auth import store
from auth.events import AssistantAdded, AssistantInvited, EndReason, new_event
from auth.rules import assistants as rules
from auth.rules import emails
from auth.rules.audit_log import AuditAction
from auth.rules.errors import AssistantExists, TooManyAssistants
from auth.schemas import (
    Assistant,
    AssistantList,
    InviteAssistantRequest,
    Studio,
    StudioList,
    StudioToken,
)
from auth.store import AssistantItem, AuditItem, UserItem
from auth.store import assistants as assistants_store
from auth.store.assistants import EndedInStudio
from auth.use_cases import (
    access_tokens,
    acting_sessions,
    audit,
    mail_limits,
    report_tokens,
    sessions,
)
from auth.use_cases.audit import Origin
from domain.devices import Device
from domain.errors import FieldError, InvalidFields, NotFound
from domain.ids import new_id
from shared.data.conflicts import retry_on_conflict
from shared.http.access_tokens import Actor
from shared.http.caller import Caller, Role, Scope
from shared.http.repetition import find_made


@retry_on_conflict
def invite(
    caller: Caller, request: InviteAssistantRequest, device: Device, now: datetime
) -> Assistant:
    """Invite the owner of an address to act in the caller's studio.

    The answer is the same whether or not the address has an account. One that has gets a mail; one
    that gets an account later finds the invitation there.

    Raises:
        SessionEnded: The caller signed out, or the account was deleted.
        StepUpRequired: They did not prove within the last ten minutes who they are.
        InvalidFields: It is the caller's own address, or one that no mail server takes.
        AssistantExists: The address is invited or an assistant already.
        TooManyAssistants: The caller has ten.
        Busy: Other requests changed the account during every attempt.
    """
    artist, _ = sessions.require_fresh(caller, now)
    if made := find_made("ast", partial(assistants_store.find_assistant, artist.user_id)):
        return _present(made)
    email = emails.normalize(request.email)
    fault = "is your own address" if email == artist.email else emails.find_error(email)
    if fault:
        raise InvalidFields(FieldError("body.email", fault))
    item = AssistantItem(
        assistance_id=new_id("ast"),
        artist_id=artist.user_id,
        email=email,
        scopes=_sort(request.scopes),
        grant=rules.new_grant(),
        invited_at=now,
        expires_at=int((now + rules.INVITED_FOR).timestamp()),
    )
    # Before they are counted: another invitation, which has an entry too, lets this begin again.
    entry = _record(artist.user_id, AuditAction.ASSISTANT_INVITED, item, device, now)
    existing = _list_current(assistants_store.list_assistants(artist.user_id), now)
    if any(each.email == email for each in existing):
        raise AssistantExists("This address is your assistant, or is invited, already.")
    if len(existing) >= rules.MAX_ASSISTANTS:
        raise TooManyAssistants(f"You can have {rules.MAX_ASSISTANTS} assistants at most.")
    invited = store.find_user_by_email(request.email)
    published = []
    if mail_limits.admit(email, device, now) and invited is not None:
        published = [
            new_event(
                invited.user_id, AssistantInvited(invited.user_id, artist.user_id, artist.name), now
            )
        ]
    assistants_store.add_invitation(artist, item, entry, published)
    return _present(item)


def list_assistants(caller: Caller, now: datetime) -> AssistantList:
    """List the caller's assistants and invitations.

    Raises:
        SessionEnded: The caller signed out, or the account was deleted.
    """
    sessions.require_alive(caller, now)
    items = _list_current(assistants_store.list_assistants(caller.user_id), now)
    return AssistantList([_present(item) for item in items])


def list_studios(caller: Caller, now: datetime) -> StudioList:
    """List the studios in which the caller may act, or is invited to.

    Raises:
        SessionEnded: The caller signed out, or the account was deleted.
    """
    user, _ = sessions.require_alive(caller, now)
    items = _list_current(assistants_store.list_studios(user.user_id, user.email), now)
    others = [item for item in items if item.artist_id != user.user_id]
    found = [(item, store.find_user(item.artist_id)) for item in others]
    return StudioList([_present_studio(item, artist) for item, artist in found if artist])


@retry_on_conflict
def accept(caller: Caller, assistance_id: str, device: Device, now: datetime) -> Studio:
    """Accept the invitation of the caller's address. Accepting it again changes nothing.

    Raises:
        SessionEnded: The caller signed out, or the account was deleted.
        NotFound: There is no such invitation, or the artist withdrew it.
        Busy: Other requests changed the record during every attempt.
    """
    user, _ = sessions.require_alive(caller, now)
    item = _find_studio(user, assistance_id, now)
    artist = _find_artist(item)
    if item.assistant_id is None:
        item.assistant_id = user.user_id
        report_token = report_tokens.issue(artist, now)
        added = AssistantAdded(artist.user_id, user.user_id, user.name, report_token, now)
        entries = [
            _record(user_id, AuditAction.ASSISTANT_ADDED, item, device, now, actor_id=user.user_id)
            for user_id in (artist.user_id, user.user_id)
        ]
        assistants_store.accept(
            item,
            user.user_id,
            now,
            entries=entries,
            published=[new_event(artist.user_id, added, now)],
        )
        item.accepted_at, item.expires_at = now, None
    return _present_studio(item, artist)


@retry_on_conflict
def change_scopes(
    caller: Caller, assistance_id: str, scopes: Sequence[Scope], device: Device, now: datetime
) -> Assistant:
    """Change what an assistant of the caller may do. Their tokens end: they ask for another one.

    Raises:
        SessionEnded: The caller signed out, or the account was deleted.
        StepUpRequired: They did not prove within the last ten minutes who they are.
        NotFound: The caller has no such assistant.
        Busy: Other requests changed the record during every attempt.
    """
    artist, _ = sessions.require_fresh(caller, now)
    item = assistants_store.find_assistant(artist.user_id, assistance_id)
    if item is None or _has_expired(item, now):
        raise NotFound("You have no such assistant.")
    chosen = _sort(scopes)
    if chosen != list(item.scopes):
        item.scopes = chosen
        entries = _record_both(AuditAction.ASSISTANT_CHANGED, item, caller, device, now)
        ended = _end_session(item, artist, now)
        assistants_store.change_scopes(item, rules.new_grant(), ended, entries)
    return _present(item)


@retry_on_conflict
def remove(caller: Caller, assistance_id: str, device: Device, now: datetime) -> None:
    """Remove an assistant or an invitation, by either side. Their tokens end.

    Raises:
        SessionEnded: The caller signed out, or the account was deleted.
        NotFound: The caller is no side of it.
        Busy: Other requests changed the record during every attempt.
    """
    user, _ = sessions.require_alive(caller, now)
    item = assistants_store.find_assistant(user.user_id, assistance_id)
    item = item or _find_studio(user, assistance_id, now)
    artist = store.find_user(item.artist_id)
    if artist is None:
        raise NotFound("There is no such assistant.")
    entries = _record_both(AuditAction.ASSISTANT_REMOVED, item, caller, device, now)
    assistants_store.remove(item, _end_session(item, artist, now), entries)


def remove_all(artist: UserItem, device: Device, now: datetime) -> None:
    """Remove all assistants and invitations of an account that somebody else may have used.

    Raises:
        WriteConflict: One was changed meanwhile, or the audit log grew.
    """
    for item in assistants_store.list_assistants(artist.user_id):
        entries = [_record(artist.user_id, AuditAction.ASSISTANT_REMOVED, item, device, now)]
        assistants_store.remove(item, _end_session(item, artist, now), entries)


def act(caller: Caller, assistance_id: str, now: datetime) -> StudioToken:
    """Issue an access token for the studio of an artist.

    Each one stands in the audit log of the artist.

    Raises:
        SessionEnded: The caller signed out, or the account was deleted.
        NotFound: The caller is no assistant there, or the artist has no studio any more.
        Busy: Other entries took every place in the audit log.
    """
    user, session = sessions.require_alive(caller, now)
    item = _find_studio(user, assistance_id, now)
    artist = _find_artist(item)
    if item.assistant_id != user.user_id:
        raise NotFound("Accept the invitation first.")
    audit.write(
        artist.user_id,
        AuditAction.ASSISTANT_ACTED,
        now,
        actor_id=user.user_id,
        details=_describe(item),
    )
    token = access_tokens.issue(
        artist.user_id,
        user.email,  # that of the artist is not the business of an assistant
        artist.role,
        acting_sessions.get_id(item, artist),
        now,
        actor=Actor(user.user_id, session.session_id),
        scope=" ".join(item.scopes),
    )
    return StudioToken(
        access_token=token,
        expires_in=int(access_tokens.LIFETIME.total_seconds()),
        artist_id=artist.user_id,
        scopes=[Scope(scope) for scope in item.scopes],
    )


def _end_session(item: AssistantItem, artist: UserItem, now: datetime) -> EndedInStudio:
    session_id = acting_sessions.get_id(item, artist)
    reason = EndReason.ASSISTANCE_CHANGED
    is_used = item.assistant_id is not None  # whoever is only invited has no session
    ended = sessions.announce(artist.user_id, [session_id] if is_used else [], reason, now)
    return EndedInStudio(session_id, ended, now)


def _find_studio(user: UserItem, assistance_id: str, now: datetime) -> AssistantItem:
    item = assistants_store.find_studio(user.user_id, user.email, assistance_id)
    is_theirs = item is not None and item.assistant_id in (None, user.user_id)
    # An artist may have taken the address that they invited: nobody is their own assistant.
    is_own = item is not None and item.artist_id == user.user_id
    if item is None or not is_theirs or is_own or _has_expired(item, now):
        raise NotFound("There is no such studio.")
    return item


def _find_artist(item: AssistantItem) -> UserItem:
    artist = store.find_user(item.artist_id)
    if artist is None or artist.banned_at is not None or artist.role != Role.ARTIST:
        raise NotFound("There is no such studio.")
    return artist


def _list_current(items: Iterable[AssistantItem], now: datetime) -> list[AssistantItem]:
    current = [item for item in items if not _has_expired(item, now)]
    return sorted(current, key=lambda item: item.assistance_id)


def _has_expired(item: AssistantItem, now: datetime) -> bool:
    # DynamoDB deletes expired items within days.
    return item.expires_at is not None and item.expires_at <= now.timestamp()


def _sort(scopes: Iterable[str]) -> list[str]:
    return sorted({str(scope) for scope in scopes})


def _record_both(
    action: AuditAction, item: AssistantItem, caller: Caller, device: Device, now: datetime
) -> list[AuditItem]:
    """Return entries for the artist and for the assistant, if there is one."""
    sides = [item.artist_id, *([item.assistant_id] if item.assistant_id else [])]
    return [
        _record(user_id, action, item, device, now, actor_id=caller.user_id) for user_id in sides
    ]


def _record(
    user_id: str,
    action: AuditAction,
    item: AssistantItem,
    device: Device,
    now: datetime,
    *,
    actor_id: str = "",
) -> AuditItem:
    # Where somebody was stands in their own log only.
    is_own = actor_id in ("", user_id)
    return audit.record(
        user_id,
        action,
        now,
        actor_id=actor_id,
        origin=Origin.from_device(device) if is_own else audit.UNKNOWN,
        details=_describe(item),
    )


def _describe(item: AssistantItem) -> Mapping[str, str]:
    ids = {"assistanceId": item.assistance_id, "artistId": item.artist_id}
    if item.assistant_id:
        ids["assistantId"] = item.assistant_id
    return {**ids, "scopes": " ".join(item.scopes)}


def _present(item: AssistantItem) -> Assistant:
    assistant = store.find_user(item.assistant_id) if item.assistant_id else None
    return Assistant(
        id=item.assistance_id,
        email=item.email,
        assistant_id=item.assistant_id,
        name=assistant.name if assistant else None,
        scopes=[Scope(scope) for scope in item.scopes],
        invited_at=item.invited_at,
        accepted_at=item.accepted_at,
        expires_at=_expiry(item),
    )


def _present_studio(item: AssistantItem, artist: UserItem) -> Studio:
    return Studio(
        id=item.assistance_id,
        artist_id=artist.user_id,
        name=artist.name,
        scopes=[Scope(scope) for scope in item.scopes],
        invited_at=item.invited_at,
        accepted_at=item.accepted_at,
        expires_at=_expiry(item),
    )


def _expiry(item: AssistantItem) -> datetime | None:
    return datetime.fromtimestamp(item.expires_at, UTC) if item.expires_at else None
