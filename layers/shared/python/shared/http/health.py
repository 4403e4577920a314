"""Health of a feature: whether it answers, and whether its dependencies do."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from domain.errors import Unavailable
from shared.http import rate_limits
from shared.http.decoding import Input
from shared.platform.logs import logger

Probe = Callable[[], object]
State = Callable[[], str]


class HealthQuery(Input, frozen=True):
    """The options of a health check.

    Attributes:
        ready: Whether to check the dependencies too.
            Example: true
    """

    ready: bool = False


class Health(msgspec.Struct, frozen=True):
    """The health of a feature.

    Attributes:
        status: `ok` whenever the feature answers.
            Example: ok
        checks: State of each dependency by its name, if they were checked: `ok` or `down`. Of a
            channel of notifications: `configured`, `not configured`, `failing` or `unknown`.
            Example: {"dynamodb": "ok"}
    """

    status: str
    checks: dict[str, str] = {}


class NotReady(Unavailable):
    """Something that is needed to answer requests is down."""

    code = "not_ready"


ALIVE = Health("ok")
CACHED = {"cache-control": "public, max-age=10"}


def admit(feature: str, context: Mapping[str, Any], now: datetime) -> None:
    """Count a request that checks dependencies: anybody may send it, and each one costs calls.

    Args:
        feature: Name of the feature.
        context: The `requestContext`.
        now: The current instant.

    Raises:
        NotReady: Requests cannot be counted, so the feature would refuse any other too.
        Problem: 429, the address has asked often enough.
    """
    subject = f"{feature} {rate_limits.address_of(context)}"
    try:
        allowance = rate_limits.spend(rate_limits.READINESS, subject, now)
    except Exception:
        logger.exception("not ready", check="rate limits")
        raise NotReady("Not answering: rate limits.") from None
    rate_limits.enforce(allowance)


def check(probes: Mapping[str, Probe], states: Mapping[str, State] | None = None) -> Health:
    """Check the dependencies of a feature.

    Args:
        probes: A call for each dependency that raises an exception if the dependency is down.
        states: A call for each thing whose state is shown, and without which the feature answers.

    Raises:
        NotReady: Some dependencies are down; the message names them.
    """
    checks = {name: _check_dependency(name, probe) for name, probe in probes.items()}
    down = [name for name, check in checks.items() if check != "ok"]
    if down:
        raise NotReady(f"Not answering: {', '.join(down)}.")
    shown = {name: _read_state(name, read) for name, read in (states or {}).items()}
    return Health("ok", checks | shown)


def _read_state(name: str, read: State) -> str:
    try:
        return read()
    except Exception:
        logger.exception("state unknown", check=name)
        return "unknown"


def _check_dependency(name: str, probe: Probe) -> str:
    try:
        probe()
    except Exception:
        logger.exception("not ready", check=name)
        return "down"
    return "ok"
