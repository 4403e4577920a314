"""Records of the sample monolith, and its few rules."""

import threading
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

STATUSES = ("pending", "confirmed", "cancelled", "completed")
FIELDS = ("artistId", "clientId", "serviceId", "serviceName", "startTime", "endTime", "notes")


class Refused(Exception):
    """The monolith refuses a request.

    Attributes:
        status: HTTP status.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Records:
    """Appointments and sent notifications.

    Attributes:
        counts: How often each write was carried out: by the notes of an appointment and by the
            text of a notification.
        changes: How often each appointment was changed, by its id.
        appointments: The appointments by id.
        sent: The notifications that were sent, as (user id, text).
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.changes: Counter[str] = Counter()
        self.appointments: dict[str, dict[str, Any]] = {}
        self.sent: list[tuple[str, str]] = []
        self._lock = threading.Lock()

    def send(self, user_id: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send a notification."""
        if not body.get("message"):
            raise Refused(400, "message is required")
        with self._lock:
            self.counts[body["message"]] += 1
            self.sent.append((body.get("userId") or user_id, body["message"]))
        return {"success": True}

    def book(self, user_id: str, role: str, body: dict[str, Any]) -> dict[str, Any]:
        """Make an appointment. It lasts an hour unless the request says when it ends."""
        start = datetime.fromisoformat(body["startTime"])
        end = body.get("endTime") or (start + timedelta(hours=1)).isoformat()
        made: dict[str, Any] = {name: body.get(name) for name in FIELDS}
        made |= {"endTime": end.replace("+00:00", "Z"), "notes": body.get("notes") or ""}
        made["artistId" if role == "artist" else "clientId"] = user_id
        made["status"] = body.get("status") or "confirmed"
        with self._lock:
            made["id"] = str(len(self.appointments) + 1)
            self.appointments[made["id"]] = made
            self.counts[made["notes"]] += 1
        return made

    def list_own(self, user_id: str) -> list[dict[str, Any]]:
        """List the appointments of a user by their start."""
        with self._lock:
            own = [each for each in self.appointments.values() if user_id in _parties(each)]
        return sorted(own, key=lambda each: str(each["startTime"]))

    def get(self, user_id: str, id_: str) -> dict[str, Any]:
        """Return an appointment of a user."""
        found = self.appointments.get(id_)
        if found is None or user_id not in _parties(found):
            raise Refused(404, "Not found")
        return found

    def change(self, user_id: str, id_: str, body: dict[str, Any]) -> dict[str, Any]:
        """Change an appointment, as anybody who is part of it could: the status, too."""
        if body.get("status", STATUSES[0]) not in STATUSES:
            raise Refused(400, "Unknown status")
        found = self.get(user_id, id_)
        with self._lock:
            found.update({name: body[name] for name in (*FIELDS, "status") if name in body})
            self.changes[id_] += 1
        return found


def _parties(appointment: dict[str, Any]) -> set[Any]:
    return {appointment["artistId"], appointment["clientId"]}
