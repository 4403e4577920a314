"""Kill switches: operators stop a template, a channel or a provider, and release it again.

Nothing that is stopped is lost: the workers hold its deliveries back, which a sweep makes due when
the switch is off. Those that are past their use by then, such as codes, end as they would have.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from notifications.models import Channel, Delivery, KillSwitch
from notifications.models.kill_switches import SwitchKind, build_id
from notifications.rules import kill_switches as rules
from notifications.schemas import KillSwitches, KillSwitchRequest, KillSwitchState
from notifications.store import kill_switches as store
from notifications.templates import system_templates
from shared.platform.logs import logger

# A container looks again after this; a switch has to work within a minute.
CACHE_TIME = timedelta(seconds=15)


class _Cache:
    """The kill switches that are on, as this container has last seen them."""

    def __init__(self) -> None:
        self._switches: frozenset[str] = frozenset()
        self._seen_at: datetime | None = None

    def get(self, now: datetime) -> frozenset[str]:
        """Return the ids of the kill switches that are on."""
        if self._seen_at is None or not timedelta() <= now - self._seen_at < CACHE_TIME:
            self._switches = frozenset(switch.id for switch in store.list_all())
            self._seen_at = now
        return self._switches

    def forget(self) -> None:
        """Look again at the next question."""
        self._seen_at = None


cache = _Cache()


def find_stopped(deliveries: Sequence[Delivery], now: datetime) -> dict[str, tuple[str, ...]]:
    """Return the kill switches that stop deliveries by channel or template, by delivery."""
    switches = cache.get(now)
    stopped = {each.id: rules.list_stopping(each, switches) for each in deliveries}
    return {id_: by for id_, by in stopped.items() if by}


def list_stopped_providers(channel: Channel, now: datetime) -> list[str]:
    """List the names of the providers of a channel that are stopped."""
    return rules.list_providers(channel, cache.get(now))


def release(now: datetime) -> int:
    """Make due what was held back by switches that are off, and return how much it was."""
    released = store.release([switch.id for switch in store.list_all()], now)
    if released:
        logger.info("stopped deliveries released", deliveries=released)
    return released


def change(request: KillSwitchRequest, now: datetime) -> KillSwitches:
    """Stop or release something, and return everything that is stopped."""
    problem = _stop(request.stop, request.reason, now) if request.stop is not None else None
    if request.release is not None:
        if store.delete(request.release):
            logger.warning("kill switch off", switch=request.release)
        else:
            problem = problem or f"{request.release} is not stopped"
    states = [
        KillSwitchState(each.id, each.since, each.reason, store.count_stopped(each.id))
        for each in store.list_all()
    ]
    return KillSwitches(states, problem)


def _stop(switch: str, reason: str, now: datetime) -> str | None:
    """Stop something. Return why that is impossible, if it is."""
    kind, _, name = switch.partition(":")
    match kind:
        case SwitchKind.CHANNEL:
            is_known = name in list(Channel)
        case SwitchKind.PROVIDER:
            is_known = rules.is_provider(name)
        case SwitchKind.TEMPLATE:
            is_known = system_templates.find(name) is not None or store.has_template(name)
        case _:
            return f"{switch} is none of channel:…, provider:… and template:…"
    if not is_known:
        return f"there is no {kind} {name}"
    store.save(KillSwitch(build_id(SwitchKind(kind), name), now, reason))
    logger.warning("kill switch on", switch=switch, reason=reason)
    return None
