"""Keys of the events that we write: of an appointment always the same, and readable.

So an insertion that is repeated finds the event that it made, and a deletion there, of which a
provider only says the key, names the appointment. The alphabet is the one that Google allows:
base32hex in lower case, 5 to 1024 characters
(https://developers.google.com/workspace/calendar/api/v3/reference/events/insert).
"""

import base64
import binascii
import re

_PREFIX = "ab"
_APPOINTMENT = re.compile(r"apt_[0-9A-Z_]{1,80}")


def build(appointment_id: str) -> str:
    """Build the key of an appointment's event."""
    encoded = base64.b32hexencode(appointment_id.encode()).decode()
    return _PREFIX + encoded.rstrip("=").lower()


def find_appointment(key: str) -> str | None:
    """Return the appointment that a key belongs to; None if it is none of ours."""
    encoded = key.removeprefix(_PREFIX).upper()
    if not key.startswith(_PREFIX):
        return None
    try:
        text = base64.b32hexdecode(encoded + "=" * (-len(encoded) % 8)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    return text if _APPOINTMENT.fullmatch(text) and build(text) == key else None
