"""The share of notifications in the export of a user's data."""

import msgspec

from notifications.store import brands, contacts, exports, reminders, settings, templates
from notifications.use_cases import suppressions
from shared.data.exports import MAX_RECORDS


def gather(user_id: str) -> dict[str, object]:
    """Return what is stored about a user, by kind. Codes and keys of browsers are left out."""
    contact = contacts.find_active(user_id)
    return {
        "contact": contact
        and {
            "email": contact.email,
            "phone": contact.phone,
            "name": contact.name,
            "birthday": contact.birthday,
            "suppressions": suppressions.list_own(contact),
        },
        "preferences": contact
        and {
            **msgspec.structs.asdict(contact.preferences),
            "studio_defaults": contact.studio_defaults,
            "locale": contact.locale,
            "time_zone": contact.time_zone,
        },
        "brand": brands.find(user_id),
        "templates": templates.list_newest([user_id]),
        "deliveries": exports.list_deliveries(user_id),
        "inbox": exports.list_inbox(user_id),
        "reminders": reminders.list_of_user(user_id, MAX_RECORDS),
        "settings": settings.find(user_id),
    }
