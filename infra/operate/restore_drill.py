"""Restore drill: `make restore-drill` restores a backup beside the local stack and compares it.

Tables and databases get names of their own, and are removed afterwards, whatever happens.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from infra.configure import get
from infra.local.settings import StackError
from infra.operate import backups
from infra.operate.backups import Content, Source

DRILL = "drill-"  # between the prefix and the name of a table
WRITTEN_TOGETHER = 25  # items, the most that BatchWriteItem takes
INSERTED_TOGETHER = 500
ATTEMPTS = 10


@dataclass(frozen=True)
class Drill:
    """A restore drill.

    Attributes:
        target: The stack beside whose tables and databases the backup is restored.
        folder: The backup.
        sleep: Waits for some seconds.
    """

    target: Source
    folder: Path
    sleep: Callable[[float], None] = field(default=time.sleep)

    def run(self) -> Iterator[str]:
        """Restore, compare and remove; yield lines about it.

        Raises:
            StackError: The backup is damaged, or what was restored differs from it.
        """
        manifest = backups.read_manifest(self.folder)
        differing = 0
        for name, entry in manifest["tables"].items():
            restored = self._restore_table(name, entry)
            line, differs = _compare(f"table {name}", entry, restored)
            differing += differs
            yield line
        for name, collections in manifest["databases"].items():
            for line, differs in self._restore_database(name, collections):
                differing += differs
                yield line
        if differing:
            raise StackError(f"{differing} tables or collections differ from the backup.")
        yield "everything was restored as it was; the drill's tables and databases are removed"

    def _restore_table(self, name: str, entry: Mapping[str, Any]) -> Content:
        client = self.target.session.client("dynamodb")
        table = f"{self.target.prefix}{DRILL}{name}"
        with suppress(client.exceptions.ResourceNotFoundException):  # of a drill that was cut off
            client.delete_table(TableName=table)
            client.get_waiter("table_not_exists").wait(TableName=table)
        client.create_table(TableName=table, **entry["schema"])
        try:
            client.get_waiter("table_exists").wait(TableName=table)
            lines = backups.read_lines(self.folder / entry["file"])
            while batch := list(islice(lines, WRITTEN_TOGETHER)):
                self._write(client, table, [backups.decode_item(line) for line in batch])
            return backups.measure(map(backups.encode_item, backups.scan(client, table)))
        finally:
            client.delete_table(TableName=table)

    def _write(self, client: Any, table: str, items: list[dict[str, Any]]) -> None:
        """Write items, and again those that DynamoDB did not process.

        Raises:
            StackError: Some were not processed in every attempt.
        """
        requests: Any = [{"PutRequest": {"Item": item}} for item in items]
        for attempt in range(ATTEMPTS):
            answer = client.batch_write_item(RequestItems={table: requests})
            requests = answer.get("UnprocessedItems", {}).get(table, [])
            if not requests:
                return
            self.sleep(random.uniform(0, 0.1 * 2**attempt))  # noqa: S311
        raise StackError(f"{table} did not take {len(requests)} items.")

    def _restore_database(
        self, name: str, collections: Mapping[str, Any]
    ) -> Iterator[tuple[str, bool]]:
        secret, variable = backups.DATABASES[name]
        uri = get(self.target.session.client("ssm"), f"{self.target.prefix}{secret}").get(variable)
        if not uri:
            raise StackError(f"The stack has no address of the database {name}.")
        restored_name = f"drill_{name}"
        with self.target.connect(uri) as client:
            client.drop_database(restored_name)
            try:
                for collection, entry in collections.items():
                    target = client[restored_name][collection]
                    lines = backups.read_lines(self.folder / entry["file"])
                    while batch := list(islice(lines, INSERTED_TOGETHER)):
                        target.insert_many([backups.decode_document(line) for line in batch])
                    restored = backups.measure(map(backups.encode_document, target.find()))
                    yield _compare(f"database {name}, {collection}", entry, restored)
            finally:
                client.drop_database(restored_name)


def _compare(what: str, entry: Mapping[str, Any], restored: Content) -> tuple[str, bool]:
    """Return a line about what was restored, and whether it differs."""
    differs = (restored.count, restored.checksum) != (entry["count"], entry["checksum"])
    verdict = "DIFFERS" if differs else "the same"
    return (
        f"{what}: {restored.count} of {entry['count']} records, checksum {restored.checksum[:16]}…"
        f" {verdict}",
        differs,
    )
