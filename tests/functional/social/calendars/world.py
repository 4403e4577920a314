"""A world for a test: an artist, their Google account, and what the worker has to do."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from infra.local.standins.social.google_state import AccessToken, Calendar, RefreshToken
from infra.local.standins.social.network import SocialNetworks
from infra.local.standins.social.outgoing import Delivery
from shared.events.domain_events import DomainEvent
from shared.http.caller import Role
from shared.platform import clock
from shared.platform.config import queue_url
from social.app import app
from social.models import Capability, ProviderId, SocialAccount, Tokens
from social.models.calendars import SocialCalendar
from social.rules import calendar_reading
from social.store import calendars as calendars_store
from social.use_cases import calendars, dispatch, due_work, work
from social.use_cases.work import Work
from tests.functional.social.conftest import MARA
from tests.functional.social.world import connect
from tests.support import fake_aws
from tests.support.gateway import ApiClient, client_for
from tests.support.outbox import published

EMAIL = "mara@example.com"
BUSY = "social_calendar.busy_times_changed"
NOTIFICATIONS = "/v1/social/google-calendar/notifications"
SCOPE = "https://www.googleapis.com/auth/calendar"
Json = dict[str, Any]


class World:
    """The feature in a test. Time stands still unless the test advances it."""

    def __init__(self, time: TimeMachineFixture, networks: SocialNetworks) -> None:
        self.networks = networks
        self.api: ApiClient = client_for(app).as_user(MARA, role=Role.ARTIST)
        self.account = self._connect()
        self.home = f"/v1/social/accounts/{self.account.id}/calendars"
        self._time = time

    def _connect(self) -> SocialAccount:
        scopes = [f"{SCOPE}.events", f"{SCOPE}.calendarlist.readonly"]
        until = self.networks.clock.now() + 3600 * 24 * 365
        with self.networks.google.changing() as state:
            person = state.person(EMAIL, "Mara Voss")
            state.access_tokens["access-1"] = AccessToken(email=EMAIL, scopes=scopes, until=until)
            state.refresh_tokens["refresh-1"] = RefreshToken(email=EMAIL, scopes=scopes)
        return connect(
            MARA,
            ProviderId.GOOGLE,
            subject=person.sub,
            tokens=Tokens("access-1", "refresh-1", datetime.fromtimestamp(until, UTC)),
            capabilities=(Capability.CALENDAR,),
        )

    # ---- time --------------------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        """The current instant."""
        return clock.now()

    def later(self, **passed: float) -> None:
        """Advance the time."""
        self._time.shift(timedelta(**passed))

    # ---- the calendar at Google --------------------------------------------------------------

    def add_calendar(self, key: str, **fields: Any) -> None:
        """Give the artist another calendar."""
        with self.networks.google.changing() as state:
            state.calendars[key] = Calendar(id=key, owner=EMAIL, summary=key, **fields)

    def put(self, calendar: str = "primary", **event: Any) -> Json:
        """Create or replace an event, as the artist does."""
        return self.networks.calendars.put_event(EMAIL, calendar, event)

    def put_hour(self, hour: int, day: str = "2026-12-01", **fields: Any) -> str:
        """Create an event of an hour in UTC, and return its id."""
        start = datetime.fromisoformat(f"{day}T{hour:02}:00:00+00:00")
        end = start + timedelta(hours=1)
        times = {"start": {"dateTime": start.isoformat()}, "end": {"dateTime": end.isoformat()}}
        return str(self.put(**{**times, **fields})["id"])

    def delete(self, event_id: str, calendar: str = "primary") -> None:
        """Delete an event, as the artist does."""
        self.networks.calendars.delete_event(EMAIL, calendar, event_id)

    def list_busy(self, calendar: str = "primary") -> list[tuple[datetime, datetime]]:
        """Return when the stand-in says that the artist is busy, in the time that matters."""
        start, end = calendar_reading.list_window(self.now)
        return self.networks.calendars.busy(EMAIL, calendar, start, end)

    def take_notifications(self) -> list[Delivery]:
        """Return the notifications that Google sent since they were taken."""
        return self.networks.outgoing.take()

    # ---- the API and the worker --------------------------------------------------------------

    def choose(self, *read: str, write: str | None = None) -> list[Json]:
        """Choose calendars by their ids at Google."""
        body = {
            "read": [self.id_of(key) for key in read],
            "write": self.id_of(write) if write else None,
        }
        answer = self.api.put(self.home, json=body)
        assert answer.status_code == 200, answer.body
        return list(answer.json_body["items"])

    def id_of(self, key: str) -> str:
        """Return our id of a calendar."""
        return calendars.derive_id(self.account, EMAIL if key == "primary" else key)

    def find(self, key: str = "primary") -> SocialCalendar:
        """Return what is stored of a calendar."""
        found = calendars_store.find_calendar(MARA, self.id_of(key))
        assert found is not None
        return found

    def notify(self, deliveries: Iterable[Delivery]) -> list[int]:
        """Deliver notifications, and return the status of each."""
        return [self.deliver(each.headers).status_code for each in deliveries]

    def deliver(self, headers: dict[str, str]) -> HTTPResponse:
        """Deliver a notification."""
        return client_for(app).with_headers(headers).post(NOTIFICATIONS)

    def sweep(self) -> None:
        """Run the sweeper, as the schedule does every minute."""
        due_work.sweep(self.now, lambda: 60.0)

    def list_waiting(self) -> list[Work]:
        """Take what waits for the worker."""
        waiting: list[Work] = []
        sqs, url = fake_aws.client("sqs"), queue_url(work.QUEUE)
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                waiting.append(msgspec.json.decode(message["Body"], type=Work))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return waiting

    def work(self) -> int:
        """Do what waits for the worker, and return how much it was."""
        waiting = self.list_waiting()
        self.do(waiting)
        return len(waiting)

    def do(self, works: Iterable[Work]) -> None:
        """Do work as the worker does."""
        for each in works:
            dispatch.do_work(each, self.now)

    def count_calls(self, operation: str) -> int:
        """Count the calls of Google, and forget them."""
        count = self.networks.google_faults.calls.count(operation)
        self.networks.google_faults.calls.clear()
        return count

    # ---- events ------------------------------------------------------------------------------

    def list_events(self) -> list[DomainEvent]:
        """Return the published events with busy times, the oldest first."""
        return published("social", BUSY)

    def list_published(self, key: str = "primary") -> list[tuple[datetime, datetime]]:
        """Return the busy times that consumers know of a calendar: those of its last version."""
        events = [each.data for each in self.list_events()]
        known = [each for each in events if each["calendarId"] == self.id_of(key)]
        if not known:
            return []
        newest = max(known, key=lambda data: int(data["recordVersion"]))
        return [
            (datetime.fromisoformat(each["startsAt"]), datetime.fromisoformat(each["endsAt"]))
            for each in newest["busyTimes"]
        ]
