"""Growth: what each list, search and read costs does not depend on how much there is.

The table has a row for every route that reads; one without a row fails. The cost of a request is
the calls that it makes, and the number and the size of the records that these return.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from chalice.app import Chalice
from pymongo.database import Database

from consultations import app as consultations_app
from consultations.models import Consultation
from consultations.store import consultations as consultation_store
from messaging import app as messaging_app
from messaging import store
from messaging.models import Side
from messaging.rules.search import MAX_READS
from messaging.use_cases import unread_counters
from shared.data import mongodb_indexes
from shared.platform import config
from tests.functional.consultations.people import People, id_in
from tests.functional.messaging import growth
from tests.functional.messaging.conftest import subscribe
from tests.functional.messaging.world import ADMIN, ARTIST, CLIENT, NOON, PATH, QUEUES, World, ok
from tests.support import aws_calls, capacity, fake_aws, mongo, moto_items
from tests.support.gateway import ApiClient, client_for
from tests.support.mongo import running_mongo

THREAD = f"cnv_01JD{1:022}"
CONVERSATION = f"{PATH}/conversations/{{id}}"
CONSULTATIONS = "/v1/consultations"


@dataclass(frozen=True)
class Size:
    """Numbers of messages in a thread and of stars there, of other threads, and so on."""

    messages: int
    stars: int
    threads: int
    reports: int
    consultations: int


SMALL = Size(messages=500, stars=120, threads=120, reports=120, consultations=120)
LARGE = Size(messages=20_000, stars=2_000, threads=2_000, reports=500, consultations=3_000)


@dataclass(frozen=True)
class Row:
    """Requests of a route.

    Attributes:
        caller: Who sends them: `artist`, `client` or `admin`.
        queries: Their queries. Where a response has a cursor, the next page is read too.
        id: Which record `{id}` is, if it is not the thread.
        more_reads: Reads that a search may make in addition, where it looks further back.
    """

    caller: str = "artist"
    queries: tuple[str, ...] = ("",)
    id: str = "thread"
    more_reads: int = 0


# Indexes of messages that reads use. Building one over 20,000 messages takes a second.
NEEDED = ("sequence", "revision", "pinned", "words", "words_of_artist")
FILLED = (
    "conversations",
    "messages",
    "people",
    "reports",
    "scheduledMessages",
    "stars",
    "unread",
)
MAX_EXAMINED = 600  # messages, of any request
# Parameters that say where a list starts, as a cursor does.
STARTS = ("after=", "before=", "changedAfter=")
SEARCH = Row(queries=("q=a", "q=b", "q=a%20b", "q=absent"), more_reads=MAX_READS - 1)

# The routes of each feature that read. Those that others add need a row too.
ROWS: Mapping[str, Mapping[str, Row]] = {
    "messaging": {
        f"{PATH}/conversations": Row(queries=("", "limit=50&unread=true&guests=false")),
        CONVERSATION: Row(),
        f"{PATH}/unread": Row(),
        f"{CONVERSATION}/messages": Row(
            queries=("", "after=0", "before=150", "changedAfter=0", "changedAfter=9&limit=100")
        ),
        f"{CONVERSATION}/search": SEARCH,
        f"{PATH}/search": SEARCH,
        f"{CONVERSATION}/export": Row(),
        f"{CONVERSATION}/draft": Row(),
        f"{CONVERSATION}/pins": Row(),
        f"{CONVERSATION}/messages/{{message}}/versions": Row(),
        f"{PATH}/stars": Row(),
        f"{PATH}/labels": Row(),
        f"{PATH}/scheduled": Row(),
        f"{PATH}/scheduled/{{id}}": Row(id="scheduled"),
        f"{PATH}/reports": Row("admin", ("", "state=open", "state=closed")),
        f"{PATH}/reports/{{id}}": Row("admin", id="report"),
        f"{PATH}/settings": Row(),
        f"{PATH}/away": Row(),
        f"{PATH}/link-previews": Row(),
    },
    "consultations": {
        f"{CONSULTATIONS}/intake": Row("client", (f"artistId={ARTIST}",)),
        CONSULTATIONS: Row(queries=("", "status=pending", "limit=50")),
        f"{CONSULTATIONS}/{{id}}": Row(id="consultation"),
        f"{CONSULTATIONS}/{{id}}/proposal-draft": Row(id="consultation"),
    },
}
APPS: Mapping[str, Chalice] = {
    "messaging": messaging_app.app,
    "consultations": consultations_app.app,
}


@dataclass(frozen=True)
class Cost:
    """What a request costs.

    Attributes:
        calls: Commands to MongoDB and calls of AWS.
        records: Records that these returned.
        size: Size of the records and of the response, in bytes.
        examined: Messages that the server looked at for them.
    """

    calls: int
    records: int
    size: int
    examined: int


@pytest.fixture
def grown(aws: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[World]:
    """Return a world with a server of its own, whose indexes are built once it is full."""
    with running_mongo(tmp_path / "data", cache="1G") as uri:
        for queue in QUEUES:
            url = fake_aws.create_queue(f"{fake_aws.PREFIX}-messaging-{queue}")
            monkeypatch.setenv(f"QUEUE_URL_MESSAGING_{queue.upper()}", url)
        fake_aws.put_secret("messaging-mongo", {"MESSAGING_MONGO_URI": uri})
        config.forget()
        mongo.disconnect(store)
        world = World(monkeypatch, store.client().messaging, subscribe())
        try:
            yield world
        finally:
            mongo.disconnect(store)
            config.forget()


def fill(world: World, size: Size, consultation: Consultation) -> None:
    """Make the world as large as this."""
    database = world.database
    for collection in (
        "conversations",
        "messages",
        "people",
        "reports",
        "scheduledMessages",
        "stars",
        "unread",
    ):
        database.drop_collection(collection)
    database.schema.delete_many({})
    growth.fill_thread(database, THREAD, size.messages)
    growth.fill_threads(database, size.threads)
    growth.fill_reports(database, size.reports)
    growth.fill_stars(database, THREAD, size.stars)
    indexes = {
        name: [each for each in given if name != "messages" or each.document["name"] in NEEDED]
        for name, given in store.INDEXES.items()
    }
    mongodb_indexes.ensure(database, indexes)
    digest = {"$set": {"digest": mongodb_indexes._digest(store.INDEXES)}}
    database.schema.update_one({}, digest)
    store.database.cache_clear()
    for person, side in ((ARTIST, Side.ARTIST), (CLIENT, Side.CLIENT)):
        unread_counters.rebuild(person, side, NOON)
    moto_items.put(
        "consultations", (_build_item(consultation, number) for number in range(size.consultations))
    )


def _build_item(consultation: Consultation, number: int) -> Any:
    """Return the item of one of many consultations that are alike."""
    numbered = msgspec.structs.replace(consultation, id=f"cns_01JD{number:022}")
    item = consultation_store._item(numbered)
    item.version = numbered.version
    return item.serialize()


def test_every_route_that_reads_has_a_row() -> None:
    for feature, app in APPS.items():
        reading = {
            path
            for path, methods in app.routes.items()
            if "GET" in methods and not path.endswith("/health")
        }
        assert reading <= ROWS[feature].keys()


def test_reads_cost_the_same_however_much_there_is(grown: World) -> None:
    world, people = grown, People()
    people.publish_accounts()
    consultation = consultation_store.find_consultation(id_in(people.create_consultation()))
    assert consultation is not None
    consultation = msgspec.structs.replace(consultation, artist_id=ARTIST, client_id=CLIENT)
    world.cid = THREAD
    costs: list[dict[str, Cost]] = []
    for size in (SMALL, LARGE):
        fill(world, size, consultation)
        body = {
            "clientMessageId": f"scheduled-{size.messages}",
            "type": "text",
            "content": "Later",
            "sendAt": (world.now + timedelta(hours=1)).isoformat(),
        }
        scheduled = ok(world.artist.post(world.path("/scheduled"), json=body), 201)
        ids = {
            "thread": THREAD,
            "message": f"msg_01JD{150:022}",
            "scheduled": str(scheduled["id"]),
            "report": f"rpt_01JD{1:022}",
            "consultation": f"cns_01JD{1:022}",
        }
        costs.append(dict(measure_all(world.database, ids)))
    small, large = costs
    assert small.keys() == large.keys()
    rows = {path: row for routes in ROWS.values() for path, row in routes.items()}
    for request, cost in large.items():
        before, row = small[request], rows[request.split("?")[0]]
        assert cost.calls <= before.calls + row.more_reads, (request, before, cost)
        assert cost.records <= before.records, (request, before, cost)
        assert cost.examined <= MAX_EXAMINED, (request, cost)
        # Numbers have more digits.
        assert cost.size <= 1.1 * before.size + 300, (request, before, cost)


def measure_all(database: Database[Any], ids: Mapping[str, str]) -> Iterator[tuple[str, Cost]]:
    """Yield each request of the table, and what it costs."""
    for feature, app in APPS.items():
        callers = {
            "artist": client_for(app).as_user(ARTIST, "artist"),
            "client": client_for(app).as_user(CLIENT, "client"),
            "admin": client_for(app).as_user(ADMIN, "admin"),
        }
        for route, row in ROWS[feature].items():
            if route not in app.routes:
                continue
            path = route.replace("{id}", ids[row.id]).replace("{message}", ids["message"])
            callers[row.caller].get(f"{path}?{row.queries[0]}")  # a warm container
            for query in row.queries:
                cost, cursor = measure(database, callers[row.caller], f"{path}?{query}")
                yield f"{route}?{query}", cost
                if cursor is not None:
                    kept = [each for each in query.split("&") if not each.startswith(STARTS)]
                    following = "&".join([*kept, f"cursor={cursor}"])
                    cost, _ = measure(database, callers[row.caller], f"{path}?{following}")
                    yield f"{route}?{query} next", cost


def measure(database: Database[Any], caller: ApiClient, path: str) -> tuple[Cost, str | None]:
    """Return what a request costs, and the cursor of its response."""
    with mongo.returned() as found, capacity.counted() as used, aws_calls.counted() as calls:
        answer = caller.get(path)
    body = ok(answer)
    calls_made = len(found.commands) + sum(calls.values())
    size = found.bytes + used.bytes_read + len(answer.body)
    # SecantusDB reads by an id without a scan, but explains it as one where there are more fields.
    searches = [
        find for find in found.finds if find["find"] == "messages" and "_id" not in find["filter"]
    ]
    examined = sum(mongo.count_examined(database, find) for find in searches)
    return Cost(calls_made, found.records + used.items, size, examined), body.get("nextCursor")
