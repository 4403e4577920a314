"""Search from 100 to 100,000 messages in a conversation: what a page looks at does not grow.

It runs on the server that the local stack has, and on mongod where that is installed.
"""

import shutil
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from messaging import store
from messaging.schemas import MessageSearchQuery
from messaging.store import conversations, messages
from messaging.use_cases import message_search
from shared.http.caller import Caller, Role
from tests.functional.messaging import growth
from tests.functional.messaging.world import ARTIST
from tests.support import mongo
from tests.support.mongo import running_mongo, running_mongod

SERVERS = ["shipped", *(["mongod"] if shutil.which("mongod") else [])]
THREAD = f"cnv_01JD{1:022}"
QUERIES = ("a", "b", "a b", "absent")
MAX_EXAMINED = 400  # messages


def running(server: str, folder: Path) -> AbstractContextManager[str]:
    """Run a server while the block runs; yield its URI."""
    return running_mongod(folder) if server == "mongod" else running_mongo(folder, "1G")


@pytest.mark.parametrize("server", SERVERS)
def test_a_page_looks_at_as_much_among_100_000_messages_as_among_100(
    server: str, tmp_path: Path, aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: dict[str, list[int]] = {query: [] for query in QUERIES}
    index = [each for each in store.INDEXES["messages"] if each.document["name"] == "words"]
    with running(server, tmp_path / "data") as uri, MongoClient[Any](uri, tz_aware=True) as client:
        for size in (100, 100_000):
            database = client[f"messages{size}"]
            growth.fill_thread(database, THREAD, size, whole=100)
            database.messages.create_indexes(index)
            for module in (conversations, messages):
                monkeypatch.setattr(module, "database", lambda database=database: database)
            for query, counts in looked_at.items():
                counts.append(count_examined(database, query))
    for query, (among_few, among_many) in looked_at.items():
        assert among_many <= max(MAX_EXAMINED, among_few), (query, among_few, among_many)
    assert looked_at["a"][1] <= looked_at["a"][0]


def count_examined(database: Database[Any], query: str) -> int:
    """Return how many messages a server looks at for the first page of a search."""
    caller = Caller(ARTIST, "", Role.ARTIST, "ses_1")
    with mongo.returned() as found:
        page = message_search.search_conversation(caller, THREAD, MessageSearchQuery(q=query))
    assert bool(page.items) == (query != "absent")
    searches = [find for find in found.finds if "words" in find["filter"]]
    assert searches
    return sum(mongo.count_examined(database, find) for find in searches)
