"""The simulation of a day: numbers worked out by hand, and nothing lost or made up."""

import os
from collections import Counter

import pytest

from infra.paths import ROOT
from infra.simulate import behaviour, days, limits, prices, report, use_cases
from infra.simulate.__main__ import find_first_wall, run
from infra.simulate.days import MINUTES, Population
from infra.simulate.limits import Queue
from infra.simulate.replay import Lag, Outcome, peak_second, seconds_of, serve
from infra.simulate.use_cases import UseCase

FEW = Population(users=1_000, artists=100, seed=1)


def test_a_number_is_apportioned_without_a_rest() -> None:
    assert days.apportion(10, [1, 1, 2]) == [2, 3, 5]
    assert sum(days.apportion(7, [0.1] * 33)) == 7


def test_what_is_not_served_in_a_minute_waits_for_the_next() -> None:
    lag = serve([10, 0, 0, 0], Queue(batch=1, concurrency=1), seconds=15)
    assert lag.done == [4, 4, 2, 0]
    assert (lag.arrived, lag.served, lag.waiting, lag.minute) == (10, 10, 6, 0)
    assert lag.seconds == 120  # the tenth is served two minutes later


def test_what_a_queue_never_serves_is_not_served() -> None:
    lag = serve([10, 10, 10], Queue(batch=1, concurrency=1), seconds=15)
    assert (lag.arrived, lag.served, lag.waiting) == (30, 12, 18)


def test_what_is_due_is_not_due_twice() -> None:
    lag = serve([10, 10, 10], Queue(batch=1, concurrency=1), seconds=15, most_due=12)
    assert (lag.arrived, lag.served) == (10 + 6 + 4, 12)


def test_runs_of_the_sweeper_join_each_other_while_there_is_work() -> None:
    lag = serve([14, 0, 0, 0, 3], Queue(batch=1, concurrency=3, grows_by=1), seconds=30)
    assert lag.done == [2, 4, 6, 2, 2]


def test_a_use_case_takes_the_time_of_its_calls() -> None:
    case = UseCase(
        aws={"dynamodb:GetItem": 2, "dynamodb:TransactWriteItems": 1, "sns:PublishBatch": 1},
        mongodb=4,
        reads={},
        writes={},
    )
    assert seconds_of(case) == pytest.approx(0.010 + 2 * 0.005 + 0.012 + 0.020 + 4 * 0.003)


def test_the_busiest_second_is_three_deviations_above_the_mean() -> None:
    assert peak_second(240) == pytest.approx(4 + 3 * 2)


def test_popularity_is_that_of_zipf() -> None:
    assert days.share_of_most_popular(1) == 1
    assert days.share_of_most_popular(2) == pytest.approx(1 / (1 + 2**-0.8))
    exact = 1 / sum(rank**-0.8 for rank in range(1, 20_001))
    assert days.share_of_most_popular(20_000) == pytest.approx(exact, rel=1e-4)


def test_everybody_comes_once_and_does_what_is_assumed() -> None:
    day = days.create(FEW)
    assert sum(day.arrivals) == 1_000
    sale = {name: sum(counts) for name, counts in day.sale.items()}
    # 20 fans: each looks at the page and the services, three times at free slots, and books.
    assert sale == {
        "profiles: artist page": 20,
        "appointments: services": 20,
        "appointments: slots": 60,
        behaviour.BOOK: 20,
        behaviour.TAKEN: 0,
    }
    assert sum(day.thread) == 1_000
    for name, rate in behaviour.RATES.items():
        more = sale.get(name, 0) + (1_000 if name == behaviour.SEND else 0)
        assert sum(day.requests[name]) == round(1_000 * rate) + more, name
    # 70 bookings: aftercare for 14 days, and three messages at the time of the appointment.
    assert sum(day.reminders) == 70 * (14 + 3)
    assert sum(day.calendars) == 30 * 48
    assert all(count >= 0 for counts in day.requests.values() for count in counts)


def test_aftercare_is_due_at_nine_in_each_time_zone() -> None:
    day = days.create(FEW)
    in_berlin = day.reminders[8 * 60]
    assert in_berlin == max(day.reminders)
    assert in_berlin >= 0.35 * 70 * 14


def test_what_arrives_is_served_or_waits() -> None:
    day = days.create(FEW)
    outcome = run(day)
    events = sum(
        sum(day.requests[name]) for name in (behaviour.SEND, behaviour.BOOK, behaviour.CANCEL)
    )
    assert outcome.queues["notifications-events"].arrived == events
    for lag in outcome.queues.values():
        assert 0 <= lag.arrived - lag.served <= lag.waiting
        assert sum(lag.done) == lag.served
    assert outcome.queues["reminders"].served == sum(day.reminders)
    notices = 2 * sum(sum(day.requests[name]) for name in (behaviour.BOOK, behaviour.CANCEL))
    assert outcome.queues["notifications-email"].arrived == notices + sum(day.reminders)
    assert outcome.requests == sum(map(sum, day.requests.values()))


def test_a_seed_has_one_report() -> None:
    day = days.create(FEW)
    text = report.write(day, run(day), use_cases.load())
    again = days.create(FEW)
    assert report.write(again, run(again), use_cases.load()) == text
    # 15,106 of the rates, 120 of 20 fans, and 1,000 messages of the long conversation.
    assert "1,000 users and 100 artists, seed 1: 16,226 requests" in text
    other = days.create(Population(users=1_000, artists=100, seed=2))
    assert days.create(FEW).arrivals != other.arrivals


def test_a_day_costs_the_sum_of_its_calls() -> None:
    case = UseCase(
        aws={"dynamodb:PutItem": 1, "kms:GenerateMac": 1},
        mongodb=0,
        reads={"A": 2},
        writes={"A": 4},
    )
    lag = Lag(1_000_000, 1_000_000, 1, 0, 0, 0, 0, [])
    outcome = Outcome(
        requests=2_000_000,
        uses=Counter({"a: b": 1_000_000}),
        queues={"q": lag},
        hot_keys=[],
        concurrency={},
        mongodb=(0, 0),
        walls=[],
    )
    dollars = prices.price(prices.count(outcome, {"a: b": case}))
    assert {name: round(cost, 2) for name, cost in dollars.items() if cost} == {
        "dynamodb write units": 2.50,
        "dynamodb read units": 0.25,
        "requests to the REST API": 7.00,
        "invocations": 0.20,
        "thousandths of GB-seconds": 0.27,
        "requests to SQS": 0.80,
        "calls of KMS": 3.00,
        "kilobytes of logs": 0.50,
    }


def test_a_hot_key_has_the_units_of_its_requests() -> None:
    """One artist, so all that concerns an artist concerns them."""
    day = days.create(Population(users=1_000, artists=1, seed=1))
    cases = use_cases.load()
    (calendar,) = (key for key in run(day).hot_keys if key.name == "CALENDAR")
    reads = sum(
        # One container is enough, which reads a calendar that it shows three times a second.
        min(peak_second(counts[calendar.minute]), 3 if name == behaviour.SLOTS else 1e9)
        * cases[name].reads.get("CALENDAR", 0)
        for name, counts in day.requests.items()
    )
    assert calendar.reads == pytest.approx(reads)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_day_of_a_million_users_passes_no_wall(seed: int) -> None:
    """What ends below 100,000 artists has to be mended."""
    walls = run(days.create(Population(users=1_000_000, artists=100_000, seed=seed))).walls
    assert [wall for wall in walls if wall.part > 1] == []


def test_everything_that_is_assumed_is_measured() -> None:
    cases = use_cases.load()
    assert behaviour.RATES.keys() | behaviour.SALE_RATES.keys() <= cases.keys()
    partitions = {name for case in cases.values() for name in (*case.reads, *case.writes)}
    assert partitions == limits.SPREAD.keys()


def test_times_are_read_as_on_a_clock() -> None:
    assert report.clock(18 * 60 + 7) == "18:07"
    assert report.clock(MINUTES - 1) == "23:59"


def test_the_first_wall_is_that_of_a_growing_day() -> None:
    at, wall = find_first_wall(Population(users=1_000_000, artists=100_000, seed=1))
    assert 100_000 < at.artists < 1_000_000
    assert at.users == pytest.approx(10 * at.artists, abs=10)
    assert wall.part > 1
    slightly_less = Population(round(at.users * 0.95), round(at.artists * 0.95), seed=1)
    assert run(days.create(slightly_less)).walls[0].part <= 1


def test_the_table_of_the_docs_is_that_of_the_simulation() -> None:
    """With WRITE_USE_CASES=1 in the environment it is written, after what it comes from."""
    played = [
        days.create(Population(users=10 * artists, artists=artists, seed=1))
        for artists in (1_000, 100_000, 1_000_000)
    ]
    table = report.write_table([(day, run(day)) for day in played], use_cases.load())
    page = ROOT / "docs" / "scale.md"
    if os.environ.get("WRITE_USE_CASES"):
        before, _, rest = page.read_text().partition("| artists |")
        page.write_text(before + table + rest[rest.index("\n\n") :])
    assert table in page.read_text(), table
