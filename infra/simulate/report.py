"""The report of a simulated day, as text."""

from collections.abc import Iterator, Mapping, Sequence

from infra.simulate import limits, prices
from infra.simulate.days import Day, Population
from infra.simulate.replay import HotKey, Outcome, Wall
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
        f"{'QUEUES':<32}{'arrived':>11}{'served':>11}{'drain/s':>9}{'busy':>7}{'waiting':>11}"
        f"{'lag s':>8}  at"
    )
    for name, lag in sorted(outcome.queues.items()):
        yield (
            f"{name:<32}{lag.arrived:>11,}{lag.served:>11,}{lag.drain:>9,.0f}{lag.busy:>7,.1f}"
            f"{lag.waiting:>11,}{lag.seconds:>8,.0f}  {clock(lag.minute)}"
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
    passed = sum(wall.part > 1 for wall in outcome.walls)
    yield ""
    yield f"Walls that this day passes: {passed}"


def write_first_wall(at: Population, wall: Wall) -> str:
    """Write which limit is the first as a day grows, and where."""
    return f"First wall: {wall.name}, with {at.artists:,} artists and {at.users:,} users"


def write_table(outcomes: Sequence[tuple[Day, Outcome]], cases: Mapping[str, UseCase]) -> str:
    """Write the Markdown table of docs/scale.md, with a column for each day."""
    columns = [_summarize(day, outcome, cases) for day, outcome in outcomes]
    head, *rows = (
        f"| {name} | " + " | ".join(column[name] for column in columns) + " |"
        for name in columns[0]
    )
    return "\n".join([head, "|---|" + "---:|" * len(columns), *rows])


def _summarize(day: Day, outcome: Outcome, cases: Mapping[str, UseCase]) -> dict[str, str]:
    walls = {wall.name: wall for wall in outcome.walls}
    dollars = sum(prices.price(prices.count(outcome, cases)).values())
    lags = outcome.queues
    posts = walls["requests and posts a second of the account"]
    return {
        "artists": f"{day.population.artists:,}",
        "users of the day": f"{day.population.users:,}",
        "requests": f"{outcome.requests:,}",
        "dollars": f"{dollars:,.2f}",
        "requests a second of the usage plan (2,000)": _show(
            walls["requests a second of the usage plan"]
        ),
        "requests and posts a second of the account (10,000)": _show(posts),
        "containers of appointments (80)": _show(walls["containers of appointments"]),
        "read units a second of the busiest calendar (3,000)": (
            f"{_find(outcome, 'CALENDAR').reads:,.0f}"
        ),
        "write units a second of the busiest part of an outbox (1,000)": (
            f"{_find(outcome, 'OUTBOX').writes:,.0f}"
        ),
        "lag of reminders in seconds (600)": f"{lags['reminders'].seconds:,.0f}",
        "lag of mails in seconds (600)": f"{lags['notifications-email'].seconds:,.0f}",
        "lag of external calendars in seconds (600)": (
            f"{lags['appointments-external-calendars'].seconds:,.0f}"
        ),
        "new WebSockets a second (500)": _show(walls["new WebSockets a second of the account"]),
        "commands of MongoDB a second": f"{outcome.mongodb[0]:,.0f}",
        "walls that are passed": str(sum(wall.part > 1 for wall in outcome.walls)),
    }


def _show(wall: Wall) -> str:
    return f"{wall.load:,.0f}"


def _find(outcome: Outcome, name: str) -> HotKey:
    return next(key for key in outcome.hot_keys if key.name == name)
