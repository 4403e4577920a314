"""Settings of artists: what their clients are sent on time."""

from datetime import datetime

from domain.errors import InvalidFields, SessionEnded
from notifications.models import ReminderSettings
from notifications.rules import review_links
from notifications.schemas import NotificationSettings, NotificationSettingsRequest
from notifications.store import contacts, reminders
from notifications.store import settings as store
from shared.http.caller import Caller


def get(caller: Caller) -> NotificationSettings:
    """Return the caller's settings, or the defaults."""
    saved = store.find(caller.user_id)
    if saved is None:
        return _present(store.DEFAULTS, None)
    return _present(saved.reminders, saved.updated_at)


def replace(
    caller: Caller, request: NotificationSettingsRequest, now: datetime
) -> NotificationSettings:
    """Replace the caller's settings. What is due because of them is computed again by the sweeper.

    Raises:
        InvalidFields: A link does not lead where its name says.
        SessionEnded: The caller's account was deleted meanwhile.
    """
    links = request.review_request.links
    if errors := list(review_links.find_errors(links, "body.reviewRequest.links")):
        raise InvalidFields(*errors)
    fields = {name: getattr(request, name) for name in request.__struct_fields__}
    settings = ReminderSettings(**fields)
    store.save_reminders(caller.user_id, settings, now)
    if contacts.is_deleted(caller.user_id):  # the erasure may have come before the settings
        store.delete(caller.user_id)
        raise SessionEnded("This account was deleted.")
    reminders.mark_outdated(caller.user_id)
    return _present(settings, now)


def _present(settings: ReminderSettings, updated_at: datetime | None) -> NotificationSettings:
    fields = {name: getattr(settings, name) for name in settings.__struct_fields__}
    return NotificationSettings(**fields, updated_at=updated_at)
