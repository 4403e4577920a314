"""Studio of the first artist: what is on offer, on which terms, and where."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from infra.local.demo.requests import Caller

_PLACE = "Hauptstrasse 1, Berlin"
_ADDRESS_OF_A_SERVICE = {"location": _PLACE, "bufferAfterMinutes": 15}
DAY_AT_THE_STUDIO, CUSTOM, LARGE, TOUCH_UP = (
    "Half a day",
    "Custom piece",
    "Large piece in sittings",
    "Touch-up",
)
SERVICES = (
    {
        "name": DAY_AT_THE_STUDIO,
        "description": "Four hours for a piece that we have talked about.",
        "durationMinutes": 240,
        "price": {"amount": 48000, "currency": "EUR"},
        "deposit": {"type": "by_policy"},
    },
    {
        "name": CUSTOM,
        "description": "Tell me your idea with the request. I answer within three days.",
        "durationMinutes": 180,
        "price": {"amount": 36000, "currency": "EUR"},
        "deposit": {"type": "by_policy"},
        "mode": "request",
        "waitlistMode": "first_in_line",
    },
    {
        "name": LARGE,
        "description": "A sleeve, a back or a leg, planned together and spread over months.",
        "durationMinutes": 180,
        "sittings": 3,
        "price": {"amount": 36000, "currency": "EUR"},
        "deposit": {"type": "by_policy"},
        "mode": "request",
    },
    {
        "name": TOUCH_UP,
        "description": "Free within six months of a piece from here.",
        "durationMinutes": 30,
        "price": {"amount": 6000, "currency": "EUR"},
    },
)
BANK = {"accountName": "Ari Artist", "iban": "DE89370400440532013000", "reference": "Tattoo"}
_HALF, _ALL = {"type": "percent", "percent": 50}, {"type": "percent", "percent": 100}
POLICIES: dict[str, tuple[str, dict[str, Any]]] = {
    "deposit": (
        "A third of the price holds your date. Please pay it within two days, or the date becomes "
        "free again. Until three days before the appointment you get it back.",
        {
            "deposit": {"type": "percent", "percent": 33},
            "refundableUntilHours": 72,
            "dueWithinHours": 48,
            "whenUnpaid": "release",
        },
    ),
    "cancellation": (
        "Cancelling is free until three days before. After that it costs half of the price, and "
        "all of it on the day itself.",
        {"tiers": [{"hoursBefore": 72, "fee": _HALF}, {"hoursBefore": 24, "fee": _ALL}]},
    ),
    "reschedule": (
        "The first move is free until two days before. Later ones cost 25 euros.",
        {
            "tiers": [{"hoursBefore": 48, "fee": {"type": "fixed", "amount": 2500}}],
            "freeCount": 1,
            "feeWhenUsedUp": {"type": "fixed", "amount": 2500},
        },
    ),
    "late_arrival": (
        "Fifteen minutes are fine. After forty-five there is too little time left, and the "
        "appointment is cancelled.",
        {
            "graceMinutes": 15,
            "fee": {"type": "fixed", "amount": 2000},
            "cancelledAfterMinutes": 45,
        },
    ),
    "no_show": ("Who does not come and does not call pays the price.", {"fee": _ALL}),
}
QUESTIONS = (
    {"key": "place", "type": "text", "label": "Where on the body?", "required": True},
    {
        "key": "first",
        "type": "yes_no",
        "label": "Is it your first tattoo?",
        "help": "Then we plan a little more time.",
        "required": True,
    },
    {
        "key": "skin",
        "type": "multiple",
        "label": "Is there something I should know?",
        "options": ["Allergies", "Sensitive skin", "Scars at the place", "Nothing"],
    },
)
QUICK_ACTIONS = (
    {
        "label": "How to prepare",
        "kind": "send_text",
        "steps": [
            "Hi {{client.first_name}}, sleep well, eat before you come, and no alcohol the day "
            "before. Bring something to drink and a sweater.",
        ],
    },
    {
        "label": "Running late",
        "kind": "send_text",
        "steps": ["I am running about twenty minutes late today. There is coffee. Sorry!"],
    },
)
REMINDER = {
    "name": "reminder",
    "kind": "reminder",
    "locale": "en",
    "bodies": {
        "sms": {"text": "See you soon at Ari Ink. Sleep well and eat something first!"},
    },
}


def open_studio(artist: Caller) -> None:
    """Give the artist services, terms, questions, a guest spot and what they send.

    Raises:
        StackError: A function refused a request.
    """
    artist.send("PUT", "/v1/appointments/bank-details", BANK)
    for kind, (text, rules) in POLICIES.items():
        _publish(artist, kind, text, rules)
    for service in SERVICES:
        artist.send("POST", "/v1/appointments/services", service | _ADDRESS_OF_A_SERVICE)
    artist.send("POST", "/v1/appointments/schedules", _guest_spot(datetime.now(UTC).date()))
    artist.send("PUT", "/v1/consultations/intake", {"questions": QUESTIONS})


def prepare_messages(artist: Caller) -> None:
    """Give the artist what they send: quick actions, an answer while away, their brand.

    Raises:
        StackError: A function refused a request.
    """
    for action in QUICK_ACTIONS:
        artist.until("POST", "/v1/quick-actions", action)
    away = {"enabled": True, "content": "I am at the needle. I answer in the evening."}
    artist.send("PUT", "/v1/messages/away", away)
    brand = {"name": "Ari Ink", "color": "#39423a", "footer": "Hauptstrasse 1, 10827 Berlin"}
    artist.send("PUT", "/v1/notifications/brand", brand)


def services_of(artist: Caller) -> dict[str, str]:
    """Return the ids of an artist's services by their names."""
    query = {"artistId": artist.id}
    found = artist.send("GET", "/v1/appointments/services", query=query)["items"]
    # The developer may have added others of the same name.
    return {service["name"]: service["id"] for service in reversed(found)}


def _publish(artist: Caller, kind: str, text: str, rules: dict[str, Any]) -> None:
    draft = {"text": text, "rules": {"type": kind, **rules}}
    saved = artist.send("PUT", "/v1/policies/drafts/{kind}", draft, of={"kind": kind})
    of_kind = {"kind": kind}
    path = "/v1/policies/drafts/{kind}/publish"
    artist.send("POST", path, {"version": saved["version"]}, of=of_kind)


def _guest_spot(today: date) -> dict[str, Any]:
    first = today + timedelta(days=47 - today.weekday())  # a Thursday
    open_all_day = [{"start": "11:00", "end": "19:00"}]
    return {
        "name": "Guest at Nordlicht",
        "location": "Kastanienallee 4, Vienna",
        "timeZone": "Europe/Vienna",
        "weekly": dict.fromkeys(("thursday", "friday", "saturday"), open_all_day),
        "firstDate": first.isoformat(),
        "lastDate": (first + timedelta(days=2)).isoformat(),
    }
