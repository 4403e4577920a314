"""Switches: who serves the old paths of a feature, read by every request and set by operators."""

from datetime import datetime, timedelta

import msgspec

from gateway.models import Mode, Switches
from gateway.rules import switches as rules
from gateway.rules.old_api import FEATURES
from gateway.store import switches as store
from shared.http.problems import Problem
from shared.platform import outages
from shared.platform.config import from_environment
from shared.platform.logs import logger


class SwitchSettings(msgspec.Struct, frozen=True):
    """Settings of the switches.

    Attributes:
        switch_cache_seconds: After how many seconds a container reads them again.
    """

    switch_cache_seconds: int = 15


class _Cache:
    """The modes, as this container has read them last."""

    def __init__(self) -> None:
        self._known: dict[str, Mode | None] = {}
        self._read_at: datetime | None = None

    def get(self, feature: str, now: datetime) -> Mode | None:
        """Return the mode of a feature; None if it cannot be said."""
        lifetime = timedelta(seconds=from_environment(SwitchSettings).switch_cache_seconds)
        if self._read_at is None or not timedelta() <= now - self._read_at < lifetime:
            self._read(now)
        return self._known.get(feature)

    def _read(self, now: datetime) -> None:
        try:
            stored = store.read()
        except store.Unreadable:
            logger.exception("switches unreadable")
        except Exception as error:
            if not outages.find(error) or not any(self._known.values()):
                raise
            logger.warning("switches not read again")
        else:
            for feature in FEATURES:
                before = self._known.get(feature)
                self._known[feature] = rules.choose_mode(stored, feature, before)
        self._read_at = now

    def forget(self) -> None:
        """Forget everything, as a container that starts."""
        self._known.clear()
        self._read_at = None


cache = _Cache()


def get(feature: str, now: datetime) -> Mode:
    """Return the mode of a feature.

    Raises:
        Problem: 503, it was never read and cannot be: any side could be the wrong one.
        Outage: The same, because DynamoDB does not respond.
    """
    mode = cache.get(feature, now)
    if mode is None:
        raise Problem(
            503,
            "switch_unreadable",
            "It cannot be said who serves this path.",
            headers={"Retry-After": "5"},
        )
    return mode


def list_modes() -> dict[str, str]:
    """Return what is stored for each feature, `monolith` where nothing is."""
    try:
        stored = store.read() or {}
    except store.Unreadable:
        stored = dict.fromkeys(FEATURES, "unreadable")
    return {feature: stored.get(feature, Mode.MONOLITH) for feature in sorted(FEATURES)}


def change(feature: str, mode: str, now: datetime, *, has_monolith: bool) -> str | None:
    """Set the mode of a feature. Return why that is impossible, if it is.

    Raises:
        WriteConflict: Somebody else changed a switch at the same moment.
    """
    if feature not in FEATURES:
        return f"{feature} is none of {', '.join(sorted(FEATURES))}"
    if mode not in list(Mode):
        return f"{mode} is none of {', '.join(Mode)}"
    if mode != Mode.NEW and not has_monolith:
        return "there is no monolith: monolith_url of this environment is empty"
    version = store.find_version() + 1  # before the modes, so that none of a later version is lost
    store.save(Switches({**list_modes(), feature: mode}, version, now))
    return None
