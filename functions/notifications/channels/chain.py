"""Chains of providers: what one could not take goes to the next.

Only what surely was not accepted goes on: a provider that was not reached, is not configured,
throttles, refuses us, or does not offer what the delivery needs. A delivery of unknown fate never
does, because it would arrive twice, and neither does one whose recipient was refused.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from notifications.channels import (
    NOT_ASKABLE,
    DeliveryOutcome,
    MayBegin,
    NotConfigured,
    Outcome,
    OutcomeKind,
    Provider,
)
from notifications.channels.batches import BatchProvider
from notifications.models import Delivery, DeliveryStatus
from notifications.rules import provider_order
from shared.platform.logs import logger

NOT_SUPPORTED = "not_supported"
NOT_CONFIGURED = "not_configured"
# What our own code failed at may have happened after the provider accepted.
_STAYS = {"internal_error"}


class Chain(BatchProvider):
    """Providers of one channel, which are asked one after the other."""

    def __init__(self, providers: Mapping[str, Provider], load_weights: Callable[[], str]) -> None:
        """Create a chain.

        Args:
            providers: The providers by their names, in the order in which they are asked where
                no weights are configured.
            load_weights: Loads the weights that are configured (`rules.provider_order`).
        """
        self._providers = providers
        self._load_weights = load_weights
        self.needed_seconds = max(each.needed_seconds for each in providers.values())

    def send_all(
        self, deliveries: Sequence[Delivery], may_begin: MayBegin
    ) -> Iterator[DeliveryOutcome]:
        """Send deliveries, each by the first of its providers that takes it."""
        weights = self._find_weights()
        orders = {each.id: self._order(each, weights) for each in deliveries}
        outcomes: dict[str, Outcome] = {}  # of those that the next provider may take
        waiting = list(deliveries)
        for turn in range(len(weights)):
            going_on: list[Delivery] = []
            for name, provider in self._providers.items():
                group = [each for each in waiting if orders[each.id][turn : turn + 1] == [name]]
                if not group:
                    continue
                for delivery, outcome in provider.send_all(group, may_begin):
                    known = _choose(outcomes.get(delivery.id), outcome)
                    if _may_go_on(outcome) and turn + 1 < len(orders[delivery.id]):
                        outcomes[delivery.id] = known
                        going_on.append(delivery)
                    else:
                        outcomes.pop(delivery.id, None)
                        yield delivery, known
            waiting = going_on
        # Those that the last provider did not begin, for want of time.
        yield from ((each, outcomes[each.id]) for each in deliveries if each.id in outcomes)

    def find(self, delivery: Delivery) -> Outcome | None:
        """Ask the provider that has, or may have, a delivery of unknown fate."""
        asked = self._find_asked(delivery)
        found: Outcome | None = None
        for name in self._providers if asked is None else [asked]:
            try:
                answer = self._providers[name].find(delivery)
            except NotConfigured:
                continue  # it cannot have it
            if answer is None:
                continue
            if answer.kind is not OutcomeKind.UNKNOWN:
                return answer
            if found is None or found.reason == NOT_ASKABLE:
                found = answer
        return found

    def recognises_copy(self, delivery: Delivery) -> bool:
        """Return whether the provider that may have the delivery lets a copy be recognised."""
        asked = self._find_asked(delivery)
        first = asked or self._order(delivery, self._find_weights())[0]
        return self._providers[first].recognises_copies

    def list_stopped(self, delivery: Delivery) -> list[str]:
        """List the stopped providers that a delivery has to wait for; none if one can take it."""
        asked = self._find_asked(delivery)
        usable = self._load_all_weights() if asked is None else [asked]
        is_waiting = all(name in self._stopped for name in usable)
        return list(usable) if is_waiting else []

    def close(self) -> None:
        """Close the connections of all providers."""
        for provider in self._providers.values():
            provider.close()

    def _find_weights(self) -> dict[str, int]:
        weights = self._load_all_weights()
        return {name: weight for name, weight in weights.items() if name not in self._stopped}

    def _load_all_weights(self) -> dict[str, int]:
        names = list(self._providers)
        try:
            return provider_order.parse_weights(self._load_weights(), names)
        except ValueError:
            logger.exception("weights of providers not read")
            return provider_order.parse_weights("", names)

    def _order(self, delivery: Delivery, weights: Mapping[str, int]) -> list[str]:
        """Return the providers to ask; only the one that may have the delivery, if one may."""
        asked = self._find_asked(delivery)
        return provider_order.order(delivery.id, weights) if asked is None else [asked]

    def _find_asked(self, delivery: Delivery) -> str | None:
        """Find the provider that may have a delivery of unknown fate.

        The detail of an unknown step begins with its name.
        """
        for step in reversed(delivery.timeline):
            if step.status is DeliveryStatus.UNKNOWN:
                name = step.detail.partition(" ")[0]
                return name if name in self._providers else None
        return None


def _may_go_on(outcome: Outcome) -> bool:
    match outcome.kind:
        case OutcomeKind.TEMPORARY:
            return outcome.reason not in _STAYS
        case OutcomeKind.SUPPRESSED:
            return outcome.reason == NOT_CONFIGURED
        case OutcomeKind.REJECTED:
            return outcome.reason == NOT_SUPPORTED
        case _:
            return False


def _choose(known: Outcome | None, outcome: Outcome) -> Outcome:
    """Choose the outcome that counts: a provider that is missing says nothing about another."""
    if known is None or outcome.kind in (OutcomeKind.ACCEPTED, OutcomeKind.UNKNOWN):
        return outcome
    is_refused = outcome.kind is OutcomeKind.REJECTED and outcome.reason != NOT_SUPPORTED
    if is_refused or known.reason == NOT_CONFIGURED:
        return outcome
    is_later = outcome.kind is OutcomeKind.TEMPORARY and known.kind is not OutcomeKind.TEMPORARY
    return outcome if is_later else known
