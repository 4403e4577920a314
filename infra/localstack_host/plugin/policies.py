"""Answers of Lambda authorizers: their policies, and how long they hold."""

import threading
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any

# AuthorizerResultTtlInSeconds, if the authorizer does not say.
DEFAULT_TTL_SECONDS = 300
_ACTION = "execute-api:invoke"


class Decision(Enum):
    """What a policy says about a request."""

    ALLOWED = "allowed"
    DENIED = "explicitly denied"
    UNNAMED = "not allowed"


def decide(policy: Mapping[str, Any], method_arn: str) -> Decision:
    """Return whether the policy allows the request. A denial outweighs every permission."""
    effects = set(_effects(policy, method_arn))
    if "Deny" in effects:
        return Decision.DENIED
    return Decision.ALLOWED if "Allow" in effects else Decision.UNNAMED


def _effects(policy: Mapping[str, Any], method_arn: str) -> Iterator[str]:
    for statement in _list(policy.get("Statement", [])):
        actions = [str(action).lower() for action in _list(statement.get("Action", []))]
        resources = [_pattern(str(arn)) for arn in _list(statement.get("Resource", []))]
        if any(fnmatchcase(_ACTION, action) for action in actions) and any(
            fnmatchcase(method_arn, resource) for resource in resources
        ):
            yield statement.get("Effect", "")


def _pattern(arn: str) -> str:
    # IAM knows * and ? only.
    return arn.replace("[", "[[]")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


class Answers:
    """Answers of authorizers, kept for as long as each authorizer says."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Take the clock, in seconds."""
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[object, tuple[float, Mapping[str, Any]]] = {}

    def get(self, key: object, ttl: int, ask: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
        """Return the kept answer, or ask for one and keep it for `ttl` seconds (0: not at all).

        An exception of `ask` is no answer, and is not kept.
        """
        now = self._clock()
        with self._lock:
            until, answer = self._kept.get(key, (0.0, {}))
        if ttl and now < until:
            return answer
        answer = ask()
        if ttl:
            with self._lock:
                self._kept = {one: kept for one, kept in self._kept.items() if now < kept[0]}
                self._kept[key] = (now + ttl, answer)
        return answer
