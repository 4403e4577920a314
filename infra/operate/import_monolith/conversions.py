"""What each row of a dump becomes: a row of a feature, with the ids of this system.

The id of a record is derived from the kind and the old id of its row, so every import of a dump
makes the same. It is no secret: whoever knows one may still read only what they may read anyway.
"""

import hashlib
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
from ulid import ULID

from infra.operate.import_monolith.columns import OverlapError, RowError
from infra.operate.import_monolith.dumps import Dump
from infra.operate.import_monolith.state import Known, State
from infra.paths import LAYER

sys.path.append(str(LAYER / "python"))
from domain.money import get_minor_digits

_RANDOM_BYTES = 10  # of a ULID, behind six bytes of time
_IMAGE_TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
}
_ROLES = {"artist": "artist", "client": "client", "user": "client", "admin": "client"}
_POLICIES = {"deposit", "design", "reschedule", "cancellation"}
_ACTIONS = {"send_text", "find_availability", "deposit_info", "policy", "price_list", "custom"}
_TEMPLATES = {
    "confirmation": "confirmation",
    "reminder": "reminder",
    "prebooking": "reminder",
    "followup": "follow_up",
    "birthday": "birthday",
    "promotional": "promotional",
    "aftercare": "aftercare",
    "preparation": "preparation",
    "custom": "custom",
}
_CONSULTATIONS = {
    "pending", "responded", "scheduled", "completed", "cancelled", "declined", "archived",
}  # fmt: skip
_APPOINTMENTS = {"pending", "confirmed", "completed", "cancelled", "declined", "no_show"}
_TAKE_TIME = {"pending", "confirmed", "completed"}
# A hash of bcrypt, and the costs that auth compares passwords with.
_BCRYPT = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}")
LOWEST_COST, HIGHEST_COST = 4, 12
# {{ name }} of Handlebars and {name}
_PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z]\w{0,39})\s*\}\}|\{([A-Za-z]\w{0,39})\}")


@dataclass(frozen=True)
class Converted:
    """A row in the terms of the feature that imports it.

    Attributes:
        row: What is sent to its function `import-rows`.
        detail: What other rows need of it.
        note: How it differs from the row of the dump; empty if it does not.
        file: Row of the image that it shows, which is imported first; None for most rows.
        image: Where that image is.
    """

    row: dict[str, Any]
    detail: str = ""
    note: str = ""
    file: dict[str, Any] | None = None
    image: str = ""


@dataclass(frozen=True)
class Converter:
    """Converts rows; it resolves what they refer to.

    Attributes:
        dump: The dump, for its images.
        state: The ids of what was imported before.
        scope: Name of the environment, which is part of what ids are derived from.
        currency: Currency of prices whose rows name none; empty for none.
    """

    dump: Dump
    state: State
    scope: str
    currency: str = ""

    def convert(self, kind: str, values: Mapping[str, Any]) -> Converted:
        """Convert a row.

        Raises:
            RowError: What it refers to is missing, or it says something that is not known here.
        """
        return _CONVERSIONS[kind](self, values)

    def derive(self, prefix: str, kind: str, old_id: str, created_at: datetime) -> str:
        """Return the id of a record: that of an earlier import, or the one that every one makes."""
        known = self.state.find(kind, old_id)
        return known.new_id if known else self.make_id(prefix, f"{kind} {old_id}", created_at)

    def make_id(self, prefix: str, name: str, created_at: datetime) -> str:
        """Return the id that is derived from a name."""
        time = bytes(ULID.from_datetime(max(created_at, datetime(1970, 1, 1, tzinfo=UTC))))
        digest = hashlib.sha256(f"{self.scope} {name}".encode()).digest()
        ulid = ULID.from_bytes(time[:-_RANDOM_BYTES] + digest[:_RANDOM_BYTES])
        return f"{prefix}_{ulid}"

    def resolve(self, kind: str, values: Mapping[str, Any], column: str) -> Known:
        """Return the row that a column refers to.

        Raises:
            RowError: There is none, or it was set aside.
        """
        found = self.state.find(kind, values[column])
        if found is None:
            raise RowError(f"{column} {values[column]} is in no row of {kind}")
        if not found.stored:
            raise RowError(f"{column} {values[column]} is a row of {kind} that was set aside")
        return found

    def resolve_pair(self, values: Mapping[str, Any]) -> tuple[str, str]:
        """Return the ids of the artist and of the client of a row.

        Raises:
            RowError: One of them is missing, or the artist is none.
        """
        artist = self.resolve_artist(values, "artistId")
        client = self.resolve("users", values, "clientId").new_id
        if artist == client:
            raise RowError("artistId and clientId are the same")
        return artist, client

    def resolve_artist(self, values: Mapping[str, Any], column: str) -> str:
        """Return the id of an artist.

        Raises:
            RowError: They are missing, or no artist.
        """
        found = self.resolve("users", values, column)
        if found.detail != "artist":
            raise RowError(f"{column} {values[column]} is no artist")
        return found.new_id

    def to_minor_units(self, amount: Decimal | None, currency: str) -> int:
        """Return an amount in minor units.

        Raises:
            RowError: It has more digits than the currency.
        """
        minor = (amount or Decimal()).scaleb(get_minor_digits(currency))
        if minor != int(minor) or minor < 0:
            raise RowError(f"{amount} is no amount of {currency}")
        return int(minor)


def _user(converter: Converter, values: Mapping[str, Any]) -> Converted:
    role = _choose(values, "role", _ROLES)
    notes = ["an administrator there, a client here"] if role == "admin" else []
    password = values["password"]
    if password is not None and not _is_taken_over(password):
        password = None
        notes.append("without a password: its hash is none of bcrypt up to cost 12")
    row = {
        "id": converter.derive("usr", "users", values["id"], values["createdAt"]),
        "email": values["email"].strip(),
        "name": values["name"].strip(),
        "role": _ROLES[role],
        "createdAt": values["createdAt"],
        "passwordHash": password,
    }
    return Converted(row, _ROLES[role], "; ".join(notes))


def _is_taken_over(password: str) -> bool:
    """Return whether auth can compare passwords with a hash (`auth.rules.imported_passwords`)."""
    found = _BCRYPT.fullmatch(password)
    return found is not None and LOWEST_COST <= int(found[1]) <= HIGHEST_COST


def _policy(converter: Converter, values: Mapping[str, Any]) -> Converted:
    title, content = values["title"], values["content"]
    return Converted(
        {
            "id": converter.derive("rev", "policies", values["id"], values["updatedAt"]),
            "artistId": converter.resolve_artist(values, "artistId"),
            "kind": _choose(values, "policyType", _POLICIES),
            "text": f"{title}\n\n{content}" if title else content,
            "savedAt": values["updatedAt"],
        },
        note="a draft, with the default rules of its kind",
    )


def _quick_action(converter: Converter, values: Mapping[str, Any]) -> Converted:
    kind, content = _choose(values, "actionType", _ACTIONS), values["content"]
    if content is None:
        raise RowError("content is missing: a system action does the same, or nothing would")
    becomes_custom = kind not in ("send_text", "custom") and "{{" not in content
    return Converted(
        {
            "id": converter.derive("qac", "quickActionButtons", values["id"], values["createdAt"]),
            "artistId": converter.resolve_artist(values, "artistId"),
            "label": values["label"].strip(),
            "kind": "custom" if becomes_custom else kind,
            "steps": [content],
            "enabled": values["enabled"] is not False,
        },
        note="custom, because its text has no variable" if becomes_custom else "",
    )


def _template(converter: Converter, values: Mapping[str, Any]) -> Converted:
    wanted = values["templateType"].lower().replace("_", "").replace("-", "")
    if wanted not in _TEMPLATES:
        raise RowError(f"templateType {values['templateType']!r} is not known")
    names: dict[str, None] = {}

    def translate(text: str) -> str:
        def put(match: re.Match[str]) -> str:
            name = match[1] or match[2]
            names[name] = None
            return f"{{{{ {name} }}}}"

        return _PLACEHOLDER.sub(put, text)

    title, body = translate(values["title"]), translate(values["body"])
    old_id = re.sub(r"[^a-z0-9]+", "-", values["id"].lower()).strip("-")
    kind, created_at = "notificationTemplates", values["createdAt"]
    return Converted(
        {
            "id": converter.derive("tpl", kind, values["id"], created_at),
            "ownerId": converter.resolve_artist(values, "userId"),
            "name": f"imported-{wanted}-{old_id}"[:64],
            "kind": _TEMPLATES[wanted],
            "locale": values["locale"] or "en",
            "variables": [
                {"name": name, "type": "string", "required": False, "example": name}
                for name in names
            ],
            "bodies": {
                "email": {"subject": title, "text": body},
                "push": {"title": title, "body": body},
            },
            "createdAt": created_at,
        },
        note="a draft",
    )


def _subscription(converter: Converter, values: Mapping[str, Any]) -> Converted:
    return Converted(
        {
            "id": converter.derive("sub", "pushSubscriptions", values["id"], values["createdAt"]),
            "userId": converter.resolve("users", values, "userId").new_id,
            "endpoint": values["endpoint"],
            "p256dh": values["p256dh"],
            "auth": values["auth"],
            "registeredAt": values["createdAt"],
        }
    )


def _portfolio_item(converter: Converter, values: Mapping[str, Any]) -> Converted:
    artist = converter.resolve_artist(values, "artistId")
    image = converter.dump.find_image(values["imageUrl"])
    if image is None:
        raise RowError(f"the image {values['imageUrl']} is not in the dump's folder files"[:200])
    content_type = _IMAGE_TYPES.get(image.suffix.lower())
    if content_type is None:
        raise RowError(f"the image {image.name} is no {', '.join(_IMAGE_TYPES)}")
    with image.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    created_at = values["createdAt"]
    file_id = converter.make_id("fil", f"portfolios {values['id']} image", created_at)
    ulid = artist.removeprefix("usr_")
    return Converted(
        {
            "id": converter.derive(f"itm_{ulid}", "portfolios", values["id"], created_at),
            "artistId": artist,
            "fileId": file_id,
            "caption": values["description"] or "",
            "style": values["style"],
            "createdAt": created_at,
        },
        file={
            "id": file_id,
            "ownerId": artist,
            "name": image.name,
            "contentType": content_type,
            "size": image.stat().st_size,
            "sha256": sha256,
            "createdAt": created_at,
        },
        image=str(image),
    )


def _consultation(converter: Converter, values: Mapping[str, Any]) -> Converted:
    artist, client = converter.resolve_pair(values)
    status = _choose(values, "status", _CONSULTATIONS)
    is_archived = status == "archived"
    return Converted(
        {
            "id": converter.derive("cns", "consultations", values["id"], values["createdAt"]),
            "artistId": artist,
            "clientId": client,
            "subject": values["subject"].strip(),
            "description": values["description"] or "",
            "status": "cancelled" if is_archived else status,
            "createdAt": values["createdAt"],
            "updatedAt": values["updatedAt"] or values["createdAt"],
            "preferredDate": values["preferredDate"],
            "viewed": bool(values["viewed"]),
            "archived": is_archived,
        },
        note="cancelled, in the artist's archive" if is_archived else "",
    )


def _conversation(converter: Converter, values: Mapping[str, Any]) -> Converted:
    artist, client = converter.resolve_pair(values)
    created_at = values["createdAt"]
    return Converted(
        {
            "id": converter.derive("cnv", "conversations", values["id"], created_at),
            "artistId": artist,
            "clientId": client,
            "createdAt": created_at,
            "activeAt": max(created_at, values["lastMessageAt"] or created_at),
        },
        detail=f"{artist} {client}",
    )


def _message(converter: Converter, values: Mapping[str, Any]) -> Converted:
    conversation = converter.resolve("conversations", values, "conversationId")
    sender = None
    if values["senderId"] is not None:
        sender = converter.resolve("users", values, "senderId").new_id
        if sender not in conversation.detail.split():
            raise RowError(f"senderId {values['senderId']} is no member of the conversation")
    kind = values["messageType"]
    is_text = kind == "text" and sender is not None
    return Converted(
        {
            "id": converter.derive("msg", "messages", values["id"], values["createdAt"]),
            "conversationId": conversation.new_id,
            "type": "text" if sender is not None else "system",
            "senderId": sender,
            "content": values["content"],
            "createdAt": values["createdAt"],
        },
        note="" if is_text or kind == "system" else f"the text of a message of type {kind}",
    )


def _appointment(converter: Converter, values: Mapping[str, Any]) -> Converted:
    artist, client = converter.resolve_pair(values)
    status = _choose(values, "status", _APPOINTMENTS)
    starts_at, ends_at = values["startTime"], values["endTime"]
    has_price = values["price"] or values["depositAmount"]
    currency = (values["currency"] or converter.currency or ("" if has_price else "EUR")).upper()
    if not currency:
        raise RowError("has a price without a currency: name it with CURRENCY=…")
    created_at = values["createdAt"]
    name = (values["serviceName"] or values["title"] or "Appointment").strip()[:100]
    ulid = artist.removeprefix("usr_")
    if status in _TAKE_TIME:
        other = converter.state.find_overlap(values["id"], artist, starts_at, ends_at)
        if other is not None:
            raise OverlapError(other)
    converted = Converted(
        {
            "id": converter.derive("apt", "appointments", values["id"], created_at),
            "artistId": artist,
            "clientId": client,
            "serviceId": converter.make_id(
                f"svc_{ulid}", f"service {artist} {name}", datetime(1970, 1, 1, tzinfo=UTC)
            ),
            "serviceName": name,
            "startsAt": starts_at,
            "endsAt": ends_at,
            "timeZone": values["timeZone"] or "UTC",
            "status": status,
            "price": {
                "amount": converter.to_minor_units(values["price"], currency),
                "currency": currency,
            },
            "createdAt": created_at,
            "updatedAt": values["updatedAt"] or created_at,
            "location": values["location"] or "",
            "notes": values["description"] or "",
            "depositAmount": converter.to_minor_units(values["depositAmount"], currency),
            "depositPaid": bool(values["depositPaid"]) and bool(values["depositAmount"]),
        }
    )
    if status in _TAKE_TIME:  # last: a row that is set aside takes no time from others
        converter.state.save_span(values["id"], artist, starts_at, ends_at)
    return converted


def _choose(values: Mapping[str, Any], column: str, known: Any) -> str:
    """Return the value of a column that has some known ones.

    Raises:
        RowError: It is none of them.
    """
    value = str(values[column]).strip().lower()
    if value not in known:
        raise RowError(f"{column} {values[column]!r} is none of {', '.join(sorted(known))}"[:300])
    return value


_CONVERSIONS: Mapping[str, Callable[[Converter, Mapping[str, Any]], Converted]] = {
    "users": _user,
    "policies": _policy,
    "quickActionButtons": _quick_action,
    "notificationTemplates": _template,
    "pushSubscriptions": _subscription,
    "portfolios": _portfolio_item,
    "consultations": _consultation,
    "conversations": _conversation,
    "messages": _message,
    "appointments": _appointment,
}


def hash_row(row: Mapping[str, Any]) -> bytes:
    """Return the SHA-256 of a row's canonical form.

    That is JSON with sorted members, in UTF-8, without those that are null, false, zero or empty.
    """
    filled = _without_empty(msgspec.to_builtins(row))
    return hashlib.sha256(msgspec.json.encode(filled, order="deterministic")).digest()


def _without_empty(value: Any) -> Any:
    if isinstance(value, Mapping):
        members = {name: _without_empty(member) for name, member in value.items()}
        return {name: member for name, member in members.items() if member}
    return [_without_empty(member) for member in value] if isinstance(value, list) else value
