"""Replay a seeded day of many users, and print what it costs and where it ends."""

import argparse

from infra.simulate import days, limits, report, use_cases
from infra.simulate.days import Population
from infra.simulate.replay import Outcome, replay


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
    return report.write(day, run(day), use_cases.load())


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


if __name__ == "__main__":
    main()
