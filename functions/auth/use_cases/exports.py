"""Exports of a user's data: the request for one, and the share of auth."""

from datetime import datetime, timedelta

from auth import store
from auth.events import ExportDownloaded, ExportRequestedData, new_event
from auth.rules import audit_log
from auth.rules.audit_log import AuditAction
from auth.rules.errors import ExportRequestedRecently
from auth.schemas import ExportAccepted
from auth.store import AssistantItem
from auth.store import assistants as assistants_store
from auth.store import identities as identities_store
from auth.store import passkeys as passkeys_store
from auth.store import second_factors as factors_store
from auth.use_cases import audit, sessions
from domain import ids
from domain.ids import new_id
from shared.data.conflicts import retry_on_conflict
from shared.http.caller import Caller

AGAIN_AFTER = timedelta(hours=24)
REDELIVERED_FOR = timedelta(days=14)  # as long as queues keep messages


@retry_on_conflict
def request(caller: Caller, now: datetime) -> ExportAccepted:
    """Ask every feature for what it stores about the caller.

    Raises:
        SessionEnded: The caller signed out, or the account was deleted.
        StepUpRequired: They did not prove within the last ten minutes who they are.
        ExportRequestedRecently: They asked within the last day.
    """
    sessions.require_fresh(caller, now)
    earlier = store.find_export(caller.user_id)
    if earlier is not None and earlier.export_id == ids.find_first("exp"):
        return ExportAccepted(id=earlier.export_id)
    if earlier is not None and (earlier.expires_at or 0) > now.timestamp():
        raise ExportRequestedRecently("One export a day can be requested.")
    export_id = new_id("exp")
    entry = audit.record(
        caller.user_id, AuditAction.EXPORT_REQUESTED, now, details={"exportId": export_id}
    )
    data = ExportRequestedData(export_id=export_id, user_id=caller.user_id)
    event = new_event(export_id, data, now)
    item = store.build_export(caller.user_id, export_id, now + AGAIN_AFTER)
    store.add_export(item, earlier, [event], entry)
    return ExportAccepted(id=export_id)


@retry_on_conflict
def record_download(download: ExportDownloaded, event_id: str, at: datetime) -> None:
    """Record a link to an archive in the audit log, once for each event of one.

    Nothing is added to the log of a deleted account.

    Raises:
        Busy: Other entries took every place that it tried.
    """
    user_id = download.user_id
    if store.find_user(user_id) is None or store.is_download_recorded(user_id, event_id):
        return
    details = {"exportId": download.export_id, "sessionId": download.session_id}
    entry = audit.record(user_id, AuditAction.EXPORT_DOWNLOADED, at, details=details)
    store.record_download(user_id, download.export_id, event_id, entry, at + REDELIVERED_FOR)


def gather(user_id: str) -> dict[str, object]:
    """Return what is stored about a user, by kind, without secrets."""
    user = store.find_user(user_id)
    app = factors_store.find_totp(user_id)
    return {
        "account": user
        and {
            "id": user.user_id,
            "email": user.email,
            "name": user.name,
            "role": user.role,
            "createdAt": user.created_at,
            "bannedAt": user.banned_at,
            "banReason": user.ban_reason,
            "banEndsAt": user.ban_ends_at,
        },
        "assistants": [
            {**_describe(item), "email": item.email}
            for item in assistants_store.list_assistants(user_id)
        ],
        "studios": [
            {**_describe(item), "artistId": item.artist_id}
            for item in (assistants_store.list_studios(user_id, user.email) if user else [])
        ],
        "identities": [
            {"provider": identity.provider, "linkedAt": identity.linked_at}
            for identity in (identities_store.list_identities(user) if user else ())
        ],
        "sessions": [
            {
                "id": session.session_id,
                "startedAt": session.started_at,
                "lastUsedAt": session.rotated_at,
                "device": session.user_agent,
                "network": session.network,
            }
            for session in store.list_sessions(user_id)
        ],
        "authenticatorApp": {"confirmedAt": app.confirmed_at} if app else None,
        "passkeys": [
            {
                "name": passkey.name,
                "createdAt": passkey.created_at,
                "lastUsedAt": passkey.last_used_at,
            }
            for passkey in passkeys_store.list_passkeys(user_id)
        ],
        "auditLog": [
            audit_log.decode_statement(entry) for entry in store.read_audit_entries(user_id)
        ],
    }


def _describe(item: AssistantItem) -> dict[str, object]:
    return {
        "id": item.assistance_id,
        "scopes": list(item.scopes),
        "invitedAt": item.invited_at,
        "acceptedAt": item.accepted_at,
    }
