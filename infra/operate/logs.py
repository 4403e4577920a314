"""Logs of all functions, followed line by line."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import boto3

_POLL_SECONDS = 1.0
# Lines may reach CloudWatch late and out of order; each look goes back this far (milliseconds).
_OVERLAP_MS = 10_000

_Line = tuple[str, str, int, str]


def follow(session: boto3.Session, prefix: str, stop: threading.Event) -> None:
    """Print `function  message` for each new log line of our functions until `stop` is set."""
    tail = Tail(session.client("logs"), prefix)
    while not stop.wait(_POLL_SECONDS):
        for function, message in tail.new_lines():
            print(f"{function}  {message}", flush=True)


class Tail:
    """New lines of all logs, from now on."""

    def __init__(self, logs: Any, prefix: str) -> None:
        """Follow the functions whose names begin with `prefix`."""
        self._logs = logs
        self._group_prefix = f"/aws/lambda/{prefix}"
        self._latest = int(time.time() * 1000)
        # Counted, because one function may log the same line twice in a millisecond, and an event
        # has no id in MiniStack.
        self._shown: Counter[_Line] = Counter()
        for _ in self.new_lines():
            pass

    def new_lines(self) -> Iterator[tuple[str, str]]:
        """Return the (function, line) pairs since the last call, in order per function."""
        found: Counter[_Line] = Counter()
        for line in self._lines():
            found[line] += 1
            if found[line] > self._shown[line]:
                group, _, timestamp, message = line
                self._latest = max(self._latest, timestamp)
                yield group.removeprefix(self._group_prefix), message.rstrip()
        self._shown = found

    def _lines(self) -> Iterator[_Line]:
        since = self._latest - _OVERLAP_MS
        for group in self._groups():
            pages = self._logs.get_paginator("filter_log_events").paginate(
                logGroupName=group, startTime=since
            )
            for page in pages:
                for event in page["events"]:
                    yield group, event["logStreamName"], event["timestamp"], event["message"]

    def _groups(self) -> list[str]:
        pages = self._logs.get_paginator("describe_log_groups").paginate(
            logGroupNamePrefix=self._group_prefix
        )
        return [group["logGroupName"] for page in pages for group in page["logGroups"]]
