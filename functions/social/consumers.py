"""Handlers of consumed events. An event may arrive twice, late or out of order."""

from collections.abc import Callable
from datetime import datetime

from shared.data.exports import write_share
from shared.events.domain_events import DomainEvent, decode_data
from social.events import AccountChanged, SessionEnded, UserDeleted
from social.use_cases import calendar_accounts, connecting, erasure, export, work
from social.use_cases.work import Work


def handle_user_deleted(event: DomainEvent, now: datetime) -> None:
    """Erase the data of a user whose account was deleted."""
    erasure.erase(decode_data(event, UserDeleted).user_id, now)


def handle_export_requested(event: DomainEvent, _now: datetime) -> None:
    """Write what social stores about a user who asked for all their data."""
    write_share(event, "social", export.gather)


def handle_account_connected(event: DomainEvent, _now: datetime) -> None:
    """Have the main calendar of a new account read."""
    account = decode_data(event, AccountChanged)
    work.send(Work(calendar_accounts.BEGIN, account.artist_id, account.account_id))


def handle_account_reconnected(event: DomainEvent, now: datetime) -> None:
    """Have the calendars read that waited for the account."""
    account = decode_data(event, AccountChanged)
    calendar_accounts.resume(account.artist_id, account.account_id, now)


def handle_session_ended(event: DomainEvent, now: datetime) -> None:
    """Let a session connect nothing more: who began it is signed out."""
    connecting.end_session(decode_data(event, SessionEnded).session_id, now)


HANDLERS: dict[str, Callable[[DomainEvent, datetime], None]] = {
    "user.deleted": handle_user_deleted,
    "export.requested": handle_export_requested,
    "social_account.connected": handle_account_connected,
    "social_account.reconnected": handle_account_reconnected,
    "session.ended": handle_session_ended,
}


def handle(event: DomainEvent, now: datetime) -> None:
    """Call the handler of the event's type.

    Raises:
        msgspec.ValidationError: The data does not fit the contract.
    """
    HANDLERS[event.type](event, now)
