"""Health of a feature: whether it answers, and whether its dependencies do."""

from collections.abc import Callable, Mapping

import msgspec

from domain.errors import Unavailable
from shared.http.decoding import Input
from shared.platform.logs import logger

Probe = Callable[[], object]


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
        checks: State of each dependency by its name, if they were checked.
            Example: {"dynamodb": "ok"}
    """

    status: str
    checks: dict[str, str] = {}


class NotReady(Unavailable):
    """Something that is needed to answer requests is down."""

    code = "not_ready"


def check(probes: Mapping[str, Probe], ready: bool) -> Health:
    """Return the health of a feature.

    Args:
        probes: A call for each dependency that raises an exception if the dependency is down.
        ready: Whether to check the dependencies.

    Raises:
        NotReady: Some dependencies are down; the message names them.
    """
    if not ready:
        return Health("ok")
    states = {name: _check_dependency(name, probe) for name, probe in probes.items()}
    down = [name for name, state in states.items() if state != "ok"]
    if down:
        raise NotReady(f"Not answering: {', '.join(down)}.")
    return Health("ok", states)


def _check_dependency(name: str, probe: Probe) -> str:
    try:
        probe()
    except Exception:
        logger.exception("not ready", check=name)
        return "down"
    return "ok"
