"""Questions and answers of the operators' function for kill switches."""

from datetime import datetime
from typing import Annotated

import msgspec


class KillSwitchRequest(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What to stop and what to release, as `channel:sms`; neither lists what is stopped.

    Attributes:
        reason: Why it is stopped, for other operators.
    """

    stop: str | None = None
    release: str | None = None
    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""


class KillSwitchState(msgspec.Struct, frozen=True, rename="camel"):
    """A kill switch that is on.

    Attributes:
        switch: What it stops, as `channel:sms`.
        waiting: How many deliveries it holds back.
    """

    switch: str
    since: datetime
    reason: str
    waiting: int


class KillSwitches(msgspec.Struct, frozen=True, rename="camel"):
    """The kill switches that are on.

    Attributes:
        problem: Why the request was refused; None if it was done.
    """

    switches: list[KillSwitchState]
    problem: str | None = None
