"""Handlers of the events that auth consumes. An event may arrive twice, late or out of order."""

from collections.abc import Callable

from auth import store
from auth.events import DeletedUser, ExportDownloaded, ProfileUpdated
from auth.use_cases import accounts, exports
from shared.data.exports import write_share
from shared.events.domain_events import DomainEvent, decode_data


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


HANDLERS: dict[str, Callable[[DomainEvent], None]] = {
    "user.profile.updated": handle_profile_updated,
    "user.deleted": handle_user_deleted,
    "export.requested": handle_export_requested,
    "export.downloaded": handle_export_downloaded,
}


def handle(event: DomainEvent) -> None:
    """Call the handler of the event's type.

    Raises:
        msgspec.ValidationError: The data does not fit the contract.
    """
    HANDLERS[event.type](event)
