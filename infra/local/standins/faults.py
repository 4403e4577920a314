"""Fault injection: faults of a channel, and the number of messages that they hit."""

from __future__ import annotations

import threading
import time
from typing import Annotated

import msgspec

from infra.local.standins.http import ConnectionDropped
from infra.local.standins.messages import Channel


class Fault(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename="camel",
    omit_defaults=True,
):
    """Fault of the next `count` messages of a channel; without a count, of all of them.

    A message with a bad response does not arrive.

    Attributes:
        status: Response instead of success: an HTTP status, for email an SMTP reply code.
        text: Text beside an SMTP reply code, such as `5.7.1 Blocked`.
        retry_after: Seconds, sent as the Retry-After header beside an HTTP status.
        drop: Whether the connection is closed without a response.
        delay_seconds: How long the response takes, good or bad.
        count: How many messages it hits.
    """

    status: Annotated[int, msgspec.Meta(ge=400, le=599)] | None = None
    text: Annotated[str, msgspec.Meta(max_length=100, pattern=r"^[ -~]+$")] | None = None
    retry_after: Annotated[int, msgspec.Meta(ge=0)] | None = None
    drop: bool = False
    delay_seconds: Annotated[float, msgspec.Meta(ge=0, le=300)] = 0.0
    count: Annotated[int, msgspec.Meta(ge=1)] | None = None

    def __post_init__(self) -> None:
        """Refuse a fault that does nothing or contradicts itself (ValueError)."""
        if self.status is None and not self.drop and not self.delay_seconds:
            raise ValueError("One of status, drop and delaySeconds is required")
        if self.status is not None and self.drop:
            raise ValueError("With drop there is no answer that could have a status")
        if self.retry_after is not None and self.status is None:
            raise ValueError("retryAfter needs a status")
        if self.text is not None and self.status is None:
            raise ValueError("text needs a status")


class Faults:
    """Faults in force, at most one per channel. A restart ends them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: dict[Channel, Fault] = {}

    def put(self, channel: Channel, fault: Fault) -> None:
        """Replace the fault of a channel."""
        with self._lock:
            self._faults[channel] = fault

    def clear(self, *channels: Channel) -> None:
        """End the faults of these channels."""
        with self._lock:
            for channel in channels:
                self._faults.pop(channel, None)

    def all(self) -> dict[Channel, Fault]:
        """Return the faults in force, each with the count that is left."""
        with self._lock:
            return dict(self._faults)

    def take(self, channel: Channel) -> Fault | None:
        """Return the fault that hits the current message, counted down; None when there is none."""
        with self._lock:
            fault = self._faults.get(channel)
            if fault is None or fault.count is None:
                return fault
            if fault.count == 1:
                del self._faults[channel]
            else:
                self._faults[channel] = msgspec.structs.replace(fault, count=fault.count - 1)
            return fault

    def suffer(self, channel: Channel) -> Fault | None:
        """Let a fault delay or drop an HTTP request; the caller answers its status.

        Raises:
            ConnectionDropped: The connection ends without a response.
        """
        fault = self.take(channel)
        if fault is not None:
            time.sleep(fault.delay_seconds)
            if fault.drop:
                raise ConnectionDropped
        return fault
