"""Ended sessions: how soon a container knows of them, at how many calls, and in outages.

Time is simulated in steps of a second, and nothing is slept.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from auth.use_cases import access_tokens as signing
from authorizer.app import CACHED_SECONDS
from shared.http import access_tokens, ended_sessions
from shared.http.ended_sessions import Ended, EndedSessions
from shared.platform import deadlines
from shared.platform.outages import Outage

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BOUND_SECONDS = 60


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


@dataclass
class Table:
    """What auth has stored, as DynamoDB answers it, and a clock.

    Attributes:
        stored: What was ended, each with the instant from which on it can be read.
        takes: Seconds that a call takes.
        is_down: Whether calls fail.
    """

    now: datetime = NOON
    stored: list[tuple[datetime, Ended]] = field(default_factory=list)
    calls: list[datetime] = field(default_factory=list)
    takes: float = 0.0
    is_down: bool = False

    def end(self, *session_ids: str, stored_after: float = 0.0) -> None:
        ended = Ended(self.now, list(session_ids))
        self.stored.append((self.now + seconds(stored_after), ended))

    def fetch(self, since: datetime) -> Iterable[Ended]:
        self.calls.append(since)
        answer = [one for readable, one in self.stored if readable <= self.now and one.at >= since]
        self.now += seconds(self.takes)
        if self.is_down:
            raise Outage("DynamoDB does not respond.")
        return answer

    def clock(self) -> datetime:
        return self.now


@pytest.fixture
def table() -> Table:
    """A table in which nothing is stored, at noon."""
    return Table()


@pytest.fixture
def container(table: Table) -> EndedSessions:
    """A cold container."""
    return EndedSessions(table.fetch)


def denies(container: EndedSessions, table: Table, session_id: str = "ses_1") -> bool:
    return container.contains(session_id, table.clock)


def test_a_container_asks_every_fifteen_seconds_however_many_tokens_it_verifies(
    container: EndedSessions, table: Table
) -> None:
    for _ in range(60):
        for _ in range(50):
            assert not denies(container, table)
        table.now += seconds(1)
    assert len(table.calls) == 4


def test_a_container_that_nobody_asks_makes_no_call(table: Table, container: EndedSessions) -> None:
    table.now += timedelta(hours=8)
    assert table.calls == []
    table.end("ses_1")
    assert denies(container, table)


@pytest.mark.parametrize("offset", range(15))
def test_a_session_that_ended_is_denied_within_fifteen_seconds(
    container: EndedSessions, table: Table, offset: int
) -> None:
    assert not denies(container, table)
    table.now += seconds(offset)
    table.end("ses_1", "ses_2")
    waited = 0
    while not denies(container, table):
        table.now += seconds(1)
        waited += 1
    assert waited <= 15
    assert denies(container, table, "ses_2")
    assert not denies(container, table, "ses_3")


def use_for_two_minutes(first_use: int, ended_at: int, outage: range) -> int:
    """Use a token every second; return the last second of use after its session ended.

    API Gateway keeps each permission for 30 seconds, and other tokens keep the container busy.
    """
    table = Table()
    container = EndedSessions(table.fetch)
    permitted_until, last_use = first_use, 0
    for second in range(120):
        table.now = NOON + seconds(second)
        table.is_down = second in outage
        if second == ended_at:
            table.end("ses_1")
        with suppress(Outage):  # answered with 503
            denies(container, table, "ses_other")
            if second >= permitted_until and not denies(container, table):
                permitted_until = second + CACHED_SECONDS
        if first_use <= second < permitted_until:
            last_use = second
    return last_use - ended_at


@pytest.mark.parametrize("outage_begins", [None, 1, 14, 20, 29, 44])
def test_a_token_is_never_used_sixty_seconds_after_its_session_ended(
    outage_begins: int | None,
) -> None:
    outage = range(outage_begins, 120) if outage_begins else range(0)
    for first_use in (0, 7, 14, 29):
        for ended_at in range(max(1, first_use - 13), first_use + 31, 5):
            used_for = use_for_two_minutes(first_use, ended_at, outage)
            assert used_for < BOUND_SECONDS, (first_use, ended_at)


def test_the_bound_is_the_age_of_the_list_and_the_cache_of_the_gateway() -> None:
    assert ended_sessions.MAX_AGE + seconds(CACHED_SECONDS) == seconds(55)


def test_an_outage_is_bridged_for_25_seconds_and_then_nobody_is_allowed(
    container: EndedSessions, table: Table
) -> None:
    table.end("ses_2")
    assert not denies(container, table)
    table.is_down = True
    table.now += seconds(24)
    assert not denies(container, table)
    assert denies(container, table, "ses_2")
    table.now += seconds(1)
    with pytest.raises(Outage):
        denies(container, table)
    table.is_down = False
    table.now += seconds(5)
    assert not denies(container, table)


def test_a_slow_answer_does_not_make_the_list_younger(
    container: EndedSessions, table: Table
) -> None:
    table.takes = 26
    with pytest.raises(Outage):
        denies(container, table)


def test_a_container_that_fails_asks_every_five_seconds(
    container: EndedSessions, table: Table
) -> None:
    table.is_down = True
    for _ in range(20):
        for _ in range(10):
            with pytest.raises(Outage):
                denies(container, table)
        table.now += seconds(1)
    assert len(table.calls) == 4


def test_a_bug_is_not_taken_for_an_outage(table: Table) -> None:
    def fail(_: datetime) -> Iterable[Ended]:
        raise LookupError("bug")

    with pytest.raises(LookupError):
        EndedSessions(fail).contains("ses_1", table.clock)


@pytest.mark.parametrize("late", [0, 5, 18, 29])
def test_what_is_stored_late_is_not_missed(
    container: EndedSessions, table: Table, late: int
) -> None:
    """A request has the time of its beginning, and may store something when it ends."""
    table.end("ses_1", stored_after=late)
    for _ in range(late + 16):
        is_denied = denies(container, table)
        table.now += seconds(1)
    assert is_denied


def test_only_what_was_added_is_read(container: EndedSessions, table: Table) -> None:
    denies(container, table)
    table.now += seconds(15)
    denies(container, table)
    table.now += timedelta(hours=3)
    denies(container, table)
    first, second, third = table.calls
    assert first == NOON - timedelta(minutes=16)
    assert second == NOON - seconds(30)
    assert third == table.now - timedelta(minutes=16)


def test_a_clock_that_is_set_back_makes_a_container_ask_again(
    container: EndedSessions, table: Table
) -> None:
    denies(container, table)
    table.now -= timedelta(hours=1)
    denies(container, table)
    assert len(table.calls) == 2


def test_a_session_is_remembered_for_as_long_as_its_access_tokens_live(
    container: EndedSessions, table: Table
) -> None:
    table.end("ses_1")
    assert denies(container, table)
    table.stored.clear()
    table.now += timedelta(minutes=16)
    assert denies(container, table)
    table.now += seconds(15)
    assert not denies(container, table)
    # The request that issues a token may have begun before the session ended, and end later.
    lives = signing.LIFETIME + seconds(access_tokens.LEEWAY_SECONDS + deadlines.REQUEST_SECONDS)
    assert lives < ended_sessions.KEPT_FOR
