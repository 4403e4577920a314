"""Log lines of our functions, as CloudWatch would receive them."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from shared.platform.logs import logger


class Logs:
    """Lines logged so far."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        """Return everything as it was written."""
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Return the structured lines."""
        return [json.loads(line) for line in self.text.splitlines() if line.startswith("{")]

    def named(self, message: str) -> list[dict[str, Any]]:
        """Return the lines with this message."""
        return [line for line in self.lines if line["message"] == message]


@contextmanager
def captured() -> Iterator[Logs]:
    """Collect the lines of our logger and, as Lambda does, the warnings of all others."""
    logs = Logs()
    ours = logging.StreamHandler(logs.stream)
    ours.setFormatter(logger.registered_formatter)
    theirs = logging.StreamHandler(logs.stream)
    theirs.setLevel(logging.WARNING)
    logger.addHandler(ours)
    logging.getLogger().addHandler(theirs)
    try:
        yield logs
    finally:
        logging.getLogger(logger.name).removeHandler(ours)
        logging.getLogger().removeHandler(theirs)
