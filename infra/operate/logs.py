"""Logs of all functions: the past minutes, then line by line as they come."""

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from infra import log_groups

_POLL_SECONDS = 1.0
# CloudWatch takes five to ten FilterLogEvents a second, and each look sends one per function.
_PATIENT = Config(retries={"mode": "adaptive", "max_attempts": 10})
# Lines may reach CloudWatch late and out of order; each look goes back this far (milliseconds).
_OVERLAP_MS = 10_000
# What Lambda itself writes around an invocation.
_PLATFORM = re.compile(r"(INIT_START|START|END|REPORT|XRAY) ")
_QUIET_LEVELS = {"DEBUG", "INFO"}


@dataclass(frozen=True)
class Line:
    """One line in the log of a function."""

    function: str
    stream: str
    milliseconds: int
    message: str


@dataclass(frozen=True)
class Selection:
    """The lines that are shown.

    Attributes:
        function: Part of the function's name, such as `auth` or `auth-api`.
        correlation_id: Only lines that contain it.
        everything: Also Lambda's own lines, metrics, and sweepers that found nothing wrong.
    """

    function: str = ""
    correlation_id: str = ""
    everything: bool = False

    def shows(self, line: Line) -> bool:
        """Return whether a line is shown."""
        if self.function not in line.function or self.correlation_id not in line.message:
            return False
        return self.everything or not _is_noise(line)


def follow(
    session: boto3.Session, prefix: str, selection: Selection, minutes: float, stop: threading.Event
) -> None:
    """Print the selected lines of our functions until `stop` is set.

    Args:
        session: Where the functions are.
        prefix: Prefix of our functions' names.
        selection: The lines to print.
        minutes: How far to go back.
        stop: Ends it.
    """
    since = int((time.time() - minutes * 60) * 1000)
    tail = Tail(session.client("logs", config=_PATIENT), prefix, since, selection)
    while True:
        for line in tail.new_lines():
            at = time.strftime("%H:%M:%S", time.localtime(line.milliseconds / 1000))
            print(f"{at}  {line.function}  {line.message}", flush=True)
        if stop.wait(_POLL_SECONDS):
            return


class Tail:
    """New lines of all logs."""

    def __init__(
        self, logs: Any, prefix: str, since: int, selection: Selection = Selection()
    ) -> None:
        """Follow the functions whose names begin with `prefix`, from `since` (epoch ms) on."""
        self._logs = logs
        self._group_prefix = log_groups.of_function(prefix)
        self._selection = selection
        self._since = since
        # Counted, because one function may log the same line twice in a millisecond, and an event
        # has no id in MiniStack.
        self._shown: Counter[Line] = Counter()

    def new_lines(self) -> Iterator[Line]:
        """Return the selected lines since the last call, in the order of their times."""
        found: Counter[Line] = Counter()
        for line in sorted(self._lines(), key=lambda line: line.milliseconds):
            found[line] += 1
            if found[line] > self._shown[line] and self._selection.shows(line):
                yield line
        self._shown = found
        if found:
            latest = max(line.milliseconds for line in found)
            self._since = max(self._since, latest - _OVERLAP_MS)

    def _lines(self) -> Iterator[Line]:
        for group in self._groups():
            function = group.removeprefix(self._group_prefix)
            pages = self._logs.get_paginator("filter_log_events").paginate(
                logGroupName=group, startTime=self._since
            )
            for page in pages:
                for event in page["events"]:
                    message = event["message"].rstrip()
                    yield Line(function, event["logStreamName"], event["timestamp"], message)

    def _groups(self) -> list[str]:
        pages = self._logs.get_paginator("describe_log_groups").paginate(
            logGroupNamePrefix=self._group_prefix
        )
        names = [group["logGroupName"] for page in pages for group in page["logGroups"]]
        return [name for name in names if self._selection.function in name]


def _is_noise(line: Line) -> bool:
    if _PLATFORM.match(line.message):
        return True
    try:
        entry = json.loads(line.message)
    except ValueError:
        return False
    if not isinstance(entry, dict):
        return False
    is_metric = "_aws" in entry and "level" not in entry
    is_quiet_sweep = line.function.endswith("-sweeper") and entry.get("level") in _QUIET_LEVELS
    return is_metric or is_quiet_sweep
