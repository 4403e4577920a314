"""Replay a seeded day of many users, and print what it costs and where it ends."""

import argparse

from infra.simulate import days, limits, report, use_cases
from infra.simulate.days import Population
from infra.simulate.replay import Outcome, Wall, replay

PRECISION = 0.03


def main() -> None:
    """Simulate the day that the arguments describe."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--artists", type=int, default=0, help="by default one in ten users")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    artists = arguments.artists or max(1, arguments.users // 10)
    print(simulate(Population(arguments.users, artists, arguments.seed)))


def simulate(population: Population) -> str:
    """Return the report of a day."""
    day = days.create(population)
    text = report.write(day, run(day), use_cases.load())
    return f"{text}\n{report.write_first_wall(*find_first_wall(population))}"


def run(day: days.Day) -> Outcome:
    """Replay a day in production."""
    production = limits.PRODUCTION
    return replay(
        day,
        use_cases.load(),
        limits.read_queues(production),
        limits.reserved(production),
        production.usage_plans["web"].requests_per_second,
    )


def find_first_wall(population: Population) -> tuple[Population, Wall]:
    """Find the limit that is passed first when a day grows, or last when it shrinks.

    Returns:
        The smallest population that passes a limit, to three parts in a hundred, with as many users
        for an artist; and the limit.
    """
    low, high = 0.0, 1.0
    while (wall := _find_wall(population, high)) is None:
        low, high = high, high * 4
    while high - low > high * PRECISION:
        middle = (low + high) / 2
        passed = _find_wall(population, middle)
        if passed is None:
            low = middle
        else:
            high, wall = middle, passed
    return _scale(population, high), wall


def _find_wall(population: Population, factor: float) -> Wall | None:
    first = run(days.create(_scale(population, factor))).walls[0]
    return first if first.part > 1 else None


def _scale(population: Population, factor: float) -> Population:
    users = max(1, round(population.users * factor))
    artists = max(1, round(population.artists * factor))
    return Population(users, artists, population.seed)


if __name__ == "__main__":
    main()
