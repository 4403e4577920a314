"""Calendars that appointments are written to, as a test uses them: the same for every provider."""

from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import icalendar
import msgspec
from time_machine import TimeMachineFixture

from infra.local.standins.caldav import HOME, Fault
from infra.local.standins.social.faults import ProviderFault
from infra.local.standins.social.network import SocialNetworks
from shared.events.domain_events import DomainEvent
from shared.http.caller import Role
from shared.platform import clock
from shared.platform.config import queue_url
from social import consumers
from social.app import app
from social.models import Capability, ProviderId, Tokens
from social.rules import event_keys
from social.use_cases import calendars, dispatch, due_work, work
from social.use_cases.work import Work
from tests.functional.social.calendars.world import EMAIL
from tests.functional.social.calendars.world import World as GoogleWorld
from tests.functional.social.conftest import MARA
from tests.functional.social.world import connect
from tests.support import fake_aws
from tests.support.caldav import RunningCalDav
from tests.support.gateway import ApiClient, client_for
from tests.support.outbox import published

APPOINTMENT = "apt_01JD2Z5Q0V8XKM3F7T9B4N6RWC"
CLIENT = "usr_01JD31N0P1Q2R3S4T5V6W7X8YZ"
TEN = datetime(2026, 12, 1, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
OPERATIONS = {"insert": "events.insert", "replace": "events.patch", "delete": "events.delete"}
CHANGED = "social_calendar.booking_changed_elsewhere"


class Written(NamedTuple):
    """An event as the calendar shows it."""

    title: str
    starts_at: datetime


class Side(ABC):
    """The feature with an artist who has an account, and time that stands still.

    Attributes:
        home: The route of the account's calendars.
        main: Our id of a calendar.
        other: Our id of another one.
    """

    def __init__(self, time: TimeMachineFixture) -> None:
        self.api: ApiClient = client_for(app).as_user(MARA, role=Role.ARTIST)
        self.home = ""
        self.main = ""
        self.other = ""
        self._time = time
        self._consumed: set[str] = set()
        self._numbers = iter(range(1, 1_000))

    @abstractmethod
    def written(self, key: str = "") -> dict[str, Written]:
        """Return the events of ours in a calendar by their appointments."""

    @abstractmethod
    def move(self, by: timedelta) -> None:
        """Move the event of the appointment, as the artist does."""

    @abstractmethod
    def delete(self) -> None:
        """Delete the event of the appointment, as the artist does."""

    @abstractmethod
    def lose(self, call: str) -> None:
        """Lose the answer of the next `insert`, `replace` or `delete`."""

    @abstractmethod
    def refuse(self, call: str) -> None:
        """Have the next `insert`, `replace` or `delete` fail, and nothing done."""

    @property
    def now(self) -> datetime:
        """The current instant."""
        return clock.now()

    def later(self, **passed: float) -> None:
        """Advance the time."""
        self._time.shift(timedelta(**passed))

    def choose(self, write: str | None, read: tuple[str, ...] = ()) -> None:
        """Choose the calendar that appointments are written to."""
        answer = self.api.put(self.home, json={"read": list(read), "write": write})
        assert answer.status_code == 200, answer.body
        self.work()

    def deliver(self, type_: str, data: dict[str, Any]) -> None:
        """Deliver an event, and do nothing else."""
        number = next(self._numbers)
        event = DomainEvent(f"evt_{number}", "/artist-booking/x", type_, "x", self.now, data)
        consumers.handle(event, self.now)

    def book(
        self,
        version: int = 1,
        type_: str = "appointment.confirmed",
        starts_at: datetime = TEN,
        **fields: Any,
    ) -> None:
        """Deliver an event of the appointment."""
        data = {
            "appointmentId": APPOINTMENT,
            "artistId": MARA,
            "clientId": CLIENT,
            "serviceName": "Fine line tattoo",
            "startsAt": starts_at.isoformat(),
            "endsAt": (starts_at + HOUR).isoformat(),
            "timeZone": "Europe/Berlin",
            "status": "confirmed",
            "recordVersion": version,
            "by": "client",
        }
        self.deliver(type_, data | fields)

    def cancel(self, version: int = 2, status: str = "cancelled") -> None:
        """Deliver the event that the appointment does not take place."""
        self.book(version, f"appointment.{status}", status=status)

    def work(self) -> None:
        """Deliver what social published, and do what waits for the worker, until nothing does."""
        while self._relay() + self.work_once():
            pass

    def _relay(self) -> int:
        pending = [
            event
            for event in published("social")
            if event.id not in self._consumed and event.type in consumers.HANDLERS
        ]
        for event in pending:
            self._consumed.add(event.id)
            consumers.handle(event, self.now)
        return len(pending)

    def work_once(self) -> int:
        """Do what waits for the worker, and return how much it was."""
        waiting = self.list_waiting()
        for each in waiting:
            dispatch.do_work(each, self.now)
        return len(waiting)

    def list_waiting(self) -> list[Work]:
        """Take what waits for the worker."""
        waiting: list[Work] = []
        sqs, url = fake_aws.client("sqs"), queue_url(work.QUEUE)
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                waiting.append(msgspec.json.decode(message["Body"], type=Work))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return waiting

    def read(self) -> None:
        """Have the calendar read, as after a notification or a minute."""
        self.later(minutes=11)
        self.sweep()
        self.work()

    def sweep(self) -> None:
        """Run the sweeper."""
        due_work.sweep(self.now, lambda: 60.0)

    def list_asked(self) -> list[dict[str, Any]]:
        """Return what the artist was asked, the oldest first."""
        return [event.data for event in published("social", CHANGED)]


class GoogleSide(Side):
    """A Google account with two calendars."""

    def __init__(self, time: TimeMachineFixture, networks: SocialNetworks) -> None:
        super().__init__(time)
        self._google = GoogleWorld(time, networks)
        self._google.add_calendar("second", access_role="writer")
        with networks.google.changing() as state:
            for token in state.access_tokens.values():
                token.until += 30 * 24 * 3600
        self._networks = networks
        self.home = self._google.home
        self.main, self.other = self._google.id_of("primary"), self._google.id_of("second")

    def written(self, key: str = "") -> dict[str, Written]:
        name = "second" if key == self.other else "primary"
        with self._networks.google.reading() as state:
            calendar = state.calendar(EMAIL, name)
            assert calendar is not None
            events = list(calendar.events.values())
        return {
            event["extendedProperties"]["private"]["artistBooking"]: Written(
                event["summary"],
                datetime.fromisoformat(event["start"]["dateTime"]).astimezone(UTC),
            )
            for event in events
            if event["status"] != "cancelled"
            and event["extendedProperties"]["private"]["artistBookingArtist"] == MARA
        }

    def move(self, by: timedelta) -> None:
        with self._networks.google.reading() as state:
            calendar = state.calendar(EMAIL, "primary")
            assert calendar is not None
            event = dict(calendar.events[event_keys.build(APPOINTMENT)])
        for name in ("start", "end"):
            moment = datetime.fromisoformat(event[name]["dateTime"]) + by
            event[name] = {**event[name], "dateTime": moment.isoformat()}
        self._networks.calendars.put_event(EMAIL, "primary", event)

    def delete(self) -> None:
        self._google.delete(event_keys.build(APPOINTMENT))

    def lose(self, call: str) -> None:
        operation = OPERATIONS[call]
        fault = ProviderFault(lose_answer=True, count=1)
        self._networks.google_faults.put(operation, fault)

    def refuse(self, call: str) -> None:
        fault = ProviderFault(error="google.unavailable", count=1)
        self._networks.google_faults.put(OPERATIONS[call], fault)


class CalDavSide(Side):
    """An account on a CalDAV server."""

    def __init__(self, time: TimeMachineFixture, server: RunningCalDav) -> None:
        super().__init__(time)
        self.server = server
        login = server.login()
        account = connect(
            MARA,
            ProviderId.CALDAV,
            tokens=Tokens(login.encode()),
            capabilities=(Capability.CALENDAR,),
        )
        self.home = f"/v1/social/accounts/{account.id}/calendars"
        base = server.url.rstrip("/") + HOME
        self.main = calendars.derive_id(account, f"{base}work/")
        self.other = calendars.derive_id(account, f"{base}private/")

    def written(self, key: str = "") -> dict[str, Written]:
        name = "private" if key == self.other else "work"
        found = {}
        for stored in self.server.calendars[name].objects.values():
            (event,) = icalendar.Calendar.from_ical(stored.text).walk("VEVENT")
            found[str(event["X-ARTIST-BOOKING"])] = Written(
                str(event["SUMMARY"]), event.decoded("DTSTART").astimezone(UTC)
            )
        return found

    def move(self, by: timedelta) -> None:
        self.server.move("work", f"{event_keys.build(APPOINTMENT)}.ics", by)

    def delete(self) -> None:
        self.server.delete("work", f"{event_keys.build(APPOINTMENT)}.ics")

    def lose(self, call: str) -> None:
        method = "DELETE" if call == "delete" else "PUT"
        self.server.faults.append(Fault(method=method, drop="after"))

    def refuse(self, call: str) -> None:
        method = "DELETE" if call == "delete" else "PUT"
        self.server.faults.append(Fault(method=method, status=503))
