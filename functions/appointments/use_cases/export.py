"""The share of appointments in the export of a user's data."""

from appointments import store
from appointments.models import Appointment, AppointmentSide, Proposal, WaitlistEntry

SIDES = (AppointmentSide.ARTIST, AppointmentSide.CLIENT)


def gather(user_id: str) -> dict[str, object]:
    """Return what is stored about a user, by kind."""
    return {
        "appointments": [
            found for side in SIDES for found in store.list_records(Appointment, side, user_id)[0]
        ],
        "proposals": [
            found for side in SIDES for found in store.list_records(Proposal, side, user_id)[0]
        ],
        "waitlistEntries": [
            found for side in SIDES for found in store.list_records(WaitlistEntry, side, user_id)[0]
        ],
        "services": store.list_services(user_id),
        "timetable": store.read_timetable(user_id),
        "bankDetails": store.find_bank_details(user_id),
        "externalCalendars": [
            {"id": calendar.id, "name": calendar.name}  # the address is a secret of its provider
            for calendar in store.list_external_calendars(user_id)
        ],
        "connectedAccounts": [
            {"id": account.id, "calendars": list(account.calendars)}
            for account in store.list_connected_accounts(user_id)
        ],
    }
