"""The providers of calendars by their ids."""

from collections.abc import Mapping

from social.models import ProviderId
from social.providers.caldav_calendar import CalDavCalendar
from social.providers.calendars import Calendar
from social.providers.google_calendar import GoogleCalendar

CALENDARS: Mapping[ProviderId, Calendar] = {
    ProviderId.GOOGLE: GoogleCalendar(),
    ProviderId.CALDAV: CalDavCalendar(),
}


def get_calendar(id: ProviderId) -> Calendar:
    """Return the calendars of a provider.

    Raises:
        KeyError: It has none.
    """
    return CALENDARS[id]
