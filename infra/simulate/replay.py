"""Replay of a day: what its requests use, where they wait, and which limit is the first."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from appointments.store.shown_calendars import READS_A_SECOND
from infra.simulate import behaviour, days, limits
from infra.simulate.days import MINUTES, Counts, Day
from infra.simulate.limits import Queue
from infra.simulate.use_cases import UseCase

OF_A_BOOKING = {
    "policies-events": "consumers of a booking: policies",
    "profiles-events": "consumers of a booking: profiles",
    "social-events": "consumers of a booking: social",
    "notifications-events": "notifications: notify of a booking",
}
# What follows a use case: on which queues, and the use case of each message.
FOLLOWS: Mapping[str, Mapping[str, str]] = {
    behaviour.SEND: {
        "messaging-deliveries": behaviour.DELIVER,
        "notifications-events": "notifications: notify of a message",
    },
    behaviour.BOOK: OF_A_BOOKING,
    behaviour.CANCEL: OF_A_BOOKING,
}
RELAY, REMIND = "appointments: relay", "notifications: send ten reminders"
MAILS, PUSHES = "notifications: send ten mails", "notifications: send ten push messages"
EMAIL, PUSH, REMINDERS = "notifications-email", "notifications-push", "reminders"
CALENDARS, READ = "appointments-external-calendars", "external calendars: read"
# Mails and push messages for each message on the queue of events.
NOTICES = {
    "notifications: notify of a booking": (2, 2),
    "notifications: notify of a message": (0, 1),
}
# What was due for longer is a failure of the feature (`shared.events.sweeper.report`).
MOST_LAG_SECONDS = 600
POSTS_PER_MESSAGE = 2
# Commands that ten share, not one.
PER_TEN = {REMIND, MAILS, PUSHES}


@dataclass(frozen=True)
class Lag:
    """What a queue did on a day.

    Attributes:
        arrived: Messages that arrived.
        served: Messages that were worked on; the others wait at the end of the day.
        drain: Messages that are worked on in a second at most.
        waiting: Most that waited at the end of a minute.
        seconds: How long the last of these waited.
        minute: When that was.
        busy: Most invocations that worked at the same time.
        done: Messages that were worked on, by minute.
    """

    arrived: int
    served: int
    drain: float
    waiting: int
    seconds: float
    minute: int
    busy: float
    done: Counts = field(repr=False)


@dataclass(frozen=True)
class HotKey:
    """The busiest partition of a kind: units in its busiest second.

    Attributes:
        name: Beginning of its key, and the index.
        spread: Of what there is one partition each.
        reads: Read units.
        writes: Write units.
        minute: When that is.
    """

    name: str
    spread: str
    reads: float
    writes: float
    minute: int

    @property
    def load(self) -> float:
        """Part of what a partition serves."""
        return self.reads / limits.PARTITION_READS + self.writes / limits.PARTITION_WRITES


@dataclass(frozen=True)
class Wall:
    """A limit, and how much of it the day uses at most.

    Attributes:
        name: What is limited.
        load: Most that the day asks for.
        limit: Most that is possible.
        minute: When that is.
    """

    name: str
    load: float
    limit: float
    minute: int

    @property
    def part(self) -> float:
        """Part of the limit that is used; above 1 it is passed."""
        return self.load / self.limit


@dataclass(frozen=True)
class Outcome:
    """What a day leads to.

    Attributes:
        requests: Requests to the API.
        uses: How often each use case was carried out.
        queues: Queues by name.
        hot_keys: The busiest partitions, the hottest first.
        concurrency: Most containers of each function that are needed at the same time.
        mongodb: Most commands of MongoDB in a second of the requests and messages, and when.
        walls: Limits, the one that is used most first.
    """

    requests: int
    uses: Counter[str]
    queues: dict[str, Lag]
    hot_keys: list[HotKey]
    concurrency: dict[str, tuple[float, int]]
    mongodb: tuple[float, int]
    walls: list[Wall]


def replay(
    day: Day,
    cases: Mapping[str, UseCase],
    queues: Mapping[str, Queue],
    reserved: Mapping[str, int],
    requests_per_second: int,
) -> Outcome:
    """Replay a day against use cases, queues and reserved concurrency.

    Args:
        day: The day.
        cases: What each use case calls.
        queues: The queues.
        reserved: Reserved concurrency by feature.
        requests_per_second: Most requests that the usage plan of the web application allows.
    """
    reminders = serve(day.reminders, queues[REMINDERS], _seconds_of_work(REMIND, cases))
    messages, work = _follow(day, reminders.done)
    lags = {REMINDERS: reminders} | {
        name: serve(
            arrivals,
            queues[name],
            _seconds_of_message(work[name], cases),
            most_due=day.external_calendars if name == CALENDARS else math.inf,
        )
        for name, arrivals in messages.items()
    }
    uses = Counter({name: sum(counts) for name, counts in day.requests.items()})
    uses[REMIND] = reminders.served
    for counts in work.values():
        uses.update(counts)
    uses[READ] = lags[CALENDARS].served
    uses[RELAY] = uses[behaviour.BOOK] + uses[behaviour.CANCEL]
    hot_keys = _find_hot_keys(day, cases)
    concurrency = _count_containers(day, cases)
    walls = [
        *_list_walls_of_requests(day, concurrency, reserved, requests_per_second),
        *(
            Wall(f"partition {key.name} of {key.spread}", key.load, 1, key.minute)
            for key in hot_keys
        ),
        *_list_walls_of_queues(lags),
    ]
    walls.sort(key=lambda wall: -wall.part)
    total = sum(sum(counts) for counts in day.requests.values())
    mongodb = _count_mongodb(day, lags, work | {REMINDERS: Counter({REMIND: 1})}, cases)
    return Outcome(total, uses, lags, hot_keys, concurrency, mongodb, walls)


def serve(arrivals: Sequence[int], queue: Queue, seconds: float, most_due: float = math.inf) -> Lag:
    """Serve the messages of a queue minute by minute.

    Args:
        arrivals: Messages that arrive, by minute.
        queue: The queue.
        seconds: How long a message takes one worker.
        most_due: Most that can wait, because what is due already is not due twice.
    """
    start = queue.concurrency if queue.grows_by is None else queue.grows_by
    workers = start
    waiting = most = worst = 0
    credit = 0.0  # part of a message that was worked on
    done: Counts = []
    taken: Counts = []
    for minute, arrived in enumerate(arrivals):
        taken.append(int(min(arrived, most_due - waiting)))
        waiting += taken[-1]
        credit = min(credit + 60 * workers / seconds, float(waiting))
        done.append(int(credit))
        credit -= done[-1]
        waiting -= done[-1]
        workers = min(queue.concurrency, workers + start) if waiting else start
        if waiting > most:
            most, worst = waiting, minute
    drain = queue.concurrency / seconds
    lag = max(60.0 * _count_minutes_behind(taken, done), most / drain)
    busy = max(done) / 60 * seconds
    return Lag(sum(taken), sum(done), drain, most, lag, worst, busy, done)


def _count_minutes_behind(arrivals: Sequence[int], done: Sequence[int]) -> int:
    """Return after how many minutes the last message of a minute was worked on, at most."""
    finished = list(accumulate(done))
    behind = minute_done = 0
    for minute, arrived in enumerate(accumulate(arrivals)):
        minute_done = max(minute_done, minute)
        while minute_done < len(finished) and finished[minute_done] < arrived:
            minute_done += 1
        behind = max(behind, minute_done - minute)
    return behind


def seconds_of(case: UseCase) -> float:
    """Return how long a use case takes a container."""
    calls = sum(
        count * behaviour.SECONDS.get(call, behaviour.SECONDS[call.partition(":")[0]])
        for call, count in case.aws.items()
    )
    return behaviour.CPU_SECONDS + calls + case.mongodb * behaviour.SECONDS["mongodb"]


def peak_second(per_minute: float) -> float:
    """Return the load of the busiest second of a minute: three deviations above the mean."""
    mean = per_minute / 60
    return mean + 3 * math.sqrt(mean)


def _follow(day: Day, reminders: Counts) -> tuple[dict[str, Counts], dict[str, Counter[str]]]:
    """Return the messages of each queue by minute, and how often each use case works on one."""
    messages: dict[str, Counts] = {}
    work: dict[str, Counter[str]] = {}

    def put(queue: str, counts: Counts, case: str) -> None:
        messages[queue] = days.add(messages.get(queue, [0] * MINUTES), counts)
        work.setdefault(queue, Counter())[case] += sum(counts)

    for cause, consequences in FOLLOWS.items():
        for queue, case in consequences.items():
            put(queue, day.requests[cause], case)
            mails, pushes = NOTICES.get(case, (0, 0))
            put(EMAIL, [mails * each for each in day.requests[cause]], MAILS)
            put(PUSH, [pushes * each for each in day.requests[cause]], PUSHES)
    put(EMAIL, reminders, MAILS)
    put(PUSH, reminders, PUSHES)
    put(CALENDARS, day.calendars, READ)
    return messages, work


def _seconds_of_message(work: Mapping[str, int], cases: Mapping[str, UseCase]) -> float:
    """Return how long a message takes a worker, on average; a second, where there is none."""
    total = math.fsum(_seconds_of_work(case, cases) * count for case, count in work.items())
    return total / sum(work.values()) if total else 1.0


def _seconds_of_work(case: str, cases: Mapping[str, UseCase]) -> float:
    waits = {
        MAILS: behaviour.SMTP_SECONDS_PER_BATCH,
        PUSHES: behaviour.PUSH_SECONDS_PER_BATCH,
        READ: behaviour.CALENDAR_SECONDS,
    }
    seconds = seconds_of(cases[case]) + waits.get(case, 0.0)
    if case in PER_TEN:  # the CPU is spent for each
        seconds = (seconds - behaviour.CPU_SECONDS) / 10 + behaviour.BATCHED_CPU_SECONDS
    return seconds


def _find_hot_keys(day: Day, cases: Mapping[str, UseCase]) -> list[HotKey]:
    names = {name for case in cases.values() for name in (*case.reads, *case.writes)}
    hot = [
        _find_hottest(name, limits.SPREAD[name], day, cases)
        for name in sorted(names)
        if limits.SPREAD[name] != limits.RECORD
    ]
    return sorted(hot, key=lambda key: -key.load)


def _find_hottest(name: str, spread: str, day: Day, cases: Mapping[str, UseCase]) -> HotKey:
    """Find the busiest second of the busiest partition of a kind.

    The artist of the sale is the most popular one: all of its requests are theirs.
    """
    popular = days.share_of_most_popular(day.population.artists)
    parts = limits.PARTS | {limits.ARTIST: popular}
    none = [0] * MINUTES
    touching = [
        (case, counts, day.sale.get(case, none) if spread == limits.ARTIST else none)
        for case, counts in day.requests.items()
        if name in cases[case].reads or name in cases[case].writes
    ]
    hottest = HotKey(name, spread, 0, 0, 0)
    for minute in range(MINUTES):
        reads = writes = 0.0
        for case, counts, sale in touching:
            sold = sale[minute]
            second = peak_second(sold + (counts[minute] - sold) * parts[spread])
            is_shown = case == behaviour.SLOTS and spread == limits.ARTIST
            if is_shown and second > READS_A_SECOND:
                second = min(second, READS_A_SECOND * _count_showing(day, minute, cases))
            reads += second * _reads_of(name, cases[case])
            writes += second * cases[case].writes.get(name, 0)
        hottest = max(
            hottest, HotKey(name, spread, reads, writes, minute), key=lambda key: key.load
        )
    return hottest


def _count_showing(day: Day, minute: int, cases: Mapping[str, UseCase]) -> int:
    """Return how many containers show free slots in the busiest second of a minute."""
    busy = sum(
        peak_second(counts[minute]) * seconds_of(cases[name])
        for name, counts in day.requests.items()
        if name.startswith("appointments:")
    )
    return math.ceil(busy)


def _reads_of(name: str, case: UseCase) -> float:
    if name == "SEARCH" and name in case.reads:
        return behaviour.SEARCH_READ_UNITS  # the measured search finds one artist
    return case.reads.get(name, 0)


def _count_containers(day: Day, cases: Mapping[str, UseCase]) -> dict[str, tuple[float, int]]:
    """Return how many containers each feature's API needs in its busiest second, and when."""
    busy: dict[str, list[float]] = {}
    for name, counts in day.requests.items():
        feature = name.partition(":")[0]
        seconds = seconds_of(cases[name])
        if name == "auth: sign in":
            seconds += behaviour.HASH_SECONDS
        line = busy.setdefault(feature, [0.0] * MINUTES)
        for minute, count in enumerate(counts):
            line[minute] += peak_second(count) * seconds
    return {
        feature: max((needed, minute) for minute, needed in enumerate(line))
        for feature, line in busy.items()
    }


def _count_mongodb(
    day: Day,
    lags: Mapping[str, Lag],
    work: Mapping[str, Counter[str]],
    cases: Mapping[str, UseCase],
) -> tuple[float, int]:
    commands = [0.0] * MINUTES
    for name, counts in day.requests.items():
        for minute, count in enumerate(counts):
            commands[minute] += count * cases[name].mongodb
    for queue, lag in lags.items():
        each = math.fsum(
            count * cases[name].mongodb / (10 if name in PER_TEN else 1)
            for name, count in work[queue].items()
        ) / max(1, sum(work[queue].values()))
        for minute, count in enumerate(lag.done):
            commands[minute] += count * each
    return max((peak_second(count), minute) for minute, count in enumerate(commands))


def _list_walls_of_requests(
    day: Day,
    concurrency: Mapping[str, tuple[float, int]],
    reserved: Mapping[str, int],
    requests_per_second: int,
) -> list[Wall]:
    per_minute = days.add(*day.requests.values())
    busiest = max(range(MINUTES), key=per_minute.__getitem__)
    requests = peak_second(per_minute[busiest])
    connects = day.requests["messaging: connect"]
    connecting = max(range(MINUTES), key=connects.__getitem__)
    connected = peak_second(connects[connecting])
    # Of the account are also messages that are posted to devices, one of each side.
    of_account = requests + POSTS_PER_MESSAGE * peak_second(day.requests[behaviour.SEND][busiest])
    return [
        Wall("requests a second of the usage plan", requests, requests_per_second, busiest),
        Wall(
            "requests and posts a second of the account", of_account, limits.API_REQUESTS, busiest
        ),
        Wall(
            "new WebSockets a second of the account",
            connected,
            limits.WEBSOCKET_CONNECTIONS,
            connecting,
        ),
        Wall(
            "containers of all features, of the account",
            sum(needed for needed, _ in concurrency.values()),
            limits.LAMBDA_CONCURRENCY,
            busiest,
        ),
        *(
            Wall(f"containers of {feature}", needed, reserved[feature], minute)
            for feature, (needed, minute) in concurrency.items()
        ),
    ]


def _list_walls_of_queues(lags: Mapping[str, Lag]) -> list[Wall]:
    walls = []
    for name, lag in lags.items():
        day = lag.drain * MINUTES * 60
        walls.append(Wall(f"lag of {name}, seconds", lag.seconds, MOST_LAG_SECONDS, lag.minute))
        walls.append(Wall(f"messages a day of {name}", lag.arrived, day, lag.minute))
    return walls
