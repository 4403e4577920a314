"""Handlers of consumed events.

Events may arrive twice, late or out of order. Each handler is idempotent on its own: when one of
several fails, all of them receive the event again.
"""

from collections.abc import Callable
from datetime import datetime

from profiles.use_cases import (
    albums,
    erasure,
    export,
    files,
    follows,
    guest_spots,
    moderation,
    next_free,
    people,
    portfolio,
    portfolio_imports,
    response_times,
    services,
    visits,
    vouchers,
)
from shared.data.exports import write_share
from shared.events.domain_events import DomainEvent

Handler = Callable[[DomainEvent, datetime], None]


def handle_export_requested(event: DomainEvent, _now: datetime) -> None:
    """Write what profiles stores about the user."""
    write_share(event, "profiles", export.gather)


HANDLERS: dict[str, tuple[Handler, ...]] = {
    "user.verified": (people.handle_user_verified,),
    "user.banned": (people.handle_account_changed,),
    "user.unbanned": (people.handle_account_changed,),
    "user.role_changed": (people.handle_account_changed,),
    "export.requested": (handle_export_requested,),
    "user.deleted": (erasure.handle_user_deleted,),
    "service.saved": (services.handle_service_saved,),
    "service.removed": (services.handle_service_removed,),
    "schedule.saved": (guest_spots.handle_schedule_saved,),
    "schedule.removed": (guest_spots.handle_schedule_removed,),
    "next_free.changed": (next_free.handle_next_free_changed,),
    "appointment.created": (visits.handle_appointment_created,),
    "appointment.confirmed": (visits.handle_appointment_changed,),
    "appointment.rescheduled": (visits.handle_appointment_changed,),
    "appointment.completed": (visits.handle_appointment_changed,),
    "appointment.cancelled": (visits.handle_appointment_changed,),
    "appointment.corrected": (visits.handle_appointment_changed,),
    "appointment.no_show": (visits.handle_appointment_changed,),
    "appointment.recorded": (visits.handle_appointment_recorded,),
    "artist.response_time_changed": (response_times.handle_response_time_changed,),
    "conversation.opened": (visits.handle_conversation_opened,),
    "conversation.block_changed": (visits.handle_block_changed, follows.handle_block_changed),
    "artist.books_opened": (follows.handle_books_opened,),
    "file.cleaned": (files.handle_file_cleaned,),
    "file.removed": (files.handle_file_removed,),
    "portfolio_item.removed": (portfolio.handle_item_removed, albums.handle_item_removed),
    "social_media.imported": (portfolio_imports.handle_media_imported,),
    "social_media.source_changed": (portfolio_imports.handle_source_changed,),
    "report.decided": (moderation.handle_report_decided,),
    "report.reversed": (moderation.handle_report_reversed,),
    "voucher.redeemed": (vouchers.handle_voucher_redeemed,),
    "voucher.voided": (vouchers.handle_voucher_voided,),
    "voucher.restored": (vouchers.handle_voucher_restored,),
}


def handle(event: DomainEvent, now: datetime) -> None:
    """Pass an event to its handlers.

    Raises:
        msgspec.ValidationError: The event's data does not match its schema.
    """
    for handler in HANDLERS[event.type]:
        handler(event, now)
