"""Driver that runs a scenario with some seeds and returns the results.

`python -m tests.race.driver one_slot` prints those of the running stack, which the environment
locates; every caller uses the clock of this machine.
"""

import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date, datetime
from typing import Any

import msgspec

from appointments.models import Appointment, CalendarDay, Proposal
from appointments.store.days import decode_day
from domain.errors import DomainError
from shared.events.domain_events import DomainEvent
from shared.events.outbox import read_events
from shared.platform import aws, clock
from shared.platform.config import resource_name
from tests.race import runner
from tests.race.runner import Result
from tests.race.scenarios import SCENARIOS, Stage
from tests.support import connections, outbox

# A seed decides of every scenario whether it crosses midnight, whether its day has an entry, and
# whether all read before anybody writes: by its remainders of four and of three. Here is one seed
# of each of these twelve, with clocks from all before an instant to all behind it.
SEEDS = (0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 18, 19)
# With all of them but 0 everybody reads before anybody writes, so the database decides.
SEEDS_ON_STACK = (0, 2, 5, 17)


class Stored(msgspec.Struct):
    """Everything the table holds of one artist, and every event that was put in its outbox."""

    days: dict[date, CalendarDay] = {}
    appointments: list[Appointment] = []
    proposals: list[Proposal] = []
    events: list[DomainEvent] = []


class Race(msgspec.Struct):
    """The race of one seed, its result and what it stored.

    Attributes:
        wanted: As in its stage.
        closes_at: As in its stage.
    """

    seed: int
    wanted: datetime
    closes_at: datetime
    result: Result
    stored: Stored


def main(scenario: str) -> None:
    """Print the races of a scenario on the running stack as JSON."""
    connections.allow_many()
    sys.stdout.buffer.write(msgspec.json.encode(run(scenario, SEEDS_ON_STACK, _add_from_stream)))


def run_in_memory(scenario: str) -> list[Race]:
    """Run a scenario with every seed on the AWS of this process."""
    return run(scenario, SEEDS, _add_from_outbox)


def run(
    scenario: str, seeds: Iterable[int], add_events: Callable[[dict[str, Stored]], None]
) -> list[Race]:
    """Run a scenario with some seeds.

    Args:
        scenario: Name of the scenario.
        seeds: The seeds.
        add_events: Adds the events to what is stored of each artist.
    """
    _warm_up(scenario)
    ended: list[tuple[int, Stage, Result]] = []
    for seed in seeds:
        stage = SCENARIOS[scenario](seed, clock.now())
        ended.append((seed, stage, runner.run(stage.attempts, seed)))
    stored = _read_table()
    add_events(stored)
    return [
        Race(seed, stage.wanted, stage.closes_at, result, stored[stage.artist_id])
        for seed, stage, result in ended
    ]


def _warm_up(scenario: str) -> None:
    """Act once for each side, one after the other, so that lazily created objects exist.

    msgspec crashes Python when a thread uses a decoder that another one is still creating.
    """
    attempts = SCENARIOS[scenario](0, clock.now()).attempts
    for attempt in {attempt.side: attempt for attempt in attempts}.values():
        with suppress(DomainError):
            attempt.act()


def _read_table() -> dict[str, Stored]:
    """Return everything the table holds, by artist."""
    stored: dict[str, Stored] = {}
    pages = aws.client("dynamodb").get_paginator("scan")
    for page in pages.paginate(TableName=resource_name("appointments"), ConsistentRead=True):
        for item in page["Items"]:
            _add_item(stored, item)
    return stored


def _add_item(stored: dict[str, Stored], item: dict[str, Any]) -> None:
    kind, _, key = item["pk"]["S"].partition("#")
    match kind:
        case "CALENDAR" if item["sk"]["S"].startswith("DAY#"):
            day = date.fromisoformat(item["sk"]["S"].removeprefix("DAY#"))
            _get_stored(stored, key).days[day] = decode_day(key, item)
        case "APPOINTMENT":
            appointment = msgspec.json.decode(item["record"]["S"], type=Appointment)
            _get_stored(stored, appointment.artist_id).appointments.append(appointment)
        case "PROPOSAL":
            proposal = msgspec.json.decode(item["record"]["S"], type=Proposal)
            _get_stored(stored, proposal.artist_id).proposals.append(proposal)


def _add_from_outbox(stored: dict[str, Stored]) -> None:
    """Add the events of the outbox, from which nothing was published."""
    for event in outbox.published("appointments"):
        _get_stored(stored, event.data["artistId"]).events.append(event)


def _add_from_stream(stored: dict[str, Stored]) -> None:
    """Add the events of the table's stream, because published ones leave the table."""
    streams = aws.client("dynamodbstreams")
    table = aws.client("dynamodb").describe_table(TableName=resource_name("appointments"))
    arn = table["Table"]["LatestStreamArn"]
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        while iterator:
            page = streams.get_records(ShardIterator=iterator)
            for record in page["Records"]:
                item = record["dynamodb"].get("NewImage", {})
                if record["eventName"] == "INSERT" and "event" in item:
                    events = read_events(item)
                    _get_stored(stored, events[0].data["artistId"]).events.extend(events)
            iterator = page.get("NextShardIterator") if page["Records"] else None


def _get_stored(stored: dict[str, Stored], artist_id: str) -> Stored:
    return stored.setdefault(artist_id, Stored())


if __name__ == "__main__":
    main(sys.argv[1])
