"""Handlers of the events that auth consumes. An event may arrive twice, late or out of order."""

from collections.abc import Callable

from auth import store
from auth.events import (
    DeletedUser,
    ExportDownloaded,
    ProfileUpdated,
    ReportDecided,
    ReportReversed,
    ReportSuspensionEnded,
)
from auth.rules.audit_log import AuditAction
from auth.use_cases import accounts, administration, exports
from domain.moderation import Decision
from shared.data.exports import write_share
from shared.events.domain_events import DomainEvent, decode_data
from shared.platform import clock


def handle_profile_updated(event: DomainEvent) -> None:
    """Copy the name of a profile to its account.

    Ignored while there is no account: it will start with the name given at registration.
    """
    profile = decode_data(event, ProfileUpdated)
    store.update_name(profile.user_id, profile.name, profile.record_version)


def handle_user_deleted(event: DomainEvent) -> None:
    """Erase what a deleted account left, and let its audit log expire."""
    accounts.erase(decode_data(event, DeletedUser).user_id, event.time)


def handle_export_requested(event: DomainEvent) -> None:
    """Write what auth stores about the user."""
    write_share(event, "auth", exports.gather)


def handle_export_downloaded(event: DomainEvent) -> None:
    """Record that a user got a link to the archive of their data."""
    exports.record_download(decode_data(event, ExportDownloaded), event.id, event.time)


def handle_report_decided(event: DomainEvent) -> None:
    """Ban a suspended user, and record every other decision in the audit logs."""
    decided = decode_data(event, ReportDecided)
    if decided.decision is Decision.SUSPEND:
        administration.suspend(decided, event.id, clock.now())
        return
    action = None
    if decided.decision is Decision.WARN:
        action = AuditAction.WARNED
    elif decided.hides:
        action = AuditAction.CONTENT_HIDDEN
    administration.record_decision(decided, action, event.id, clock.now())


def handle_report_reversed(event: DomainEvent) -> None:
    """Record in the audit logs that hidden content is shown again."""
    reversed_ = decode_data(event, ReportReversed)
    administration.record_decision(reversed_, AuditAction.CONTENT_SHOWN, event.id, clock.now())


def handle_suspension_ended(event: DomainEvent) -> None:
    """Lift the ban of a suspension whose time is over."""
    ended = decode_data(event, ReportSuspensionEnded)
    administration.end_suspension(ended.user_id, ended.report_id, clock.now())


HANDLERS: dict[str, Callable[[DomainEvent], None]] = {
    "user.profile.updated": handle_profile_updated,
    "user.deleted": handle_user_deleted,
    "export.requested": handle_export_requested,
    "export.downloaded": handle_export_downloaded,
    "report.decided": handle_report_decided,
    "report.reversed": handle_report_reversed,
    "report.suspension_ended": handle_suspension_ended,
}


def handle(event: DomainEvent) -> None:
    """Call the handler of the event's type.

    Raises:
        msgspec.ValidationError: The data does not fit the contract.
    """
    HANDLERS[event.type](event)
