"""Background work in tests: consumed events, sweeps, and the waitlist they act on."""

import itertools
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from appointments import consumers, store
from appointments.models import WaitlistEntry
from appointments.use_cases import due_work
from shared.events.domain_events import DomainEvent
from shared.platform import clock
from tests.functional.appointments.people import outbox
from tests.support.gateway import ApiClient

_numbers = itertools.count(1)


class EventsWorker:
    """The events worker, which consumes the events of the table's outbox."""

    def __init__(self) -> None:
        self.consumed: set[str] = set()

    def run(self) -> None:
        """Consume new events, and those published because of them, until none is left."""
        while pending := [event for event in outbox() if event.id not in self.consumed]:
            for event in pending:
                self.consumed.add(event.id)
                if event.type in consumers.HANDLERS:
                    consumers.handle(event, clock.now())


def consume(type_: str, data: Mapping[str, Any], at: datetime | None = None) -> DomainEvent:
    """Consume an event of another feature that happened at `at` (by default now), and return it."""
    event = DomainEvent(
        id=f"evt_{next(_numbers)}",
        source="/artist-booking/elsewhere",
        type=type_,
        subject="usr_somebody",
        time=at or clock.now(),
        data=dict(data),
    )
    consumers.handle(event, clock.now())
    return event


def sweep(seconds_left: float = math.inf) -> int:
    """Run the sweeper once."""
    return due_work.sweep(clock.now(), lambda: seconds_left)


def join_waitlist(
    person: ApiClient, service_id: str, first_date: str = "2026-03-03", last_date: str | None = None
) -> str:
    """Join a waitlist for these dates (by default tomorrow), and return the entry's id."""
    body = {"serviceId": service_id, "firstDate": first_date, "lastDate": last_date or first_date}
    answer = person.post("/v1/appointments/waitlist", json=body)
    assert answer.status_code == 201, answer.body
    entry_id: str = answer.json_body["id"]
    return entry_id


def get_waitlist_entry(entry_id: str) -> WaitlistEntry:
    """Return the stored waitlist entry."""
    entry = store.find_waitlist_entry(entry_id)
    assert entry is not None
    return entry
