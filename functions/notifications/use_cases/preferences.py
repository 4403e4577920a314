"""Preferences of the caller."""

from datetime import datetime

from domain.errors import FieldError, InvalidFields
from notifications.models import Contact, MessageCategory, Preferences
from notifications.rules import preferences as rules
from notifications.schemas import ApplyingChoices, PreferencesDetails, PreferencesRequest
from notifications.store import preferences as store
from notifications.use_cases import recipients
from shared.http.caller import Caller, Role
from shared.platform import time_zones


def get(caller: Caller, now: datetime) -> PreferencesDetails:
    """Return the caller's preferences.

    Raises:
        SessionEnded: The caller's account was deleted.
    """
    return _present(caller, recipients.get_contact(caller), now)


def replace(caller: Caller, request: PreferencesRequest, now: datetime) -> PreferencesDetails:
    """Replace the caller's preferences.

    Raises:
        InvalidFields: Names every wrong field.
        SessionEnded: The caller's account was deleted.
    """
    recipients.get_contact(caller)
    _check(caller, request)
    preferences = Preferences(
        categories=request.categories,
        muted_until=request.muted_until,
        quiet_hours=request.quiet_hours,
        digests=request.digests,
    )
    store.save(
        caller.user_id,
        preferences,
        request.studio_defaults,
        locale=request.locale,
        time_zone=request.time_zone,
        now=now,
    )
    return _present(caller, recipients.get_contact(caller), now)


def _check(caller: Caller, request: PreferencesRequest) -> None:
    errors = rules.find_errors(
        request.categories, request.quiet_hours, request.digests, request.time_zone
    )
    if request.studio_defaults is not None and caller.role is not Role.ARTIST:
        errors.append(FieldError("body.studioDefaults", "is for artists only"))
    if request.studio_defaults is not None:
        errors += rules.find_studio_errors(request.studio_defaults)
    if request.time_zone is not None:
        try:
            time_zones.parse_zone(request.time_zone, "body.timeZone")
        except InvalidFields as error:
            errors += error.errors
    if errors:
        raise InvalidFields(*errors)


def _present(caller: Caller, contact: Contact, now: datetime) -> PreferencesDetails:
    preferences = contact.preferences
    applying = {
        category.value: rules.choose(category, preferences.categories)
        for category in MessageCategory
    }
    muted_until = preferences.muted_until
    return PreferencesDetails(
        categories=preferences.categories,
        applying=ApplyingChoices(**applying),
        studio_defaults=contact.studio_defaults if caller.role is Role.ARTIST else None,
        muted_until=muted_until if muted_until is not None and muted_until > now else None,
        quiet_hours=preferences.quiet_hours,
        digests=preferences.digests,
        locale=contact.locale,
        time_zone=contact.time_zone,
    )
