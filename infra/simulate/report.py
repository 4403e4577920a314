"""The report of a simulated day, as text."""

from collections.abc import Iterator, Mapping

from infra.simulate import limits, prices
from infra.simulate.days import Day
from infra.simulate.replay import Outcome
from infra.simulate.use_cases import UseCase

SHOWN = 12


def write(day: Day, outcome: Outcome, cases: Mapping[str, UseCase]) -> str:
    """Write the report."""
    return "\n".join(_list_lines(day, outcome, cases))


def clock(minute: int) -> str:
    """Return a minute of the day as `18:07`."""
    return f"{minute // 60:02}:{minute % 60:02}"


def _list_lines(day: Day, outcome: Outcome, cases: Mapping[str, UseCase]) -> Iterator[str]:
    population = day.population
    yield (
        f"{population.users:,} users and {population.artists:,} artists, seed {population.seed}: "
        f"{outcome.requests:,} requests; a sale at {clock(day.sale_minute)} UTC"
    )
    yield ""
    yield f"{'COST OF THE DAY':<34}{'amount':>16}{'$':>10}"
    amounts = prices.count(outcome, cases)
    dollars = prices.price(amounts)
    for name, cost in dollars.items():
        yield f"{name:<34}{amounts[name]:>16,.0f}{cost:>10,.2f}"
    yield f"{'sum':<50}{sum(dollars.values()):>10,.2f}"
    yield ""
    yield f"{'HOT KEYS, busiest second':<34}{'reads/s':>10}{'writes/s':>10}{'of 1':>8}  at"
    for key in outcome.hot_keys:
        name = f"{key.name} of {key.spread}"
        yield (
            f"{name:<34}{key.reads:>10,.0f}{key.writes:>10,.0f}{key.load:>8.2f}"
            f"  {clock(key.minute)}"
        )
    yield ""
    yield (
        f"{'QUEUES':<34}{'arrived':>12}{'served':>12}{'drain/s':>10}{'waiting':>10}{'lag s':>8}  at"
    )
    for name, lag in sorted(outcome.queues.items()):
        yield (
            f"{name:<34}{lag.arrived:>12,}{lag.served:>12,}{lag.drain:>10,.0f}"
            f"{lag.waiting:>10,}{lag.seconds:>8,.0f}  {clock(lag.minute)}"
        )
    yield ""
    yield f"{'CONTAINERS, busiest second':<34}{'needed':>10}  at"
    for feature, (needed, minute) in sorted(outcome.concurrency.items()):
        yield f"{feature + '-api':<34}{needed:>10,.1f}  {clock(minute)}"
    commands, minute = outcome.mongodb
    yield f"{'commands of MongoDB a second':<34}{commands:>10,.0f}  {clock(minute)}"
    connections = limits.count_mongodb_connections(limits.PRODUCTION)
    yield f"{'connections to MongoDB at most':<34}{connections:>10,}"
    yield ""
    yield f"{'WALLS':<50}{'load':>14}{'limit':>14}{'part':>8}  at"
    for wall in outcome.walls[:SHOWN]:
        yield (
            f"{wall.name:<50}{wall.load:>14,.1f}{wall.limit:>14,.0f}{wall.part:>8.2f}"
            f"  {clock(wall.minute)}"
        )
    first = outcome.walls[0]
    yield ""
    if first.part > 1:
        passed = sum(wall.part > 1 for wall in outcome.walls)
        yield f"First wall: {first.name}. {passed} are passed on this day."
    else:
        yield f"First wall: {first.name}, at {1 / first.part:.1f} times this day."
