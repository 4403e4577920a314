"""A day of users: when they come, and how often each minute has each use case.

Counts are whole numbers that are apportioned to the minutes of a day, so none is lost and none is
made by rounding. What is random depends on the seed only.
"""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from infra.simulate import behaviour
from infra.simulate.behaviour import Zone

MINUTES = 24 * 60
Counts = list[int]


@dataclass(frozen=True)
class Population:
    """Who takes part in a day.

    Attributes:
        users: Users who come on this day.
        artists: Artists who take bookings.
        seed: Seed of what is random.
    """

    users: int
    artists: int
    seed: int


@dataclass
class Day:
    """What happens in each minute of a day in UTC.

    Attributes:
        population: Who takes part.
        arrivals: Users who come.
        requests: Requests by use case, those of the flash sale and the long conversation included.
        sale: Of these, the requests of the flash sale, which concern one artist.
        thread: Messages in the long conversation, which are part of the requests.
        reminders: Messages that are due at a time.
        calendars: External calendars that are due to be read.
        external_calendars: How many there are.
        sale_minute: When the sale begins.
    """

    population: Population
    arrivals: Counts
    requests: dict[str, Counts]
    sale: dict[str, Counts]
    thread: Counts
    reminders: Counts
    calendars: Counts
    external_calendars: int
    sale_minute: int
    noise: random.Random = field(repr=False)


def create(population: Population) -> Day:
    """Create the day of a population."""
    noise = random.Random(population.seed)  # noqa: S311  # a simulation, which must be repeatable
    weights = [
        weight * noise.uniform(0.9, 1.1)
        for weight in _weigh_minutes(behaviour.ZONES, behaviour.HOURS)
    ]
    users = population.users
    requests = {
        name: apportion(round(users * rate), weights) for name, rate in behaviour.RATES.items()
    }
    sale_minute = 60 * behaviour.SALE_HOUR + noise.randrange(60)
    sale = _hold_sale(users, sale_minute)
    thread = _write_thread(sale_minute, min(behaviour.THREAD_MESSAGES, users))
    requests = {
        name: add(counts, sale.get(name, [0] * MINUTES)) for name, counts in requests.items()
    } | {name: counts for name, counts in sale.items() if name not in requests}
    external_calendars = round(population.artists * behaviour.CALENDARS_PER_ARTIST)
    requests[behaviour.SEND] = add(requests[behaviour.SEND], thread)
    return Day(
        population=population,
        arrivals=apportion(users, weights),
        requests=requests,
        sale=sale,
        thread=thread,
        reminders=_remind(sum(requests[behaviour.BOOK])),
        calendars=apportion(
            external_calendars * (MINUTES // behaviour.CALENDAR_MINUTES), [1.0] * MINUTES
        ),
        external_calendars=external_calendars,
        sale_minute=sale_minute,
        noise=noise,
    )


def apportion(total: int, weights: Sequence[float]) -> Counts:
    """Divide a whole number by weights, so that the parts add up to it."""
    scale = total / sum(weights)
    bounds = [0, *(round(part * scale) for part in accumulate(weights))]
    bounds[-1] = total
    return [after - before for before, after in pairwise(bounds)]


def add(*several: Sequence[int]) -> Counts:
    """Add counts minute by minute."""
    return [sum(each) for each in zip(*several, strict=True)]


def share_of_most_popular(artists: int) -> float:
    """Return the share of the most popular artist in all that concerns an artist (Zipf)."""
    exponent = behaviour.ZIPF_EXPONENT
    near = min(artists, 10_000)
    total = math.fsum(rank**-exponent for rank in range(1, near + 1))
    if artists > near:  # the rest of the sum, by the integral
        power = 1 - exponent
        total += ((artists + 0.5) ** power - (near + 0.5) ** power) / power
    return 1 / total


def _weigh_minutes(zones: Sequence[Zone], hours: Sequence[float]) -> list[float]:
    weights = [0.0] * MINUTES
    for zone in zones:
        for minute in range(MINUTES):
            weights[minute] += zone.share * hours[_local(minute, zone) // 60]
    return weights


def _local(minute: int, zone: Zone) -> int:
    return (minute + round(60 * zone.offset)) % MINUTES


def _hold_sale(users: int, begins: int) -> dict[str, Counts]:
    """Let the fans of one artist come at once; the number halves every minute."""
    fans = round(users * behaviour.SALE_SHARE)
    weights = [0.0] * MINUTES
    for minute in range(behaviour.SALE_MINUTES):
        weights[(begins + minute) % MINUTES] = 0.5**minute
    booked = min(fans, behaviour.SALE_SLOTS)
    totals = {name: round(fans * rate) for name, rate in behaviour.SALE_RATES.items()}
    totals[behaviour.BOOK] = booked
    totals[behaviour.TAKEN] = fans - booked
    return {name: apportion(total, weights) for name, total in totals.items()}


def _write_thread(begins: int, messages: int) -> Counts:
    weights = [0.0] * MINUTES
    for minute in range(behaviour.THREAD_MINUTES):
        weights[(begins + minute) % MINUTES] = 1.0
    return apportion(messages, weights)


def _remind(bookings: int) -> Counts:
    """Spread what is sent at a time: on the hour of appointments, and at nine, in each zone."""
    weights: Mapping[str, list[float]] = {
        "nine": [0.0] * MINUTES,
        "on the hour": [0.0] * MINUTES,
    }
    for zone in behaviour.ZONES:
        for hour in behaviour.APPOINTMENT_HOURS:
            minute = (60 * hour - round(60 * zone.offset)) % MINUTES
            weights["on the hour"][minute] += zone.share
            if hour == behaviour.MORNING:
                weights["nine"][minute] += zone.share
    at_nine = bookings * behaviour.MESSAGES_AT_NINE
    on_the_hour = bookings * behaviour.MESSAGES_ON_THE_HOUR
    return add(apportion(at_nine, weights["nine"]), apportion(on_the_hour, weights["on the hour"]))
