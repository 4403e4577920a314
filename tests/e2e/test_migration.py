"""Migration from a monolith on a deployed stack, phase by phase, while old clients keep writing."""

import itertools
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from infra.operate import migration, rebuild
from tests.e2e.test_booking import Person, new_person, new_service
from tests.e2e.test_booking import artist as artist  # noqa: PLC0414  # a fixture
from tests.e2e.test_booking import client as client  # noqa: PLC0414  # a fixture
from tests.support.api import Api, Inbox, eventually, fresh_address
from tests.support.monolith import Monolith, running_monolith
from tests.support.stack import RunningStack

FUNCTIONS = ("gateway-api", "gateway-migration")
BOTH = ("notifications", "appointments")
EACH_PHASE = 3  # writes that are acknowledged in a phase before the next one begins


@pytest.fixture(scope="module")
def monolith(stack: RunningStack) -> Iterator[Monolith]:
    """Run a monolith, and configure the gateway as Environment.monolith_url does."""
    lambda_ = stack.client("lambda")
    names = [f"{stack.settings.prefix()}{name}" for name in FUNCTIONS]
    before = {
        name: lambda_.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        for name in names
    }
    with running_monolith() as server:
        for name in names:
            variables = before[name] | {"MONOLITH_URL": server.url}
            lambda_.update_function_configuration(
                FunctionName=name, Environment={"Variables": variables}
            )
        yield server
    for name in names:
        lambda_.update_function_configuration(
            FunctionName=name, Environment={"Variables": before[name]}
        )


@dataclass
class OldClient:
    """An old client that writes without a pause, each time something else.

    Attributes:
        markers: What it wrote: the notes of an appointment or the text of a notification.
        refused: Answers other than success.
        attempts: How often each was sent.
    """

    api: Api
    service_id: str
    artist_id: str
    markers: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in BOTH})
    refused: list[str] = field(default_factory=list)
    attempts: Counter[str] = field(default_factory=Counter)

    def book(self, number: int) -> None:
        """Book a time that nobody else takes."""
        start = START + timedelta(minutes=15 * number)
        marker = f"appointment {number}."
        body = {
            "artistId": self.artist_id,
            "serviceId": self.service_id,
            "startTime": start.isoformat().replace("+00:00", "Z"),
            "notes": marker,
        }
        self._write("appointments", "/appointments", body, marker)

    def send(self, number: int) -> None:
        """Send something to oneself."""
        marker = f"notification {number}."
        self._write("notifications", "/notifications/send", {"message": marker}, marker)

    def _write(self, feature: str, path: str, body: dict[str, Any], marker: str) -> None:
        """Send a write, and send it again while the answer is that of an outage."""

        def attempt() -> requests.Response | None:
            self.attempts[marker] += 1
            api = replace(self.api, address=fresh_address())  # the limit is per address
            answer = api.post(path, body)
            is_running = answer.status_code == 409 and "request_in_progress" in answer.text
            return None if answer.status_code >= 500 or is_running else answer

        answer = eventually(attempt, f"an answer to {marker}")
        if answer.status_code < 300:
            self.markers[feature].append(marker)
        else:
            self.refused.append(f"{answer.status_code} {answer.text}")


START = (datetime.now(UTC) + timedelta(days=10)).replace(hour=0, minute=0, second=0, microsecond=0)


@contextmanager
def writing(old: OldClient) -> Iterator[None]:
    """Let two threads write while the block runs."""
    ended, numbers = threading.Event(), itertools.count()

    def write(act: Any) -> None:
        while not ended.is_set() and not old.refused:
            act(next(numbers))

    threads = [threading.Thread(target=write, args=(act,)) for act in (old.book, old.send)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def list_ours(person: Person) -> list[dict[str, Any]]:
    """Return the person's appointments of ours."""
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = person.api.get(f"/v1/appointments?limit=100{cursor}").json()
        items += page["items"]
        if page["nextCursor"] is None:
            return items
        cursor = f"&cursor={page['nextCursor']}"


def test_each_phase_loses_no_write_and_doubles_none(
    stack: RunningStack, monolith: Monolith, artist: Person, client: Person, inbox: Inbox
) -> None:
    operator = rebuild.Operator(stack.settings.session(), stack.settings.prefix())
    service_id = new_service(
        artist, durationMinutes=15, slotIntervalMinutes=15, minimumNoticeMinutes=0
    )
    old = OldClient(client.api, service_id, artist.id)
    records = monolith.records

    def count_here(feature: str) -> int:
        """Count what is acknowledged and is not at the monolith."""
        return sum(records.counts[marker] == 0 for marker in list(old.markers[feature]))

    def count_there(feature: str) -> int:
        return sum(records.counts[marker] > 0 for marker in list(old.markers[feature]))

    def go_on(mode: str, phase: str) -> None:
        """Switch both features, and wait for writes on the side that serves them."""
        for feature in BOTH:
            list(migration.switch(operator, feature, mode, phase, ""))
        count = count_here if mode == "new" else count_there
        before = {feature: count(feature) for feature in BOTH}
        for each in BOTH:
            eventually(
                lambda each=each: old.refused or count(each) >= before[each] + EACH_PHASE,  # type: ignore[misc]
                f"{phase}: {EACH_PHASE} writes of {each}",
            )
        assert not old.refused

    with writing(old):
        go_on("monolith", "dual mode")
        go_on("shadow", "dual mode, compared")
        for feature in BOTH:
            eventually(
                lambda feature=feature: "compared" in report(operator, feature),  # type: ignore[misc]
                f"a comparison of {feature}",
            )
        go_on("new", "gradual migration")
        go_on("monolith", "back")
        list(migration.ask(operator, "bring-back", feature="appointments"))
        go_on("new", "complete migration")
    for feature in BOTH:
        list(migration.switch(operator, feature, "monolith", "the end", ""))
    eventually(lambda: _bring_all_back(operator), "the return of every write")

    assert not old.refused
    ours = Counter(each["notes"] for each in list_ours(client))
    for marker in old.markers["appointments"]:
        # Everything is at the monolith in the end: written there, or brought back. It knows no
        # keys, so what was sent to it again it may have made again, as without a gateway.
        most = 1 if ours[marker] else old.attempts[marker]
        assert 1 <= records.counts[marker] <= most, marker
        assert ours[marker] <= 1, marker
    assert ours.total() >= 2 * EACH_PHASE
    assert set(ours) <= set(old.markers["appointments"])

    def received() -> Counter[str]:
        texts = [mail["text"] or "" for mail in inbox.messages("email", client.email)]
        return Counter(
            marker for marker in old.markers["notifications"] for text in texts if marker in text
        )

    sent_by_ours = {m for m in old.markers["notifications"] if not records.counts[m]}
    assert len(sent_by_ours) >= 2 * EACH_PHASE
    eventually(lambda: set(received()) >= sent_by_ours, "the mails of ours")
    mails = received()
    for marker in old.markers["notifications"]:
        assert mails[marker] == (marker in sent_by_ours), marker
        assert records.counts[marker] <= old.attempts[marker], marker


def report(operator: rebuild.Operator, feature: str) -> str:
    """Return the shadow report of a feature."""
    return "\n".join(migration.ask(operator, "report", feature=feature))


def _bring_all_back(operator: rebuild.Operator) -> bool:
    *_, last = migration.ask(operator, "bring-back", feature="appointments")
    return last.endswith(" 0 left.")


def test_switches_concern_old_paths_alone(
    stack: RunningStack, monolith: Monolith, api: Api
) -> None:
    person = new_person(stack, "client")
    before = len(monolith.requests)
    assert person.api.get("/v1/appointments").status_code == 200
    assert api.get("/appointments").status_code == 401
    assert replace(api, token="a.b.c").get("/appointments", x_user_id="usr_x").status_code == 401
    seen = [path for _, path, headers in monolith.requests[before:] if "x-user-id" in headers]
    assert seen == []
